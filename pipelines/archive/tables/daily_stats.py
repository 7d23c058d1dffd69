"""The table `_source_daily_stats`: what each source did on each day of crawling, counted from outcomes and articles."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from pipelines.extraction.interstitials import begins_with_prompt
from pipelines.timestamps import days_before

if TYPE_CHECKING:
    from sqlite_utils import Database

HISTORY = 130
"""Days that are judged: the past, the longest window, and room for days without a crawl."""
ALIKE_DAYS = 3
"""An article is compared with those first seen in the so many days before it."""
BEGINNING = 80
"""Two articles that share so many first letters are alike: no accident makes that."""

OUTCOMES_SQL = """
SELECT o.source_id, substr(o.at, 1, 10) AS day,
       count(*) AS pages,
       sum(o.outcome = 'failed') AS failed,
       sum(o.outcome = 'excluded' AND o.reason = 'robots.txt forbids it') AS refused,
       sum(o.outcome = 'empty') AS empty
FROM outcomes o JOIN crawls c ON c.id = o.crawl_id
WHERE c.started_at >= :from AND o.at >= :day AND o.outcome <> 'deferred'
GROUP BY 1, 2
"""

ARTICLES_SQL = """
SELECT source_id, substr(first_seen_at, 1, 10), title, authors, published_at, access, word_count,
       substr(text, 1, 300)
FROM articles WHERE first_seen_at >= ? AND duplicate_of IS NULL
"""

FOLLOWED_SQL = """
SELECT DISTINCT value, substr(started_at, 1, 10) FROM crawls JOIN json_each(crawls.sources)
WHERE started_at >= ? AND value IN (SELECT id FROM sources)
"""
COLUMNS = (
    "articles, pages, failed, refused, empty, paywalled, untitled, unsigned, undated, alike, prompts, words"
)


def count_days(db: Database, today: str) -> None:
    """Count today, and again the last day that was counted: it went on after that. Needs an open transaction."""
    last = db.execute("SELECT max(day) FROM _source_daily_stats").fetchone()[0]
    first = min(max(last or "", days_before(today, HISTORY)), today)
    figures: dict[tuple[str, str], dict[str, Any]] = {
        tuple(row): {} for row in db.execute(FOLLOWED_SQL, [first])
    }
    counted = db.query(OUTCOMES_SQL, {"from": days_before(first, 2), "day": first})
    for row in counted:
        place = figures.get((row.pop("source_id"), row.pop("day")))
        if place is not None:
            place.update(row)
    for key, values in _count_articles(db, first).items():
        if key in figures:
            figures[key].update(values)
    names = [*COLUMNS.split(", ")]
    db.conn.executemany(
        f"INSERT OR REPLACE INTO _source_daily_stats (source_id, day, {COLUMNS})"
        f" VALUES (?, ?, {', '.join('?' * len(names))})",
        [(*key, *(values.get(name, 0) for name in names)) for key, values in figures.items()],
    )


def _count_articles(db: Database, first: str) -> dict[tuple[str, str], dict[str, Any]]:
    """(source id, day) to the columns about articles, for articles first seen on the day `first` or later."""
    rows = db.execute(ARTICLES_SQL, [days_before(first, ALIKE_DAYS)]).fetchall()
    begin: dict[tuple[str, str], int] = {}
    for source, *_, text in rows:
        if text:
            key = (source, beginning_of(text))
            begin[key] = begin.get(key, 0) + 1
    found: dict[tuple[str, str], dict[str, Any]] = {}
    lengths: dict[tuple[str, str], list[int]] = {}
    for source, day, title, authors, published, access, words, text in rows:
        if day < first:
            continue
        values = found.setdefault(
            (source, day), dict.fromkeys(COLUMNS.split(", ")[:1] + COLUMNS.split(", ")[5:], 0)
        )
        values["articles"] += 1
        values["paywalled"] += access == "paywalled"
        values["untitled"] += not title
        values["unsigned"] += authors == "[]"
        values["undated"] += not published
        values["alike"] += bool(text) and begin[source, beginning_of(text)] > 1
        values["prompts"] += begins_with_prompt(text or "")
        lengths.setdefault((source, day), []).append(words)
    for key, all_words in lengths.items():
        found[key]["words"] = median(all_words)
    return found


def beginning_of(text: str) -> str:
    """The first letters of a text, by which two articles are alike."""
    return " ".join(text.split())[:BEGINNING].casefold()
