"""Searches for a front page to suggest: what the latest articles are tagged with, and who wrote most of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.archive.search.match import Filters, match
from pipelines.archive.search.query import parse
from pipelines.archive.search.spellings import choose_spellings, fold_spelling

if TYPE_CHECKING:
    import sqlite3

LATEST = 1000
"""Articles, the latest archived, whose tags and authors are counted."""
SHORTEST = 3
"""Letters of a suggested tag in an alphabet; `UK` finds much and says little."""
LONGEST = 40
FEWEST = 2
"""Articles that have a suggested tag or author."""
TAGS = 3

_TERMS = """
    SELECT t.kind, t.name, count(*) AS articles
    FROM _article_terms a CROSS JOIN _terms t ON t.id = a.term_id
    WHERE a.article_id > (SELECT max(article_id) FROM _article_facets) - ?
    GROUP BY t.id HAVING articles >= ? ORDER BY articles DESC, t.name LIMIT 200
"""


def read_samples(db: sqlite3.Connection) -> tuple[str, ...]:
    """Up to four queries, each of which finds something: three tags and an author. None where the archive has neither."""
    found = db.execute(_TERMS, [LATEST, FEWEST]).fetchall()
    sections = {fold_spelling(name or "") for (name,) in db.execute("SELECT section FROM _facet_groups")}
    tags = choose_spellings((name, articles) for kind, name, articles in found if kind == "tag")
    subjects = [name for folded, name in tags.items() if folded not in sections and _is_telling(name)]
    authors = [name for kind, name, _ in found if kind == "author" and _is_telling(name)]
    queries = _find_something(db, [as_phrase(name) for name in subjects])
    return (*queries, *(f"author:{as_phrase(name)}" for name in authors[:1]))


def _is_telling(name: str) -> bool:
    letters = sum(sign.isalpha() for sign in name)
    shortest = SHORTEST if name.isascii() else 2  # 東京 says more than two letters do
    return (
        shortest <= letters and len(name) <= LONGEST and not set('"“”„*()') & set(name) and name.isprintable()
    )


def _find_something(db: sqlite3.Connection, queries: list[str]) -> list[str]:
    """The first `TAGS` of these queries whose words stand in any article: a tag may be in no text."""
    found: list[str] = []
    for query in queries[: TAGS * 5]:
        # Not a search: with its facets and hits each takes 20 ms of a million articles.
        if len(found) < TAGS and match(db, parse(query).node, Filters(), ranked=False, ceiling=1).rows:
            found.append(query)
    return found


def as_phrase(name: str) -> str:
    """A name as a query reads it: in quotation marks unless it is one plain word. Pure."""
    return name if name.isalnum() and name not in ("AND", "OR", "NOT") else f'"{name}"'
