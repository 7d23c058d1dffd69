"""Make an export: to a file or folder, whole or not at all, or piece by piece for standard output."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from pipelines.archive.connection import connect_for_reading
from pipelines.archive.errors import archive_errors
from pipelines.archive.export.bag import write_bag
from pipelines.archive.export.corpus import write_corpus
from pipelines.archive.export.describe import describe
from pipelines.archive.export.encoders import TABLES
from pipelines.archive.export.errors import ExportError
from pipelines.archive.export.fields import choose_fields
from pipelines.archive.export.files import written_file, written_folder
from pipelines.archive.export.formats import TABULAR, WITH_COLUMNS
from pipelines.archive.export.opml import write_opml
from pipelines.archive.export.package import DATA, write_descriptor
from pipelines.archive.export.parquet import require_pyarrow, write_parquet, write_partitions
from pipelines.archive.export.rows import read_rows_of
from pipelines.archive.export.samples import draw_sample
from pipelines.archive.export.selection import check_selection, iterate_ids, prepare
from pipelines.archive.export.stream import Piece, encode_pieces, stream_articles
from pipelines.archive.export.tables import CHANGES, PLACEMENTS, read_changes_rows, read_placement_rows
from pipelines.archive.export.wacz import write_wacz
from pipelines.archive.export.word_counts import WORD_COUNTS, read_word_counts
from pipelines.archive.search.match import Filters
from pipelines.archive.search.unknown_values import describe_unknown_values
from pipelines.archive.views.changes import ChangeFilters, describe_query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pipelines.archive.export.fields import Field, Row
    from pipelines.archive.export.formats import Format
    from pipelines.archive.export.samples import Sample
    from pipelines.archive.export.selection import Selection

Connection = sqlite3.Connection
"""The type of what `opened` gives, for callers that may not know SQLite."""


METHODS = "methods.md"
"""The methods note of a package."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is wanted: which articles, as what. `columns` are names, the usual ones when empty.

    `changes` asks for the changes that publishers made in place of the articles: the query then looks for words that were
    put in or taken away, and the days are those on which a change was seen. `placements` asks for what stood on home and
    section pages on these days. `derived` asks for word counts in place of the articles, `partition` for Parquet by source and month, `package` for
    a folder that describes itself.
    """

    selection: Selection
    form: Format
    columns: tuple[str, ...] = ()
    versions: bool = False
    sample: Sample | None = None
    derived: bool = False
    partition: bool = False
    package: bool = False
    changes: bool = False
    placements: bool = False

    @property
    def folder(self) -> bool:
        """Whether it is a folder."""
        return self.form.folder or self.partition or self.package


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows (articles, versions, words or sources) were written, in how many bytes."""

    rows: int
    size: int


@contextmanager
def opened(archive: Path) -> Iterator[Connection]:
    """The archive as it is at one moment, whatever a crawl writes meanwhile. Raises `ArchiveError`."""
    db = connect_for_reading(archive)
    try:
        with _sqlite_errors(archive):
            prepare(db)
            db.isolation_level = None
            db.execute("BEGIN")
            yield db
    finally:
        db.close()


@contextmanager
def _sqlite_errors(archive: Path) -> Iterator[None]:
    """SQLite's errors as an `ArchiveError`; those of files are about the target, not the archive."""
    try:
        yield
    except sqlite3.Error as error:
        with archive_errors(archive):
            raise error


def check_request(db: Connection, request: ExportRequest) -> str:
    """What is odd about the query, or ''. Raises `ExportError` for what cannot be exported so."""
    form = request.form.name
    shaped = {
        "--columns": (bool(request.columns), WITH_COLUMNS),
        "--versions": (request.versions, TABULAR),
        "--derived": (request.derived, TABULAR),
        "--changes": (request.changes, ("csv", "jsonl")),
        "--placements": (request.placements, TABULAR),
        "--package": (request.package, TABULAR),
        "--partition": (request.partition, ("parquet",)),
    }
    for option, (given, forms) in shaped.items():
        if given and form not in forms:
            raise ExportError(f"{option} is for {', '.join(forms)}, not for {form}: leave it out.")
    if request.derived and (request.columns or request.versions or request.partition):
        raise ExportError("--derived has its own columns: leave --columns, --versions and --partition out.")
    if form == "parquet":
        require_pyarrow()
    if request.placements:
        return _check_placements(db, request)
    if request.changes:
        return _check_changes(db, request)
    if request.package and request.partition:
        raise ExportError("--package describes one file: leave --partition or --package out.")
    if form == "bagit" and (request.sample or not request.selection.whole):
        raise ExportError("A bag holds the whole archive: leave the query, the filters and --sample out.")
    choose_fields(request.columns, versions=request.versions)
    return check_selection(db, request.selection)


def _check_placements(db: Connection, request: ExportRequest) -> str:
    narrowed = request.selection.filters
    only = Filters(source=narrowed.source, since=narrowed.since, until=narrowed.until)
    others = (
        *(request.columns, request.versions, request.derived, request.sample, request.package),
        *(request.changes, request.partition, request.selection.query.strip()),
    )
    if narrowed != only or any(others):
        raise ExportError(
            "--placements is narrowed by --source, --since and --until: leave the query and the other options out."
        )
    if unknown := describe_unknown_values(db, narrowed):
        raise ExportError(" ".join(unknown))
    return ""


def _check_changes(db: Connection, request: ExportRequest) -> str:
    narrowed = request.selection.filters
    only = Filters(source=narrowed.source, since=narrowed.since, until=narrowed.until)
    others = (request.columns, request.versions, request.derived, request.sample, request.package)
    if narrowed != only or any(others):
        raise ExportError(
            "--changes is narrowed by a query, --source, --since and --until: leave the other options out."
        )
    if unknown := describe_unknown_values(db, narrowed):
        raise ExportError(" ".join(unknown))
    return describe_query(request.selection.query)


def _change_filters(selection: Selection) -> ChangeFilters:
    filters = selection.filters
    return ChangeFilters(filters.source, (), filters.since, filters.until, selection.query)


def find_ids(db: Connection, request: ExportRequest) -> Iterator[list[int]]:
    """The ids of the articles wanted, in batches."""
    if request.sample:
        return draw_sample(db, request.selection, request.sample)
    return iterate_ids(db, request.selection)


def find_fields(request: ExportRequest) -> Sequence[Field]:
    """The columns of the rows."""
    if request.placements:
        return PLACEMENTS
    return WORD_COUNTS if request.derived else choose_fields(request.columns, versions=request.versions)


def _read(db: Connection, request: ExportRequest) -> Iterable[Sequence[Row]]:
    if request.placements:
        filters = request.selection.filters
        return read_placement_rows(db, filters.source, filters.since, filters.until)
    ids = find_ids(db, request)
    if request.derived:
        return read_word_counts(db, ids)
    return read_rows_of(db, ids, find_fields(request), versions=request.versions)


def stream_export(db: Connection, request: ExportRequest) -> Iterator[Piece]:
    """The export as pieces of bytes, for a format that is streamed."""
    form = request.form.name
    if form == "opml":
        data, sources = write_opml(db, json.dumps(request.selection.filters.source))
        return iter([Piece(data, sources)])
    if request.changes:
        return encode_pieces(TABLES[form](CHANGES), read_changes_rows(db, _change_filters(request.selection)))
    if request.placements:
        return encode_pieces(TABLES[form](PLACEMENTS), _read(db, request))
    ids = find_ids(db, request)
    if request.derived:
        return encode_pieces(TABLES[form](WORD_COUNTS), read_word_counts(db, ids))
    return stream_articles(db, request.selection, form, request.columns, versions=request.versions, ids=ids)


def write_export(
    db: Connection, request: ExportRequest, archive: Path, target: Path, tell: Callable[[int], None]
) -> Written:
    """Write the export to `target`. `tell` gets the rows so far. Raises `ExportError`, and then leaves nothing."""
    if not request.folder:
        with written_file(target) as file:
            if request.form.streamed:
                steps = _write_pieces(file, stream_export(db, request))
            elif request.form.name == "wacz":
                steps = write_wacz(file, db, archive, find_ids(db, request), f"Pages of {archive.name}")
            else:
                steps = write_parquet(file, find_fields(request), _read(db, request))
            rows = _run(steps, tell)
        return Written(rows, target.stat().st_size)
    with written_folder(target) as folder:
        rows = _run(_fill_folder(db, request, archive, folder), tell)
        size = measure_folder(folder)
    return Written(rows, size)


def measure_folder(folder: Path | str) -> int:
    """The bytes of all files in a folder, one name in memory at a time: a corpus has a file an article."""
    size = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            inner = entry.is_dir(follow_symlinks=False)
            size += measure_folder(entry.path) if inner else entry.stat(follow_symlinks=False).st_size
    return size


def _fill_folder(db: Connection, request: ExportRequest, archive: Path, folder: Path) -> Iterator[int]:
    if request.package:
        path = folder / f"{DATA}{request.form.suffixes[0]}"
        with path.open("xb") as file:
            if request.form.streamed:
                yield from _write_pieces(file, stream_export(db, request))
            else:
                yield from write_parquet(file, find_fields(request), _read(db, request))
        write_descriptor(
            db,
            archive,
            path,
            request.form,
            find_fields(request),
            request.selection,
            _describe(request),
            find_ids(db, request),
        )
        note = describe(db, request.selection, archive.name)
        (folder / METHODS).write_text(note, encoding="utf-8", errors="replace")
    elif request.partition:
        yield from write_partitions(
            folder, db, find_ids(db, request), find_fields(request), versions=request.versions
        )
    elif request.form.name == "bagit":
        yield from write_bag(folder, db, archive)
    else:
        yield from write_corpus(folder, db, find_ids(db, request), find_fields(request))


def _describe(request: ExportRequest) -> dict[str, object]:
    """The parts of the request beside the selection, for a file that describes the export."""
    sample = request.sample
    return {
        "versions": request.versions,
        "derived": request.derived,
        "sample": {"size": sample.size, "seed": sample.seed, "by": sample.by} if sample else None,
    }


def _write_pieces(file: BinaryIO, pieces: Iterable[Piece]) -> Iterator[int]:
    for piece in pieces:
        file.write(piece.data)
        yield piece.rows


def _run(steps: Iterable[int], tell: Callable[[int], None]) -> int:
    rows = 0
    for step in steps:
        rows += step
        tell(rows)
    return rows
