"""Attention over time: how many articles several searches, or several sources, have in each day, week or month."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.search.day_counts import Counted, count_each, read_archived
from pipelines.archive.search.facets import read_facet_groups
from pipelines.archive.search.match import Filters, describe_bound
from pipelines.archive.search.sources import source_names
from pipelines.archive.search.timeline import Unit, period, readable_unit
from pipelines.archive.search.unknown_values import describe_unknown_values
from pipelines.archive.search.wide_prefixes import parse_for
from pipelines.archive.search.word_forms import describe_added
from pipelines.archive.views.seen_days import read_days_seen_of_any, read_last_look, read_seen_days
from pipelines.timestamps import days_before, days_between

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from pipelines.archive.search.day_counts import DaysBySource

MOST_LINES = 6
"""Lines of one chart: readers cannot distinguish more colours, dashes and markers."""
MOST_PERIODS = 800
"""Periods of one chart; with more the unit is a coarser one."""
WHOLE, WHOLE_OF_SOURCES = "All articles", "All articles of these sources"
NO_FILTERS = Filters()
UNITS: tuple[Unit, ...] = ("day", "week", "month")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is compared: several queries, an empty one meaning all articles, within the filters.

    With `each_source` every source of the filters has lines of its own, else they are counted together. None means the
    first with one query and the second with several.
    """

    queries: tuple[str, ...]
    filters: Filters = NO_FILTERS
    unit: Unit | None = None
    each_source: bool | None = None

    @property
    def by_source(self) -> bool:
        """Whether each source has lines of its own."""
        wanted = len(self.queries) < 2 if self.each_source is None else self.each_source
        return wanted and bool(self.filters.source)


class Period(NamedTuple):
    """A day, an ISO week (from Monday) or a month; `days` are those that are counted, of `length` in the calendar."""

    since: str
    until: str
    days: int
    length: int


@dataclass(frozen=True, slots=True)
class Line:
    """One search, source or both; `counts`, `archived` and `seen` have a number for each period.

    A count is None where nothing could be seen: none of the period's days of any of the line's sources. `archived` are
    all articles of these sources. `seen` are the days on which any of them was seen.
    """

    name: str
    query: str
    sources: tuple[str, ...]
    """Empty for all of the archive."""
    counts: tuple[int | None, ...]
    archived: tuple[int, ...]
    seen: tuple[int, ...]
    total: int

    def share(self, place: int) -> float | None:
        """The part of all articles of a period, 0 to 1; None where there are none, or nothing could be seen."""
        count, archived = self.counts[place], self.archived[place]
        return count / archived if count is not None and archived else None


@dataclass(frozen=True, slots=True)
class Attention:
    """`lines` has none where nothing is compared; `whole` counts all articles of the sources that are compared. `problem` is in sentences for the reader.

    `since` and `until` are the days that are
    counted, `last_look` is the last one on which a crawl looked at any source, or ''.
    """

    unit: Unit
    periods: tuple[Period, ...]
    lines: tuple[Line, ...]
    whole: Line
    since: str = ""
    until: str = ""
    last_look: str = ""
    problem: str = ""


def read_attention(
    db: sqlite3.Connection, asked: Asked, *, widest: int | None = None, latest: int | None = None
) -> Attention:
    """Count; the counts are those of a search with the same words and filters. `widest`, `latest` as in `search`."""
    names = source_names(db)
    wanted, problems = list_lines(asked, names)
    groups = read_facet_groups(db, asked.filters)
    problems += [*describe_unknown_values(db, asked.filters), *describe_bound(latest)]
    found: dict[str, DaysBySource] = {}
    searches: dict[str, Counted] = {}
    for text in dict.fromkeys([one.query for one in wanted] or [""]):
        query = parse_for(db, text, widest, asked.filters)
        problems += [
            *filter(None, [query.problem, describe_added(query.added)]),
            *describe_unknown_values(db, Filters(), query.node),
        ]
        if query.node is None and text.strip():
            found[text] = {}
        else:
            searches[text] = Counted(query.node, query.versions)
    apart = bool(asked.filters.source)
    counts = count_each(db, [*searches.values()], asked.filters, groups, latest=latest, apart=apart)
    found |= zip(searches, counts, strict=True)
    last_look = read_last_look(db)
    days = sorted(set[str]().union(*(days for counted in found.values() for days in counted.values())))
    if not days:
        whole = Line(_name_whole(asked), "", asked.filters.source, (), (), (), 0)
        lines = tuple(replace(whole, name=one.name, query=one.query, sources=one.sources) for one in wanted)
        return Attention(asked.unit or "day", (), lines, whole, problem=" ".join(dict.fromkeys(problems)))
    span = (asked.filters.since or days[0], asked.filters.until or max(days[-1], last_look))
    unit, sentence = choose_unit(asked.unit, *span)
    problems += [sentence] if sentence else []
    if not asked.filters.since:  # all days of the first period count, else its share would be too large
        span = (period(span[0], unit)[0], span[1])
    if _count_periods(unit, *span) > MOST_PERIODS:
        span = (days_before(span[1], 30 * MOST_PERIODS), span[1])
        problems.append(f"These are the last {MOST_PERIODS} months; what is older is not counted.")
    periods = list_periods(unit, *span)
    sources = asked.filters.source
    seen = read_seen_days(db, sources, *span) if sources else {"": read_days_seen_of_any(db, *span)}
    archived = read_archived(db, sources, *span)
    table = _Table(periods, _places_of_days(periods, span[0]), archived, seen)
    lines = tuple(table.line(one.name, one.query, one.sources, found[one.query]) for one in wanted)
    whole = table.line(_name_whole(asked), "", sources, None)
    return Attention(unit, periods, lines, whole, *span, last_look, " ".join(dict.fromkeys(problems)))


def _name_whole(asked: Asked) -> str:
    return WHOLE_OF_SOURCES if asked.filters.source else WHOLE


class WantedLine(NamedTuple):
    """What a line counts: a query in these sources, of all of them where there are none."""

    name: str
    query: str
    sources: tuple[str, ...]


def list_lines(asked: Asked, names: dict[str, str]) -> tuple[list[WantedLine], list[str]]:
    """The lines, `MOST_LINES` at most, and a sentence for what was left out. Pure."""
    queries = tuple(dict.fromkeys(" ".join(text.split()) for text in asked.queries)) or ("",)
    sources = [(key,) for key in asked.filters.source] if asked.by_source else [asked.filters.source]
    found = []
    for query, keys in product(queries, sources):
        parts = [query] if query and not (asked.by_source and len(queries) == 1) else []
        parts += [names.get(keys[0], keys[0])] if asked.by_source else []
        if query or asked.by_source:  # else it is all articles, which are counted anyway
            found.append(WantedLine(" · ".join(parts), query, keys))
    if len(found) <= MOST_LINES:
        return found, []
    sentence = f"These would be {len(found)} lines; the first {MOST_LINES} are counted."
    return found[:MOST_LINES], [sentence]


def choose_unit(unit: Unit | None, first: str, last: str) -> tuple[Unit, str]:
    """The unit asked for, or one that gives a readable number of periods; and a sentence where it is another. Pure."""
    chosen = unit or readable_unit(first, last)
    fitting = (one for one in UNITS if _count_periods(one, first, last) <= MOST_PERIODS)
    fits: Unit = next(fitting, "month")
    if UNITS.index(fits) <= UNITS.index(chosen):
        return chosen, ""
    periods = _count_periods(chosen, first, last)
    return fits, f"By {chosen} these would be {periods:,} periods; it is counted by {fits}."


def _count_periods(unit: Unit, first: str, last: str) -> int:
    return days_between(first, last) // {"day": 1, "week": 7, "month": 30}[unit] + 1


def list_periods(unit: Unit, first: str, last: str) -> tuple[Period, ...]:
    """All periods that have any day of a span; days outside of the span do not count. Pure."""
    found = []
    since = period(first, unit)[0]
    while since <= last:
        until = period(since, unit)[1]
        days = days_between(max(since, first), min(until, last)) + 1
        found.append(Period(since, until, days, days_between(since, until) + 1))
        following = days_before(until, -1)
        if following == until:  # the end of the calendar
            break
        since = following
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Table:
    """What the lines of one chart share: the place of each day's period, all articles, and the days seen of each source."""

    periods: tuple[Period, ...]
    places: dict[str, int]
    archived: DaysBySource
    seen: dict[str, set[str]]
    """By source; by "" for any source where none are chosen."""
    whole: dict[tuple[str, ...], tuple[tuple[int, ...], tuple[int, ...]]] = field(default_factory=dict)
    """All articles and the days seen of sources by period, which several lines have in common."""

    def line(self, name: str, query: str, sources: tuple[str, ...], found: DaysBySource | None) -> Line:
        """A line; without `found` it counts all articles."""
        if sources not in self.whole:
            self.whole[sources] = self._by_period(self.archived, sources), self._count_seen(sources or ("",))
        archived, seen = self.whole[sources]
        counts = archived if found is None else self._by_period(found, sources)
        shown = tuple(
            None if not count and not days else count for count, days in zip(counts, seen, strict=True)
        )
        return Line(name, query, sources, shown, archived, seen, sum(counts))

    def _by_period(self, found: DaysBySource, sources: tuple[str, ...]) -> tuple[int, ...]:
        counts = [0] * len(self.periods)
        for source in set(sources or found):
            for day, articles in found.get(source, {}).items():
                if (place := self.places.get(day)) is not None:
                    counts[place] += articles
        return tuple(counts)

    def _count_seen(self, sources: Iterable[str]) -> tuple[int, ...]:
        counts = [0] * len(self.periods)
        for day in set[str]().union(*(self.seen.get(source, set()) for source in sources)):
            if (place := self.places.get(day)) is not None:
                counts[place] += 1
        return tuple(counts)


def _places_of_days(periods: Sequence[Period], first: str) -> dict[str, int]:
    """The place of the period of each day of a span that begins with `first`. Pure."""
    found = {}
    for place, one in enumerate(periods):
        begin = date.fromisoformat(max(one.since, first)).toordinal()
        for day in range(begin, begin + one.days):
            found[date.fromordinal(day).isoformat()] = place
    return found


def describe_gaps(found: Attention) -> list[str]:
    """What a reader must know of the days: gaps, periods seen in part, a last period that is not over. Pure."""
    sentences = []
    gaps = sum(
        days == 0 and count is None for days, count in zip(found.whole.seen, found.whole.counts, strict=True)
    )
    if gaps:
        word = found.unit if gaps == 1 else f"{found.unit}s"
        sentences.append(
            f"In {gaps} {word} (grey) nothing could be seen: no crawl ran, or the sources could not be read. That is not zero."
        )
    missing = [one.days - seen for one, seen in zip(found.periods, found.whole.seen, strict=True) if seen]
    if parts := sum(days > 0 for days in missing):
        sentences.append(
            f"In {parts} {found.unit if parts == 1 else found.unit + 's'} some of the days could not be seen, {sum(missing)} in all."
        )
    for place, name, edge in ((0, "first", "from"), (-1, "last", "to")):
        one = found.periods[place] if found.periods else None
        if one is not None and found.unit != "day" and one.days < one.length:
            day = max(one.since, found.since) if place == 0 else min(one.until, found.until)
            sentences.append(
                f"The {name} {found.unit} counts {one.days} of its {one.length} days, {edge} {day}."
            )
    if found.periods and found.since <= found.last_look <= found.until:
        sentences.append(f"The last crawl was on {found.last_look}; articles of that day may still come.")
    return sentences


def is_partial(found: Attention, line: Line, place: int) -> bool:
    """Whether a number of a line stands for fewer days than its period has, or for that of the last crawl. Pure."""
    one = found.periods[place]
    return line.counts[place] is not None and (
        line.seen[place] < one.length or one.since <= found.last_look <= one.until
    )
