"""Merge made-up archives: articles a CPU second, the same rows in every order and both ways, and what `kill -9` leaves.

python -m bench merge [--articles N] [--kills N]
"""

from __future__ import annotations

import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.harness import ROOT, argument_parser
from bench.merge_shards import make_shards
from bench.merged_rows import digest_tables

SHARDS = 4
ORDERS = {"0123": ("0123",), "3120": ("3120",), "(01)+(23)": ("01", "23")}


def main() -> None:
    parser = argument_parser("bench.merge", __doc__)
    parser.add_argument("--articles", type=int, default=3000, metavar="N", help="articles a shard")
    parser.add_argument("--kills", type=int, default=10, metavar="N", help="merges that are killed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shards = make_shards(work, SHARDS, options.articles)
        digests = _merge_in_orders(work, shards, options.articles)
        _exchange(work, shards)
        if options.kills:
            _kill_merges(work, shards, digests, options.kills)


def _merge(target: Path, *shards: Path) -> float:
    """Merge by the command; returns its seconds of CPU."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(_command(target, *shards), check=False, cwd=ROOT, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _command(target: Path, *shards: Path) -> list[str]:
    return [sys.executable, "-m", "crawler", "merge", *map(str, shards), "--into", str(target), "--silent"]


def _merge_in_orders(work: Path, shards: list[Path], articles: int) -> dict[str, str]:
    """Merge in several orders, in groups, and each shard twice; returns the digests of the tables."""
    wanted: dict[str, str] = {}
    for name, groups in ORDERS.items():
        target = work / name / "archive.db"
        target.parent.mkdir()
        seconds, parts = 0.0, []
        for group in groups:
            chosen = [shards[int(n)] for n in group]
            if len(groups) > 1:
                part = work / name / f"part{group}" / "archive.db"
                part.parent.mkdir()
                seconds += _merge(part, *chosen)
                chosen = [part]
            parts += chosen
        seconds += _merge(target, *parts)
        again = _merge(target, *shards)
        found = digest_tables(target)
        wanted = wanted or found
        print(
            f"order {name}: {seconds:.1f} s of CPU ({articles * len(shards) / seconds:,.0f} articles a CPU second);"
            f" all again {again:.1f} s; {_describe_difference(wanted, found)}",
            flush=True,
        )
        shutil.rmtree(target.parent)
    return wanted


def _exchange(work: Path, shards: list[Path]) -> None:
    """Two people take in each other's archive."""
    mine, theirs = (work / "mine" / "archive.db", work / "theirs" / "archive.db")
    for person, pair in ((mine, shards[:2]), (theirs, shards[2:])):
        person.parent.mkdir()
        _merge(person, *pair)
        shutil.copytree(person.parent, person.parent.with_name(f"copy of {person.parent.name}"))
    _merge(mine, work / "copy of theirs" / "archive.db")
    _merge(theirs, work / "copy of mine" / "archive.db")
    print(
        f"two people, both ways: {_describe_difference(digest_tables(mine), digest_tables(theirs))}",
        flush=True,
    )


def _describe_difference(wanted: dict[str, str], found: dict[str, str]) -> str:
    different = [table for table in wanted if found.get(table) != wanted[table]]
    return f"tables that differ: {', '.join(different) or 0}"


def _kill_merges(work: Path, shards: list[Path], wanted: dict[str, str], kills: int) -> None:
    """Kill merges of the same target at random moments, then let one end."""
    target = work / "killed" / "archive.db"
    target.parent.mkdir()
    chance, ended = random.Random(1), 0
    begin = time.monotonic()
    _merge(work / "killed" / "whole.db", *shards)
    span = time.monotonic() - begin
    for _ in range(kills):
        process = subprocess.Popen(_command(target, *shards), cwd=ROOT, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.05, 1) * span)
        process.send_signal(signal.SIGKILL)
        ended += process.wait() == 0
    _merge(target, *shards)
    difference = _describe_difference(wanted, digest_tables(target))
    print(f"{kills} merges killed ({ended} had ended), then one to its end; {difference}")


if __name__ == "__main__":
    main()
