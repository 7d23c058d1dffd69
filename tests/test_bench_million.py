"""The large archive of the measurements, small: its derived rows are those that the triggers make, and every page answers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bench.million import COMMANDS, Drawn, run
from bench.million_build import build
from pipelines.archive.database import Archive
from tests.reading_room import in_process

if TYPE_CHECKING:
    from pathlib import Path

ARTICLES = 240
GROUPS = "SELECT source_id, section, language, access, changed, gone, unspaced, articles FROM _facet_groups WHERE articles ORDER BY 1, 2, 3, 4, 5, 6"
DERIVED = {
    "facets": "SELECT article_id, at, day, source_id, section, access, changed, gone, unspaced FROM _article_facets"
    " JOIN _facet_groups ON id = group_id ORDER BY 1",
    "groups": GROUPS,
    "days": "SELECT * FROM _source_days WHERE articles ORDER BY 1, 2",
    "terms": "SELECT article_id, kind, name FROM _article_terms JOIN _terms ON id = term_id ORDER BY 1, 2, 3",
    "columns": "SELECT id, published_day, published_utc, authors_text, tags_text FROM articles ORDER BY 1",
    "listed": "SELECT id, listed_day FROM urls ORDER BY 1",
    "latest": "SELECT crawl_id, url, latest FROM outcomes ORDER BY 1, 2",
}
KEPT_COUNTED = {
    "days and groups": "SELECT * FROM _facet_numbers ORDER BY 1",
    "listed days": "SELECT day, length(counts) FROM _listed_days ORDER BY 1",
    "listed months": "SELECT month, length(sums) FROM _listed_months ORDER BY 1",
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("million") / "small.db"
    assert not build(path, ARTICLES, seconds=0), "it can be interrupted"
    assert build(path, ARTICLES)
    assert build(path, ARTICLES), "and is not built twice"
    return path


def test_what_pages_count_by_is_there_from_the_start(archive: Path) -> None:
    def read() -> dict[str, list[tuple[object, ...]]]:
        with closing(sqlite3.connect(archive)) as db:
            return {name: db.execute(sql).fetchall() for name, sql in KEPT_COUNTED.items()}

    before = read()
    assert all(before.values())
    Archive(archive).close()
    assert read() == before


def test_the_derived_rows_are_those_of_the_triggers(archive: Path) -> None:
    with Archive(archive) as opened:
        db = opened.db
        before = {name: db.execute(sql).fetchall() for name, sql in DERIVED.items()}
        assert len(before["facets"]) == ARTICLES
        for table in ("articles_fts", "_cjk_fts"):
            db.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)")
        assert not db.execute("PRAGMA foreign_key_check").fetchall()
        with db.atomic():
            db.execute("DELETE FROM _article_facets")
            db.execute("DELETE FROM _article_terms")
            db.execute("UPDATE _facet_groups SET articles = 0")
            db.execute("UPDATE _source_days SET articles = 0")
            db.execute(
                "UPDATE articles SET published_at = published_at, authors_text = NULL, source_id = source_id"
            )
            db.execute("UPDATE articles SET authors = authors")
            db.execute("UPDATE urls SET found_at = found_at")
        assert {name: db.execute(sql).fetchall() for name, sql in DERIVED.items()} == before


async def test_every_page_and_command_answers(archive: Path) -> None:
    room = await in_process(archive)
    for name, draw in Drawn(archive, ARTICLES).kinds().items():
        for _ in range(2):
            answer = await room.client.get(draw())
            assert answer.status_code == 200, (name, answer.text[-500:])
    for words in COMMANDS.values():
        assert run(archive, words).answer in (0, 3), words
    for database in room.databases.values():
        database.close()
    room.executor.shutdown()


def test_the_outcomes_are_marked(archive: Path) -> None:
    with closing(sqlite3.connect(archive)) as db:
        urls, latest = db.execute("SELECT count(DISTINCT url), sum(latest) FROM outcomes").fetchone()
        assert urls == latest
