"""Articles counted by day and source: the same numbers as the matches themselves have, for every kind of search."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pipelines.archive import read_together
from pipelines.archive.search import day_counts
from pipelines.archive.search.day_counts import (
    Counted,
    as_days_by_source,
    count_by_day_and_source,
    count_each,
    read_archived_days,
)
from pipelines.archive.search.facets import read_facet_groups
from pipelines.archive.search.match import Filters, match
from pipelines.archive.search.query import parse
from pipelines.archive.search.timeline import read_timeline
from pipelines.archive.views.attention import Asked, read_attention
from tests.archives import build
from tests.phrases import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

AUTHOR = NAMES["en"][0]
QUERIES = (
    "", "council", "council OR 東京", "the NOT council", "co*", '"the council"', "title:council", "source:tribune the",
    f'author:"{AUTHOR}"', f'author:"{AUTHOR}" OR council', f'the NOT author:"{AUTHOR}"', "港", "nothingatall",
)  # fmt: skip
FILTERS = (
    Filters(),
    Filters(source=("harbour-herald", "minato-shimbun")),
    Filters(source=("nobody",)),
    Filters(section=("Politics",)),
    Filters(source=("harbour-herald",), changed=True),
    Filters(since="2026-10-01", until="2026-11-10"),
    Filters(until="2026-10-10", language=("en", "ja")),
    Filters(author=(AUTHOR,)),
    Filters(tag=("",), gone=False),
)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(build(tmp_path_factory.mktemp("days") / "archive.db", 400))) as found:
        yield found


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """An archive with a day that is in no calendar, and that SQLite's functions take for another one."""
    with closing(sqlite3.connect(build(tmp_path_factory.mktemp("odd") / "archive.db", 40))) as found:
        found.execute("UPDATE articles SET published_at = '2026-02-31' WHERE id % 9 = 0")
        yield found


@pytest.mark.parametrize("text", ["the", "", "co*"])
@pytest.mark.parametrize("filters", [Filters(since="2020-01-01"), Filters(section=("Politics", "News", ""))])
def test_a_day_that_is_in_no_calendar_is_left_out(
    odd: sqlite3.Connection, text: str, filters: Filters
) -> None:
    node, groups = parse(text).node, read_facet_groups(odd, filters)
    rows = match(odd, node, filters, ranked=False, ceiling=None, days=True).rows
    expected = Counter(
        (row.day, groups.groups[row.group_id].source)
        for row in rows
        if row.group_id not in groups.excluded and row.day != "2026-02-31"
    )
    assert expected
    assert count_by_day_and_source(odd, node, filters, groups) == as_days_by_source(expected)


def test_a_chart_may_span_a_day_that_is_in_no_calendar(odd: sqlite3.Connection) -> None:
    odd.execute("UPDATE articles SET published_at = '2026-02-01' WHERE id % 9 = 1")
    for filters in (Filters(), Filters(source=("harbour-herald",))):
        shown = read_timeline(odd, "the", filters, unit="month")
        assert shown.bars[0].since == "2026-02-01"
        assert sum(bar.found for bar in shown.bars) == shown.total > 0
        assert read_attention(odd, Asked(("the",), filters, "month")).lines[0].total == shown.total
    odd.rollback()


@pytest.mark.parametrize("text", QUERIES)
def test_the_counts_are_those_of_the_matches(db: sqlite3.Connection, text: str) -> None:
    node = parse(text).node
    assert (node is None) == (not text)
    total = 0
    for filters in FILTERS:
        groups = read_facet_groups(db, filters)
        matches = match(db, node, filters, ranked=False, ceiling=None, days=True).rows
        expected = Counter(
            (row.day, groups.groups[row.group_id].source)
            for row in matches
            if row.group_id not in groups.excluded
        )
        assert count_by_day_and_source(db, node, filters, groups) == as_days_by_source(expected), filters
        total += expected.total()
    assert total or text == "nothingatall"


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a large archive, on a machine with idle processors."""
    monkeypatch.setattr(day_counts, "SPAN", 60)
    monkeypatch.setattr(read_together, "_idle", threading.Semaphore(2))
    monkeypatch.setattr(read_together, "PATIENCE", 0)


@pytest.mark.usefixtures("in_parts")
def test_several_searches_are_counted_in_parts_and_together(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = [parse(text).node for text in QUERIES]
    searches = [Counted(node) for node in nodes] + [Counted(nodes[1], versions=True)]
    keys = set[str]()
    for filters in (FILTERS[0], FILTERS[3], FILTERS[4], FILTERS[7]):
        groups = read_facet_groups(db, filters)
        together = count_each(db, searches, filters, groups)
        as_one = count_each(db, searches, filters, groups, apart=False)
        with monkeypatch.context() as patched:
            patched.setattr(day_counts, "SPAN", 10**9)
            alone = [
                count_by_day_and_source(db, one.node, filters, groups, versions=one.versions)
                for one in searches
            ]
        assert together == alone
        assert [sum_sources(counts) for counts in as_one] == [sum_sources(counts) for counts in alone]
        keys = keys.union(*as_one)
    assert "*" in keys


def sum_sources(counts: dict[str, dict[str, int]]) -> Counter[str]:
    whole = Counter[str]()
    for days in counts.values():
        whole.update(days)
    return whole


def test_the_days_of_all_sources_follow_the_archive(odd: sqlite3.Connection) -> None:
    sql = "SELECT day, count(*) FROM _article_facets GROUP BY day"
    for change in ("SELECT 1", "UPDATE articles SET published_at = '2026-03-01' WHERE id % 7 = 0"):
        odd.execute(change)
        for _ in range(2):
            assert read_archived_days(odd, "", "\U0010ffff") == dict(odd.execute(sql).fetchall())
        odd.commit()
