"""An archive from before 0.1.0 is brought to today's shape with all its rows."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from pipelines.archive.database import Archive
from pipelines.archive.errors import ArchiveError
from pipelines.archive.search.search import search
from tests.faulty import OLD_ARCHIVE

if TYPE_CHECKING:
    from pathlib import Path

OUTCOMES = "crawl_id, source_id, url, outcome, reason, at, article_id"
FACETS = "source_id, section, language, access, changed, gone, unspaced"

SAME_ROWS = {
    **{table: (f"SELECT * FROM {table}",) * 2 for table in ("sources", "alarms", "boilerplate")},
    "outcomes": (f"SELECT {OUTCOMES} FROM outcomes",) * 2,
    "crawls": (
        "SELECT id, started_at, finished_at, exit_code, reason, command, version, sources, owed, found, outside FROM crawls",
        "SELECT id, started_at, finished_at, exit_code, reason, command, version, sources, pending_at_start, found,"
        " outside_window FROM crawls",
    ),
    "urls": (
        "SELECT id, url, key, source_id, found_at, via, hints, replace(state, 'given_up', 'exhausted'), due_at, priority,"
        " attempts, etag, last_modified, article_id FROM urls",
        "SELECT id, url, key, source_id, found_at, via, hints, state, due_at, priority, attempts, etag, last_modified,"
        " article_id FROM urls",
    ),
    "unstable articles": (
        "SELECT article_id, pending, places FROM wavering",
        "SELECT article_id, unconfirmed, places FROM _unstable_articles",
    ),
    "skipped URLs": ("SELECT * FROM passed_over", "SELECT * FROM _skipped_urls"),
    "daily statistics": ("SELECT * FROM source_figures", "SELECT * FROM _source_daily_stats"),
    "boilerplate lines": ("SELECT * FROM boilerplate_evidence", "SELECT * FROM _boilerplate_lines"),
    "replays": ("SELECT * FROM replays", "SELECT * FROM _replays"),
    "erasures": ("SELECT * FROM forgotten", "SELECT * FROM _erasures"),
    "facets": (
        f"SELECT article_id, at, day, {FACETS} FROM shelved JOIN shelves ON shelves.id = shelf_id",
        f"SELECT article_id, at, day, {FACETS} FROM _article_facets JOIN _facet_groups ON _facet_groups.id = group_id",
    ),
    "facet groups": (
        f"SELECT {FACETS}, articles FROM shelves WHERE articles",
        f"SELECT {FACETS}, articles FROM _facet_groups",
    ),
    "days": (
        "SELECT * FROM source_days WHERE articles",
        "SELECT * FROM _source_days",
    ),
    "authors": (
        "SELECT article_id, name FROM article_people JOIN people ON people.id = person_id",
        "SELECT article_id, name FROM _article_terms JOIN _terms ON id = term_id WHERE kind = 'author'",
    ),
    "tags": (
        "SELECT article_id, name FROM article_labels JOIN labels ON labels.id = label_id",
        "SELECT article_id, name FROM _article_terms JOIN _terms ON id = term_id WHERE kind = 'tag'",
    ),
    "listed": (
        "SELECT source_id, day, url, via, found_at, article_id, replace(outcome, 'waiting', 'pending'), reason FROM listed",
        "SELECT * FROM listed",
    ),
    "coverage": ("SELECT * FROM coverage", "SELECT * FROM coverage"),
}
"""SQL for the old archive and for the new one that must find the same rows."""

BY_NAME = ("articles", "captures", "listings", "revisions")
"""Tables whose columns stand in another order now, or that have more of them."""


@pytest.fixture
def upgraded(tmp_path: Path) -> Path:
    path = tmp_path / "archive.db"
    shutil.copy(OLD_ARCHIVE, path)
    Archive(path).close()
    return path


def rows_of(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return sorted(db.execute(sql).fetchall(), key=repr)


@pytest.mark.parametrize("name", SAME_ROWS)
def test_an_upgraded_archive_has_the_same_rows(upgraded: Path, name: str) -> None:
    before, after = SAME_ROWS[name]
    expected = rows_of(OLD_ARCHIVE, before)
    assert expected, "the old archive has rows of every kind"
    assert rows_of(upgraded, after) == expected


@pytest.mark.parametrize("table", BY_NAME)
def test_an_upgraded_archive_has_the_same_columns(upgraded: Path, table: str) -> None:
    columns = [row[1] for row in rows_of(OLD_ARCHIVE, f"SELECT * FROM pragma_table_info('{table}')")]
    expected = rows_of(OLD_ARCHIVE, f"SELECT {', '.join(columns)} FROM {table}")
    now = ["outside_window" if column == "outside" else column for column in columns]
    assert rows_of(upgraded, f"SELECT {', '.join(now)} FROM {table}") == expected


def test_an_upgraded_archive_has_the_shape_of_a_new_one(upgraded: Path, tmp_path: Path) -> None:
    Archive(tmp_path / "new.db").close()
    shape = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'"
    assert rows_of(upgraded, shape) == rows_of(tmp_path / "new.db", shape)
    assert [row[0] for row in rows_of(upgraded, "SELECT name FROM _sqlite_migrations")] == [
        "m001_shape_of_0_1_0",
        "m002_doubted_articles",
        "m003_articles_in_several_pages",
        "m004_rights",
        "m005_columns_and_views_for_every_tool",
        "m006_compared_pages",
        "m007_merging",
        "m008_stories",
        "m009_dictionary",
        "m010_changes",
        "m011_manifests",
        "m012_indexes_for_a_million_articles",
        "m014_rewritten_captures",
        "m015_stories_in_numbers_and_placements",
        "m018_backfill",
        "m019_days_in_order",
        "m021_counts_for_a_million_articles",
        "m023_articles_indexed_together",
        "m025_listed_months",
    ]


def test_an_upgraded_archive_is_whole(upgraded: Path) -> None:
    with closing(sqlite3.connect(upgraded)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        for index in ("articles_fts", "_cjk_fts", "_terms_fts"):
            db.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")
        for index, old in (("articles_fts", "articles_fts"), ("_cjk_fts", "unspaced_fts")):
            assert tokens(upgraded, index) == tokens(OLD_ARCHIVE, old)


def tokens(path: Path, index: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"CREATE VIRTUAL TABLE temp.v USING fts5vocab('main', '{index}', 'instance')")
        return sorted(db.execute("SELECT * FROM temp.v").fetchall())


def test_an_upgraded_archive_can_be_searched_and_written(upgraded: Path) -> None:
    with Archive(upgraded) as archive:
        row = next(archive.db.query("SELECT title, language, source_id FROM articles WHERE language = 'ja'"))
        found = search(upgraded, row["title"][:6])
        assert row["title"] in {"".join(text for text, _ in hit.title) for hit in found.hits}
        archive.db.execute("UPDATE articles SET title = 'Zebra crossing' WHERE language = 'ja'")
    assert search(upgraded, "zebra").total == 2


def test_an_upgrade_that_fails_leaves_the_archive_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "archive.db"
    shutil.copy(OLD_ARCHIVE, path)
    dump = Database(path).conn.iterdump
    before = list(dump())

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("pipelines.archive.migrations.migrations._record_applied", fail)
        with pytest.raises(ArchiveError, match="disk"):
            Archive(path)
    assert list(Database(path).conn.iterdump()) == before
    Archive(path).close()


def test_an_early_archive_with_only_some_of_the_old_steps_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    shutil.copy(OLD_ARCHIVE, path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM _sqlite_migrations WHERE name >= 'm300'")
    before = path.read_bytes()
    with pytest.raises(ArchiveError, match=r"early Clippings from before 0\.1\.0"):
        Archive(path)
    assert path.read_bytes() == before
