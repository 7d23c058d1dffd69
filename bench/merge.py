"""Merge made-up archives: articles a CPU second, the same rows in every order, and what `kill -9` leaves.

python -m bench merge [--articles N] [--kills N]
"""

from __future__ import annotations

import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from itertools import permutations
from pathlib import Path

from bench.harness import ROOT, argument_parser
from bench.merged_rows import digest_tables
from tests.archives import build

SHARDS = 3


def main() -> None:
    parser = argument_parser("bench.merge", __doc__)
    parser.add_argument("--articles", type=int, default=3000, metavar="N", help="articles a shard")
    parser.add_argument("--kills", type=int, default=10, metavar="N", help="merges that are killed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shards = [_make_shard(work / f"shard{n}", options.articles, n) for n in range(SHARDS)]
        digests = _merge_in_every_order(work, shards)
        _kill_merges(work, shards, digests, options.kills)


def _make_shard(folder: Path, articles: int, seed: int) -> Path:
    folder.mkdir()
    path = build(folder / "archive.db", articles, seed=seed + 1)
    with sqlite3.connect(path) as db:  # made-up crawls begin at the same second; real ones do not
        db.execute("UPDATE outcomes SET at = substr(at, 1, 17) || ? || substr(at, 20)", [f"{seed:02}"])
    return path


def _merge(target: Path, *shards: Path) -> float:
    """Merge by the command; returns its seconds of CPU."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(_command(target, *shards), check=False, cwd=ROOT, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _command(target: Path, *shards: Path) -> list[str]:
    return [sys.executable, "-m", "crawler", "merge", *map(str, shards), "--into", str(target), "--silent"]


def _merge_in_every_order(work: Path, shards: list[Path]) -> dict[str, str]:
    wanted: dict[str, str] = {}
    for order in permutations(range(len(shards))):
        name = "".join(map(str, order))
        target = work / name / "archive.db"
        target.parent.mkdir()
        seconds = _merge(target, *(shards[n] for n in order))
        again = _merge(target, shards[order[0]])
        found = digest_tables(target)
        wanted = wanted or found
        different = [table for table in wanted if found.get(table) != wanted[table]]
        print(
            f"order {name}: {seconds:.1f} s of CPU, the first shard again {again:.1f} s;"
            f" tables that differ: {', '.join(different) or 0}",
            flush=True,
        )
        shutil.rmtree(target.parent)
    return wanted


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
    found = digest_tables(target)
    different = [table for table in wanted if found.get(table) != wanted[table]]
    print(
        f"{kills} merges killed ({ended} had ended), then one to its end; tables that differ: {', '.join(different) or 0}"
    )


if __name__ == "__main__":
    main()
