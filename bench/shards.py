"""Crawl saved sites in shards: the same articles as by one process, the pauses of each host, and what kills leave.

python -m bench shards FOLDER compare [--on local ray] [--shards 2 4] [--sites N] [--copies N]
python -m bench shards FOLDER kills [--on local] [--victim worker program ray::run_command raylet gcs_server] [--kills N]

compare    one process, then each engine with so many shards; gaps between two requests to a host are timed at the server,
           where one host has two sources
kills      one victim is killed at a random moment; a crawl that died with it is made again
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.harness import (
    CLIPPINGS,
    FAST,
    ReplayServer,
    argument_parser,
    cpu_seconds,
    environment_for,
    find_missing,
    ledger,
    rows,
    value,
    work_folder,
)
from bench.leftovers import is_loopback, list_listeners, list_processes

if TYPE_CHECKING:
    import argparse

SERVED = ["--fresh", "--everything", "--crawl-delay", "0"]
LINK_LOCAL = ("169.254.", "metadata.google.internal")
DELAY = 1.0
"""Seconds between two requests to a host: the program's own default."""
TEXTS = "SELECT url, coalesce(title, ''), text FROM articles ORDER BY url"
SECONDS_TO_END = 60


class Held(NamedTuple):
    """What an archive holds: (URL, title, text) of each article."""

    articles: list[tuple[str, str, str]]


def write_seeds(server: ReplayServer, folder: Path, sites: int) -> list[str]:
    """Seed files of the first sites, and a second source on the first one's host; returns the hosts."""
    hosts = sorted(server.ask("sites"))[:sites]
    folder.mkdir(exist_ok=True, parents=True)
    for host in hosts:
        (folder / f"{host.replace('.', '-')}.toml").write_text(f'home = "http://{host}/"\n')
    (folder / "second-source.toml").write_text(f'home = "http://{hosts[0]}/latest/1"\nfeeds = []\n')
    return hosts


def start(server: ReplayServer, work: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*CLIPPINGS, "crawl", "archive.db", "--seeds", "seeds", *options],
        env=environment_for(server.url),
        cwd=work,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def empty(work: Path) -> None:
    for path in [*work.glob("archive*"), work / "warc"]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


# --- the same articles


def compare(server: ReplayServer, work: Path, options: argparse.Namespace) -> None:
    hosts = write_seeds(server, work / "seeds", options.sites)
    wanted = [url for url in server.ask("articles") if url.split("/")[2] in hosts]
    print(f"{len(hosts)} sites, {len(wanted)} articles listed; one host has two sources", flush=True)
    alone = crawl_and_report(server, work, "one process", wanted)
    for engine in options.on:
        for shards in options.shards:
            name = f"--on {engine} --shards {shards}"
            held = crawl_and_report(server, work, name, wanted, "--on", engine, "--shards", str(shards))
            different = set(alone.articles) ^ set(held.articles)
            print(f"  articles that differ from those of one process: {len(different)}", flush=True)


def crawl_and_report(server: ReplayServer, work: Path, name: str, wanted: list[str], *options: str) -> Held:
    empty(work)
    server.ask("reset")
    seen = len(server.requests())
    began = time.monotonic()
    process = start(server, work, *options)
    assert process.stderr is not None
    cpu = cpu_seconds(process) if not options else 0.0
    errors = process.stderr.read()
    code = process.wait()
    seconds = time.monotonic() - began
    # Ray asks link-local addresses which cloud it is in, through the proxy as well.
    log = [asked for asked in server.requests()[seen:] if not asked[1].startswith(LINK_LOCAL)]
    gaps = measure_gaps(log)
    smallest = min(gaps, default=Gap(0.0, "", ""))
    missing = [row for row in find_missing(work, wanted) if row.outcome != "excluded"]
    print(
        f"{name}: exit {code}, {seconds:.0f} s{f', {cpu:.0f} s of CPU' if cpu else ''}; {ledger(work)};"
        f" listed articles that are missing {len(missing)}\n"
        f"  gaps between requests to one host {len(gaps)}, smallest {smallest.seconds:.3f} s (delay {DELAY} s),"
        f" processes left {len(list_processes(work))}"
        + (f"\n  {smallest.first} and {smallest.second}" if smallest.seconds < DELAY else "")
        + (f"\n  {errors.strip()[:500]}" if code not in (0, 3) else ""),
        flush=True,
    )
    return Held(rows(work, TEXTS))


class Gap(NamedTuple):
    """Seconds between two requests to one host, and what was asked for."""

    seconds: float
    first: str
    second: str


def measure_gaps(log: list[tuple[float, str, str]]) -> list[Gap]:
    """The gaps between each two requests to one host that follow each other."""
    by_host: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for at, host, path in log:
        by_host[host].append((at, f"{host}{path}"))
    return [
        Gap(later - at, first, second)
        for asked in by_host.values()
        for (at, first), (later, second) in pairwise(sorted(asked))
    ]


# --- kills


def kill(server: ReplayServer, work: Path, options: argparse.Namespace) -> None:
    hosts = write_seeds(server, work / "seeds", options.sites)
    wanted = [url for url in server.ask("articles") if url.split("/")[2] in hosts]
    for engine in options.on:
        for victim in options.victim:
            for number in range(options.kills):
                kill_once(server, work, wanted, engine, victim, number)


def kill_once(
    server: ReplayServer, work: Path, wanted: list[str], engine: str, victim: str, number: int
) -> None:
    empty(work)
    server.ask("reset")
    crawl = ("--on", engine, "--shards", "2", *FAST)
    process = start(server, work, *crawl)
    chance = random.Random(f"{engine} {victim} {number}")
    wait_for_shard(work, process)
    time.sleep(chance.uniform(0, 3))
    exposed = [address for address in list_listeners(list(list_processes(work))) if not is_loopback(address)]
    struck = strike(work, process, victim, chance)
    try:
        process.wait(300)
    except subprocess.TimeoutExpired:
        process.kill()
    died = process.returncode not in (0, 3)
    left = wait_for_end(work)
    again = start(server, work, *crawl) if died else None
    if again is not None:
        again.wait()
        left = {**left, **wait_for_end(work)}
    absent = [row for row in find_missing(work, wanted) if row.outcome != "excluded"]
    doubled = value(work, "SELECT count(*) - count(DISTINCT url) FROM articles")
    print(
        f"{engine}, {victim} {'killed' if struck else 'had ended'}: exit {process.returncode}"
        f"{f', again {again.returncode}' if again else ''}; lost {len(absent)}, doubled {doubled}, {ledger(work)};"
        f" processes left {len(left)}, listening beyond loopback {len(exposed)}",
        flush=True,
    )
    for pid, command in left.items():
        print(f"  {pid} {command[:150]}")


def wait_for_shard(work: Path, process: subprocess.Popen[str]) -> None:
    """Wait until a shard is crawled."""
    while process.poll() is None and not list_workers(work, process):
        time.sleep(0.05)


def list_workers(work: Path, process: subprocess.Popen[str]) -> list[int]:
    """The processes that crawl shards: the holders of their locks, but for the program itself."""
    pids = []
    for path in work.glob("archive.db.shards/*.lock-holder"):
        with contextlib.suppress(OSError, ValueError):
            pids.append(int(json.loads(path.read_text())["pid"]))
    return [pid for pid in pids if pid != process.pid]


def strike(work: Path, process: subprocess.Popen[str], victim: str, chance: random.Random) -> bool:
    """Kill one; False when it was gone already."""
    if victim == "program":
        pids = [process.pid]
    elif victim == "worker":
        pids = list_workers(work, process)
    else:
        pids = [
            pid
            for pid, words in list_processes(work).items()
            if f"/{victim} " in words or victim in words[:40]
        ]
    if not pids or process.poll() is not None:
        return False
    os.kill(chance.choice(sorted(pids)), signal.SIGKILL)
    return True


def wait_for_end(work: Path) -> dict[int, str]:
    """The processes that are there after half a minute; they had time to stop by themselves."""
    end = time.monotonic() + SECONDS_TO_END / 2
    while (left := list_processes(work)) and time.monotonic() < end:
        time.sleep(0.2)
    return left


def main() -> None:
    parser = argument_parser("bench.shards", __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("step", choices=["compare", "kills"])
    parser.add_argument("--on", nargs="+", default=["local"], choices=["local", "ray"])
    parser.add_argument("--shards", nargs="+", type=int, default=[2, 4])
    parser.add_argument("--victim", nargs="+", default=["worker", "program"])
    parser.add_argument("--kills", type=int, default=10, metavar="N", help="of each victim")
    parser.add_argument("--sites", type=int, default=143, metavar="N", help="the first so many sites")
    parser.add_argument("--copies", type=int, default=1, metavar="N", help="copies of each saved page")
    options = parser.parse_args()
    served = [*SERVED, "--copies", str(options.copies)]
    with work_folder(None) as work, ReplayServer(options.folder, *served) as server:
        {"compare": compare, "kills": kill}[options.step](server, work, options)


if __name__ == "__main__":
    main()
