"""What sqlite-utils does too slowly for us: one row in (it looks at the schema each time, 0.3 ms a page), and scripts."""

from __future__ import annotations

from sqlite3 import complete_statement
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


def execute_script(db: Database, script: str) -> None:
    """Execute several statements, within the open transaction if there is one.

    sqlite-utils' `executescript` looks for the end of a statement at each character: 1.7 s for the triggers of a new
    archive, against 10 ms.
    """
    statement = ""
    for part in script.split(";"):
        statement += part
        if complete_statement(f"{statement};"):
            db.conn.execute(statement)
            statement = ""
        else:
            statement += ";"
