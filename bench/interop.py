"""Compare articles crawled with the same pages written to WARC by wget and by warcio, and imported.

python -m bench interop FOLDER    # needs wget
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.harness import FAST, SERVED, ReplayServer, argument_parser, rows, start_offline, wait, work_folder

Articles = dict[str, dict[str, Any]]
"""The rows of `articles` by URL, each with the frontier's hints."""

EXPECTED = {
    "id": "numbered as they came in",
    "capture_id": "numbered as they came in",
    "first_seen_at": "when each was fetched",
    "checked_at": "when each was fetched",
}
"""Columns that say when and in what order, not what is on the page."""

FOLLOWS = {"published_from": ("published_at",), "modified_at": ("modified_at", "published_at")}
"""A hint of one column may decide another: no article was modified before it was published."""


def measure(folder: Path, work: Path) -> None:
    """Crawl 200 pages, have them written by each tool, import that and compare the rows."""
    with ReplayServer(folder, *SERVED, "--copies", "2") as server:
        wait(server.crawl(work, *FAST))
        sql = (
            "SELECT a.url, c.url FROM articles a JOIN captures c ON c.id = a.capture_id"
            " WHERE a.duplicate_of IS NULL ORDER BY a.id LIMIT 200"
        )
        captured: dict[str, str] = dict(rows(work, sql))
        (work / "urls.txt").write_text("\n".join(captured.values()))
        write_by_wget(server, work)
        write_by_warcio(server, work)
    for tool in ("wget", "warcio"):
        for file in work.glob(f"{tool}.db*"):
            file.unlink()
        process = start_offline(
            work, "replay", f"{tool}.db", f"{tool}.warc.gz", "--seeds", str(work / "seeds")
        )
        print(f"--- written by {tool}\n" + process.communicate()[0].strip())
        compare(read_articles(work / "archive.db"), read_articles(work / f"{tool}.db"), list(captured))


def write_by_wget(server: ReplayServer, work: Path) -> None:
    """As a person would do it; wget names its own headers and asks for no compression. URLs are in `urls.txt`."""
    environment = {**os.environ, "http_proxy": server.url, "no_proxy": ""}
    command = ["wget", "-q", "-i", "urls.txt", "--warc-file=wget", "--delete-after", "--warc-tempdir"]
    subprocess.run([*command, str(work)], cwd=work, env=environment, check=False)


def write_by_warcio(server: ReplayServer, work: Path) -> None:
    """By warcio's own recorder of what http.client receives. URLs are in `urls.txt`."""
    (work / "warcio.warc.gz").unlink(missing_ok=True)
    code = (
        "import sys; from warcio.capture_http import capture_http; import http.client\n"
        "from urllib.parse import urlsplit\n"
        "with capture_http('warcio.warc.gz'):\n"
        "  for url in open('urls.txt').read().split():\n"
        "    to = http.client.HTTPConnection(sys.argv[1])\n"
        "    to.request('GET', url, headers={'Host': urlsplit(url).netloc, 'Accept-Encoding': 'gzip'})\n"
        "    to.getresponse().read(); to.close()\n"
    )
    subprocess.run([sys.executable, "-c", code, server.url.removeprefix("http://")], cwd=work, check=True)


def read_articles(archive: Path) -> Articles:
    hints_sql = "SELECT article_id, hints FROM urls WHERE article_id IS NOT NULL AND via <> 'alias'"
    with closing(sqlite3.connect(archive)) as db:
        hints = dict(db.execute(hints_sql).fetchall())
        db.row_factory = sqlite3.Row
        found = {row["url"]: dict(row) for row in db.execute("SELECT * FROM articles")}
    for row in found.values():
        row["hints"] = json.loads(hints.get(row["id"]) or "{}")
    return found


def compare(crawled: Articles, imported: Articles, urls: list[str]) -> None:
    """Compare column by column; a feed or sitemap explains a difference, or it is printed."""
    differing: Counter[str] = Counter()
    unexplained = []
    missing = [url for url in urls if url not in imported]
    for url in set(urls) - set(missing):
        for column, one in crawled[url].items():
            other = imported[url][column]
            if column in EXPECTED or column == "hints" or one == other:
                continue
            hinted = any(crawled[url]["hints"].get(name) for name in FOLLOWS.get(column, (column,)))
            differing[column + (" (by a feed or sitemap)" if hinted else "")] += 1
            if not hinted:
                unexplained.append((url, column, one, other))
    print(f"{len(urls)} pages, {len(urls) - len(missing)} of them imported as articles; left out {missing}")
    print(f"columns compared: {len(next(iter(crawled.values()))) - 1 - len(EXPECTED)}, not {EXPECTED}")
    print(f"rows that differ, by column: {dict(differing) or 'none'}")
    for url, *parts in unexplained:
        print("  unexplained:", url, *[repr(part)[:110] for part in parts])


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", type=Path, help="work in this folder and leave everything there")
    args = parser.parse_args()
    with work_folder(args.keep) as work:
        measure(args.folder, work)
