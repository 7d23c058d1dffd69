"""Rows and files checked against each other: every record is read, every digest compared. Writes nothing."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from pipelines.archive.database import open_for_reading
from pipelines.archive.records import Place
from pipelines.archive.warc.members import unpack_members
from pipelines.archive.warc.pack import digest_of
from pipelines.archive.warc.reader import folder_of
from pipelines.archive.warc.writer import prefix_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlite_utils import Database

LARGEST = 200_000_000
"""Bytes of a record unpacked; more than any that we write."""

ROWS_SQL = """
SELECT id, sha256, 'response' AS kind, warc_offset AS start, warc_length AS length FROM captures WHERE warc_file = :file
UNION ALL
SELECT id, sha256, 'revisit', revisit_offset, revisit_length FROM captures WHERE revisit_file = :file
ORDER BY start
"""


@dataclass
class Verification:
    """What was checked and found. `problems` are lines for a person; without any, all is well."""

    captures: int = 0
    files: int = 0
    records: int = 0
    spare: int = 0
    """Whole records that no row points to: written just before a crash. They do no harm."""
    size: int = 0
    problems: list[str] = field(default_factory=list)
    types: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Member:
    """One gzip member of a file: a record of that type, or (empty) none that can be read."""

    place: Place
    kind: str
    sha256: str
    fault: str = ""


def verify(archive: Path, tell: Callable[[Verification], None] = lambda so_far: None) -> Verification:
    """Check every row of `captures` and every WARC file of this archive. Raises `ArchiveError`."""
    found = Verification()
    db = open_for_reading(archive)
    folder = folder_of(archive)
    try:
        found.captures = db.execute("SELECT count(*) FROM captures").fetchone()[0]
        named = {
            row[0]
            for column in ("warc_file", "revisit_file")
            for row in db.execute(
                f"SELECT DISTINCT {column} FROM captures WHERE {column} IS NOT NULL"
            ).fetchall()
        }
        if named and not folder.is_dir():
            found.problems.append(
                f"the folder {folder} is not there; its {len(named)} files hold the pages of {found.captures} captures."
                " Put it back beside the archive"
            )
            return found
        ours = (
            {path.name for path in folder.glob(f"{prefix_of(archive)}-*.warc.gz")}
            if folder.is_dir()
            else set()
        )
        for name in sorted(named | ours):
            _check_file(db, folder, name, found, tell)
    finally:
        db.close()
    return found


def _check_file(
    db: Database, folder: Path, name: str, found: Verification, tell: Callable[[Verification], None]
) -> None:
    rows = {row["start"]: row for row in db.query(ROWS_SQL, {"file": name})}
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        found.problems.append(f"{len(rows)} captures name a file outside {folder}: {name}")
        return
    if not path.is_file():
        found.problems.append(f"{path} is not there; {len(rows)} captures lie in it")
        return
    found.files += 1
    found.size += path.stat().st_size
    for member in members(path):
        found.records += 1
        found.types[member.kind or "unreadable"] += 1
        where = f"{path} at {member.place.warc_offset}"
        row = rows.pop(member.place.warc_offset, None)
        if member.fault:
            found.problems.append(f"{where}: {member.fault}" + (f" (capture {row['id']})" if row else ""))
        elif row is None:
            found.spare += member.kind in ("response", "revisit")
        elif row["length"] != member.place.warc_length or row["kind"] != member.kind:
            found.problems.append(f"{where}: capture {row['id']} expects another record there")
        elif member.kind == "response" and row["sha256"] != member.sha256:
            found.problems.append(f"{where}: the page of capture {row['id']} is not the one that was stored")
        tell(found)
    for start, row in rows.items():
        found.problems.append(f"{path}: capture {row['id']} should begin at {start}, where no record begins")


def members(path: Path) -> Iterator[Member]:
    """The gzip members of a file, each with what is in it; damage ends the file."""
    offset, size = 0, 0
    parts: list[bytes] = []
    with path.open("rb") as file:
        try:
            for piece in unpack_members(file):
                parts.append(piece.data)
                size += len(piece.data)
                if piece.end is not None:
                    yield _member(Place(path.name, offset, piece.end - offset), b"".join(parts))
                    offset, parts, size = piece.end, [], 0
                elif size > LARGEST:
                    yield Member(Place(path.name, offset, 0), "", "", "a record too large to be one of ours")
                    return
        except zlib.error as error:
            yield Member(Place(path.name, offset, 0), "", "", f"damaged ({error})")
            return
        if parts:
            yield Member(Place(path.name, offset, 0), "", "", "cut off: the next crawl mends it")


def _member(place: Place, content: bytes) -> Member:
    try:
        entry = next(iter(ArchiveIterator(BytesIO(content), check_digests=True)), None)
        if entry is None:
            return Member(place, "", "", "no record in it")
        payload = entry.raw_stream.read()
        sha256 = hashlib.sha256(payload).hexdigest()
    except (ArchiveLoadFailed, EOFError, ValueError, OSError) as error:
        return Member(place, "", "", f"unreadable ({error})")
    fault = "; ".join(entry.digest_checker.problems) if entry.digest_checker.passed is False else ""
    stated = entry.rec_headers.get_header("WARC-Payload-Digest") or ""
    if (
        entry.rec_type == "response"
        and not fault
        and stated.startswith("sha256:")
        and stated != digest_of(sha256)
    ):
        fault = "the payload is not the one its digest names"
    return Member(place, str(entry.rec_type), sha256, fault)
