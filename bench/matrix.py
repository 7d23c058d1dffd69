"""The matrix of faults: what each ends in, and that nothing is lost, doubled or unaccounted for.

    python bench/matrix.py [WORD]...

Crawls hosts that send raw nonsense, the bundled newspaper once a fault, and once a mishap of the crawl itself; all on
loopback, about six minutes. With words, only the faults whose name has one of them.
`lost` are articles that the fault cost for good: other ones than the page that has it, neither held nor owed still; after
a mishap, those not held when one more crawl has ended. `unaccounted` are URLs without exactly one outcome in a crawl.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.mishaps import MISHAPS
from pipelines.urls.normalize import key
from tests import faulty
from tests.conftest import Desk
from tests.newspaper.client import Newspaper

ROOT = Path(__file__).resolve().parent.parent
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
WIDE = 90
"""Letters of the column that says what a fault ends in."""
OPTIONS = ["DOWNLOAD_DELAY=0", "DOWNLOAD_TIMEOUT=3", "RETRY_TIMES=1", "HOST_FAILURES_MAX=99"]


def crawl(folder: Path, **environment: str) -> int:
    env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    words = [word for option in OPTIONS for word in ("-s", option)]
    command = [sys.executable, "-m", "crawler", "crawl", "archive.db", *words]
    return subprocess.run(
        command,
        cwd=folder,
        env={**env, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
    ).returncode


def ask(folder: Path, sql: str) -> list[tuple[str, ...]]:
    db = sqlite3.connect(folder / "archive.db")
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def left_over(folder: Path) -> tuple[int, int]:
    """(articles doubled, URLs without exactly one outcome) of all crawls in the folder."""
    doubled = len(ask(folder, "SELECT url FROM articles GROUP BY url HAVING count(*) > 1"))
    sql = "SELECT pending_at_start + found - (SELECT count(*) FROM outcomes WHERE crawl_id = c.id) FROM crawls c"
    unsettled = "SELECT 1 FROM urls WHERE via IS NOT 'alias' AND url NOT IN (SELECT url FROM outcomes)"
    return doubled, sum(abs(int(n)) for (n,) in ask(folder, sql)) + len(ask(folder, unsettled))


def row(name: str, ends: str, code: int, lost: int, doubled: int, unaccounted: int) -> tuple[int, int, int]:
    print(f"{name[:44]:44} {ends[:WIDE]:{WIDE}} {code:4} {lost:5} {doubled:7} {unaccounted:11}", flush=True)
    return lost, doubled, unaccounted


def newspaper(fault: str) -> tuple[int, int, int]:
    """One crawl of one site of the newspaper on which one article (or the listings) has the fault."""
    with Newspaper(crawl_delay=0) as paper, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "seeds").mkdir()
        (folder / "seeds" / "morning.toml").write_text(f'home = "http://{HOST}/"\n')
        wanted = {key(url) for url in paper.articles(HOST)}
        ill = paper.articles(HOST)[0]
        paper.fault(fault if "path=" in fault else f"{fault} path=^/{ill.split('/', 3)[3]}")
        code = crawl(folder, http_proxy=paper.proxy)
        ends = {
            key(url): (out, why or "")
            for url, out, why in ask(folder, "SELECT url, outcome, reason FROM outcomes")
        }
        if "path=" in fault:  # what listings alone name comes in when they are well again
            error = ask(
                folder, "SELECT error FROM listings WHERE error IS NOT NULL AND kind <> 'section' LIMIT 1"
            )
            paper.heal()
            crawl(folder, http_proxy=paper.proxy)
            end, lost_from = f"listing: {error[0][0] if error else 'well'}", wanted
        else:
            end, lost_from = ": ".join(filter(None, ends.get(key(ill), ("", "")))), wanted - {key(ill)}
        held = {
            k for (k,) in ask(folder, "SELECT key FROM urls WHERE article_id IS NOT NULL OR state = 'due'")
        }
        return row(fault, end, code, len(lost_from - held), *left_over(folder))


def nonsense() -> list[tuple[int, int, int]]:
    """One crawl of the hosts that send raw nonsense or wrong certificates."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "seeds").mkdir()
        with faulty.listening(faulty.HOST, faulty.respond) as port, faulty.tls_hosts(folder) as homes:
            hosts = {"faulty": f"http://{faulty.HOST}:{port}/", **homes}
            hosts |= {"refused": "http://127.0.0.31:9/", "unknown": "http://nowhere.invalid/"}
            for name, home in hosts.items():
                text = f'home = "{home}"\nfeeds = ["{home}feed"]\ndiscover = false\n'
                (folder / "seeds" / f"{name}.toml").write_text(text)
            code = crawl(folder, SSL_CERT_FILE=str(folder / "ca.pem"))
        doubled, unaccounted = left_over(folder)
        ends = {
            url.rpartition("/story/")[2]: (out, why or "")
            for url, out, why in ask(
                folder, "SELECT url, outcome, reason FROM outcomes WHERE source_id = 'faulty'"
            )
        }
        for name, (_, right) in faulty.PAGES.items():
            outcome, reason = ends.get(name, ("", "no outcome"))
            lost = int("new" in right and len(right) == 1 and outcome != "new")
            rows.append(
                row(name, f"{outcome}: {reason}" if reason else outcome, code, lost, doubled, unaccounted)
            )
        for source, error in ask(folder, "SELECT source_id, error FROM listings WHERE error IS NOT NULL"):
            rows.append(row(source, f"source fails: {error}", code, 0, doubled, unaccounted))
    return rows


def endless() -> list[tuple[int, int, int]]:
    """Listings without an end: one crawl each."""
    rows = []
    lists = {
        "a feed with 100,000 entries": ("feeds", "long", "limit = 5"),
        "sitemaps that name each other": ("sitemaps", "map-a.xml", ""),
    }
    for name, (kind, path, more) in lists.items():
        with (
            tempfile.TemporaryDirectory() as temporary,
            faulty.listening(faulty.HOST, faulty.respond) as port,
        ):
            folder, home = Path(temporary), f"http://{faulty.HOST}:{port}/"
            (folder / "seeds").mkdir()
            text = f'home = "{home}"\n{kind} = ["{home}{path}"]\ndiscover = false\n{more}\n'
            (folder / "seeds" / "endless.toml").write_text(text)
            code = crawl(folder)
            looks, entries, errors = ask(
                folder,
                "SELECT count(*), sum(coalesce(entries, 0)), coalesce(max(error), 'no error') FROM listings",
            )[0]
            counts = ", ".join(
                f"{n} {o}" for o, n in ask(folder, "SELECT outcome, count(*) FROM outcomes GROUP BY 1")
            )
            named = ask(folder, "SELECT count(*) FROM urls")[0][0]
            lost = (
                named
                - ask(folder, "SELECT count(*) FROM urls WHERE article_id IS NOT NULL OR state = 'due'")[0][0]
            )
            ends = f"{looks} looks, {entries} entries, {errors}; {counts}"
            rows.append(row(name, ends, code, lost, *left_over(folder)))
    return rows


def mishap(name: str) -> tuple[int, int, int]:
    """One crawl that the mishap befalls, and one more."""
    with Newspaper(crawl_delay=0) as paper, tempfile.TemporaryDirectory() as temporary:
        desk = Desk(Path(temporary), paper)
        desk.follow("morning")
        ends, code = MISHAPS[name](desk)
        paper.heal()
        desk.crawl("--since", "20y")
        wanted = {key(url) for url in paper.articles(HOST)}
        held = {k for (k,) in ask(desk.folder, "SELECT key FROM urls WHERE article_id IS NOT NULL")}
        return row(name, " ".join(ends.split()), code, len(wanted - held), *left_over(desk.folder))


def main() -> None:
    words = sys.argv[1:]

    def chosen(name: str) -> bool:
        return not words or any(word in name for word in words)

    print(f"{'fault':44} {'ends in':{WIDE}} {'code':>4} {'lost':>5} {'doubled':>7} {'unaccounted':>11}")
    rows = [*nonsense()] if chosen("nonsense") else []
    rows += endless() if chosen("endless") else []
    rows += [newspaper(fault) for fault in FAULTS if chosen(fault)]
    rows += [mishap(name) for name in MISHAPS if chosen(name)]
    lost, doubled, unaccounted = (sum(column) for column in zip(*rows, strict=True))
    print(f"{len(rows)} faults: lost {lost}, doubled {doubled}, unaccounted for {unaccounted}")
    sys.exit(1 if lost or doubled or unaccounted else 0)


if __name__ == "__main__":
    main()
