"""Verification: reads every record, compares every digest, and checks rows and files against each other. Writes nothing."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from pipelines.archive.admin.verify_collections import check_capture, check_collections, count_unread
from pipelines.archive.admin.verify_manifests import TO_DO, CaptureLeaves, check_manifests, check_sample
from pipelines.archive.database import open_for_reading
from pipelines.archive.records import Place
from pipelines.archive.warc.collection_records import ON_THE_WEB, is_address, may_fetch
from pipelines.archive.warc.files import list_own_files
from pipelines.archive.warc.pack import digest_of, warc_date
from pipelines.archive.warc.reader import LARGEST_RECORD, CaptureMissing, folder_of, read_content
from pipelines.archive.warc.stored import read_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from sqlite_utils import Database

    from pipelines.archive.admin.verify_collections import CollectionsCheck
    from pipelines.archive.admin.verify_manifests import ManifestCheck

ROWS_SQL = """
SELECT id, sha256, 'response' AS kind, warc_offset AS start, warc_length AS length FROM captures WHERE warc_file = :file
UNION ALL
SELECT id, sha256, 'revisit', revisit_offset, revisit_length FROM captures WHERE revisit_file = :file
ORDER BY start
"""

OWNERS_SQL = """
SELECT id, url, fetched_at, status, warc_offset AS start FROM captures WHERE warc_file = :file AND revisit_file IS NULL
UNION ALL SELECT id, url, fetched_at, status, revisit_offset FROM captures WHERE revisit_file = :file
"""
"""The captures that a record was written for."""


@dataclass
class Verification:
    """The result. `problems` are lines for a person; without any, all is well."""

    captures: int = 0
    files: int = 0
    records: int = 0
    spare: int = 0
    """Whole records without a row: written just before a crash, and harmless."""
    size: int = 0
    unread: int = 0
    """Captures in files of collections on the web, where nobody asked to read them there."""
    manifests: int = 0
    leaves: int = 0
    """Of the manifests."""
    stamps: int = 0
    """Valid time stamps of manifests."""
    head: str = ""
    """SHA-256 of the last manifest: whoever keeps it elsewhere can tell that nothing before it was changed."""
    waiting: int = 0
    """Captures and articles that no manifest covers yet."""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is no fault, in lines for a person."""
    types: Counter[str] = field(default_factory=Counter)


PAGES = ("response", "conversion")
"""Types of the records that captures point to: pages as sent, and what a browser made of them."""
KINDS = {"response": PAGES, "revisit": ("revisit",)}
"""What may lie where a row says that a page, or the word that it was the same, lies."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a file. `kind` is its WARC type, empty when it cannot be read (`fault`).

    `sha256` is of the payload.
    """

    place: Place
    kind: str
    sha256: str
    fault: str = ""
    digest: str = ""
    """SHA-256 of the whole record, uncompressed."""
    head: Mapping[str, Any] = field(default_factory=dict)
    """Address, time and status as the record has them, by the names of the columns."""


def verify(
    archive: Path, tell: Callable[[Verification], None] = lambda so_far: None, certificate: str = ""
) -> Verification:
    """Check every row of `captures`, every WARC file of this archive, its manifests and all that they cover.

    `certificate` names the file with the root certificate of the authority that stamped manifests. `tell` is called after each record with the result so far. Raises `ArchiveError` when the archive cannot be read.
    """
    found = Verification()
    db = open_for_reading(archive)
    folder = folder_of(archive)
    try:
        found.captures = db.execute("SELECT count(*) FROM captures").fetchone()[0]
        _add_manifests(found, check_manifests(db, archive, folder, certificate))
        named = _named_files(db)
        if named and not folder.is_dir():
            found.problems.append(
                f"the folder {folder} is not there; its {len(named)} files hold the pages of {found.captures} captures."
                " Put it back beside the archive"
            )
            return found
        found.problems += _find_lost_pages(db)
        leaves = CaptureLeaves(db)
        _add_collections(found, check_collections(db, archive, leaves))
        for name in sorted(named | list_own_files(archive)):
            _check_file(db, folder, name, found, leaves, tell)
    finally:
        db.close()
    return found


def _add_manifests(found: Verification, check: ManifestCheck) -> None:
    found.manifests, found.leaves, found.head = check.manifests, check.leaves, check.head
    found.waiting, found.stamps = check.waiting, check.stamps
    found.problems += check.problems
    found.notes += check.notes


def _add_collections(found: Verification, check: CollectionsCheck) -> None:
    found.files += check.files
    found.records += check.records
    found.types["response"] += check.records
    found.size += check.size
    found.unread = check.unread
    found.problems += check.problems
    found.notes += check.notes


LOST_PAGES_SQL = """
SELECT a.url, p.part, p.capture_id FROM article_captures p JOIN articles a ON a.id = p.article_id
LEFT JOIN captures c ON c.id = p.capture_id WHERE c.warc_file IS NULL ORDER BY a.id, p.part
"""


def _find_lost_pages(db: Database) -> list[str]:
    """The pages of articles in several whose captures are not there; none in an archive of an earlier Clippings."""
    if not db["article_captures"].exists():
        return []
    return [
        f"page {part} of {url}: its capture {capture} is not there"
        for url, part, capture in db.execute(LOST_PAGES_SQL).fetchall()
    ]


def verify_sample(
    archive: Path, size: int, tell: Callable[[Verification], None] = lambda so_far: None
) -> Verification:
    """Check so many captures drawn at random: their records and digests, as `verify` does. Raises `ArchiveError`."""
    found = Verification()
    db = open_for_reading(archive)
    folder = folder_of(archive)
    try:
        rows = db.query(
            "SELECT id, warc_file, warc_offset, warc_length, sha256, revisit_file FROM captures WHERE warc_file IS NOT NULL"
            f"{'' if may_fetch() else ' AND NOT ' + ON_THE_WEB.format(column='warc_file')} ORDER BY random() LIMIT ?",
            [size],
        )
        _add_manifests(found, check_sample(db))
        found.unread, note = count_unread(db)
        found.notes += filter(None, [note])
        leaves = CaptureLeaves(db)
        files = set()
        for row in rows:
            found.captures += 1
            files.add(row["warc_file"])
            place = Place(row["warc_file"], row["warc_offset"], row["warc_length"])
            own = None if row["revisit_file"] else row["id"]
            if is_address(place.warc_file):
                file, problem = (
                    place.warc_file,
                    check_capture(archive, place, row["sha256"], leaves, row["id"]),
                )
            else:
                file = str(folder / place.warc_file)
                problem = _check_capture(archive, place, row["sha256"], leaves, own)
            if problem:
                found.problems.append(f"{file} at {place.warc_offset}: {problem} (capture {row['id']})")
            else:
                found.records += 1
                found.types["response"] += 1
                found.size += place.warc_length
            tell(found)
        found.files = len(files)
    finally:
        db.close()
    return found


def _check_capture(
    archive: Path, place: Place, sha256: str, leaves: CaptureLeaves, capture_id: int | None
) -> str:
    """What is wrong with the record of a capture, or ''. Without an id the record is of an earlier capture."""
    try:
        read = _read_record(place, read_content(archive, place))
    except CaptureMissing as missing:
        return str(missing)
    if read.fault:
        return read.fault
    if read.kind not in PAGES:
        return f"a {read.kind} record is there in place of the page"
    if read.sha256 != sha256:
        return "the page is not the one that was stored"
    return leaves.check(capture_id, read.digest) if capture_id is not None else ""


def _named_files(db: Database) -> set[str]:
    """The WARC files that rows of `captures` name."""
    names: set[str] = set()
    for column in ("warc_file", "revisit_file"):
        sql = f"SELECT DISTINCT {column} FROM captures WHERE {column} IS NOT NULL"
        names |= {name for (name,) in db.execute(sql).fetchall() if not is_address(name)}
    return names


def _check_file(
    db: Database,
    folder: Path,
    name: str,
    found: Verification,
    leaves: CaptureLeaves,
    tell: Callable[[Verification], None],
) -> None:
    rows = {row["start"]: row for row in db.query(ROWS_SQL, {"file": name})}
    owners = defaultdict(list)
    for owner in db.query(OWNERS_SQL, {"file": name}):
        owners[owner["start"]].append(owner)
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        found.problems.append(f"{len(rows)} captures name a file outside {folder}: {name}")
        return
    if not path.is_file():
        found.problems.append(
            f"{path} is not there; {len(rows)} captures lie in it. Put it back from a backup"
        )
        return
    found.files += 1
    found.size += path.stat().st_size
    for record in read_records(path):
        found.records += 1
        found.types[record.kind or "unreadable"] += 1
        where = f"{path} at {record.place.warc_offset}"
        row = rows.pop(record.place.warc_offset, None)
        if record.fault:
            capture = f" (capture {row['id']})" if row else ""
            found.problems.append(f"{where}: {record.fault}{capture}. {TO_DO}")
        elif row is None:
            found.spare += record.kind in (*PAGES, "revisit")
        elif row["length"] != record.place.warc_length or record.kind not in KINDS[row["kind"]]:
            found.problems.append(f"{where}: capture {row['id']} expects another record there. {TO_DO}")
        elif record.kind in PAGES and row["sha256"] != record.sha256:
            found.problems.append(
                f"{where}: the page of capture {row['id']} is not the one that was stored. {TO_DO}"
            )
        if not record.fault:
            for owner in owners[record.place.warc_offset]:
                faults = (leaves.check(owner["id"], record.digest), compare_head(owner, record))
                found.problems += [f"{where}: {fault}" for fault in faults if fault]
        tell(found)
    for start, row in rows.items():
        found.problems.append(
            f"{path}: capture {row['id']} should begin at {start}, where no record begins. {TO_DO}"
        )


def read_records(path: Path) -> Iterator[Record]:
    """The records of a file in order; damage ends the file."""
    with path.open("rb") as file:
        for member in read_stored(file, LARGEST_RECORD):
            place = Place(path.name, member.start, member.length)
            yield Record(place, "", "", member.fault) if member.fault else _read_record(place, member.content)


def compare_head(capture: dict[str, Any], record: Record) -> str:
    """What a row of `captures` says otherwise than its record's own head, or ''. Pure."""
    said = {
        "url": capture["url"],
        "fetched_at": _warc_date(capture["fetched_at"]),
        "status": capture["status"],
    }
    wrong = [
        f"{name} {value}, the record {record.head.get(name)}"
        for name, value in said.items()
        if record.head.get(name, value) != value
    ]
    return f"capture {capture['id']} has {'; '.join(wrong)}. {TO_DO}" if wrong else ""


def _warc_date(at: str) -> str:
    try:
        return warc_date(at)
    except ValueError:
        return at


def _read_record(place: Place, content: bytes) -> Record:
    try:
        entry = next(iter(ArchiveIterator(BytesIO(content), check_digests=True)), None)
        if entry is None:
            return Record(place, "", "", "no record in it")
        payload = entry.raw_stream.read()
        sha256 = hashlib.sha256(payload).hexdigest()
    except (ArchiveLoadFailed, EOFError, ValueError, OSError) as error:
        return Record(place, "", "", f"unreadable ({error})")
    fault = "; ".join(entry.digest_checker.problems) if entry.digest_checker.passed is False else ""
    stated = entry.rec_headers.get_header("WARC-Payload-Digest") or ""
    if entry.rec_type in PAGES and not fault and stated.startswith("sha256:") and stated != digest_of(sha256):
        fault = "the payload is not the one its digest names"
    head: dict[str, Any] = {
        "url": entry.rec_headers.get_header("WARC-Target-URI"),
        "fetched_at": entry.rec_headers.get_header("WARC-Date"),
    }
    status = entry.http_headers.get_statuscode() if entry.http_headers is not None else ""
    if status and status.isdecimal():
        head["status"] = int(status)
    return Record(place, str(entry.rec_type), sha256, fault, hashlib.sha256(content).hexdigest(), head)
