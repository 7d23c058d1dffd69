"""Ways to archive the same real pages, side by side in one run: time and CPU a page of each, by process.

    python -m bench race [--pages N] [--rounds N] [--news-please PYTHON] [--shared FOLDER]

bare         trafilatura alone in two processes, the pages as files; with metadata
folder       trafilatura's command line: a folder of files in, JSON files out, in two processes
command      trafilatura's command line: addresses in, JSON files out. It downloads in two threads and reads pages in one
             process. Its pause between requests to a host is off, as ours is
news-please  `NewsPlease.from_html` in two processes, the pages as files. It may stand in a virtual environment of its own,
             whose Python is named by --news-please; where there is none, the other ways are still measured
clippings    `clippings fetch`: addresses in; WARC files, texts, search index and stories out

The pages are of `quality/`, `quality/newdev/` and `replay/` of FOLDER (`../shared` unless given; it is not part of the
project), 800 unless --pages says otherwise. CPU is that of all processes of a way, start-up among them, so that other work
on the machine changes it little. Time is what a user waits: it says something on a quiet machine alone, and so the
machine's load is told. Ratios are within one round.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from configparser import ConfigParser
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

import trafilatura

from bench.harness import (
    CLIPPINGS,
    FAST,
    ROOT,
    argument_parser,
    cpu_by_process,
    environment_for,
    remove_archive,
    rows,
    work_folder,
)
from bench.race_pages import collect_pages, serve_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PROCESSES = 2

BARE = """
import sys
from pathlib import Path
from trafilatura import bare_extraction
folder, count, first = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
for number in range(first, count, 2):
    bare_extraction((folder / f"{number}.html").read_bytes(), with_metadata=True)
"""
NEWS_PLEASE = """
import sys
from pathlib import Path
from newsplease import NewsPlease
folder, count, first = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
urls = (folder.parent / "urls.txt").read_text().split("\\n")
for number in range(first, count, 2):
    page = (folder / f"{number}.html").read_bytes().decode("utf-8", "replace")
    try:
        NewsPlease.from_html(page, url=urls[number])
    except Exception:
        pass
"""
OPTIONS = ["--json", "--with-metadata", "--parallel", str(PROCESSES)]

LOCAL_NAMES = """
import os, socket
find = socket.getaddrinfo
def find_here(host, port, *args, **options):
    return find("127.0.0.1", int(os.environ["PAGES_PORT"]), *args, **options)
socket.getaddrinfo = find_here
"""
"""What trafilatura's command line runs first, as its `sitecustomize`: every name is that of our server. Its downloads know
SOCKS proxies alone."""

UNHURRIED = {"SLEEP_TIME": "0", "SSRF_PROTECTION": "off"}
"""Settings of its downloads: no pause, and a server on this machine may be asked."""


class Race(NamedTuple):
    """What a race is run with: `number` pages in the folder `pages`, served by the proxy."""

    pages: Path
    number: int
    proxy: str
    work: Path
    news_please: str

    @property
    def urls(self) -> Path:
        """The file of the pages' addresses, one a line."""
        return self.pages.parent / "urls.txt"


class Cost(NamedTuple):
    """Of a way: seconds until it ended, CPU seconds of each process, the dearest first, and what there is to say of it."""

    wall: float
    seconds: list[float]
    note: str = ""

    @property
    def cpu(self) -> float:
        """CPU seconds of all processes."""
        return sum(self.seconds)


def run_halves(script: str, python: str, race: Race) -> Cost:
    """Run a script on each half of the pages, in a process each."""
    commands = [[python, "-c", script, str(race.pages), str(race.number), str(n)] for n in range(PROCESSES)]
    ended = run_commands(commands, environment_for("", ROOT))
    seconds = [sum(one.values()) for one in ended.seconds]
    failed = [str(one.returncode) for one in ended.processes if one.returncode]
    return Cost(
        ended.wall, sorted(seconds, reverse=True), f"exit codes {', '.join(failed)}" if failed else ""
    )


class Ended(NamedTuple):
    """Commands that ran at once: seconds until all had ended, and of each the CPU seconds of its processes by their ids."""

    wall: float
    processes: list[subprocess.Popen[str]]
    seconds: list[dict[int, float]]


def run_commands(
    commands: Sequence[Sequence[str | Path]],
    environment: dict[str, str],
    work: Path | None = None,
    stdin: TextIO | None = None,
) -> Ended:
    """Run commands at once, each in a session of its own; what they print is thrown away."""
    began = time.perf_counter()
    processes = [
        subprocess.Popen(
            command,
            env=environment,
            cwd=work,
            text=True,
            stdin=stdin,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for command in commands
    ]
    seconds = cpu_by_process(*processes)
    return Ended(time.perf_counter() - began, processes, seconds)


def run_bare(race: Race) -> Cost:
    return run_halves(BARE, sys.executable, race)


def run_news_please(race: Race) -> Cost | None:
    python = race.news_please or sys.executable
    asked = subprocess.run([python, "-c", "import newsplease"], capture_output=True, check=False)
    return None if asked.returncode else run_halves(NEWS_PLEASE, python, race)


def run_folder(race: Race) -> Cost:
    return run_trafilatura(
        race, ["--input-dir", race.pages], environment_for("", ROOT), race.work / "json-folder"
    )


def run_command(race: Race) -> Cost:
    site = race.work / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(LOCAL_NAMES)
    config = ConfigParser()
    config.read(Path(trafilatura.__file__).with_name("settings.cfg"))
    config["DEFAULT"].update(UNHURRIED)
    with (site / "settings.cfg").open("w") as file:
        config.write(file)
    environment = {**environment_for(""), "PYTHONPATH": str(site), "PAGES_PORT": race.proxy.rsplit(":", 1)[1]}
    del environment["http_proxy"]
    source: list[str | Path] = ["-i", race.urls, "--config-file", site / "settings.cfg"]
    return run_trafilatura(race, source, environment, race.work / "json")


def run_trafilatura(race: Race, source: list[str | Path], environment: dict[str, str], out: Path) -> Cost:
    """Run trafilatura's command line on a source of pages; tell how many files it wrote: one for each text."""
    tool = Path(sys.executable).with_name("trafilatura")
    ended = run_commands([[tool, *source, "-o", out, *OPTIONS]], environment)
    written = sum(1 for _ in out.rglob("*.json")) if out.is_dir() else 0
    return Cost(ended.wall, sorted(ended.seconds[0].values(), reverse=True), f"{written} different texts")


def run_clippings(race: Race) -> Cost:
    remove_archive(race.work)
    command = [*CLIPPINGS, "fetch", "archive.db", "-", *FAST, "-s", "CONTACT=bench@localhost"]
    with race.urls.open() as urls:
        wall, (process,), (seconds,) = run_commands([command], environment_for(race.proxy), race.work, urls)
    own = seconds.pop(process.pid, 0.0)
    outcomes: dict[str, int] = dict(
        rows(race.work, "SELECT outcome, count(*) FROM outcomes GROUP BY 1 ORDER BY 2 DESC")
    )
    others = sorted(seconds.values(), reverse=True)
    return Cost(
        wall,
        [own, *others],
        f"the first is Scrapy's and the writer's; {', '.join(f'{number} {name}' for name, number in outcomes.items())};"
        f" exit code {process.returncode}",
    )


WAYS: dict[str, Callable[[Race], Cost | None]] = {
    "bare": run_bare,
    "folder": run_folder,
    "command": run_command,
    "news-please": run_news_please,
    "clippings": run_clippings,
}


def run_round(race: Race) -> dict[str, Cost | None]:
    """Run each way once, and print what it cost as it ends."""
    found: dict[str, Cost | None] = {}
    for name, run in WAYS.items():
        cost = found[name] = run(race)
        if cost is None:
            print(f"{name:12} not installed here: give --news-please a Python that has it")
            continue
        a_page = [f"{seconds / race.number * 1000:.1f}" for seconds in cost.seconds if seconds > 0.1]
        total = cost.cpu / race.number * 1000
        print(
            f"{name:12} {race.number / cost.wall:5.1f} pages a second, {total:5.1f} ms of CPU a page ="
            f" {' + '.join(a_page)}   {cost.note}",
            flush=True,
        )
    return found


def print_ratios(found: dict[str, Cost | None]) -> None:
    """Print how many pages clippings does in the time, and in the CPU time, in which another way does one."""
    ours = found["clippings"]
    if ours is None:
        return
    others = {name: cost for name, cost in found.items() if cost is not None and name != "clippings"}
    by_time = ", ".join(f"{cost.wall / ours.wall:.2f} x {name}" for name, cost in others.items())
    by_cpu = ", ".join(f"{cost.cpu / ours.cpu:.2f} x {name}" for name, cost in others.items())
    print(
        f"clippings is, by time, {by_time}; by CPU, {by_cpu};"
        f" load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )


def main() -> int:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("--pages", type=int, default=800)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--news-please", default="", metavar="PYTHON")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    args = parser.parse_args()
    if not args.shared.is_dir():
        parser.error(f"{args.shared} is missing: name the folder of saved pages with --shared")
    with work_folder(None) as work:
        pages = work / "pages"
        count = len(collect_pages(args.shared.resolve(), args.pages, pages))
        print(f"{count} pages, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        with serve_pages(pages) as proxy:
            for number in range(args.rounds):
                folder = work / f"round-{number}"
                folder.mkdir()
                print_ratios(run_round(Race(pages, count, proxy, folder, args.news_please)))
    return 0
