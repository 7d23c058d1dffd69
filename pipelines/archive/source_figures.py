"""What the archive has of each source in numbers, for `pipelines.decisions.source_state`. It reads; views and alarms share it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any

from pipelines.decisions.source_state import (
    ListingFigures,
    Reason,
    SourceFigures,
    WallFigures,
    needs_reasons,
)
from pipelines.timestamps import days_before

if TYPE_CHECKING:
    from collections.abc import Iterable

CRAWLS = 10
"""Crawls that decide the state, and that pages show."""
RECENT = 90
"""Days that show how often a source publishes."""
PAST_DAYS = 5
"""Days with articles that tell how long those of a source usually are."""
STOPPED = ("interrupted", "killed", "shutdown")
"""How a crawl ends that was stopped; `crawls.reason`."""

OutcomesByCrawl = dict[int, dict[str, int]]
"""Crawl id to outcomes to URLs, the latest crawl first."""


def read_figures(db: Any, only: str | None = None) -> dict[str, SourceFigures]:
    """The figures of every source, or of the one named, by id. `db` is a connection, or a `Database` of sqlite-utils."""
    where, values = ("WHERE id = ?", [only]) if only is not None else ("", [])
    followed = dict(db.execute(f"SELECT id, followed FROM sources {where}", values).fetchall())
    last = db.execute(
        "SELECT started_at, reason FROM crawls ORDER BY started_at DESC, id DESC LIMIT 1"
    ).fetchone()
    today = last[0][:10] if last else ""
    crawls = read_crawls(db, only)
    articles, listings, days = _read_articles(db), _read_listings(db), read_first_seen_days(db, only, today)
    walls = _read_walls(db, today)
    found = {}
    for key in followed:
        held, paywalled = articles.get(key, (0, 0))
        figures = SourceFigures(
            followed=bool(followed[key]),
            articles=held,
            paywalled=paywalled,
            crawls=tuple(crawls[key].values()),
            listings=listings.get(key, ListingFigures()),
            days=days[key],
            today=today,
            wall=walls.get(key, WallFigures()),
            interrupted=bool(last and last[1] in STOPPED),
        )
        if figures.followed and needs_reasons(figures):
            figures = replace(figures, reasons=_read_reasons(db, key, crawls[key]))
        found[key] = figures
    return found


def read_crawls(db: Any, only: str | None) -> defaultdict[str, OutcomesByCrawl]:
    """The outcomes of the last crawls by source."""
    latest = "SELECT id FROM crawls ORDER BY started_at DESC, id DESC LIMIT ?"
    last = [crawl for (crawl,) in db.execute(latest, [CRAWLS])]
    found: defaultdict[str, OutcomesByCrawl] = defaultdict(dict)
    where, values = (" AND source_id = ?", [only]) if only is not None else ("", [])
    sql = f"""
        SELECT source_id, outcome, count(*) FROM outcomes
        WHERE crawl_id = ?{where} GROUP BY source_id, outcome ORDER BY count(*) DESC
    """
    for crawl in last:
        for key, outcome, count in db.execute(sql, [crawl, *values]):
            found[key].setdefault(crawl, {})[outcome] = count
    return found


def read_first_seen_days(db: Any, only: str | None, today: str) -> defaultdict[str, dict[str, int]]:
    """Articles by source and the day on which we first saw them: of the last `RECENT` days, and of the last day with any."""
    where, values = (" AND source_id = ?", [only]) if only is not None else ("", [])
    since = days_before(today, RECENT) if today else ""
    table = "SELECT source_id, {day}, articles FROM _source_daily_stats WHERE articles > 0"
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    last = db.execute(f"{table.format(day='max(day)')}{where} GROUP BY source_id", values).fetchall()
    recent = db.execute(f"{table.format(day='day')} AND day >= ?{where}", [since, *values]).fetchall()
    for key, day, articles in [*last, *recent]:
        found[key][day] = articles
    return found


def _read_walls(db: Any, today: str) -> dict[str, WallFigures]:
    """The last day with articles of each source of which most were behind a wall then, beside the days before it."""
    since = days_before(today, RECENT) if today else ""
    sql = (
        "SELECT source_id, articles, paywalled, words FROM _source_daily_stats WHERE articles > 0 AND day >= :since"
        " AND source_id IN (SELECT source_id FROM _source_daily_stats WHERE paywalled > 0 AND day >= :since)"
        " ORDER BY source_id, day"
    )
    days: defaultdict[str, list[tuple[int, int, float]]] = defaultdict(list)
    for key, articles, walled, words in db.execute(sql, {"since": since}):
        days[key].append((articles, walled, words))
    found = {}
    for key, (*past, last) in days.items():
        usual = median(words for _, _, words in past) if len(past) >= PAST_DAYS else 0
        found[key] = WallFigures(*last, usual)
    return found


def _read_articles(db: Any) -> dict[str, tuple[int, int]]:
    """Articles held, and how many of them say that they are behind a paywall, by source."""
    sql = "SELECT source_id, sum(articles), sum(articles * (access = 'paywalled')) FROM _facet_groups GROUP BY source_id"
    return {key: (held, paywalled) for key, held, paywalled in db.execute(sql)}


def _read_listings(db: Any) -> dict[str, ListingFigures]:
    """The listings that a crawl has asked for, by source.

    One without any response was a guess at the usual addresses, and is not lost. A site whose home page and robots.txt
    alone could be read has no listing that can.
    """
    sql = """
        SELECT source_id, count(*), sum(error IS NOT NULL AND answered_at IS NOT NULL), sum(error IS NULL), max(error),
               sum(CASE WHEN error IS NULL THEN coalesce(entries, 0) ELSE 0 END),
               sum(CASE WHEN error IS NULL THEN coalesce(outside_window, 0) ELSE 0 END)
        FROM listings WHERE checked_at IS NOT NULL GROUP BY source_id
    """
    return {
        key: ListingFigures(checked, lost, "" if readable else error, entries, outside)
        for key, checked, lost, readable, error, entries, outside in db.execute(sql)
    }


def _read_reasons(db: Any, source_id: str, crawls: Iterable[int]) -> tuple[Reason, ...]:
    """Why pages of a source gave no article in its last crawls, the most frequent reason first."""
    numbers = ", ".join(str(int(crawl)) for crawl in crawls) or "NULL"
    sql = (
        "SELECT outcome, coalesce(reason, ''), count(*) FROM outcomes"
        f" WHERE source_id = ? AND crawl_id IN ({numbers}) AND outcome NOT IN ('new', 'revised', 'unchanged', 'duplicate')"
        " GROUP BY 1, 2 ORDER BY outcome = 'deferred', 3 DESC, 1, 2 LIMIT 5"
    )
    return tuple(Reason(*row) for row in db.execute(sql, [source_id]))
