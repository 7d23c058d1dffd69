"""What publishers say about keeping and mining their pages, in headers and pages, and what a crawl makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.extraction.extract import extract
from pipelines.extraction.rights import find_noarchive, find_tdm_reservation
from pipelines.items import Outcome, Page

if TYPE_CHECKING:
    from tests.conftest import Desk

STORY = (
    "<p>"
    + "The ferry to the islands will sail every hour from Monday, the harbour office said. " * 8
    + "</p>"
)


def page(head: str = "", *headers: tuple[str, str], keep: bool = False) -> Page:
    html = f"<html><head><title>Ferry</title>{head}</head><body><article><h1>Ferry</h1>{STORY}</article></body></html>"
    return Page(
        url="http://paper.example/ferry",
        body=html.encode(),
        headers=(("Content-Type", "text/html; charset=utf-8"), *headers),
        fetched_at="2026-11-23T09:00:00+00:00",
        keep_noarchive=keep,
    )


@pytest.mark.parametrize(
    ("header", "refused"),
    [
        ("noarchive", True),
        ("NoArchive", True),
        ("noindex, noarchive", True),
        ("clippings: noarchive", True),
        ("Clippings: noindex, noarchive", True),
        ("*: noarchive", True),
        ("nocache", True),
        ("max-snippet: 20, noarchive", True),
        ("unavailable_after: Wed, 03 Dec 2026 09:00:00 GMT, noarchive", True),
        ("otherbot: noindex, clippings: noarchive", True),
        ("googlebot: noarchive", False),
        ("googlebot: noindex, noarchive", False),
        ("noindex, nofollow", False),
        ("none", False),
        ("all", False),
        ("", False),
    ],
)
def test_x_robots_tag(header: str, refused: bool) -> None:
    assert bool(find_noarchive([("x-robots-tag", header)], {})) is refused


@pytest.mark.parametrize(
    ("name", "content", "refused"),
    [
        ("robots", "noarchive", True),
        ("ROBOTS", "INDEX,FOLLOW,NOARCHIVE", True),
        ("robots", "index; noarchive", True),
        ("clippings", "noarchive", True),
        ("googlebot", "noarchive", False),
        ("robots", "noindex", False),
        ("description", "noarchive is a word", False),
    ],
)
def test_meta_robots(name: str, content: str, refused: bool) -> None:
    article = extract(page(f'<meta name="{name}" content="{content}">'))
    assert (article.outcome == Outcome.EXCLUDED) is refused
    if refused:
        assert article.text == ""
        assert "asks not to archive" in article.reason


def test_several_headers_are_all_read() -> None:
    headers = (("X-Robots-Tag", "googlebot: nofollow"), ("X-Robots-Tag", "noarchive"))
    assert extract(page("", *headers)).outcome == Outcome.EXCLUDED


def test_a_source_may_keep_them() -> None:
    assert extract(page('<meta name="robots" content="noarchive">', keep=True)).outcome is None


@pytest.mark.parametrize(
    ("head", "headers", "said"),
    [
        ("", [], (None, "")),
        ("", [("tdm-reservation", "1")], (True, "")),
        ("", [("TDM-Reservation", "0")], (False, "")),
        ('<meta name="tdm-reservation" content="1">', [("tdm-reservation", "0")], (True, "")),
        (
            '<meta name="tdm-reservation" content="1"><meta name="tdm-policy" content="https://p.example/tdm.json">',
            [],
            (True, "https://p.example/tdm.json"),
        ),
        ("", [("tdm-reservation", "yes")], (None, "")),
    ],
)
def test_tdm(head: str, headers: list[tuple[str, str]], said: tuple[bool | None, str]) -> None:
    article = extract(page(head, *headers))
    assert (article.tdm_reservation, article.tdm_policy) == said


def test_tdm_without_a_page() -> None:
    assert find_tdm_reservation([("tdm-policy", " https://p.example/t ")], {}) == (
        None,
        "https://p.example/t",
    )


def test_a_crawl_keeps_neither_text_nor_capture(crawled: Desk) -> None:
    refused = crawled.rows("SELECT url, reason FROM outcomes WHERE reason LIKE '%asks not to archive%'")
    assert len(refused) == 2  # one by the page, one by the header
    assert all(row["reason"].startswith("the publisher asks not to archive it (") for row in refused)
    for row in refused:
        assert crawled.column("SELECT 1 FROM captures WHERE url = ?", row["url"]) == []
        assert crawled.column("SELECT 1 FROM articles WHERE url = ?", row["url"]) == []
        path = row["url"].split("/", 3)[3].encode()
        assert not any(path in warc_text(file) for file in (crawled.folder / "warc").iterdir())


def warc_text(file) -> bytes:
    import gzip

    return gzip.decompress(file.read_bytes()).split(b"\r\nHTTP/1.1")[0]


def test_a_library_may_keep_them(desk: Desk) -> None:
    desk.seed("morning.toml", 'home = "http://morning.example/"\nkeep_noarchive = true\n')
    desk.crawl()
    assert desk.column("SELECT url FROM outcomes WHERE reason LIKE '%asks not to archive%'") == []
    stories = "SELECT count(*) FROM articles a JOIN captures c ON c.id = a.capture_id"
    assert desk.column(stories) == desk.column("SELECT count(*) FROM articles")
