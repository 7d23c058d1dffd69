"""Other forms of a query's words: which the index has, which are added, and that the file is not touched."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from crawler.cli import cli
from pipelines.archive.connection import connect_for_reading
from pipelines.archive.export.selection import Selection, count_articles
from pipelines.archive.migrations import migrations
from pipelines.archive.search import word_forms
from pipelines.archive.search.among import find_among
from pipelines.archive.search.query import parse, split_query, write_query
from pipelines.archive.search.search import Filters, search
from pipelines.archive.search.timeline import read_timeline
from pipelines.archive.search.word_forms import choose_languages, common_begin, fold_as_index

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

ARTICLES: list[tuple[str, str, str]] = [
    ("en", "An election is called", "The town votes."),
    ("en", "Elections are costly", "The elector pays, the electrician does not."),
    ("en", "Two cities, one ferry", "Ferries run to the city. Citizens wait."),
    ("en", "A quiet day", "Nothing happened at the election; elections are over."),
    ("de", "Häuser am Hafen", "Das Haus steht, die Häfen auch."),
    ("es", "Las elecciones", "Una elección reñida."),
    ("ru", "Выборы", "Итоги выборов."),
    ("ja", "東京の橋", "新しい橋。"),
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("forms") / "archive.db"
    db = Database(path)
    migrations.apply(db)
    db["sources"].insert({"id": "a", "name": "A", "home": "https://a.test/", "added_at": "2026-01-01"})
    db["articles"].insert_all(
        {
            "id": n,
            "source_id": "a",
            "url": f"https://a.test/{n}",
            "title": title,
            "text": text,
            "language": language,
            "published_at": f"2026-01-0{n}",
            "word_count": 5,
            "first_seen_at": "2026-01-09T00:00:00+00:00",
            "checked_at": "2026-01-09T00:00:00+00:00",
            "content_hash": str(n),
            "extractor": "test",
            "authors": "[]",
        }
        for n, (language, title, text) in enumerate(ARTICLES, 1)
    )
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return path


@pytest.fixture
def db(archive: Path) -> Iterator[sqlite3.Connection]:
    opened = connect_for_reading(archive)
    yield opened
    opened.close()


def found(db: sqlite3.Connection, query: str, **filters: Any) -> tuple[set[int], dict[str, tuple[str, ...]]]:
    results = search(db, query, Filters(**filters))
    return {hit.id for hit in results.hits}, dict(results.added)


CASES: list[tuple[str, dict[str, Any], set[int], dict[str, tuple[str, ...]]]] = [
    ("election", {}, {1, 4}, {}),
    ("election in:forms", {}, {1, 2, 4}, {"election": ("elections",)}),
    ("ELECTIONS in:forms", {}, {1, 2, 4}, {"ELECTIONS": ("election",)}),
    ("city ferry in:forms", {}, {3}, {"city": ("cities",), "ferry": ("ferries",)}),
    ('"election" in:forms', {}, {1, 4}, {}),
    ("elect* in:forms", {}, {1, 2, 4}, {}),
    ("title:election in:forms", {}, {1, 2}, {"election": ("elections",)}),
    ("town NOT elections in:forms", {}, set(), {"elections": ("election",)}),
    ("Haus in:forms", {"language": ("de",)}, {5}, {"Haus": ("hauser",)}),
    ("Häfen in:forms", {"language": ("de",)}, {5}, {}),  # the index has it without its mark
    ("elección in:forms", {"language": ("es",)}, {6}, {"elección": ("elecciones",)}),
    ("выборов in:forms", {"language": ("ru",)}, {7}, {"выборов": ("выборы",)}),
    ("橋 in:forms", {}, {8}, {}),
    ("author:Lee in:forms", {}, set(), {}),
]


@pytest.mark.parametrize(("query", "filters", "ids", "added"), CASES, ids=[case[0] for case in CASES])
def test_words_are_found_in_other_forms_where_one_wants_it(
    db: sqlite3.Connection,
    query: str,
    filters: dict[str, Any],
    ids: set[int],
    added: dict[str, tuple[str, ...]],
) -> None:
    assert found(db, query, **filters) == (ids, added)


def test_added_forms_are_marked_and_counted_everywhere(db: sqlite3.Connection) -> None:
    query = "election in:forms"
    hits = {hit.id: hit for hit in search(db, query).hits}
    assert ("Elections", True) in hits[2].title
    assert find_among(db, query, Filters(), [1, 2, 3]) == {1, 2}
    assert count_articles(db, Selection(query)) == 3
    over_time = read_timeline(db, query, Filters())
    assert (over_time.total, over_time.problem) == (3, "Also: elections (election).")


def test_the_archive_is_not_written(archive: Path, db: sqlite3.Connection) -> None:
    before = archive.read_bytes()
    search(db, "election in:forms")
    assert archive.read_bytes() == before
    tables = {name for (name,) in db.execute("SELECT name FROM main.sqlite_master")}
    assert "_index_words" not in tables


def test_a_bound_is_said(db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_forms, "MOST_READ", 1)
    results = search(db, "election in:forms")
    assert "only a part was added" in results.problem
    assert results.total == 2
    none = search(db, "xyz in:forms", Filters(language=("ja",)))
    assert "no rules for word forms" in none.problem


def test_main_languages() -> None:
    articles = Counter({"en": 80, "de": 15, "fr": 4, "": 500, "ja": 20, "nb": 14})
    assert choose_languages(articles) == ("english", "german", "norwegian")
    assert choose_languages(Counter({"ja": 5})) == ()
    assert common_begin(["cities", "citi", "city"]) == "cit"
    assert fold_as_index("Élection") == "election"
    assert fold_as_index("two words") is None


WRITTEN = [
    "harbour",
    '"grain harbour"',
    "harb*",
    '"grain harb"*',
    'title:"re:publica"',
    "a b OR c d",
    "(a OR b) c NOT (d OR e)",
    "(a NOT b) NOT c",
    "a (b NOT c)",
    "title:(a OR b) author:Lee",
    '"AND" or "NOT"',
    "U.S. don't",
]


@pytest.mark.parametrize("query", WRITTEN)
def test_a_tree_is_written_as_a_query_that_is_read_the_same(query: str) -> None:
    node = parse(query).node
    assert node is not None
    again = parse(write_query(node))
    assert (again.node, again.problem) == (node, "")


def test_a_form_is_left_out_by_writing_the_others(db: sqlite3.Connection) -> None:
    node = search(db, "city ferry in:forms").node
    assert node is not None
    assert write_query(node) == "(city OR cities) (ferry OR ferries)"
    assert parse(write_query(node, "cities")).node == parse("city (ferry OR ferries)").node
    asked = split_query("city in:forms in:versions")
    assert asked == ("city", True, True)
    assert asked.with_words("town") == "town in:versions in:forms"


def test_the_command_says_what_it_added(archive: Path) -> None:
    for command in ("search", "export", "attention"):
        done = CliRunner().invoke(cli, [command, str(archive), "election", "--forms"])
        assert done.exit_code == 0, done.output
        assert command == "attention" or "Elections" in done.stdout.replace("*", "")
        assert done.stderr == "Also: elections (election).\n"
