"""Make an export: to a file or folder, whole or not at all, or piece by piece for standard output."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.archive.database import open_for_reading
from pipelines.archive.errors import archive_errors
from pipelines.archive.export.errors import ExportError
from pipelines.archive.export.files import written_file
from pipelines.archive.export.formats import CITING
from pipelines.archive.export.selection import check_selection, prepare
from pipelines.archive.export.stream import stream_articles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipelines.archive.export.formats import Format
    from pipelines.archive.export.selection import Selection
    from pipelines.archive.export.stream import Piece


Connection = sqlite3.Connection
"""The type of what `opened` gives, for callers that may not know SQLite."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is wanted: which articles, as what. `columns` are names, the usual ones when empty."""

    selection: Selection
    form: Format
    columns: tuple[str, ...] = ()
    versions: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows (articles or versions) were written, in how many bytes."""

    rows: int
    size: int


@contextmanager
def opened(archive: Path) -> Iterator[sqlite3.Connection]:
    """The archive as it is at one moment, whatever a crawl writes meanwhile. Raises `ArchiveError`."""
    db = open_for_reading(archive).conn
    try:
        with archive_errors_of_sqlite(archive):
            prepare(db)
            db.isolation_level = None
            db.execute("BEGIN")
            yield db
    finally:
        db.close()


@contextmanager
def archive_errors_of_sqlite(archive: Path) -> Iterator[None]:
    """SQLite's errors as an `ArchiveError`; those of files are about the target, not the archive."""
    try:
        yield
    except sqlite3.Error as error:
        with archive_errors(archive):
            raise error


def check_request(db: sqlite3.Connection, request: ExportRequest) -> str:
    """What is odd about the query, or ''. Raises `ExportError` for what cannot be exported so."""
    if request.form.name in CITING and (request.columns or request.versions):
        raise ExportError(
            f"A citation has no columns and no versions of ours: leave them out, or not {request.form.name}."
        )
    return check_selection(db, request.selection)


def stream_export(db: sqlite3.Connection, request: ExportRequest) -> Iterator[Piece]:
    """The export as pieces of bytes, for a format that is streamed."""
    return stream_articles(
        db, request.selection, request.form.name, request.columns, versions=request.versions
    )


def write_export(
    db: sqlite3.Connection, request: ExportRequest, target: Path, tell: Callable[[int], None]
) -> Written:
    """Write the export to `target`. `tell` gets the rows so far. Raises `ExportError`, and then leaves nothing."""
    rows = size = 0
    pieces = stream_export(db, request)
    with written_file(target) as file:
        for piece in pieces:
            file.write(piece.data)
            rows, size = rows + piece.rows, size + len(piece.data)
            tell(rows)
    return Written(rows, size)
