"""An address that a page states as its own: this article's, another's, or nobody knows."""

from __future__ import annotations

import pytest

from pipelines.extraction.extract import extract
from pipelines.extraction.metadata.address_agreement import Agreement, compare_addresses
from pipelines.items import Page

SITE = "https://d.example"
OWN = f"{SITE}/news/harbour-wall-raised-by-a-metre"
TITLE = "Harbour wall will be raised by a metre after record tide"


@pytest.mark.parametrize(
    ("own", "stated"),
    [
        (OWN, OWN),
        (f"{OWN}?utm_source=x", OWN),
        (f"{SITE}/amp/news/harbour-wall-raised-by-a-metre", OWN),
        (f"{OWN}/amp", OWN),
        (f"{SITE}/print.php?id=48213", f"{SITE}/news/48213-tide"),
        (f"{SITE}/article.php?id=77", OWN),
        ("https://m.d.example/a/b1", "https://www.d.example/a/b1"),
        ("https://m.d.example/article/25301004", "https://www.d.example/read/25301004"),
        (f"{SITE}/2026/11/harbour-wall", OWN),
        (f"{SITE}/node/12", f"{SITE}/hafen/harbour-wall-record-tide.html"),
    ],
)
def test_an_address_of_this_article(own: str, stated: str) -> None:
    assert compare_addresses(own, stated, TITLE) is Agreement.AGREES


@pytest.mark.parametrize(
    ("own", "stated"),
    [
        (OWN, f"{SITE}/news/choir-of-the-valley-wins-prize"),
        (OWN, f"{SITE}/news/2026/school-roof-repaired-after-storm.html"),
        (f"{SITE}/article/48213", f"{SITE}/article/48200"),
        (f"{SITE}/article.php?id=48213", f"{SITE}/article.php?id=48200"),
    ],
)
def test_an_address_of_another_article(own: str, stated: str) -> None:
    assert compare_addresses(own, stated, TITLE) is Agreement.CONTRADICTS


@pytest.mark.parametrize(
    ("own", "stated"),
    [
        (OWN, f"{SITE}/s/x7Kq"),
        (f"{SITE}/node/12", f"{SITE}/novosti/stina-gavani"),
        (f"{SITE}/a/1", f"{SITE}/a/2"),
        (OWN, f"{SITE}/news/48200"),
        (f"{SITE}/20261125/a", f"{SITE}/20261124/b"),
    ],
)
def test_an_address_that_says_nothing(own: str, stated: str) -> None:
    assert compare_addresses(own, stated, TITLE) is Agreement.UNKNOWN


TEXT = "".join(
    f"<p>In year {n} the harbour paid {n * 7} pounds for stone from the north quarry.</p>"
    for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("stated", "url", "found"),
    [
        (
            f"{SITE}/news/choir-of-the-valley-wins-prize",
            OWN,
            (f"{SITE}/news/choir-of-the-valley-wins-prize",),
        ),
        ("https://other.example/news/choir-of-the-valley-wins-prize", OWN, ()),
        (f"{SITE}/city/harbour-wall-raised", f"{SITE}/city/harbour-wall-raised", ()),
    ],
)
def test_an_article_is_not_stored_under_the_address_of_another(
    stated: str, url: str, found: tuple[str, ...]
) -> None:
    html = f'<html><head><title>{TITLE}</title><link rel=canonical href="{stated}"></head><body><article><h1>{TITLE}</h1>{TEXT}</article></body></html>'
    article = extract(Page(url=OWN, body=html.encode()))
    assert (article.outcome, article.url, article.found) == (None, url, found)
