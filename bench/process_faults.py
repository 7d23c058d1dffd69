"""Faults of a whole crawl, a part of `faults`: signals, power cuts, disks, clocks, other programs and versions.

Each is a function that crawls the bundled newspaper with the fault and returns how that crawl ended. A crawl without the
fault follows.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from pipelines.archive.database import Archive
from pipelines.urls.normalize import key
from tests import faulty
from tests.conftest import Desk

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

HOST, HOME = "morning.example", "http://morning.example/"


class End(NamedTuple):
    """How the crawl with the fault ended: in words, and its exit code."""

    words: str
    code: int


Fault = Callable[[Desk], End]


def start_crawl(desk: Desk, pages: int = 4, **popen: Any) -> subprocess.Popen[str]:
    """Start a crawl that goes on for a while, and wait until it has asked for some articles."""
    process = desk.start("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=0.3", **popen)
    wanted = {key(url) for url in desk.newspaper.articles(HOST)}
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        asked = {key(f"http://{r['host']}{r['path']}") for r in desk.newspaper.log()}
        if len(asked & wanted) >= pages:
            break
        time.sleep(0.05)
    return process


def stop(desk: Desk, sign: int, fault: str = "") -> End:
    """Send a signal after some articles, or while a page has the fault."""
    if fault:
        desk.newspaper.fault(fault)
    process = start_crawl(desk, 1 if fault else 4)
    time.sleep(1.0 if fault else 0.0)
    began = time.monotonic()
    process.send_signal(sign)
    process.communicate(timeout=120)
    seconds = time.monotonic() - began
    deferred = desk.column("SELECT count(*) FROM outcomes WHERE outcome = 'deferred'")[0]
    return End(f"ends after {seconds:.1f} s, {deferred} deferred", process.returncode)


def kill(desk: Desk) -> End:
    process = start_crawl(desk, start_new_session=True)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return End("killed", process.returncode)


def cut_power(desk: Desk, keep: float) -> End:
    """Cut the end off the write-ahead log, as a power cut leaves it."""
    process = start_crawl(desk, start_new_session=True)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    wal = desk.archive.with_name("archive.db-wal")
    size = wal.stat().st_size
    os.truncate(wal, int(size * keep) + 17)
    return End(f"{size - wal.stat().st_size:,} of {size:,} bytes of the WAL lost", process.returncode)


def fill_disk(desk: Desk, room: int) -> End:
    """Let no file grow beyond `room` bytes, as on a full disk."""

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    process = desk.start("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=0", preexec_fn=small)
    _, errors = process.communicate(timeout=120)
    return End(errors.strip().replace(f"{desk.folder}/", "") or "no room was needed", process.returncode)


def hold_by_reader(desk: Desk) -> End:
    Archive(desk.archive).close()
    reader = sqlite3.connect(desk.archive, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM articles").fetchone()
    done = desk.crawl()
    reader.close()
    return End(done.err.strip() or "goes on; the reader sees what it began with", done.code)


def hold_by_writer(desk: Desk) -> End:
    """Let another program write to the archive for some seconds."""
    Archive(desk.archive).close()
    process = desk.start("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=0")
    time.sleep(1.5)
    writer = sqlite3.connect(desk.archive, isolation_level=None, timeout=30)
    writer.execute("BEGIN IMMEDIATE")
    time.sleep(6)
    writer.execute("COMMIT")
    writer.close()
    _, errors = process.communicate(timeout=120)
    return End(errors.strip() or "waits for it and goes on", process.returncode)


def crawl_twice(desk: Desk) -> End:
    first = start_crawl(desk)
    second = desk.crawl()
    first.communicate(timeout=120)
    return End(second.err.strip().replace(f"{desk.folder}/", ""), second.code)


def shift_clock(desk: Desk, years: int) -> End:
    """Crawl into an archive that was written by a clock that was `years` off."""
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
    return End("what is new is found" if found else "what is new is NOT found", done.code)


def cut_network(desk: Desk) -> End:
    proxy, desk.newspaper.url = desk.newspaper.url, "http://127.0.0.1:9"
    try:
        done = desk.crawl()
    finally:
        desk.newspaper.url = proxy
    return End(done.err.strip(), done.code)


def crawl_older(desk: Desk) -> End:
    stored, pending = desk.newspaper.articles(HOST)[:2]
    faulty.older_archive(desk.archive, HOME, stored, pending)
    done = desk.crawl()
    return End(done.err.strip() or "brought up to date, and goes on", done.code)


def refuse(desk: Desk, spoil: Callable[[Path], None]) -> End:
    """Crawl into a file that must not be touched, and compare it with what it was."""
    desk.crawl()
    good = desk.folder / "good.db"
    shutil.copy(desk.archive, good)
    spoil(desk.archive)
    before = desk.archive.read_bytes()
    done = desk.crawl()
    same = desk.archive.read_bytes() == before
    good.replace(desk.archive)
    words = done.err.strip().replace(f"{desk.folder}/", "").removeprefix("Error: ")
    return End(words if same else f"CHANGED: {words}", done.code)


def make_newer(path: Path) -> None:
    run_sql(
        path,
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('clippings', 'm999_later', '2099')",
    )


def make_trap(path: Path) -> None:
    run_sql(path, "PRAGMA foreign_keys = OFF; DROP TABLE outcomes; CREATE VIEW outcomes AS SELECT 1 AS url")


def make_foreign(path: Path) -> None:
    path.unlink()
    run_sql(path, "CREATE TABLE books (title TEXT)")


def make_notes(path: Path) -> None:
    path.write_bytes(b"notes " * 2000)


def run_sql(path: Path, sql: str) -> None:
    db = sqlite3.connect(path)
    db.executescript(sql)
    db.close()


def spoil_seed(desk: Desk, name: str, text: str) -> End:
    desk.seed(name, text)
    done = desk.crawl()
    (desk.seeds / name).unlink()
    return End(done.err.strip().replace(f"{desk.folder}/", ""), done.code)


BOMB = '<!DOCTYPE o [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><opml><body><outline text="&b;"/></body></opml>'
PROCESS_FAULTS: dict[str, Fault] = {
    "SIGTERM": lambda desk: stop(desk, signal.SIGTERM),
    "SIGINT": lambda desk: stop(desk, signal.SIGINT),
    **{
        f"{sign.name} while a page has the fault {fault}": partial(stop, sign=sign, fault=fault)
        for sign in (signal.SIGTERM, signal.SIGINT)
        for fault in ("hang", "slow bps=50", "latency ms=500")
    },
    "SIGKILL": kill,
    "power cut: half of the WAL is gone": lambda desk: cut_power(desk, 0.5),
    "power cut: the end of the WAL is gone": lambda desk: cut_power(desk, 0.95),
    "disk full at once": lambda desk: fill_disk(desk, 60_000),
    "disk full halfway": lambda desk: fill_disk(desk, 450_000),
    "a reader holds the database": hold_by_reader,
    "another program writes for 6 s": hold_by_writer,
    "two crawls at once": crawl_twice,
    "clock was 10 years ahead": lambda desk: shift_clock(desk, 10),
    "clock was 10 years behind": lambda desk: shift_clock(desk, -10),
    "no network": cut_network,
    "older archive, from before 0.1.0": crawl_older,
    "newer archive": lambda desk: refuse(desk, make_newer),
    "archive with a view for a table": lambda desk: refuse(desk, make_trap),
    "SQLite file of something else": lambda desk: refuse(desk, make_foreign),
    "no SQLite file": lambda desk: refuse(desk, make_notes),
    "OPML with entities": lambda desk: spoil_seed(desk, "feeds.opml", BOMB),
    "TOML that breaks off": lambda desk: spoil_seed(desk, "broken.toml", "home = "),
}
