"""Searches by stories: hits folded, the articles of one story, and those that had theirs first."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from crawler.commands.search import search as search_command
from pipelines.archive.database import Archive
from pipelines.archive.search.query import parse
from pipelines.archive.search.search import Filters, Results, search
from pipelines.archive.tables.facets import update_article
from pipelines.archive.tables.stories import update_stories
from pipelines.archive.views.story import read_story
from tests.stories import TEXT, add_article, make_text

if TYPE_CHECKING:
    from collections.abc import Iterator

PAPERS = ("daily", "evening", "weekly")
OTHER = make_text("en", 7)
ALONE = make_text("en", 8)
ARTICLES = [
    ("https://daily.example/wire", f"Ferry.\n\n{TEXT}", "2026-11-20T11:00:00+01:00", "daily"),
    ("https://evening.example/wire", f"{TEXT}\n\nThe ferry.", "2026-11-20T09:30:00+00:00", "evening"),
    ("https://weekly.example/wire", f"{TEXT}\n\nA ferry.", "2026-11-20", "weekly"),
    ("https://weekly.example/again", f"{TEXT}\n\nNo ferry.", "2026-11-21", "weekly"),
    ("https://daily.example/other", f"{OTHER}\n\nFerry.", "2026-11-22", "daily"),
    ("https://weekly.example/other", f"{OTHER}\n\nFerry too.", "2026-11-23", "weekly"),
    ("https://evening.example/alone", f"{ALONE}\n\nFerry alone.", "2026-11-19", "evening"),
]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("folding") / "archive.db"
    with Archive(place) as archive:
        for name in PAPERS:
            home = f"https://{name}.example/"
            source = {"id": name, "name": name.title(), "home": home, "language": "en", "country": None}
            archive.sources.save([source], "2026-11-20T09:00:00+00:00")
        with archive.db.atomic():
            for article in ARTICLES:
                add_article(archive, *article)
            update_stories(archive.db)
    return place


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


def found(results: Results) -> list[str]:
    return sorted(hit.url.removeprefix("https://").replace(".example", "") for hit in results.hits)


@pytest.mark.parametrize("query", ["ferry", "", "source:weekly OR ferry"])
def test_a_folded_search_has_one_hit_a_story_and_counts_so(db: sqlite3.Connection, query: str) -> None:
    results = search(db, query, count=True, folded=True)
    assert (results.total, results.articles, len(results.hits)) == (3, 7, 3)
    numbers = sorted(
        (hit.story.articles, hit.story.sources, hit.story.found) for hit in results.hits if hit.story
    )
    assert numbers == [(2, 2, 2), (4, 3, 4)]
    assert results.counts
    assert dict(results.counts.source) == {"daily": 2, "evening": 2, "weekly": 2}
    assert search(db, query).total == 7


@pytest.mark.parametrize("source", PAPERS)
def test_a_facet_counts_the_hits_that_choosing_it_gives(db: sqlite3.Connection, source: str) -> None:
    counts = search(db, "ferry", Filters(source=("daily",)), count=True, folded=True).counts
    assert counts
    assert search(db, "ferry", Filters(source=(source,)), folded=True).total == dict(counts.source)[source]


def test_pages_of_folded_hits_have_each_hit_once(db: sqlite3.Connection) -> None:
    for sort in ("relevance", "newest", "archived"):
        whole = [hit.id for hit in search(db, "ferry", folded=True, sort=sort).hits]  # type: ignore[arg-type]
        pages = [search(db, "ferry", folded=True, sort=sort, limit=1, offset=n).hits for n in range(4)]  # type: ignore[arg-type]
        assert [hit.id for page in pages for hit in page] == whole
        assert len(set(whole)) == 3


def test_a_hit_says_how_much_of_its_story_was_found(db: sqlite3.Connection) -> None:
    results = search(db, "ferry", Filters(source=("weekly",)), folded=True)
    numbers = [(hit.story.articles, hit.story.found) for hit in results.hits if hit.story]
    assert sorted(numbers) == [(2, 1), (4, 2)]


WIRE = ["daily/wire", "evening/wire", "weekly/again", "weekly/wire"]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("story:1", WIRE),
        ("story:4", WIRE),
        ("story:https://weekly.example/again", WIRE),
        ("story:http://www.weekly.example/again/?utm_source=x", []),  # no URL of the frontier
        ('story:"https://evening.example/alone"', ["evening/alone"]),
        ("story:1 source:weekly", ["weekly/again", "weekly/wire"]),
        ("no story:1", ["weekly/again"]),
        ("story:99", []),
        ("first:*", ["daily/other", "evening/wire"]),
        ("first:evening", ["evening/wire"]),
        ("first:weekly", []),
        ("ferry first:daily", ["daily/other"]),
        ("story:1 first:*", ["evening/wire"]),
        ("ferry NOT first:*", ["daily/wire", "evening/alone", "weekly/again", "weekly/other", "weekly/wire"]),
    ],
)
def test_a_story_and_those_who_had_it_first_are_searched_for(
    db: sqlite3.Connection, query: str, wanted: list[str]
) -> None:
    assert found(search(db, query)) == wanted


def test_a_reader_sees_what_a_crawl_adds(path: Path, tmp_path: Path) -> None:
    place = Path(shutil.copy(path, tmp_path / "grown.db"))
    reader = sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True)
    assert found(search(reader, "first:weekly")) == []
    with Archive(place) as archive, archive.db.atomic():
        add_article(archive, "https://weekly.example/new", make_text("en", 9), "2026-11-20", "weekly")
        add_article(archive, "https://evening.example/new", make_text("en", 9), "2026-11-21", "evening")
        update_stories(archive.db)
    assert found(search(reader, "first:weekly")) == ["weekly/new"]
    counts = search(reader, "", count=True).counts
    assert counts
    assert dict(counts.source) == {"weekly": 4, "daily": 2, "evening": 3}
    reader.close()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("story:99", "There is no article 99 in this archive."),
        ("first:evning", "There is no source evning in this archive. Did you mean evening?"),
        ("first:(a b)", "first: takes a word or a phrase in quotation marks, not brackets"),
        ("first: evening", "first: stands directly before its word"),
    ],
)
def test_what_no_story_can_be_is_said(db: sqlite3.Connection, query: str, said: str) -> None:
    assert said in search(db, query).problem


def test_no_words_of_a_story_are_marked() -> None:
    assert parse("ferry first:*").node is not None
    assert parse("*").node is None


def test_the_first_is_the_same_on_the_page_of_the_story_and_follows_a_corrected_time(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive.db") as archive:
        source = {"id": "daily", "name": "D", "home": "https://d.example/", "language": None, "country": None}
        archive.sources.save([source], "2026-11-20T09:00:00+00:00")
        with archive.db.atomic():
            first = add_article(archive, "https://d.example/a", TEXT, "2026-11-20T09:00:00+00:00")
            second = add_article(archive, "https://d.example/b", TEXT, "2026-11-20")
            update_stories(archive.db)
        for changes, wanted in (
            ({}, first),
            ({"published_at": "2026-11-20T08:00:00+00:00", "published_utc": "2026-11-20 08:00:00"}, second),
        ):
            with archive.db.atomic():
                if changes:
                    update_article(archive.db, second, changes)
                update_stories(archive.db)
            story = read_story(archive.db.conn, first)
            assert story
            assert story.articles[0].id == wanted
            assert archive.rows("SELECT * FROM _stories") == [
                {"story_id": first, "first_id": wanted, "articles": 2, "sources": 1}
            ]
        with archive.db.atomic():
            archive.db.execute("DELETE FROM articles WHERE id = ?", [first])
            update_stories(archive.db)
        assert archive.rows("SELECT * FROM _stories") == []


def test_an_archive_of_an_older_shape_is_searched_unfolded(path: Path, tmp_path: Path) -> None:
    older = sqlite3.connect(shutil.copy(path, tmp_path / "older.db"))
    older.executescript("DROP INDEX articles_in_stories; DROP TABLE _stories")
    results = search(older, "ferry", folded=True)
    assert (results.total, "older Clippings" in results.problem) == (7, True)
    assert "older Clippings" in search(older, "first:*").problem
    older.close()


def test_the_command_folds_and_says_how_to_find_the_others(path: Path) -> None:
    runner = CliRunner()
    plain = runner.invoke(search_command, [str(path), "ferry", "--fold"])
    assert plain.exit_code == 0, plain.output
    assert "4 articles in 3 papers carry this, 4 of them found: story:https://" in plain.output
    assert plain.output.rstrip().endswith("3 stories and single articles, 7 articles together")
    rows = json.loads(runner.invoke(search_command, [str(path), "ferry", "--fold", "--json"]).output)
    assert sorted(row["story"]["articles"] for row in rows if "story" in row) == [2, 4]
