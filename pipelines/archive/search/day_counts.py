"""How many of the articles that a search finds each source published on each day, counted without a row an article."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from pipelines.archive.search.match import (
    NOT_UNSPACED,
    Filters,
    FullTextQuery,
    Scope,
    add_conditions,
    filter_sql,
    find_latest_ids,
    full_text_queries,
    limit_to_ids,
    match,
    split_conditions,
)
from pipelines.timestamps import is_day

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from pipelines.archive.search.facets import FacetGroups
    from pipelines.archive.search.query import Node

    DaysBySource = dict[str, dict[str, int]]
    """Numbers of articles by source and, for each, by day: as keys, pairs of both take four times as long."""


def count_by_day_and_source(
    db: sqlite3.Connection,
    node: Node | None,
    filters: Filters,
    groups: FacetGroups,
    *,
    versions: bool = False,
    latest: int | None = None,
) -> DaysBySource:
    """Count all articles that the tree and all filters find; without a tree, all articles.

    `latest` is how many articles are examined, the latest archived; None for all.
    """
    if node is None and latest is None and (sources := _find_whole_sources(filters, groups)) is not None:
        return _read_days(db, sources, filters)
    full_text, conditions = split_conditions(node) if node is not None else (None, [])
    if node is not None and (full_text is None or versions):
        by_sets = match(
            db, node, filters, ranked=False, ceiling=None, days=True, versions=versions, latest=latest
        ).rows
        allowed = (row for row in by_sets if row.group_id not in groups.excluded)
        return as_days_by_source(
            Counter((row.day or "", groups.groups[row.group_id].source) for row in allowed)
        )
    where, values = filter_sql(db, filters)
    scope = add_conditions(db, Scope(where, tuple(values)), conditions)
    if latest is not None:
        scope = limit_to_ids(scope, find_latest_ids(db, latest))
    count = _count_as_texts if _has_odd_days(db) else _count_as_numbers
    if full_text is None:
        return count(db, FullTextQuery("", "_article_facets s", f"1{scope.where}", scope.values), groups)
    return add_up([count(db, query, groups) for query in full_text_queries(db, full_text, scope)])


def as_days_by_source(counts: Mapping[tuple[str, str], int]) -> DaysBySource:
    """Numbers by day and source, as numbers by source. Pure."""
    found: DaysBySource = {}
    for (day, source), articles in counts.items():
        found.setdefault(source, {})[day] = articles
    return found


def add_up(counts: Iterable[DaysBySource]) -> DaysBySource:
    """The sums of several. Pure."""
    whole: dict[str, Counter[str]] = {}
    for found in counts:
        for source, days in found.items():
            whole.setdefault(source, Counter()).update(days)
    return {**whole}


def without_odd_days(counts: DaysBySource) -> DaysBySource:
    """The same without days that are in no calendar. Pure."""
    odd = {day for day in set[str]().union(*counts.values()) if not is_day(day)}
    if odd:
        kept = {
            source: {day: n for day, n in days.items() if day not in odd} for source, days in counts.items()
        }
        counts = {source: days for source, days in kept.items() if days}
    return counts


def _find_whole_sources(filters: Filters, groups: FacetGroups) -> list[str] | None:
    """The sources that the filters let pass with all their articles; None when any source passes in part."""
    if filters.author or filters.tag or filters.archived_since:
        return None
    passed, stopped = set[str](), set[str]()
    for key, group in groups.groups.items():
        (stopped if key in groups.excluded else passed).add(group.source)
    return None if passed & stopped else sorted(passed)


def _read_days(db: sqlite3.Connection, sources: list[str], filters: Filters) -> DaysBySource:
    sql = (
        "SELECT source_id, json_group_array(day), json_group_array(articles) FROM _source_days WHERE articles > 0 AND day >= ? AND (? = '' OR day <= ?)"
        " AND source_id IN (SELECT value FROM json_each(?)) GROUP BY source_id"
    )
    values = [filters.since, filters.until, filters.until, json.dumps(sources)]
    return {
        source: dict(zip(json.loads(days), json.loads(articles), strict=True))
        for source, days, articles in db.execute(sql, values)
    }


def _count_as_numbers(db: sqlite3.Connection, query: FullTextQuery, groups: FacetGroups) -> DaysBySource:
    """Have SQLite hand over day and group of every article as one number, all numbers as one text, and count in Python.

    Day and source as a text take 1.6 times as long, rows nearly twice, and `GROUP BY`, which sorts them, two and a half times.
    """
    skipped, where = set(groups.excluded), query.where
    if where.endswith(NOT_UNSPACED):  # to look each article's group up in SQL takes a quarter of the time
        where = where.removesuffix(NOT_UNSPACED)
        skipped |= {key for (key,) in db.execute("SELECT id FROM _facet_groups WHERE unspaced")}
    bits = max(groups.groups, default=0).bit_length()
    sql = f"""
        SELECT json_group_array((CAST(julianday(s.day) + 0.5 AS INTEGER) << ?) + s.group_id)
        FROM {query.tables} WHERE {where}
    """
    numbers = json.loads(db.execute(sql, [bits, *query.values]).fetchone()[0])
    sources = ["", *sorted({group.source for group in groups.groups.values()})]
    count, mask, places = len(sources), (1 << bits) - 1, [0] * (1 << bits)
    for key, group in groups.groups.items():
        places[key] = 0 if key in skipped else sources.index(group.source)
    by_number = Counter([(number >> bits) * count + places[number & mask] for number in numbers])
    found: DaysBySource = {source: {} for source in sources}
    for number, articles in by_number.items():
        at, place = divmod(number, count)
        found[sources[place]][_day(at)] = articles
    return {source: days for source, days in found.items() if source and days}


@cache
def _day(number: int) -> str:
    """`YYYY-MM-DD` of what SQLite's `julianday` gives for it, and a half."""
    return date.fromordinal(number - _BEFORE_YEAR_1).isoformat()


_BEFORE_YEAR_1 = 1_721_425
"""The same for the day before 1 January of the year 1."""


def _has_odd_days(db: sqlite3.Connection) -> bool:
    """Whether any day is not `YYYY-MM-DD`: a page may say `2026-02-31`, which SQLite takes for a day in March."""
    return not all(is_day(day) for (day,) in db.execute("SELECT DISTINCT day FROM _source_days"))


def _count_as_texts(db: sqlite3.Connection, query: FullTextQuery, groups: FacetGroups) -> DaysBySource:
    sql = f"SELECT json_group_array(s.group_id || ' ' || s.day) FROM {query.tables} WHERE {query.where}"
    found = Counter[tuple[str, str]]()
    for name, articles in Counter(json.loads(db.execute(sql, query.values).fetchone()[0])).items():
        group, _, day = name.partition(" ")
        if int(group) not in groups.excluded:
            found[day, groups.groups[int(group)].source] += articles
    return as_days_by_source(found)
