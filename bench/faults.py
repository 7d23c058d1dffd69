"""Let hosts, pages and processes fail: what each fault ends in, and that nothing is lost, doubled or unaccounted for.

    python -m bench faults [WORD]...

Crawls hosts that send raw nonsense, the bundled newspaper once a fault, and once a fault of the crawl's own process;
all on loopback, about six minutes. With words, only the faults whose name has one of them.
`lost` are articles that the fault cost for good: other ones than the page that has it, neither stored nor pending; after
a fault of the process, those not stored when one more crawl has ended. `unaccounted` are URLs without exactly one
outcome in a crawl.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from bench.harness import CLIPPINGS, ROOT, argument_parser
from bench.process_faults import PROCESS_FAULTS
from pipelines.urls.normalize import key
from tests import faulty
from tests.conftest import Desk
from tests.newspaper.client import Newspaper

HOST = "morning.example"
FAULTS = [
    "status code=404",
    "status code=410",
    "status code=403",
    "status code=451",
    "status code=500",
    "status code=503 times=1",
    "ratelimit rps=5 times=1",
    "latency ms=300",
    "hang",
    "reset",
    "truncate",
    "slow bps=50",
    "huge mb=200",
    "redirect",
    "redirect to=http://tagblatt.example/",
    "redirect to=http://169.254.169.254/",
    "charset",
    "badgzip",
    "bomb",
    "empty",
    "binary",
    "headers",
    "length",
    "html path=^/feeds/",
    "malformed path=^/feeds/",
    "status code=500 path=^/robots.txt",
]
OPTIONS = ["DOWNLOAD_DELAY=0", "DOWNLOAD_TIMEOUT=3", "RETRY_TIMES=1", "HOST_FAILURES_MAX=99"]

WIDE = 90
"""Letters of the column that says what a fault ends in."""


class Cost(NamedTuple):
    """What a fault cost: articles lost and stored twice, URLs without exactly one outcome."""

    lost: int
    doubled: int
    unaccounted: int


def crawl(folder: Path, **environment: str) -> int:
    """Crawl into `archive.db` of the folder; return the exit code."""
    env = {name: word for name, word in os.environ.items() if not name.lower().endswith("_proxy")}
    command = [*CLIPPINGS, "crawl", "archive.db", *(word for option in OPTIONS for word in ("-s", option))]
    env |= {"PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False).returncode


def ask(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        return db.execute(sql).fetchall()


def write_seed(folder: Path, name: str, text: str) -> None:
    (folder / "seeds").mkdir(exist_ok=True)
    (folder / "seeds" / f"{name}.toml").write_text(text)


def cost_of(folder: Path, lost: int) -> Cost:
    """Count the articles stored twice, and the URLs without exactly one outcome, of all crawls in the folder."""
    doubled = len(ask(folder, "SELECT url FROM articles GROUP BY url HAVING count(*) > 1"))
    sql = "SELECT pending_at_start + found - (SELECT count(*) FROM outcomes WHERE crawl_id = c.id) FROM crawls c"
    without = "SELECT 1 FROM urls WHERE via IS NOT 'alias' AND url NOT IN (SELECT url FROM outcomes)"
    return Cost(lost, doubled, sum(abs(n) for (n,) in ask(folder, sql)) + len(ask(folder, without)))


def report(name: str, ends: str, code: int, cost: Cost) -> Cost:
    """Print a row of the table; return the cost."""
    print(
        f"{name[:44]:44} {ends[:WIDE]:{WIDE}} {code:4} {cost.lost:5} {cost.doubled:7} {cost.unaccounted:11}",
        flush=True,
    )
    return cost


def fail_page(fault: str) -> Cost:
    """Crawl one site of the newspaper on which one article (or the listings) has the fault."""
    with Newspaper(crawl_delay=0) as paper, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_seed(folder, "morning", f'home = "http://{HOST}/"\n')
        wanted = {key(url) for url in paper.articles(HOST)}
        ill = paper.articles(HOST)[0]
        paper.fault(fault if "path=" in fault else f"{fault} path=^/{ill.split('/', 3)[3]}")
        code = crawl(folder, http_proxy=paper.proxy)
        if "path=" in fault:  # URLs that these listings alone name are found when the listings are well again
            failed = "SELECT error FROM listings WHERE error IS NOT NULL AND kind <> 'section' LIMIT 1"
            error = ask(folder, failed)
            paper.heal()
            crawl(folder, http_proxy=paper.proxy)
            ends = f"listing: {error[0][0] if error else 'well'}"
        else:
            outcomes = ask(folder, "SELECT url, outcome, reason FROM outcomes")
            ends = next((": ".join(filter(None, end)) for url, *end in outcomes if key(url) == key(ill)), "")
            wanted.discard(key(ill))
        kept = ask(folder, "SELECT key FROM urls WHERE article_id IS NOT NULL OR state = 'due'")
        lost = len(wanted - {row[0] for row in kept})
        return report(fault, ends, code, cost_of(folder, lost))


def send_nonsense() -> list[Cost]:
    """Crawl once all hosts that send raw nonsense or wrong certificates."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with faulty.listening(faulty.HOST, faulty.respond) as port, faulty.tls_hosts(folder) as homes:
            hosts = {"faulty": f"http://{faulty.HOST}:{port}/", **homes}
            hosts |= {"refused": "http://127.0.0.31:9/", "unknown": "http://nowhere.invalid/"}
            for name, home in hosts.items():
                write_seed(folder, name, f'home = "{home}"\nfeeds = ["{home}feed"]\ndiscover = false\n')
            code = crawl(folder, SSL_CERT_FILE=str(folder / "ca.pem"))
        costs = []
        sql = "SELECT url, outcome, reason FROM outcomes WHERE source_id = 'faulty'"
        ends = {url.rpartition("/story/")[2]: (outcome, why) for url, outcome, why in ask(folder, sql)}
        for name, (_, right) in faulty.PAGES.items():
            outcome, reason = ends.get(name, ("", "no outcome"))
            lost = int("new" in right and len(right) == 1 and outcome != "new")
            end = f"{outcome}: {reason}" if reason else outcome
            costs.append(report(name, end, code, cost_of(folder, lost)))
        for source, error in ask(folder, "SELECT source_id, error FROM listings WHERE error IS NOT NULL"):
            costs.append(report(source, f"source fails: {error}", code, cost_of(folder, 0)))
    return costs


ENDLESS = {
    "a feed with 100,000 entries": ("feeds", "long", "limit = 5"),
    "sitemaps that name each other": ("sitemaps", "map-a.xml", ""),
}
"""Listings without an end: the key of the seed file, the path, and more lines of the seed file."""


def list_endlessly(name: str) -> Cost:
    """Crawl a host with a listing that has no end."""
    kind, path, more = ENDLESS[name]
    with tempfile.TemporaryDirectory() as temporary, faulty.listening(faulty.HOST, faulty.respond) as port:
        folder, home = Path(temporary), f"http://{faulty.HOST}:{port}/"
        seed = f'home = "{home}"\n{kind} = ["{home}{path}"]\ndiscover = false\n{more}\n'
        write_seed(folder, "endless", seed)
        code = crawl(folder)
        sql = "SELECT count(*), sum(coalesce(entries, 0)), coalesce(max(error), 'no error') FROM listings"
        listings, entries, error = ask(folder, sql)[0]
        counts = ask(folder, "SELECT count(*), outcome FROM outcomes GROUP BY 2")
        kept = "SELECT count(*) FILTER (WHERE article_id IS NULL AND state <> 'due') FROM urls"
        ends = f"{listings} listings, {entries} entries, {error}; {', '.join(f'{n} {o}' for n, o in counts)}"
        return report(name, ends, code, cost_of(folder, ask(folder, kept)[0][0]))


def fail_process(name: str) -> Cost:
    """Crawl with a fault of the process, and once more without."""
    with Newspaper(crawl_delay=0) as paper, tempfile.TemporaryDirectory() as temporary:
        desk = Desk(Path(temporary), paper)
        desk.follow("morning")
        end = PROCESS_FAULTS[name](desk)
        paper.heal()
        desk.crawl("--since", "20y")
        wanted = {key(url) for url in paper.articles(HOST)}
        stored = {row[0] for row in ask(desk.folder, "SELECT key FROM urls WHERE article_id IS NOT NULL")}
        cost = cost_of(desk.folder, len(wanted - stored))
        return report(name, " ".join(end.words.split()), end.code, cost)


def main() -> int:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("words", nargs="*", metavar="WORD", help="`nonsense`, or a part of a fault's name")
    words = parser.parse_args().words

    def chosen(name: str) -> bool:
        return not words or any(word in name for word in words)

    print(f"{'fault':44} {'ends in':{WIDE}} {'code':>4} {'lost':>5} {'doubled':>7} {'unaccounted':>11}")
    costs = send_nonsense() if chosen("nonsense") else []
    costs += [list_endlessly(name) for name in ENDLESS if chosen(name)]
    costs += [fail_page(fault) for fault in FAULTS if chosen(fault)]
    costs += [fail_process(name) for name in PROCESS_FAULTS if chosen(name)]
    total = Cost(*(sum(column) for column in zip(*costs, strict=True))) if costs else Cost(0, 0, 0)
    print(
        f"{len(costs)} faults: lost {total.lost}, doubled {total.doubled}, unaccounted for {total.unaccounted}"
    )
    return int(any(total))
