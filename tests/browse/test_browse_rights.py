"""What a page asked for, and texts that nobody knows who changed: on the article's page, its differences and citations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from datasette.app import Datasette
from lxml import html
from sqlite_utils import Database

from tests.archives import build
from tests.reading_room import make_changes_anew, said

if TYPE_CHECKING:
    from pathlib import Path

OLD = "The harbour wall is two metres high.\n\nA line that older rules kept."
NEW = "The harbour wall is three metres high."
PAGE = "/-/clippings/archive/article/1"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive whose first article has no copy of its page: one change by its publisher, then one nobody can explain."""
    path = build(tmp_path / "archive.db", 3)
    db = Database(path)
    db["revisions"].delete_where("article_id = 1")
    held = {"text": NEW, "title": "Harbour wall", "standfirst": None, "revision": 2, "capture_id": None}
    rights = {"rights": "noarchive; tdm-reservation", "tdm_policy": "https://p.example/tdm"}
    times = {"first_seen_at": "2026-11-20T08:00:00.000+00:00", "revised_at": "2026-11-20T09:00:00.000+00:00"}
    db["articles"].update(1, {**held, **rights, **times, "checked_at": "2026-11-22T09:00:00.000+00:00"})
    common = {"article_id": 1, "title": "Harbour wall", "content_hash": "x"}
    first = {
        "number": 1,
        "seen_at": times["first_seen_at"],
        "text": OLD.replace("two", "one"),
        "change": '["text"]',
    }
    db["revisions"].insert({**common, **first})
    replaced = {"seen_at": times["revised_at"], "replaced_at": "2026-11-21T09:00:00.000+00:00"}
    db["unexplained_versions"].insert(
        {**common, **replaced, "revision": 2, "text": OLD, "extractor": "clippings-0"}
    )
    make_changes_anew(db)
    db.close()
    return path


async def read(path: Path, address: str) -> str:
    datasette = Datasette([str(path)])
    await datasette.invoke_startup()
    response = await datasette.client.get(address)
    assert response.status_code == 200, response.text
    return response.text


async def test_the_article_says_what_its_page_asked_for(archive: Path) -> None:
    page = html.fromstring(await read(archive, PAGE))
    beside = said(page.xpath("//section[@aria-labelledby='original']")[0])
    assert "No capture was stored" in beside
    assert "noarchive : the publisher asks that no copy of the page be kept" in beside
    assert "tdm-reservation : the publisher reserves text and data mining" in beside
    assert page.xpath("//a[@href='https://p.example/tdm']")
    assert "noarchive" in said(html.fromstring(await read(archive, f"{PAGE}/page")))
    other = html.fromstring(await read(archive, PAGE.replace("article/1", "article/2")))
    assert "Rights" not in said(other.xpath("//section[@aria-labelledby='original']")[0])


@pytest.mark.parametrize(("form", "words"), [("bib", "note = {rights: noarchive"), ("ris", "N1  - rights: noarchive"), ("json", '"note": "rights: noarchive')])  # fmt: skip
async def test_citations_carry_it(archive: Path, form: str, words: str) -> None:
    assert words in await read(archive, f"{PAGE}/cite.{form}")


async def test_a_text_of_unknown_cause_is_no_change_of_the_publisher(archive: Path) -> None:
    page = html.fromstring(await read(archive, PAGE))
    versions = said(page.xpath("//section[@aria-labelledby='versions']")[0])
    assert "version 2" in versions
    assert "version 3" not in versions
    [link] = page.xpath("//section[@aria-labelledby='unexplained']//a/@href")
    replaced = said(html.fromstring(await read(archive, link)).xpath("//main")[0])
    assert "What differs, cause unknown" in replaced
    assert "nothing tells whether the publisher changed the text" in replaced
    assert "A line that older rules kept." in replaced
    # The publisher's own change is shown between two texts that the same rules read.
    changed = html.fromstring(await read(archive, f"{PAGE}/changes?from=1&to=2")).xpath("//main")[0]
    assert [said(word) for word in changed.xpath(".//div[@class='text']//ins")] == ["two"]
    assert [said(word) for word in changed.xpath(".//div[@class='text']//del")] == ["one"]
    listed = said(html.fromstring(await read(archive, "/-/clippings/archive/changes")).xpath("//main")[0])
    assert "cause unknown" not in listed
