"""Kill commands with `kill -9` at random moments, and check that nothing is lost, doubled or torn.

python -m bench crash FOLDER crawls      # 10 crawls, each finished by another: articles
python -m bench crash FOLDER captures    # 30 kills while an archive grows: every record in warc/
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.harness import (
    FAST,
    SERVED,
    ReplayServer,
    Row,
    argument_parser,
    count_rows,
    find_missing,
    ledger,
    remove_archive,
    rows,
    start_offline,
    value,
    wait,
    work_folder,
)
from bench.interop import write_by_warcio

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

Captures = dict[int, Row]
"""(digest, file, offset) of each row of `captures`, by its id."""

CRAWLS = 10
KILLS, FRESH = 30, 5
"""Kills of a growing archive, and after how many of them it is begun anew."""

KINDS = ("crawl", "import", "re-extraction")


class Killed(NamedTuple):
    """The captures just before a kill, and the pages of progress since the command began."""

    before: Captures
    progress: int


# --- crawls


def kill_crawls(folder: Path, work: Path) -> None:
    """Kill a crawl, finish it by another: every article is stored once, and none is fetched in vain."""
    with ReplayServer(folder, *SERVED) as server:
        wanted = server.ask("articles")
        lost = doubled = refetched = 0
        for number in range(CRAWLS):
            remove_archive(work)
            server.ask("reset")
            process = server.crawl(work, *FAST, new_session=True)
            time.sleep(random.Random(number).uniform(1.5, 9))
            kill_session(process)
            code, errors = wait(server.crawl(work, *FAST))
            absent = find_missing(work, wanted)
            missing = [row for row in absent if row.outcome != "excluded"]  # asks not to be archived
            twice = value(work, "SELECT count(*) - count(DISTINCT url) FROM articles")
            sent = server.ask("stats")["articles_sent"]
            lost, doubled, refetched = lost + len(missing), doubled + twice, refetched + sent - len(wanted)
            print(
                f"kill {number + 1}: exit {code}, stored {len(wanted) - len(absent)}/{len(wanted)},"
                f" excluded {len(absent) - len(missing)}, twice {twice},"
                f" {value(work, 'PRAGMA integrity_check')}; {ledger(work)} {errors.strip()}"
            )
            for row in missing:
                print("   missing:", *row)
    print(f"in all: missing {lost}, stored twice {doubled}, pages fetched again {refetched}")


def kill_session(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


# --- captures


def kill_captures(folder: Path, work: Path) -> None:
    """Kill crawls, imports of WARC files and re-extractions in turns of five while the archive grows.

    Each at a random number of pages further than the archive was, and a random moment after that.
    """
    wrong = lost = 0
    with ReplayServer(folder, *SERVED, "--copies", "3") as server:
        (work / "urls.txt").write_text("\n".join(server.ask("articles")))
        write_by_warcio(server, work)
        for number in range(KILLS):
            kind = KINDS[number // FRESH % 3]
            if number % FRESH == 0 and kind != "re-extraction":
                remove_archive(work)
            killed = kill_while_growing(start(kind, server, work), work, kind, random.Random(number))
            after, found = read_captures(work), find_problems(work)
            gone = sum(after.get(row) != place for row, place in killed.before.items())
            wrong, lost = wrong + len(found), lost + gone
            print(
                f"kill {number + 1:2} in {kind:13} after {killed.progress:4} more: {len(after)} captures,"
                f" lost {gone}, wrong {len(found)} {found[:2] or ''}",
                flush=True,
            )
            if number % FRESH == FRESH - 1 and kind != "re-extraction":
                start(kind, server, work).communicate()
                found = find_problems(work)
                wrong += len(found)
                print(
                    f"  finished: {count_rows(work, 'captures')} captures; {ledger(work)}; wrong {len(found)} {found[:2] or ''}"
                )
    print(f"after {KILLS} kills: wrong {wrong}, captures lost {lost}")


def start(kind: str, server: ReplayServer, work: Path) -> subprocess.Popen[str]:
    if kind == "crawl":
        return server.crawl(work, *FAST, "-s", "PAGES_PER_SOURCE=100000", new_session=True)
    words = ["replay", "archive.db", "--seeds", str(work / "seeds")]
    if kind == "import":
        return start_offline(work, *words, "warcio.warc.gz", new_session=True)
    with (
        contextlib.closing(sqlite3.connect(work / "archive.db")) as db,
        db,
    ):  # each article needs a correction
        db.execute("UPDATE articles SET text = 'Old words ' || id, content_hash = id")
        db.execute("DELETE FROM _replays")
    return start_offline(work, *words, new_session=True)


def progress_of(work: Path, kind: str) -> int:
    """Return the number of articles corrected, or of captures stored; 0 while the archive is being made."""
    sql = "SELECT count(*) FROM captures"
    if kind == "re-extraction":
        sql = "SELECT count(*) FROM articles WHERE text NOT LIKE 'Old words %'"
    try:
        return int(value(work, sql))
    except sqlite3.Error:
        return 0


def kill_while_growing(
    process: subprocess.Popen[str], work: Path, kind: str, chance: random.Random
) -> Killed:
    began, wanted = progress_of(work, kind), chance.randrange(400 if kind == "re-extraction" else 110)
    before: Captures = {}
    while process.poll() is None and progress_of(work, kind) - began < wanted:
        time.sleep(0.02)
    time.sleep(chance.uniform(0, 1.5))
    with contextlib.suppress(sqlite3.Error):
        before = read_captures(work)
    kill_session(process)
    return Killed(before, progress_of(work, kind) - began)


def read_captures(work: Path) -> Captures:
    return {row[0]: row[1:] for row in rows(work, "SELECT id, sha256, warc_file, warc_offset FROM captures")}


def find_problems(work: Path) -> list[str]:
    """Return what `clippings verify` finds, without the torn end to which no row points: the next start mends it."""
    if not (work / "archive.db").exists():
        return []
    check = start_offline(work, "verify", "archive.db", keep_errors=True)
    out, errors = check.communicate()
    lines = errors.splitlines() + ([] if out else ["nothing was printed"])
    return [line for line in lines if not re.search(r"cut off: the next crawl mends it$", line)]


STEPS: dict[str, Callable[[Path, Path], None]] = {"crawls": kill_crawls, "captures": kill_captures}


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--keep", type=Path, help="work in this folder and leave everything there")
    args = parser.parse_args()
    with work_folder(args.keep) as work:
        STEPS[args.step](args.folder, work)
