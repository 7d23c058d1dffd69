"""A page whose text cannot be stored costs itself at most: the pages beside it are stored, and its outcome says why."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from pipelines.archive.admin.verify import verify
from pipelines.archive.database import Archive
from pipelines.archive.errors import ArchiveError
from pipelines.archive.records import FoundUrl, UrlResult
from pipelines.archive.tables.listings import ListingCheck
from pipelines.archive.warc.pack import pack
from pipelines.archive.writer import Writer
from pipelines.fetched_pages import FetchedPage
from pipelines.items import Article, Hints, Outcome, Page
from pipelines.url_results import url_result
from pipelines.work import ExtractionResult, extract_and_pack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.archive.records import Task

NOW = "2026-11-23T09:00:00.000+00:00"
SOURCE = {"id": "daily", "name": "Daily", "home": "https://daily.example/", "language": "en", "country": None}
COUNT = 120
CULPRIT = 57


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive.db") as opened:
        opened.sources.save([SOURCE], NOW)
        yield opened


@pytest.fixture
def writer(archive: Archive) -> Writer:
    return Writer(archive, archive.crawls.start(NOW, ["daily"], COUNT, "test", "0"), NOW)


def url_of(number: int) -> str:
    return f"https://daily.example/news/{number}-ferry"


def page_of(number: int, description: str = "The ferry") -> Page:
    stated = {"@type": "NewsArticle", "headline": f"Ferry {number} is back", "description": description}
    text = "".join(
        f"<p>On pier {number} the ferry of year {number * 7 + n} came back in the {n}th hour of the storm.</p>"
        for n in range(8)
    )
    html = (
        f'<html lang="en"><head><title>Ferry {number} is back</title><script type="application/ld+json">'
        f"{json.dumps(stated)}</script></head><body><article><h1>Ferry {number} is back</h1>{text}</article></body></html>"
    )
    return Page(
        url=url_of(number),
        body=html.encode(),
        fetched_at=NOW,
        headers=(("Content-Type", "text/html; charset=utf-8"),),
    )


def take_all(archive: Archive) -> list[Task]:
    found = [
        FoundUrl(url_of(n), url_of(n).removeprefix("https://"), Hints(via="feed"), 1) for n in range(COUNT)
    ]
    archive.frontier.add("daily", found, NOW, NOW)
    return archive.frontier.take("daily", NOW, COUNT)


@cache
def extracted(number: int, description: str) -> tuple[Page, ExtractionResult]:
    page = page_of(number, description)
    if description != "The ferry":
        return page, extract_and_pack(page)
    title, text = f"Ferry {number} is back", f"On pier {number} the ferry of year {number * 7} came back."
    article = Article(url=page.url, title=title, text=text, content_hash=f"1:{number}", extractor="test")
    return page, ExtractionResult(article, pack(page))  # 120 extractions would take a second


def results_of(archive: Archive, descriptions: dict[int, str] | None = None) -> list[UrlResult]:
    results = []
    for number, task in enumerate(take_all(archive)):
        page, extraction = extracted(number, (descriptions or {}).get(number, "The ferry"))
        results.append(url_result(FetchedPage(task, page), extraction))
    return results


def store_all(writer: Writer, results: list[UrlResult]) -> None:
    for result in results:
        writer.add(result)
    writer.flush()


# --- what is cleaned where it is made

UNSTORABLE = ["\ud83d", "\udcff", "\x00", "\x1b[2J", "\x9b2J", "\u202e", "\uffff", "\U0010fffe"]


@pytest.mark.parametrize("sign", UNSTORABLE)
def test_no_record_holds_what_cannot_be_stored(sign: str) -> None:
    words = f"Quay {sign}works"
    article = Article(
        url=f"https://d.example/{sign}",
        title=words,
        authors=(words,),
        tags=(words,),
        text=words,
        reason=words,
    )
    page = Page(url=f"https://d.example/{sign}", body=b"", final_url=f"https://d.example/{sign}")
    hints = Hints(title=words, authors=(words,), section=words)
    found = FoundUrl(f"https://d.example/{sign}", f"d.example/{sign}", hints, 0)
    check = ListingCheck("d", f"https://d.example/{sign}", "feed", error=words)
    for record in (article, page, hints, found, check):
        assert sign not in repr(record)
        assert sign.encode("unicode_escape").decode() not in repr(record)
    assert article.title.startswith("Quay ")
    assert article.title.endswith("works")


def test_such_text_loses_no_page(archive: Archive, writer: Writer) -> None:
    store_all(writer, results_of(archive, {13 * n: f"Quay {sign}" for n, sign in enumerate(UNSTORABLE)}))
    assert archive.rows("SELECT count(*) AS n FROM articles") == [{"n": COUNT}]
    assert archive.rows("SELECT outcome, count(*) AS n FROM outcomes GROUP BY 1") == [
        {"outcome": "new", "n": COUNT}
    ]


def test_such_text_in_a_listing_or_a_reason_loses_nothing(archive: Archive, writer: Writer) -> None:
    archive.listings.save_check(
        ListingCheck("daily", "https://d.example/\udc80", "feed", error="no \ud83d"), NOW
    )
    archive.listings.add_expected("daily", [("feed", "https://d.example/\ud83d", "")], NOW)
    take_all(archive)
    assert archive.crawls.defer_rest(writer.crawl_id, "stopped by \ud83d", NOW) == COUNT


# --- what cleaning does not cover


@pytest.mark.parametrize(
    "error",
    [OverflowError("Python int too large"), ValueError("no"), UnicodeEncodeError("utf-8", "x", 0, 1, "no")],
)
def test_an_error_over_one_page_costs_that_page(
    archive: Archive, writer: Writer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    save = archive.articles.save

    def save_or_fail(decision: object, article: Article, *more: object) -> int:
        if article.url == url_of(CULPRIT):
            raise error
        return save(decision, article, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(archive.articles, "save", save_or_fail)
    store_all(writer, results_of(archive))
    check_only_the_culprit_failed(archive, str(error))


def test_a_value_that_sqlite_refuses_costs_that_page(archive: Archive, writer: Writer) -> None:
    results = results_of(archive)
    poisoned = results[CULPRIT].article
    assert poisoned is not None
    object.__setattr__(poisoned, "word_count", 2**70)
    store_all(writer, results)
    check_only_the_culprit_failed(archive, "too large")


def check_only_the_culprit_failed(archive: Archive, reason: str) -> None:
    assert archive.rows("SELECT count(*) AS n FROM articles") == [{"n": COUNT - 1}]
    failed = archive.rows("SELECT url, reason FROM outcomes WHERE outcome <> 'new'")
    assert [row["url"] for row in failed] == [url_of(CULPRIT)]
    assert reason in failed[0]["reason"]
    assert archive.rows("SELECT count(*) AS n FROM outcomes") == [{"n": COUNT}]
    frontier = archive.rows("SELECT url, attempts, due_at > ? AS later FROM urls WHERE state = 'due'", [NOW])
    assert frontier == [{"url": url_of(CULPRIT), "attempts": 1, "later": 1}]
    # Each page has one capture, the culprit too, and each record lies on disk once.
    captures = archive.rows("SELECT count(*) AS n, count(DISTINCT url) AS urls FROM captures")
    assert captures == [{"n": COUNT, "urls": COUNT}]
    archive.captures.close()
    verification = verify(archive.path)
    assert (verification.problems, verification.spare) == ([], 0)
    assert verification.types["response"] == COUNT


def test_a_page_whose_records_cannot_be_written_costs_that_page(
    archive: Archive, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = archive.captures._append_capture

    def write_or_fail(packed: object, batch: object) -> object:
        if packed.url == url_of(CULPRIT):  # type: ignore[attr-defined]
            raise UnicodeEncodeError("ascii", "é", 0, 1, "no ASCII")
        return write(packed, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(archive.captures, "_append_capture", write_or_fail)
    store_all(writer, results_of(archive))
    (failed,) = archive.rows("SELECT url, reason FROM outcomes WHERE outcome = 'failed'")
    assert failed["url"] == url_of(CULPRIT)
    assert "no ASCII" in failed["reason"]
    assert archive.rows("SELECT count(*) AS n FROM captures") == [{"n": COUNT - 1}]
    archive.captures.close()
    assert verify(archive.path).problems == []


def test_an_error_of_the_disk_is_the_archives(
    archive: Archive, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    results = results_of(archive)
    monkeypatch.setattr(archive.articles, "save", fail)
    with pytest.raises(ArchiveError, match="full"):
        store_all(writer, results)
    assert archive.rows("SELECT count(*) AS n FROM outcomes") == [{"n": 0}]


def test_an_article_held_stays_when_its_new_look_cannot_be_stored(archive: Archive, writer: Writer) -> None:
    tasks = take_all(archive)
    first = page_of(3)
    writer.add(url_result(FetchedPage(tasks[3], first), extract_and_pack(first)))
    [stored] = writer.flush()
    look = UrlResult(
        replace(tasks[3], article_id=stored.article_id),
        "2026-11-24T09:00:00.000+00:00",
        article=Article(url=url_of(3), title="Ferry", text="Gone.", content_hash="1:x", extractor="other"),
    )
    object.__setattr__(look.article, "word_count", 2**70)
    later = Writer(archive, archive.crawls.start(NOW, ["daily"], 1, "test", "0"), NOW)
    later.add(look)
    [failed] = later.flush()
    assert (stored.outcome, failed.outcome) == (Outcome.NEW, Outcome.FAILED)
    [row] = archive.rows("SELECT title, revision FROM articles WHERE id = ?", [stored.article_id])
    assert row == {"title": "Ferry 3 is back", "revision": 1}
