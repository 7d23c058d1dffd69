"""An archive may come from a stranger: nothing in it may act beyond its own file.

Its views and triggers can call SQLite's own functions, and none of those leaves the file: Python loads no extensions
unless it is told to, and our connections have no functions of ours. `PRAGMA trusted_schema = OFF` would be one more
lock, but it also forbids the JSON functions that the triggers need and, before SQLite 3.41, FTS5 in triggers.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import sqlite3
from typing import TYPE_CHECKING

from pipelines.archive.errors import ArchiveError

if TYPE_CHECKING:
    from pathlib import Path

BUSY_TIMEOUT = 30.0
"""Seconds to wait for another program that writes to the same file."""

ENDINGS = (".db", ".sqlite", ".sqlite3")
"""How the name of an archive ends."""

TABLES = ("articles", "crawls", "outcomes", "sources", "urls")
"""What every archive has, of whatever version."""


def describe_missing(path: Path) -> str:
    """A sentence for an archive that is not there, with the one that was meant perhaps."""
    with contextlib.suppress(OSError):
        beside = {other.stem: other for other in sorted(path.parent.iterdir()) if other.suffix in ENDINGS}
        for stem in difflib.get_close_matches(path.stem, beside, n=1, cutoff=0.75):
            return f"{path} does not exist. Did you mean {path.with_name(beside[stem].name)}?"
    return f"{path} does not exist. Name an archive that does, or make it with: clippings crawl {path}"


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


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Whether the file has this table or view: one of an earlier Clippings, on read-only media, may have not."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [name]).fetchone() is not None


def check_place(path: Path) -> None:
    """Raises `ArchiveError` where no archive can be written, before a lock, folder or log is made beside it.

    A missing or empty file is fine in a folder that is there; another must be ours.
    """
    if path.is_dir():
        raise ArchiveError(f"{path} is a folder. Name a file in it, such as {path / 'archive.db'}.")
    if not path.parent.is_dir():
        raise ArchiveError(f"The folder {path.parent} does not exist. Make it, or name another archive.")
    if not path.is_file() or path.stat().st_size == 0:
        return
    with contextlib.closing(sqlite3.connect(reading_uri(path), uri=True, timeout=BUSY_TIMEOUT)) as db:
        if not is_blank(db) and find_missing_tables(db):
            raise ArchiveError(
                f"{path} is an SQLite file of something else (it has no Clippings tables). "
                "Name another file for the archive."
            )


def is_blank(connection: sqlite3.Connection) -> bool:
    """Whether nothing is in the file yet: a full disk may have kept it from being made."""
    begun = (
        "SELECT 1 FROM sqlite_master WHERE tbl_name NOT IN ('_sqlite_migrations', 'sqlite_sequence') LIMIT 1"
    )
    return connection.execute(begun).fetchone() is None
