"""Crawl sites whose pages are copies of each other but for one sentence: site memory must take nothing out.

python -m bench near_copies FOLDER
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from bench.harness import FAST, SERVED, ReplayServer, argument_parser, rows, wait, work_folder
from pipelines.archive.records import Place
from pipelines.archive.warc.reader import response
from pipelines.decisions.boilerplate import LEAST_STORIES
from pipelines.extraction.extract import extract
from pipelines.items import Page

COPIES = 20
SITES = 40
"""Those with most articles first: about 2,600 pages, two to four minutes."""


def measure(folder: Path, work: Path) -> None:
    with ReplayServer(folder, *SERVED, "--copies", str(COPIES)) as server:
        sizes = {host: count // COPIES for host, count in server.ask("sites").items()}
        chosen = sorted(sizes, key=lambda host: (-sizes[host], host))[:SITES]
        stories = {host.replace(".", "-"): sizes[host] for host in chosen}
        began = time.monotonic()
        sources = [word for name in stories for word in ("--source", name)]
        code, _ = wait(server.crawl(work, *FAST, *sources))
        print(
            f"exit code {code} after {time.monotonic() - began:.0f} s; {len(chosen)} sites,"
            f" {sum(stories.values())} stories, {COPIES} copies of each"
        )
    report_removed(work, stories)


def report_removed(work: Path, stories: dict[str, int]) -> None:
    """Compare each stored text with what extraction finds in its capture without memory. `stories`: by source."""
    checked, removed = 0, Counter[tuple[str, str]]()
    sql = (
        "SELECT a.source_id, a.url, a.text, c.warc_file, c.warc_offset, c.warc_length, c.fetched_at"
        " FROM articles a JOIN captures c ON c.id = a.capture_id"
    )
    for source, url, text, file, offset, length, fetched_at in rows(work, sql):
        _, headers, body = response(work / "archive.db", Place(file, offset, length))
        whole = extract(Page(url=url, body=body, headers=headers, fetched_at=fetched_at)).text
        stored = set(text.split("\n"))
        checked += 1
        removed.update((source, line) for line in whole.split("\n") if line.strip() and line not in stored)
    learned = rows(work, "SELECT source_id, text, pages FROM boilerplate ORDER BY source_id")
    few = [row for row in learned if stories[row[0]] < LEAST_STORIES]
    wrong = sum(n for (source, _), n in removed.items() if stories[source] < LEAST_STORIES)
    print(
        f"texts compared with their captures {checked}; boilerplate rows learned {len(learned)}, lines taken out {removed.total()}"
    )
    print(
        f"of these on sites with fewer than {LEAST_STORIES} different stories (near-copies only): rows {len(few)}, lines {wrong}"
    )
    for source, text, pages in learned:
        print(f"  {source} ({stories[source]} stories, {pages} pages): {text[:110]}")


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", type=Path, help="work in this folder and leave the archive there")
    args = parser.parse_args()
    with work_folder(args.keep) as work:
        measure(args.folder, work)
