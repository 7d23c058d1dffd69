"""How much was written on a subject, when, and by whom: what a search found, counted over time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from pipelines.archive.search.facets import read_facet_groups
from pipelines.archive.search.match import Filters, match
from pipelines.archive.search.query import parse

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

Unit = Literal["day", "week", "month"]
SHOWN = 7
"""Sources told apart; the rest are counted as one. More shades or dashes than this nobody can tell."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One source in one period, from `since` to `until`. An empty `source` stands for all the others.

    `all` is what the archive has of that period, found or not, of all sources (or those filtered by), so
    that the shares of a period's bars add up.
    """

    since: str
    until: str
    source: str
    found: int
    all: int

    @property
    def share(self) -> float:
        """What part of all articles of the period these are, 0 to 1."""
        return self.found / self.all if self.all else 0.0


@dataclass(frozen=True, slots=True)
class Attention:
    """`bars` has a bar for each period and source shown, empty ones too. `problem` as in `Results`."""

    unit: Unit
    total: int
    sources: tuple[tuple[str, str, int], ...]
    """Source id, name and articles found, most first; those told apart in `bars`."""
    others: int
    """How many further sources are behind the empty `source`."""
    bars: tuple[Bar, ...]
    problem: str = ""


def attention(db: sqlite3.Connection, query: str, filters: Filters, *, unit: Unit | None = None) -> Attention:
    """Count what a search finds by source and day, week (from Monday) or month of publication.

    Without a `unit`, the one that gives the span of the results a readable number of bars.
    """
    asked = parse(query)
    if asked.node is None and asked.problem:
        return Attention(unit or "day", 0, (), 0, (), asked.problem)
    shelves = read_facet_groups(db, filters)
    rows = match(db, asked.node, filters, ranked=False, ceiling=None, days=True).rows
    counted = Counter((row[4], row[3]) for row in rows)
    found = Counter[tuple[str, str]]()
    for (day, shelf), articles in counted.items():
        if shelf not in shelves.out and day is not None and is_day(day):
            found[day, shelves.all[shelf].source] += articles
    if not found:
        return Attention(unit or "day", 0, (), 0, (), asked.problem)
    unit = unit or _unit(min(found)[0], max(found)[0])
    by_source = Counter[str]()
    for (_, source), articles in found.items():
        by_source[source] += articles
    names = dict(db.execute("SELECT id, name FROM sources"))
    first = tuple((key, names.get(key, key), count) for key, count in by_source.most_common(SHOWN))
    others = [key for key, _ in by_source.most_common()[SHOWN:]]
    return Attention(
        unit,
        sum(by_source.values()),
        first,
        len(others),
        tuple(_bars(db, found, unit, [key for key, *_ in first], others, filters.source)),
        asked.problem,
    )


def is_day(text: str) -> bool:
    """Whether it is a day of the calendar: SQLite takes 31 February, and `now`, for one."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def period(day: str, unit: Unit) -> tuple[str, str]:
    """The first and last day of the period that a day (`YYYY-MM-DD`) lies in."""
    at = date.fromisoformat(day)
    if unit == "day":
        return day, day
    if unit == "week":
        monday = at - timedelta(days=at.weekday())
        return monday.isoformat(), (monday + timedelta(days=6)).isoformat()
    first = at.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return first.isoformat(), (following - timedelta(days=1)).isoformat()


def _unit(first: str, last: str) -> Unit:
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days
    return "day" if days <= 45 else "week" if days <= 400 else "month"


def _bars(
    db: sqlite3.Connection,
    found: Counter[tuple[str, str]],
    unit: Unit,
    sources: list[str],
    others: list[str],
    only: tuple[str, ...],
) -> Iterator[Bar]:
    first, last = min(found)[0], max(found)[0]
    counted = Counter[tuple[str, str]]()
    for (day, source), articles in found.items():
        counted[period(day, unit)[0], source if source in sources else ""] += articles
    everything = _archived(db, period(first, unit)[0], period(last, unit)[1], unit, only)
    since, end = period(first, unit)[0], period(last, unit)[1]
    while since <= end:
        until = period(since, unit)[1]
        for source in [*sources, *([""] if others else [])]:
            yield Bar(since, until, source, counted[since, source], everything[since])
        since = (date.fromisoformat(until) + timedelta(days=1)).isoformat()


def _archived(
    db: sqlite3.Connection, first: str, last: str, unit: Unit, only: tuple[str, ...]
) -> Counter[str]:
    """What the archive has of each period, by the period's first day."""
    marks = f" AND source_id IN ({', '.join('?' * len(only))})" if only else ""
    sql = f"SELECT day, sum(articles) FROM _source_days WHERE day BETWEEN ? AND ?{marks} GROUP BY day"
    everything = Counter[str]()
    for day, articles in db.execute(sql, [first, last, *only]):
        everything[period(day, unit)[0]] += articles
    return everything
