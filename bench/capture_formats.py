"""The two formats of captures on saved pages: room, CPU of packing and reading, and the way from one to the other.

`python -m bench captures` runs it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pipelines.archive.admin.rewrite import repack as repack_files
from pipelines.archive.admin.verify import verify
from pipelines.archive.database import Archive
from pipelines.archive.records import Place
from pipelines.archive.warc import frames, pack
from pipelines.archive.warc.reader import read_content, response
from pipelines.extraction.decoding import decode_body
from pipelines.items import CaptureFormat, Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

HTML = ("Content-Type", "text/html")
PACKED = ("Content-Encoding", "gzip")
BATCH = 50
AT = "2026-11-23T09:30:00.123+00:00"


@dataclass
class Cost:
    """Of one way of keeping pages: bytes, and seconds of CPU in workers, in the crawl's process, and reading."""

    size: int = 0
    packing: float = 0.0
    appending: float = 0.0
    reading: float = 0.0


def read_saved_pages(folder: Path) -> list[Page]:
    """The pages that a truth.jsonl or a web/manifest.jsonl in the folder names, each of the source that its host is."""
    listed = next(
        path for path in (folder / "truth.jsonl", folder / "web" / "manifest.jsonl") if path.is_file()
    )
    pages = []
    for line in listed.read_text("utf-8").split("\n")[:-1]:
        row: dict[str, Any] = json.loads(line)
        if row.get("page_type", "article") != "article":
            continue
        file = listed.parent / row["file"]
        body = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        url = row["url"] or f"http://unknown.example/{row['file']}"
        host = (urlsplit(url).hostname or "").removeprefix("www.")
        pages.append(
            Page(url=url, body=body, source_id=row.get("site") or host, headers=(HTML,), fetched_at=AT)
        )
    return pages


def of_sites_with(pages: list[Page], least: int) -> list[Page]:
    """The pages of sites that have so many, the sites in turn, as a crawl fetches them."""
    by_source = defaultdict(list)
    for page in pages:
        by_source[page.source_id].append(page)
    groups = [group for group in by_source.values() if len(group) >= least]
    return [page for turn in zip_longest(*groups) for page in turn if page is not None]


def as_packed(page: Page) -> Page:
    """The page as a server would send it that packs it."""
    return replace(page, body=gzip.compress(page.body, 6), headers=(HTML, PACKED))


def keep(path: Path, pages: Iterable[Page], format: CaptureFormat) -> Cost:
    """Keep pages in a new archive, as a crawl does."""
    cost, waiting = Cost(), iter(pages)
    with Archive(path) as archive:
        archive.captures.set_format(format)
        while batch := list(islice(waiting, BATCH)):
            began = time.process_time()
            packings = [archive.captures.files.packing_of(page.source_id) for page in batch]
            asked = time.process_time()
            packed = [
                pack.pack(replace(page, packing=packing))
                for page, packing in zip(batch, packings, strict=True)
            ]
            made = time.process_time()
            _insert(archive, packed)
            cost.packing += made - asked
            cost.appending += time.process_time() - made + asked - began
    with Archive(path) as archive:
        places = [
            Place(*row)
            for row in archive.db.execute(
                "SELECT warc_file, warc_offset, warc_length FROM captures WHERE revisit_file IS NULL ORDER BY id"
            ).fetchall()
        ]
    began = time.process_time()
    for place in places:
        _, headers, body = response(path, place)
        decode_body(body, headers)
    cost.reading = time.process_time() - began
    cost.size = sum(file.stat().st_size for file in (path.parent / "warc").iterdir())
    return cost


def _insert(archive: Archive, packed: list[Any]) -> None:
    kept = archive.captures.append(packed)
    with archive.db.atomic():
        for one in kept.values():
            sources = "INSERT OR IGNORE INTO sources (id, name, home, added_at) VALUES (?, 'x', 'x', 'x')"
            archive.db.execute(sources, [one.packed.source_id])
            sql = "INSERT OR IGNORE INTO urls (url, key, source_id, found_at, via) VALUES (?, ?, ?, 'x', 'given')"
            archive.db.execute(sql, [one.packed.url, one.packed.url, one.packed.source_id])
            (url_id,) = archive.db.execute("SELECT id FROM urls WHERE key = ?", [one.packed.url]).fetchone()
            archive.captures.insert(one, url_id)


def formats(folder: Path, work: Path, copies: int) -> None:
    """Print kB a page and CPU a page of each format, for pages of sites that have three or more in the folder."""
    pages = of_sites_with(read_saved_pages(folder), 3)
    sites = len({page.source_id for page in pages})
    size = sum(len(page.body) for page in pages) / len(pages) / 1000
    print(
        f"{len(pages)} pages of {sites} sites, {size:.1f} kB on average; files whole, with all that is in them"
    )
    print(f"{'':34} kB a page   ms CPU a page: worker, crawl's own process, reading")
    packed = [as_packed(page) for page in pages]
    for label, sent, format in (
        ("gzip, sent packed (as it was sent)", packed, CaptureFormat.GZIP),
        ("gzip, sent unpacked", pages, CaptureFormat.GZIP),
        ("zstd, sent packed", packed, CaptureFormat.ZSTD),
        ("zstd, sent unpacked", pages, CaptureFormat.ZSTD),
    ):
        with _emptied(work / "formats") as place:
            cost = keep(place / "a.db", sent, format)
        each = [1000 * seconds / len(pages) for seconds in (cost.packing, cost.appending, cost.reading)]
        print(f"{label:34} {cost.size / len(pages) / 1000:9.1f}   " + ", ".join(f"{ms:.2f}" for ms in each))
    alone = sum(len(frames.compress(page.body, None)) for page in pages)
    print(f"zstd without a dictionary: {alone / len(pages) / 1000:.1f} kB a page")
    _print_levels(pages)


def _print_levels(pages: list[Page]) -> None:
    """What other levels would give: each page with the first of its site as dictionary, which is ready."""
    by_source = defaultdict(list)
    for page in pages:
        by_source[page.source_id].append(page)
    for level in (1, 3, 4, 5, 6, 9):
        size, seconds, count = 0, 0.0, 0
        for first, *others in by_source.values():
            dictionary = frames.ZstdDict(first.body, is_raw=True)
            frames.compress(b"", dictionary, level)
            began = time.process_time()
            for page in others:
                size += len(frames.compress(page.body, dictionary, level))
            seconds += time.process_time() - began
            count += len(others)
        print(
            f"level {level}: {size / count / 1000:.1f} kB, {1000 * seconds / count:.2f} ms, without the page in the dictionary"
        )


def repack(folder: Path, work: Path, copies: int) -> None:
    """Print what `prune --repack` there and back costs, and whether every record's digest is the same."""
    pages = read_saved_pages(folder)
    every = (
        replace(page, url=f"{page.url}#{n}", body=page.body + f"<!-- copy {n} -->".encode())
        for n in range(copies)
        for page in pages
    )
    sent = (as_packed(page) if n % 2 else page for n, page in enumerate(every))
    with _emptied(work / "repack") as place:
        path = place / "a.db"
        keep(path, sent, CaptureFormat.GZIP)
        before = _digests(path)
        print(f"{len(before)} captures, every second sent packed")
        for format in (CaptureFormat.ZSTD, CaptureFormat.GZIP):
            began, wall = time.process_time(), time.monotonic()
            with Archive(path) as archive:
                done = repack_files(archive, format)
            seconds, lasted = time.process_time() - began, time.monotonic() - wall
            differing = sum(before[number] != digest for number, digest in _digests(path).items())
            print(
                f"to {format}: {done.before / 1e6:.1f} MB to {done.after / 1e6:.1f} MB, {done.records} records in {lasted:.0f} s,"
                f" {1000 * seconds / len(before):.2f} ms CPU a capture; digests that differ {differing},"
                f" problems {len(done.problems) + len(verify(path).problems)}"
            )


def _digests(path: Path) -> dict[int, str]:
    with Archive(path) as archive:
        rows = archive.db.execute("SELECT id, warc_file, warc_offset, warc_length FROM captures").fetchall()
    return {number: hashlib.sha256(read_content(path, Place(*place))).hexdigest() for number, *place in rows}


@contextmanager
def _emptied(folder: Path) -> Iterator[Path]:
    """A folder that is new, and gone afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
