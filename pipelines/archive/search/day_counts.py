"""How many of the articles that a search finds each source published on each day, counted without a row an article."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from pipelines.archive.search.match import (
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

if TYPE_CHECKING:
    import sqlite3

    from pipelines.archive.search.facets import FacetGroups
    from pipelines.archive.search.query import Node

    ByDayAndSource = Counter[tuple[str, str]]


def count_by_day_and_source(
    db: sqlite3.Connection,
    node: Node | None,
    filters: Filters,
    groups: FacetGroups,
    *,
    versions: bool = False,
    latest: int | None = None,
) -> ByDayAndSource:
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
        return Counter((row.day or "", groups.groups[row.group_id].source) for row in allowed)
    where, values = _all_filters(db, filters, groups)
    scope = add_conditions(db, Scope(where, values), conditions)
    if latest is not None:
        scope = limit_to_ids(scope, find_latest_ids(db, latest))
    if full_text is None:
        return _count(db, FullTextQuery("", "_article_facets s", f"1{scope.where}", scope.values))
    found: ByDayAndSource = Counter()
    for query in full_text_queries(db, full_text, scope):
        found += _count(db, query)
    return found


def _find_whole_sources(filters: Filters, groups: FacetGroups) -> list[str] | None:
    """The sources that the filters let pass with all their articles; None when any source passes in part."""
    if filters.author or filters.tag or filters.archived_since:
        return None
    passed, stopped = set[str](), set[str]()
    for key, group in groups.groups.items():
        (stopped if key in groups.excluded else passed).add(group.source)
    return None if passed & stopped else sorted(passed)


def _read_days(db: sqlite3.Connection, sources: list[str], filters: Filters) -> ByDayAndSource:
    sql = (
        "SELECT day, source_id, articles FROM _source_days WHERE articles > 0 AND day >= ? AND (? = '' OR day <= ?)"
        " AND source_id IN (SELECT value FROM json_each(?))"
    )
    values = [filters.since, filters.until, filters.until, json.dumps(sources)]
    return Counter({(day, source): articles for day, source, articles in db.execute(sql, values)})


def _all_filters(
    db: sqlite3.Connection, filters: Filters, groups: FacetGroups
) -> tuple[str, tuple[object, ...]]:
    """SQL, beginning with AND, and its values, for all filters, those of facet groups too."""
    where, values = filter_sql(db, filters)
    if groups.excluded:
        where += " AND s.group_id IN (SELECT value FROM json_each(?))"
        values.append(json.dumps([key for key in groups.groups if key not in groups.excluded]))
    return where, tuple(values)


def _count(db: sqlite3.Connection, query: FullTextQuery) -> ByDayAndSource:
    """Have SQLite hand over all days as one text, and count them in Python.

    As rows they take as long again as the search, and `GROUP BY` sorts them: twice as long.
    """
    sql = f"""
        SELECT json_group_array(s.day || ' ' || g.source_id) FROM {query.tables}
        CROSS JOIN _facet_groups g ON g.id = s.group_id WHERE {query.where}
    """
    found: ByDayAndSource = Counter()
    for name, articles in Counter(json.loads(db.execute(sql, query.values).fetchone()[0])).items():
        day, _, source = name.partition(" ")
        found[day, source] += articles
    return found
