"""One long crawl of saved pages with every fault, while a reader reads and backups are made.

    python bench/endurance.py FOLDER [--minutes 60] [--delay 15] [--copies 60] [--keep DIR]

FOLDER is the one that `bench/replay.py` crawls. The reader is `clippings browse`, asked for its front page, a
search, an article and the sources once a second; a backup is made and checked every five minutes. Printed are
the memory of the crawl and of its workers, every answer that was not 200, every `database is locked`, and at
the end what became of every article that the server lists.
"""

from __future__ import annotations

import argparse
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from replay import CLIPPINGS, FAULTS, Replay, held, ledger, rows

ROOT = Path(__file__).resolve().parent.parent
ROOM = "/-/clippings/archive"
BACKUP_EVERY = 300.0  # seconds
MEASURE_EVERY = 60.0


class Reader(threading.Thread):
    """Asks the reading room for a page a second, and counts its answers."""

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


def megabytes(pid: int) -> float:
    """Resident memory of a process; 0 when it has gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


def children(pid: int) -> list[int]:
    """All processes under this one."""
    try:
        own = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return own + [grandchild for child in own for grandchild in children(child)]


def backup(work: Path) -> str:
    """Copy the archive while it is written to, and look whether the copy is whole."""
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


def articles(work: Path) -> int:
    """How many articles the archive holds; 0 while its tables are being made."""
    try:
        with closing(sqlite3.connect(f"file:{work / 'archive.db'}?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT count(*) FROM articles").fetchone()[0])
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise
        return 0


def watch(crawl: subprocess.Popen[str], work: Path) -> Counter[str]:
    """Measure and back up until the crawl ends. What the backups said."""
    began, measured, saved = time.monotonic(), -MEASURE_EVERY, BACKUP_EVERY / 2 - BACKUP_EVERY
    said: Counter[str] = Counter()
    while crawl.poll() is None:
        now = time.monotonic() - began
        if now - saved >= BACKUP_EVERY:
            saved = now
            said[backup(work)] += 1
        if now - measured >= MEASURE_EVERY:
            measured = now
            stored = articles(work)
            workers = [megabytes(pid) for pid in children(crawl.pid)]
            print(
                f"{now / 60:4.0f} min {stored:6} articles {megabytes(crawl.pid):6.0f} MB, "
                f"its workers {' '.join(f'{mb:.0f}' for mb in sorted(workers) if mb)} MB",
                flush=True,
            )
        time.sleep(1)
    return said


def lost(work: Path, wanted: list[str]) -> None:
    """What became of every listed article, and whether anything is missing from the books."""
    count, missing = held(work, wanted)
    why = Counter((outcome, re.sub(r"\d+", "N", reason or "")[:70]) for _, outcome, reason in missing)
    print(f"articles listed {len(wanted)}, held {count}; {ledger(work)}")
    for (outcome, reason), number in why.most_common():
        print(f"  {number:5} {outcome}: {reason}")
    twice = rows(work, "SELECT count(*) - count(DISTINCT url) FROM articles")[0][0]
    print(f"stored twice {twice}, integrity {rows(work, 'PRAGMA integrity_check')[0][0]}")
    print("outcomes:", dict(rows(work, "SELECT outcome, count(*) FROM outcomes GROUP BY 1")))


def locked(work: Path, *texts: str) -> int:
    """How often any of the logs says that the database is locked."""
    logs = [file.read_text(errors="replace") for file in work.glob("*.log*")]
    return sum(text.lower().count("database is locked") for text in (*logs, *texts))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--delay", type=float, default=15.0, help="seconds between requests to a host")
    parser.add_argument("--copies", type=int, default=60, help="of each saved article")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave the archive there")
    args = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    options = ["--fresh", "--everything", "--crawl-delay", "0", "--copies", str(args.copies)]
    for fault in FAULTS:
        options += ["--fault", fault]
    with tempfile.TemporaryDirectory() as temporary, Replay(args.folder.resolve(), *options) as replay:
        work = (args.keep or Path(temporary)).resolve()
        work.mkdir(exist_ok=True, parents=True)
        settings = [f"DOWNLOAD_DELAY={args.delay}", f"CLOSESPIDER_TIMEOUT={args.minutes * 60:.0f}"]
        crawl = replay.crawl(work, *(word for setting in settings for word in ("-s", setting)))
        while not (work / "archive.db").exists():
            time.sleep(0.2)
        reader = Reader(work)
        reader.start()
        said = watch(crawl, work)
        reader.ended.set()
        reader.join()
        errors = crawl.stderr.read()
        print(f"exit code {crawl.returncode}, lines on stderr {len(errors.splitlines())}")
        print(f"backups: {dict(said)}; reader: {dict(reader.answers)}, slowest {reader.slowest:.1f} s")
        print(f"'database is locked': {locked(work, errors, *said, *reader.answers)}")
        lost(work, replay.ask("articles"))


if __name__ == "__main__":
    main()
