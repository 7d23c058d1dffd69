"""The state that `status` gives each source, beside the truth; and what is kept of pages that ask for no copy.

    python -m bench states FOLDER [plain | faults]...

plain   all sites from their homes alone, with the default settings: the share of the listed articles that is held,
        captures of pages that ask for no copy, sources that hold nothing and are called well
faults  one in two sites has a fault of its own for as long as the crawl lasts: the state of each beside its fault
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.harness import (
    FAST,
    SERVED,
    ReplayServer,
    argument_parser,
    find_missing,
    ledger,
    remove_archive,
    rows,
    start_offline,
    value,
    wait,
    work_folder,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Truth:
    """A fault of a site: the server's words for it, what is added to the seed file, and the states that say it."""

    fault: str = ""
    seed: str = ""
    states: frozenset[str] = frozenset()


WELL = Truth(states=frozenset({"well", "paywalled", "empty", "some failures"}))
TRUTHS = {
    "robots.txt answers 500": Truth("status code=500 path=^/robots.txt", states=frozenset({"unreadable"})),
    "everything answers 403": Truth(
        "status code=403 path=^/(?!robots.txt)", states=frozenset({"unreadable"})
    ),
    "listings answer 503": Truth(
        "status code=503 path=^/$|feed|sitemap|latest", states=frozenset({"unreadable"})
    ),
    "articles answer 500": Truth("status code=500", states=frozenset({"failing"})),
    "articles answer 404": Truth("status code=404", states=frozenset({"no article"})),
    "articles are empty": Truth("empty", states=frozenset({"no article"})),
    "connections of articles end": Truth("reset", states=frozenset({"failing"})),
    "a rule leaves all out": Truth(seed='ignore_urls = ["*"]', states=frozenset({"excluded", "no article"})),
    "published before the window": Truth(seed='window = "1s"', states=frozenset({"no article", "well"})),
}


def read_states(work: Path) -> dict[str, dict[str, Any]]:
    """Return `status --json` by the id of the source."""
    out, _ = start_offline(work, "status", "archive.db", "--json").communicate()
    return {source["id"]: source for source in json.loads(out)["sources"]}


def plain(folder: Path, work: Path) -> None:
    with ReplayServer(folder, *SERVED) as server:
        code, errors = wait(server.crawl(work, *FAST))
        wanted = server.ask("articles")
        missing = find_missing(work, wanted)
        print(f"exit code {code}; stderr: {errors.strip()[:2000] or 'nothing'}")
        held = len(wanted) - len(missing)
        print(f"articles listed {len(wanted)}, held {held} ({held / len(wanted):.1%})")
        for row in missing:
            print("  missing:", *row)
        asking = "rights LIKE '%noarchive%'"
        print(
            f"articles whose page asks for no copy {value(work, f'SELECT count(*) FROM articles WHERE {asking}')}, of"
            f" {value(work, f'SELECT count(DISTINCT source_id) FROM articles WHERE {asking}')} sources; captures of these"
            f" pages {value(work, f'SELECT count(*) FROM captures WHERE url IN (SELECT url FROM articles WHERE {asking})')}"
        )
        report_nothing_held(read_states(work))
        print(ledger(work))


def report_nothing_held(states: dict[str, dict[str, Any]]) -> None:
    nothing = [state for state in states.values() if not state["articles"]]
    called_well = [state["id"] for state in nothing if state["state"] == "well"]
    print(f"states: {dict(Counter(state['state'] for state in states.values()))}")
    print(
        f"sources that hold nothing {len(nothing)}, of these called well {len(called_well)} {called_well or ''}"
    )


def faults(folder: Path, work: Path) -> None:
    with ReplayServer(folder, *SERVED) as server:
        hosts = sorted(server.ask("sites"))
    names = list(TRUTHS)
    chosen = {host: names[n // 2 % len(names)] for n, host in enumerate(hosts) if n % 2}
    options = [
        word
        for host, name in chosen.items()
        if TRUTHS[name].fault
        for word in ("--fault", f"{TRUTHS[name].fault} host={host}")
    ]
    with FaultyServer(folder, *SERVED, *options, chosen=chosen) as server:
        code, errors = wait(server.crawl(work, *FAST, "-s", "RETRY_TIMES=0"))
        print(f"exit code {code}; failing sources on stderr {len(errors.splitlines())}")
    states = read_states(work)
    wrong = 0
    for host in hosts:
        name = chosen.get(host, "no fault")
        state = states[host.replace(".", "-")]
        right = state["state"] in TRUTHS.get(name, WELL).states
        wrong += not right
        print(
            f"{'' if right else 'WRONG '}{host:32} {name:28} {state['state']:12} {state['articles']:3} {state['explained']}"
        )
    print(f"sources {len(hosts)}, with a fault {len(chosen)}, with another state than their truth {wrong}")
    report_nothing_held(states)
    print(rows(work, "SELECT kind, count(*) FROM alarms GROUP BY 1"))


class FaultyServer(ReplayServer):
    """A server whose sites have lines of their own in their seed files."""

    def __init__(self, folder: Path, *options: str, chosen: dict[str, str]) -> None:
        super().__init__(folder, *options)
        self.chosen = chosen

    def write_seeds(self, folder: Path) -> None:
        super().write_seeds(folder)
        for host, name in self.chosen.items():
            if TRUTHS[name].seed:
                with (folder / f"{host.replace('.', '-')}.toml").open("a") as file:
                    file.write(TRUTHS[name].seed + "\n")


STEPS: dict[str, Callable[[Path, Path], None]] = {"plain": plain, "faults": faults}


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("steps", nargs="*", default=[*STEPS], help="plain, faults; both when none is named")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave the last archive there")
    args = parser.parse_args()
    with work_folder(args.keep) as work:
        for step in args.steps:
            remove_archive(work)
            print(f"--- {step}")
            STEPS[step](args.folder, work)
