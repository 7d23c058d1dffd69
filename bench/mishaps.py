"""What happens to a whole crawl: signals, power cuts, disks, clocks, other programs, other versions. For bench/matrix.py.

Each mishap befalls a crawl of the bundled newspaper; then a crawl without it follows. A mishap ends in words and the
code of the crawl that it befell.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipelines.archive.database import Archive
from pipelines.urls.normalize import key
from tests import faulty
from tests.conftest import Desk

if TYPE_CHECKING:
    from pathlib import Path

HOST, HOME = "morning.example", "http://morning.example/"
Mishap = Callable[[Desk], tuple[str, int]]


def started(desk: Desk, pages: int = 4, **popen: object) -> object:
    """A crawl that has asked for some articles and goes on for a while."""
    process = desk.start("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=0.3", **popen)
    wanted = {key(url) for url in desk.newspaper.articles(HOST)}
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        asked = {key(f"http://{r['host']}{r['path']}") for r in desk.newspaper.log()}
        if len(asked & wanted) >= pages:
            break
        time.sleep(0.05)
    return process


def told(desk: Desk, sign: int, fault: str = "") -> tuple[str, int]:
    """A signal, once."""
    if fault:
        desk.newspaper.fault(fault)
    process = started(desk, 1 if fault else 4)
    time.sleep(1.0 if fault else 0.0)
    began = time.monotonic()
    process.send_signal(sign)
    process.communicate(timeout=120)
    seconds = time.monotonic() - began
    deferred = desk.column("SELECT count(*) FROM outcomes WHERE outcome = 'deferred'")[0]
    return f"ends after {seconds:.1f} s, {deferred} deferred", process.returncode


def killed(desk: Desk) -> tuple[str, int]:
    process = started(desk, start_new_session=True)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return "killed", process.returncode


def cut(desk: Desk, keep: float) -> tuple[str, int]:
    """What a power cut leaves: the write-ahead log without its end."""
    process = started(desk, start_new_session=True)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    wal = desk.archive.with_name("archive.db-wal")
    size = wal.stat().st_size
    os.truncate(wal, int(size * keep) + 17)
    return f"{size - wal.stat().st_size:,} of {size:,} bytes of the WAL lost", process.returncode


def full(desk: Desk, room: int) -> tuple[str, int]:
    """No file may grow beyond `room` bytes, as on a full disk."""

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    process = desk.start("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=0", preexec_fn=small)
    _, errors = process.communicate(timeout=120)
    return errors.strip().replace(f"{desk.folder}/", "") or "no room was needed", process.returncode


def held_by_a_reader(desk: Desk) -> tuple[str, int]:
    Archive(desk.archive).close()
    reader = sqlite3.connect(desk.archive, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM articles").fetchone()
    done = desk.crawl()
    reader.close()
    return done.err.strip() or "goes on; the reader sees what it began with", done.code


def held_by_a_writer(desk: Desk) -> tuple[str, int]:
    """Another program writes to the archive for some seconds."""
    Archive(desk.archive).close()
    process = desk.start("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=0")
    time.sleep(1.5)
    writer = sqlite3.connect(desk.archive, isolation_level=None, timeout=30)
    writer.execute("BEGIN IMMEDIATE")
    time.sleep(6)
    writer.execute("COMMIT")
    writer.close()
    _, errors = process.communicate(timeout=120)
    return errors.strip() or "waits for it and goes on", process.returncode


def two_at_once(desk: Desk) -> tuple[str, int]:
    first = started(desk)
    second = desk.crawl()
    first.communicate(timeout=120)
    return second.err.strip().replace(f"{desk.folder}/", ""), second.code


def clock_off(desk: Desk, years: int) -> tuple[str, int]:
    """The archive was written by a clock that was `years` off."""
    desk.crawl()
    db = sqlite3.connect(desk.archive)
    for table, column in (("urls", "found_at"), ("crawls", "started_at"), ("listings", "checked_at")):
        shifted = f"printf('%04d', substr({column}, 1, 4) + {years}) || substr({column}, 5)"
        db.execute(f"UPDATE {table} SET {column} = {shifted} WHERE {column} IS NOT NULL")
    db.commit()
    db.close()
    fresh = desk.newspaper.publish(HOST)
    done = desk.crawl()
    found = key(fresh) in {key(url) for url in desk.outcomes()}
    return "what is new is found" if found else "what is new is NOT found", done.code


def no_network(desk: Desk) -> tuple[str, int]:
    proxy, desk.newspaper.url = desk.newspaper.url, "http://127.0.0.1:9"
    try:
        done = desk.crawl()
    finally:
        desk.newspaper.url = proxy
    return done.err.strip(), done.code


def older(desk: Desk) -> tuple[str, int]:
    held, pending = desk.newspaper.articles(HOST)[:2]
    faulty.older_archive(desk.archive, HOME, held, pending)
    done = desk.crawl()
    return done.err.strip() or "brought up to date, and goes on", done.code


def refused(desk: Desk, spoil: Callable[[Path], None]) -> tuple[str, int]:
    """A file that is not to be touched: it is the same afterwards."""
    desk.crawl()
    good = desk.folder / "good.db"
    shutil.copy(desk.archive, good)
    spoil(desk.archive)
    before = desk.archive.read_bytes()
    done = desk.crawl()
    same = desk.archive.read_bytes() == before
    good.replace(desk.archive)
    words = done.err.strip().replace(f"{desk.folder}/", "").removeprefix("Error: ")
    return words if same else f"CHANGED: {words}", done.code


def newer(path: Path) -> None:
    run_sql(
        path,
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('clippings', 'm999_later', '2099')",
    )


def trap(path: Path) -> None:
    run_sql(path, "PRAGMA foreign_keys = OFF; DROP TABLE outcomes; CREATE VIEW outcomes AS SELECT 1 AS url")


def foreign(path: Path) -> None:
    path.unlink()
    run_sql(path, "CREATE TABLE books (title TEXT)")


def run_sql(path: Path, sql: str) -> None:
    db = sqlite3.connect(path)
    db.executescript(sql)
    db.close()


def bad_seed(desk: Desk, name: str, text: str) -> tuple[str, int]:
    desk.seed(name, text)
    done = desk.crawl()
    (desk.seeds / name).unlink()
    return done.err.strip().replace(f"{desk.folder}/", ""), done.code


BOMB = '<!DOCTYPE o [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><opml><body><outline text="&b;"/></body></opml>'
MISHAPS: dict[str, Mishap] = {
    "SIGTERM": lambda desk: told(desk, signal.SIGTERM),
    "SIGINT": lambda desk: told(desk, signal.SIGINT),
    "SIGTERM while a page hangs": lambda desk: told(desk, signal.SIGTERM, "hang"),
    "SIGINT while a page drips": lambda desk: told(desk, signal.SIGINT, "slow bps=20"),
    "SIGKILL": killed,
    "power cut: half of the WAL is gone": lambda desk: cut(desk, 0.5),
    "power cut: the end of the WAL is gone": lambda desk: cut(desk, 0.95),
    "disk full at once": lambda desk: full(desk, 60_000),
    "disk full halfway": lambda desk: full(desk, 450_000),
    "a reader holds the database": held_by_a_reader,
    "another program writes for 6 s": held_by_a_writer,
    "two crawls at once": two_at_once,
    "clock was 10 years ahead": lambda desk: clock_off(desk, 10),
    "clock was 10 years behind": lambda desk: clock_off(desk, -10),
    "no network": no_network,
    "older archive, from before 0.1.0": older,
    "newer archive": lambda desk: refused(desk, newer),
    "archive with a view for a table": lambda desk: refused(desk, trap),
    "SQLite file of something else": lambda desk: refused(desk, foreign),
    "no SQLite file": lambda desk: refused(desk, lambda path: path.write_bytes(b"notes " * 2000)),
    "OPML with entities": lambda desk: bad_seed(desk, "feeds.opml", BOMB),
    "TOML that breaks off": lambda desk: bad_seed(desk, "broken.toml", "home = "),
}
