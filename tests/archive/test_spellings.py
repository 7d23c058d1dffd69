"""Sections and tags in several spellings: one value in the facets, and a filter by any of them finds them all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from pipelines.archive.export.selection import Selection, iterate_ids
from pipelines.archive.search.among import find_among
from pipelines.archive.search.match import Filters
from pipelines.archive.search.search import search
from pipelines.archive.search.spellings import choose_spellings, fold_spelling
from pipelines.archive.search.timeline import read_timeline
from tests.archives import build

if TYPE_CHECKING:
    from pathlib import Path

SECTIONS = [
    "News",
    "NEWS",
    "news",
    "News",
    "world-news",
    "World News",
    "world_news",
    "Économie",
    "ÉCONOMIE",
    None,
]
TAGS = [
    ["Harbour", "HARBOUR"],
    ["harbour"],
    ["Harbour"],
    ["harbour tunnel"],
    ["Harbour-Tunnel"],
    ["C"],
    ["C++"],
    ["東京"],
    ["Economie"],
    ["Économie", "économie"],
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = build(tmp_path_factory.mktemp("spellings") / "archive.db", len(TAGS))
    db = Database(path)
    for number, (section, tags) in enumerate(zip(SECTIONS, TAGS, strict=True), 1):
        db["articles"].update(number, {"section": section, "tags": json.dumps(tags)})
    db.close()
    return path


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("NEWS", "news"),
        ("world-news", "world news"),
        (" World  News ", "world news"),
        ("world_news", "world news"),
        ("Économie", "économie"),
        ("ＮＥＷＳ", "news"),
        ("C++", "c++"),
        ("東京", "東京"),
        ("-", "-"),
        ("", ""),
    ],
)
def test_what_spellings_have_in_common(name: str, folded: str) -> None:
    assert fold_spelling(name) == folded
    assert fold_spelling(folded) == folded


def test_the_commonest_spelling_is_shown() -> None:
    counted = [("NEWS", 2), ("news", 1), ("News", 3), ("a-b", 1), ("A B", 1), ("", 4)]
    assert choose_spellings(counted) == {"news": "News", "a b": "A B", "": ""}


def test_facets_have_one_entry_for_all_spellings(archive: Path) -> None:
    counts = search(archive, "", count=True).counts
    assert counts is not None
    assert dict(counts.section) == {"News": 4, "World News": 3, "ÉCONOMIE": 2, "": 1}
    tags = {"Harbour": 3, "Harbour-Tunnel": 2, "C": 1, "C++": 1, "東京": 1, "Economie": 1, "Économie": 1}
    assert dict(counts.tag) == tags


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (Filters(section=("news",)), {1, 2, 3, 4}),
        (Filters(section=("NEWS", "World News")), {1, 2, 3, 4, 5, 6, 7}),
        (Filters(section=("world-news",)), {5, 6, 7}),
        (Filters(section=("économie",)), {8, 9}),
        (Filters(section=("",)), {10}),
        (Filters(section=("Economie",)), set()),
        (Filters(tag=("HARBOUR",)), {1, 2, 3}),
        (Filters(tag=("harbour_tunnel",)), {4, 5}),
        (Filters(tag=("c",)), {6}),
        (Filters(tag=("c++",)), {7}),
        (Filters(tag=("東京",)), {8}),
        (Filters(tag=("ÉCONOMIE",)), {10}),
        (Filters(tag=('"slip', "-", "")), set()),
        (Filters(tag=("harbour",), section=("NEWS",)), {1, 2, 3}),
    ],
)
def test_a_filter_finds_all_spellings(archive: Path, filters: Filters, ids: set[int]) -> None:
    """In a search, in its files, over time and for alerts."""
    found = search(archive, "", filters, count=True)
    assert {hit.id for hit in found.hits} == ids
    assert found.total == len(ids)
    db = Database(archive).conn
    assert {
        number for batch in iterate_ids(db, Selection("", filters, duplicates=True)) for number in batch
    } == ids
    assert read_timeline(db, "", filters).total == len(ids)
    assert find_among(db, "", filters, range(1, 11)) == ids


def test_only_what_no_article_has_in_any_spelling_is_unknown(archive: Path) -> None:
    assert not search(archive, "", Filters(section=("nEWS",), tag=("harbour_TUNNEL",))).problem
    problem = search(archive, "", Filters(section=("Newz",), tag=("Harbours",))).problem
    assert problem.startswith("There is no section Newz in this archive. Did you mean news?")
    assert "There is no tag Harbours in this archive." in problem
