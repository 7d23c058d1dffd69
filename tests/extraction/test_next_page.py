"""Where an article goes on: `rel=next` to the same address with the number of the next page."""

from __future__ import annotations

import pytest

from pipelines.extraction.extract import run
from pipelines.extraction.page_numbers import begins_article, is_next_page, page_number
from pipelines.items import Page

STORY = "https://d.example/news/long-story"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        (STORY, f"{STORY}?page=2"),
        (f"{STORY}?page=2", f"{STORY}?page=3"),
        (f"{STORY}?id=7", f"{STORY}?id=7&p=2"),
        (STORY, f"{STORY}/2"),
        (f"{STORY}/", f"{STORY}/2/"),
        (f"{STORY}/2/", f"{STORY}/3/"),
        (STORY, f"{STORY}/page/2/"),
        (f"{STORY}.html", f"{STORY}-2.html"),
        (f"{STORY}-2.html", f"{STORY}-3.html"),
        (f"{STORY}.html", f"{STORY}_2.html"),
        (f"{STORY}.html", f"{STORY},seite2.html"),
        (f"{STORY}.html", f"{STORY}-seite-2.html"),
        (f"{STORY}-12", f"{STORY}-12/2"),
        (f"{STORY}-12.html", f"{STORY}-12.html?seite=2"),
    ],
)
def test_the_next_page_of_an_article(url: str, target: str) -> None:
    assert is_next_page(url, target)


@pytest.mark.parametrize(
    "target",
    [
        STORY,
        f"{STORY}?page=1",
        f"{STORY}?page=3",
        f"{STORY}?page=x",
        f"{STORY}/comment-page-2",
        "https://d.example/news/another-story",
        "https://d.example/news/another-story-2",
        "https://other.example/news/long-story?page=2",
        "https://d.example/news?page=2",
        "http://[bad",
        "javascript:next(2)",
    ],
)
def test_other_addresses(target: str) -> None:
    assert not is_next_page(STORY, target)


@pytest.mark.parametrize(
    "markup",
    [
        '<link rel="next" href="?page=2">',
        "<a rel=next href='/news/long-story?page=2#top'>2</a>",
        '<a href="?page=2" class="x" rel="nofollow next">more</a>',
    ],
)
def test_it_is_found_in_a_page(markup: str) -> None:
    page = Page(url=STORY, body=f"<html><body><p>Text</p>{markup}</body></html>".encode())
    assert run(page).next_page == f"{STORY}?page=2"
    assert run(Page(url=STORY, body=b"<p>the next rel</p>")).next_page == ""


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ('<a href="/news/long-story/2">2</a>', f"{STORY}/2"),
        ("<a class=p href=/news/long-story/2/ ><b>2</b></a>", f"{STORY}/2/"),
        ("<a href=/news/long-story/2><span> </span><b>\u200b2</b></a>", f"{STORY}/2"),
        ("<a href=/news/long-story/2><b>2</b> of 3</a>", ""),
        ('<a href="/news/long-story-2"> 2 </a><a href="/news/long-story-3">3</a>', f"{STORY}-2"),
        ('<a href="/news/long-story/2">2</a><link rel=next href="?page=2">', f"{STORY}?page=2"),
        ('<a href="?page=2">2</a>', ""),
        ('<a href="/news/long-story/2">more</a>', ""),
        ('<a href="/news/other-story/2">2</a>', ""),
        ('<a href="/news/long-story/3">3</a>', ""),
    ],
)
def test_a_link_that_is_the_number_of_the_next_page(markup: str, found: str) -> None:
    page = Page(url=STORY, body=f"<html><body><p>Text</p>{markup}</body></html>".encode())
    assert run(page).next_page == found


@pytest.mark.parametrize(
    ("url", "number"),
    [(STORY, 1), (f"{STORY}?page=7", 7), (f"{STORY}/2", 2), (f"{STORY}?page=x", 0), ("http://[bad", 0)],
)
def test_the_number_of_a_page(url: str, number: int) -> None:
    assert page_number(url) == number
    assert begins_article(url) is (number == 2)
