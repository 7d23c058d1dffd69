"""Steps of bench/captures.py: WARC files that other tools write, and what comes of taking them in."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

from commands import SERVED, command
from replay import FAST, Replay, rows, run

if TYPE_CHECKING:
    from pathlib import Path

TOLD = {
    "id": "numbered as they came in",
    "capture_id": "numbered as they came in",
    "first_seen_at": "when each was fetched",
    "checked_at": "when each was fetched",
}
"""Columns that say when and in what order, not what is on the page."""

FOLLOWS = {"published_from": ("published_at",), "modified_at": ("modified_at", "published_at")}
"""What a feed says of one column may decide another: no article was modified before it was published."""


def same(folder: Path, work: Path, copies: int) -> None:
    """200 pages crawled, and the same written to WARC by wget and by warcio and taken in: rows compared."""
    with Replay(folder, *SERVED, "--copies", "2") as replay:
        run(replay.crawl(work, *FAST))
        sql = (
            "SELECT a.url, c.url FROM articles a JOIN captures c ON c.id = a.capture_id"
            " WHERE a.duplicate_of IS NULL ORDER BY a.id LIMIT 200"
        )
        answered = dict(rows(work, sql))
        by_wget(replay, work, list(answered.values()))
        by_warcio(replay, work)
    for tool in ("wget", "warcio"):
        for file in work.glob(f"{tool}.db*"):
            file.unlink()
        process = command(work, "replay", f"{tool}.db", f"{tool}.warc.gz", "--seeds", str(work / "seeds"))
        print(f"--- written by {tool}\n" + process.communicate()[0].strip())
        compare(table_of(work / "archive.db"), table_of(work / f"{tool}.db"), list(answered))


def by_wget(replay: Replay, work: Path, urls: list[str]) -> None:
    """As a person would do it; wget names its own headers and asks for no compression."""
    (work / "urls.txt").write_text("\n".join(urls))
    environment = {**os.environ, "http_proxy": replay.url, "no_proxy": ""}
    words = [
        "wget",
        "-q",
        "-i",
        "urls.txt",
        "--warc-file=wget",
        "--delete-after",
        "--warc-tempdir",
        str(work),
    ]
    subprocess.run(words, cwd=work, env=environment, check=False)


def by_warcio(replay: Replay, work: Path) -> None:
    """By warcio's own recorder of what http.client receives; the addresses are in `urls.txt`."""
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
    subprocess.run([sys.executable, "-c", code, replay.url.removeprefix("http://")], cwd=work, check=True)


def table_of(archive: Path) -> dict[str, dict[str, object]]:
    with sqlite3.connect(archive) as db:
        db.row_factory = sqlite3.Row
        hints = dict(
            db.execute("SELECT article_id, hints FROM urls WHERE article_id IS NOT NULL AND via <> 'alias'")
        )
        found = {row["url"]: dict(row) for row in db.execute("SELECT * FROM articles")}
    for row in found.values():
        row["hints"] = json.loads(hints.get(row["id"]) or "{}")
    return found


def compare(crawled: dict, taken: dict, urls: list[str]) -> None:
    """Column by column; a difference is explained by the feed or sitemap, or is not."""
    differing: Counter[str] = Counter()
    unexplained = []
    missing = [url for url in urls if url not in taken]
    for url in set(urls) - set(missing):
        for column, value in crawled[url].items():
            other = taken[url][column]
            if column in TOLD or column == "hints" or value == other:
                continue
            hinted = any(crawled[url]["hints"].get(name) for name in FOLLOWS.get(column, (column,)))
            differing[column + (" (a feed or sitemap said it)" if hinted else "")] += 1
            if not hinted:
                unexplained.append((url, column, value, other))
    print(f"{len(urls)} pages, {len(urls) - len(missing)} of them taken in as articles; left out {missing}")
    print(f"columns compared: {len(next(iter(crawled.values()))) - 1 - len(TOLD)}, not {TOLD}")
    print(f"rows that differ, by column: {dict(differing) or 'none'}")
    for url, *parts in unexplained:
        print("  unexplained:", url, *[repr(part)[:110] for part in parts])
