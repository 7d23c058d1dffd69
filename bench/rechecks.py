"""Steps of bench/replay.py: what further looks at every article find. Edits, nothing, or pages never the same twice."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import urllib.parse
import urllib.request
from collections import Counter
from pathlib import Path

from lxml import html

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from replay import CLIPPINGS, FAST, Replay, ledger, rows, run  # noqa: E402

SERVED = ["--fresh", "--everything", "--crawl-delay", "0"]
EDIT = "Correction number 1"
"""What the server's edit begins with."""

STANDS_SQL = """
SELECT a.id, a.text, coalesce(a.standfirst, ''), coalesce(a.image_caption, ''), coalesce(a.description, ''), u.url
FROM urls u JOIN articles a ON a.id = u.article_id WHERE u.key = ?
"""

REVISIONS_SQL = """
SELECT r.article_id, r.title || char(10) || coalesce(r.standfirst, '') || char(10) || r.text,
       a.title || char(10) || coalesce(a.standfirst, '') || char(10) || a.text, r.change, a.revision,
       r.capture_id <> a.capture_id
FROM revisions r JOIN articles a ON a.id = r.article_id
"""


def make_due(work: Path) -> int:
    """As if the hour until the next look at every article had passed; how many are due."""
    with sqlite3.connect(work / "archive.db") as db:
        sql = "UPDATE urls SET due_at = '2026-01-01' WHERE state = 'due' AND article_id IS NOT NULL"
        return db.execute(sql).rowcount


def where_it_stands(page: bytes, held: tuple) -> str:
    """The column that holds the paragraph which an edit was added to, found without our extraction."""
    found = html.fromstring(
        page.decode("utf-8", "replace").encode(), parser=html.HTMLParser(encoding="utf-8")
    )
    for paragraph in found.iter("p"):
        text = " ".join("".join(paragraph.itertext()).split())
        before, edited, _ = text.partition(EDIT)
        if edited:
            end = before.strip()[-40:]
            columns = zip(("text", "standfirst", "caption", "description"), held, strict=True)
            return next(
                (name for name, words in columns if end in " ".join(words.split())), "not in the article"
            )
    return "no paragraph (in a script or an attribute)"


def edit(replay: Replay, work: Path, count: int) -> tuple[set[int], set[int]]:
    """Edit pages until `count` of the edits stand in words that the archive holds; ids of those and of the others."""
    from pipelines.urls.normalize import key

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": replay.url}))
    wanted = replay.ask("articles")
    random.Random(1).shuffle(wanted)
    inside: set[int] = set()
    beside: set[int] = set()
    places: Counter[str] = Counter()
    for url in wanted:
        held = rows(work, STANDS_SQL, key(url))
        if not held or held[0][0] in inside | beside:
            continue
        if len(inside) == count:
            break
        article, *columns, _ = held[0]
        replay.ask(f"revise?{urllib.parse.urlencode({'url': url})}")
        with opener.open(url) as answer:
            page = answer.read()
        place = (
            where_it_stands(page, tuple(columns))
            if EDIT.encode() in page
            else "no edit: no paragraph long enough"
        )
        (inside if place in ("text", "standfirst") else beside).add(article)
        places[place] += 1
    print(f"edited {sum(places.values())}, where the edited paragraph stands: {dict(places.most_common())}")
    return inside, beside


def revise(folder: Path, work: Path, count: str = "20") -> None:
    """Edits, and one look at every article: one revision for each edit of what an article holds, none for others.

    20 edits of articles unless told otherwise (`--option 233` for all).
    """
    with Replay(folder, *SERVED) as replay:
        run(replay.crawl(work, *FAST))
        inside, beside = edit(replay, work, int(count))
        print(f"{make_due(work)} articles are due")
        code, errors = run(replay.crawl(work, *FAST))
        found = rows(work, REVISIONS_SQL)
        revised = {row[0] for row in found}
        exact = sum(EDIT not in row[1] and EDIT in row[2] for row in found)
        print(f"second crawl: exit {code} {errors.strip()[:200]}; {ledger(work)}")
        print(
            f"{len(inside)} articles edited in headline, standfirst or text, {len(beside)} pages elsewhere:"
            f" {len(found)} revisions, of {len(inside & revised)} and {len(beside & revised)} of them"
        )
        print(
            f"in {exact} the edit is in the new words and not in the old ones; {sum(row[5] for row in found)} have a capture each"
        )
        print("kinds:", dict(Counter(", ".join(json.loads(row[3])) for row in found)))
        for article in sorted((inside - revised) | (beside & revised)):
            print("  not as expected:", *rows(work, "SELECT url FROM articles WHERE id = ?", article)[0])


def rechecks(folder: Path, work: Path, rounds: str = "20") -> None:
    """Rounds of looks at every article with nothing changed, then at pages with a clock and rotating boxes."""
    with Replay(folder, *SERVED) as replay:
        run(replay.crawl(work, *FAST))
        answers: Counter[str] = Counter()
        for _ in range(int(rounds)):
            due = make_due(work)
            replay.ask("reset")
            run(replay.crawl(work, *FAST))
            stats = replay.ask("stats")
            answers["looks"] += due
            answers["pages sent"] += stats["articles_sent"]
            answers["304"] += stats["answers"].get("304", 0)
        print(
            f"{rounds} rounds, nothing changed: {dict(answers)}; revisions {count_of(work, 'revisions')}; {ledger(work)}"
        )
    restless(work / "restless", int(rounds))


def count_of(work: Path, table: str) -> int:
    return int(rows(work, f"SELECT count(*) FROM {table}")[0][0])


def restless(work: Path, rounds: int) -> None:
    """A page with a clock, counters and three kinds of rotating boxes, crawled again and again."""
    from tests.restless import HOME, LAYOUTS, page_of
    from tests.web import Web

    work.mkdir(exist_ok=True)
    with Web() as web:
        addresses = {f"{HOME}2026/11/23/{layout}": layout for layout in LAYOUTS}
        for address, layout in addresses.items():
            web.pages[address] = page_of(layout)
        environment = {**os.environ, "http_proxy": web.url, "no_proxy": "", "PYTHONPATH": str(ROOT)}
        for _ in range(rounds + 1):
            command = [*CLIPPINGS, "fetch", "archive.db", "-s", "DOWNLOAD_DELAY=0", *addresses]
            subprocess.run(command, cwd=work, env=environment, check=True, stdout=subprocess.DEVNULL)
        looks = Counter(status for url, status in web.asked if url in addresses)
    print(
        f"pages with a clock and rotating boxes: answers {dict(looks)}, captures {count_of(work, 'captures')},"
        f" revisions {count_of(work, 'revisions')}"
    )
