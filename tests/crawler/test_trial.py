"""The article that `clippings add` tries: which page, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crawler.discovery.add_site import report
from crawler.discovery.site_probe import ProbedSite
from crawler.discovery.trial import TRIED, Trial, choose_pages, describe_trial
from crawler.listings.feeds import parse_feed
from crawler.listings.model import ListingEntry
from pipelines.items import Article, Hints, Noarchive, Outcome

if TYPE_CHECKING:
    from tests.conftest import Desk

SITE = "https://daily.example"


def entry(path: str, published_at: str = "") -> ListingEntry:
    return ListingEntry(f"{SITE}/{path}", Hints(published_at=published_at))


@pytest.mark.parametrize(
    ("listed", "linked", "chosen"),
    [
        ([], [], []),
        ([entry("a", "2026-11-20"), entry("b", "2026-11-22")], [entry("c")], ["b", "a", "c"]),
        ([entry("a"), entry("b", "2026-11-22")], [], ["b", "a"]),
        ([], [entry("x"), entry("y"), entry("z"), entry("w")], ["x", "y", "z"]),
        ([entry("a?utm_source=rss"), entry("a")], [], ["a?utm_source=rss"]),
    ],
)
def test_which_pages_are_tried(
    listed: list[ListingEntry], linked: list[ListingEntry], chosen: list[str]
) -> None:
    found = choose_pages(listed, linked)
    assert [one.url for one in found] == [f"{SITE}/{path}" for path in chosen]
    assert len(found) <= TRIED


STORY = Article(
    url=f"{SITE}/a",
    title="Ferry to sail hourly",
    word_count=1234,
    published_at="2026-11-22",
    published_from="meta",
    authors=("Ada Denlen",),
    access="paywalled",
)


@pytest.mark.parametrize(
    ("trial", "noarchive", "words"),
    [
        (Trial("u", STORY), Noarchive.TEXT, ["1,234 words, 2026-11-22 (from meta), Ada Denlen", "behind a paywall", "asks for nothing"]),
        (Trial("u", Article(url="u", rights=("noarchive",))), Noarchive.TEXT, ["no headline", "no date, no author stated", "not stated", "(noarchive): texts are kept, copies of the pages are not"]),
        (Trial("u", Article(url="u", rights=("noarchive",))), Noarchive.KEEP, ["the pages are kept all the same"]),
        (
            Trial("u", Article(url="u", outcome=Outcome.EXCLUDED, reason="asks", rights=("noarchive",))),
            Noarchive.EXCLUDE,
            ["no article: asks", 'nothing is kept (noarchive = "exclude")'],
        ),
        (
            Trial("u", Article(url="u", rights=("tdm-reservation",), tdm_policy="https://p.example/t")),
            Noarchive.TEXT,
            ["reserves text and data mining, terms at https://p.example/t"],
        ),
        (Trial("u", error="robots.txt forbids it"), Noarchive.TEXT, ["could not be fetched: robots.txt forbids it"]),
    ],
)  # fmt: skip
def test_what_is_said_of_a_page(trial: Trial, noarchive: Noarchive, words: list[str]) -> None:
    lines = describe_trial(trial, noarchive)
    assert lines[0] == "  tried    u"
    for wanted in words:
        assert any(wanted in line for line in lines), (wanted, lines)
    assert trial.worked is (trial.article is not None and trial.article.outcome is None)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("<rss version=\"2.0\"><channel><title>The Daily</title><item><link>/a</link></item></channel></rss>", "The Daily"),
        ('{"version": "https://jsonfeed.org/version/1.1", "title": "The Daily", "items": []}', "The Daily"),
    ],
)  # fmt: skip
def test_a_feed_says_how_it_is_called(body: str, name: str) -> None:
    assert parse_feed(body.encode(), f"{SITE}/feed").name == name


def test_forbidden_sections_are_left_out(desk: Desk) -> None:
    result = desk.run("add", "-s", "DOWNLOAD_DELAY=0", "http://minato.example")
    assert result.code == 0, result.err
    assert "one section is left out: robots.txt forbids it" in result.out
    assert (
        report(ProbedSite(given="x", forbidden=2))[-2] == "  2 sections are left out: robots.txt forbids them"
    )
