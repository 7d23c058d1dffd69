"""A step of bench/replay.py: sites whose pages are copies of each other but for one sentence."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from replay import FAST, Replay, rows, run  # noqa: E402

from pipelines.archive.records import Place  # noqa: E402
from pipelines.archive.warc.reader import response  # noqa: E402
from pipelines.decisions.boilerplate import LEAST_STORIES  # noqa: E402
from pipelines.extraction.extract import extract  # noqa: E402
from pipelines.items import Page  # noqa: E402

COPIES = 20
COPIED_SITES = 40
"""Sites of `copies`, those with most articles first: about 2,600 pages, two to four minutes."""


def copies(folder: Path, work: Path) -> None:
    """A site's pages are copies of each other but for one sentence; site memory must eat nothing."""
    with Replay(folder, "--fresh", "--everything", "--crawl-delay", "0", "--copies", str(COPIES)) as replay:
        sizes = {host: count // COPIES for host, count in replay.ask("sites").items()}
        chosen = sorted(sizes, key=lambda host: (-sizes[host], host))[:COPIED_SITES]
        stories = {host.replace(".", "-"): sizes[host] for host in chosen}
        began = time.monotonic()
        code, _ = run(replay.crawl(work, *FAST, *(word for name in stories for word in ("--source", name))))
        print(
            f"exit code {code} after {time.monotonic() - began:.0f} s; {len(chosen)} sites,"
            f" {sum(stories.values())} stories, {COPIES} copies of each"
        )
    report_eaten(work, stories)


def report_eaten(work: Path, stories: dict[str, int]) -> None:
    """The texts held against what extraction finds in their captures, without memory. `stories`: by source."""
    checked, eaten = 0, Counter[tuple[str, str]]()
    sql = (
        "SELECT a.source_id, a.url, a.text, c.warc_file, c.warc_offset, c.warc_length, c.fetched_at"
        " FROM articles a JOIN captures c ON c.id = a.capture_id"
    )
    for source, url, text, file, offset, length, fetched_at in rows(work, sql):
        _, headers, body = response(work / "archive.db", Place(file, offset, length))
        whole = extract(Page(url=url, body=body, headers=headers, fetched_at=fetched_at)).text
        held = set(text.split("\n"))
        checked += 1
        eaten.update((source, line) for line in whole.split("\n") if line.strip() and line not in held)
    learned = rows(work, "SELECT source_id, text, pages FROM boilerplate ORDER BY source_id")
    few = [row for row in learned if stories[row[0]] < LEAST_STORIES]
    wrong = sum(n for (source, _), n in eaten.items() if stories[source] < LEAST_STORIES)
    print(
        f"texts compared with their captures {checked}; boilerplate rows learned {len(learned)}, lines taken out {eaten.total()}"
    )
    print(
        f"of these on sites with fewer than {LEAST_STORIES} different stories (near-copies only): rows {len(few)}, lines {wrong}"
    )
    for source, text, pages in learned:
        print(f"  {source} ({stories[source]} stories, {pages} pages): {text[:110]}")
