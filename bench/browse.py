"""Time the pages of a large archive, in Datasette itself over HTTP on this machine.

    python -m bench browse /tmp/large.db              # builds 200,000 articles first, if the file is not there
    python -m bench browse /tmp/large.db --cold 10    # also after a restart with the file out of memory (root)

Prints p50 and p95 in milliseconds for each kind of page. The queries are drawn from the archive's own words:
common and rare ones, names, phrases, prefixes, several languages, narrowed and turned over.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx

from bench.harness import argument_parser
from tests.archives import build
from tests.phrases import CHINESE, ENGLISH, GERMAN, JAPANESE, KOREAN, NAMES, PLACES, THAI
from tests.reading_room import served

if TYPE_CHECKING:
    from collections.abc import Callable

ARTICLES = 200_000


def searches(chance: random.Random) -> str:
    """The parameters of one search as a reader might make it."""
    nouns = ENGLISH.words["noun"]
    common, any_noun = chance.choice(nouns[:150]), chance.choice(nouns)
    topic = chance.choice(ENGLISH.topics)
    asian = chance.choice((JAPANESE, CHINESE, KOREAN, THAI))
    query = chance.choice(
        [
            common,
            any_noun,
            f"{common} {any_noun}",
            f"{common} {chance.choice(nouns[:150])}",
            topic,
            f'"{topic}" {chance.choice(PLACES)}',
            chance.choice(PLACES),
            f'"{chance.choice(NAMES["en"])}"',
            f"{common} OR {any_noun}",
            f"{topic} NOT {common}",
            f"{any_noun[:4]}*",
            f"title:{common}",
            f'author:"{chance.choice(NAMES["en"])}" {common}',
            f"source:tribune {any_noun}",
            chance.choice(GERMAN.words["noun"]),
            chance.choice(asian.words["noun"]),
            f"{chance.choice(asian.words['place'])} {chance.choice(asian.words['noun'])}",
        ]
    )
    params = [("q", query)]
    if chance.random() < 0.3:
        params.append(chance.choice([("source", "harbour-herald"), ("section", "Politics"), ("language", "en"),
                                     ("changed", "1"), ("since", "2026-06-01"), ("tag", topic)]))  # fmt: skip
    if chance.random() < 0.2:
        params.append(("sort", "newest"))
    if chance.random() < 0.15:
        params.append(("page", str(chance.randrange(2, 5))))
    return urlencode(params)


def timed(client: httpx.Client, path: str) -> float:
    start = time.perf_counter()
    answer = client.get(path)
    took = time.perf_counter() - start
    assert answer.status_code == 200, (path, answer.status_code)
    return took * 1000


def report(name: str, times: list[float]) -> None:
    p95 = sorted(times)[max(0, round(len(times) * 0.95) - 1)]
    print(
        f"{name:28} n {len(times):4}  p50 {statistics.median(times):7.1f}  p95 {p95:7.1f}  max {max(times):7.1f} ms"
    )


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("-n", type=int, default=300, help="searches; other pages a fraction of it")
    parser.add_argument(
        "--cold", type=int, default=0, help="restarts with the file out of memory; needs root"
    )
    asked = parser.parse_args()
    if not asked.archive.exists():
        print(f"building {ARTICLES:,} articles: about 7 minutes")
        build(asked.archive, ARTICLES, days=730, sources=40)
    place = f"/-/clippings/{asked.archive.stem}"
    chance = random.Random(7)
    kinds: dict[str, Callable[[], str]] = {
        "search": lambda: f"{place}/search?{searches(chance)}",
        "front": lambda: "/",
        "article": lambda: f"{place}/article/{chance.randrange(1, ARTICLES)}",
        "search, nothing asked": lambda: (
            f"{place}/search?source=harbour-herald&page={chance.randrange(1, 9)}"
        ),
        "attention": lambda: f"{place}/attention?{searches(chance)}",
        "changes": lambda: f"{place}/changes?page={chance.randrange(1, 9)}",
        "sources": lambda: f"{place}/sources",
        "coverage": lambda: f"{place}/coverage",
        "coverage of a source": lambda: f"{place}/coverage?source=harbour-herald&since=2026-06-01",
        "listed URLs": lambda: f"{place}/coverage/urls?page={chance.randrange(1, 9)}",
        "alarms": lambda: f"{place}/alarms",
        "search.json": lambda: f"{place}/search.json?{searches(chance)}",
        "search.atom": lambda: f"{place}/search.atom?{searches(chance)}",
    }
    if asked.cold:
        print("cold: the first request of a new process that was started with the file not in memory")
        for name in ("search", "front", "article"):
            times = []
            for _ in range(asked.cold):
                subprocess.run(["sync"], check=True)
                Path("/proc/sys/vm/drop_caches").write_text("3")
                with served(asked.archive) as address, httpx.Client(base_url=address, timeout=60) as client:
                    times.append(timed(client, kinds[name]()))
            report(name, times)
    print("warm")
    with served(asked.archive) as address, httpx.Client(base_url=address, timeout=60) as client:
        for name, path in kinds.items():
            for _ in range(10):
                timed(client, path())
            report(
                name, [timed(client, path()) for _ in range(asked.n if name == "search" else asked.n // 3)]
            )
