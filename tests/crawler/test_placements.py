"""What stood on home and section pages: noted by crawls, shown by day, exported, merged and forgotten."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from crawler.commands.export import export
from pipelines.archive.admin.erase import erase
from pipelines.archive.database import Archive
from pipelines.archive.merge.merge import merge
from pipelines.archive.tables.listings import ListingCheck
from pipelines.archive.tables.placements import PLACES, is_too_long
from pipelines.archive.views.front_page import read_front_page, read_stays_of_article
from tests.conftest import Desk
from tests.reading_room import in_process, page, said
from tests.web import Web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOME = "http://daily.example/"


def address(number: int) -> str:
    return f"{HOME}2026/11/20/the-harbour-story-number-{number}"


def front(*numbers: int) -> str:
    links = "".join(
        f'<h2><a href="{address(n)}?utm_source=home">The harbour story of this day, number {n}</a></h2>'
        for n in numbers
    )
    return f"<!doctype html><title>Daily</title><body><nav><a href='/about'>About</a></nav>{links}</body>"


def story(number: int) -> str:
    words = "".join(
        f"<p>Engineer {number} of the harbour said on day {n} that the quay needs {n + number} more stones by May.</p>"
        for n in range(1, 9)
    )
    return f"<!doctype html><title>Story {number}</title><body><h1>Story {number}</h1><article>{words}</article></body>"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Two crawls: the second finds a new story on top, and one that is gone from the page."""
    with Web() as web:
        desk = Desk(tmp_path_factory.mktemp("placements"), web)  # type: ignore[arg-type]
        desk.seed(
            "daily.toml",
            f'name = "Daily"\nhome = "{HOME}"\nrecheck = []\ndiscover = false\nfeeds = ["{HOME}feed"]\nsections = ["{HOME}"]\n',
        )
        web.pages |= {address(n): story(n) for n in (1, 2, 3)}
        feed = "".join(f"<item><title>S</title><link>{address(n)}</link></item>" for n in (1, 2, 3))
        web.pages[f"{HOME}feed"] = f"<rss version='2.0'><channel><title>D</title>{feed}</channel></rss>"
        web.pages[HOME] = front(1, 2)
        assert desk.crawl().code == 0
        web.pages[HOME] = front(3, 1)
        assert desk.crawl().code == 0
        yield desk


def test_a_crawl_notes_what_stands_on_the_home_page_and_at_which_place(desk: Desk) -> None:
    rows = desk.rows(
        "SELECT p.*, l.url AS page FROM placements p JOIN listings l ON l.id = listing_id ORDER BY p.url"
    )
    assert [(row["url"], row["rank"], row["page"]) for row in rows] == [
        (address(1), 1, HOME),  # it has moved down: the highest place stays
        (address(2), 2, HOME),
        (address(3), 1, HOME),
    ]
    first, gone, new = ((row["first_seen_at"], row["last_seen_at"]) for row in rows)
    assert gone[0] == gone[1] == first[0] < first[1] == new[0] == new[1]


async def test_a_page_shows_a_day_and_an_article_says_where_it_stood(desk: Desk) -> None:
    room = await in_process(desk.archive)
    place = "/-/clippings/archive/sources/daily"
    tree = await page(room, f"{place}/front")
    assert [said(cell) for cell in tree.xpath("//tbody//th")] == ["Story 1", "Story 3", "Story 2"]
    assert [said(cell) for cell in tree.xpath("//tbody//td[1]")] == ["1", "1", "2"]
    (link,) = tree.xpath("//tbody//a[text()='Story 2']/@href")
    words = said(await page(room, link))
    assert "On the front page of Daily at" in words
    assert "seen once, highest place 2" in words
    for path in (place, "/-/clippings/archive/sources"):
        assert (await page(room, path)).xpath("//a[@href=$path]", path=f"{place}/front")
    words = said(await page(room, f"{place}/front?day=2020-01-01&of=x"))
    assert "No look at this page on that day" in words
    assert "never noted" in words
    assert "is no day" in said(await page(room, f"{place}/front?day=x"))
    assert "No crawl has noted" in said(
        await page(room, place.replace("daily", "nix") + "/front", status=404)
    )
    rows = (await room.client.get(f"{place}/front.json")).json()
    assert [(row["title"], row["rank"]) for row in rows] == [("Story 1", 1), ("Story 2", 2), ("Story 3", 1)]


def test_placements_are_exported(desk: Desk, tmp_path: Path) -> None:
    run = CliRunner().invoke(export, [str(desk.archive), "--placements", "--source", "daily"])
    rows = list(csv.DictReader(io.StringIO(run.output)))
    assert [(row["url"], row["rank"], row["title"]) for row in rows] == [
        (address(n), rank, f"Story {n}") for n, rank in ((1, "1"), (2, "2"), (3, "1"))
    ]
    lines = CliRunner().invoke(export, [str(desk.archive), "--placements", "--format", "jsonl"])
    assert json.loads(lines.output.splitlines()[0])["is_home"] == 1
    target = tmp_path / "places.parquet"
    assert CliRunner().invoke(export, [str(desk.archive), "--placements", "-o", str(target)]).exit_code == 0
    assert target.stat().st_size
    empty = CliRunner().invoke(export, [str(desk.archive), "--placements", "--until", "2020-01-01"])
    assert "Nothing was found" in empty.output
    refused = CliRunner().invoke(export, [str(desk.archive), "harbour", "--placements"])
    assert "leave the query" in refused.output


# --- the table


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive.db") as opened:
        follow(opened)
        yield opened


def follow(archive: Archive) -> None:
    source = {"id": "daily", "name": "Daily", "home": HOME, "language": None, "country": None}
    archive.sources.save([source], "2026-11-20T00:00:00.000+00:00")
    archive.listings.save_check(ListingCheck("daily", HOME, "section"), "2026-11-20T00:00:00.000+00:00")


def at(hours: int) -> str:
    return f"2026-11-{20 + hours // 24:02}T{hours % 24:02}:00:00.000+00:00"


def look(archive: Archive, hours: int, *numbers: int) -> None:
    archive.placements.save_look("daily", HOME, [address(n) for n in numbers], at(hours))


def stays(archive: Archive) -> list[tuple[int, int, str, str]]:
    """Number of the article, rank, first and last hour."""
    rows = archive.rows("SELECT * FROM placements ORDER BY url, first_seen_at")
    return [
        (
            int(row["url"].rpartition("-")[2]),
            row["rank"],
            row["first_seen_at"][8:13],
            row["last_seen_at"][8:13],
        )
        for row in rows
    ]


def test_an_unchanged_page_costs_no_row_and_a_link_that_comes_back_begins_anew(archive: Archive) -> None:
    look(archive, 1, 1, 2)
    look(archive, 2, 1, 2)
    archive.placements.extend_stays("daily", HOME, at(3))  # a 304
    assert stays(archive) == [(1, 1, "20T01", "20T03"), (2, 2, "20T01", "20T03")]
    look(archive, 4, 2)
    look(archive, 5)  # a page without an article is out of order, and says nothing
    look(archive, 6, 1, 2)
    assert stays(archive) == [(1, 1, "20T01", "20T03"), (1, 1, "20T06", "20T06"), (2, 1, "20T01", "20T06")]


def test_after_too_long_a_gap_nobody_knows_what_stood_there(archive: Archive) -> None:
    look(archive, 1, 1)
    look(archive, 49, 1)
    look(archive, 98, 1)
    assert stays(archive) == [(1, 1, "20T01", "22T01"), (1, 1, "24T02", "24T02")]
    assert is_too_long(at(2), at(1)), "a clock was set back"


def test_of_a_long_page_the_first_places_are_kept_and_each_address_once(archive: Archive) -> None:
    urls = [f"{HOME}{n}?utm_source=x" for n in range(PLACES + 20)]
    archive.placements.save_look("daily", HOME, [urls[0], f"{HOME}0", "mailto:x", *urls], at(1))
    archive.placements.save_look("daily", "http://unknown.example/", urls, at(1))
    rows = archive.rows("SELECT url, rank FROM placements ORDER BY rank")
    assert len(rows) == PLACES
    assert [row["rank"] for row in rows] == list(range(1, PLACES + 1))
    assert rows[0]["url"] == f"{HOME}0"


def test_days_lead_to_the_days_before_and_after(archive: Archive) -> None:
    for hours in (1, 20, 40, 150):
        look(archive, hours, 1)
    found = {
        day: read_front_page(archive.db.conn, "daily", "", day) for day in ("2026-11-20", "2026-11-21", "")
    }
    shown = {day: (view.day, view.before, view.after, len(view.stays)) for day, view in found.items() if view}
    assert shown == {
        "2026-11-20": ("2026-11-20", "", "2026-11-21", 1),
        "2026-11-21": ("2026-11-21", "2026-11-20", "2026-11-26", 1),
        "": ("2026-11-26", "2026-11-21", "", 1),
    }


def test_of_a_forgotten_address_no_stay_is_left_and_none_comes_back(archive: Archive) -> None:
    look(archive, 1, 1, 2)
    erase(archive, address(1) + "?utm_source=mail")
    look(archive, 2, 1, 2)
    assert [stay[0] for stay in stays(archive)] == [2]
    erase(archive, source="daily")
    assert stays(archive) == []


def test_stays_of_two_archives_that_overlap_are_one(tmp_path: Path) -> None:
    looks = {
        "north": ((1, 1, 2), (3, 1, 2), (5, 2), (9, 3, 2)),
        "south": ((2, 3, 1), (4, 1), (6, 2), (8, 2, 1)),
    }
    for name, of_one in looks.items():
        with Archive(tmp_path / f"{name}.db") as archive:
            follow(archive)
            for one in of_one:
                look(archive, *one)
    found = []
    for order in (("north", "south"), ("south", "north"), ("north", "south", "north")):
        with Archive(tmp_path / f"{'-'.join(order)}.db") as archive:
            for name in order:
                merge(archive, tmp_path / f"{name}.db", {})
            found.append(stays(archive))
    assert found[0] == [
        (1, 1, "20T01", "20T04"),
        (1, 2, "20T08", "20T08"),
        (2, 1, "20T01", "20T09"),
        (3, 1, "20T02", "20T02"),
        (3, 1, "20T09", "20T09"),
    ]
    assert found[1:] == [found[0]] * 2


def test_an_archive_without_the_table_says_nothing(archive: Archive) -> None:
    archive.db.execute("DROP TABLE placements")
    assert read_stays_of_article(archive.db.conn, 1) == []
    assert read_front_page(archive.db.conn, "daily", "", "") is None
