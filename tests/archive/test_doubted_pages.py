"""Doubted pages and pages with an article's title and canonical link, through the writer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crawler.command_line.source_reports import read_status
from crawler.commands.status import status_lines
from pipelines.archive.database import Archive
from pipelines.archive.records import FoundUrl, Task, UrlResult
from pipelines.archive.warc.pack import pack
from pipelines.archive.writer import Writer
from pipelines.extraction import tokens
from pipelines.items import Article, Hints, Outcome, Page
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.archive.records import StoredResult

SOURCE = {"id": "daily", "name": "Daily", "home": "https://daily.example/", "language": "en", "country": None}
URL = "https://daily.example/news/ferry"
FIRST = "2026-11-20T09:00:00.000+00:00"
LOOKS = ("2026-11-23T09:00:00.000+00:00", "2026-11-23T21:00:00.000+00:00", "2026-11-24T10:00:00.000+00:00")
TEXT = "\n\n".join(
    f"In year {n} the ferry carried {n * 37} people over the sound in {n} storms." for n in range(20)
)
ERROR = "The machine that makes our pages is resting."


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive.db") as opened:
        opened.sources.save([SOURCE], FIRST)
        yield opened


def article_of(url: str, title: str, text: str, extractor: str = "test") -> Article:
    content_hash = tokens.content_hash(title, "", text)
    return Article(url=url, title=title, text=text, content_hash=content_hash, extractor=extractor)


def task_of(archive: Archive, url: str) -> Task:
    archive.frontier.add("daily", [FoundUrl(url, normalize.key(url), Hints(via="feed"), 1)], FIRST, FIRST)
    row = archive.rows("SELECT id, article_id FROM urls WHERE key = ?", [normalize.key(url)])[0]
    return Task(row["id"], "daily", url, Hints(via="feed"), article_id=row["article_id"], found_at=FIRST)


def look(archive: Archive, at: str, article: Article, url: str = URL) -> StoredResult:
    writer = Writer(archive, archive.crawls.start(at, ["daily"], 1, "test", "0"), at)
    page = Page(url=url, body=article.text.encode(), fetched_at=at, headers=(("Content-Type", "text/html"),))
    keys = {normalize.key(article.url)} - {normalize.key(url)}
    writer.add(
        UrlResult(
            task_of(archive, url),
            at,
            article=article,
            own_url=url,
            capture=pack(page),
            keys=tuple(keys),
            etag='"7"',
        )
    )
    return writer.flush()[0]


def test_a_doubted_page_replaces_the_article_when_it_is_the_same_a_day_later(archive: Archive) -> None:
    assert look(archive, FIRST, article_of(URL, "Ferry is back after the storm", TEXT)).outcome == Outcome.NEW
    error = article_of(URL, "Resting", ERROR)
    for at in LOOKS[:2]:
        result = look(archive, at, error)
        assert result.outcome == Outcome.UNCHANGED
        assert result.reason.startswith("doubted: ")
        [row] = archive.rows("SELECT title, text, revision FROM articles")
        assert row == {"title": "Ferry is back after the storm", "text": TEXT, "revision": 1}
        assert read_status(archive.path)["sources"][0]["doubted"] == 1
        assert any("daily: 1 doubted" in line for line in status_lines(read_status(archive.path)))
        # The next look asks for the page in full.
        assert archive.rows("SELECT etag FROM urls WHERE url = ?", [URL]) == [{"etag": None}]
    assert archive.rows("SELECT count(*) AS n FROM captures") == [{"n": 3}]
    assert look(archive, LOOKS[2], error).outcome == Outcome.REVISED
    assert archive.rows("SELECT title FROM articles UNION ALL SELECT title FROM revisions") == [
        {"title": "Resting"},
        {"title": "Ferry is back after the storm"},
    ]
    assert read_status(archive.path)["sources"][0]["doubted"] == 0


def test_an_article_that_comes_back_ends_the_doubt(archive: Archive) -> None:
    held, error = article_of(URL, "Ferry is back after the storm", TEXT), article_of(URL, "Resting", ERROR)
    for at, seen in zip((FIRST, *LOOKS), (held, error, held, error), strict=True):
        result = look(archive, at, seen)
    assert (result.outcome, result.reason[:8]) == (Outcome.UNCHANGED, "doubted:")


def test_a_doubted_page_does_not_come_in_by_newer_rules_either(archive: Archive) -> None:
    """Without an old capture to compare, newer rules put their words in place: not those of another page."""
    look(archive, FIRST, article_of(URL, "Ferry is back after the storm", TEXT, "older"))
    assert look(archive, LOOKS[0], article_of(URL, "Resting", ERROR)).reason.startswith("doubted:")
    assert archive.rows("SELECT text FROM articles") == [{"text": TEXT}]


# --- the same title and the same canonical link


def letters(number: int) -> str:
    return "\n\n".join(
        f"Reader {number * 9 + n} of street {number * 5 + n} writes about pier {n}." for n in range(8)
    )


@pytest.mark.parametrize("canonical", ["https://daily.example/letters", "https://daily.example/opinion/"])
@pytest.mark.parametrize("title", ["Letters to the editor", "Leserbriefe", "読者の声", "La lettre du jour"])
def test_texts_that_differ_are_articles_of_their_own(archive: Archive, canonical: str, title: str) -> None:
    for n in range(3):
        url = f"https://daily.example/letters/{n}"
        assert look(archive, FIRST, article_of(canonical, title, letters(n)), url).outcome == Outcome.NEW
    assert archive.rows("SELECT count(DISTINCT text) AS n FROM articles") == [{"n": 3}]
    urls = {row["url"] for row in archive.rows("SELECT url FROM articles")}
    assert urls <= {canonical, *(f"https://daily.example/letters/{n}" for n in range(3))}


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT + "\n\nOne more line.",
        TEXT.replace("In year 7 ", "In the year 7 "),
        TEXT[: len(TEXT) // 2],
        f"Print view\n\n{TEXT}",
    ],
    ids=["same", "longer", "one block reworded", "part", "with a label"],
)
def test_another_address_of_one_article_is_no_second_article(archive: Archive, text: str) -> None:
    look(archive, FIRST, article_of(URL, "Ferry is back", TEXT))
    amp = "https://daily.example/print/ferry"
    assert look(archive, FIRST, article_of(URL, "Ferry is back", text), amp).outcome == Outcome.DUPLICATE
    assert archive.rows("SELECT count(*) AS n FROM articles") == [{"n": 1}]


def test_an_article_gives_way_to_the_page_whose_address_it_took(archive: Archive) -> None:
    second, first = "https://daily.example/letters/2", "https://daily.example/letters"
    task_of(archive, first)  # listed before anybody's canonical link named it
    look(archive, FIRST, article_of(first, "Letters", letters(2)), second)
    assert look(archive, FIRST, article_of(first, "Letters", letters(1)), first).outcome == Outcome.NEW
    held = {row["url"]: row["text"] for row in archive.rows("SELECT url, text FROM articles")}
    assert held == {second: letters(2), first: letters(1)}


def test_a_canonical_page_fetched_second_is_the_same_article(archive: Archive) -> None:
    task_of(archive, URL)
    look(archive, FIRST, article_of(URL, "Ferry is back", TEXT), "https://daily.example/print/ferry")
    assert look(archive, FIRST, article_of(URL, "Ferry is back", TEXT)).outcome == Outcome.DUPLICATE
    assert archive.rows("SELECT count(*) AS n FROM articles") == [{"n": 1}]
