"""Rewrites WARC files: from gzip to zstd and back, and under another dictionary when a page of one is forgotten.

A file's records are copied into others, read back and compared; then all rows that point to it change in one
transaction, and it is deleted. `_warc_cuts` says meanwhile what a crash would leave over.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.errors import ArchiveError
from pipelines.archive.file_copies import find_problem, list_warc_files
from pipelines.archive.warc import frames
from pipelines.archive.warc.files import SUFFIXES, WarcFiles
from pipelines.archive.warc.reader import LARGEST_RECORD, CaptureMissing, folder_of, read_content
from pipelines.archive.warc.stored import read_stored
from pipelines.items import CaptureFormat, Packing
from pipelines.timestamps import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlite_utils import Database

    from pipelines.archive.database import Archive
    from pipelines.archive.records import Place
    from pipelines.archive.warc.members import Member

TOGETHER = 16 << 20
"""Bytes of records that are brought to disk and read back together."""

FILED_SQL = """
SELECT c.warc_offset, u.source_id, c.fetched_at FROM captures c LEFT JOIN urls u ON u.id = c.url_id
WHERE c.warc_file = :file AND c.revisit_file IS NULL
UNION ALL SELECT c.revisit_offset, u.source_id, c.fetched_at FROM captures c LEFT JOIN urls u ON u.id = c.url_id
WHERE c.revisit_file = :file
UNION ALL SELECT c.warc_offset, u.source_id, c.fetched_at FROM captures c LEFT JOIN urls u ON u.id = c.url_id
WHERE c.warc_file = :file AND c.revisit_file IS NOT NULL
"""
"""Whose record begins where in a file: that of its own capture, else of one that it is a revisit of."""

PACKED_NOT = Packing(CaptureFormat.NONE)


class _Filed(NamedTuple):
    """The source and month (`202611`) of a record."""

    source_id: str
    month: str


class _Copied(NamedTuple):
    """A record of the old file, and where its copy lies."""

    start: int
    digest: bytes
    place: Place
    of_file: bool
    """Whether it tells of the file that it lies in, and of no page."""


@dataclass
class Repacked:
    """What a repacking did; all WARC files of the archive before and after, in bytes. `problems` are lines for a person about files that stay as they are."""

    files: int = 0
    records: int = 0
    before: int = 0
    after: int = 0
    problems: list[str] = field(default_factory=list)


def repack(
    archive: Archive, format: CaptureFormat, tell: Callable[[Repacked], None] = lambda so_far: None
) -> Repacked:
    """Turn every file of another format into this one. The caller must hold the archive's lock.

    `tell` is called after each file. After an interruption the same call goes on. Raises `ArchiveError`.
    """
    done, folder = Repacked(), folder_of(archive.path)
    with archive.errors(), _durable(archive):
        archive.captures.mend_files()
        done.before = _sum_sizes(archive)
        with _writing(archive, format) as files:
            for file in list_warc_files(archive.db.conn):
                if file.name.endswith(SUFFIXES[format]):
                    continue
                problem = find_problem(folder, file) or _rewrite(archive, files, file.name, done)
                if problem:
                    done.problems.append(
                        f"{problem}. It stays as it is: clippings verify {archive.path} says more"
                    )
                tell(done)
        done.after = _sum_sizes(archive)
    return done


def _sum_sizes(archive: Archive) -> int:
    paths = [folder_of(archive.path) / file.name for file in list_warc_files(archive.db.conn)]
    return sum(path.stat().st_size for path in paths if path.is_file())


def _rewrite(archive: Archive, files: WarcFiles, name: str, done: Repacked) -> str:
    """Rewrite a file; what is wrong with it, or ''."""
    path = folder_of(archive.path) / name
    try:
        copied = _copy_records(archive, files, path)
        lost = _rows_elsewhere(archive.db, name, {record.start for record in copied})
        if lost:
            raise _Unfit(f"capture {lost} should begin in {path} where no record begins")
    except _Unfit as unfit:
        files.undo()
        archive.captures.finish_rewriting()
        return str(unfit)
    _move_rows(archive, name, copied)
    done.files += 1
    done.records += len(copied)
    return ""


class _Unfit(Exception):  # noqa: N818 - the file stays as it is
    """Why a file cannot be rewritten."""


def replace_dictionaries(archive: Archive, urls: set[str], digests: set[str]) -> list[str]:
    """Rewrite the files whose dictionary was made of a page with one of these addresses or payloads (`sha256:...`).

    Their records must be blank by now; rows that point to one point nowhere then. Returns lines for a person about
    files that could not be. The caller must hold the archive's lock. Raises `ArchiveError`.
    """
    problems, folder = [], folder_of(archive.path)
    with archive.errors():
        archive.captures.finish_rewriting()
        for file in list_warc_files(archive.db.conn):
            if not file.name.endswith(SUFFIXES[CaptureFormat.ZSTD]) or find_problem(folder, file):
                continue
            path = folder / file.name
            if not _is_made_of(path, urls, digests):
                continue
            if path.stat().st_nlink > 1:
                problems.append(f"{path} is shared with another archive, where the page still is in it")
            with _durable(archive), _writing(archive, CaptureFormat.ZSTD) as files:
                files.frozen = True  # it must not go on with the file that is rewritten
                try:
                    copied = _copy_records(archive, files, path)
                    if all(record.of_file for record in copied):  # nothing is left to keep
                        files.undo()
                        copied = []
                    _move_rows(archive, file.name, copied)
                except _Unfit as unfit:
                    files.undo()
                    archive.captures.finish_rewriting()
                    problems.append(f"{unfit}. Its dictionary still holds a page that is to be forgotten")
    return problems


def _is_made_of(path: Path, urls: set[str], digests: set[str]) -> bool:
    try:
        with path.open("rb") as file:
            dictionary = frames.read_dictionary(file)
    except frames.ZstdError:
        return False
    page = frames.page_of_dictionary(dictionary) if dictionary is not None else None
    return page is not None and (page.url in urls or page.digest in digests)


@contextmanager
def _durable(archive: Archive) -> Iterator[None]:
    """Commits reach the disk before files are deleted on their word, whatever happens to the power."""
    archive.captures.close()
    archive.db.execute("PRAGMA synchronous = FULL")
    try:
        yield
    finally:
        archive.db.execute("PRAGMA synchronous = NORMAL")


@contextmanager
def _writing(archive: Archive, format: CaptureFormat) -> Iterator[WarcFiles]:
    """Files to write to, noted in `_warc_cuts` before they grow."""

    def note(name: str, size: int) -> None:
        archive.db.execute("INSERT OR IGNORE INTO _warc_cuts (warc_file, size) VALUES (?, ?)", [name, size])

    files = WarcFiles(archive.path, format, archive.captures.mend, note)
    try:
        yield files
        files.close()
    except Exception:
        files.undo()
        archive.captures.finish_rewriting()
        raise


def _copy_records(archive: Archive, files: WarcFiles, path: Path) -> list[_Copied]:
    """Copy all records of a file but the blank ones, and read the copies back. Raises `_Unfit`."""
    filed = _read_filed(archive.db, path.name)
    now = filed[min(filed)] if filed else _Filed("", "")
    copied: list[_Copied] = []
    with path.open("rb") as file:
        for records in _together(read_stored(file, LARGEST_RECORD)):
            filings = []
            for record in records:
                if record.fault:
                    raise _Unfit(f"{path} at {record.start} is {record.fault}")
                now = filed.get(record.start, now)  # a request lies behind its response
                filings.append(now)
                files.offer_record(now.source_id, lambda content=record.content: content, now.month)  # type: ignore[misc]
            written = [
                _Copied(
                    record.start,
                    hashlib.sha256(record.content).digest(),
                    files.append(record.content, PACKED_NOT, to.source_id, to.month),
                    b"WARC-Type: warcinfo" in record.content[:200],
                )
                for record, to in zip(records, filings, strict=True)
                if not is_blank(record.content)
            ]
            files.sync()
            for copy in written:
                _compare(archive.path, copy)
            copied += written
    return copied


def _together(records: Iterator[Member]) -> Iterator[list[Member]]:
    found: list[Member] = []
    size = 0
    for record in records:
        found.append(record)
        size += len(record.content)
        if size >= TOGETHER:
            yield found
            found, size = [], 0
    if found:
        yield found


def _compare(archive: Path, copy: _Copied) -> None:
    try:
        same = hashlib.sha256(read_content(archive, copy.place)).digest() == copy.digest
    except CaptureMissing:
        same = False
    if not same:
        raise ArchiveError(
            f"{copy.place.warc_file} at {copy.place.warc_offset} is not what was written: the disk may be failing."
            " No row points there; the old file stays."
        )


def _read_filed(db: Database, name: str) -> dict[int, _Filed]:
    filed: dict[int, _Filed] = {}
    for start, source_id, fetched_at in db.execute(FILED_SQL, {"file": name}).fetchall():
        moment = parse(fetched_at)
        month = moment.astimezone(UTC).strftime("%Y%m") if moment is not None else ""
        if source_id:  # a stylesheet is no article's: it stays beside the record before it
            filed.setdefault(start, _Filed(source_id, month))
    return filed


def is_blank(content: bytes) -> bool:
    """Whether a record is what stands in an erased one's place."""
    head, _, block = content.partition(b"\r\n\r\n")
    return not content or (b"WARC-Type: metadata" in head and not block.strip(b" \r\n"))


def _rows_elsewhere(db: Database, name: str, starts: set[int]) -> int:
    """A capture whose place in the file is no record's beginning; 0 for none."""
    rows = db.execute(
        "SELECT id, warc_offset FROM captures WHERE warc_file = :file"
        " UNION ALL SELECT id, revisit_offset FROM captures WHERE revisit_file = :file",
        {"file": name},
    )
    return next((number for number, start in rows.fetchall() if start not in starts), 0)


def _move_rows(archive: Archive, name: str, copied: list[_Copied]) -> None:
    """Let the rows of a file point to the copies, and delete the file."""
    db = archive.db
    moves = [(*_cells(record.place), name, record.start) for record in copied]
    with db.atomic():
        for kind in ("warc", "revisit"):
            columns = f"{kind}_file = ?, {kind}_offset = ?, {kind}_length = ?"
            where = f"{kind}_file = ? AND {kind}_offset = ?"
            db.conn.executemany(f"UPDATE captures SET {columns} WHERE {where}", moves)
            nowhere = f"{kind}_file = NULL, {kind}_offset = NULL, {kind}_length = NULL"
            db.execute(f"UPDATE captures SET {nowhere} WHERE {kind}_file = ?", [name])
        if copied:
            db.execute("DELETE FROM _warc_cuts")
        db.execute("INSERT INTO _warc_cuts (warc_file, size) VALUES (?, 0)", [name])
    archive.captures.finish_rewriting()


def _cells(place: Place) -> tuple[str, int, int]:
    return place.warc_file, place.warc_offset, place.warc_length
