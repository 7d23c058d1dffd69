"""Matching: turns the tree of `query.py` into SQL and finds the articles, with their scores.

`_cjk_fts` decides on articles with unsegmented script, `articles_fts` on all others, so that only the
index that knows an article's words judges it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.search.conditions import (
    GROUPS_OF,
    Condition,
    articles_meeting,
    condition_sql,
    has_condition,
    split_conditions,
)
from pipelines.archive.search.fts_query import fts_query, marking_queries
from pipelines.archive.search.query import And, Node, Not, Or, Word, words
from pipelines.archive.search.sources import match_sources
from pipelines.archive.search.spellings import find_tag_spellings

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Iterator

WEIGHTS = "8.0, 3.0, 1.0"
"""Weights of a word in the headline, the standfirst and the text."""


NOT_UNSPACED = " AND s.group_id NOT IN (SELECT id FROM _facet_groups WHERE unspaced)"
"""SQL that leaves an article to `_cjk_fts` where that index has it."""


class Match(NamedTuple):
    """An article found. Smaller tuples are better matches, or newer ones where nothing was ranked.

    `score` is SQLite's bm25 (smaller is better), 0 when not asked for; `age` is seconds before 1970, so that it
    grows with an article's age; `day` is None when not asked for.
    """

    score: float
    age: int
    article_id: int
    group_id: int
    day: str | None


as_match = partial(tuple.__new__, Match)  # `Match._make` takes half as long again; measured: 0.2 µs a row


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a search beside its words; empty tuples, empty days and None narrow nothing.

    Several values of one facet widen each other. `since` and `until` are days (`YYYY-MM-DD`), both inclusive.
    An empty text among the values means "none given" (no section, unknown language, unknown access). `archived_since` is a
    time (ISO 8601 in UTC) after which an article was first seen.
    """

    source: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    changed: bool | None = None
    gone: bool | None = None
    paywalled: bool | None = None
    access: tuple[str, ...] = ()
    archived_since: str = ""


@dataclass(slots=True)
class Matches:
    """The articles found. `capped` says that more exist than the ceiling allowed."""

    rows: list[Match]
    capped: bool = False
    latin: str | None = None
    """The query of `articles_fts` that marks words; None when that index cannot have any of them."""
    letters: str | None = None
    """The same for `_cjk_fts`."""
    has_prefix: bool = False
    """Whether any word of these is `begin*`."""
    old: dict[int, int] = field(default_factory=dict)
    """Of articles of which only a superseded version was found, the id of the last such row of `revisions`."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The SQL that all ways of matching share: the filters beside facet groups, the day's column, the limit."""

    where: str = ""
    values: tuple[object, ...] = ()
    limit: int = -1
    day: str = "NULL"
    ids: tuple[int, int] | None = None
    """The first and the last article id that count, None for all."""
    old: dict[int, int] | None = None
    """Filled with what `Matches.old` has; None when superseded versions are not searched."""


def match(
    db: sqlite3.Connection,
    node: Node | None,
    filters: Filters,
    *,
    ranked: bool,
    ceiling: int | None,
    days: bool = False,
    versions: bool = False,
    latest: int | None = None,
) -> Matches:
    """Find the articles that match the tree and all filters but those of facet groups; without a tree, all.

    With `versions` an article matches when any of its versions does. `ceiling` is how many matches are examined, the
    latest archived first; `latest` how many articles, found or not; None for all.
    """
    scope = make_scope(db, filters, ceiling=ceiling, days=days, versions=versions, latest=latest)
    rows = _match_tree(db, node, scope, ranked=ranked)
    capped = ceiling is not None and len(rows) > ceiling
    return replace(
        marks_of(node), rows=rows[:ceiling] if capped else rows, capped=capped, old=scope.old or {}
    )


def marks_of(node: Node | None) -> Matches:
    """What marks the words of a tree, without the articles found. Pure."""
    return Matches([], False, *marking_queries(node), any(word.prefix for word in words(node)))


def make_scope(
    db: sqlite3.Connection,
    filters: Filters,
    *,
    ceiling: int | None,
    days: bool = False,
    versions: bool = False,
    latest: int | None = None,
) -> Scope:
    """The scope of a search; the parameters are those of `match`."""
    where, values = filter_sql(db, filters)
    scope = Scope(
        where,
        tuple(values),
        limit=-1 if ceiling is None else ceiling + 1,
        day="s.day" if days else "NULL",  # one text a row costs as much as the rest of the row
        old={} if versions else None,
    )
    if latest is not None:
        scope = limit_to_ids(scope, find_latest_ids(db, latest))
    if filters.archived_since:  # FTS5 then reads no other part of its index
        scope = limit_to_ids(scope, _find_new_ids(db, filters.archived_since))
    return scope


def match_among(
    db: sqlite3.Connection,
    node: Node | None,
    filters: Filters,
    ids: Collection[int],
    *,
    versions: bool = False,
) -> list[Match]:
    """Find which of these articles match as `match` does."""
    if not ids:
        return []
    where, values = filter_sql(db, filters)
    among = f"{where} AND s.article_id IN (SELECT value FROM json_each(?))"
    scope = Scope(among, (*values, json.dumps(sorted(ids))), old={} if versions else None)
    return _match_tree(db, node, replace(scope, ids=(min(ids), max(ids))), ranked=False)


def _match_tree(db: sqlite3.Connection, node: Node | None, scope: Scope, *, ranked: bool) -> list[Match]:
    full_text, conditions, by_sets = split_conditions(node)
    if by_sets is not None:
        return match_by_sets(db, by_sets, scope, ranked=ranked)
    scope = add_conditions(db, scope, conditions)
    if full_text is None:
        return match_all(db, scope)
    return match_full_text(db, full_text, scope, ranked=ranked)


def describe_bound(latest: int | None) -> list[str]:
    """A sentence that says that not all articles were examined."""
    if latest is None:
        return []
    return [
        f"Only the latest {latest:,} articles archived were looked at: all of them would have taken too long."
    ]


def find_latest_ids(db: sqlite3.Connection, count: int) -> tuple[int, int]:
    """A span of ids with about so many articles, the latest archived."""
    last: int = db.execute("SELECT coalesce(max(article_id), 0) FROM _article_facets").fetchone()[0]
    return max(last - count + 1, 0), last


def _find_new_ids(db: sqlite3.Connection, since: str) -> tuple[int, int]:
    """The first and the last id of the articles that were first seen after a time; a span without any where none was."""
    sql = "SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM articles WHERE first_seen_at > ?"
    first, last = db.execute(sql, [since]).fetchone()
    return first, last


def limit_to_ids(scope: Scope, span: tuple[int, int]) -> Scope:
    """The same for articles with these ids, the first and the last."""
    return replace(
        scope,
        where=f"{scope.where} AND s.article_id BETWEEN ? AND ?",
        values=(*scope.values, *span),
        ids=span,
    )


def add_conditions(db: sqlite3.Connection, scope: Scope, conditions: tuple[Condition, ...]) -> Scope:
    where, values = scope.where, scope.values
    for condition in conditions:
        sql, value = condition_sql(db, condition)
        where, values = where + sql, (*values, value)
    return replace(scope, where=where, values=values)


LAST_ID = 2**63 - 1
"""The largest id that SQLite has."""


def match_all(db: sqlite3.Connection, scope: Scope) -> list[Match]:
    sql = f"""
        SELECT 0.0, -at, article_id, group_id, {scope.day} FROM _article_facets s
        WHERE 1{scope.where} ORDER BY article_id DESC LIMIT ?
    """
    return list(map(as_match, db.execute(sql, [*scope.values, scope.limit])))


def match_full_text(db: sqlite3.Connection, node: Node, scope: Scope, *, ranked: bool) -> list[Match]:
    rows: list[Match] = []
    queries = full_text_queries(db, node, scope)
    for table, tables, where, values in queries:
        score = f"bm25({table}, {WEIGHTS})" if ranked else "0.0"
        sql = f"""
            SELECT {score}, -s.at, s.article_id, s.group_id, {scope.day} FROM {tables} WHERE {where}
            ORDER BY {table}.rowid DESC LIMIT ?
        """
        rows += map(as_match, db.execute(sql, [*values, scope.limit]))
    if scope.old is not None:
        rows += _match_old_versions(db, node, scope, {row.article_id for row in rows}, ranked=ranked)
        rows.sort(key=attrgetter("article_id"), reverse=True)
    elif len(queries) > 1 and scope.limit >= 0:
        rows.sort(key=attrgetter("article_id"), reverse=True)
    return rows


class FullTextQuery(NamedTuple):
    """What a SELECT reads from one index (`table`): the articles found, with their facets as `s`."""

    table: str
    tables: str
    where: str
    values: tuple[object, ...]


def full_text_queries(db: sqlite3.Connection, node: Node, scope: Scope) -> list[FullTextQuery]:
    """A query for each of the two indexes that can have the words."""
    some_unsegmented = db.execute("SELECT 1 FROM _cjk_fts_docsize LIMIT 1").fetchone() is not None
    queries = []
    for table, letters in (("articles_fts", False), ("_cjk_fts", True)):
        query = fts_query(node, letters=letters)
        if query is None or (letters and not some_unsegmented):
            continue
        others = ""
        if some_unsegmented and not letters:
            others = NOT_UNSPACED
        span = (
            f" AND {table}.rowid BETWEEN ? AND ?" if scope.ids else ""
        )  # FTS5 then reads no other part of its index
        tables = f"{table} CROSS JOIN _article_facets s ON s.article_id = {table}.rowid"
        # Articles are told by the index's own ids, so that those of other authors are not looked up; `+`: not asked one by one.
        narrowed = scope.where.replace("s.article_id", f"+{table}.rowid")
        where = f"{table} MATCH ?{span}{narrowed}{others}"
        queries.append(FullTextQuery(table, tables, where, (query, *(scope.ids or ()), *scope.values)))
    return queries


def _match_old_versions(
    db: sqlite3.Connection, node: Node, scope: Scope, found: set[int], *, ranked: bool
) -> Iterator[Match]:
    """The articles, beside those found, of which a superseded version matches; `scope.old` has the last such version."""
    assert scope.old is not None
    query = fts_query(node, letters=True)
    if query is None:
        return
    score = f"bm25(_versions_fts, {WEIGHTS})" if ranked else "0.0"
    sql = f"""
        SELECT {score}, -s.at, s.article_id, s.group_id, {scope.day}, r.id, r.number
        FROM _versions_fts CROSS JOIN revisions r ON r.id = _versions_fts.rowid
        CROSS JOIN _article_facets s ON s.article_id = r.article_id
        WHERE _versions_fts MATCH ?{scope.where} ORDER BY _versions_fts.rowid DESC LIMIT ?
    """
    numbers: dict[int, int] = {}
    for *row, version, number in db.execute(sql, [query, *scope.values, scope.limit]):
        one = Match._make(row)
        if one.article_id in found:
            continue
        if one.article_id not in numbers:
            yield one
        if number > numbers.get(one.article_id, 0):
            numbers[one.article_id] = number
            scope.old[one.article_id] = version


SPANS = (25_000, 100_000, 400_000)
"""Article ids of which `match_by_sets` joins the sets at a time, the latest first; then all others."""


def match_by_sets(db: sqlite3.Connection, node: Node, scope: Scope, *, ranked: bool) -> list[Match]:
    """Match what full-text search cannot (`author:x OR y`): find each word's articles and join the sets."""
    sql = f"""
        SELECT s.article_id, -s.at, s.group_id, {scope.day} FROM _article_facets s
        WHERE s.article_id IN (SELECT value FROM json_each(?)){scope.where} ORDER BY s.article_id DESC LIMIT ?
    """
    rows: list[Match] = []
    met: dict[Word, set[int]] = {}
    for span in _spans(db, scope):
        scores = _scores(db, node, limit_to_ids(Scope(old=scope.old), span), met, ranked=ranked)
        found = db.execute(sql, [json.dumps(sorted(scores)), *scope.values, scope.limit])
        rows += [Match(scores[article], age, article, group, day) for article, age, group, day in found]
        if 0 <= scope.limit <= len(rows):
            return rows[: scope.limit]
    return rows


def _spans(db: sqlite3.Connection, scope: Scope) -> Iterator[tuple[int, int]]:
    """The ids of the scope in pieces, the last ones first: the more so as few matches are asked for."""
    first, last = scope.ids or find_latest_ids(db, LAST_ID)
    for size in SPANS if scope.limit >= 0 else ():
        if last - first >= size:
            yield last - size + 1, last
            last -= size
    yield first, last


def _scores(
    db: sqlite3.Connection, node: Node, scope: Scope, met: dict[Word, set[int]], *, ranked: bool
) -> dict[int, float]:
    """Article id to score, of all articles of the scope that the tree finds; `met` keeps what conditions mean."""
    if not has_condition(node):
        return {row.article_id: row.score for row in match_full_text(db, node, scope, ranked=ranked)}
    match node:
        case Word():
            return dict.fromkeys(_articles_of(db, node, scope, met), 0.0)
        case Not():
            drop = _scores(db, node.drop, replace(scope, old=None), met, ranked=False)
            kept = _scores(db, node.keep, scope, met, ranked=ranked)
            return {article: score for article, score in kept.items() if article not in drop}
        case And() | Or():
            parts = [_scores(db, part, scope, met, ranked=ranked) for part in node.parts]
            ids = set(parts[0])
            for part in parts[1:]:
                ids = ids & part.keys() if isinstance(node, And) else ids | part.keys()
            return {article: sum(part.get(article, 0.0) for part in parts) for article in ids}


def _articles_of(
    db: sqlite3.Connection, condition: Word, scope: Scope, met: dict[Word, set[int]]
) -> Iterable[int]:
    """The articles of the scope that a word of `CONDITIONS` means."""
    if condition.field == "source":
        sql = f"SELECT s.article_id FROM _article_facets s WHERE +s.group_id IN ({GROUPS_OF}){scope.where}"
        return [
            article
            for (article,) in db.execute(sql, [json.dumps(match_sources(db, condition)), *scope.values])
        ]
    if condition not in met:
        met[condition] = set(articles_meeting(db, condition))
    first, last = scope.ids or (0, LAST_ID)
    return (article for article in met[condition] if first <= article <= last)


def filter_sql(db: sqlite3.Connection, filters: Filters) -> tuple[str, list[object]]:
    """SQL, beginning with AND, and its values, for the filters that are not of facet groups. A tag has all its spellings."""
    where, values = "", list[object]()
    for sign, day in ((">=", filters.since), ("<=", filters.until)):
        if day:
            where += f" AND s.day {sign} ?"
            values.append(day)
    if filters.archived_since:
        where += " AND s.article_id IN (SELECT id FROM articles WHERE first_seen_at > ?)"
        values.append(filters.archived_since)
    for terms, kind in ((filters.author, "author"), (find_tag_spellings(db, filters.tag), "tag")):
        if terms:
            marks = ", ".join("?" * len(terms))
            where += f"""
                AND s.article_id IN (
                    SELECT article_id FROM _article_terms
                    WHERE term_id IN (SELECT id FROM _terms WHERE kind = '{kind}' AND name IN ({marks}))
                )"""
            values += terms
    return where, values
