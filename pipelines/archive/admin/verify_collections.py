"""Verification of captures in the files of collections: read here, and on the web where that was asked for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.archive.records import Place
from pipelines.archive.warc.collection_records import (
    IN_A_COLLECTION,
    ON_THE_WEB,
    hash_payload,
    is_on_the_web,
    may_fetch,
    path_of,
)
from pipelines.archive.warc.reader import LARGEST_RECORD, CaptureMissing, record, response_in
from pipelines.archive.warc.stored import DAMAGE, unpack

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

    from pipelines.archive.admin.verify_manifests import CaptureLeaves

ROWS_SQL = f"""
SELECT id, url, sha256, warc_file, warc_offset, warc_length FROM captures
WHERE {IN_A_COLLECTION.format(column="warc_file")} ORDER BY warc_file, warc_offset
"""
UNREAD_SQL = f"""
SELECT count(*), count(DISTINCT warc_file) FROM captures WHERE {ON_THE_WEB.format(column="warc_file")}
"""


@dataclass
class CollectionsCheck:
    """What was found. `unread` captures lie on the web, where nobody asked to read them. `size` in bytes."""

    files: int = 0
    records: int = 0
    size: int = 0
    unread: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check_collections(db: Database, archive: Path, leaves: CaptureLeaves) -> CollectionsCheck:
    """Check the captures that lie in files of collections; a file that is not there is named once."""
    found, gone, read, fetches = CollectionsCheck(), set[str](), set[str](), may_fetch()
    found.unread, note = count_unread(db)
    found.notes += filter(None, [note])
    for row in db.query(ROWS_SQL):
        place = Place(row["warc_file"], row["warc_offset"], row["warc_length"])
        if place.warc_file in gone or (is_on_the_web(place.warc_file) and not fetches):
            continue
        if not is_on_the_web(place.warc_file) and not path_of(place.warc_file).is_file():
            gone.add(place.warc_file)
            found.problems.append(
                f"{path_of(place.warc_file)} is not there; pages of --point-back lie in it. Put it back"
            )
            continue
        problem = check_capture(archive, place, row["sha256"], leaves, row["id"])
        if problem:
            found.problems.append(
                f"{place.warc_file} at {place.warc_offset}: {problem} (capture {row['id']})"
            )
        else:
            found.records += 1
            found.size += place.warc_length
            read.add(place.warc_file)
    found.files = len(read)
    return found


def count_unread(db: Database) -> tuple[int, str]:
    """How many captures lie on the web, where nobody asked to read them, and a line that says so."""
    count, files = (0, 0) if may_fetch() else db.execute(UNREAD_SQL).fetchone()
    if not count:
        return 0, ""
    return count, (
        f"{count} captures lie in {files} files of collections on the web and were not read;"
        " clippings verify --fetch reads them there"
    )


def check_capture(archive: Path, place: Place, sha256: str, leaves: CaptureLeaves, capture_id: int) -> str:
    """What is wrong with a capture in a collection's file, or ''."""
    try:
        data = record(archive, place)
        content = unpack(archive, data, LARGEST_RECORD)
        _, _, body = response_in(content, place)
    except CaptureMissing as missing:
        return str(missing)
    except DAMAGE:
        return "the record is damaged and cannot be read"
    if hash_payload(body) != sha256:
        return "the page is not the one that was imported"
    return leaves.check(capture_id, hashlib.sha256(content).hexdigest())
