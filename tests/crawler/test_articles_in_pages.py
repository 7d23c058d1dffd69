"""Articles in several pages: fetched page by page, stored as one, read again as one, erased as one."""

from __future__ import annotations

import shutil
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from scrapy.http import HtmlResponse, Request

from crawler.cli import cli
from crawler.run.further_pages import FurtherPages
from pipelines.archive.admin.verify import verify
from pipelines.archive.database import Archive
from pipelines.archive.records import Task
from pipelines.fetched_pages import PagedArticle, ReadPage
from pipelines.items import Article, Hints, Outcome, Page
from pipelines.work import ExtractionResult
from tests.conftest import Desk
from tests.newspaper.client import Newspaper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = {
    "articles": "SELECT url, title, text, content_hash, continues_at, capture_id, duplicate_of, revision FROM articles ORDER BY id",
    "revisions": "SELECT article_id, number, title, text, content_hash, capture_id FROM revisions ORDER BY id",
    "article_captures": "SELECT * FROM article_captures ORDER BY article_id, revision, part",
    "urls": "SELECT url, state, article_id FROM urls ORDER BY id",
}


@pytest.fixture(scope="module")
def press_of_two() -> Iterator[Newspaper]:
    with Newspaper(crawl_delay=0) as running:
        yield running


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, press_of_two: Newspaper) -> Desk:
    """One crawl of two sites, each with an article in three pages; of one the last page is not there."""
    desk = Desk(tmp_path_factory.mktemp("pages"), press_of_two)
    desk.follow("hangang", "plaza")
    assert desk.crawl().code == 0
    return desk


@pytest.fixture
def desk(first: Desk, tmp_path: Path) -> Desk:
    """A desk of one's own with the archive of that crawl."""
    copy = Desk(tmp_path, first.newspaper)
    for path in first.folder.iterdir():
        (shutil.copytree if path.is_dir() else shutil.copy)(
            path, tmp_path / path.name, **({"dirs_exist_ok": True} if path.is_dir() else {})
        )
    return copy


def whole_url(desk: Desk) -> str:
    return next(url for url in desk.newspaper.articles() if "fortress-wall" in url)


def cut_url(desk: Desk) -> str:
    return next(url for url in desk.newspaper.articles() if "fuente-sin-agua" in url)


def rows_of(desk: Desk) -> dict[str, list[dict[str, Any]]]:
    return {name: desk.rows(sql) for name, sql in ROWS.items()}


def run(*words: object) -> str:
    """A command in this process."""
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_pages_are_one_article(first: Desk) -> None:
    url = whole_url(first)
    [row] = first.rows("SELECT * FROM articles WHERE url LIKE ?", f"{url}%")
    paragraphs = first.newspaper.truth(url)["paragraphs"]
    assert [block for block in row["text"].split("\n\n") if block in paragraphs] == paragraphs
    assert "1 2 3" not in row["text"]
    assert (row["continues_at"], row["duplicate_of"], row["revision"]) == (None, None, 1)
    pages = first.rows(
        "SELECT part, revision, c.url, c.id FROM article_captures JOIN captures c ON c.id = capture_id WHERE article_id = ?",
        row["id"],
    )
    assert [(p["part"], p["revision"], p["url"]) for p in pages] == [
        (1, 1, url),
        (2, 1, f"{url}?page=2"),
        (3, 1, f"{url}?page=3"),
    ]
    assert pages[0]["id"] == row["capture_id"]


def test_an_article_whose_last_page_is_not_there_says_where_it_continues(first: Desk) -> None:
    url = cut_url(first)
    [row] = first.rows("SELECT * FROM articles WHERE url = ?", url)
    paragraphs = first.newspaper.truth(url)["paragraphs"]
    assert [block for block in row["text"].split("\n\n") if block in paragraphs] == paragraphs
    further = url.replace(".html", "-3.html")
    assert row["continues_at"] == further
    assert first.outcomes()[url] == ("new", f"continues at {further} (answered 404)")


def test_every_page_has_one_outcome_and_is_an_alias(first: Desk) -> None:
    whole, cut = whole_url(first), cut_url(first)
    outcomes = first.outcomes()
    assert outcomes[f"{whole}?page=2"] == ("duplicate", f"page 2 of {whole}")
    assert outcomes[f"{whole}?page=3"] == ("duplicate", f"page 3 of {whole}")
    assert outcomes[cut.replace(".html", "-2.html")] == ("duplicate", f"page 2 of {cut}")
    assert outcomes[cut.replace(".html", "-3.html")] == ("gone", "answered 404")
    rows = first.rows("SELECT DISTINCT via, state FROM urls WHERE url LIKE '%page=%' OR url LIKE '%agua-%'")
    assert rows == [{"via": "alias", "state": "done"}]
    # A page that has not changed says nothing of those after it: the first is asked for in full.
    assert first.column("SELECT count(*) FROM urls WHERE etag IS NOT NULL AND article_id IN"
                        " (SELECT article_id FROM article_captures)") == [0]  # fmt: skip
    first.assert_adds_up()
    assert verify(first.archive).problems == []


def test_a_replay_changes_nothing(desk: Desk) -> None:
    before = rows_of(desk)
    assert "0 articles and 0 old versions changed" in run("replay", desk.archive, "--seeds", desk.seeds)
    assert rows_of(desk) == before


def split_again(desk: Desk) -> None:
    """Make the archive what a Clippings that did not join pages left: the first page, and the second as an article."""
    url = whole_url(desk)
    with Archive(desk.archive) as archive:
        db = archive.db
        (article_id,) = db.execute("SELECT id FROM articles WHERE url = ?", [url]).fetchone()
        db.execute("DELETE FROM article_captures WHERE article_id = ?", [article_id])
        db.execute(
            "UPDATE articles SET text = 'The first page.', content_hash = '0', continues_at = NULL WHERE id = ?",
            [article_id],
        )
        db.execute(
            "INSERT INTO articles (source_id, url, title, text, word_count, first_seen_at, checked_at, content_hash, extractor, capture_id)"
            " SELECT source_id, url || '?page=2', title, 'The second page.', 3, first_seen_at, checked_at, '1', extractor,"
            " capture_id + 1 FROM articles WHERE id = ?",
            [article_id],
        )
        db.execute(
            "UPDATE urls SET via = 'refresh', article_id = (SELECT max(id) FROM articles) WHERE url = ?",
            [f"{url}?page=2"],
        )
        db.execute("UPDATE urls SET article_id = NULL WHERE url = ?", [f"{url}?page=3"])


def test_pages_that_are_articles_of_their_own_are_joined_by_a_replay(desk: Desk) -> None:
    before = rows_of(desk)
    split_again(desk)
    run("replay", desk.archive, "--seeds", desk.seeds)
    url = whole_url(desk)
    after = rows_of(desk)
    second = after["articles"].pop()
    assert second["url"] == f"{url}?page=2"
    assert second["duplicate_of"] == desk.column("SELECT id FROM articles WHERE url = ?", url)[0]
    assert after == before
    again = rows_of(desk)
    run("replay", desk.archive, "--seeds", desk.seeds)
    assert rows_of(desk) == again


def test_pages_that_were_not_held_are_no_revision(desk: Desk) -> None:
    before = rows_of(desk)
    split_again(desk)
    desk.run("fetch", str(desk.archive), whole_url(desk), "-s", "DOWNLOAD_DELAY=0")
    assert desk.outcomes()[whole_url(desk)] == ("unchanged", "its further pages are held now")
    url = whole_url(desk)
    [row] = desk.rows("SELECT text, revision, continues_at FROM articles WHERE url = ?", url)
    assert row["text"] == next(a["text"] for a in before["articles"] if a["url"] == url)
    assert (row["revision"], row["continues_at"]) == (1, None)
    assert (
        len(
            desk.column(
                "SELECT part FROM article_captures JOIN articles ON id = article_id WHERE url = ?", url
            )
        )
        == 3
    )
    assert desk.column("SELECT duplicate_of FROM articles WHERE url = ?", f"{url}?page=2") != [None]
    desk.assert_adds_up()


def test_a_change_on_a_further_page_is_a_revision_and_what_cannot_be_had_is_taken_from_before(
    desk: Desk,
) -> None:
    url = whole_url(desk)
    press = desk.newspaper
    press.reset()
    press.fault("status code=503 path=page=3")
    desk.run("fetch", str(desk.archive), url, "-s", "DOWNLOAD_DELAY=0", "-s", "RETRY_TIMES=0")
    outcomes = desk.outcomes()
    assert outcomes[url][0] == "unchanged"
    assert outcomes[f"{url}?page=3"] == ("failed", "answered 503")
    assert desk.column("SELECT due_at FROM urls WHERE url = ?", url) != [None]
    press.heal()
    press.revise(url)
    desk.run("fetch", str(desk.archive), url, "-s", "DOWNLOAD_DELAY=0")
    assert desk.outcomes()[url] == ("revised", "text, correction")
    [row] = desk.rows("SELECT id, text, revision FROM articles WHERE url = ?", url)
    [old] = desk.rows("SELECT text FROM revisions WHERE article_id = ?", row["id"])
    assert row["text"].startswith(old["text"])
    assert "Correction number 1" in row["text"]
    parts = desk.rows("SELECT revision, part FROM article_captures WHERE article_id = ?", row["id"])
    assert sorted((p["revision"], p["part"]) for p in parts) == [(v, n) for v in (1, 2) for n in (1, 2, 3)]
    desk.assert_adds_up()
    before = rows_of(desk)
    assert "0 articles and 0 old versions changed" in run("replay", desk.archive, "--seeds", desk.seeds)
    assert rows_of(desk) == before
    press.reset()


def test_all_pages_are_forgotten(desk: Desk) -> None:
    url = whole_url(desk)
    run("forget", desk.archive, "--yes", f"{url}?page=2")
    assert desk.column(
        "SELECT count(*) FROM article_captures JOIN articles ON id = article_id WHERE url = ?", url
    ) == [0]
    assert desk.column("SELECT count(*) FROM captures WHERE url LIKE '%fortress%'") == [0]
    assert desk.column("SELECT count(*) FROM urls WHERE url LIKE '%fortress%'") == [0]
    assert desk.column(
        "SELECT count(*) FROM outcomes WHERE url LIKE '%fortress%' OR reason LIKE '%fortress%'"
    ) == [0]
    assert desk.column("PRAGMA foreign_key_check") == []
    assert verify(desk.archive).problems == []


def test_a_foreign_warc_file_gives_one_article(desk: Desk) -> None:
    files = sorted((desk.folder / "warc").glob("*.warc.gz"))
    archive = desk.archive
    desk.archive = desk.folder / "taken" / "archive.db"
    desk.archive.parent.mkdir()
    run("replay", desk.archive, *files, "--seeds", desk.seeds)
    taken = {
        row["url"]: row["text"]
        for row in desk.rows("SELECT url, text FROM articles WHERE url LIKE '%fortress%'")
    }
    outcomes = desk.outcomes()
    desk.assert_adds_up()
    desk.archive = archive
    url = whole_url(desk)
    assert taken == {url: desk.column("SELECT text FROM articles WHERE url = ?", url)[0]}
    assert outcomes[f"{url}?page=2"] == ("duplicate", f"page 2 of {url}")


def test_a_crawl_that_is_killed_between_two_pages_loses_nothing(
    tmp_path: Path, press_of_two: Newspaper
) -> None:
    desk = Desk(tmp_path, press_of_two)
    desk.follow("hangang")
    press_of_two.reset()
    press_of_two.fault("hang path=page=3")
    process = desk.start("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=0")
    for _ in range(600):
        if any("page=3" in entry["url"] for entry in press_of_two.log()):
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    press_of_two.reset()
    assert desk.crawl().code == 0
    url = whole_url(desk)
    assert desk.outcomes()[f"{url}?page=3"] == ("duplicate", f"page 3 of {url}")
    assert len(desk.column("SELECT part FROM article_captures")) == 3
    desk.assert_adds_up()


# --- what the answer at the next address is


STORY = "http://d.example/news/long-story"
PAGED = PagedArticle(
    Task(1, "daily", STORY, Hints()),
    tuple(
        ReadPage(Page(url=url, body=b""), ExtractionResult(Article(url=url, continues_at=f"{STORY}?page=3")))
        for url in (STORY, f"{STORY}?page=2")
    ),
)


@pytest.mark.parametrize(
    ("status", "url", "outcome", "reason"),
    [
        (404, f"{STORY}?page=3", Outcome.GONE, "answered 404"),
        (503, f"{STORY}?page=3", Outcome.FAILED, "answered 503"),
        (
            304,
            f"{STORY}?page=3",
            Outcome.FAILED,
            "answered 304 (not modified) to a request without conditions",
        ),
        (402, f"{STORY}?page=3", Outcome.EXCLUDED, "asks for payment"),
        (200, STORY, Outcome.DUPLICATE, "leads back to page 1 of the article"),
        (200, f"{STORY}?page=2&utm_source=x", Outcome.DUPLICATE, "leads back to page 2 of the article"),
        (200, "http://d.example/", Outcome.GONE, "redirected to the home page"),
        (200, "http://other.example/x", Outcome.EXCLUDED, "redirected to another host, other.example"),
    ],
)
def test_what_is_no_further_page(status: int, url: str, outcome: Outcome, reason: str) -> None:
    response = HtmlResponse(url, status=status, request=Request(url))
    found = FurtherPages._judge_answer(response, PAGED)
    assert found is not None
    assert (found.url, found.outcome, found.reason) == (f"{STORY}?page=3", outcome, reason)


def test_what_may_be_a_further_page() -> None:
    response = HtmlResponse(f"{STORY}?page=3", request=Request(f"{STORY}?page=3"))
    assert FurtherPages._judge_answer(response, PAGED) is None
