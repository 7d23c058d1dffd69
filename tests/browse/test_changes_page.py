"""Changes as a newsroom reads them: the list with its words, three ways to show a difference, old versions in results."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from sqlite_utils import Database

from pipelines.archive.views.article import VersionView
from pipelines.archive.views.quotation import MOST, Source, quote_change
from tests.archives import build
from tests.reading_room import page, said

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette

PLACE = "/-/clippings/archive"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up archive with an article that got another byline and date, and is back."""
    path = build(tmp_path_factory.mktemp("changes") / "archive.db", 400)
    with closing(Database(path)) as db, db.conn:
        sql = "SELECT id AS article_id, source_id, title FROM articles WHERE revision = 1 AND gone_at IS NULL LIMIT 1"
        row = next(iter(db.query(sql)))
        places = (
            '[["byline",[["removed","Ann Lee"],["added","Bo Ek"]]],'
            '["date",[["removed","2026-11-01"],["added","2026-11-20T08:00:00+00:00"]]]]'
        )
        common = {**row, "number": 0}
        db["changes"].insert(
            {**common, "seen_at": "2026-11-21T08:00:00.000+00:00", "kinds": "date; byline", "places": places}
        )
        db["changes"].insert({**common, "seen_at": "2026-11-22T08:00:00.000+00:00", "kinds": "back"})
    return path


async def test_the_list_shows_words_kinds_and_sizes_by_days(room: Datasette) -> None:
    tree = await page(room, f"{PLACE}/changes")
    days = [said(day) for day in tree.xpath("//h2[@class='day']")]
    assert days[:3] == ["22 November 2026", "21 November 2026", "20 November 2026"]
    first, second = (said(hit) for hit in tree.xpath("//article[@class='hit change']")[:2])
    assert "08:00 (UTC) Back" in first
    assert "Date Byline" in second
    assert "Byline: Ann Lee Bo Ek" in second
    assert "Date: 1 November 2026 20 November 2026, 08:00 (UTC)" in second
    assert tree.xpath("//article//ul//ins")
    assert tree.xpath("//article//ul//del")
    assert any("words" in said(about) for about in tree.xpath("//article/p[@class='about']"))
    assert [said(day) for day in tree.xpath("//nav[@aria-label='Days']//li")][:2] == [
        "Sun 22 Nov 1 change",
        "Sat 21 Nov 1 change",
    ]


async def test_pages_of_days_lead_to_each_other(room: Datasette) -> None:
    tree = await page(room, f"{PLACE}/changes?day=2026-11-10")
    [later] = tree.xpath("//a[@rel='prev']/@href")
    shown = {day.get("id") for day in tree.xpath("//h2[@class='day']")}
    above = await page(room, later)
    assert "day-2026-11-22" in {day.get("id") for day in above.xpath("//h2[@class='day']")} - shown
    wrong = said(await page(room, f"{PLACE}/changes?day=yesterday&since=2026-13"))
    assert "The day is written 2026-11-16." in wrong


async def test_only_headlines_and_a_search_within_changes(room: Datasette) -> None:
    tree = await page(room, f"{PLACE}/changes?kind=headline")
    hits = tree.xpath("//article[@class='hit change']")
    assert hits
    assert all(hit.xpath(".//h3//del | .//h3//ins") for hit in hits)
    assert not tree.xpath("//article//ul")
    found = (await page(room, f"{PLACE}/changes?q=sources")).xpath("//article[@class='hit change']")
    assert found
    assert all("Sources" in said(hit) for hit in found)
    assert "No such change" in said(await page(room, f"{PLACE}/changes?q=nothinghasthis"))
    assert "narrow them by source" in said(await page(room, f"{PLACE}/changes?q=author:Lee"))


async def test_the_feed_carries_the_words(room: Datasette) -> None:
    feed = ET.fromstring((await room.client.get(f"{PLACE}/changes.atom?kind=headline")).content)
    summaries = [entry.text or "" for entry in feed.iter("{http://www.w3.org/2005/Atom}summary")]
    assert summaries
    assert all("Headline: " in text and ("{+" in text or "[-" in text) for text in summaries)


async def test_a_difference_is_shown_in_three_ways(room: Datasette, archive: Path) -> None:
    with closing(Database(archive)) as db:
        [[number]] = db.execute("SELECT article_id FROM changes WHERE kinds = 'text' LIMIT 1")
    address = f"{PLACE}/article/{number}/changes"
    whole, changed, sides = [
        await page(room, address + show) for show in ("", "?show=changed", "?show=sides")
    ]
    assert whole.xpath("//div[@class='text']/p[starts-with(@class, 'same')]")
    assert not changed.xpath("//div[@class='text']/p[starts-with(@class, 'same')]")
    assert "Not changed" not in said(changed)
    assert changed.xpath("//p[@class='left-out']")
    old, new = (sides.xpath(f"//table/tbody/tr/td[{n}]") for n in (1, 2))
    assert not any(cell.xpath(".//ins") for cell in old)
    assert not any(cell.xpath(".//del") for cell in new)
    for tree in (whole, changed, sides):
        quoted = tree.xpath("//pre[@id='quoted']")[0].text
        assert quoted.count("archived") == 2
        assert "https://" in quoted


async def test_old_versions_are_found_by_a_tick(room: Datasette) -> None:
    tree = await page(room, f'{PLACE}/search?q="Sources say"&versions=1')
    hits = tree.xpath("//article[@class='hit']")
    assert hits
    assert all("found in version" in said(hit) for hit in hits)
    assert tree.xpath("//input[@name='versions']/@checked")
    assert tree.xpath("//input[@id='top-q']/@value") == ['"Sources say"']
    [link, *_] = hits[0].xpath(".//a[contains(@href, '/changes?from=')]/@href")
    assert "Sources say" in said(await page(room, link))
    assert not (await page(room, f'{PLACE}/search?q="Sources say"')).xpath("//article[@class='hit']")
    answer = (await room.client.get(f"{PLACE}/search.json?q=%22Sources+say%22+in:versions")).json()
    assert answer["total"] == len(hits)
    assert all(hit["version"] < hit["revision"] for hit in answer["hits"])


async def test_an_article_tells_what_made_no_version(room: Datasette, archive: Path) -> None:
    with closing(Database(archive)) as db:
        [[number]] = db.execute("SELECT article_id FROM changes WHERE kinds = 'back'")
    events = (await page(room, f"{PLACE}/article/{number}")).xpath("//section[@aria-labelledby='events']//li")
    assert [said(event).partition(": ")[2] for event in events] == [
        "Back",
        "Date, byline Ann Lee Bo Ek 1 November 2026 20 November 2026, 08:00 (UTC)",
    ]


def test_a_quotation_has_both_sides_and_both_times() -> None:
    old = VersionView(1, "", "Two piers", "", "One.\n\n## Two.\n\nThree.", None, None)
    new = VersionView(
        2, "", "Two piers", "", "One.\n\n## Two.\n\nThree.\n\n! Correction: it is four.", None, None
    )
    assert quote_change(Source("Paper", "http://p.example/"), old, new, ("Monday", "Friday")) == (
        "Paper\nhttp://p.example/\n\nVersion 1, archived Monday:\n(none of these words)\n\n"
        "Version 2, archived Friday:\n“Correction: it is four.”"
    )
    long = VersionView(
        3, "", "", "", "\n\n".join(f"Paragraph {n} is new." for n in range(MOST + 3)), None, None
    )
    assert "… and 3 more paragraphs" in quote_change(
        Source("P", ""), VersionView(1, "", "", "", "", None, None), long, ("", "")
    )
