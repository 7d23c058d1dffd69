"""Does the account of every site add up? A step of bench/replay.py: `python bench/replay.py FOLDER accounts`."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter, defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from replay import CLIPPINGS, FAST, FAULTS, HERE, Replay, ledger, rows, run

if TYPE_CHECKING:
    from pathlib import Path


def accounts(folder: Path, work: Path) -> None:
    """After two crawls with faults: is listed = held + not held with a reason, for every site?"""
    options = ["--fresh", "--everything", "--crawl-delay", "0"]
    for fault in FAULTS:
        options += ["--fault", fault]
    with Replay(folder, *options) as replay:
        for _ in (1, 2):
            run(replay.crawl(work, *FAST, "-s", "DOWNLOAD_TIMEOUT=10"))
        served = Counter(str(urlsplit(url).hostname).replace(".", "-") for url in replay.ask("articles"))
    sites = coverage(work)
    wrong = [site for site in sorted(served) if not adds_up(work, site, served[site], sites[site])]
    for site in wrong:
        print(f"  {site}: served {served[site]}, {dict(sites[site])}")
    total = sum((sites[site] for site in served), Counter())
    print(f"{len(served)} sites: {dict(total)}")
    print(f"sites whose account does not add up: {len(wrong)}; {ledger(work)}")


def coverage(work: Path) -> dict[str, Counter[str]]:
    """What `clippings coverage` says of each site, its days summed."""
    command = [*CLIPPINGS, "coverage", str(work / "archive.db"), "--json", "--days", "36500"]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    done = subprocess.run(command, env=environment, cwd=work, text=True, check=True, capture_output=True)
    sites: dict[str, Counter[str]] = defaultdict(Counter)
    for row in json.loads(done.stdout)["coverage"]:
        sites[row["source_id"]].update({name: n for name, n in row.items() if isinstance(n, int)})
    return sites


def adds_up(work: Path, site: str, served: int, counts: Counter[str]) -> bool:
    """Whether the sums are right, every URL of the frontier is in them, and each that is not held has its reason.

    All that the server has is listed, unless a listing failed: what it alone names may not be known yet.
    """
    others = sum(n for name, n in counts.items() if name not in ("listed", "held"))
    urls = one(work, "SELECT count(*) FROM urls WHERE source_id = ? AND via NOT IN ('alias', 'given')", site)
    unexplained = "SELECT count(*) FROM listed WHERE source_id = ? AND outcome NOT IN ('held', 'pending') AND reason IS NULL"
    broken = one(work, "SELECT count(*) FROM listings WHERE source_id = ? AND error IS NOT NULL", site)
    whole = counts["listed"] >= served or broken > 0
    return counts["listed"] == counts["held"] + others == urls and whole and not one(work, unexplained, site)


def one(work: Path, sql: str, site: str) -> int:
    return int(rows(work, sql, site)[0][0])
