"""How many of the articles that a search finds each source published on each day, counted without a row an article.

A day is the publisher's own; those that are in no calendar are left out.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.connection_memory import remember
from pipelines.archive.read_together import read_together
from pipelines.archive.search.conditions import split_conditions
from pipelines.archive.search.match import (
    LAST_ID,
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
from pipelines.archive.search.query import words
from pipelines.timestamps import is_day

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from pipelines.archive.search.facets import FacetGroups
    from pipelines.archive.search.number_counts import Tally
    from pipelines.archive.search.query import Node

    DaysBySource = dict[str, dict[str, int]]
    """Numbers of articles by source and, for each, by day: as keys, pairs of both take four times as long."""


class Counted(NamedTuple):
    """A search whose articles are counted: its tree, None for all articles, and whether superseded versions are searched."""

    node: Node | None
    versions: bool = False


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
    return count_each(db, [Counted(node, versions)], filters, groups, latest=latest)[0]


def count_each(
    db: sqlite3.Connection,
    searches: Sequence[Counted],
    filters: Filters,
    groups: FacetGroups,
    *,
    latest: int | None = None,
    apart: bool = True,
) -> list[DaysBySource]:
    """The same for each of several searches, by several connections. Unless `apart`, sources may be counted as one."""
    plans = [_count_or_plan(db, one, filters, groups, latest) for one in searches]
    counted = iter(_count_found(db, [plan for plan in plans if isinstance(plan, list)], groups, apart=apart))
    return [
        _limit_days(next(counted), filters.since, filters.until) if isinstance(plan, list) else plan
        for plan in plans
    ]


def _count_or_plan(
    db: sqlite3.Connection, search: Counted, filters: Filters, groups: FacetGroups, latest: int | None
) -> DaysBySource | list[_Walk]:
    """The numbers, where they are kept or every match must be looked at; else how the articles are to be found."""
    node = search.node
    if node is None and latest is None and (sources := _find_whole_sources(filters, groups)) is not None:
        return _read_days(db, sources, filters)
    full_text, conditions, by_sets = split_conditions(node)
    if by_sets is not None or (node is not None and search.versions):
        rows = match(
            db, node, filters, ranked=False, ceiling=None, days=True, versions=search.versions, latest=latest
        ).rows
        allowed = (row for row in rows if row.group_id not in groups.excluded)
        counts = Counter((row.day or "", groups.groups[row.group_id].source) for row in allowed)
        return without_odd_days(as_days_by_source(counts))
    undated = replace(filters, since="", until="")  # days are easily left out when counted
    where, values = filter_sql(db, undated)
    scope = add_conditions(db, Scope(where, tuple(values)), conditions)
    if latest is not None:
        scope = limit_to_ids(scope, find_latest_ids(db, latest))
    return _plan_walks(db, full_text, scope, groups)


def _count_found(
    db: sqlite3.Connection, plans: Sequence[Sequence[_Walk]], groups: FacetGroups, *, apart: bool
) -> Iterator[DaysBySource]:
    """Walk for all searches together."""
    if not plans:
        return
    from pipelines.archive.search.number_counts import add_tallies, lay_out_columns, tally_all, tally_listed

    walks = [walk for plan in plans for walk in plan]
    columns = {
        skipped: lay_out_columns(groups, skipped, apart=apart) for skipped in {walk.skipped for walk in walks}
    }

    def tally(walk: _Walk, connection: sqlite3.Connection) -> Tally | None:
        if not walk.sql:
            return tally_all(connection, columns[walk.skipped])
        ids = connection.execute(walk.sql, walk.values).fetchone()[0]
        return tally_listed(connection, ids, columns[walk.skipped])

    tallies = iter(read_together(db, [partial(tally, walk) for walk in walks]))
    for plan in plans:
        yield add_tallies([*islice(tallies, len(plan))], columns[plan[0].skipped].sources if plan else [""])


class _Walk(NamedTuple):
    """A SELECT of the ids of all articles found as one JSON list, and the facet groups whose articles do not count.

    Without `sql` these are all articles.
    """

    sql: str
    values: tuple[object, ...]
    skipped: frozenset[int]


def _plan_walks(
    db: sqlite3.Connection, full_text: Node | None, scope: Scope, groups: FacetGroups
) -> list[_Walk]:
    """SQLite hands over ids as one text: rows take three times as long. What walks the text index for long is divided."""
    excluded = frozenset(groups.excluded)
    if full_text is None and not scope.where:
        return [_Walk("", (), excluded)]
    if full_text is None:
        sql = f"SELECT json_group_array(s.article_id) FROM _article_facets s WHERE 1{scope.where}"
        return [_Walk(sql, scope.values, excluded)]
    unspaced = remember(db, "unspaced groups", _read_unspaced_groups)
    walks = []
    for span in _divide(db, full_text, scope):
        one = replace(scope, ids=span)
        for table, _, where, values in full_text_queries(db, full_text, one):
            skipped = excluded
            if where.endswith(
                NOT_UNSPACED
            ):  # to look each article's group up in SQL takes as long as all else
                where, skipped = where.removesuffix(NOT_UNSPACED), excluded | unspaced
            sql = f"SELECT json_group_array({table}.rowid) FROM {table} WHERE {where}"
            walks.append(_Walk(sql, values, skipped))
    return walks


def _read_unspaced_groups(db: sqlite3.Connection) -> frozenset[int]:
    return frozenset(key for (key,) in db.execute("SELECT id FROM _facet_groups WHERE unspaced"))


SPAN = 100_000
"""Article ids in a part of a walk, which is then read by several connections together."""
MOST_PARTS = 4


def _divide(db: sqlite3.Connection, full_text: Node, scope: Scope) -> list[tuple[int, int] | None]:
    """Spans of ids; the scope's alone where each part would read what the others read: words of a prefix, articles of a filter."""
    last = find_latest_ids(db, 0)[1]
    parts = min(last // SPAN, MOST_PARTS)
    if parts < 2 or scope.where or any(word.prefix for word in words(full_text, dropped=True)):
        return [scope.ids]
    firsts = [last * part // parts for part in range(parts)]
    return [(first, after - 1) for first, after in pairwise([*firsts, LAST_ID])]


def _limit_days(counts: DaysBySource, since: str, until: str) -> DaysBySource:
    """The counts of a span of days; '' bounds nothing. Pure."""
    if not (since or until):
        return counts
    return _keep_days(counts, lambda day: since <= day and (not until or day <= until))


def without_odd_days(counts: DaysBySource) -> DaysBySource:
    """The same without days that are in no calendar. Pure."""
    return _keep_days(counts, is_day)


def _keep_days(counts: DaysBySource, is_kept: Callable[[str], bool]) -> DaysBySource:
    """The counts of some days, without sources that have none of them. Each day is asked for once. Pure."""
    days = set[str]().union(*counts.values())
    kept = set(filter(is_kept, days))
    if kept == days:
        return counts
    limited = {
        source: {day: n for day, n in of_source.items() if day in kept}
        for source, of_source in counts.items()
    }
    return {source: of_source for source, of_source in limited.items() if of_source}


def as_days_by_source(counts: Mapping[tuple[str, str], int]) -> DaysBySource:
    """Numbers by day and source, as numbers by source. Pure."""
    found: DaysBySource = {}
    for (day, source), articles in counts.items():
        found.setdefault(source, {})[day] = articles
    return found


def read_archived(db: sqlite3.Connection, sources: Collection[str], first: str, last: str) -> DaysBySource:
    """All articles of a span, both days inclusive, by source; of all sources together, as those of "", where none are chosen."""
    if sources:
        return read_days_of_sources(db, sources, first, last)
    return {"": read_archived_days(db, first, last)}


def read_archived_days(db: sqlite3.Connection, first: str, last: str) -> dict[str, int]:
    """The articles of all sources by day, the days of a span that have any. All days are kept until the archive changes."""
    sql = "SELECT day, sum(articles) FROM _source_days WHERE articles > 0 GROUP BY day"
    every = remember(db, "archived days", lambda connection: dict(connection.execute(sql).fetchall()))
    return {day: articles for day, articles in every.items() if first <= day <= last}


def _find_whole_sources(filters: Filters, groups: FacetGroups) -> list[str] | None:
    """The sources that the filters let pass with all their articles; None when any source passes in part."""
    if filters.author or filters.tag or filters.archived_since:
        return None
    passed, stopped = set[str](), set[str]()
    for key, group in groups.groups.items():
        (stopped if key in groups.excluded else passed).add(group.source)
    return None if passed & stopped else sorted(passed)


def _read_days(db: sqlite3.Connection, sources: list[str], filters: Filters) -> DaysBySource:
    """All articles of these sources, in the filters' days; without odd days."""
    counts = remember(db, "days by source", _read_all_days)
    among = {source: counts[source] for source in sources if source in counts}
    return _limit_days(among, filters.since, filters.until)


def _read_all_days(db: sqlite3.Connection) -> DaysBySource:
    return without_odd_days(_load_days(db.execute(_DAYS.format(""))))


def read_days_of_sources(
    db: sqlite3.Connection, sources: Collection[str], first: str, last: str
) -> DaysBySource:
    """All articles of these sources on the days of a span, both inclusive."""
    sql = _DAYS.format("AND source_id IN (SELECT value FROM json_each(?)) AND day BETWEEN ? AND ?")
    return _load_days(db.execute(sql, [json.dumps([*sources]), first, last]))


_DAYS = """
SELECT source_id, json_group_array(day), json_group_array(articles) FROM _source_days
WHERE articles > 0 {} GROUP BY source_id
"""


def _load_days(rows: Iterable[tuple[str, str, str]]) -> DaysBySource:
    return {
        source: dict(zip(json.loads(days), json.loads(articles), strict=True))
        for source, days, articles in rows
    }
