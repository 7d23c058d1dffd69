"""All matches of a search in the order of ids, a part at a time, for files: memory stays flat."""

from __future__ import annotations

import heapq
from dataclasses import replace
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

from pipelines.archive.search.conditions import split_conditions
from pipelines.archive.search.match import (
    LAST_ID,
    Filters,
    Match,
    Scope,
    add_conditions,
    as_match,
    filter_sql,
    full_text_queries,
    limit_to_ids,
    match_all,
    match_by_sets,
    match_full_text,
)
from pipelines.archive.search.query import Node, words

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

WINDOW = 20_000
"""Article ids that `match_in_order` looks through at a time: 3 MB of matches at most."""
AT_A_TIME = 1000
"""Matches of `begin*` that it hands over at a time."""


def match_in_order(
    db: sqlite3.Connection, node: Node | None, filters: Filters, *, versions: bool = False
) -> Iterator[list[Match]]:
    """Find all articles as `match` does, a span of `WINDOW` ids at a time in the order of ids: memory stays flat.

    What full-text search cannot find alone (`author:x OR y`) is found in one piece. For `begin*` FTS5 reads all words that
    begin so, however few ids are asked for: it is asked once, and its rows are taken as they come.
    """
    where, values = filter_sql(db, filters)
    full_text, conditions, by_sets = split_conditions(node)
    everything = Scope(where, tuple(values), old={} if versions else None)
    if by_sets is not None:
        yield sorted(match_by_sets(db, by_sets, everything, ranked=False), key=attrgetter("article_id"))
        return
    whole = add_conditions(db, everything, conditions)
    if full_text is not None and not versions and any(word.prefix for word in words(full_text, dropped=True)):
        yield from _match_as_they_come(db, full_text, whole)
        return
    next_id = "SELECT min(article_id) FROM _article_facets WHERE article_id > ?"
    before = -1
    while (first := db.execute(next_id, [before]).fetchone()[0]) is not None:
        before = min(first + WINDOW - 1, LAST_ID)
        scope = replace(limit_to_ids(whole, (first, before)), old={} if versions else None)
        rows = (
            match_all(db, scope) if full_text is None else match_full_text(db, full_text, scope, ranked=False)
        )
        yield sorted(rows, key=attrgetter("article_id"))


def _match_as_they_come(db: sqlite3.Connection, node: Node, scope: Scope) -> Iterator[list[Match]]:
    found = []
    for table, tables, where, values in full_text_queries(db, node, scope):
        sql = f"SELECT 0.0, -s.at, s.article_id, s.group_id, NULL FROM {tables} WHERE {where} ORDER BY {table}.rowid"
        found.append(map(as_match, db.execute(sql, values)))
    rest = heapq.merge(*found, key=attrgetter("article_id"))
    while rows := list(islice(rest, AT_A_TIME)):
        yield rows
