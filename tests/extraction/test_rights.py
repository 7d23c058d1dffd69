"""What publishers say about keeping and mining their pages, in headers and pages, and what a crawl makes of it."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pipelines.extraction.extract import extract
from pipelines.extraction.rights import find_noarchive, find_rights, find_tdm_reservation
from pipelines.items import Noarchive, Outcome, Page
from pipelines.work import extract_and_pack, pack_asset

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Desk

STORY = (
    "<p>"
    + "The ferry to the islands will sail every hour from Monday, the harbour office said. " * 8
    + "</p>"
)


def page(head: str = "", *headers: tuple[str, str], noarchive: Noarchive = Noarchive.TEXT) -> Page:
    html = f"<html><head><title>Ferry</title>{head}</head><body><article><h1>Ferry</h1>{STORY}</article></body></html>"
    return Page(
        url="http://paper.example/ferry",
        body=html.encode(),
        headers=(("Content-Type", "text/html; charset=utf-8"), *headers),
        fetched_at="2026-11-23T09:00:00+00:00",
        noarchive=noarchive,
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
    asking = page(f'<meta name="{name}" content="{content}">', noarchive=Noarchive.EXCLUDE)
    article = extract(asking)
    assert (article.outcome == Outcome.EXCLUDED) is refused
    if refused:
        assert article.text == ""
        assert "asks not to archive" in article.reason


def test_several_headers_are_all_read() -> None:
    headers = (("X-Robots-Tag", "googlebot: nofollow"), ("X-Robots-Tag", "noarchive"))
    assert extract(page("", *headers, noarchive=Noarchive.EXCLUDE)).outcome == Outcome.EXCLUDED


META = '<meta name="robots" content="noarchive">'


@pytest.mark.parametrize(("head", "headers"), [(META, ()), ("", (("X-Robots-Tag", "noarchive"),))])
@pytest.mark.parametrize(
    ("noarchive", "text", "copied"),
    [(Noarchive.TEXT, True, False), (Noarchive.EXCLUDE, False, False), (Noarchive.KEEP, True, True)],
)
def test_what_is_kept_of_a_page_that_asks_for_no_copy(
    head: str, headers: tuple[tuple[str, str], ...], noarchive: Noarchive, text: bool, copied: bool
) -> None:
    result = extract_and_pack(page(head, *headers, noarchive=noarchive))
    assert (result.article.outcome is None) is text
    assert bool(result.article.text) is text
    assert result.article.rights == ("noarchive",)
    assert (result.capture is not None) is copied


@pytest.mark.parametrize(
    "body",
    [
        f"<html><head>{META}</head><body><p>Short</p></body></html>",
        f"<html><head>{META}<meta http-equiv=refresh content='0;url=/other'></head><body></body></html>",
        f"<html><head>{META}</head><body>" + "<a href=/a>Read this story</a>" * 60 + "</body></html>",
    ],
    ids=["no text", "sends on", "index"],
)
def test_no_copy_of_a_page_without_an_article_either(body: str) -> None:
    asking = replace(page(), body=body.encode())
    assert extract_and_pack(asking).capture is None
    assert extract_and_pack(replace(asking, body=body.replace(META, "").encode())).capture is not None


def test_a_fault_of_ours_does_not_lose_the_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("pipelines.extraction.extract._run", fail)
    result = extract_and_pack(page(META))
    assert (result.article.outcome, result.article.rights) == (Outcome.EMPTY, ("noarchive",))
    assert result.capture is None


def test_a_redirect_that_asks_for_no_copy_is_left_out_of_the_records() -> None:
    asking = replace(page("", ("X-Robots-Tag", "noarchive")), status=301)
    silent = replace(page(), status=301, url="http://paper.example/old")
    capture = extract_and_pack(replace(page(), hops=(asking, silent))).capture
    assert capture is not None
    assert [hop.url for hop in capture.hops] == ["http://paper.example/old"]


@pytest.mark.parametrize(("header", "kept"), [("noarchive", False), ("noindex", True)])
def test_the_headers_of_a_picture_count_too(header: str, kept: bool) -> None:
    picture = replace(page("", ("X-Robots-Tag", header)), headers=(("X-Robots-Tag", header),))
    assert (pack_asset(picture).capture is not None) is kept


@pytest.mark.parametrize(
    ("headers", "meta", "asked"),
    [
        ([], {}, ()),
        ([("X-Robots-Tag", "noarchive")], {"tdm-reservation": ["1"]}, ("noarchive", "tdm-reservation")),
        ([("TDM-Reservation", "1")], {"robots": ["noindex, nocache"]}, ("noarchive", "tdm-reservation")),
        ([("TDM-Reservation", "0")], {"clippings": ["noarchive"]}, ("noarchive",)),
        ([("TDM-Reservation", "1")], {"googlebot": ["noarchive"]}, ("tdm-reservation",)),
    ],
)
def test_the_words_of_rights(
    headers: list[tuple[str, str]], meta: dict[str, list[str]], asked: tuple[str, ...]
) -> None:
    assert find_rights(headers, meta) == asked


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


def test_a_crawl_keeps_the_text_and_no_copy(crawled: Desk) -> None:
    asking = crawled.rows("SELECT url, text, capture_id FROM articles WHERE rights = 'noarchive'")
    assert len(asking) == 2  # one by the page, one by the header
    for row in asking:
        assert row["text"]
        assert row["capture_id"] is None
        assert crawled.column("SELECT 1 FROM captures WHERE url = ?", row["url"]) == []
        path = row["url"].split("/", 3)[3].encode()
        assert not any(path in warc_text(file) for file in (crawled.folder / "warc").glob("*.warc.gz"))
    others = crawled.column("SELECT count(*) FROM articles WHERE rights IS NULL AND capture_id IS NULL")
    assert others == [0]


def warc_text(file: Path) -> bytes:
    return b"".join(
        part.split(b"\r\n\r\n")[0] for part in gzip.decompress(file.read_bytes()).split(b"WARC/1.1")
    )


@pytest.mark.parametrize(
    ("line", "texts", "copies"),
    [('noarchive = "exclude"', False, False), ("keep_noarchive = true", True, True)],
)
def test_a_source_may_say_otherwise(desk: Desk, line: str, texts: bool, copies: bool) -> None:
    url = next(u for u in desk.newspaper.articles("morning.example") if "planet" in u)
    desk.seed("morning.toml", f'home = "http://morning.example/"\n{line}\n')
    assert desk.run("fetch", str(desk.archive), "-s", "DOWNLOAD_DELAY=0", url).code == 0
    assert desk.column("SELECT rights FROM articles") == (["noarchive"] if texts else [])
    assert (desk.column("SELECT count(*) FROM captures") != [0]) is copies
    if not texts:
        [(outcome, reason)] = desk.outcomes().values()
        assert outcome == "excluded"
        assert str(reason).startswith("the publisher asks not to archive it (meta robots: ")
