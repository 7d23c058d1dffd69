"""Opening archive.db for reading, by SQLite alone: sqlite-utils and the tables take four times as long to load as this."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.archive.errors import ArchiveError, archive_errors
from pipelines.archive.file_checks import (
    check_pages_when_read,
    describe_missing,
    find_missing_tables,
    has_table,
    reading_uri,
)
from pipelines.archive.read_together import limit_reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Connection = sqlite3.Connection
"""For who reads archives and knows no SQLite."""

NEWEST_TABLE = "_listed_days"
"""Made by the last step of migrations.py whose table readers need: a file that has it has the shape that reading needs."""


def connect_for_reading(path: Path) -> sqlite3.Connection:
    """A read-only connection. Raises `ArchiveError` with the remedy when there is no archive of ours."""
    with archive_errors(path):
        if not path.is_file():
            raise ArchiveError(describe_missing(path))
        connection = sqlite3.connect(reading_uri(path), uri=True)
        check_pages_when_read(connection)
        foreign = find_missing_tables(connection)
    if foreign:
        connection.close()
        raise ArchiveError(
            f"{path} is an SQLite file of something else (it has no table {foreign[0]}). Name an archive of Clippings."
        )
    if not has_table(connection, NEWEST_TABLE):
        connection.close()
        raise ArchiveError(f"{path} is of an older Clippings. Crawl once to bring it up to date.")
    return connection


@contextmanager
def time_limit(db: sqlite3.Connection, seconds: float, what: str) -> Iterator[None]:
    """Let reading take so long at most. Raises `ArchiveError` that says `what` took longer."""
    try:
        with limit_reading(db, seconds):
            yield
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        raise ArchiveError(f"{what}: reading the archive took longer than {seconds:g} seconds.") from error
