"""How many of the articles that a search finds each source published on each day, counted without a row an article.

A day is the publisher's own; those that are in no calendar are left out.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.archive.search.conditions import split_conditions
from pipelines.archive.search.match import (
    NOT_UNSPACED,
    Filters,
    Scope,
    add_conditions,
    filter_sql,
    find_latest_ids,
    full_text_queries,
    limit_to_ids,
    match,
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
    """Count all articles that the tree and all filters find; without a tree, all articles. Days of no calendar are left out.

    `latest` is how many articles are examined, the latest archived; None for all.
    """
    if node is None and latest is None and (sources := _find_whole_sources(filters, groups)) is not None:
        return without_odd_days(_read_days(db, sources, filters))
    full_text, conditions, by_sets = split_conditions(node)
    if by_sets is not None or (node is not None and versions):
        rows = match(
            db, node, filters, ranked=False, ceiling=None, days=True, versions=versions, latest=latest
        ).rows
        allowed = (row for row in rows if row.group_id not in groups.excluded)
        counts = Counter((row.day or "", groups.groups[row.group_id].source) for row in allowed)
        return without_odd_days(as_days_by_source(counts))
    undated = replace(filters, since="", until="")  # days are easily left out when counted
    where, values = filter_sql(db, undated)
    scope = add_conditions(db, Scope(where, tuple(values)), conditions)
    if latest is not None:
        scope = limit_to_ids(scope, find_latest_ids(db, latest))
    return _limit_days(_count_found(db, full_text, scope, groups), filters.since, filters.until)


def _count_found(
    db: sqlite3.Connection, full_text: Node | None, scope: Scope, groups: FacetGroups
) -> DaysBySource:
    """Have SQLite hand over the ids of all articles found as one text: rows take three times as long."""
    from pipelines.archive.search.number_counts import count_all, count_listed

    if full_text is None and not scope.where:
        return count_all(db, groups, groups.excluded)
    if full_text is None:
        sql = f"SELECT json_group_array(s.article_id) FROM _article_facets s WHERE 1{scope.where}"
        return count_listed(db, db.execute(sql, scope.values).fetchone()[0], groups, groups.excluded)
    counts = []
    for table, _, where, values in full_text_queries(db, full_text, scope):
        skipped = set(groups.excluded)
        if where.endswith(NOT_UNSPACED):  # to look each article's group up in SQL takes as long as all else
            where = where.removesuffix(NOT_UNSPACED)
            skipped |= {key for (key,) in db.execute("SELECT id FROM _facet_groups WHERE unspaced")}
        sql = f"SELECT json_group_array({table}.rowid) FROM {table} WHERE {where}"
        counts.append(count_listed(db, db.execute(sql, values).fetchone()[0], groups, skipped))
    return add_up(counts)


def _limit_days(counts: DaysBySource, since: str, until: str) -> DaysBySource:
    """The counts of a span of days; '' bounds nothing. Pure."""
    if not (since or until):
        return counts
    limited = {
        source: {day: n for day, n in days.items() if since <= day and (not until or day <= until)}
        for source, days in counts.items()
    }
    return {source: days for source, days in limited.items() if days}


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
