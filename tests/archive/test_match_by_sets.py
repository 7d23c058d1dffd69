"""What full-text search cannot answer alone: `author:x OR y` is found in spans of ids, `source:x` alone without a text."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pipelines.archive.search import conditions
from pipelines.archive.search import match as matching
from pipelines.archive.search.match import Filters, match
from pipelines.archive.search.match_in_order import match_in_order
from pipelines.archive.search.query import parse
from pipelines.archive.search.search import search
from tests.archives import build

if TYPE_CHECKING:
    from collections.abc import Iterator

QUERIES = (
    "author:a* OR council",
    "source:harbour OR council",
    "council NOT (author:a* OR source:harbour)",
    "(author:a* council) OR source:harbour OR title:the",
    "author:m* OR council in:versions",
    "source:harbour",
    "source:a* NOT source:harbour",
    "council source:a*",
    "council NOT source:harbour",
)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(build(tmp_path_factory.mktemp("sets") / "archive.db", 200))) as found:
        yield found


@pytest.mark.parametrize("query", QUERIES)
def test_spans_and_bounds_change_nothing_that_is_found(
    db: sqlite3.Connection, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = parse(query)

    def find(ceiling: int | None) -> list[matching.Match]:
        return match(db, parsed.node, Filters(), ranked=True, ceiling=ceiling, versions=parsed.versions).rows

    whole = find(None)
    ids = [row.article_id for row in whole]
    assert 3 < len(ids) < 200
    assert ids == sorted(set(ids), reverse=True)
    monkeypatch.setattr(matching, "SPANS", (7, 20, 50))
    monkeypatch.setattr(conditions, "FEW_ARTICLES", 1)
    assert find(None) == whole
    for ceiling in (1, 5, 500):
        assert find(ceiling) == whole[:ceiling]
    in_order = match_in_order(db, parsed.node, Filters(), versions=parsed.versions)
    assert [row.article_id for rows in in_order for row in rows] == ids[::-1]
    first, last = ids[-1] + 1, max(one for (one,) in db.execute("SELECT article_id FROM _article_facets"))
    latest = match(
        db,
        parsed.node,
        Filters(),
        ranked=False,
        ceiling=None,
        versions=parsed.versions,
        latest=last - first + 1,
    )
    assert [row.article_id for row in latest.rows] == ids[:-1]


def test_conditions_join_with_words_as_their_sets_do(db: sqlite3.Connection) -> None:
    words = {
        row.article_id for row in match(db, parse("council").node, Filters(), ranked=False, ceiling=None).rows
    }
    of_source = {
        one for (one,) in db.execute("SELECT id FROM articles WHERE source_id = ?", [_any_source(db)])
    }
    source = f"source:{_any_source(db)}"
    for query, wanted in (
        (source, of_source),
        (f"council {source}", words & of_source),
        (f"council OR {source}", words | of_source),
        (f"council NOT {source}", words - of_source),
        (f"{source} NOT council", of_source - words),
    ):
        found = match(db, parse(query).node, Filters(), ranked=False, ceiling=None)
        assert {row.article_id for row in found.rows} == wanted, query


def test_newest_first_is_newest_first_for_such_a_query_too(db: sqlite3.Connection) -> None:
    hits = search(db, "author:a* OR council", sort="newest").hits
    days = [hit.day for hit in hits]
    assert len(days) > 3
    assert days == sorted(days, reverse=True)


def _any_source(db: sqlite3.Connection) -> str:
    sql = "SELECT source_id FROM articles GROUP BY source_id ORDER BY count(*) DESC LIMIT 1"
    return str(db.execute(sql).fetchone()[0])
