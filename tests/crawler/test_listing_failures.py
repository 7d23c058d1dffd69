"""A listing that gave nothing is said to have failed, and the exit code tells how much of a crawl did."""

from __future__ import annotations

from collections import Counter
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from crawler.run.exit_codes import (
    ALL_WELL,
    NOTHING_FETCHED,
    SOME_FAILED,
    FailedListing,
    SourceCounts,
    describe_source_failure,
    exit_code,
)
from pipelines.items import Outcome
from tests.conftest import Desk
from tests.web import Web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GONE = FailedListing("https://daily.example/gone.xml", "answered 410")


def counts(answered: int, broken: int, **outcomes: int) -> SourceCounts:
    return SourceCounts(
        Counter({Outcome(name): number for name, number in outcomes.items()}), answered, [GONE] * broken
    )


@pytest.mark.parametrize(
    ("sources", "code"),
    [
        ([counts(2, 0)], ALL_WELL),
        ([counts(1, 1)], SOME_FAILED),
        ([counts(1, 1, new=1)], SOME_FAILED),
        ([counts(0, 1, unchanged=1)], SOME_FAILED),
        ([counts(0, 1)], NOTHING_FETCHED),
        ([counts(0, 2)], NOTHING_FETCHED),
        ([counts(0, 1, failed=3)], NOTHING_FETCHED),
        ([counts(1, 0, failed=3)], NOTHING_FETCHED),
        ([counts(1, 1, failed=3)], NOTHING_FETCHED),
        ([counts(1, 1, deferred=3)], SOME_FAILED),
        ([counts(0, 1), counts(0, 1)], NOTHING_FETCHED),
        ([counts(0, 1), counts(1, 0)], SOME_FAILED),
        ([counts(0, 1), counts(1, 1)], SOME_FAILED),
        ([counts(0, 1), counts(0, 1, gone=1)], SOME_FAILED),
    ],
)
def test_nothing_fetched_is_said_only_when_nothing_was(sources: list[SourceCounts], code: int) -> None:
    lines = [line for source in sources if (line := describe_source_failure(source))]
    assert exit_code(lines, sources) == code


def feed(host: str) -> str:
    item = f"<item><title>The ferries stop tonight</title><link>http://{host}/news/ferries</link>"
    return f"<rss version='2.0'><channel><title>T</title>{item}<pubDate>{formatdate()}</pubDate></item></channel></rss>"


STORY = (
    "<html><body><article><h1>The ferries stop tonight</h1>"
    + "<p>The ferries between the two islands stop tonight, the harbour master said on Monday morning.</p>"
    * 4
    + "</article></body></html>"
)


ANSWERS = {
    "unasked304": (304, {}, b""),
    "page": "<!doctype html><html><body><h1>Under maintenance</h1></body></html>",
    "json": (200, {"Content-Type": "application/json"}, b'{"error": "not found"}'),
    "xml": (200, {"Content-Type": "text/xml"}, b"<Error><Code>AccessDenied</Code></Error>"),
    "text": (200, {"Content-Type": "text/plain"}, b"Service unavailable"),
    "nothing": (200, {}, b""),
}
WORDS = {
    "unasked304": "answered 304 (not modified) to a request without conditions",
    "page": "is a web page, not a feed",
    "json": "is JSON, but no JSON Feed",
    "xml": "is neither RSS, Atom nor JSON Feed (its first element is <error>)",
    "text": "is neither RSS, Atom nor JSON Feed",
    "nothing": "is empty",
}


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


@pytest.mark.slow
def test_a_listing_that_gave_nothing_is_named(tmp_path: Path, web: Web) -> None:
    desk = Desk(tmp_path, web)  # type: ignore[arg-type]
    for name, answer in ANSWERS.items():
        web.pages[f"http://{name}.example/feed.xml"] = answer
        desk.seed(
            f"{name}.toml", f'home = "http://{name}.example/"\nfeeds = ["/feed.xml"]\ndiscover = false\n'
        )
    result = desk.crawl()
    assert result.code == NOTHING_FETCHED
    for name, words in WORDS.items():
        assert f"{name}: nothing could be read: http://{name}.example/feed.xml: {words}" in result.err
    assert desk.column("SELECT count(*) FROM listings WHERE error IS NOT NULL") == [len(ANSWERS)]
    assert len(web.asked) >= 2 * len(ANSWERS), "robots.txt of each host, and its feed"
    assert web.connections <= len(ANSWERS), "those to the proxy are kept"


@pytest.mark.slow
def test_one_of_two_feeds_is_gone(tmp_path: Path, web: Web) -> None:
    desk = Desk(tmp_path, web)  # type: ignore[arg-type]
    desk.seed(
        "daily.toml",
        'home = "http://daily.example/"\nfeeds = ["/feed.xml", "/gone.xml"]\ndiscover = false\n',
    )
    # A feed that answers 304 when it is asked so is well.
    web.pages["http://daily.example/feed.xml"] = lambda count: (
        (200, {"ETag": '"1"'}, feed("daily.example")) if count == 1 else (304, {}, b"")
    )
    web.pages["http://daily.example/gone.xml"] = (410, {}, b"gone")
    web.pages["http://daily.example/news/ferries"] = STORY
    first, second = desk.crawl(), desk.crawl()
    assert (first.code, second.code) == (SOME_FAILED, SOME_FAILED)
    assert "gone.xml: answered 410" in second.err
    assert "feed.xml" not in second.err
    assert desk.column("SELECT count(*) FROM articles") == [1]
