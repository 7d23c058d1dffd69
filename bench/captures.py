"""Measure the cost of captures, of `clippings replay` and of importing WARC files, on a folder of saved pages.

    python -m bench captures FOLDER size | cost | share | foreign | formats | repack  [--keep FOLDER] [--copies N]

size     bytes and CPU a page
cost     CPU a page of whole crawls, with captures and without
share    `clippings replay` after a change of a rule, against two processes that only extract
foreign  import of a WARC file of 20,000 records: memory meanwhile
formats  kB and CPU a page by gzip and by zstd; FOLDER has a truth.jsonl with its pages too
repack   every page of the same FOLDER `--copies` times, from gzip to zstd and back: CPU, room, digests

`--keep` leaves the archive in a folder for the next step.
"""

from __future__ import annotations

import gzip
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
import urllib.request
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from bench.capture_formats import formats, repack
from bench.harness import (
    FAST,
    ROOT,
    SERVED,
    ReplayServer,
    argument_parser,
    count_rows,
    cpu_seconds,
    remove_archive,
    resident,
    rows,
    start_offline,
    wait,
    work_folder,
)
from pipelines.archive.database import Archive
from pipelines.archive.records import Place
from pipelines.archive.warc import pack
from pipelines.archive.warc.reader import response
from pipelines.extraction.decoding import decode_body
from pipelines.extraction.extract import extract
from pipelines.items import Page

if TYPE_CHECKING:
    from collections.abc import Callable


def crawl(folder: Path, work: Path, copies: int) -> None:
    with ReplayServer(folder, *SERVED, "--copies", str(copies)) as server:
        began = time.monotonic()
        code, errors = wait(server.crawl(work, *FAST, "-s", "PAGES_PER_SOURCE=100000"))
        pages = count_rows(work, "articles")
        print(
            f"crawl: exit {code}, {pages} articles in {time.monotonic() - began:.0f} s; {errors.strip()[:300]}"
        )


def read_pages(work: Path, limit: int) -> list[Page]:
    """Return captured pages, ready for extraction."""
    sql = (
        "SELECT url, fetched_at, warc_file, warc_offset, warc_length FROM captures"
        " WHERE id IN (SELECT capture_id FROM articles) ORDER BY id LIMIT ?"
    )
    found = []
    for url, at, *place in rows(work, sql, limit):
        status, headers, body = response(work / "archive.db", Place(*place))
        found.append(Page(url=url, body=body, status=status, headers=headers, fetched_at=at))
    return found


def size(folder: Path, work: Path, copies: int) -> None:
    """Print bytes a page against `gzip -6`, and CPU a page."""
    if not (work / "archive.db").exists():
        crawl(folder, work, copies)
    pages = read_pages(work, 233)
    plain = [decode_body(page.body, page.headers) for page in pages]
    six = sum(len(gzip.compress(body, 6)) for body in plain)
    print(f"{len(pages)} pages, {sum(map(len, plain)) / len(plain) / 1000:.1f} kB unpacked on average")
    print(f"gzip -6 of the page alone: {six / len(pages) / 1000:.1f} kB")
    stored = rows(work, "SELECT sum(warc_length), count(*) FROM captures WHERE revisit_file IS NULL")[0]
    files = sum(path.stat().st_size for path in (work / "warc").iterdir())
    captured = count_rows(work, "captures")
    print(
        f"response records: {stored[0] / stored[1] / 1000:.1f} kB; files in all: {files / captured / 1000:.1f} kB a capture"
    )
    unpacked = [
        replace(page, body=body, headers=tuple(h for h in page.headers if h[0].lower() != "content-encoding"))
        for page, body in zip(pages, plain, strict=True)
    ]
    sent_plain = sum(len(pack.pack(page).response) for page in unpacked)
    print(f"response records, had the server not packed the page: {sent_plain / len(pages) / 1000:.1f} kB")
    for label, work_on in (("as sent (gzip)", pages), ("sent unpacked", unpacked)):
        began = time.process_time()
        for page in work_on:
            pack.pack(page)
        print(f"records of a page {label}: {(time.process_time() - began) / len(pages) * 1000:.2f} ms CPU")
    began = time.process_time()
    for page in pages:
        extract(page)
    print(f"extraction: {(time.process_time() - began) / len(pages) * 1000:.1f} ms CPU a page")
    append(pages)


ROUNDS = 3


def cost(folder: Path, work: Path, copies: int) -> None:
    """CPU a page of whole crawls, all processes of it, with captures and without; in turns."""
    bare = copy_code(work / "without")
    change(bare, "pack.pack(_without_hops_that_ask(page)) if kept else None", "None")
    found: dict[str, list[float]] = {"with": [], "without": []}
    with ReplayServer(folder, *SERVED, "--copies", str(max(copies, 3))) as server:
        for _ in range(ROUNDS):
            for name, code in (("with", ROOT), ("without", bare)):
                remove_archive(work)
                process = server.crawl(
                    work, *FAST, "-s", "PAGES_PER_SOURCE=100000", code=code, new_session=True
                )
                seconds = cpu_seconds(process)
                process.communicate()
                pages = count_rows(work, "outcomes")
                captured = count_rows(work, "captures")
                found[name].append(seconds / pages * 1000)
                print(
                    f"{name:7} captures: {pages} pages, {captured} captures, {seconds / pages * 1000:.2f} ms CPU a page"
                )
    full, none = (sorted(times)[ROUNDS // 2] for times in found.values())
    print(f"median: {full:.2f} ms with, {none:.2f} ms without: {full - none:+.2f} ms, {full / none - 1:+.1%}")


def copy_code(folder: Path) -> Path:
    """Copy the program to another folder, to change a rule in it."""
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("crawler", "pipelines"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def change(code: Path, old: str, new: str) -> None:
    """Change words of the pipelines of a copy. Raises `ValueError` unless exactly one module has them."""
    files = [file for file in (code / "pipelines").rglob("*.py") if old in file.read_text("utf-8")]
    if len(files) != 1:
        raise ValueError(f"{old!r} is in {len(files)} modules of {code}: choose another rule to change")
    files[0].write_text(files[0].read_text("utf-8").replace(old, new), "utf-8")


def append(pages: list[Page]) -> None:
    """Measure the part of the crawl's own process: appending, syncing and the row."""
    with tempfile.TemporaryDirectory() as folder, Archive(Path(folder) / "a.db") as archive:
        packed = [pack.pack(page) for page in pages]
        began, wall = time.process_time(), time.monotonic()
        for start in range(0, len(packed), 50):
            kept = archive.captures.append(packed[start : start + 50])
            with archive.db.atomic():
                for one in kept.values():
                    archive.captures.insert(one, None)
        count = len(packed)
        print(
            f"appending and rows, batches of 50: {(time.process_time() - began) / count * 1000:.2f} ms CPU,"
            f" {(time.monotonic() - wall) / count * 1000:.2f} ms in all a page"
        )


def bare(pages: list[Page]) -> None:
    """Extract, and do nothing else."""
    for page in pages:
        extract(page)


def share(folder: Path, work: Path, copies: int) -> None:
    """Measure `replay` after a change of a rule, against two processes that do nothing but extract the same pages."""
    if not (work / "archive.db").exists():
        crawl(folder, work, copies)
    pages = read_pages(work, 5000)
    bare(pages[:20])
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    before_cpu = spent.ru_utime + spent.ru_stime
    halves = [multiprocessing.Process(target=bare, args=[pages[n::2]]) for n in (0, 1)]
    began = time.monotonic()
    for half in halves:
        half.start()
    for half in halves:
        half.join()
    alone = len(pages) / (time.monotonic() - began)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    alone_cpu = (spent.ru_utime + spent.ru_stime - before_cpu) / len(pages) * 1000
    del pages
    # A rule is changed in a copy of the code: headings without their mark, and another name for the extraction.
    code = copy_code(work / "code")
    change(code, 'f"## {block.text}"', "block.text")
    change(code, 'EXTRACTOR = "', 'EXTRACTOR = "changed-')
    before = count_rows(work, "revisions")
    words = ["replay", "archive.db", "--seeds", str(work / "seeds")]
    for options in (["--dry-run"], []):
        began = time.monotonic()
        process = start_offline(work, *words, *options, code=code, new_session=True)
        cpu = cpu_seconds(process)
        seconds = time.monotonic() - began
        out, _ = process.communicate()
        done = int(out.split()[0])
        print(f"replay {' '.join(options)}: exit {process.returncode}, {seconds:.0f} s")
        print("  " + "\n  ".join(out.splitlines()[:4]))
        print(
            f"  {done / seconds:.1f} pages/s; two bare processes {alone:.1f}; share {done / seconds / alone:.0%}"
        )
        print(
            f"  CPU a page: {cpu / done * 1000:.2f} ms of all processes, {alone_cpu:.2f} ms of the bare ones"
        )
    print(
        f"revisions made: {count_rows(work, 'revisions') - before}; requests made: 0 (no network was there)"
    )


def write_foreign(folder: Path, path: Path) -> None:
    """Write a WARC file by warcio: 5,000 pages with request, metadata and an image each."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    image_headers = [("Content-Type", "image/jpeg")]
    with ReplayServer(folder, *SERVED, "--copies", "22") as server, path.open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": server.url}))
        for url in server.ask("articles")[:5000]:
            request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
            with opener.open(request) as response:
                head = StatusAndHeaders("200 OK", response.getheaders(), protocol="HTTP/1.1")
                body = BytesIO(response.read())
            asked = StatusAndHeaders("GET / HTTP/1.1", [("User-Agent", "another")], is_http_request=True)
            image = StatusAndHeaders("200 OK", image_headers, protocol="HTTP/1.1")
            for kind, name, fields in (
                ("response", url, {"payload": body, "http_headers": head}),
                ("request", url, {"http_headers": asked}),
                ("metadata", url, {"payload": BytesIO(b"fetchTimeMs: 10\r\n"), "length": 17}),
                ("response", f"{url}.jpg", {"payload": BytesIO(os.urandom(20_000)), "http_headers": image}),
            ):
                writer.write_record(writer.create_warc_record(name, kind, **fields))


def foreign(folder: Path, work: Path, copies: int) -> None:
    """Import a WARC file of 20,000 records that warcio wrote; print the memory meanwhile."""
    path = work / "foreign.warc.gz"
    if not path.exists():
        write_foreign(folder, path)
    for file in work.glob("foreign.db*"):
        file.unlink()
    process = start_offline(work, "replay", "foreign.db", path.name, new_session=True)
    samples, began = [], time.monotonic()
    while process.poll() is None:
        samples.append(resident(process.pid))
        time.sleep(0.5)
    print(
        f"{path.stat().st_size / 1e6:.0f} MB in {time.monotonic() - began:.0f} s; {process.communicate()[0].strip()}"
    )
    tenth = -(-len(samples) // 10)
    parts = [samples[n : n + tenth] for n in range(0, len(samples), tenth)]
    for name, sizes in (
        ("main process", [max(sample.main for sample in part) for part in parts]),
        ("largest worker", [max(sample.largest for sample in part) for part in parts]),
    ):
        print(f"{name}, most MB in each tenth of the time:", *[f"{size:.0f}" for size in sizes])


STEPS: dict[str, Callable[[Path, Path, int], None]] = {
    step.__name__: step for step in (size, cost, share, foreign, formats, repack)
}


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--keep", type=Path, help="work in this folder and leave everything there")
    parser.add_argument("--copies", type=int, default=1)
    args = parser.parse_args()
    with work_folder(args.keep) as work:
        STEPS[args.step](args.folder, work, args.copies)
