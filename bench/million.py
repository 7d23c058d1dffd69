"""Build an archive of a million made-up articles of 40 sources over three years, and time every page and command on it.

    python -m bench million /tmp/million.db                     # 20 minutes to build, 9 GB; a file that is there is measured
    python -m bench million /tmp/small.db --articles 50000      # a minute
    python -m bench million /tmp/million.db --seconds 300       # builds for so long; called again, it goes on
    python -m bench million /tmp/million.db --only search --only "search, month" --cold 5

Pages are asked of Datasette in this process, commands run in it. For each it prints p50 and p95 of the time and of the CPU
time in milliseconds, with SQLite's pages in memory (warm); and after a new start with the file out of memory (cold). The
CPU time says what the machine's load adds. Beside each row stands the load average.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import statistics
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from click.testing import CliRunner

from bench.harness import argument_parser
from bench.million_build import build
from bench.million_rows import make_sources
from bench.million_texts import STOPWORDS, UNSPACED, make_vocabulary
from bench.million_writes import time_writes
from crawler.cli import cli
from pipelines.timestamps import days_before
from tests.phrases import NAMES
from tests.reading_room import in_process

if TYPE_CHECKING:
    from collections.abc import Callable

WIDE = ("t*", "co*")
"""Prefixes of one and two letters."""
WRITES = "writes"
"""The kind that adds articles, and removes them."""


class Cost(NamedTuple):
    """Of one request or command, in milliseconds, and what it answered: an HTTP status or an exit code."""

    wall: float
    cpu: float
    answer: int


class Drawn:
    """Draws the addresses of pages from the words and ids of the archive."""

    def __init__(self, path: Path, articles: int) -> None:
        self.place = f"/-/clippings/{path.stem}"
        self.chance = random.Random(7)
        self.words = make_vocabulary()[len(STOPWORDS) :]
        self.sources = [source.key for source in make_sources()]
        self.articles = articles
        with closing(sqlite3.connect(path)) as db:
            self.last: str = db.execute("SELECT max(started_at) FROM crawls").fetchone()[0][:10]
            sql = "SELECT id FROM articles WHERE {} LIMIT 500"
            self.stories = [row[0] for row in db.execute(sql.format("story_id IS NOT NULL"))]
            fronts = "SELECT source_id FROM listings WHERE id IN (SELECT listing_id FROM placements)"
            self.fronts = [row[0] for row in db.execute(fronts)]
            self.changed = [row[0] for row in db.execute(sql.format("revision > 1"))]

    def word(self, most: int) -> str:
        """A word among the `most` most frequent ones."""
        return self.words[self.chance.randrange(most)]

    def search(self) -> str:
        """The parameters of one search as a reader might make it."""
        chance = self.chance
        common, any_word, rare = self.word(150), self.word(5000), self.word(60_000)
        code = chance.choice(list(UNSPACED))
        asian = UNSPACED[code].words["noun"]
        query = chance.choice(
            [
                common,
                any_word,
                rare,
                f"{common} {any_word}",
                f"{common} {self.word(150)}",
                f'"{common} {self.word(30)}"',
                f"{common} OR {any_word}",
                f"{any_word} NOT {common}",
                f"{any_word[:4]}*",
                f"title:{common}",
                f'author:"{chance.choice(NAMES["en"])}" {common}',
                f"source:{chance.choice(self.sources)} {any_word}",
                chance.choice(asian),
                f"{chance.choice(asian)} {chance.choice(asian)}",
            ]
        )
        params = [("q", query)]
        if chance.random() < 0.3:
            params.append(
                chance.choice(
                    [("source", chance.choice(self.sources)), ("section", "Politics"), ("language", "en"), ("changed", "1"),
                     ("since", days_before(self.last, 170)), ("tag", self.words[200])]
                )
            )  # fmt: skip
        if chance.random() < 0.2:
            params.append(("sort", "newest"))
        if chance.random() < 0.15:
            params.append(("page", str(chance.randrange(2, 5))))
        return urlencode(params)

    def page(self, path: str, **params: object) -> str:
        query = urlencode({name: value for name, value in params.items() if value})
        return f"{self.place}/{path}?{query}" if query else f"{self.place}/{path}"

    def kinds(self) -> dict[str, Callable[[], str]]:
        """How an address of each kind of page is drawn."""
        chance, page = self.chance, self.page
        year, half, month = (days_before(self.last, days) for days in (365, 170, 30))

        def any_source() -> str:
            return chance.choice(self.sources)

        def compare(*queries: str, form: str = "", **params: object) -> str:
            asked = urlencode([*(("q", query) for query in queries), *params.items()], doseq=True)
            return f"{self.place}/compare{form}?{asked}"

        return {
            "front": lambda: "/",
            "article": lambda: page(f"article/{chance.randrange(1, self.articles)}"),
            "difference": lambda: page(f"article/{chance.choice(self.changed)}/changes"),
            "story": lambda: page(f"article/{chance.choice(self.stories)}/story"),
            "a story's articles": lambda: page("search", q=f"story:{chance.choice(self.stories)}"),
            "first of all": lambda: page("search", q="first:*"),
            "first of a source": lambda: page("search", q=f"first:{any_source()} {self.word(150)}"),
            "folded search": lambda: f"{self.place}/search?{self.search()}&fold=1",
            "folded search of nothing": lambda: page("search", fold=1, page=chance.randrange(1, 9)),
            "front page of a day": lambda: page(
                f"sources/{chance.choice(self.fronts or self.sources)}/front",
                day=days_before(self.last, chance.randrange(1, 700)),
            ),
            "alarms": lambda: page("alarms"),
            "sources": lambda: page("sources"),
            "source": lambda: page(f"sources/{any_source()}"),
            "search": lambda: f"{self.place}/search?{self.search()}",
            "search.json": lambda: f"{self.place}/search.json?{self.search()}",
            "search.atom": lambda: f"{self.place}/search.atom?{self.search()}",
            "search, nothing asked": lambda: page("search", source=any_source(), page=chance.randrange(1, 9)),
            "search, month": lambda: page("search", since=month),
            "search, a prefix": lambda: page("search", q=chance.choice(WIDE)),
            "search.csv, a word": lambda: page("search.csv", q=self.word(20_000)),
            "attention": lambda: f"{self.place}/attention?{self.search()}",
            "attention, nothing asked": lambda: page("attention"),
            "attention, common word": lambda: page("attention", q=self.word(20)),
            "attention, a prefix": lambda: page("attention", q=chance.choice(WIDE)),
            "compare three words": lambda: compare(self.word(150), self.word(5000), self.word(60_000)),
            "compare three common words": lambda: compare(self.word(150), self.word(150), self.word(150)),
            "compare a word by source": lambda: compare(
                self.word(5000), source=chance.sample(self.sources, 4), unit="week"
            ),
            "compare.csv": lambda: compare(self.word(150), self.word(5000), form=".csv"),
            "compare.png": lambda: compare(self.word(150), self.word(5000), form=".png"),
            "words": lambda: page("words", q=self.word(5000)),
            "words by source": lambda: page("words", q=self.word(150), by="source"),
            "calendar": lambda: page("calendar"),
            "day": lambda: page(f"day/{days_before(self.last, chance.randrange(1000))}"),
            "changes": lambda: page("changes", page=chance.randrange(1, 9)),
            "changes of a source": lambda: page("changes", source=any_source()),
            "coverage": lambda: page("coverage"),
            "coverage of a source": lambda: page("coverage", source=any_source(), since=half),
            "coverage of a year": lambda: page("coverage", since=year),
            "coverage of everything": lambda: page("coverage", since="2000"),
            "listed": lambda: page("coverage/urls", page=chance.randrange(1, 9)),
            "listed, an outcome": lambda: page("coverage/urls", since=year, outcome="failed"),
            "listed, everything": lambda: page("coverage/urls", since="2000", page=chance.choice((1, 50))),
        }


COMMANDS = {
    "status": ["status"],
    "status --check": ["status", "--check"],
    "coverage (command)": ["coverage"],
    "coverage --since 2000": ["coverage", "--since", "2000"],
    "coverage --source": ["coverage", "--source", "paper-03"],
    "search (command)": ["search", "council"],
    "search of a prefix": ["search", "t*"],
    "search --fold": ["search", "council", "--fold"],
    "attention (command)": ["attention", "council", "harbour", "--by", "month"],
}


def run(path: Path, words: list[str]) -> Cost:
    """Run a command on the archive in this process."""
    name, *rest = words
    began, used = time.perf_counter(), time.process_time()
    result = CliRunner().invoke(cli, [name, str(path), *rest])
    return Cost((time.perf_counter() - began) * 1000, (time.process_time() - used) * 1000, result.exit_code)


def forget_file(path: Path) -> None:
    """Take the file out of the system's memory."""
    for name in (path, path.with_name(path.name + "-wal")):
        if name.exists():
            handle = os.open(name, os.O_RDONLY)
            os.fsync(handle)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)


async def ask(room: object, address: str) -> Cost:
    began, used = time.perf_counter(), time.process_time()
    answer = await room.client.get(address)  # type: ignore[attr-defined]
    return Cost((time.perf_counter() - began) * 1000, (time.process_time() - used) * 1000, answer.status_code)


def p95(values: list[float]) -> float:
    return sorted(values)[max(0, round(len(values) * 0.95) - 1)]


def print_row(name: str, warm: list[Cost], cold: list[Cost]) -> None:
    """One row of the table."""
    cells = []
    for costs in (warm, cold):
        walls, cpus = [cost.wall for cost in costs], [cost.cpu for cost in costs]
        numbers = (statistics.median(walls), p95(walls), statistics.median(cpus), p95(cpus)) if costs else ()
        cells.append("".join(f"{number:8.0f}" for number in numbers) or " " * 32)
    odd = sorted({cost.answer for cost in (*warm, *cold)} - {200, 0})
    print(
        f"{name:26}{len(warm):5}{cells[0]} |{cells[1]} | {os.getloadavg()[0]:5.1f} {' '.join(map(str, odd))}".rstrip(),
        flush=True,
    )


async def measure_page(path: Path, name: str, draw: Callable[[], str], warm: int, cold: int) -> None:
    warm_costs, cold_costs = [], []
    if warm:
        room = await in_process(path)
        for at in range(warm + 5):
            cost = await ask(room, draw())
            if at >= 5 or cost.wall > 3000:
                warm_costs.append(cost)
            if sum(one.wall for one in warm_costs) > 20_000:
                break
        close(room)
    for _ in range(cold):
        forget_file(path)
        room = await in_process(path)
        cold_costs.append(await ask(room, draw()))
        close(room)
    print_row(name, warm_costs, cold_costs)


def close(room: object) -> None:
    """End Datasette's threads, which hold connections to the file."""
    room.executor.shutdown(wait=True)  # type: ignore[attr-defined]
    for database in room.databases.values():  # type: ignore[attr-defined]
        for connection in database._all_file_connections:
            connection.close()


def measure_command(path: Path, name: str, words: list[str], warm: int, cold: int) -> None:
    warm_costs = [run(path, words) for _ in range(max(warm // 4, 2))] if warm else []
    cold_costs = []
    for _ in range(cold):
        forget_file(path)
        cold_costs.append(run(path, words))
    print_row(name, warm_costs[1:], cold_costs)


def main() -> int:
    """Print the table; 1 while the archive is not finished."""
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="build for so long at most")
    parser.add_argument("-n", type=int, default=40, help="requests of each kind, 5 times as many of a search")
    parser.add_argument(
        "--cold", type=int, default=0, help="starts with the file out of memory, of each kind"
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="KIND", help="this kind; may be repeated"
    )
    asked = parser.parse_args()
    began = time.monotonic()
    if not build(asked.archive, asked.articles, seconds=asked.seconds):
        print(f"not finished after {time.monotonic() - began:.0f} s; call it again")
        return 1
    with closing(sqlite3.connect(asked.archive)) as db:
        articles = db.execute("SELECT max(id) FROM articles").fetchone()[0]
    size = asked.archive.stat().st_size / 1e9
    print(
        f"{articles:,} articles, {size:.2f} GB, load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores"
    )
    columns = f"{'p50':>8}{'p95':>8}{'CPU p50':>8}{'p95':>8}"
    print(f"{'ms: warm, then cold':26}{'n':>5}{columns} |{columns} |  load")
    drawn = Drawn(asked.archive, articles)
    kinds = drawn.kinds()
    if unknown := set(asked.only) - {*kinds, *COMMANDS, WRITES}:
        print(
            f"no such kind: {', '.join(sorted(unknown))}; there are: {'; '.join([*kinds, *COMMANDS, WRITES])}"
        )
        return 2
    wanted = asked.only or [*kinds, *COMMANDS, WRITES]
    for name, draw in kinds.items():
        if name in wanted:
            n = asked.n * 5 if name in ("search", "attention") else asked.n
            asyncio.run(measure_page(asked.archive, name, draw, n, asked.cold))
    for name, words in COMMANDS.items():
        if name in wanted:
            measure_command(asked.archive, name, words, asked.n, asked.cold)
    if WRITES in wanted:
        time_writes(asked.archive, articles)
    return 0
