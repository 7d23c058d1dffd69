"""What sqlite-utils does slowly: one row in without a look at the schema (0.3 ms a page), and a script of statements."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlite_utils import Database


def insert(db: Database, table: str, row: dict[str, Any]) -> int:
    """One INSERT without the look at the schema that sqlite-utils takes each time; returns the id."""
    names = ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    cursor = db.conn.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", row)
    return int(cursor.lastrowid or 0)


def update(db: Database, table: str, row_id: int, values: dict[str, Any]) -> None:
    """One UPDATE by id, as `insert`."""
    changes = ", ".join(f"{name} = :{name}" for name in values)
    db.conn.execute(f"UPDATE {table} SET {changes} WHERE id = :row_id", {**values, "row_id": row_id})


def execute_statements(db: Database, script: str) -> None:
    """Run a script within the open transaction. Each statement begins on a line of its own.

    sqlite-utils reads the statement again for each of its characters: half a second for the shape of a new archive.
    """
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.conn.execute(statement.strip())
            statement = ""
    if statement.strip():
        db.conn.execute(statement.strip())
