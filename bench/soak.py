"""Crawl saved pages for long with every fault, while a reader reads and backups are made.

    python -m bench soak FOLDER [--minutes 60] [--delay 15] [--copies 60] [--keep DIR]

The reader asks `clippings browse` for its front page, a search, an article and the sources once a second; a backup is
made and checked every five minutes. It prints the memory of the crawl and of its workers, every response that was not
200, every `database is locked`, and at the end what became of every article that the server lists.
"""

from __future__ import annotations

import re
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import closing
from pathlib import Path

from bench.harness import (
    CLIPPINGS,
    FAULTS,
    PAGE,
    ROOT,
    SERVED,
    ReplayServer,
    argument_parser,
    find_missing,
    ledger,
    resident,
    rows,
    session_stats,
    value,
    work_folder,
)

ROOM = "/-/clippings/archive"
BACKUP_EVERY = 300.0  # seconds
MEASURE_EVERY = 60.0


class Reader(threading.Thread):
    """Asks the reading room for a page a second, and counts its responses."""

    def __init__(self, work: Path) -> None:
        super().__init__(daemon=True)
        self.work = work
        self.answers: Counter[str] = Counter()
        self.slowest = 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        with (self.work / "browse.log").open("w") as log:
            port = free_port()
            server = subprocess.Popen(
                [*CLIPPINGS, "browse", str(self.work / "archive.db"), "--port", str(port)],
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )
            try:
                self.read(f"http://127.0.0.1:{port}")
            finally:
                server.terminate()
                server.wait()

    def read(self, url: str) -> None:
        number = 0
        self.ended.wait(10.0)  # until the server listens
        while not self.ended.wait(1.0):
            number += 1
            path = ("/", f"{ROOM}/search?q=police", f"{ROOM}/article/{number}", f"{ROOM}/sources")[number % 4]
            began = time.monotonic()
            try:
                with urllib.request.urlopen(url + path, timeout=60) as answer:
                    self.answers[f"{answer.status}"] += 1
            except urllib.error.HTTPError as error:
                self.answers[f"{error.code} {path}" if error.code != 404 else "404 (no such article)"] += 1
            except OSError as error:
                self.answers[f"{error}"] += 1
            self.slowest = max(self.slowest, time.monotonic() - began)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def worker_sizes(session: int) -> list[float]:
    """Return the resident memory in MB of each process of a session but its first, smallest first."""
    return sorted(int(fields[21]) * PAGE / 1e6 for pid, fields in session_stats(session) if pid != session)


def backup(work: Path) -> str:
    """Copy the archive while it is written to; return what SQLite's integrity check says of the copy."""
    done = subprocess.run(
        [*CLIPPINGS, "backup", str(work / "archive.db"), str(work / "backup.db")],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    if done.returncode:
        return f"exit code {done.returncode}: {done.stderr.strip()}"
    with closing(sqlite3.connect(work / "backup.db")) as copy:
        return str(copy.execute("PRAGMA integrity_check").fetchone()[0])


def count_articles(work: Path) -> int:
    """Return the number of articles in the archive; 0 while its tables are being made."""
    try:
        with closing(sqlite3.connect(f"file:{work / 'archive.db'}?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT count(*) FROM articles").fetchone()[0])
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise
        return 0


def watch(crawl: subprocess.Popen[str], work: Path) -> Counter[str]:
    """Measure and back up until the crawl ends; return what was said of the backups."""
    began, measured, saved = time.monotonic(), -MEASURE_EVERY, BACKUP_EVERY / 2 - BACKUP_EVERY
    said: Counter[str] = Counter()
    while crawl.poll() is None:
        now = time.monotonic() - began
        if now - saved >= BACKUP_EVERY:
            saved = now
            said[backup(work)] += 1
        if now - measured >= MEASURE_EVERY:
            measured = now
            print(
                f"{now / 60:4.0f} min {count_articles(work):6} articles {resident(crawl.pid).main:6.0f} MB, "
                f"its workers {' '.join(f'{size:.0f}' for size in worker_sizes(crawl.pid))} MB",
                flush=True,
            )
        time.sleep(1)
    return said


def report_missing(work: Path, wanted: list[str]) -> None:
    """Print what became of every listed article, and whether the books are complete."""
    missing = find_missing(work, wanted)
    reasons = Counter((row.outcome, re.sub(r"\d+", "N", row.reason or "")[:70]) for row in missing)
    print(f"articles listed {len(wanted)}, stored {len(wanted) - len(missing)}; {ledger(work)}")
    for (outcome, reason), number in reasons.most_common():
        print(f"  {number:5} {outcome}: {reason}")
    twice = value(work, "SELECT count(*) - count(DISTINCT url) FROM articles")
    print(f"stored twice {twice}, integrity {value(work, 'PRAGMA integrity_check')}")
    print("outcomes:", dict(rows(work, "SELECT outcome, count(*) FROM outcomes GROUP BY 1")))


def count_locked(work: Path, *texts: str) -> int:
    """Return how often the logs and texts say that the database is locked."""
    logs = [file.read_text(errors="replace") for file in work.glob("*.log*")]
    return sum(text.lower().count("database is locked") for text in (*logs, *texts))


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--delay", type=float, default=15.0, help="seconds between requests to a host")
    parser.add_argument("--copies", type=int, default=60, help="of each saved article")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave the archive there")
    args = parser.parse_args()
    options = [*SERVED, "--copies", str(args.copies)]
    for fault in FAULTS:
        options += ["--fault", fault]
    with work_folder(args.keep) as work, ReplayServer(args.folder, *options) as server:
        settings = [f"DOWNLOAD_DELAY={args.delay}", f"CLOSESPIDER_TIMEOUT={args.minutes * 60:.0f}"]
        window = ["--since", "2000-01-01"]  # sitemaps say of some pages that they are old
        words = [word for setting in settings for word in ("-s", setting)]
        crawl = server.crawl(work, *window, *words, new_session=True)
        while not (work / "archive.db").exists():
            time.sleep(0.2)
        reader = Reader(work)
        reader.start()
        said = watch(crawl, work)
        reader.ended.set()
        reader.join()
        _, errors = crawl.communicate()
        print(f"exit code {crawl.returncode}, lines on stderr {len(errors.splitlines())}")
        print(f"backups: {dict(said)}; reader: {dict(reader.answers)}, slowest {reader.slowest:.1f} s")
        print(f"'database is locked': {count_locked(work, errors, *said, *reader.answers)}")
        report_missing(work, server.ask("articles"))
