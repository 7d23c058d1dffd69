"""Import a collection of WARC files: pages a second beside plain `replay`, one import against a sharded one, disk.

    python -m bench collections FOLDER [--files 6] [--pages 100] [--workers 1 2] [--only pace|sharded|pointed]

FOLDER has pages with known answers (`truth.jsonl`), its subfolders may have more. They are written into so many files of
so many pages, as Common Crawl's news files are: gzip, a member a record, a request beside each response. Then

pace     all files into one archive, and `clippings replay` of it, with so many worker processes: pages a second, and the share
sharded  each file into an archive of its own, merged: the texts that differ from the one import, before and after the second step
pointed  the same with --point-back: room on disk, and what `verify` says
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.harness import CLIPPINGS, ROOT, argument_parser
from bench.quality import page_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class Run(NamedTuple):
    """A command that ended: seconds on the clock and of CPU, and what it printed."""

    seconds: float
    cpu: float
    out: str


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=6, metavar="N")
    parser.add_argument("--pages", type=int, default=100, metavar="N", help="pages a file")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=("pace", "sharded", "pointed"), help="one of the three")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        rows = choose_rows(args.folder, args.files * args.pages, args.seed)
        files = write_files(work / "files", rows, args.files)
        print(
            f"{len(rows)} pages of {len({site(row) for _, row in rows})} hosts in {len(files)} files",
            flush=True,
        )
        for workers in args.workers if args.only in (None, "pace") else ():
            measure_pace(work, files, workers, len(rows))
        if args.only in (None, "sharded"):
            compare_sharded(work, files, args.workers[-1], len(rows))
        if args.only in (None, "pointed"):
            measure_point_back(work, files, args.workers[-1], len(rows))


def site(row: dict[str, Any]) -> str:
    return str(row["url"]).split("/")[2]


def choose_rows(folder: Path, count: int, seed: int) -> list[tuple[Path, dict[str, Any]]]:
    """Pages of all sets, those of sites with several first: site memory learns from them alone."""
    found: list[tuple[Path, dict[str, Any]]] = []
    for place in (folder / "sites", folder, folder / "newdev"):
        lines = place / "truth.jsonl"
        if lines.is_file():
            rows = map(json.loads, filter(None, lines.read_text("utf-8").split("\n")))
            found += [(place, row) for row in rows if str(row.get("url") or "").startswith("http")]
    chosen = list({row["url"]: (place, row) for place, row in reversed(found)}.values())[::-1][:count]
    random.Random(seed).shuffle(chosen)
    return chosen


def write_files(folder: Path, rows: list[tuple[Path, dict[str, Any]]], count: int) -> list[Path]:
    """Write the pages into files by turns, an hour a file."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    folder.mkdir()
    paths = [folder / f"CC-NEWS-20261120{n:02}0000-{n:05}.warc.gz" for n in range(count)]
    for n, path in enumerate(paths):
        with path.open("wb") as out:
            writer = WARCWriter(out, gzip=True)
            for second, (place, row) in enumerate(rows[n::count]):
                date = {"WARC-Date": f"2026-11-20T{n:02}:{second // 60:02}:{second % 60:02}Z"}
                asked = StatusAndHeaders("GET / HTTP/1.1", [("User-Agent", "bench")], is_http_request=True)
                writer.write_record(
                    writer.create_warc_record(
                        row["url"], "request", http_headers=asked, warc_headers_dict=date
                    )
                )
                body = page_of(place, row).body
                head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
                writer.write_record(
                    writer.create_warc_record(
                        row["url"],
                        "response",
                        BytesIO(body),
                        len(body),
                        http_headers=head,
                        warc_headers_dict=date,
                    )
                )
    return paths


def run(work: Path, *words: str, workers: int = 2) -> Run:
    """A command in a folder, without seeds and without the web."""
    before, began = os.times(), time.monotonic()
    settings = ["-s", f"EXTRACT_WORKERS={workers}"] if words[0] == "replay" else []
    done = subprocess.run(
        [*CLIPPINGS, *words, *settings],
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 3):
        sys.exit(f"{' '.join(words)}: {done.stderr}")
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(time.monotonic() - began, cpu, done.stdout + done.stderr)


def measure_pace(work: Path, files: list[Path], workers: int, pages: int) -> None:
    """An import of all files, and a replay of what it holds, in turns on the same machine."""
    folder = fresh(work / f"pace{workers}")
    taken = run(folder, "replay", "one.db", str(files[0].parent), workers=workers)
    replayed = run(folder, "replay", "one.db", workers=workers)
    held = int(replayed.out.split()[0])
    by_import, by_replay = pages / taken.seconds, held / replayed.seconds
    print(
        f"{workers} workers: import {by_import:.1f} pages/s ({taken.cpu / pages * 1000:.0f} ms of CPU a page),"
        f" replay {by_replay:.1f} captures/s ({replayed.cpu / held * 1000:.0f} ms); share {by_import / by_replay:.0%}",
        flush=True,
    )


def compare_sharded(work: Path, files: list[Path], workers: int, pages: int) -> None:
    """One import against an archive a file, merged."""
    folder = fresh(work / "sharded")
    run(folder, "replay", "one.db", str(files[0].parent), workers=workers)
    shards = []
    for n, file in enumerate(files):
        (folder / f"shard{n}").mkdir()
        shards.append(f"shard{n}/shard.db")
        run(folder, "replay", shards[-1], str(file), workers=workers)
    merged = run(folder, "merge", *shards, "--into", "merged.db")
    print(f"merge of {len(files)} shards: {pages / merged.cpu:.0f} pages a CPU second")
    say_differences(folder, "before the second step")
    for name in ("one.db", "merged.db"):
        step = run(folder, "replay", name, "--second-step", workers=workers)
        print(f"second step of {name}: {step.seconds:.1f} s, {step.cpu / pages * 1000:.0f} ms of CPU a page")
    say_differences(folder, "after the second step")


def say_differences(folder: Path, when: str) -> None:
    one, merged = (dict(texts(folder / name)) for name in ("one.db", "merged.db"))
    both = one.keys() & merged.keys()
    differ = [url for url in both if one[url] != merged[url]]
    print(
        f"{when}: {len(differ)} of {len(both)} texts differ; articles in one only: {len(one.keys() ^ merged.keys())}",
        flush=True,
    )
    for url in differ[:3]:
        print(f"  {url}")


def texts(archive: Path) -> Iterator[tuple[str, str]]:
    with closing(sqlite3.connect(archive)) as db:
        yield from db.execute("SELECT url, text FROM articles")


def measure_point_back(work: Path, files: list[Path], workers: int, pages: int) -> None:
    folder = fresh(work / "pointed")
    taken = run(folder, "replay", "pointed.db", str(files[0].parent), "--point-back", workers=workers)
    run(folder, "replay", "one.db", str(files[0].parent), workers=workers)
    print(
        f"--point-back: {pages / taken.seconds:.1f} pages/s; kB a page: files {size_of(files[0].parent) / pages:.1f},"
        f" archive.db {size_of(folder / 'pointed.db') / pages:.1f}, warc/ {own_warc(folder, 'pointed') / pages:.1f};"
        f" with copies archive.db {size_of(folder / 'one.db') / pages:.1f}, warc/ {own_warc(folder) / pages:.1f}"
    )
    checked = run(folder, "verify", "pointed.db")
    print("verify: " + "; ".join(checked.out.splitlines()[:1] + checked.out.splitlines()[-1:]))
    replayed = run(folder, "replay", "pointed.db", workers=workers)
    print(f"replay of it: {replayed.out.splitlines()[0]}; {replayed.out.splitlines()[1]}")


def own_warc(folder: Path, name: str = "one") -> float:
    """kB of the WARC files that an archive wrote."""
    return sum(file.stat().st_size for file in (folder / "warc").glob(f"{name}-*")) / 1000


def size_of(path: Path) -> float:
    """kB of a file, or of all in a folder."""
    if path.is_file():
        return path.stat().st_size / 1000
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / 1000


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
