"""One row in, without the look at the schema that sqlite-utils takes at every call (0.3 ms a page)."""

from __future__ import annotations

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
