"""The newest articles of a search without words: the same, however few of all articles the filters let pass."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pipelines.archive.search import search as module
from pipelines.archive.search.match import Filters
from tests.archives import build

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN = "SELECT s.article_id FROM _article_facets s JOIN _facet_groups g ON g.id = s.group_id WHERE {} ORDER BY {}"
ORDERS = {"relevance": "s.at DESC, s.article_id DESC", "archived": "s.article_id DESC"}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(build(tmp_path_factory.mktemp("newest") / "archive.db", 300))) as found:
        yield found


@pytest.mark.parametrize("few", [0, 1e9])
@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize(
    ("filters", "where"),
    [
        (Filters(), "1"),
        (Filters(source=("harbour-herald",)), "g.source_id = 'harbour-herald'"),
        (Filters(language=("en",), gone=False), "g.language = 'en' AND NOT g.gone"),
        (Filters(source=("nobody",)), "0"),
    ],
)
def test_the_newest_are_those_of_all_sorted(
    db: sqlite3.Connection,
    monkeypatch: pytest.MonkeyPatch,
    few: float,
    sort: module.Sort,
    filters: Filters,
    where: str,
) -> None:
    monkeypatch.setattr(module, "FEW", few)
    expected = [number for (number,) in db.execute(PLAIN.format(where, ORDERS[sort]))]
    assert expected or filters.source == ("nobody",)
    for offset, count in ((0, True), (20, True), (20, False)):
        found = module.search(db, "", filters, limit=20, offset=offset, sort=sort, count=count)
        assert [hit.id for hit in found.hits] == expected[offset : offset + 20]
        assert found.total == len(expected)
