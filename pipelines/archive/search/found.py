"""What a search finds: all articles, and the best of them on one page.

`read_found` asks SQLite alone, in one walk, and no row comes to Python: 10,000 of them take 15 ms of a search's 80. `keep_best` is for
what takes more than SQL.
"""

from __future__ import annotations

import heapq
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.search.conditions import split_conditions
from pipelines.archive.search.folding import first_of_stories, fold, read_story_ids
from pipelines.archive.search.match import (
    WEIGHTS,
    Filters,
    FullTextQuery,
    Match,
    Matches,
    Scope,
    add_conditions,
    full_text_queries,
    make_scope,
    marks_of,
    match,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

    from pipelines.archive.search.query import Node


class Found(NamedTuple):
    """The articles found, the latest archived first, each with its facet group; `capped`: there are more.

    `stories` has the story of each that belongs to one, where hits are folded; `best` the articles of the page.
    """

    ids: list[int]
    groups: list[int]
    capped: bool
    best: list[int]
    stories: dict[int, int]

    def allowed(self, excluded: Collection[int]) -> list[int]:
        """The articles that are in none of these groups."""
        if not excluded:
            return self.ids
        pairs = zip(self.ids, self.groups, strict=True)
        return [article for article, group in pairs if group not in excluded]


NONE_FOUND = Found([], [], False, [], {})


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the articles found in no excluded group: best first; the newest first where nothing is ranked.

    `archived`: the last archived first. `folded`: of each story the best alone.
    """

    limit: int
    offset: int
    excluded: Collection[int] = ()
    archived: bool = False
    folded: bool = False


def keep_best(db: sqlite3.Connection, matches: Matches, page: Page) -> Found:
    """The page of what was matched already."""
    rows = [row for row in matches.rows if row.group_id not in page.excluded]
    ids, groups = [row.article_id for row in matches.rows], [row.group_id for row in matches.rows]
    stories = read_story_ids(db, ids) if page.folded else {}
    key = _last_archived if page.archived else None
    folds = fold(rows, stories, key) if page.folded else rows
    best = heapq.nsmallest(page.offset + page.limit, folds, key=key)[page.offset :]
    return Found(ids, groups, matches.capped, [row.article_id for row in best], stories)


def _last_archived(row: Match) -> int:
    return -row.article_id


def find_articles(
    db: sqlite3.Connection,
    node: Node | None,
    filters: Filters,
    page: Page,
    *,
    ranked: bool,
    ceiling: int | None,
    versions: bool,
    latest: int | None,
) -> tuple[Found, Matches]:
    """The articles that match the tree and the filters, and what marks its words in them; the parameters are those of `match`."""
    scope = make_scope(db, filters, ceiling=ceiling, versions=versions, latest=latest)
    query = make_found_query(db, node, scope, ceiling=ceiling, ranked=ranked)
    if query is not None:
        return read_found(db, query, page), marks_of(node)
    matches = match(db, node, filters, ranked=ranked, ceiling=ceiling, versions=versions, latest=latest)
    return keep_best(db, matches, page), matches


class FoundQuery(NamedTuple):
    """A search as SELECTs, one for each index that can have its words."""

    parts: list[FullTextQuery]
    ceiling: int | None
    """How many articles are found at most, the latest archived."""
    ranked: bool


def read_found(db: sqlite3.Connection, query: FoundQuery, page: Page) -> Found:
    """The articles found, and the page of them."""
    rows, values = _select(query)
    order = "article_id DESC" if page.archived else "score, age, article_id"
    best = "SELECT * FROM found LIMIT ?"
    values.append(-1 if query.ceiling is None else query.ceiling)
    if page.excluded:
        best = f"SELECT * FROM ({best}) WHERE group_id NOT IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(list(page.excluded)))
    sql = f"""
        WITH found AS MATERIALIZED ({rows})
        SELECT json_group_array(article_id), json_group_array(group_id), (
            SELECT json_group_array(article_id) FROM (
                SELECT article_id FROM ({best}) ORDER BY {order} LIMIT ? OFFSET ?
            )
        ) FROM found
    """
    span = (-1, 0) if page.folded else (page.limit, page.offset)
    ids, groups, ranked = map(json.loads, db.execute(sql, [*values, *span]).fetchone())
    capped = query.ceiling is not None and len(ids) > query.ceiling
    ids, groups, stories = ids[: query.ceiling], groups[: query.ceiling], dict[int, int]()
    if page.folded:
        stories = read_story_ids(db, ids)
        ranked = first_of_stories(ranked, stories, page.offset + page.limit)[page.offset :]
    return Found(ids, groups, capped, ranked, stories)


def _select(query: FoundQuery) -> tuple[str, list[object]]:
    """SQL of `score`, `age`, `article_id` and `group_id`, the latest archived first, one more than the ceiling; and its values."""
    parts, values = [], list[object]()
    limit = -1 if query.ceiling is None else query.ceiling + 1
    for table, tables, where, of_part in query.parts:
        score = f"bm25({table}, {WEIGHTS})" if query.ranked else "0.0"
        parts.append(f"""
            SELECT {score} AS score, -s.at AS age, {table}.rowid AS article_id, s.group_id AS group_id
            FROM {tables} WHERE {where}""")
        values += of_part
    # By the indexes' own ids, in whose order they find: SQLite then merges both, sorts no row, and ends with the last one that is wanted.
    return f"{' UNION ALL '.join(parts) or _NOTHING} ORDER BY article_id DESC LIMIT ?", [*values, limit]


_NOTHING = "SELECT 0.0 AS score, 0 AS age, 0 AS article_id, 0 AS group_id WHERE 0"


def make_found_query(
    db: sqlite3.Connection, node: Node | None, scope: Scope, *, ceiling: int | None, ranked: bool
) -> FoundQuery | None:
    """The search as SELECTs; None for what takes more: `author:x OR y`, and superseded versions."""
    full_text, conditions, by_sets = split_conditions(node)
    if by_sets is not None or scope.old is not None:
        return None
    scope = add_conditions(db, scope, conditions)
    if full_text is None:
        every = FullTextQuery("s", "_article_facets s", f"1{scope.where}", scope.values)
        return FoundQuery([every], ceiling, ranked=False)
    return FoundQuery(full_text_queries(db, full_text, scope), ceiling, ranked)
