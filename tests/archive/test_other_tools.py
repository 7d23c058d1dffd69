"""Other programs list the tables of an archive, read its views, parse its dates, and answer as docs/research.md says."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pipelines.archive.database import Archive
from pipelines.archive.dictionary import TABLES
from pipelines.archive.reading_views import VIEWS
from tests.archives import build
from tests.other_tools import TOOLS, ask_sqlite3, duckdb_extension, has_r, read_page

if TYPE_CHECKING:
    from pathlib import Path

    from tests.other_tools import Answers

CHANGES = """
    UPDATE articles SET published_at = NULL WHERE id % 40 = 1;
    UPDATE articles SET published_at = '2026-02-31' WHERE id = 5;
    UPDATE articles SET published_at = 'Tuesday' WHERE id = 6;
    UPDATE articles SET duplicate_of = 1 WHERE id % 40 = 2;
    UPDATE articles SET title = NULL, standfirst = NULL, section = NULL WHERE id < 20;
    INSERT INTO urls (url, key, source_id, found_at, via)
        SELECT url || '#2', 'alias ' || id, source_id, found_at, 'alias' FROM urls WHERE id < 4;
    INSERT INTO urls (url, key, source_id, found_at)
        SELECT url || '?', 'other ' || id, source_id, found_at FROM urls WHERE id < 4;
"""
"""What a made-up archive has not: articles without date or headline, dates that are none, duplicates, aliases."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = build(tmp_path_factory.mktemp("tools") / "archive.db", 240, days=70)
    with closing(sqlite3.connect(path)) as db:
        db.executescript(CHANGES)
    return path


@pytest.fixture(scope="module")
def expected(archive: Path) -> Answers:
    found = ask_sqlite3(archive)
    assert all(found.rows.values())
    assert all(found.questions)
    assert {len(row[1]) for row in found.dates} == {0, 10}
    return found


WITH_R = pytest.param("R", marks=pytest.mark.extra)


@pytest.mark.slow
@pytest.mark.parametrize("tool", [*(name for name in TOOLS if name not in ("sqlite3", "R")), WITH_R])
def test_a_tool_reads_the_archive_as_sqlite3_does(archive: Path, expected: Answers, tool: str) -> None:
    if tool == "R" and not has_r():
        pytest.skip("R with RSQLite is not installed (Debian: apt install r-cran-rsqlite)")
    if tool == "DuckDB" and not duckdb_extension().exists():
        pytest.skip("duckdb-extension-sqlite-scanner is of another version than duckdb")
    found = TOOLS[tool](archive)
    assert set(VIEWS) <= found.listed
    assert found.rows == expected.rows
    assert found.dates == expected.dates
    assert found.questions == expected.questions


def test_duckdb_reads_every_public_table_and_view(archive: Path) -> None:
    import duckdb

    names = set(TABLES) - {"articles_fts"}  # of SQLite's own kind
    with closing(sqlite3.connect(archive)) as db:
        counts = {name: db.execute(f"SELECT count(*) FROM {name}").fetchone() for name in names}
    with duckdb.connect() as db:
        db.execute(f"LOAD '{duckdb_extension()}'")
        db.execute(f"ATTACH '{archive}' AS archive (TYPE sqlite, READ_ONLY)")
        found = {name: db.execute(f"SELECT count(*) FROM archive.{name}").fetchone() for name in names}
    assert found == counts


@pytest.mark.parametrize("language", ["sql", "python", "r", "duckdb"])
def test_the_page_answers_each_question_in_one_to_eight_lines(language: str) -> None:
    _, questions = read_page(language)
    assert len(questions) == 5
    assert all(1 <= len(code.strip().splitlines()) <= 8 for code in questions)


def test_a_view_asks_for_no_row_one_by_one(tmp_path: Path) -> None:
    Archive(tmp_path / "archive.db").close()
    with closing(sqlite3.connect(tmp_path / "archive.db")) as db:
        for view in VIEWS:
            plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {view}")]
            assert not any("CORRELATED" in step or "AUTOMATIC" in step for step in plan), (view, plan)
