"""Opening an archive for reading."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sqlite_utils import Database

from pipelines.archive.errors import ArchiveError, archive_errors
from pipelines.archive.file_checks import be_careful, lacks

if TYPE_CHECKING:
    from pathlib import Path


def open_for_reading(path: Path) -> Database:
    """The archive, read-only. Raises `ArchiveError` with the remedy when there is none."""
    with archive_errors(path):
        if not path.is_file():
            raise ArchiveError(f"{path} does not exist. Make it with: clippings crawl {path}")
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        be_careful(connection)
        foreign = lacks(connection)
    if foreign:
        connection.close()
        raise ArchiveError(
            f"{path} is an SQLite file of something else (it has no table {foreign[0]}). Name an archive of Clippings."
        )
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = '_article_facets'").fetchone() is None:
        connection.close()
        raise ArchiveError(f"{path} is of an older Clippings. Crawl once to bring it up to date.")
    return Database(connection)
