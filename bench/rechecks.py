"""Fetch saved pages again: after edits, with nothing changed, and pages that are never the same twice.

    python -m bench rechecks FOLDER revise [--count 20]    # edits: one revision for each, none for other pages
    python -m bench rechecks FOLDER rounds [--count 20]    # nothing changed, then clocks and rotating boxes

`--count` is the number of edits of articles (233 edits all saved pages), or of rounds.
"""

from __future__ import annotations

import json
import random
import subprocess
import urllib.parse
from collections import Counter
from pathlib import Path

from lxml import html

from bench.harness import (
    CLIPPINGS,
    FAST,
    SERVED,
    ReplayServer,
    Row,
    argument_parser,
    count_rows,
    environment_for,
    ledger,
    make_due,
    rows,
    value,
    wait,
    work_folder,
)
from pipelines.urls.normalize import key
from tests.restless import HOME, LAYOUTS, page_of
from tests.web import Web

EDIT = "Correction number 1"
"""The first words of the server's edit."""

COLUMNS_SQL = """
SELECT a.id, a.text, coalesce(a.standfirst, ''), coalesce(a.image_caption, ''), coalesce(a.description, '')
FROM urls u JOIN articles a ON a.id = u.article_id WHERE u.key = ?
"""

REVISIONS_SQL = """
SELECT r.article_id, r.title || char(10) || coalesce(r.standfirst, '') || char(10) || r.text,
       a.title || char(10) || coalesce(a.standfirst, '') || char(10) || a.text, r.change,
       r.capture_id <> a.capture_id
FROM revisions r JOIN articles a ON a.id = r.article_id
"""


def find_column(page: bytes, columns: Row) -> str:
    """Return the column that holds the edited paragraph, found without our extraction.

    `columns` are the article's text, standfirst, caption and description.
    """
    found = html.fromstring(
        page.decode("utf-8", "replace").encode(), parser=html.HTMLParser(encoding="utf-8")
    )
    for paragraph in found.iter("p"):
        text = " ".join("".join(str(part) for part in paragraph.itertext()).split())
        before, edited, _ = text.partition(EDIT)
        if edited:
            end = before.strip()[-40:]
            named = zip(("text", "standfirst", "caption", "description"), columns, strict=True)
            return next(
                (name for name, words in named if end in " ".join(words.split())), "not in the article"
            )
    return "no paragraph (in a script or an attribute)"


def edit(server: ReplayServer, work: Path, count: int) -> tuple[set[int], set[int]]:
    """Edit pages until `count` edits are in words that the archive holds; return ids of those and of the others."""
    wanted = server.ask("articles")
    random.Random(1).shuffle(wanted)
    inside: set[int] = set()
    beside: set[int] = set()
    places: Counter[str] = Counter()
    for url in wanted:
        stored = rows(work, COLUMNS_SQL, key(url))
        if not stored or stored[0][0] in inside | beside:
            continue
        if len(inside) == count:
            break
        article, *columns = stored[0]
        server.ask(f"revise?{urllib.parse.urlencode({'url': url})}")
        page = server.fetch(url)
        place = "no edit: no paragraph long enough"
        if EDIT.encode() in page:
            place = find_column(page, tuple(columns))
        (inside if place in ("text", "standfirst") else beside).add(article)
        places[place] += 1
    print(f"edited {sum(places.values())}; the edited paragraph is in: {dict(places.most_common())}")
    return inside, beside


def revise(folder: Path, work: Path, count: int) -> None:
    """Edit pages and fetch every article: one revision for each edit of an article's words, none for others."""
    with ReplayServer(folder, *SERVED) as server:
        wait(server.crawl(work, *FAST))
        inside, beside = edit(server, work, count)
        print(f"{make_due(work)} articles are due")
        code, errors = wait(server.crawl(work, *FAST))
    found = rows(work, REVISIONS_SQL)
    revised = {row[0] for row in found}
    exact = sum(EDIT not in old and EDIT in new for _, old, new, *_ in found)
    print(f"second crawl: exit {code} {errors.strip()[:200]}; {ledger(work)}")
    print(
        f"{len(inside)} articles edited in headline, standfirst or text, {len(beside)} pages elsewhere:"
        f" {len(found)} revisions, of {len(inside & revised)} and {len(beside & revised)} of them"
    )
    captured = sum(own for *_, own in found)
    print(f"in {exact} the edit is in the new words and not in the old ones; {captured} have a capture each")
    print("kinds:", dict(Counter(", ".join(json.loads(change)) for *_, change, _ in found)))
    for article in sorted((inside - revised) | (beside & revised)):
        print("  not as expected:", value(work, "SELECT url FROM articles WHERE id = ?", article))


def rounds(folder: Path, work: Path, count: int) -> None:
    """Fetch every article `count` times with nothing changed, then pages with a clock and rotating boxes."""
    with ReplayServer(folder, *SERVED) as server:
        wait(server.crawl(work, *FAST))
        answers: Counter[str] = Counter()
        for _ in range(count):
            due = make_due(work)
            server.ask("reset")
            wait(server.crawl(work, *FAST))
            stats = server.ask("stats")
            answers["due"] += due
            answers["pages sent"] += stats["articles_sent"]
            answers["304"] += stats["answers"].get("304", 0)
    print(
        f"{count} rounds, nothing changed: {dict(answers)}; revisions {count_rows(work, 'revisions')}; {ledger(work)}"
    )
    fetch_restless(work / "restless", count)


def fetch_restless(work: Path, count: int) -> None:
    """Fetch pages with a clock, counters and three kinds of rotating boxes again and again."""
    work.mkdir(exist_ok=True)
    with Web() as web:
        addresses = {f"{HOME}2026/11/23/{layout}": layout for layout in LAYOUTS}
        for address, layout in addresses.items():
            web.pages[address] = page_of(layout)
        command = [*CLIPPINGS, "fetch", "archive.db", *FAST, *addresses]
        for _ in range(count + 1):
            subprocess.run(
                command, cwd=work, env=environment_for(web.url), check=True, stdout=subprocess.DEVNULL
            )
        answers = Counter(status for url, status in web.asked if url in addresses)
    print(
        f"pages with a clock and rotating boxes: responses {dict(answers)}, captures {count_rows(work, 'captures')},"
        f" revisions {count_rows(work, 'revisions')}"
    )


def main() -> None:
    steps = {step.__name__: step for step in (revise, rounds)}
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("step", choices=steps)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--keep", type=Path, help="work in this folder and leave the archive there")
    args = parser.parse_args()
    with work_folder(args.keep) as work:
        steps[args.step](args.folder, work, args.count)
