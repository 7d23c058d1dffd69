"""The other lists of the archive as rows: changes, coverage, listed URLs, sources, alarms, attention over time."""

from __future__ import annotations

from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

from pipelines.archive.export.fields import Field
from pipelines.archive.search.timeline import read_timeline
from pipelines.archive.views.alarms import read_alarms
from pipelines.archive.views.changes import ChangeFilters, iterate_changes, read_texts
from pipelines.archive.views.coverage import COUNTS, count_outcomes, iterate_listed_urls, sum_coverage
from pipelines.archive.views.front_page import iterate_stays
from pipelines.archive.views.source_health import read_sources

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.archive.export.fields import Row
    from pipelines.archive.search.match import Filters
    from pipelines.archive.search.timeline import Unit

    Batches = Iterator[Sequence[Row]]

BATCH = 200
"""Rows in memory at a time."""

CHANGES = (
    Field("at"),
    Field("kinds", "list"),
    Field("article_id", "integer"),
    Field("number", "integer"),
    Field("source"),
    Field("source_name"),
    Field("url"),
    Field("title"),
    Field("old_title"),
    Field("words", "integer"),
    Field("words_added", "integer"),
    Field("words_removed", "integer"),
    Field("added"),
    Field("removed"),
    Field("text"),
    Field("old_text"),
)
COVERAGE = (Field("source_id"), Field("day", "day"), *(Field(name, "integer") for name in COUNTS))
LISTED = (
    Field("source_id"),
    Field("day", "day"),
    Field("url"),
    Field("via"),
    Field("found_at"),
    Field("article_id", "integer"),
    Field("outcome"),
    Field("reason"),
)
SOURCES = (
    Field("id"),
    Field("name"),
    Field("home"),
    Field("language"),
    Field("followed", "yes"),
    Field("state"),
    Field("explained"),
    Field("articles", "integer"),
    Field("recent", "integer"),
    Field("newest_at", "day"),
    Field("last_success_at"),
    Field("lost_listings", "integer"),
)
ALARMS = (
    Field("id", "integer"),
    Field("source_id"),
    Field("name"),
    Field("kind"),
    Field("since", "day"),
    Field("until"),
    Field("raised_at"),
    Field("words"),
    Field("advice"),
    Field("evidence", "list"),
)
PLACEMENTS = (
    Field("source"),
    Field("source_name"),
    Field("page"),
    Field("is_home", "yes"),
    Field("url"),
    Field("article_id", "integer"),
    Field("title"),
    Field("rank", "integer"),
    Field("first_seen_at"),
    Field("last_seen_at"),
    Field("hours", "number"),
)
ATTENTION = (
    Field("since", "day"),
    Field("until", "day"),
    Field("source"),
    Field("source_name"),
    Field("articles", "integer"),
    Field("archived", "integer"),
    Field("share", "number"),
)


def read_changes_rows(db: sqlite3.Connection, filters: ChangeFilters) -> Batches:
    """Each change with its words and both texts, the latest first; columns as `CHANGES`."""
    take = attrgetter(*(field.name for field in CHANGES[:-2]))
    rest = iterate_changes(db, filters)
    while batch := list(islice(rest, BATCH)):
        texts = (read_texts(db, change) for change in batch)
        yield [(*take(change), both.new, both.old) for change, both in zip(batch, texts, strict=True)]


def find_changed_articles(db: sqlite3.Connection, filters: ChangeFilters) -> Iterator[list[int]]:
    """The ids of the articles with such changes, the last changed first, in batches."""
    changed = dict.fromkeys(change.article_id for change in iterate_changes(db, filters))
    rest = iter(changed)
    while batch := list(islice(rest, BATCH)):
        yield batch


def read_coverage_rows(db: sqlite3.Connection, since: str, until: str, source: str) -> Batches:
    """The listed URLs in numbers by source and day; columns as `COVERAGE`."""
    sums = sum_coverage(count_outcomes(db, since, until, source), lambda count: (count.source_id, count.day))
    yield [(*key, *(row[name] for name in COUNTS)) for key, row in sorted(sums.items())]


def read_listed_rows(
    db: sqlite3.Connection, since: str, until: str, source: str, outcome: str, reason: str
) -> Batches:
    """Each listed URL and what became of it; columns as `LISTED`."""
    return _in_batches(LISTED, iterate_listed_urls(db, since, until, source, outcome, reason))


def read_source_rows(db: sqlite3.Connection) -> Batches:
    """The sources and how they are, the ailing first; columns as `SOURCES`."""
    return _in_batches(SOURCES, read_sources(db))


def read_alarm_rows(db: sqlite3.Connection, source: str) -> Batches:
    """All alarms, the latest first, of one source if it is named; columns as `ALARMS`."""
    return _in_batches(ALARMS, read_alarms(db, source or None, over=True))


def read_placement_rows(db: sqlite3.Connection, sources: Sequence[str], since: str, until: str) -> Batches:
    """What stood on home and section pages on these days, a row a stay; columns as `PLACEMENTS`."""
    rest = iterate_stays(db, sources, since, until)
    while batch := list(islice(rest, BATCH)):
        yield [
            (
                *(stay.page.source, stay.page.source_name, stay.page.url, int(stay.page.is_home), stay.url),
                *(stay.article_id, stay.title or None, stay.rank),
                *(stay.first_seen_at, stay.last_seen_at, stay.hours),
            )
            for stay in batch
        ]


def read_attention_rows(db: sqlite3.Connection, query: str, filters: Filters, unit: Unit | None) -> Batches:
    """The articles of a search by period and source, every source by itself; columns as `ATTENTION`."""
    found = read_timeline(db, query, filters, unit=unit, shown=None)
    names = {key: name for key, name, _ in found.sources}
    yield [
        (bar.since, bar.until, bar.source, names[bar.source], bar.found, bar.all, round(bar.share, 6))
        for bar in found.bars
    ]


def _in_batches(fields: Sequence[Field], found: Iterable[object]) -> Batches:
    """The attributes that the fields name, a batch of rows at a time."""
    take = attrgetter(*(field.name for field in fields))
    yes = [place for place, field in enumerate(fields) if field.kind == "yes"]
    rest = iter(found)
    while batch := list(islice(rest, BATCH)):
        yield [_with_numbers(take(one), yes) for one in batch]


def _with_numbers(row: Row, places: Sequence[int]) -> Row:
    if not places:
        return row
    return tuple(int(bool(value)) if place in places else value for place, value in enumerate(row))
