"""One day's papers: the days of a span with their articles, and the articles of one day by source."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.search.sources import source_names
from pipelines.archive.views.seen_days import read_days_seen_of_any, read_seen_days

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

LEVELS = 4
"""Shades of a calendar, by quarters of the largest number."""


class CalendarDay(NamedTuple):
    """A day; `articles` is None where nothing could be seen, `level` 0 (none) to `LEVELS`."""

    day: str
    articles: int | None
    level: int


class CalendarMonth(NamedTuple):
    """The weeks of a month from Monday to Sunday; None for days of the months beside it."""

    month: str
    weeks: tuple[tuple[CalendarDay | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Headline:
    """An article of a day's paper."""

    article_id: int
    url: str
    title: str
    section: str
    language: str
    published_at: str


@dataclass(frozen=True, slots=True)
class Paper:
    """What one source published on a day: so many articles, and the headlines of the first of them."""

    source: str
    name: str
    articles: int
    was_seen: bool
    headlines: tuple[Headline, ...]


def read_calendar(
    db: sqlite3.Connection, first: str, last: str, sources: tuple[str, ...] = ()
) -> list[CalendarMonth]:
    """The months of a span of days (`YYYY-MM-DD`, both inclusive), the latest first; of these sources, or of all."""
    where = "AND source_id IN (SELECT value FROM json_each(:sources))" if sources else ""
    sql = f"SELECT day, sum(articles) FROM _source_days WHERE articles > 0 AND day BETWEEN :first AND :last {where} GROUP BY day"
    counts = dict(db.execute(sql, {"first": first, "last": last, "sources": json.dumps(sources)}))
    if sources:
        seen = set[str]().union(*read_seen_days(db, sources, first, last).values())
    else:
        seen = read_days_seen_of_any(db, first, last)
    return lay_out({day: counts.get(day, 0) for day in seen} | counts, first, last)


def lay_out(counts: Mapping[str, int], first: str, last: str) -> list[CalendarMonth]:
    """The months of a span, the latest first; a day that `counts` has not was not seen. Pure."""
    most = max(counts.values(), default=0)
    at, end = date.fromisoformat(first), date.fromisoformat(last)
    days = [at + timedelta(days=after) for after in range((end - at).days + 1)]
    found = []
    for month, group in groupby(days, key=lambda day: day.isoformat()[:7]):
        cells: list[CalendarDay | None] = []
        for day in group:
            cells += [None] * day.weekday() if not cells else []
            count = counts.get(day.isoformat())
            level = -(-LEVELS * count // most) if count and most else 0
            cells.append(CalendarDay(day.isoformat(), count, level))
        cells += [None] * (-len(cells) % 7)
        weeks = tuple(tuple(cells[place : place + 7]) for place in range(0, len(cells), 7))
        found.append(CalendarMonth(month, weeks))
    return found[::-1]


def read_papers(db: sqlite3.Connection, day: str, sources: tuple[str, ...] = (), *, most: int) -> list[Paper]:
    """What these sources, or all, published on a day, with up to `most` headlines each; the largest paper first.

    Chosen sources come in their own order, also without any article.
    """
    names = source_names(db)
    counts = dict(
        db.execute("SELECT source_id, articles FROM _source_days WHERE day = ? AND articles > 0", [day])
    )
    chosen = [key for key in sources if key in names] or sorted(
        counts, key=lambda key: (-counts[key], names.get(key, key))
    )
    seen = read_seen_days(db, chosen, day, day)
    first = {key: _find_first(db, day, key, most) for key in chosen}
    headlines = _read_headlines(db, sorted({article for found in first.values() for article in found}))
    return [
        Paper(
            key,
            names.get(key, key),
            counts.get(key, 0),
            day in seen[key],
            tuple(headlines[article] for article in first[key] if article in headlines),
        )
        for key in chosen
    ]


def _find_first(db: sqlite3.Connection, day: str, source: str, most: int) -> list[int]:
    """Articles in the order of their times; those without a time, whose day alone is known, first."""
    sql = (
        "SELECT s.article_id FROM _facet_groups g CROSS JOIN _article_facets s ON s.group_id = g.id"
        " WHERE g.source_id = ? AND s.day = ? ORDER BY s.at, s.article_id LIMIT ?"
    )
    return [article for (article,) in db.execute(sql, [source, day, most])]


def _read_headlines(db: sqlite3.Connection, articles: list[int]) -> dict[int, Headline]:
    """By article. Those of all sources are read at once, in the order in which they lie in the file."""
    sql = (
        "SELECT a.id, a.url, coalesce(a.title, ''), coalesce(a.section, ''), coalesce(a.language, ''), coalesce(a.published_at, '')"
        " FROM json_each(?) AS wanted CROSS JOIN articles a ON a.id = wanted.value"
    )
    return {row[0]: Headline(*row) for row in db.execute(sql, [json.dumps(articles)])}
