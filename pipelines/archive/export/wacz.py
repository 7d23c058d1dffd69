"""WACZ 1.1.1: the pages of the articles as fetched, with their index, in one file that ReplayWeb.page opens.

https://specs.webrecorder.net/wacz/1.1.1/ The records are those in `warc/`, as gzip members; the index is CDXJ in
compressed blocks with a second index of the blocks (ZipNum), which a reader can use over a network.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sqlite3
import zipfile
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple
from urllib.parse import quote, urlsplit

from pipelines import VERSION, timestamps
from pipelines.archive.export.errors import ExportError
from pipelines.archive.export.selection import as_json
from pipelines.archive.records import Place
from pipelines.archive.warc.collection_records import is_on_the_web, may_fetch
from pipelines.archive.warc.pack import compress, digest_of, warc_date, warcinfo
from pipelines.archive.warc.reader import CaptureMissing, gzip_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

WARC, INDEX, BLOCKS, PAGES = "data.warc.gz", "index.cdx.gz", "index.idx", "pages.jsonl"
LINES_A_BLOCK = 1024
_CAPTURES = """
SELECT c.id, c.url, c.fetched_at, c.status, c.mime, c.sha256, c.warc_file, c.warc_offset, c.warc_length,
       c.revisit_file, c.revisit_offset, c.revisit_length, a.title
FROM json_each(?) AS wanted CROSS JOIN articles a ON a.id = wanted.value
JOIN captures c ON c.id IN (
    SELECT a.capture_id UNION SELECT p.capture_id FROM article_captures p WHERE p.article_id = a.id
) WHERE c.warc_file IS NOT NULL
"""
_FIRST = """
SELECT url, fetched_at, status, mime FROM captures
WHERE warc_file = ? AND warc_offset = ? AND revisit_file IS NULL ORDER BY id LIMIT 1
"""


class _Capture(NamedTuple):
    """A row of `_CAPTURES`."""

    id: int
    url: str
    fetched_at: str
    status: int | None
    mime: str | None
    sha256: str | None
    warc_file: str
    warc_offset: int
    warc_length: int
    revisit_file: str | None
    revisit_offset: int | None
    revisit_length: int | None
    title: str | None


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file within the WACZ, as its datapackage.json lists it."""

    path: str
    size: int
    sha256: str


class _HashingFile:
    """A file that is written to, its size and digest."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.size, self.digest = file, 0, hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.file.write(data)
        self.digest.update(data)
        self.size += len(data)


class _Index:
    """The lines of the index, sorted on disk; records that are in the WARC file already are told from new ones."""

    def __init__(self) -> None:
        self.db = sqlite3.connect("", isolation_level=None)
        self.db.execute("CREATE TABLE lines (line TEXT PRIMARY KEY) WITHOUT ROWID")
        self.db.execute(
            "CREATE TABLE records (file TEXT, start INTEGER, PRIMARY KEY (file, start)) WITHOUT ROWID"
        )
        self.db.execute("BEGIN")

    def is_new(self, place: Place) -> bool:
        sql = "INSERT OR IGNORE INTO records VALUES (?, ?)"
        return self.db.execute(sql, [place.warc_file, place.warc_offset]).rowcount == 1

    def add(self, line: str) -> None:
        self.db.execute("INSERT OR IGNORE INTO lines VALUES (?)", [line])

    def lines(self) -> Iterator[str]:
        return (line for (line,) in self.db.execute("SELECT line FROM lines ORDER BY line"))


def write_wacz(
    file: BinaryIO, db: sqlite3.Connection, archive: Path, ids: Iterable[list[int]], title: str
) -> Iterator[int]:
    """Write the WACZ of the articles; yields how many pages each step added.

    An article whose page was not kept is left out. Raises `ExportError` when a page that was kept cannot be read.
    """
    index = _Index()
    entries: list[_Entry] = []
    with closing(index.db), zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as pack:
        pages = sqlite3.connect("", isolation_level=None)
        with closing(pages):
            pages.execute("CREATE TABLE pages (line TEXT)")
            pages.execute("BEGIN")
            with _entry(pack, f"archive/{WARC}", entries) as warc:
                warc.write(compress(warcinfo(WARC, timestamps.now(), archive.name)))
                for batch in ids:
                    captures = [_Capture(*row) for row in db.execute(_CAPTURES, [as_json(batch)])]
                    for capture in captures:
                        _add_capture(db, archive, capture, warc, index)
                        pages.execute("INSERT INTO pages VALUES (?)", [_page_line(capture)])
                    yield len(captures)
            with _entry(pack, f"pages/{PAGES}", entries) as out:
                out.write(_json_line({"format": "json-pages-1.0", "id": "pages", "title": "Articles"}))
                for (line,) in pages.execute("SELECT line FROM pages ORDER BY rowid"):
                    out.write(line.encode())
        _write_index(pack, index, entries)
        _write_package(pack, entries, title)


@contextmanager
def _entry(pack: zipfile.ZipFile, path: str, entries: list[_Entry]) -> Iterator[_HashingFile]:
    with pack.open(path, "w", force_zip64=True) as file:
        hashing = _HashingFile(file)
        yield hashing
    entries.append(_Entry(path, hashing.size, hashing.digest.hexdigest()))


def _add_capture(
    db: sqlite3.Connection, archive: Path, capture: _Capture, warc: _HashingFile, index: _Index
) -> None:
    """The record with the payload, and the `revisit` record where the page was the same as at that time."""
    payload = Place(capture.warc_file, capture.warc_offset, capture.warc_length)
    first = capture[1:5]
    if capture.revisit_file is not None:
        first = db.execute(_FIRST, [payload.warc_file, payload.warc_offset]).fetchone() or first
    _add_record(archive, payload, warc, index, first, capture.sha256)
    if capture.revisit_file is not None:
        again = Place(capture.revisit_file, capture.revisit_offset or 0, capture.revisit_length or 0)
        about = (capture.url, capture.fetched_at, capture.status, "warc/revisit")
        _add_record(archive, again, warc, index, about, capture.sha256)


def _add_record(
    archive: Path,
    place: Place,
    warc: _HashingFile,
    index: _Index,
    about: tuple[str, str, int | None, str | None],
    sha256: str | None,
) -> None:
    if not index.is_new(place):
        return
    if is_on_the_web(place.warc_file) and not may_fetch():
        raise ExportError(
            f"No copy was kept of {about[0]}: it lies in the file of a collection on the web. clippings export --fetch"
            " reads such pages there."
        )
    try:
        data = gzip_record(archive, place)
    except CaptureMissing as missing:
        raise ExportError(
            f"A page cannot be read: {missing} clippings verify {archive} says more."
        ) from missing
    url, fetched_at, status, mime = about
    found = {
        "url": url,
        "mime": mime or "unk",
        "status": str(status or 200),
        "digest": digest_of(sha256) if sha256 else "-",
        "length": str(len(data)),
        "offset": str(warc.size),
        "filename": WARC,
    }
    index.add(f"{surt(url)} {_digits(fetched_at)} {json.dumps(found)}")
    warc.write(data)


def _write_index(pack: zipfile.ZipFile, index: _Index, entries: list[_Entry]) -> None:
    blocks = ['!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n']
    lines = index.lines()
    with _entry(pack, f"indexes/{INDEX}", entries) as out:
        while block := list(islice(lines, LINES_A_BLOCK)):
            packed = gzip.compress("".join(f"{line}\n" for line in block).encode(), mtime=0)
            about = {
                "offset": out.size,
                "length": len(packed),
                "digest": f"sha256:{hashlib.sha256(packed).hexdigest()}",
                "filename": INDEX,
            }
            key, stamp, _ = block[0].split(" ", 2)
            blocks.append(f"{key} {stamp} {json.dumps(about)}\n")
            out.write(packed)
    with _entry(pack, f"indexes/{BLOCKS}", entries) as out:
        for line in blocks:
            out.write(line.encode())


def _write_package(pack: zipfile.ZipFile, entries: list[_Entry], title: str) -> None:
    described = {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": title,
        "created": warc_date(timestamps.now()),
        "software": f"Clippings/{VERSION}",
        "resources": [
            {
                "name": one.path.rpartition("/")[2],
                "path": one.path,
                "hash": f"sha256:{one.sha256}",
                "bytes": one.size,
            }
            for one in entries
        ],
    }
    data = (json.dumps(described, ensure_ascii=False, indent=2) + "\n").encode()
    pack.writestr("datapackage.json", data)
    digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
    pack.writestr("datapackage-digest.json", json.dumps(digest))


def _page_line(capture: _Capture) -> str:
    page = {
        "id": str(capture.id),
        "url": capture.url,
        "ts": warc_date(capture.fetched_at),
        "title": capture.title or capture.url,
    }
    return _json_line(page).decode()


def _json_line(value: dict[str, str]) -> bytes:
    return (json.dumps(value) + "\n").encode()


def _digits(at: str) -> str:
    """An ISO 8601 time as an index has it: 14 digits in UTC."""
    return "".join(sign for sign in warc_date(at) if sign.isdigit())[:14]


def surt(url: str) -> str:
    """An address as indexes sort it: `com,example)/path?a=1&b=2`, without scheme, `www` and case.

    As the Internet Archive's library of that name does it for web addresses, but for session ids in paths; that library
    has stood still since 2019, and newer Pythons warn at its import.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    head, dot, rest = host.partition(".")
    if dot and head.startswith("www") and (not head[3:] or head[3:].isdecimal()):
        host = rest
    port = f":{parts.port}" if parts.port not in (None, {"http": 80, "https": 443}.get(parts.scheme)) else ""
    path = quote(parts.path, safe="%/:=&?~+!$,;'@()*[]|").lower()
    path = path.rstrip("/") or "/"
    query = "&".join(sorted(quote(parts.query, safe="%/:=&?~+!$,;'@()*[]|").lower().split("&")))
    return f"{','.join(reversed(host.split('.')))}{port}){path}" + (f"?{query}" if query else "")
