"""`begin*` at its cost: too wide ones are left out and named where a page asks so, and hits are marked from memory."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pipelines.archive.search.fts_query import marking_queries
from pipelines.archive.search.match import Filters, match
from pipelines.archive.search.match_in_order import match_in_order
from pipelines.archive.search.query import And, Not, Or, Word, parse
from pipelines.archive.search.results import read_hits
from pipelines.archive.search.search import search
from pipelines.archive.search.timeline import read_timeline
from pipelines.archive.search.wide_prefixes import count_pages, fold, parse_for, without_words
from tests.archives import build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.archive.search.query import Node

A, B, WIDE, WIDER = Word("a"), Word("b"), Word("w", prefix=True), Word("v", prefix=True)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(build(tmp_path_factory.mktemp("wide") / "archive.db", 300))) as found:
        yield found


@pytest.mark.parametrize(
    ("node", "left"),
    [
        (None, None),
        (A, A),
        (WIDE, None),
        (And((A, WIDE)), A),
        (And((A, WIDE, B)), And((A, B))),
        (Or((WIDE, WIDER)), None),
        (Or((A, And((WIDE, B)))), Or((A, B))),
        (Not(A, WIDE), A),
        (Not(WIDE, A), None),
        (Not(And((A, B)), Or((WIDE, B))), Not(And((A, B)), B)),
    ],
)
def test_words_are_left_out_of_a_tree(node: Node | None, left: Node | None) -> None:
    assert without_words(node, {WIDE, WIDER}) == left


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Élé", "ele"), ("new YO", "yo"), ("U.S", "s"), ("…", ""), ("ЗЕМ", "зем"), ("12:30", "30")],
)
def test_the_last_word_is_folded_as_the_index_has_it(text: str, folded: str) -> None:
    assert fold(text) == folded
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.execute("CREATE VIRTUAL TABLE f USING fts5(text, tokenize=unicode61)")
        memory.execute("INSERT INTO f VALUES (?)", [text])
        memory.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(f, instance)")
        terms = [row[0] for row in memory.execute("SELECT term FROM terms ORDER BY offset")]
    assert (terms or [""])[-1] == folded


def test_a_short_beginning_needs_more_pages_than_a_long_one(db: sqlite3.Connection) -> None:
    pages = [count_pages(db, text) for text in ("t", "th", "there")]
    assert pages == sorted(pages, reverse=True)
    assert pages[0] > pages[-1] > 0
    assert count_pages(db, "港") == 0, "a letter is a word there"


def test_only_what_is_too_wide_is_left_out_and_it_is_named(db: sqlite3.Connection) -> None:
    whole = search(db, "council t*")
    assert search(db, "council t*", widest=10_000) == whole
    bounded = search(db, "council t*", widest=1)
    assert bounded.total == search(db, "council").total
    assert "“t*” was left out" in bounded.problem
    assert search(db, "t*", widest=1).total == 0
    assert "“t*”" in search(db, "t*", widest=1, count=True).problem
    assert "“t*”" in read_timeline(db, "t*", Filters(), widest=1).problem
    assert parse_for(db, "author:t*", 0, Filters()) == parse("author:t*")


def test_hits_are_marked_in_memory_as_in_the_file(db: sqlite3.Connection) -> None:
    for text in ("co*", '"the co"*', "council OR title:th*", "standing", "東*", "港 OR mar*"):
        node = parse(text).node
        found = match(db, node, Filters(), ranked=True, ceiling=None)
        assert found.has_prefix == ("*" in text)
        assert (found.latin, found.letters) == marking_queries(node)
        ids = [row.article_id for row in sorted(found.rows)[:25]]
        marked = list(read_hits(db, ids, found, 0))
        assert marked == list(read_hits(db, ids, replace(found, has_prefix=not found.has_prefix), 0)), text
        assert not ids or any(marked for hit in marked for _, marked in hit.snippet)


def test_a_bounded_search_examines_the_latest_and_says_so(db: sqlite3.Connection) -> None:
    for text in ("council", 'author:"x" OR council', ""):
        filters = Filters() if text else Filters(since="2000-01-01")
        ids = {hit.id for hit in search(db, text, filters, limit=300).hits}
        bounded = search(db, text, filters, limit=300, latest=100)
        assert {hit.id for hit in bounded.hits} == {number for number in ids if number > 200}
        assert bounded.problem.startswith("Only the latest 100 articles")
        assert read_timeline(db, text, filters, latest=100).total == bounded.total


def test_a_prefix_is_asked_for_once_and_found_in_the_order_of_ids(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.archive.search.match_in_order.WINDOW", 40)
    monkeypatch.setattr("pipelines.archive.search.match_in_order.AT_A_TIME", 30)
    for text in ("co*", "t* OR 東*", "council NOT xylo*", "source:tribune co*"):
        node = parse(text).node
        for filters in (Filters(), Filters(since="2026-10-01")):
            asked: list[str] = []
            db.set_trace_callback(asked.append)
            found = [row.article_id for rows in match_in_order(db, node, filters) for row in rows]
            db.set_trace_callback(None)
            whole = match(db, node, filters, ranked=False, ceiling=None).rows
            assert found == sorted(row.article_id for row in whole)
            assert found
            assert sum("articles_fts MATCH" in sql for sql in asked) == 1, text


def test_a_wide_beginning_is_ranked_where_all_its_hits_are_examined(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranked = search(db, "co*", ceiling=1000)
    assert (ranked.capped, ranked.problem) == (False, "")
    monkeypatch.setattr("pipelines.archive.search.search.RANKED_PAGES", 0)
    assert search(db, "co*", ceiling=1000) == ranked
    some = search(db, "co*", ceiling=30)
    assert some.capped
    assert some.problem == "The newest stand first: too much of this archive begins with “co*” to be ranked."
    days = [hit.day for hit in some.hits]
    assert days == sorted(days, reverse=True)
    assert any(marked for hit in some.hits for _, marked in hit.snippet)
    assert search(db, "co*", ceiling=30, sort="newest").problem == ""
