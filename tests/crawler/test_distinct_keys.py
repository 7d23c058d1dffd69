"""Entries of one listing with different titles are different articles, whatever their addresses' parameters mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.discovery.window import filter_by_window
from crawler.listings.model import FEED, ListingEntry
from pipelines.items import Hints

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAGE = "https://daily.example/article.php"


def keys(*entries: tuple[str, str], via: str = FEED) -> list[str]:
    listed = [ListingEntry(PAGE + address, Hints(via=via, title=title)) for address, title in entries]
    selection = filter_by_window(listed, via, datetime(2026, 11, 16, tzinfo=UTC), NOW)
    return [found.key.removeprefix("daily.example/article.php") for found in selection.found]


@pytest.mark.parametrize("name", ["utm_source", "utm_id", "fbclid", "gclid", "mc_eid"])
def test_titles_tell_articles_apart(name: str) -> None:
    assert keys((f"?{name}=1", "Ferries"), (f"?{name}=2", "Trains"), (f"?{name}=3", "Buses")) == [
        f"?{name}=1",
        f"?{name}=2",
        f"?{name}=3",
    ]


def test_parameters_as_found_tell_them_apart() -> None:
    found = keys(("?utm_id=1&id=7", "Ferries"), ("?utm_id=2&id=7", "Trains"), ("?utm_id=1&id=7", "Ferries"))
    assert found == ["?utm_id=1&id=7", "?utm_id=2&id=7"]


@pytest.mark.parametrize(
    "entries",
    [
        [("?utm_id=1", "Ferries"), ("?utm_id=2", "Ferries")],
        [("?utm_id=1", "Ferries"), ("?utm_id=2", "FERRIES")],
        [("?utm_id=1", "Ferries"), ("?utm_id=2", "")],
        [("?utm_id=1", ""), ("?utm_id=2", "")],
        [("", "Ferries"), ("#part", "Trains")],
        [("", "Ferries"), ("/", "Trains")],
    ],
)
def test_one_title_is_one_article(entries: list[tuple[str, str]]) -> None:
    assert keys(*entries) == [""]


def test_the_texts_of_links_are_no_titles() -> None:
    entries = [("?utm_id=1", "The ferries stop tonight"), ("?utm_id=2", "Read the whole story here")]
    assert keys(*entries, via="section") == [""]
