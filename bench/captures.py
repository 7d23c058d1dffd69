"""Measure what captures, replay and taking in WARC files cost and promise, on a folder of saved pages.

    python bench/captures.py FOLDER size | cost | share | same | kill | foreign  [--work FOLDER] [--copies N]

FOLDER is as in bench/replay.py. `--work` keeps the archive between steps; `size` crawls into it.
"""

from __future__ import annotations

import argparse
import gzip
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import time
import urllib.request
from dataclasses import replace
from io import BytesIO
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from commands import SERVED, command, cpu_seconds, resident  # noqa: E402
from kills import kill  # noqa: E402
from other_tools import same  # noqa: E402
from replay import FAST, Replay, rows, run  # noqa: E402


def crawl(folder: Path, work: Path, copies: int) -> None:
    with Replay(folder, *SERVED, "--copies", str(copies)) as replay:
        began = time.monotonic()
        code, errors = run(replay.crawl(work, *FAST, "-s", "PAGES_PER_SOURCE=100000"))
        pages = rows(work, "SELECT count(*) FROM articles")[0][0]
        print(
            f"crawl: exit {code}, {pages} articles in {time.monotonic() - began:.0f} s; {errors.strip()[:300]}"
        )


def pages_of(work: Path, limit: int) -> list:
    """Captured pages, ready for extraction."""
    from pipelines.archive.records import Place
    from pipelines.archive.warc.reader import response
    from pipelines.items import Page

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
    """Bytes a page against `gzip -6`, and CPU a page."""
    from pipelines.archive.warc import pack
    from pipelines.extraction.decoding import decode_body
    from pipelines.extraction.extract import extract

    if not (work / "archive.db").exists():
        crawl(folder, work, copies)
    pages = pages_of(work, 233)
    plain = [decode_body(page.body, page.headers) for page in pages]
    six = sum(len(gzip.compress(body, 6)) for body in plain)
    print(f"{len(pages)} pages, {sum(map(len, plain)) / len(plain) / 1000:.1f} kB unpacked on average")
    print(f"gzip -6 of the page alone: {six / len(pages) / 1000:.1f} kB")
    held = rows(work, "SELECT sum(warc_length), count(*) FROM captures WHERE revisit_file IS NULL")[0]
    files = sum(path.stat().st_size for path in (work / "warc").iterdir())
    captured = rows(work, "SELECT count(*) FROM captures")[0][0]
    print(
        f"response records: {held[0] / held[1] / 1000:.1f} kB; files in all: {files / captured / 1000:.1f} kB a capture"
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
    bare = copy_of_code(work / "without")
    change(bare / "pipelines" / "work.py", "pack.pack(page) if kept else None", "None")
    found: dict[str, list[float]] = {"with": [], "without": []}
    with Replay(folder, *SERVED, "--copies", str(max(copies, 3))) as replay:
        for _ in range(ROUNDS):
            for name, code in (("with", HERE.parent), ("without", bare)):
                for file in [*work.glob("archive*"), *(work / "warc").glob("*")]:
                    file.unlink()
                process = replay.crawl(
                    work, *FAST, "-s", "PAGES_PER_SOURCE=100000", code=code, start_new_session=True
                )
                seconds = cpu_seconds(process)
                process.communicate()
                pages = rows(work, "SELECT count(*) FROM outcomes")[0][0]
                captured = rows(work, "SELECT count(*) FROM captures")[0][0]
                found[name].append(seconds / pages * 1000)
                print(
                    f"{name:7} captures: {pages} pages, {captured} captures, {seconds / pages * 1000:.2f} ms CPU a page"
                )
    held, none = (sorted(times)[ROUNDS // 2] for times in found.values())
    print(f"median: {held:.2f} ms with, {none:.2f} ms without: {held - none:+.2f} ms, {held / none - 1:+.1%}")


def copy_of_code(folder: Path) -> Path:
    """The program in another folder, to change a rule in it."""
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("crawler", "pipelines"):
        shutil.copytree(HERE.parent / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def change(file: Path, old: str, new: str) -> None:
    """Raises `ValueError` when the words to be changed are no longer there."""
    text = file.read_text()
    if old not in text:
        raise ValueError(f"{old!r} is not in {file}: choose another rule to change")
    file.write_text(text.replace(old, new))


def append(pages: list) -> None:
    """What the crawl's own process pays: appending, syncing and the row."""
    from pipelines.archive.database import Archive
    from pipelines.archive.warc import pack

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


def bare(pages: list) -> None:
    """Extraction and nothing else."""
    from pipelines.extraction.extract import extract

    for page in pages:
        extract(page)


def share(folder: Path, work: Path, copies: int) -> None:
    """`replay` after a change of a rule, against two processes that do nothing but extract the same pages."""
    if not (work / "archive.db").exists():
        crawl(folder, work, copies)
    pages = pages_of(work, 5000)
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
    code = copy_of_code(work / "code")
    change(code / "pipelines" / "extraction" / "render.py", 'f"## {block.text}"', "block.text")
    change(code / "pipelines" / "extract.py", 'EXTRACTOR = "', 'EXTRACTOR = "changed-')
    before = rows(work, "SELECT count(*) FROM revisions")[0][0]
    words = ["replay", "archive.db", "--seeds", str(work / "seeds")]
    for options in (["--dry-run"], []):
        began = time.monotonic()
        process = command(work, *words, *options, code=code, start_new_session=True)
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
        f"revisions made: {rows(work, 'SELECT count(*) FROM revisions')[0][0] - before}; requests made: 0 (no network was there)"
    )


def foreign(folder: Path, work: Path, copies: int) -> None:
    """A WARC file of 20,000 records by warcio: 5,000 pages with request, metadata and an image each; memory meanwhile."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    path = work / "foreign.warc.gz"
    if not path.exists():
        with Replay(folder, *SERVED, "--copies", "22") as replay, path.open("wb") as out:
            writer = WARCWriter(out, gzip=True)
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": replay.url}))
            for url in replay.ask("articles")[:5000]:
                request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
                with opener.open(request) as answer:
                    head = StatusAndHeaders("200 OK", answer.getheaders(), protocol="HTTP/1.1")
                    page = writer.create_warc_record(
                        url, "response", payload=BytesIO(answer.read()), http_headers=head
                    )
                asked = StatusAndHeaders("GET / HTTP/1.1", [("User-Agent", "another")], is_http_request=True)
                writer.write_record(page)
                writer.write_record(writer.create_warc_record(url, "request", http_headers=asked))
                writer.write_record(
                    writer.create_warc_record(
                        url, "metadata", payload=BytesIO(b"fetchTimeMs: 10\r\n"), length=17
                    )
                )
                image = StatusAndHeaders("200 OK", [("Content-Type", "image/jpeg")], protocol="HTTP/1.1")
                writer.write_record(
                    writer.create_warc_record(
                        url + ".jpg", "response", payload=BytesIO(os.urandom(20_000)), http_headers=image
                    )
                )
    for file in work.glob("foreign.db*"):
        file.unlink()
    process = command(work, "replay", "foreign.db", path.name, start_new_session=True)
    samples, began = [], time.monotonic()
    while process.poll() is None:
        samples.append(resident(process.pid))
        time.sleep(0.5)
    print(
        f"{path.stat().st_size / 1e6:.0f} MB in {time.monotonic() - began:.0f} s; {process.communicate()[0].strip()}"
    )
    tenth = -(-len(samples) // 10)
    parts = [samples[n : n + tenth] for n in range(0, len(samples), tenth)]
    for name, column in (("main process", 0), ("largest worker", 1)):
        print(
            f"{name}, most MB in each tenth of the time:",
            *[f"{max(s[column] for s in part):.0f}" for part in parts],
        )


def main() -> None:
    steps = {f.__name__: f for f in (size, cost, share, same, kill, foreign)}
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("step", choices=steps)
    parser.add_argument("--work", type=Path, help="work in this folder and leave everything there")
    parser.add_argument("--copies", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = args.work or Path(temporary)
        work.mkdir(exist_ok=True, parents=True)
        steps[args.step](args.folder.resolve(), work.resolve(), args.copies)


if __name__ == "__main__":
    main()
