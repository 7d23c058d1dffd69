"""A search as one statement of SQL finds what matching in Python finds, and puts the same articles on each page."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import product
from typing import TYPE_CHECKING

import pytest

from pipelines.archive.search import results
from pipelines.archive.search.facets import read_facet_groups
from pipelines.archive.search.found import Page, keep_best, make_found_query, read_found
from pipelines.archive.search.match import Filters, make_scope, match
from pipelines.archive.search.query import parse
from pipelines.archive.search.search import search
from tests.archives import build

if TYPE_CHECKING:
    from collections.abc import Iterator

QUERIES = (
    "council",
    "the council",
    '"the council"',
    "council OR の OR title:the",
    "council NOT title:the",
    "東京 OR council",
    "の",
    "c*",
    "author:a* council",
    "source:harbour",
    "the NOT source:harbour",
    "zzzz",
    "",
)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(build(tmp_path_factory.mktemp("found") / "archive.db", 200))) as found:
        found.execute("UPDATE articles SET story_id = id / 3 + 1 WHERE id % 3 < 2")
        yield found


FILTERS = (Filters(), Filters(since="2026-10-01"), Filters(source=("harbour-herald", "siam-raiwan")))


@pytest.mark.parametrize("query", QUERIES)
def test_sql_finds_what_rows_have(db: sqlite3.Connection, query: str) -> None:
    node = parse(query).node
    for filters, ranked, ceiling in product(FILTERS, (True, False), (500, 7)):
        scope = make_scope(db, filters, ceiling=ceiling)
        asked = make_found_query(db, node, scope, ceiling=ceiling, ranked=ranked)
        assert asked is not None
        matches = match(db, node, filters, ranked=ranked, ceiling=ceiling)
        excluded = read_facet_groups(db, filters).excluded
        for (limit, offset), folded in product(((20, 0), (3, 2)), (True, False)):
            page = Page(limit, offset, excluded, archived=not ranked and offset > 0, folded=folded)
            assert read_found(db, asked, page) == keep_best(db, matches, page)


@pytest.mark.parametrize("query", QUERIES)
def test_hits_that_are_marked_together_are_marked_alike(
    db: sqlite3.Connection, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = search(db, query, sort="archived", limit=200)
    assert bool(together.hits) == (query != "zzzz")
    monkeypatch.setattr(results, "NEAR", -1)
    assert search(db, query, sort="archived", limit=200).hits == together.hits


def test_what_takes_more_than_sql_is_not_asked_so(db: sqlite3.Connection) -> None:
    scope = make_scope(db, Filters(), ceiling=5)
    split = parse("author:a* OR council").node
    assert make_found_query(db, split, scope, ceiling=5, ranked=True) is None
    versions = make_scope(db, Filters(), ceiling=5, versions=True)
    assert make_found_query(db, parse("council").node, versions, ceiling=5, ranked=True) is None
