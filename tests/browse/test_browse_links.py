"""Every link of every page leads somewhere, whatever the archive's file and its sources are called."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlencode, urljoin, urlsplit

import pytest
from datasette.app import Datasette
from datasette.utils import PrefixedUrlString
from lxml import etree, html
from sqlite_utils import Database

from tests.reading_room import ATOM, PAGE, keep_page, made_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx import Response

HERE = "http://localhost"
NAMES = [
    "archive",
    "archive.v2",
    "the paper.2026.11",
    "Süddeutsche Ausschnitte",
    "東京 切り抜き",
    "a+b & c=d",
    "100 %",
    "~2E~",
    "_private",
    'it\'s "quoted"',
    "x.json",
    "-",
]
SOURCE_IDS = [
    "example.org",
    "paper.csv",
    "süd kurier",
    "a/b",
    "q?x#y&z=1",
    "..",
    "%41+%2F",
    "~2E",
    "<b>'\"",
    "東京.新聞",
]
FOLLOWED_WHOLLY = "/article/1 /article/6 /article/7/page /search?source=%2E%2E /sources".split()


def named_archive(folder: Path, name: str) -> Path:
    """An archive of this name, some of whose sources have ids that need quoting, each with a row in every table."""
    path = made_up(folder, articles=25)
    db = Database(path)
    for number, key in enumerate(SOURCE_IDS, 10):
        db["sources"].insert(
            {"id": key, "name": f"Paper {key}", "home": "https://p.example/", "added_at": ""}
        )
        db["articles"].update(
            number,
            {
                "source_id": key,
                "section": f"{key} & more",
                "tags": json.dumps([f"{key} #tag"]),
                "authors": json.dumps([f"{key}; & Söhne"]),
                "story_id": 10,
                "gone_at": "2026-11-10T00:00:00+00:00",
            },
        )
        db["alarms"].insert(
            {
                "source_id": key,
                **dict.fromkeys(("since", "raised_at"), "2026-11-18"),
                "kind": "failed",
                "words": "51 pages failed.",
                "advice": "Look.",
                "until": None,
                "evidence": json.dumps([db["articles"].get(number)["url"]]),
            }
        )
        found = {"source_id": key, "found_at": "2026-11-19T10:00:00+00:00", "via": "feed"}
        url = f"https://p.example/{number}"
        db["urls"].insert({"url": url, "key": url, "hints": "{}", "state": "due", **found})
        db["outcomes"].insert(
            {
                "crawl_id": 10,
                "source_id": key,
                "url": url,
                "outcome": "failed",
                "reason": f"404 & more? #1 {key}",
                "at": "2026-11-19",
            }
        )
    [[gone]] = db.execute("SELECT capture_id FROM articles WHERE id = 7").fetchall()
    db["captures"].update(gone, {"warc_file": None, "warc_offset": None, "warc_length": None})
    db.close()
    keep_page(path, 1, PAGE)
    return path.rename(folder / f"{name}.db")


async def room_of(path: Path, base_url: str) -> Datasette:
    datasette = Datasette([str(path)], settings={"base_url": base_url})
    await datasette.invoke_startup()
    return datasette


def links_of(response: Response, address: str) -> Iterator[str]:
    """Every address that a page, feed or JSON file leads to on this server, absolute."""
    kind = response.headers["content-type"]
    if kind.startswith("text/html"):
        tree = html.fromstring(response.text)
        found = tree.xpath("//a/@href | //link/@href | //iframe/@src | //script/@src | //img/@src")
        for form in tree.xpath("//form"):
            found.append(f"{form.get('action') or ''}?{urlencode(list(form.form_values()))}")
        ids = set(tree.xpath("//@id"))
        assert not [link for link in found if link.startswith("#") and link[1:] not in ids]
    elif kind.startswith("application/atom+xml"):
        found = etree.fromstring(response.content).xpath("//a:link/@href", namespaces=ATOM)
    elif kind.startswith("application/json"):
        found = list(_addresses_in(response.json()))
    else:
        found = []
    for link in found:
        absolute = urldefrag(urljoin(address, link)).url
        if absolute.startswith(f"{HERE}/"):
            yield absolute


def _addresses_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("page", "search") and isinstance(inner, str):
                yield inner
            yield from _addresses_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _addresses_in(inner)


def shape_of(address: str) -> str:
    """What a page is: its path without numbers and names, and the first names of its parameters.

    A search can be narrowed in as many ways as its facets can be combined.
    """
    parts = urlsplit(address)
    path = re.sub(r"/sources/[^/]+", "/sources/ID", re.sub(r"\d+", "0", parts.path))
    names = sorted({pair.split("=")[0] for pair in parts.query.split("&")})[:1]
    if path.endswith(".png"):  # of the page's own numbers, and to draw one loads every font of the machine
        names = []
    return f"{path}?{'&'.join(names)}"


async def follow(datasette: Datasette, starts: list[str], *, own: str, wholly: list[str]) -> dict[str, int]:
    """Ask for the pages at `starts` and for what they lead to; of pages of one shape, the first is read for links.

    Every link of the pages in `wholly` is asked for. Of Datasette's own pages, outside `own`, none is read.
    Gives each address with its status.
    """
    asked: dict[str, int] = {}
    shapes: set[str] = set()
    waiting = [urljoin(HERE, start) for start in [*wholly, *starts]]
    whole = {urljoin(HERE, address) for address in wholly}
    start, must = set(waiting), set(waiting)
    while waiting:
        address = waiting.pop()
        shape = shape_of(address)
        if address in asked or (shape in shapes and address not in must):
            continue
        shapes.add(shape)
        response = await datasette.client.get(
            PrefixedUrlString(address.removeprefix(HERE)), follow_redirects=True
        )
        asked[address] = response.status_code
        is_ours = urlsplit(address).path.startswith(own) or address in start
        if response.status_code == 200 and is_ours and shape_of(address) != shape_of(own):
            links = list(links_of(response, address))
            waiting += links
            must |= set(links) if address in whole else set()
    return asked


def dead(asked: dict[str, int]) -> dict[str, int]:
    return {address: status for address, status in asked.items() if status != 200}


@pytest.mark.parametrize("base_url", ["/", "/paper/", "/a/b.c/"])
async def test_every_link_of_every_page_leads_somewhere(tmp_path: Path, base_url: str) -> None:
    datasette = await room_of(named_archive(tmp_path, "archive.v2"), base_url)
    place = f"{base_url}-/clippings/archive~2Ev2"
    asked = await follow(
        datasette,
        [base_url, place],
        own=f"{base_url}-/clippings/",
        wholly=[place + path for path in FOLLOWED_WHOLLY],
    )
    assert dead(asked) == {}
    for form in ("cite.txt", "cite.bib", "cite.ris", "cite.json", "page/record.warc.gz"):
        assert f"{HERE}{place}/article/1/{form}" in asked
    for form in ("search.atom", "search.json", "search.csv", "changes.atom", "alarms.atom", "coverage.csv"):
        assert any(f"/{form}" in address for address in asked), form


@pytest.mark.parametrize("name", NAMES)
async def test_no_name_of_a_file_breaks_a_link(tmp_path: Path, name: str) -> None:
    datasette = await room_of(named_archive(tmp_path, name), "/")
    asked = await follow(datasette, ["/"], own="/-/clippings/", wholly=[])
    assert dead(asked) == {}
    assert len(asked) > 30


@pytest.mark.parametrize("key", SOURCE_IDS)
async def test_no_name_of_a_source_breaks_a_link(tmp_path: Path, key: str) -> None:
    path = named_archive(tmp_path, "archive")
    datasette = await room_of(path, "/")
    url = f"/-/clippings/archive/search?{urlencode({'source': key})}"
    tree = html.fromstring((await datasette.client.get(url)).text)
    [page] = set(tree.xpath("//article[@class='hit']//p[@class='about']/a[1]/@href"))
    asked = await follow(datasette, [], own="/-/clippings/", wholly=[url, page])
    assert dead(asked) == {}
    shown = html.fromstring((await datasette.client.get(page)).text)
    assert shown.xpath("//h1")[0].text_content() == f"Paper {key}"


async def test_a_record_that_cannot_be_had_is_no_link(tmp_path: Path) -> None:
    """A page whose `noarchive` was heeded has no record; nor has one whose WARC file is elsewhere."""
    datasette = await room_of(named_archive(tmp_path, "archive"), "/")
    for number, words in ((6, "is not beside the archive"), (7, "The page as fetched was not kept.")):
        page = (await datasette.client.get(f"/-/clippings/archive/article/{number}")).text
        assert words in page
        assert "record.warc.gz" not in page
    assert "record.warc.gz" in (await datasette.client.get("/-/clippings/archive/article/1")).text


async def test_the_last_page_that_is_shown_has_no_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address of a page beyond it would lead to the same page again."""
    monkeypatch.setattr("browse.params.LAST_PAGE", 1)
    for module in ("search", "coverage"):
        monkeypatch.setattr(f"browse.pages.{module}.LAST_PAGE", 1)
        monkeypatch.setattr(f"browse.pages.{module}.PER_PAGE", 2)
    datasette = await room_of(named_archive(tmp_path, "archive"), "/")
    for page in ("search", "coverage/urls"):
        last = html.fromstring((await datasette.client.get(f"/-/clippings/archive/{page}")).text)
        assert not last.xpath("//a[@rel='next']"), page
