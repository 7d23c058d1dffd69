"""A site that is rebuilt between crawls: its pages are read by both extractors, and an alarm says so with what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from crawler.run.compared_pages import ComparedPages
from pipelines.archive.admin.erase import erase
from pipelines.archive.database import Archive
from pipelines.archive.merge.merge import merge
from pipelines.archive.records import Task
from pipelines.archive.views.source import read_source
from pipelines.items import Hints
from tests.conftest import Desk
from tests.web import Web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOME = "http://daily.example"
TODAY = datetime.now(UTC).date()
THINGS = ("the tide gauge", "the new crane", "the fish market", "the ferry timetable", "the customs house")
PAST = 20


def story(number: int, rebuilt: bool) -> bytes:
    """An article. Rebuilt, its text stands in two elements, and the second has the name of another part of a page."""
    first, *rest = [
        f"<p>On {thing} committee number {number} heard {n + 2} engineers of the town, who said that its repairs would take"
        f" until {2027 + n + number} and cost {n + 3 * number} million crowns, most of it paid by the harbour.</p>"
        for n, thing in enumerate(THINGS)
    ]
    parted = f'<article><h2>In brief</h2>{first}</article><div class="widget">{"".join(rest)}</div>'
    body = parted if rebuilt else f"<article>{first}{''.join(rest)}</article>"
    at = f'<meta property="article:published_time" content="{TODAY}T00:00:0{number % 10}+00:00">'
    return (
        f'<!doctype html><title>Harbour {number}</title><meta property="og:type" content="article">{at}'
        f"<body><h1>Harbour {number}</h1>{body}<footer><p>The Daily is printed in the harbour.</p></footer>"
    ).encode()


def publish(web: Web, numbers: range, rebuilt: bool = False) -> None:
    """Put articles on the site, and an index page among them; the feed lists these alone."""
    links = [f"{HOME}/harbour-{number}" for number in numbers]
    for number, link in zip(numbers, links, strict=True):
        web.pages[link] = story(number, rebuilt)
    items = "".join(f"<item><title>H</title><link>{link}</link></item>" for link in links)
    web.pages[f"{HOME}/feed"] = f"<rss version='2.0'><channel><title>D</title>{items}</channel></rss>"


def move_back(desk: Desk, days: int) -> None:
    """Make what was found today, and the crawls, so many days older."""
    with Archive(desk.archive) as archive, archive.db.atomic():
        for table in ("_compared_pages", "_source_daily_stats"):
            archive.db.execute(f"UPDATE {table} SET day = date(day, '-{days} days')")
        for table, column in (("crawls", "started_at"), ("outcomes", "at")):
            archive.db.execute(
                f"UPDATE {table} SET {column} = strftime('%Y-%m-%dT%H:%M:%S+00:00', {column}, '-{days} days')"
            )


def repeat_newest_day(desk: Desk, times: int) -> None:
    """Let the newest day that was crawled stand for so many days before it as well."""
    with Archive(desk.archive) as archive, archive.db.atomic():
        for table in ("_compared_pages", "_source_daily_stats"):
            (newest,) = archive.db.execute(f"SELECT max(day) FROM {table}").fetchone()
            columns = [row[1] for row in archive.db.execute(f"PRAGMA table_info({table})")]
            for n in range(1, times + 1):
                values = ", ".join(f"date(day, '-{n} days')" if c == "day" else c for c in columns)
                archive.db.execute(
                    f"INSERT INTO {table} SELECT {values} FROM {table} WHERE day = ?", [newest]
                )


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A site that was well for `PAST` days and was rebuilt two days ago."""
    with Web() as web:
        desk = Desk(tmp_path_factory.mktemp("rebuilt"), web)  # type: ignore[arg-type]
        desk.seed(
            "daily.toml", f'home = "{HOME}/"\ndiscover = false\nfeeds = ["{HOME}/feed"]\nrecheck = []\n'
        )
        publish(web, range(1, 7))
        assert desk.crawl().code == 0
        repeat_newest_day(desk, PAST - 1)
        move_back(desk, 2)
        publish(web, range(11, 17), rebuilt=True)
        assert desk.crawl().code == 0
        assert desk.column("SELECT kind FROM alarms") == [], "a day that is not over is not judged"
        repeat_newest_day(desk, 1)
        move_back(desk, 1)
        (desk.folder / "clippings.toml").write_text("[crawl]\ncompared = 0\n", encoding="utf-8")
        publish(web, range(21, 23))
        assert desk.crawl().code == 0
        yield desk


def test_three_new_pages_a_day_are_read_by_both_and_none_where_the_setting_is_0(rebuilt: Desk) -> None:
    sql = "SELECT day, count(*) AS pages, min(agreement) AS low, max(agreement) AS high FROM _compared_pages GROUP BY day"
    found = rebuilt.rows(f"{sql} ORDER BY day")
    assert len(found) == PAST + 2
    # One page in fifty comes on top; six pages a day have few of those.
    assert all(3 <= row["pages"] <= 6 for row in found)
    assert all(row["low"] > 0.9 for row in found[:PAST])
    assert all(row["high"] < 0.5 for row in found[PAST:])
    texts = rebuilt.column("SELECT text FROM articles")
    assert len(texts) == 14
    assert all("The Daily is printed" not in text and text.count("committee number") == 5 for text in texts)


def test_a_page_that_is_no_article_leaves_its_place_to_another() -> None:
    first, second, third = (Task(n, "daily", f"{HOME}/harbour-{n}", Hints()) for n in (1, 2, 3))
    pages = ComparedPages(1, lambda source_id, day: 0)
    assert (pages.take(first, "2026-03-02"), pages.take(second, "2026-03-02")) == (True, False)
    pages.give_back(first)
    assert (pages.take(third, "2026-03-02"), pages.take(second, "2026-03-02")) == (True, False)
    assert pages.take(second, "2026-03-03"), "another day"


def test_a_crawl_that_begins_again_goes_on_with_the_count_of_the_archive() -> None:
    pages = ComparedPages(3, lambda source_id, day: 2 if source_id == "daily" else 0)
    tasks = [Task(n, "daily", f"{HOME}/harbour-{n}", Hints()) for n in range(5)]
    assert [pages.take(task, "2026-03-02") for task in tasks] == [True, False, False, False, False]
    again = replace(tasks[0], source_id="weekly", article_id=7)
    assert not pages.take(again, "2026-03-02"), "a page that is fetched again"


def test_the_alarm_names_three_pages_and_what_to_do(rebuilt: Desk) -> None:
    (alarm,) = rebuilt.rows("SELECT * FROM alarms")
    assert (alarm["kind"], alarm["since"]) == ("redesign", str(TODAY - timedelta(days=2)))
    pages = json.loads(alarm["evidence"])
    assert len(set(pages)) == 3
    assert all(int(page.rpartition("-")[2]) >= 10 for page in pages)
    shown = rebuilt.run("status", str(rebuilt.archive))
    assert "Our rules and trafilatura agree on" in shown.out
    assert "clippings fetch --explain --compare URL" in shown.out
    checked = rebuilt.run("status", str(rebuilt.archive), "--check")
    assert checked.code == 3
    assert checked.out.startswith(f"daily: redesign since {alarm['since']}")
    assert "alarm daily redesign since" in (rebuilt.folder / "archive.log").read_text(encoding="utf-8")


def test_a_source_shows_its_agreement_over_time(rebuilt: Desk) -> None:
    with Archive(rebuilt.archive) as archive:
        source = read_source(archive.db.conn, "daily")
    assert source is not None
    assert [at.day for at in source.agreements] == sorted({at.day for at in source.agreements})
    assert (source.agreements[0].agreement > 0.9, source.agreements[-1].agreement < 0.5) == (True, True)
    assert all(at.pages >= 3 for at in source.agreements)


def test_a_merge_carries_them_and_forgetting_takes_them_out(rebuilt: Desk, tmp_path: Path) -> None:
    sql = "SELECT day, url, agreement FROM _compared_pages JOIN articles ON id = article_id ORDER BY day, url"
    with Archive(tmp_path / "all.db") as archive:
        merge(archive, rebuilt.archive, {})
        merge(archive, rebuilt.archive, {})
        assert archive.rows(sql) == rebuilt.rows(sql)
        (url, *_) = rebuilt.column("SELECT url FROM _compared_pages JOIN articles ON id = article_id")
        erase(archive, url)
        assert url not in {row["url"] for row in archive.rows(sql)}
        erase(archive, source="daily")
        assert archive.rows(sql) == []
