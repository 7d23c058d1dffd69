"""An archive may come from a stranger: nothing in it may act beyond its own file.

Its views and triggers can call SQLite's own functions, and none of those leaves the file: Python loads no extensions
unless it is told to, and our connections have no functions of ours. `PRAGMA trusted_schema = OFF` would be one more
lock, but it also forbids the JSON functions that the triggers need and, before SQLite 3.41, FTS5 in triggers.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

TABLES = ("articles", "crawls", "outcomes", "sources", "urls")
"""What every archive has, of whatever version."""


def reading_uri(path: Path) -> str:
    """The SQLite address by which an archive is read and never written.

    SQLite makes a -shm file to read one in WAL mode. Where the folder cannot be written (a read-only disk, somebody
    else's share) and no -wal file holds anything, the file is whole and nobody writes it: it is read as it is.
    """
    path = path.absolute()
    wal = path.with_name(path.name + "-wal")
    unwritten = not wal.exists() or wal.stat().st_size == 0
    still = unwritten and not _can_be_written(path.parent)
    return f"{path.as_uri()}?mode=ro{'&immutable=1' if still else ''}"


def _can_be_written(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and not (
        hasattr(os, "statvfs") and os.statvfs(folder).f_flag & os.ST_RDONLY
    )


def check_pages_when_read(connection: sqlite3.Connection) -> None:
    """Look at the form of each page of the file as it is read."""
    connection.execute("PRAGMA cell_size_check = ON")


def find_missing_tables(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The tables that an archive must have and this file has not. A view of that name is none: it may never end."""
    marks = ", ".join("?" * len(TABLES))
    rows = connection.execute(
        f"SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%' AND name IN ({marks})",
        TABLES,
    )
    found = {row[0] for row in rows}
    return tuple(name for name in TABLES if name not in found)


def is_blank(connection: sqlite3.Connection) -> bool:
    """Whether nothing is in the file yet: a full disk may have kept it from being made."""
    begun = (
        "SELECT 1 FROM sqlite_master WHERE tbl_name NOT IN ('_sqlite_migrations', 'sqlite_sequence') LIMIT 1"
    )
    return connection.execute(begun).fetchone() is None
