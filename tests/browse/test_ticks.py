"""Every page that lists articles has boxes to tick them and the form that saves them, for who may write alone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlite_utils import Database

from pipelines.archive.database import open_for_reading
from pipelines.archive.views.changes import read_changes
from pipelines.desk.database import Desk
from pipelines.desk.dossiers import list_items
from pipelines.urls import normalize
from tests.browse.test_dossiers import KEEP, rows, send, tree
from tests.reading_room import PLACE, close, made_up, room, said

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette

DAY = "2026-11-17"
SEEN = (f"{DAY}T08:00:00.000+00:00", f"{DAY}T12:00:00.000+00:00")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Articles 1 to 3 are a story; 4 and 5, and a page that is not held, stand on a home page."""
    path = made_up(tmp_path_factory.mktemp("ticks"), 60)
    db = Database(path)
    with db.conn:
        db.execute("UPDATE articles SET story_id = 1 WHERE id < 4")
        listing, home = db.execute(
            "SELECT l.id, s.home FROM listings l JOIN sources s ON s.id = l.source_id WHERE s.id = 'elbe-kurier' LIMIT 1"
        ).fetchone()
        db.execute("UPDATE listings SET kind = 'section', url = ? WHERE id = ?", [home, listing])
        urls = [url for (url,) in db.execute("SELECT url FROM articles WHERE id IN (4, 5) ORDER BY id")]
        for place, url in enumerate((*urls, f"{home}not-held"), 1):
            db.execute("UPDATE urls SET key = ? WHERE url = ?", [normalize.key(url), url])
            db.execute(
                "INSERT INTO placements (listing_id, url, rank, first_seen_at, last_seen_at) VALUES (?, ?, ?, ?, ?)",
                [listing, url, place, *SEEN],
            )
    db.close()
    return path


def pages(archive: Path) -> dict[str, list[str]]:
    """Pages that list articles, and the addresses that can be ticked there."""
    held = "SELECT a.url FROM articles a JOIN _article_facets f ON f.article_id = a.id WHERE f.day = ?"
    [(busiest, _)] = rows(
        archive, "SELECT day, sum(articles) FROM _source_days GROUP BY 1 ORDER BY 2 DESC, 1 DESC LIMIT 1"
    )
    return {
        f"{PLACE}/article/2/story": [
            url for (url,) in rows(archive, "SELECT url FROM articles WHERE id < 4")
        ],
        f"{PLACE}/day/{busiest}": [url for (url,) in rows(archive, held, busiest)],
        f"{PLACE}/sources/elbe-kurier/front?day={DAY}": [
            url for (url,) in rows(archive, "SELECT url FROM articles WHERE id IN (4, 5)")
        ],
    }


async def check_boxes(datasette: Datasette, path: str, wanted: list[str]) -> str:
    """Look at the boxes of a page and its form; returns where the form goes back to."""
    page = await tree(datasette, path)
    boxes = page.xpath("//*[@data-row]//input[@type='checkbox'][@form='keep']")
    assert sorted(box.get("value") for box in boxes) == sorted(wanted), path
    assert all(said(box.getparent()).startswith("Tick ") for box in boxes)
    [form] = page.xpath("//form[@id='keep']")
    assert sorted(form.xpath(".//input[@name='shown']/@value")) == sorted(wanted)
    assert f"Save all {len(wanted)} of this page" in said(form)
    assert len(page.xpath("//*[@data-row]//a[@data-headline]")) == len(wanted)
    assert page.xpath("//script[contains(@src, 'keys.js')]")
    return str(form.xpath("./input[@name='back']/@value")[0])


async def test_articles_of_every_list_go_into_a_dossier(archive: Path) -> None:
    datasette = await room(archive)
    for number, (path, wanted) in enumerate(pages(archive).items(), 1):
        back = await check_boxes(datasette, path, wanted)
        sent = await send(datasette, KEEP, url=wanted[:2], name=f"From page {number}", back=back)
        assert parse_qs(urlsplit(sent.headers["location"]).query)["back"] == [back]
        assert (await datasette.client.get(back)).status_code == 200
        with Desk(archive.parent / "desk.db") as desk:
            assert [item.url for item in list_items(desk, number)] == wanted[:2]
    close(datasette)


async def test_changes_and_the_newest_articles_have_boxes(archive: Path) -> None:
    """A change stands in the list each time; its article is saved once."""
    with open_for_reading(archive).conn as db:
        made = [change.url for change in read_changes(db).changes]
    assert len(set(made)) < len(made)
    datasette = await room(archive)
    for number, path in enumerate((f"{PLACE}/changes?kind=gone&kind=text", f"{PLACE}/changes", PLACE), 1):
        page = await tree(datasette, path)
        boxes = page.xpath("//*[contains(@class, 'hit')]/label/input[@form='keep']/@value")
        assert len(boxes) == len(page.xpath("//*[contains(@class, 'hit')]//h3/a"))
        [form] = page.xpath("//form[@id='keep']")
        assert form.xpath("./input[@name='shown']/@value") == list(dict.fromkeys(boxes))
        [back] = form.xpath("./input[@name='back']/@value")
        assert (await datasette.client.get(back)).status_code == 200
        if path.endswith("changes"):
            assert boxes == made
        sent = await send(datasette, KEEP, url=boxes, name=f"From list {number}", back=back)
        query = parse_qs(urlsplit(sent.headers["location"]).query)
        assert query == {"added": [str(len(set(boxes)))], "back": [back]}
    close(datasette)


async def test_who_may_not_write_has_no_boxes(archive: Path) -> None:
    datasette = await room(archive, read_only=True)
    for path in [*pages(archive), f"{PLACE}/changes", PLACE]:
        assert not (await tree(datasette, path)).xpath("//input[@form='keep'] | //form[@method='post']")
    close(datasette)


async def test_a_page_of_more_articles_than_one_form_takes_offers_the_ticked_alone(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("browse.responses.MOST_AT_ONCE", 2)
    datasette = await room(archive)
    page = await tree(datasette, f"{PLACE}/article/2/story")
    assert page.xpath("//form[@id='keep']")
    assert not page.xpath("//input[@name='shown'] | //button[@name='all']")
    close(datasette)
