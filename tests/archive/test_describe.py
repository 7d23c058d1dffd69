"""The methods note tells what a reader of a paper must know, in the numbers of the archive."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from click.testing import CliRunner
from sqlite_utils import Database

from crawler.cli import cli
from tests.archives import build

if TYPE_CHECKING:
    from pathlib import Path


def test_the_note_has_period_sources_gaps_and_query(tmp_path: Path) -> None:
    archive = build(tmp_path / "archive.db", 300)
    with closing(Database(archive)) as db:
        db["articles"].update(1, {"tdm_reservation": 1, "published_at": None})
        db["articles"].update(2, {"title": "a | b"})
        db["sources"].update("elbe-kurier", {"name": "Elbe | Kurier"})
        db["crawls"].update(1, {"started_at": "2026-11-01T05:00:00+00:00"})
        days = db.execute(
            "SELECT DISTINCT substr(published_at, 1, 10) FROM articles WHERE source_id = 'elbe-kurier'"
            " AND published_at IS NOT NULL ORDER BY 1"
        ).fetchall()
        revised = db.execute("SELECT count(*) FROM articles WHERE revision > 1").fetchone()[0]
    result = CliRunner().invoke(cli, ["describe", str(archive)])
    assert result.exit_code == 0, result.output
    note = result.output
    assert "300 articles of 10 sources with" in note
    assert "Query: none, all articles" in note
    row = next(line for line in note.splitlines() if line.startswith("| Elbe \\| Kurier |"))
    assert f"| {days[0][0]} | {days[-1][0]} |" in row
    assert "Nothing was crawled for 2 days or longer: 2026-11-01 to 2026-11-18." in note
    assert f"{revised} articles were changed at least once" in note
    assert "1 articles carry a reservation" in note
    assert "299 articles have one, by evidence: the page's structured data" in note
    assert "trafilatura 2.3.1, clippings 1 (300)" in note
    assert "failed: 403 Forbidden, after 3 attempts" in note


def test_the_note_of_a_search_goes_into_a_file(tmp_path: Path) -> None:
    archive = build(tmp_path / "archive.db", 100)
    target = tmp_path / "methods.md"
    words = ["describe", str(archive), "council", "--language", "en", "-o", str(target)]
    assert CliRunner().invoke(cli, words).exit_code == 0
    note = target.read_text("utf-8")
    assert "Query: `council`\n- language: en\n" in note
    assert "Languages: en (" in note
    result = CliRunner().invoke(cli, ["describe", str(archive), "nothinghasthisword"])
    assert "No article." in result.output
    assert result.exit_code == 0
