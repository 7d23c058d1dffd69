"""What the measurements share: a server of saved pages, a command as a process, an archive's ledger, CPU and memory.

The saved pages lie in a folder with `replay.py` (their server, see its README) and `web/`. The folder is not part of
the project; where there is none, the measurements that need it are not made.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from pipelines.urls.normalize import key

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
CLIPPINGS = [sys.executable, "-m", "crawler"]
FAST = ["-s", "DOWNLOAD_DELAY=0"]
"""Options of a crawl that does not wait between requests: the hosts are ours."""

SERVED = ["--fresh", "--everything", "--crawl-delay", "0"]
"""Options of the server: pages dated from now backwards, all listed, no Crawl-delay."""

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
"""Every kind of fault, on a tenth of the requests."""

TICK, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")

Row = tuple[Any, ...]


class NotHeld(NamedTuple):
    """A listed article that the archive does not hold, and its last outcome."""

    url: str
    outcome: str
    reason: str | None


class Resident(NamedTuple):
    """Resident memory in MB of a session's first process, and of the largest of the others."""

    main: float
    largest: float


# --- the command line


def argument_parser(module: str, doc: str | None) -> argparse.ArgumentParser:
    """Make a parser for a measurement, described by the measurement's docstring."""
    return argparse.ArgumentParser(
        prog=f"python -m {module.replace('.', ' ')}",
        description=doc,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


@contextmanager
def work_folder(kept: Path | None) -> Iterator[Path]:
    """Yield the folder to work in: `kept`, made if need be, or one that is removed afterwards."""
    with tempfile.TemporaryDirectory() as temporary:
        work = (kept or Path(temporary)).resolve()
        work.mkdir(exist_ok=True, parents=True)
        yield work


# --- the server


class ReplayServer:
    """The server of saved pages as a process. `url` is the proxy through which its hosts are reached."""

    def __init__(self, folder: Path, *options: str, seed_extra: str = "") -> None:
        """`options` go to the server; `seed_extra` is TOML added to each site's seed file."""
        self.folder = folder.resolve()
        self.options = options
        self.seed_extra = seed_extra

    def __enter__(self) -> Self:
        self.log = tempfile.NamedTemporaryFile("r", suffix=".log")
        server = ROOT / "bench" / "replay_server.py"
        command = [sys.executable, "-P", str(server), str(self.folder), self.log.name, *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().rsplit(" ", 1)[-1].strip()
        return self

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        self.process.communicate()
        self.log.close()

    def ask(self, question: str) -> Any:
        """Ask one of the questions of the server's README."""
        with urllib.request.urlopen(f"{self.url}/__replay__/{question}") as response:
            return json.load(response)

    def fetch(self, url: str) -> bytes:
        """Fetch a page as a browser would."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": self.url}))
        with opener.open(url) as response:
            body: bytes = response.read()
        return body

    def requests(self) -> list[tuple[float, str, str]]:
        """Return (monotonic seconds, host, path) of each request so far."""
        lines = Path(self.log.name).read_text().splitlines()
        return [(float(at), host, path) for at, host, path in (line.split(" ", 2) for line in lines)]

    def write_seeds(self, folder: Path) -> None:
        """Write a seed file for each site, with its home and `seed_extra`."""
        folder.mkdir(exist_ok=True, parents=True)
        for host in self.ask("sites"):
            text = f'home = "http://{host}/"\n{self.seed_extra}'
            (folder / f"{host.replace('.', '-')}.toml").write_text(text)

    def crawl(
        self, work: Path, *options: str, code: Path = ROOT, new_session: bool = False
    ) -> subprocess.Popen[str]:
        """Start a crawl of all sites into `work/archive.db`, by the program in the folder `code`."""
        self.write_seeds(work / "seeds")
        return subprocess.Popen(
            [*CLIPPINGS, "crawl", "archive.db", "--seeds", "seeds", *options],
            env=environment_for(self.url, code),
            cwd=work,
            text=True,
            stderr=subprocess.PIPE,
            start_new_session=new_session,
        )


# --- commands


def environment_for(proxy: str, code: Path = ROOT) -> dict[str, str]:
    """Return the environment of a command that reaches the web through `proxy` and runs the program in `code`.

    The program is compiled once, as an installed one is, also where Python is told to write no bytecode.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "http_proxy": proxy, "no_proxy": "", "PYTHONPATH": str(code)}


def start_offline(
    work: Path, *words: str, code: Path = ROOT, new_session: bool = False, keep_errors: bool = False
) -> subprocess.Popen[str]:
    """Start a clippings command in `work`, without any network. Its standard output is a pipe."""
    return subprocess.Popen(
        [*CLIPPINGS, *words],
        env=environment_for("http://127.0.0.1:9", code),
        cwd=work,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if keep_errors else None,
        start_new_session=new_session,
    )


def wait(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for a command; return its exit code and what it wrote to standard error."""
    _, errors = process.communicate()
    return process.returncode, errors or ""


def remove_archive(work: Path) -> None:
    """Remove the archive of `work` with its log and its WARC files."""
    for file in [*work.glob("archive*"), *(work / "warc").glob("*")]:
        file.unlink()


# --- the archive


def rows(work: Path, sql: str, *values: object) -> list[Row]:
    """Return the rows of a query on `work/archive.db`."""
    with closing(sqlite3.connect(work / "archive.db")) as db:
        return db.execute(sql, values).fetchall()


def value(work: Path, sql: str, *values: object) -> Any:
    """Return the first column of the first row."""
    return rows(work, sql, *values)[0][0]


def count_rows(work: Path, table: str) -> int:
    return int(value(work, f"SELECT count(*) FROM {table}"))


def ledger(work: Path) -> str:
    """Say whether the outcomes of each crawl add up to the URLs that it took up."""
    sql = "SELECT id, pending_at_start + found, (SELECT count(*) FROM outcomes WHERE crawl_id = crawls.id) FROM crawls"
    wrong = [row for row in rows(work, sql) if row[1] != row[2]]
    without = "SELECT count(*) FROM urls WHERE via IS NOT 'alias' AND url NOT IN (SELECT url FROM outcomes)"
    return (
        f"outcomes {count_rows(work, 'outcomes')}, crawls whose outcomes do not add up {len(wrong)} {wrong or ''},"
        f" URLs without an outcome {value(work, without)}"
    )


def make_due(work: Path) -> int:
    """Make every article due, as if the hour until its next fetch had passed; return how many are."""
    sql = "UPDATE urls SET due_at = '2026-01-01' WHERE state = 'due' AND article_id IS NOT NULL"
    with closing(sqlite3.connect(work / "archive.db")) as db, db:
        return db.execute(sql).rowcount


def find_missing(work: Path, wanted: list[str]) -> list[NotHeld]:
    """Return the listed articles that the archive does not hold."""
    known = {row[0]: row[1:] for row in rows(work, "SELECT key, article_id, url FROM urls")}
    last_sql = "SELECT outcome, reason FROM outcomes WHERE url = ? ORDER BY crawl_id DESC LIMIT 1"
    missing = []
    for url in wanted:
        article, found = known.get(key(url), (None, None))
        if article is None:
            last = rows(work, last_sql, found or url)
            missing.append(NotHeld(url, *last[0]) if last else NotHeld(url, "never found", ""))
    return missing


# --- costs


def session_stats(session: int) -> Iterator[tuple[int, list[str]]]:
    """Yield (process id, fields of /proc/PID/stat from the state on) of each process of a session."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            yield int(folder.name), fields


def cpu_by_process(*commands: subprocess.Popen[str]) -> list[dict[int, float]]:
    """Watch commands until all have ended; return the CPU seconds of each process of each one's session, by its id.

    Start them with sessions of their own. Nobody waits for a command's workers as for children, so their clocks are read
    while they run; up to a twentieth of a second of each is missed.
    """
    used: list[dict[int, float]] = [{} for _ in commands]
    while any(command.poll() is None for command in commands):
        for command, seconds in zip(commands, used, strict=True):
            for pid, fields in session_stats(command.pid):
                seconds[pid] = (int(fields[11]) + int(fields[12])) / TICK
        time.sleep(0.05)
    return used


def cpu_seconds(process: subprocess.Popen[str]) -> float:
    """Watch a command until it ends; return the CPU seconds of all its processes. As `cpu_by_process`."""
    return sum(cpu_by_process(process)[0].values())


def resident(session: int) -> Resident:
    """Return the resident memory of a session now."""
    sizes = {pid: int(fields[21]) * PAGE / 1e6 for pid, fields in session_stats(session)}
    return Resident(sizes.pop(session, 0.0), max(sizes.values(), default=0.0))
