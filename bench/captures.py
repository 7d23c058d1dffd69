"""Measure what captures, replay and taking in WARC files cost and promise, on a folder of saved pages.

    python bench/captures.py FOLDER size | share | same | kill | foreign  [--work FOLDER] [--copies N]

FOLDER is as in bench/replay.py. `--work` keeps the archive between steps; `size` crawls into it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import replace
from io import BytesIO
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from replay import CLIPPINGS, FAST, Replay, ledger, rows, run  # noqa: E402

SERVED = ["--fresh", "--everything", "--crawl-delay", "0"]


def command(work: Path, *words: str, code: Path = HERE.parent, **popen: object) -> subprocess.Popen[str]:
    """A clippings command in the work folder, with no network at all."""
    environment = {**os.environ, "http_proxy": "http://127.0.0.1:9", "PYTHONPATH": str(code)}
    return subprocess.Popen(
        [*CLIPPINGS, *words], env=environment, cwd=work, text=True, stdout=subprocess.PIPE, **popen
    )


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
    from pipelines.archive.captures_reading import Place, response
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
    from pipelines.archive import warc
    from pipelines.decode import decode_body
    from pipelines.extract import extract

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
    sent_plain = sum(len(warc.pack(page).response) for page in unpacked)
    print(f"response records, had the server not packed the page: {sent_plain / len(pages) / 1000:.1f} kB")
    for label, work_on in (("as sent (gzip)", pages), ("sent unpacked", unpacked)):
        began = time.process_time()
        for page in work_on:
            warc.pack(page)
        print(f"records of a page {label}: {(time.process_time() - began) / len(pages) * 1000:.2f} ms CPU")
    began = time.process_time()
    for page in pages:
        extract(page)
    print(f"extraction: {(time.process_time() - began) / len(pages) * 1000:.1f} ms CPU a page")
    append(pages)


def append(pages: list) -> None:
    """What the crawl's own process pays: appending, syncing and the row."""
    from pipelines.archive import Archive, warc

    with tempfile.TemporaryDirectory() as folder, Archive(Path(folder) / "a.db") as archive:
        packed = [warc.pack(page) for page in pages]
        began, wall = time.process_time(), time.monotonic()
        for start in range(0, len(packed), 50):
            kept = archive.captures.keep(packed[start : start + 50])
            with archive.db.atomic():
                for one in kept.values():
                    archive.captures.enter(one, None)
        count = len(packed)
        print(
            f"appending and rows, batches of 50: {(time.process_time() - began) / count * 1000:.2f} ms CPU,"
            f" {(time.monotonic() - wall) / count * 1000:.2f} ms in all a page"
        )


def bare(pages: list) -> None:
    """Extraction and nothing else."""
    from pipelines.extract import extract

    for page in pages:
        extract(page)


def share(folder: Path, work: Path, copies: int, limit: int = 5000) -> None:
    """`replay` after a change of a rule, against two processes that do nothing but extract the same pages."""
    if not (work / "archive.db").exists():
        crawl(folder, work, copies)
    pages = pages_of(work, limit)
    bare(pages[:20])
    halves = [multiprocessing.Process(target=bare, args=[pages[n::2]]) for n in (0, 1)]
    began = time.monotonic()
    for half in halves:
        half.start()
    for half in halves:
        half.join()
    alone = len(pages) / (time.monotonic() - began)
    del pages
    # A rule is changed in a copy of the code: no tables any more, and another name for the extraction.
    code = work / "code"
    shutil.rmtree(code, ignore_errors=True)
    for part in ("crawler", "pipelines"):
        shutil.copytree(HERE.parent / part, code / part, ignore=shutil.ignore_patterns("__pycache__"))
    extraction = code / "pipelines" / "extract.py"
    text = extraction.read_text().replace("include_tables=True", "include_tables=False")
    extraction.write_text(text.replace('EXTRACTOR = "', 'EXTRACTOR = "changed-'))
    before = rows(work, "SELECT count(*) FROM revisions")[0][0]
    for options in (["--dry-run"], []):
        began = time.monotonic()
        process = command(work, "replay", "archive.db", "--seeds", str(work / "seeds"), *options, code=code)
        out, _ = process.communicate()
        seconds = time.monotonic() - began
        done = int(out.split()[0])
        print(f"replay {' '.join(options)}: exit {process.returncode}, {seconds:.0f} s")
        print("  " + "\n  ".join(out.splitlines()[:4]))
        print(
            f"  {done / seconds:.1f} pages/s; two bare processes {alone:.1f}; share {done / seconds / alone:.0%}"
        )
    print(
        f"revisions made: {rows(work, 'SELECT count(*) FROM revisions')[0][0] - before}; requests made: 0 (no network was there)"
    )


TOLD = {
    "id": "numbered as they came in",
    "capture_id": "numbered as they came in",
    "first_seen_at": "when each was fetched",
    "checked_at": "when each was fetched",
}
"""Columns that say when and in what order, not what is on the page."""

FOLLOWS = {"published_from": ("published_at",), "modified_at": ("modified_at", "published_at")}
"""What a feed says of one column may decide another: no article was modified before it was published."""


def same(folder: Path, work: Path, copies: int) -> None:
    """200 pages crawled, and the same written to WARC by wget and by warcio and taken in: rows compared."""
    with Replay(folder, *SERVED, "--copies", "2") as replay:
        run(replay.crawl(work, *FAST))
        sql = (
            "SELECT a.url, c.url FROM articles a JOIN captures c ON c.id = a.capture_id"
            " WHERE a.duplicate_of IS NULL ORDER BY a.id LIMIT 200"
        )
        answered = dict(rows(work, sql))
        by_wget(replay, work, list(answered.values()))
        by_warcio(replay, work, list(answered.values()))
    for tool in ("wget", "warcio"):
        for file in work.glob(f"{tool}.db*"):
            file.unlink()
        process = command(work, "replay", f"{tool}.db", f"{tool}.warc.gz", "--seeds", str(work / "seeds"))
        print(f"--- written by {tool}\n" + process.communicate()[0].strip())
        compare(table_of(work / "archive.db"), table_of(work / f"{tool}.db"), list(answered))


def by_wget(replay: Replay, work: Path, urls: list[str]) -> None:
    """As a person would do it; wget names its own headers and asks for no compression."""
    (work / "urls.txt").write_text("\n".join(urls))
    environment = {**os.environ, "http_proxy": replay.url, "no_proxy": ""}
    words = [
        "wget",
        "-q",
        "-i",
        "urls.txt",
        "--warc-file=wget",
        "--delete-after",
        "--warc-tempdir",
        str(work),
    ]
    subprocess.run(words, cwd=work, env=environment, check=False)


def by_warcio(replay: Replay, work: Path, urls: list[str]) -> None:
    """By warcio's own recorder of what http.client receives."""
    (work / "warcio.warc.gz").unlink(missing_ok=True)
    code = (
        "import sys; from warcio.capture_http import capture_http; import http.client\n"
        "from urllib.parse import urlsplit\n"
        "with capture_http('warcio.warc.gz'):\n"
        "  for url in open('urls.txt').read().split():\n"
        "    to = http.client.HTTPConnection(sys.argv[1])\n"
        "    to.request('GET', url, headers={'Host': urlsplit(url).netloc, 'Accept-Encoding': 'gzip'})\n"
        "    to.getresponse().read(); to.close()\n"
    )
    subprocess.run([sys.executable, "-c", code, replay.url.removeprefix("http://")], cwd=work, check=True)


def table_of(archive: Path) -> dict[str, dict[str, object]]:
    with sqlite3.connect(archive) as db:
        db.row_factory = sqlite3.Row
        hints = dict(
            db.execute("SELECT article_id, hints FROM urls WHERE article_id IS NOT NULL AND via <> 'alias'")
        )
        found = {row["url"]: dict(row) for row in db.execute("SELECT * FROM articles")}
    for row in found.values():
        row["hints"] = json.loads(hints.get(row["id"]) or "{}")
    return found


def compare(crawled: dict, taken: dict, urls: list[str]) -> None:
    """Column by column; a difference is explained by the feed or sitemap, or is not."""
    differing: Counter[str] = Counter()
    unexplained = []
    missing = [url for url in urls if url not in taken]
    for url in set(urls) - set(missing):
        for column, value in crawled[url].items():
            other = taken[url][column]
            if column in TOLD or column == "hints" or value == other:
                continue
            hinted = any(crawled[url]["hints"].get(name) for name in FOLLOWS.get(column, (column,)))
            differing[column + (" (a feed or sitemap said it)" if hinted else "")] += 1
            if not hinted:
                unexplained.append((url, column, value, other))
    print(f"{len(urls)} pages, {len(urls) - len(missing)} of them taken in as articles; left out {missing}")
    print(f"columns compared: {len(next(iter(crawled.values()))) - 1 - len(TOLD)}, not {TOLD}")
    print(f"rows that differ, by column: {dict(differing) or 'none'}")
    for url, *parts in unexplained:
        print("  unexplained:", url, *[repr(part)[:110] for part in parts])


def kill(folder: Path, work: Path, copies: int) -> None:
    """30 kills at random moments, 15 in a crawl and 15 in a replay; after each, every record is checked."""
    bad = 0
    with Replay(folder, *SERVED, "--copies", "3") as replay:
        for number in range(30):
            luck = random.Random(number)
            if number < 15:
                process = replay.crawl(work, *FAST, "-s", "PAGES_PER_SOURCE=100000", start_new_session=True)
            else:
                files = ["other.warc.gz"] if number % 2 and (work / "other.warc.gz").exists() else []
                process = command(
                    work,
                    "replay",
                    "archive.db",
                    *files,
                    "--seeds",
                    str(work / "seeds"),
                    start_new_session=True,
                )
            time.sleep(luck.uniform(1.0, 7.0))
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            check = command(work, "status", "archive.db", "--verify", stderr=subprocess.PIPE)
            out, errors = check.communicate()
            # The torn end of a file that no row points to is what a kill leaves; the next start mends it.
            wrong = [
                line
                for line in errors.splitlines()
                if "cut off: the next crawl mends it" not in line or "capture" in line.split("mends it")[1]
            ]
            bad += len(wrong)
            print(
                f"kill {number + 1}: {out.splitlines()[0] if out else ''}; {len(wrong)} wrong {wrong[:2]}",
                flush=True,
            )
        code, errors = run(replay.crawl(work, *FAST, "-s", "PAGES_PER_SOURCE=100000"))
        print(f"last crawl: exit {code}; {ledger(work)}")
        check = command(work, "status", "archive.db", "--verify", stderr=subprocess.PIPE)
        print(*check.communicate(), sep="\n")
    print(f"wrong after 30 kills: {bad}")


def foreign(folder: Path, work: Path, copies: int) -> None:
    """A WARC file of 20,000 records by warcio: pages with request, metadata and an image each; memory while it streams in."""
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
    process = command(work, "replay", "foreign.db", path.name)
    peaks, began = [], time.monotonic()
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        resident = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
        peaks.append((time.monotonic() - began, int(resident[0]) / 1024 if resident else 0))
        time.sleep(0.5)
    print(f"{path.stat().st_size / 1e6:.0f} MB; " + process.communicate()[0].strip())
    quarter = len(peaks) // 4
    for n in range(4):
        part = [mb for _, mb in peaks[n * quarter : (n + 1) * quarter]]
        print(f"quarter {n + 1}: main process at most {max(part, default=0):.0f} MB")


def main() -> None:
    steps = {f.__name__: f for f in (size, share, same, kill, foreign)}
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
