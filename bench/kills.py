"""A step of bench/captures.py: `kill -9` while an archive grows, and whether every record is still there."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import sqlite3
import subprocess
import time
from typing import TYPE_CHECKING

from commands import SERVED, command
from other_tools import by_warcio
from replay import FAST, Replay, ledger, rows

if TYPE_CHECKING:
    from pathlib import Path

KILLS, FRESH = 30, 5
"""How many kills, and after how many of them an archive is begun anew."""


def kill(folder: Path, work: Path, copies: int) -> None:
    """30 kills while an archive grows: crawls, WARC files taken in and captures read again, in turns of five.

    Each at a random number of pages further than the archive was, and a random moment after that.
    """
    wrong = lost = 0
    with Replay(folder, *SERVED, "--copies", "3") as replay:
        (work / "urls.txt").write_text("\n".join(replay.ask("articles")))
        by_warcio(replay, work)
        for number in range(KILLS):
            kind = ("crawl", "taking in", "reading again")[number // FRESH % 3]
            if number % FRESH == 0 and kind != "reading again":
                for file in [*work.glob("archive*"), *(work / "warc").glob("*")]:
                    file.unlink()
            luck = random.Random(number)
            process = begin(kind, replay, work)
            before, since = kill_while_growing(process, work, kind, luck)
            after, found = captures_of(work), problems(work)
            gone = sum(after.get(row) != place for row, place in before.items())
            wrong, lost = wrong + len(found), lost + gone
            print(
                f"kill {number + 1:2} in {kind:13} after {since:4} more: {len(after)} captures, lost {gone},"
                f" wrong {len(found)} {found[:2] or ''}",
                flush=True,
            )
            if number % FRESH == FRESH - 1 and kind != "reading again":
                begin(kind, replay, work).communicate()
                found = problems(work)
                wrong += len(found)
                print(
                    f"  finished: {count_of(work, 'captures')} captures; {ledger(work)}; wrong {len(found)} {found[:2] or ''}"
                )
    print(f"after {KILLS} kills: wrong {wrong}, captures lost {lost}")


def begin(kind: str, replay: Replay, work: Path) -> subprocess.Popen[str]:
    if kind == "crawl":
        return replay.crawl(work, *FAST, "-s", "PAGES_PER_SOURCE=100000", start_new_session=True)
    words = ["replay", "archive.db", "--seeds", str(work / "seeds")]
    if kind == "taking in":
        return command(work, *words, "warcio.warc.gz", start_new_session=True)
    with sqlite3.connect(work / "archive.db") as db:  # something to put right for every article
        db.execute("UPDATE articles SET text = 'Old words ' || id, content_hash = id")
        db.execute("DELETE FROM _replays")
    return command(work, *words, start_new_session=True)


def progress_of(work: Path, kind: str) -> int:
    """How far it is: articles put right, or captures kept. 0 while the archive is being made."""
    sql = "SELECT count(*) FROM captures"
    if kind == "reading again":
        sql = "SELECT count(*) FROM articles WHERE text NOT LIKE 'Old words %'"
    try:
        return int(rows(work, sql)[0][0])
    except sqlite3.Error:
        return 0


def kill_while_growing(
    process: subprocess.Popen[str], work: Path, kind: str, luck: random.Random
) -> tuple[dict[int, tuple], int]:
    """Kill at a random moment; returns (captures there just before, pages more than at the start)."""
    start, wanted = progress_of(work, kind), luck.randrange(400 if kind == "reading again" else 110)
    before: dict[int, tuple] = {}
    while process.poll() is None and progress_of(work, kind) - start < wanted:
        time.sleep(0.02)
    time.sleep(luck.uniform(0, 1.5))
    with contextlib.suppress(sqlite3.Error):
        before = captures_of(work)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return before, progress_of(work, kind) - start


def captures_of(work: Path) -> dict[int, tuple]:
    """(digest, file, offset) of every row, by its id."""
    return {row[0]: row[1:] for row in rows(work, "SELECT id, sha256, warc_file, warc_offset FROM captures")}


def problems(work: Path) -> list[str]:
    """What `clippings verify` finds, but for the torn end to which no row points: the next start mends it."""
    if not (work / "archive.db").exists():
        return []
    check = command(work, "verify", "archive.db", stderr=subprocess.PIPE)
    out, errors = check.communicate()
    lines = errors.splitlines() + ([] if out else ["nothing was said"])
    return [line for line in lines if not re.search(r"cut off: the next crawl mends it$", line)]


def count_of(work: Path, table: str) -> int:
    return int(rows(work, f"SELECT count(*) FROM {table}")[0][0])
