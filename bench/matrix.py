"""The matrix of faults: what each ends in, and that nothing is lost, doubled or unaccounted for.

    python bench/matrix.py

Crawls the bundled newspaper once a fault, and hosts that send raw nonsense; all on loopback, about two minutes.
`lost` are other articles of the site that the fault cost, neither held nor owed still; `unaccounted` URLs without exactly one outcome.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipelines.addresses import key
from tests import faulty
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


def sums(folder: Path) -> tuple[int, int]:
    """(articles doubled, URLs without exactly one outcome) of the folder's only crawl."""
    doubled = len(ask(folder, "SELECT url FROM articles GROUP BY url HAVING count(*) > 1"))
    found = ask(folder, "SELECT abs(owed + found - (SELECT count(*) FROM outcomes)) FROM crawls")
    return doubled, int(found[0][0])


def row(name: str, ends: str, code: int, lost: int, doubled: int, unaccounted: int) -> tuple[int, int, int]:
    print(f"{name[:44]:44} {ends[:70]:70} {code:4} {lost:5} {doubled:7} {unaccounted:11}", flush=True)
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
        doubled, unaccounted = (
            len(ask(folder, "SELECT url FROM articles GROUP BY url HAVING count(*) > 1")),
            0,
        )
        crawls = ask(
            folder,
            "SELECT owed + found - (SELECT count(*) FROM outcomes WHERE crawl_id = c.id) FROM crawls c",
        )
        unaccounted = sum(abs(int(n)) for (n,) in crawls)
        return row(fault, end, code, len(lost_from - held), doubled, unaccounted)


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
        doubled, unaccounted = sums(folder)
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


def main() -> None:
    print(f"{'fault':44} {'ends in':70} {'code':>4} {'lost':>5} {'doubled':>7} {'unaccounted':>11}")
    rows = [*nonsense(), *(newspaper(fault) for fault in FAULTS)]
    lost, doubled, unaccounted = (sum(column) for column in zip(*rows, strict=True))
    print(f"{len(rows)} faults: lost {lost}, doubled {doubled}, unaccounted for {unaccounted}")
    print(
        "kill -9, SIGTERM, two crawls at once, a cut WAL, a full disk, a reader, a newer archive: tests/test_accounting.py,"
    )
    print("tests/test_crawl.py and tests/test_faults.py, with the same sums")


if __name__ == "__main__":
    main()
