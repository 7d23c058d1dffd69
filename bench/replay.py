"""Crawl a folder of saved pages served as live sites, and measure what a crawl promises.

    python bench/replay.py FOLDER coverage | again | kill | pace | faults | throughput | accounts | revise | rechecks | copies

FOLDER holds `replay.py` (a server of saved pages, see its README) and its pages in `web/`. It is not
part of the project; where there is none, these measurements are not made. Each prints its figures.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).resolve().parent
CLIPPINGS = [sys.executable, "-m", "crawler"]
FAST = ["-s", "DOWNLOAD_DELAY=0"]
SEED_EXTRA = ""


class Replay:
    """The server as a process; `ask` puts a question to it, `requests` reads its log of (time, host, path)."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.options = options

    def __enter__(self) -> Replay:
        self.log = tempfile.NamedTemporaryFile("r", suffix=".log")
        command = [
            sys.executable,
            str(HERE / "replay_server.py"),
            str(self.folder),
            self.log.name,
            *self.options,
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.url = line.rsplit(" ", 1)[-1].strip()
        return self

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def ask(self, question: str) -> object:
        with urllib.request.urlopen(f"{self.url}/__replay__/{question}") as answer:
            return json.load(answer)

    def requests(self) -> list[tuple[float, str, str]]:
        lines = Path(self.log.name).read_text().splitlines()
        return [(float(t), host, path) for t, host, path in (line.split(" ", 2) for line in lines)]

    def seeds(self, folder: Path) -> Path:
        """One file a site, with nothing but its home (and, if asked for, the right to keep `noarchive` pages)."""
        folder.mkdir(exist_ok=True)
        for host in self.ask("sites"):
            (folder / f"{host.replace('.', '-')}.toml").write_text(f'home = "http://{host}/"\n{SEED_EXTRA}')
        return folder

    def crawl(
        self, work: Path, *options: str, code: Path = HERE.parent, **popen: object
    ) -> subprocess.Popen[str]:
        environment = {**os.environ, "http_proxy": self.url, "PYTHONPATH": str(code)}
        command = [
            *CLIPPINGS,
            "crawl",
            str(work / "archive.db"),
            "--seeds",
            str(self.seeds(work / "seeds")),
            *options,
        ]
        return subprocess.Popen(
            command, env=environment, cwd=work, text=True, stderr=subprocess.PIPE, **popen
        )


def run(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, errors = process.communicate()
    return process.returncode, errors


def rows(work: Path, sql: str, *values: object) -> list[tuple]:
    with sqlite3.connect(work / "archive.db") as db:
        return db.execute(sql, values).fetchall()


def ledger(work: Path) -> str:
    """Do the outcomes of each crawl add up to the URLs it took up?"""
    sql = "SELECT id, pending_at_start + found, (SELECT count(*) FROM outcomes WHERE crawl_id = crawls.id) FROM crawls"
    wrong = [row for row in rows(work, sql) if row[1] != row[2]]
    total = rows(work, "SELECT count(*) FROM outcomes")[0][0]
    none = rows(
        work, "SELECT count(*) FROM urls WHERE via IS NOT 'alias' AND url NOT IN (SELECT url FROM outcomes)"
    )[0][0]
    return f"outcomes {total}, crawls whose outcomes do not add up {len(wrong)} {wrong or ''}, URLs without an outcome {none}"


def held(work: Path, wanted: list[str]) -> tuple[int, list[tuple]]:
    """How many of the listed articles the archive holds, and what became of the others."""
    from pipelines.urls.normalize import key

    known = {row[0]: row[1:] for row in rows(work, "SELECT key, article_id, url FROM urls")}
    missing = []
    for url in wanted:
        article, found = known.get(key(url), (None, None))
        if article is None:
            last = rows(
                work,
                "SELECT outcome, reason FROM outcomes WHERE url = ? ORDER BY crawl_id DESC LIMIT 1",
                found or url,
            )
            missing.append((url, *(last[0] if last else ("never found", ""))))
    return len(wanted) - len(missing), missing


def report_coverage(replay: Replay, work: Path) -> None:
    wanted = replay.ask("articles")
    count, missing = held(work, wanted)
    print(f"articles listed {len(wanted)}, held {count} ({count / len(wanted):.1%})")
    for row in missing:
        print("  missing:", *row)
    print(ledger(work))
    print("outcomes:", dict(rows(work, "SELECT outcome, count(*) FROM outcomes GROUP BY 1")))


def coverage(folder: Path, work: Path, *options: str) -> None:
    """Step 1: from homes alone, the share of the articles that the archive holds."""
    with Replay(folder, "--fresh", "--everything", "--crawl-delay", "0", *options) as replay:
        code, errors = run(replay.crawl(work, *FAST))
        print(f"exit code {code}; stderr: {errors.strip()[:2000] or 'nothing'}")
        report_coverage(replay, work)


def again(folder: Path, work: Path) -> None:
    """Step 2: a second crawl right after."""
    with Replay(folder, "--fresh", "--everything", "--crawl-delay", "0") as replay:
        run(replay.crawl(work, *FAST))
        replay.ask("reset")
        code, errors = run(replay.crawl(work, *FAST))
        stats = replay.ask("stats")
        print(
            f"second crawl: exit code {code}, article pages sent {stats['articles_sent']}, answers {stats['answers']}"
        )
        print(f"stderr: {errors.strip() or 'nothing'}")
        print(ledger(work))


def kill(folder: Path, work: Path, times: int = 10) -> None:
    """Step 3: crawls killed at random moments, each finished by another."""
    with Replay(folder, "--fresh", "--everything", "--crawl-delay", "0") as replay:
        wanted = replay.ask("articles")
        lost = doubled = refetched = 0
        for number in range(times):
            for file in work.glob("archive*"):
                file.unlink()
            replay.ask("reset")
            process = replay.crawl(work, *FAST, start_new_session=True)
            time.sleep(random.Random(number).uniform(1.5, 9))
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            code, errors = run(replay.crawl(work, *FAST))
            count, absent = held(work, wanted)
            missing = [row for row in absent if row[1] != "excluded"]  # the publisher asks not to archive it
            twice = rows(work, "SELECT count(*) - count(DISTINCT url) FROM articles")[0][0]
            check = rows(work, "PRAGMA integrity_check")[0][0]
            sent = replay.ask("stats")["articles_sent"]
            lost, doubled, refetched = lost + len(missing), doubled + twice, refetched + sent - len(wanted)
            print(
                f"kill {number + 1}: exit {code}, held {count}/{len(wanted)}, excluded {len(absent) - len(missing)}, twice {twice}, {check}; {ledger(work)} {errors.strip()}"
            )
            for row in missing:
                print("   missing:", *row)
        print(f"in all: missing {lost}, stored twice {doubled}, pages fetched again {refetched}")


def pace(folder: Path, work: Path) -> None:
    """Step 4: the smallest gap between two requests to one host, and Retry-After."""
    options = ["--fresh", "--everything", "--crawl-delay", "2"]
    with Replay(folder, *options, "--fault", "status code=503 retry_after=7 p=0.03 times=1") as replay:
        run(replay.crawl(work))
        by_host: dict[str, list[float]] = defaultdict(list)
        for at, host, _ in replay.requests():
            by_host[host].append(at)
        gaps = sorted(b - a for times in by_host.values() for a, b in pairwise(times[1:]))
        first = sorted(times[1] - times[0] for times in by_host.values() if len(times) > 1)
        print(
            f"gaps between requests to one host, after its robots.txt: {len(gaps)}, smallest {gaps[0]:.3f} s, median {gaps[len(gaps) // 2]:.3f} s"
        )
        print(f"gap right after robots.txt (where the delay is learned): smallest {first[0]:.3f} s")
        waits = retry_waits(replay)
        print(f"answers 503 with Retry-After: 7: {len(waits)}, shortest wait {min(waits, default=0):.3f} s")
        report_coverage(replay, work)


def retry_waits(replay: Replay) -> list[float]:
    """From a refused request to the next request to its host: a URL asked for twice was refused once."""
    seen: dict[tuple[str, str], float] = {}
    waits = []
    log = replay.requests()
    repeated = {url for url, count in Counter((h, p) for _, h, p in log).items() if count > 1}
    for n, (at, host, path) in enumerate(log):
        if (host, path) in repeated and (host, path) not in seen:
            seen[host, path] = at
            waits.append(next(t for t, h, _ in log[n + 1 :] if h == host) - at)
    return waits


FAULTS = [
    "latency ms=50 jitter=100 p=0.1",
    "status code=503 retry_after=2 p=0.1 times=1",
    "ratelimit host=b* rps=2 retry_after=2",
    "hang seconds=20 p=0.1 times=1",
    "reset p=0.1 times=1",
    "truncate p=0.1",
    "slow bps=2000 p=0.1",
    "huge mb=20 p=0.1",
    "redirect p=0.1",
    "charset p=0.1",
    "badgzip p=0.1",
    "empty p=0.1",
    "status code=500 path=^/robots.txt p=0.1",
    "truncate path=(feed|sitemap) p=0.1",
]


def faults(folder: Path, work: Path) -> None:
    """Step 5: every kind of fault at once, on a tenth of the requests."""
    options = ["--fresh", "--everything", "--crawl-delay", "0"]
    for fault in FAULTS:
        options += ["--fault", fault]
    with Replay(folder, *options) as replay:
        for number in (1, 2):
            began = time.monotonic()
            code, errors = run(replay.crawl(work, *FAST, "-s", "DOWNLOAD_TIMEOUT=10"))
            print(
                f"crawl {number}: exit code {code} after {time.monotonic() - began:.0f} s; failing sources {len(errors.splitlines())}"
            )
            count, missing = held(work, replay.ask("articles"))
            print(f"held {count}; {ledger(work)}")
            why = Counter((outcome, (reason or "")[:60]) for _, outcome, reason in missing)
            for (outcome, reason), n in why.most_common():
                print(f"  {n:3} {outcome}: {reason}")


def plain(pages: list[bytes]) -> None:
    """What the crawl is held against: trafilatura alone, with metadata."""
    from trafilatura import bare_extraction

    for page in pages:
        bare_extraction(page, with_metadata=True)


def two_plain_processes(replay: Replay, wanted: list[str]) -> float:
    """Pages a second of two processes that do nothing but trafilatura, the pages already in memory."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": replay.url}))
    pages = []
    for url in wanted:
        with opener.open(url) as answer:
            pages.append(answer.read())
    halves = [multiprocessing.Process(target=plain, args=[pages[n::2]]) for n in (0, 1)]
    plain(pages[:20])  # both start warm
    began = time.monotonic()
    for half in halves:
        half.start()
    for half in halves:
        half.join()
    return len(pages) / (time.monotonic() - began)


def memory(process: subprocess.Popen[str], log: Path) -> list[tuple[int, float]]:
    """(pages stored so far, MB of the crawl's own process), twice a second until it ends."""
    samples = []
    while process.poll() is None:
        stored = log.read_text().count("] new ") if log.exists() else 0
        status = Path(f"/proc/{process.pid}/status").read_text()
        resident = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
        samples.append((stored, int(resident[0]) / 1024 if resident else 0.0))
        time.sleep(0.5)
    return samples


def throughput(folder: Path, work: Path) -> None:
    """Step 6: the whole crawl against two bare processes, and its memory as it grows."""
    with Replay(folder, "--fresh", "--everything", "--crawl-delay", "0", "--copies", "10") as replay:
        wanted = replay.ask("articles")
        shares = []
        for _ in range(2):
            bare = two_plain_processes(replay, wanted)
            for file in work.glob("archive*"):
                file.unlink()
            began = time.monotonic()
            process = replay.crawl(work, *FAST)
            samples = memory(process, work / "archive.log")
            seconds = time.monotonic() - began
            process.communicate()
            pages = rows(work, "SELECT count(*) FROM outcomes")[0][0]  # also those that were not to be kept
            shares.append(pages / seconds / bare)
            print(
                f"crawl {pages} pages in {seconds:.0f} s, {pages / seconds:.1f}/s; two bare processes {bare:.1f}/s; share {shares[-1]:.0%}"
            )
            peaks = [
                max((mb for stored, mb in samples if stored <= limit), default=0) for limit in (400, 2000)
            ]
            print(
                f"memory of the crawl's process: {peaks[0]:.0f} MB by 400 pages, {peaks[1]:.0f} MB by 2,000"
            )


def main() -> None:
    from accounts import accounts
    from copied import copies  # they need this module
    from rechecks import rechecks, revise

    steps = {
        f.__name__: f
        for f in (coverage, again, kill, pace, faults, throughput, accounts, revise, rechecks, copies)
    }
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("step", choices=steps)
    parser.add_argument("--keep", type=Path, help="work in this folder and leave the archive there")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        help="coverage: one more option for the server; revise and rechecks: how many",
    )
    parser.add_argument("--keep-noarchive", action="store_true", help="seeds say keep_noarchive = true")
    args = parser.parse_args()
    if args.keep_noarchive:
        globals()["SEED_EXTRA"] = "keep_noarchive = true\n"
    sys.path.insert(0, str(HERE.parent))
    with tempfile.TemporaryDirectory() as temporary:
        work = args.keep or Path(temporary)
        work.mkdir(exist_ok=True, parents=True)
        steps[args.step](args.folder.resolve(), work.resolve(), *args.option)


if __name__ == "__main__":
    main()
