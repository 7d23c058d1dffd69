"""Which of some articles a saved search finds, and with what excerpt. The rest of the archive is not looked through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.archive.search.facets import read_facet_groups
from pipelines.archive.search.fts_query import marking_queries
from pipelines.archive.search.match import Matches, match_among
from pipelines.archive.search.query import words
from pipelines.archive.search.results import read_hits
from pipelines.archive.search.word_forms import parse_with_forms

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

    from pipelines.archive.search.match import Filters
    from pipelines.archive.search.results import Hit


def find_among(
    db: sqlite3.Connection, query: str, filters: Filters, ids: Collection[int], *, versions: bool = False
) -> set[int]:
    """Which of these articles the search finds, with `versions` by any of their versions; none for no query at all."""
    parsed = parse_with_forms(db, query, filters)
    if not ids or (parsed.node is None and parsed.problem):
        return set()
    rows = match_among(db, parsed.node, filters, ids, versions=versions)
    excluded = read_facet_groups(db, filters).excluded
    return {row.article_id for row in rows if row.group_id not in excluded}


def read_hits_among(
    db: sqlite3.Connection, query: str, filters: Filters, ids: Sequence[int]
) -> dict[int, Hit]:
    """These articles as hits, with the words of the query marked."""
    node = parse_with_forms(db, query, filters).node
    latin, letters = marking_queries(node)
    found = Matches([], latin=latin, letters=letters, has_prefix=any(word.prefix for word in words(node)))
    return {hit.id: hit for hit in read_hits(db, list(ids), found, 0)}
