"""Words of a query that say something of an article, not of its words: `author:`, `source:`, `story:` and `first:`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.connection_memory import remember
from pipelines.archive.search.fts_query import fts_term
from pipelines.archive.search.query import ANY, CONDITIONS, And, Node, Not, Word, words
from pipelines.archive.search.sources import match_sources
from pipelines.archive.search.stories import find_first, find_story
from pipelines.archive.search.unsegmented import has_unsegmented

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


class Condition(NamedTuple):
    """An `author:`, `source:`, `story:` or `first:` beside full-text words, wanted or (after NOT) unwanted."""

    word: Word
    wanted: bool


class SplitQuery(NamedTuple):
    """A query as the part that full-text search can answer, None where there is none, and the conditions beside it.

    `by_sets` is the query itself where it cannot be split: `author:x OR y`.
    """

    full_text: Node | None = None
    conditions: tuple[Condition, ...] = ()
    by_sets: Node | None = None


def split_conditions(node: Node | None) -> SplitQuery:
    """Split a query; None, which asks for all articles, is split into nothing. Pure."""
    if node is None or not has_condition(node):
        return SplitQuery(node)
    match node:
        case Word():
            return SplitQuery(None, (Condition(node, wanted=True),))
        case And() if all(isinstance(part, Word) or not has_condition(part) for part in node.parts):
            conditions = tuple(
                Condition(part, wanted=True)
                for part in node.parts
                if isinstance(part, Word) and has_condition(part)
            )
            rest = tuple(part for part in node.parts if not has_condition(part))
            return SplitQuery(And(rest) if len(rest) > 1 else next(iter(rest), None), conditions)
        case Not(keep, Word() as drop) if has_condition(drop):
            kept = split_conditions(keep)
            if kept.by_sets is None:
                return SplitQuery(kept.full_text, (*kept.conditions, Condition(drop, wanted=False)))
        case Not(keep, drop) if not has_condition(drop):
            kept = split_conditions(keep)
            if kept.full_text is not None:
                return SplitQuery(Not(kept.full_text, drop), kept.conditions)
        case _:
            pass
    return SplitQuery(by_sets=node)


def has_condition(node: Node) -> bool:
    return any(word.field in CONDITIONS for word in words(node, dropped=True))


class SqlCondition(NamedTuple):
    """SQL of an article `s.article_id`, beginning with AND, and its only value."""

    sql: str
    value: str


def condition_sql(db: sqlite3.Connection, condition: Condition) -> SqlCondition:
    """What an article must meet. It names no other column of `s`: who knows an article's id alone can ask it too."""
    tested, among, word = "s.article_id", "SELECT value FROM json_each(?)", condition.word
    if word.field == "source":
        value = json.dumps(match_sources(db, word))
        if db.execute(_ARTICLES_IN, [value]).fetchone()[0] <= FEW_ARTICLES:
            among = f"SELECT article_id FROM _article_facets WHERE group_id IN ({GROUPS_OF})"
        else:
            tested, among = _GROUP_OF, GROUPS_OF
    else:

        def write(db: sqlite3.Connection) -> str:
            return json.dumps(sorted(articles_meeting(db, word)))

        every = word.field == "first" and word.text == ANY  # of a twentieth of all articles
        value = remember(db, "all first articles, as JSON", write) if every else write(db)
    return SqlCondition(f" AND {tested} {'' if condition.wanted else 'NOT '}IN ({among})", value)


FEW_ARTICLES = 20_000
"""Articles of the sources of a condition that are listed, 1.5 µs each; of more the source of each match is looked up, 1 µs each."""
_ARTICLES_IN = (
    "SELECT coalesce(sum(articles), 0) FROM _facet_groups WHERE source_id IN (SELECT value FROM json_each(?))"
)
GROUPS_OF = "SELECT id FROM _facet_groups WHERE source_id IN (SELECT value FROM json_each(?))"
_GROUP_OF = "(SELECT f.group_id FROM _article_facets f WHERE f.article_id = s.article_id)"


def articles_meeting(db: sqlite3.Connection, condition: Word) -> Iterable[int]:
    """The ids of the articles that `author:`, `story:` or `first:` means."""
    if condition.field == "story":
        return find_story(db, condition.text)
    if condition.field == "first":
        return find_first(db, None if condition.text == ANY else match_sources(db, condition))
    if has_unsegmented(condition.text):
        authors, value = "instr(name, ?)", condition.text
    else:
        authors = "id IN (SELECT rowid FROM _terms_fts WHERE _terms_fts MATCH ?)"
        value = fts_term(Word(condition.text, condition.prefix), letters=False) or ""
    terms = f"SELECT id FROM _terms WHERE kind = 'author' AND {authors}"
    sql = f"SELECT article_id FROM _article_terms WHERE term_id IN ({terms})"
    return {article for (article,) in db.execute(sql, [value])}
