"""What lawfully rewrites or deletes covered rows says so in a manifest, and `verify` stays content; what waits is no fault."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from pipelines.archive.admin.erase import erase
from pipelines.archive.admin.manifests import add_manifests
from pipelines.archive.database import Archive
from pipelines.archive.manifest_tables import FORGOTTEN, MOVED, SITE_MEMORY, note_article
from pipelines.archive.sql import insert
from pipelines.archive.tables.articles import article_row
from pipelines.archive.tables.facets import insert_article, update_article
from pipelines.decisions.boilerplate import SiteMemory, lines_of
from pipelines.items import Article

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Desk


@pytest.fixture
def archive(crawled: Desk, tmp_path: Path) -> Path:
    """A copy of the newspaper's archive with its files."""
    shutil.copy(crawled.archive, tmp_path)
    shutil.copytree(crawled.folder / "warc", tmp_path / "warc")
    shutil.copytree(crawled.seeds, tmp_path / "seeds")
    return tmp_path / "archive.db"


def run(*words: object) -> str:
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


def verify(archive: Path) -> dict[str, Any]:
    """What verify finds in an archive in which nothing is wrong."""
    found: dict[str, Any] = json.loads(run("verify", archive, "--json"))
    return found


def bodies(archive: Path) -> list[dict[str, Any]]:
    """The manifests."""
    with closing(sqlite3.connect(archive)) as db:
        return [json.loads(row[0]) for row in db.execute("SELECT body FROM manifests ORDER BY number")]


def test_forgetting_leaves_digests_alone(archive: Path) -> None:
    with closing(sqlite3.connect(archive)) as db:
        url, captures = db.execute(
            "SELECT a.url, count(c.id) FROM articles a JOIN captures c ON c.url_id IN (SELECT id FROM urls WHERE"
            " article_id = a.id) WHERE a.capture_id IS NOT NULL GROUP BY a.id ORDER BY a.id LIMIT 1"
        ).fetchone()
    run("forget", archive, url, "--yes")
    first, second = bodies(archive)
    assert (second["reason"], second["superseded"]) == ("forget", {FORGOTTEN: 2 + captures})
    assert second["leaves"] == 2 + captures
    assert (second["number"], len(second["previous"])) == (2, 1)
    assert first["previous"] == []
    assert (verify(archive)["waiting"], verify(archive)["manifests"]) == (0, 2)
    for path in archive.parent.rglob("*manifest*"):
        assert url.encode() not in path.read_bytes()


def test_what_a_killed_crawl_left_waits_and_is_covered_by_the_next(archive: Path) -> None:
    article = Article(
        "http://morning.example/new", "New", text="Words.", content_hash="2:ab", extractor="clippings-1"
    )
    with Archive(archive) as opened, opened.db.atomic():
        row = {
            "source_id": "morning",
            "url": article.url,
            "first_seen_at": "2026-11-26",
            "checked_at": "2026-11-26",
        }
        insert_article(opened.db, row | article_row(article))
    assert verify(archive)["waiting"] == 1
    with Archive(archive) as opened:
        (made,) = add_manifests(opened, "crawl")
    assert made.leaves == 2
    assert verify(archive)["waiting"] == 0


def test_each_reason_is_said(archive: Path) -> None:
    with Archive(archive) as opened:
        db = opened.db
        (_, title, text), (second, _, other), (third, _, _) = db.execute(
            "SELECT id, title, text FROM articles WHERE source_id = 'tagblatt' AND capture_id IS NOT NULL ORDER BY id LIMIT 3"
        ).fetchall()
        line = next(line for line in lines_of(text) if line.key not in {one.key for one in lines_of(other)})
        words = next(
            block for block in text.split("\n\n") if lines_of(block) and lines_of(block)[0].key == line.key
        )
        with db.atomic():
            cleaned = opened.boilerplate._clean(
                "tagblatt", {line.key: words}, SiteMemory(known={line.key: words})
            )
        assert cleaned == 1
        with db.atomic():
            update_article(db, second, {"title": f"{title} (2)"})
        add_manifests(opened, "replay")
        with db.atomic():
            db.execute("UPDATE articles SET url = url || '?other' WHERE id = ?", [third])
            note_article(db, third)
        add_manifests(opened, "crawl")
        with db.atomic():
            assert opened.articles.move_to_own_address(third)
        add_manifests(opened, "crawl")
        assert add_manifests(opened, "crawl") == []
    _, rewritten, _, moved = bodies(archive)
    # Site memory changes the words alone, so what the article says of itself beside them still holds.
    assert rewritten["superseded"] == {SITE_MEMORY: 1, "replay": 1}
    assert rewritten["of_kind"] == {"capture": 0, "version": 2, "facts": 0, "replaced": 0, "superseded": 2}
    assert moved["superseded"] == {MOVED: 2}
    verify(archive)


def test_a_replay_supersedes_what_older_rules_read_and_brings_back_what_was_forged(archive: Path) -> None:
    """The page in its WARC file says what the text was; read by the same rules it is what the manifest covers."""
    with Archive(archive) as opened:
        with opened.db.atomic():
            update_article(opened.db, 2, {"title": "As older rules had read it", "content_hash": "2:00"})
        add_manifests(opened, "crawl")
    with closing(sqlite3.connect(archive)) as db, db:
        db.execute("UPDATE articles SET text = 'forged' WHERE id = 1")
    assert CliRunner().invoke(cli, ["verify", str(archive)]).exit_code == 1
    run("replay", archive, "--seeds", archive.parent / "seeds", "--silent")
    assert [body["reason"] for body in bodies(archive)] == ["crawl", "crawl", "replay"]
    assert bodies(archive)[-1]["superseded"] == {"replay": 1}
    assert bodies(archive)[-1]["of_kind"]["version"] == 1
    assert verify(archive)["waiting"] == 0


def test_a_new_row_under_the_id_of_a_forgotten_one_is_covered(archive: Path) -> None:
    """A crash between forgetting and its manifest: SQLite gives the freed id away again."""
    with Archive(archive) as opened:
        (last, url) = opened.db.execute("SELECT id, url FROM articles ORDER BY id DESC LIMIT 1").fetchone()
        erase(opened, url)
        article = Article(
            "http://morning.example/new", "New", text="Words.", content_hash="2:ab", extractor="clippings-1"
        )
        row = {
            "source_id": "morning",
            "url": article.url,
            "first_seen_at": "2026-11-26",
            "checked_at": "2026-11-26",
        }
        with opened.db.atomic():
            assert insert_article(opened.db, row | article_row(article)) == last
            insert(
                opened.db,
                "outcomes",
                {"crawl_id": 1, "source_id": "morning", "url": article.url, "outcome": "new", "at": "2026"},
            )
        add_manifests(opened, "crawl")
    assert bodies(archive)[-1]["of_kind"]["facts"] == 1
    assert bodies(archive)[-1]["superseded"][FORGOTTEN] >= 2
    verify(archive)
