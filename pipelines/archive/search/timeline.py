"""The timeline of a subject: how many of the articles found each source published in each day, week or month."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from pipelines.archive.search.day_counts import count_by_day_and_source, read_archived, without_odd_days
from pipelines.archive.search.facets import read_facet_groups
from pipelines.archive.search.match import describe_bound
from pipelines.archive.search.sources import source_names
from pipelines.archive.search.unknown_values import describe_unknown_values
from pipelines.archive.search.wide_prefixes import parse_for
from pipelines.archive.search.word_forms import describe_added
from pipelines.timestamps import days_before, days_between

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from pipelines.archive.search.day_counts import DaysBySource
    from pipelines.archive.search.match import Filters

Unit = Literal["day", "week", "month"]
SHOWN = 7
"""Sources with bars of their own; all others share one. Readers cannot distinguish more shades or dashes."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The articles of one source in one period, `since` to `until`. An empty `source` stands for all the others.

    `all` counts the period's articles in the archive, found or not, of all sources (or of those filtered by),
    so that the shares of a period's bars add up.
    """

    since: str
    until: str
    source: str
    found: int
    all: int

    @property
    def share(self) -> float:
        """The part of all articles of the period, 0 to 1."""
        return self.found / self.all if self.all else 0.0


@dataclass(frozen=True, slots=True)
class Timeline:
    """`bars` has a bar for each period and source shown, empty ones too. `problem` is as in `Results`."""

    unit: Unit
    total: int
    sources: tuple[tuple[str, str, int], ...]
    """Source id, name and articles found of the sources with bars of their own, most first."""
    others: int
    """How many further sources the empty `source` stands for."""
    bars: tuple[Bar, ...]
    problem: str = ""


def read_timeline(
    db: sqlite3.Connection,
    text: str,
    filters: Filters,
    *,
    unit: Unit | None = None,
    shown: int | None = SHOWN,
    widest: int | None = None,
    latest: int | None = None,
) -> Timeline:
    """Count what a search finds by source and day, week (from Monday) or month of publication.

    Without a `unit`, it takes the one that gives a readable number of bars. `shown` sources have bars of their own,
    all for None. `widest` and `latest` are as in `search`.
    """
    query = parse_for(db, text, widest, filters)
    if query.node is None and query.problem:
        return Timeline(unit or "day", 0, (), 0, (), query.problem)
    groups = read_facet_groups(db, filters)
    unknown = describe_unknown_values(db, filters, query.node)
    problem = " ".join(
        [*filter(None, [query.problem, describe_added(query.added)]), *unknown, *describe_bound(latest)]
    )
    found = count_by_day_and_source(db, query.node, filters, groups, versions=query.versions, latest=latest)
    if not found:
        return Timeline(unit or "day", 0, (), 0, (), problem)
    days = set[str]().union(*found.values())
    unit = unit or readable_unit(min(days), max(days))
    by_source = {source: sum(of_source.values()) for source, of_source in found.items()}
    names = source_names(db)
    ranked = sorted(by_source.items(), key=lambda one: (-one[1], one[0]))
    own = tuple((key, names.get(key, key), articles) for key, articles in ranked[:shown])
    others = len(ranked) - len(own)
    keys = [key for key, *_ in own] + ([""] if others else [])
    bars = tuple(_bars(db, found, days, unit, keys, filters.source))
    return Timeline(unit, sum(by_source.values()), own, others, bars, problem)


@lru_cache(maxsize=20_000)
def period(day: str, unit: Unit) -> tuple[str, str]:
    """The first and last day of the period that contains a day (`YYYY-MM-DD`)."""
    at = date.fromisoformat(day)
    if unit == "day":
        return day, day
    if unit == "week":
        monday = days_before(day, at.weekday())
        sunday = days_before(monday, -6)
        return monday, sunday if sunday > monday else date.max.isoformat()  # the calendar ends on a Friday
    last = monthrange(at.year, at.month)[1]
    return at.replace(day=1).isoformat(), at.replace(day=last).isoformat()


def readable_unit(first: str, last: str) -> Unit:
    """The unit that gives a span a readable number of bars."""
    days = days_between(first, last)
    return "day" if days <= 45 else "week" if days <= 400 else "month"


def _bars(
    db: sqlite3.Connection,
    found: DaysBySource,
    days: set[str],
    unit: Unit,
    sources: list[str],
    only: tuple[str, ...],
) -> Iterator[Bar]:
    """The bars of these sources, period by period; an empty one takes what no other has."""
    begins = sorted({period(day, unit)[0] for day in days})
    places = {begin: place for place, begin in enumerate(begins)}
    place_of_day = {day: places[period(day, unit)[0]] for day in days}
    counted = {source: [0] * len(begins) for source in sources}
    for source, of_source in found.items():
        counts = counted.get(source) or counted[""]
        for place, articles in zip(map(place_of_day.__getitem__, of_source), of_source.values(), strict=True):
            counts[place] += articles
    since, end = begins[0], period(max(days), unit)[1]
    archived = _count_archived(db, since, end, unit, only)
    while since <= end:
        until = period(since, unit)[1]
        for source in sources:
            articles = counted[source][places[since]] if since in places else 0
            yield Bar(since, until, source, articles, archived[since])
        if until >= end:
            break
        since = days_before(until, -1)


def _count_archived(
    db: sqlite3.Connection, first: str, last: str, unit: Unit, only: tuple[str, ...]
) -> Counter[str]:
    """The articles of the archive in each period, by the period's first day."""
    archived = Counter[str]()
    for days in without_odd_days(read_archived(db, only, first, last)).values():
        for day, articles in days.items():
            archived[period(day, unit)[0]] += articles
    return archived
