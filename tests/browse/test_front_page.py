"""What the pages say of an archive at a glance: searches to begin with, no columns of zeros, addresses that can be read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from browse.formatting import readable_url, short_url
from pipelines.archive.database import Archive
from pipelines.archive.search.search import search
from pipelines.archive.views.samples import as_phrase, read_samples
from tests.archives import build
from tests.reading_room import PLACE, in_process, page, said

if TYPE_CHECKING:
    from pathlib import Path


async def test_suggested_searches_find_something(tmp_path: Path) -> None:
    path = build(tmp_path / "the clippings.db", 60)
    room = await in_process(path)
    tree = await page(room, "/")
    links = tree.xpath("//p[@class='samples']/a")
    assert len(links) == 4
    assert links[-1].text_content().startswith("author:")
    for link in links:
        found = await page(room, link.get("href"))
        assert found.xpath("//article[@class='hit']"), link.text_content()


def test_suggestions_are_what_articles_are_tagged_with(tmp_path: Path) -> None:
    """In the spelling of most; neither a section, nor too short, nor what no text says, nor the syntax of queries."""
    path = build(tmp_path / "archive.db", 12)
    db = Database(path)
    tags = ["harbour", "Harbour", "news", "UK", "東京", 'the "slip', "unsaid", "night buses"]
    text = 'The harbour and the night buses, by the UK news, 東京 and the "slip.'
    for number in range(1, 13):
        own = [tag for tag in tags if tag != "harbour" or number < 5]
        values = {
            "tags": json.dumps(own),
            "authors": "[]",
            "section": "News",
            "text": text,
            "title": "",
            "standfirst": "",
        }
        db["articles"].update(number, values)
    assert read_samples(db.conn) == ("Harbour", '"night buses"', "東京")
    db["articles"].update(3, {"authors": json.dumps(["Ada Denlen"])})
    assert len(read_samples(db.conn)) == 3
    db["articles"].update(4, {"authors": json.dumps(["Ada Denlen"])})
    assert read_samples(db.conn)[-1] == 'author:"Ada Denlen"'
    assert all(search(db.conn, query).total for query in read_samples(db.conn))


@pytest.mark.parametrize(
    ("name", "phrase"),
    [("harbour", "harbour"), ("night buses", '"night buses"'), ("NOT", '"NOT"'), ("re:x", '"re:x"')],
)
def test_names_as_queries(name: str, phrase: str) -> None:
    assert as_phrase(name) == phrase


async def test_an_empty_archive_says_what_fills_it(tmp_path: Path) -> None:
    path = tmp_path / "the clippings.db"
    Archive(path).close()
    room = await in_process(path)
    front = await page(room, "/")
    assert "no articles yet" in said(front)
    assert not front.xpath(
        "//p[@class='samples'] | //dd[normalize-space()='0'][preceding-sibling::dt[.!='Sources']]"
    )
    results = await page(room, f"{PLACE}/search")
    assert "no articles yet" in said(results)
    assert not results.xpath("//*[@id='facet-state']")
    sources = await page(room, f"{PLACE}/sources")
    assert "no sources yet" in said(sources)
    assert not sources.xpath("//table")


async def test_where_nothing_is_found_no_zeros_stand(tmp_path: Path) -> None:
    room = await in_process(build(tmp_path / "the clippings.db", 12))
    results = await page(room, f"{PLACE}/search?q=nothing-has-this&source=harbour-herald&gone=1")
    assert "Fewer words find more" in said(results)
    assert [str(text) for text in results.xpath("//ul[@class='counts']/li/span/text()")] in (
        ["0", "0"],
        ["0"],
    )
    [wider] = results.xpath("//a[.='The same words, not narrowed']/@href")
    assert wider.endswith("/search?q=nothing-has-this")


ADDRESSES = [
    ("https://www.xn--bcher-kva.example/caf%C3%A9", "https://www.bücher.example/café"),
    ("https://p.example/%D8%A3%D8%AE?q=%E6%9D%B1%E4%BA%AC#%C3%A4", "https://p.example/أخ?q=東京#ä"),
    ("https://p.example/%2Fa%20b%3Cc%25C3", "https://p.example/%2Fa%20b%3Cc%25C3"),
    ("https://p.example/%E2%80%AEgpj%00", "https://p.example/%E2%80%AEgpj%00"),
    ("https://p.example/%FF%C3", "https://p.example/%FF%C3"),
    ("https://p.example/%C3%A4%E2%80%AE%C3%A4", "https://p.example/ä%E2%80%AEä"),
    ("https://xn--.example/xn--bcher-kva", "https://xn--.example/xn--bcher-kva"),
    ("https://xn--bcher-kva.example:8080/", "https://bücher.example:8080/"),
    ("javascript:alert(1)", "javascript:alert(1)"),
    ("", ""),
]


@pytest.mark.parametrize(("address", "shown"), ADDRESSES)
def test_addresses_are_readable(address: str, shown: str) -> None:
    assert readable_url(address) == shown
    assert short_url(address) == shown


async def test_a_link_has_the_address_as_it_is(tmp_path: Path) -> None:
    path = build(tmp_path / "the clippings.db", 1)
    Database(path)["articles"].update(1, {"url": ADDRESSES[0][0]})
    tree = await page(await in_process(path), f"{PLACE}/article/1")
    [link] = tree.xpath("//dd[contains(@class, 'address')]/a")
    assert (link.get("href"), link.text_content()) == ADDRESSES[0]
