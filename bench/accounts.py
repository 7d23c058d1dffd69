"""Crawl saved pages with faults, and check that the account of every site adds up.

    python -m bench accounts FOLDER

After two crawls, for every site: URLs listed = URLs stored + URLs not stored, each of these with a reason.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import urlsplit

from bench.harness import (
    CLIPPINGS,
    FAST,
    FAULTS,
    SERVED,
    ReplayServer,
    argument_parser,
    environment_for,
    ledger,
    value,
    wait,
    work_folder,
)


def measure(folder: Path, work: Path) -> None:
    faults = [word for fault in FAULTS for word in ("--fault", fault)]
    with ReplayServer(folder, *SERVED, *faults) as server:
        for _ in (1, 2):
            wait(server.crawl(work, *FAST, "-s", "DOWNLOAD_TIMEOUT=10"))
        served = Counter(str(urlsplit(url).hostname).replace(".", "-") for url in server.ask("articles"))
        sites = read_coverage(server, work)
    wrong = [site for site in sorted(served) if not adds_up(work, site, served[site], sites[site])]
    for site in wrong:
        print(f"  {site}: served {served[site]}, {dict(sites[site])}")
    total = sum((sites[site] for site in served), Counter[str]())
    print(f"{len(served)} sites: {dict(total)}")
    print(f"sites whose account does not add up: {len(wrong)}; {ledger(work)}")


def read_coverage(server: ReplayServer, work: Path) -> dict[str, Counter[str]]:
    """Return the counts of `clippings coverage` of each site, its days summed."""
    command = [*CLIPPINGS, "coverage", str(work / "archive.db"), "--json", "--days", "36500"]
    environment = environment_for(server.url)
    done = subprocess.run(command, env=environment, cwd=work, text=True, check=True, capture_output=True)
    sites: dict[str, Counter[str]] = defaultdict(Counter)
    for row in json.loads(done.stdout)["coverage"]:
        sites[row["source_id"]].update({name: n for name, n in row.items() if isinstance(n, int)})
    return sites


def adds_up(work: Path, site: str, served: int, counts: Counter[str]) -> bool:
    """Tell whether the sums are right, every URL of the frontier is in them, and each that is not stored has its reason.

    All that the server has is listed, unless a listing failed: what it alone names may not be known yet.
    """
    others = sum(n for name, n in counts.items() if name not in ("listed", "held"))
    urls = value(
        work, "SELECT count(*) FROM urls WHERE source_id = ? AND via NOT IN ('alias', 'given')", site
    )
    unexplained = "SELECT count(*) FROM listed WHERE source_id = ? AND outcome NOT IN ('held', 'pending') AND reason IS NULL"
    failed = value(work, "SELECT count(*) FROM listings WHERE source_id = ? AND error IS NOT NULL", site)
    complete = counts["listed"] >= served or failed > 0
    sums_right = counts["listed"] == counts["held"] + others == urls
    return sums_right and complete and not value(work, unexplained, site)


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", type=Path, help="work in this folder and leave the archive there")
    args = parser.parse_args()
    with work_folder(args.keep) as work:
        measure(args.folder, work)
