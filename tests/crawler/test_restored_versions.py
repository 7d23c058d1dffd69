"""An error page that once took an article's place: a replay puts the version before it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from pipelines.archive.database import Archive
from pipelines.archive.records import FoundUrl, Task, UrlResult
from pipelines.archive.writer import Writer
from pipelines.items import Hints, Outcome, Page
from pipelines.urls import normalize
from pipelines.work import extract_and_pack

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.archive.records import StoredResult

SOURCE = {"id": "daily", "name": "Daily", "home": "https://daily.example/", "language": "en", "country": None}
URL = "https://daily.example/news/ferry-is-back-after-the-storm"
TIMES = ("2026-11-20T09:00:00.000+00:00", "2026-11-21T09:00:00.000+00:00", "2026-11-22T09:00:00.000+00:00")
HEAD = "<html lang=en><head><title>{0}</title></head><body><article><h1>{0}</h1>"


def story(last: str = "") -> bytes:
    text = "".join(
        f"<p>In year {n} the ferry carried {n * 37} people over the sound in {n} storms.</p>"
        for n in range(9)
    )
    return (
        f"{HEAD.format('Ferry is back after the storm')}<p>By Nina Aster</p>{text}{last}</article>".encode()
    )


ERROR = f"{HEAD.format('503 Service Unavailable')}<p>The service is temporarily unavailable. Please try again later.</p></article>".encode()
OTHER = f"{HEAD.format('Pier closed')}<p>The pier is closed until Monday, the harbour office said on Friday.</p></article>".encode()


def look(archive: Archive, at: str, body: bytes) -> StoredResult:
    archive.frontier.add("daily", [FoundUrl(URL, normalize.key(URL), Hints(), 1)], at, at)
    row = archive.rows("SELECT id, article_id FROM urls WHERE url = ?", [URL])[0]
    page = Page(url=URL, body=body, fetched_at=at, headers=(("Content-Type", "text/html"),))
    made = extract_and_pack(page)
    task = Task(row["id"], "daily", URL, Hints(), article_id=row["article_id"], found_at=at)
    writer = Writer(archive, archive.crawls.start(at, ["daily"], 1, "test", "0"), at)
    writer.add(
        UrlResult(
            task,
            at,
            made.article.outcome,
            made.article.reason,
            made.article if made.article.outcome is None else None,
            URL,
            capture=made.capture,
        )
    )
    return writer.flush()[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Archive(tmp_path / "archive.db") as archive:
        archive.sources.save([SOURCE], TIMES[0])
        assert look(archive, TIMES[0], story()).outcome == Outcome.NEW
        assert (
            look(archive, TIMES[1], story("<p>It sails again on Monday from the new pier.</p>")).outcome
            == Outcome.REVISED
        )
    return tmp_path


def overwrite(folder: Path, body: bytes) -> None:
    """Do what earlier rules did: make a page the article's next version, whatever it is."""
    with Archive(folder / "archive.db") as archive:
        look(archive, TIMES[2], body)
        db = archive.db
        db.execute("DELETE FROM revisions WHERE number = 2")
        db.execute(
            "INSERT INTO revisions (article_id, number, seen_at, title, text, content_hash, capture_id)"
            " SELECT id, 2, ?, title, text, content_hash, capture_id FROM articles WHERE revision = 2",
            [TIMES[1]],
        )
        db.execute(
            "UPDATE articles SET revision = 3, title = 'Oops', text = 'Please try again later.', authors = '[]',"
            " content_hash = 'e', capture_id = (SELECT max(id) FROM captures)"
        )


def replay(folder: Path, *options: str) -> str:
    ran = CliRunner().invoke(cli, ["replay", str(folder / "archive.db"), "--seeds", str(folder), *options])
    assert ran.exit_code == 0, ran.output
    return ran.output


def rows(folder: Path, sql: str) -> list[dict[str, object]]:
    with Archive(folder / "archive.db") as archive:
        return archive.rows(sql)


HELD = "SELECT title, text, revision, revised_at, authors, content_hash, capture_id FROM articles"
VERSIONS = "SELECT number, title, text, capture_id FROM revisions ORDER BY number"


def test_the_version_before_an_error_page_comes_back(folder: Path) -> None:
    held, versions = rows(folder, HELD), rows(folder, VERSIONS)
    overwrite(folder, ERROR)
    assert rows(folder, "SELECT title, revision FROM articles") == [{"title": "Oops", "revision": 3}]
    assert "1 article would be back to what stood there" in replay(folder, "--dry-run")
    assert rows(folder, "SELECT title, revision FROM articles") == [{"title": "Oops", "revision": 3}]
    assert "1 article put back to what stood there before an error page" in replay(folder)
    assert rows(folder, HELD) == held
    assert rows(folder, VERSIONS) == versions
    assert rows(folder, "SELECT count(*) AS n FROM captures") == [{"n": 3}]
    assert "back to what stood there" not in replay(folder)


def test_another_text_stays_the_article(folder: Path) -> None:
    overwrite(folder, OTHER)
    assert "back to what stood there" not in replay(folder)
    assert rows(folder, "SELECT title, revision FROM articles") == [{"title": "Pier closed", "revision": 3}]
