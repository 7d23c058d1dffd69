"""Erasure: removes articles for good (rows, index entries, captures, log lines) and keeps them out.

A hash of the address and one of the text remain, so that a later crawl recognizes both.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO
from uuid import uuid4

from pipelines.archive.admin.rewrite import replace_dictionaries
from pipelines.archive.manifest_tables import FORGOTTEN, note_articles, note_captures
from pipelines.archive.records import Place
from pipelines.archive.tables.changes import delete_changes
from pipelines.archive.tables.erasures import REASON, hashed
from pipelines.archive.tables.placements import erase_placements
from pipelines.archive.tables.stories import MOST, update_stories
from pipelines.archive.tables.versions_index import delete_versions
from pipelines.archive.warc.collection_records import is_address
from pipelines.archive.warc.frames import FRAME, blank_frame, is_skippable
from pipelines.archive.warc.pack import digest_of
from pipelines.archive.warc.reader import folder_of
from pipelines.archive.warc.stored import read_stored
from pipelines.timestamps import now
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlite_utils import Database

    from pipelines.archive.database import Archive

STORED = 65535
"""Bytes of an uncompressed deflate block at most."""
LARGEST_REQUEST = 1 << 20
"""Bytes of a request record at most."""


@dataclass
class Erased:
    """How much was erased. `problems` are lines for a person about what could not be erased.

    `addresses` are those of the articles, in all spellings that were known.
    """

    articles: int = 0
    urls: int = 0
    captures: int = 0
    addresses: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def erase(
    archive: Archive, url: str = "", source: str = "", *, remember: bool = True, compact: bool = True
) -> Erased:
    """Erase the article at an address, or everything of a source. The caller must hold the archive's lock.

    Captures go first: after a crash in between, the rows are still there and erasing can be repeated. Without
    `remember` nothing keeps it out later. Without `compact` freed pages of the file may still hold text: it writes the whole file anew, so of many it is for the last.
    Raises `ArchiveError`.
    """
    db, done = archive.db, Erased()
    db.execute("PRAGMA secure_delete = ON")
    articles = _find_articles(db, url, source)
    marks = ",".join(map(str, articles)) or "NULL"
    keys = {normalize.key(url)} - {""} if url else set()
    urls = {url} if url else set()
    sql = f"SELECT url, key FROM urls WHERE article_id IN ({marks}) OR key = ? OR source_id = ?"
    for found, key in db.execute(sql, [normalize.key(url) if url else "", source]):
        urls.add(found)
        keys.add(key)
    for (found,) in db.execute(f"SELECT url FROM articles WHERE id IN ({marks})"):
        urls.add(found)
        keys.add(normalize.key(found))
    hashes = {row[0] for row in db.execute(f"SELECT content_hash FROM articles WHERE id IN ({marks})")}
    for table in ("revisions", "unexplained_versions"):
        sql = f"SELECT content_hash FROM {table} WHERE article_id IN ({marks})"
        hashes |= {row[0] for row in db.execute(sql)}
    captures = _find_captures(db, marks, urls, source)
    with archive.errors():
        _overwrite_captures(archive, captures, done)
        with db.atomic():
            if remember:
                archive.erasures.add("url", keys)
                archive.erasures.add("text", hashes if not source else ())
            _delete_rows(db, articles, urls, keys, captures, source)
            _delete_unused_terms(db)
            update_stories(db, len(articles) + MOST)
        if compact:
            _compact(archive, done)
    _overwrite_logs(archive.path, urls)
    done.articles, done.urls, done.captures = len(articles), len(urls), len(captures)
    done.addresses = urls
    return done


def _compact(archive: Archive, done: Erased) -> None:
    db = archive.db
    for index in ("articles_fts", "_cjk_fts", "_versions_fts", "_changes_fts"):
        db.execute(f"INSERT INTO {index} ({index}) VALUES ('optimize')")
    # Pages of the file that were freed earlier still have old text.
    db.execute("VACUUM")
    if db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        done.problems.append(
            f"{archive.path}-wal is being read by another program and may still hold the text: close it and run this again"
        )


def _find_articles(db: Database, url: str, source: str) -> list[int]:
    if source:
        return [row[0] for row in db.execute("SELECT id FROM articles WHERE source_id = ?", [source])]
    key = normalize.key(url)
    rows = db.execute(
        "SELECT id FROM articles WHERE url = ? UNION SELECT article_id FROM urls WHERE key = ? AND article_id IS NOT NULL",
        [url, key],
    ).fetchall()
    found = {row[0] for row in rows}
    for number in list(found):  # the same text at another address is the same article
        found |= {row[0] for row in db.execute("SELECT id FROM articles WHERE duplicate_of = ?", [number])}
    return sorted(found)


def _find_captures(db: Database, marks: str, urls: set[str], source: str) -> list[int]:
    rows = db.execute(
        f"""
        SELECT capture_id FROM articles WHERE id IN ({marks}) UNION SELECT capture_id FROM revisions
        WHERE article_id IN ({marks}) UNION SELECT capture_id FROM article_captures
        WHERE article_id IN ({marks}) UNION SELECT c.id FROM captures c JOIN urls u ON u.id = c.url_id
        WHERE u.article_id IN ({marks}) OR u.source_id = ? OR u.url IN (SELECT value FROM json_each(?))
        UNION SELECT id FROM captures WHERE url IN (SELECT value FROM json_each(?))
        """,
        [source, json.dumps(sorted(urls)), json.dumps(sorted(urls))],
    )
    return sorted(row[0] for row in rows if row[0] is not None)


def _delete_rows(
    db: Database, articles: list[int], urls: set[str], keys: set[str], captures: list[int], source: str
) -> None:
    marks = ",".join(map(str, articles)) or "NULL"
    listed = json.dumps(sorted(urls))
    chosen = "(SELECT value FROM json_each(:urls))"
    rows = db.execute(
        f"SELECT DISTINCT url FROM outcomes WHERE article_id IN ({marks}) OR source_id = ? OR url IN {chosen.replace(':urls', '?')}",
        [source, listed],
    ).fetchall()
    # The outcome stays, so that the counts of its crawl add up; its URL does not.
    db.conn.executemany(
        "UPDATE outcomes SET url = ?, reason = ?, article_id = NULL WHERE url = ?",
        [(f"forgotten:{hashed(url)[:32]}", REASON, url) for (url,) in rows],
    )
    erase_mentions(db, urls if not source else ())
    erase_placements(db, urls, keys, source)
    db.execute(f"UPDATE articles SET duplicate_of = NULL WHERE duplicate_of IN ({marks})")
    db.execute(f"DELETE FROM _unstable_articles WHERE article_id IN ({marks})")
    db.execute(f"DELETE FROM _boilerplate_lines WHERE article_id IN ({marks})")
    db.execute(f"DELETE FROM _compared_pages WHERE article_id IN ({marks})")
    db.execute(f"DELETE FROM article_captures WHERE article_id IN ({marks})")
    db.conn.executemany("DELETE FROM article_captures WHERE capture_id = ?", [(n,) for n in captures])
    delete_versions(db, f"article_id IN ({marks})")
    delete_changes(db, f"article_id IN ({marks})")
    db.execute(f"DELETE FROM unexplained_versions WHERE article_id IN ({marks})")
    where = f"article_id IN ({marks}) OR source_id = :source OR key IN (SELECT value FROM json_each(:keys))"
    values = {"source": source, "keys": json.dumps(sorted(keys))}
    db.execute(
        f"UPDATE captures SET url_id = NULL WHERE url_id IN (SELECT id FROM urls WHERE {where})", values
    )
    db.execute(f"DELETE FROM urls WHERE {where}", values)
    db.execute(
        "DELETE FROM _backfill_urls WHERE source_id = :source OR key IN (SELECT value FROM json_each(:keys))",
        values,
    )
    db.execute(f"DELETE FROM articles WHERE id IN ({marks})")
    db.conn.executemany("DELETE FROM captures WHERE id = ?", [(number,) for number in captures])
    note_articles(db, articles, FORGOTTEN)
    note_captures(db, captures, FORGOTTEN)
    if source:
        for table in ("boilerplate", "alarms", "listings", "_backfills"):
            db.execute(f"DELETE FROM {table} WHERE source_id = ?", [source])


def erase_mentions(db: Database, urls: Iterable[str]) -> None:
    """Take these addresses out of reasons, of what alarms show and of where articles continue. Needs an open transaction."""
    for url in urls:
        db.execute("UPDATE outcomes SET reason = ? WHERE instr(reason, ?)", [REASON, url])
        db.execute("UPDATE articles SET continues_at = NULL WHERE continues_at = ?", [url])
        db.execute("UPDATE alarms SET evidence = '[]' WHERE instr(evidence, ?)", [url])


def _delete_unused_terms(db: Database) -> None:
    """Delete authors and tags that no article has any more."""
    db.execute("DELETE FROM _terms WHERE id NOT IN (SELECT term_id FROM _article_terms)")
    db.execute("INSERT INTO _terms_fts (_terms_fts) VALUES ('optimize')")


# --- captures


def _overwrite_captures(archive: Archive, captures: list[int], done: Erased) -> None:
    archive.captures.close()
    folder = folder_of(archive.path)
    urls, digests = set[str](), set[str]()
    for number in captures:
        row = archive.db.execute(
            "SELECT warc_file, warc_offset, warc_length, revisit_file, revisit_offset, revisit_length, url, sha256"
            " FROM captures WHERE id = ?",
            [number],
        ).fetchone()
        urls.add(row[6])
        digests.add(digest_of(row[7]) if row[7] else "")
        for place in (row[:3], row[3:6]):
            if place[0] and place[1] is not None and place[2] and not is_address(place[0]):
                overwrite_record(folder, Place(*place), done)
        # Other rows with the same payload lose it as well.
        with archive.db.atomic():
            lost = archive.db.execute(
                "UPDATE captures SET warc_file = NULL, warc_offset = NULL, warc_length = NULL"
                " WHERE warc_file = ? AND warc_offset = ? AND id <> ? RETURNING id",
                [row[0], row[1], number],
            ).fetchall()
            note_captures(archive.db, (other for (other,) in lost), FORGOTTEN)
    done.problems += replace_dictionaries(archive, urls, digests - {""})


def overwrite_record(folder: Path, place: Place, done: Erased) -> None:
    """Overwrite a record, and the request record after it, with blank records of the same length."""
    path = folder / place.warc_file
    if path.parent.resolve() != folder.resolve() or path.is_symlink() or not path.is_file():
        done.problems.append(f"{path} is not there; copies of it still hold the page")
        return
    if place.warc_offset < 0 or not 0 < place.warc_length <= path.stat().st_size - place.warc_offset:
        done.problems.append(f"{path} is shorter than it should be: the record is not in it")
        return
    with path.open("r+b") as file:
        following = _request_length(file, place.warc_offset + place.warc_length)
        file.seek(place.warc_offset)
        head = file.read(len(FRAME))
        blank = blank_frame if head == FRAME or is_skippable(head) else blank_record
        file.seek(place.warc_offset)
        file.write(blank(place.warc_length))
        if following:
            file.write(blank(following))
        file.flush()
        os.fsync(file.fileno())


def _request_length(file: BinaryIO, start: int) -> int:
    """The length of the record at `start` if it is a request, else 0."""
    file.seek(start)
    member = next(read_stored(file, LARGEST_REQUEST), None)
    if member is None or member.fault or member.start != start:
        return 0
    return member.length if b"WARC-Type: request" in member.content[:2000] else 0


def blank_record(length: int) -> bytes:
    """A gzip member of exactly this length with a WARC record of blanks, stored uncompressed. Pure but for its id."""
    head = f"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:uuid:{uuid4()}>\r\nWARC-Date: {now()[:19]}Z\r\n"
    room = length - 18
    for size in range(room - 5 * -(-room // STORED), 0, -1):
        text = _pad_record(head, size)
        if text is None:
            break
        spare = room - size - 5 * -(-size // STORED)  # the member's comment takes what no block can fill
        if spare >= 0:
            comment = b" " * (spare - 1) + b"\0" if spare else b""
            start = b"\x1f\x8b\x08" + (b"\x10" if spare else b"\0") + b"\0" * 5 + b"\xff" + comment
            return start + _store(text) + struct.pack("<II", zlib.crc32(text), len(text))
    return _empty_member(length)


def _pad_record(head: str, size: int) -> bytes | None:
    """A record of this size with a block of blanks; None when it is too small for one."""
    for digits in range(1, 12):
        body = size - len(head) - len("Content-Length: \r\n\r\n\r\n\r\n") - digits
        if body >= 0 and len(str(body)) <= digits:
            return f"{head}Content-Length: {body:0{digits}}\r\n\r\n{' ' * body}\r\n\r\n".encode()
    return None


def _store(text: bytes) -> bytes:
    blocks = [text[n : n + STORED] for n in range(0, len(text), STORED)]
    return b"".join(
        struct.pack("<BHH", n == len(blocks) - 1, len(block), len(block) ^ 0xFFFF) + block
        for n, block in enumerate(blocks)
    )


def _empty_member(length: int) -> bytes:
    """An empty member with a comment that fills this length, which is too small for a record."""
    comment = b" " * max(0, length - 21) + b"\0"
    return b"\x1f\x8b\x08\x10" + b"\0" * 5 + b"\xff" + comment + b"\x03\0" + b"\0" * 8


# --- the log


def _overwrite_logs(archive: Path, urls: set[str]) -> None:
    """Overwrite the addresses in the log and its older parts, byte for byte."""
    for path in archive.parent.glob(archive.with_suffix(".log").name + "*"):
        text = path.read_bytes()
        cleaned = text
        for url in sorted(urls, key=len, reverse=True):
            cleaned = cleaned.replace(url.encode(), b"-" * len(url.encode()))
        if cleaned != text:
            with path.open("r+b") as file:
                file.write(cleaned)
                file.flush()
                os.fsync(file.fileno())
