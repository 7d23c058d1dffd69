"""The pages of coverage and alarms, asked of Datasette in process."""

from __future__ import annotations

import csv
import gc
import io
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import etree
from sqlite_utils import Database

from browse import context, warmup
from browse.formatting import ALARMS
from browse.pages.coverage import add_up, fill_days, is_long, share_held, sum_months
from browse.params import CoverageParams
from pipelines.archive.views.coverage import COUNTS, OutcomeCount, count_outcomes, sum_coverage
from pipelines.decisions.anomalies.alarms import ADVICE
from tests.reading_room import ATOM, PLACE, in_process, made_up, page, said, served

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette

DAYS = ("2026-11-07", "2026-11-21")
"""What the page shows without days in its address: the last crawl was a day before the second of them."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up(tmp_path_factory.mktemp("covered"), articles=300)


def test_every_kind_of_alarm_has_words() -> None:
    assert set(ALARMS) == set(ADVICE)


def counts(archive: Path, where: str) -> dict[str, int]:
    """The numbers that the page must show, counted in the view."""
    db = Database(archive)
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in COUNTS)
    row = db.execute(
        f"SELECT {sums} FROM coverage WHERE day BETWEEN ? AND ? AND {where}", list(DAYS)
    ).fetchone()
    db.close()
    return dict(zip(COUNTS, row, strict=True))


def number(cell: Any) -> int:
    return int(re.sub(r"\D", "", cell.text_content()) or 0)


async def test_coverage_by_source_and_day(room: Datasette, archive: Path) -> None:
    """Each number is the view's, and what it leads to has as many URLs."""
    tree = await page(room, f"{PLACE}/coverage")
    assert "Days 7 November 2026 to 21 November 2026" in said(tree)
    whole = counts(archive, "1")
    assert whole["failed"] and whole["excluded"] and whole["pending"] == 30  # noqa: PT018 - the archive's own
    shown = {dt.text: dt.getnext() for dt in tree.xpath("//dl[@class='numbers']//dt")}
    assert number(shown["Listed"]) == whole["listed"]
    assert number(shown["Failed"]) == whole["failed"]
    rows = tree.xpath("//section[@aria-labelledby='sources']//tbody/tr")
    assert len(rows) == 10
    shares = [number(row.xpath("td[@data-label='Share held']")[0]) for row in rows]
    assert shares == sorted(shares)
    for row in rows:
        link = row.xpath("th/a/@href")[0]
        source = parse_qs(urlsplit(link).query)["source"][0]
        expected = counts(archive, f"source_id = '{source}'")
        assert number(row.xpath("td[@data-label='Listed']")[0]) == expected["listed"]
        assert number(row.xpath("td[@data-label='Held']")[0]) == expected["held"]
    days = tree.xpath("//section[@aria-labelledby='days']//tbody/tr")
    assert [row.xpath("th//time/@datetime")[0] for row in days] == [
        f"2026-11-{n:02}" for n in range(20, 6, -1)
    ]
    failed = tree.xpath("//dl[@class='numbers']//a[contains(@href, 'outcome=failed')]")[0]
    listed = await page(room, failed.get("href") + "&page=1")
    assert len(listed.xpath("//tbody/tr")) == min(number(failed), 100)


async def test_a_source_that_listed_nothing_comes_first(tmp_path: Path) -> None:
    path = made_up(tmp_path, articles=5)
    db = Database(path)
    db["sources"].insert({"id": "silent", "name": "Silent", "home": "https://s.example/", "added_at": "2026"})
    db.close()
    tree = await page(await in_process(path), f"{PLACE}/coverage")
    assert said(tree.xpath("//section[@aria-labelledby='sources']//tbody/tr")[0]).startswith("Silent 0 0 –")


async def test_the_first_reader_does_not_wait(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections are open and templates compiled before a page is asked for; a slow archive holds up nothing."""
    room = await in_process(archive)
    opened: list[object] = []
    monkeypatch.setattr(
        type(room.get_database("the clippings")), "connect", lambda *_, **__: opened.append(1)
    )
    await page(room, "/")
    await page(room, f"{PLACE}/article/1")
    assert not opened
    monkeypatch.undo()
    monkeypatch.setattr(warmup, "MOST_MS", 0.001)
    set_aside = gc.get_freeze_count()
    assert set_aside
    await page(await in_process(archive), "/")
    assert gc.get_freeze_count() <= set_aside  # a second Datasette can be collected


async def test_one_sources_coverage_day_by_day(room: Datasette, archive: Path) -> None:
    source = await page(room, f"{PLACE}/sources/market-ledger")
    tree = await page(room, source.xpath("//main//a[contains(., 'Its coverage')]/@href")[0])
    assert "Coverage of The Market Ledger" in said(tree)
    assert not tree.xpath("//section[@aria-labelledby='sources']")
    expected = counts(archive, "source_id = 'market-ledger'")
    reasons = tree.xpath("//section[@aria-labelledby='reasons']//tbody/tr")
    assert sum(number(row.xpath("td[3]")[0]) for row in reasons) == expected["listed"] - expected["held"]
    top = reasons[0]
    assert said(top).startswith("Failed 403 Forbidden, after 3 attempts")
    listed = await page(room, top.xpath(".//a/@href")[0])
    assert "Reason: 403 Forbidden, after 3 attempts" in said(listed)
    following = listed
    urls = following.xpath("//tbody//th/a/@href")
    while following.xpath("//a[@rel='next']"):
        following = await page(room, following.xpath("//a[@rel='next']/@href")[0])
        urls += following.xpath("//tbody//th/a/@href")
    assert len(urls) == len(set(urls)) == number(top.xpath("td[3]")[0])
    assert all("The Market Ledger" not in said(row) for row in listed.xpath("//tbody/tr"))


async def test_a_held_url_leads_to_its_article(room: Datasette) -> None:
    tree = await page(room, f"{PLACE}/coverage/urls?outcome=held&source=elbe-kurier")
    row = tree.xpath("//tbody/tr")[0]
    article = await page(room, row.xpath("td[1]/a/@href")[0])
    assert row.xpath("th/a/@href")[0] in article.xpath("//a/@href")


async def test_days_and_source_are_in_the_address(room: Datasette) -> None:
    tree = await page(room, f"{PLACE}/coverage?source=elbe-kurier&since=2026-11-12&until=2026-11-10")
    assert "The first day was after the last; they have changed places." in said(tree)
    assert tree.xpath("//input[@name='since']/@value") == ["2026-11-10"]
    assert tree.xpath("//input[@name='until']/@value") == ["2026-11-12"]
    assert tree.xpath("//select[@name='source']/option[@selected]/@value") == ["elbe-kurier"]
    for link in tree.xpath("//section[@aria-labelledby='days']//td//a/@href"):
        asked = parse_qs(urlsplit(link).query)
        assert asked["source"] == ["elbe-kurier"]
        assert asked["since"] == asked["until"]
        assert "2026-11-10" <= asked["since"][0] <= "2026-11-12"
    assert "'soon' is neither a date nor a duration" in said(await page(room, f"{PLACE}/coverage?since=soon"))
    empty = said(await page(room, f"{PLACE}/coverage?since=2030-01-01"))
    assert "Nothing was listed for these days." in empty
    for edge in ("since=0001-01-01", "until=0001-01-02", "since=9999-12-31", "source=nobody", "outcome=x"):
        await page(room, f"{PLACE}/coverage?{edge}")
        await page(room, f"{PLACE}/coverage/urls?{edge}")


async def test_coverage_as_files(room: Datasette, archive: Path) -> None:
    answer = await room.client.get(f"{PLACE}/coverage.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert {name: sum(int(row[name]) for row in rows) for name in COUNTS} == counts(archive, "1")
    as_json = (await room.client.get(f"{PLACE}/coverage.json")).json()
    assert [{name: str(value) for name, value in row.items()} for row in as_json] == rows
    urls = (await room.client.get(f"{PLACE}/coverage/urls.json?source=elbe-kurier")).json()
    assert len(urls) == counts(archive, "source_id = 'elbe-kurier'")["listed"]
    for table in ("coverage", "listed"):
        own = await room.client.get(f"/the~20clippings/{table}.json?source_id=elbe-kurier&_shape=array")
        assert own.status_code == 200


async def test_a_long_span_is_stopped_with_a_note(room: Datasette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "LONGEST_MS", 1)
    monkeypatch.setattr("pipelines.archive.read_together.STEPS", 1)
    for path in ("coverage", "coverage/urls", "alarms"):
        answer = await room.client.get(f"{PLACE}/{path}?since=0001-01-01")
        assert answer.status_code in (200, 503)
        assert "This takes too long" in answer.text or answer.status_code == 200
    assert (await room.client.get(f"{PLACE}/coverage?since=0001-01-01")).status_code == 503


async def test_an_archive_that_was_never_crawled(tmp_path: Path) -> None:
    path = made_up(tmp_path, articles=5)
    db = Database(path)
    for table in ("alarms", "outcomes", "urls", "listings", "crawls"):
        db[table].delete_where()
    db.close()
    datasette = await in_process(path)
    assert "Nothing was listed" in said(await page(datasette, f"{PLACE}/coverage"))
    assert "No such URL was listed" in said(await page(datasette, f"{PLACE}/coverage/urls"))
    text = said(await page(datasette, f"{PLACE}/alarms"))
    assert "No alarm now" in text
    assert "None has been raised and ended yet." in text
    assert "No alarm now" in said(await page(datasette, f"{PLACE}/sources"))
    assert "Alarms" not in said((await page(datasette, "/")).xpath("//main")[0])


async def test_alarms_those_that_last_first(room: Datasette) -> None:
    tree = await page(room, f"{PLACE}/alarms")
    lasting, over = tree.xpath("//main/section")
    assert "2 alarms now" in said(lasting)
    first = said(lasting.xpath("article")[0])
    assert first.startswith("The Market Ledger: Pages fail Since 18 November 2026")
    assert "What to try: Open one of the pages in a browser." in first
    assert len(lasting.xpath("article[1]//ul[@class='evidence']/li")) == 3
    assert tree.xpath("//code[text()='delay']")
    assert said(over.xpath("article")[0]).startswith(
        "Elbe-Kurier: Pages give no text 31 October 2026 to 9 November 2026"
    )
    for link in over.xpath(".//a[text()='as archived']/@href"):
        await page(room, link)
    narrowed = await page(room, f"{PLACE}/alarms?source=elbe-kurier")
    assert len(narrowed.xpath("//article")) == 1
    assert "Nothing is unlike its past at this source." in said(narrowed)
    await page(room, f"{PLACE}/alarms?source=nobody", status=404)
    front = await page(room, "/")
    assert "Alarms 2" in said(front)
    for there in (front, tree, await page(room, f"{PLACE}/sources")):
        feeds = there.xpath("//head/link[@type='application/atom+xml']/@href")
        assert any(feed.endswith("/alarms.atom") for feed in feeds)


async def test_the_feed_of_alarms_keeps_ids_and_notes_ends(tmp_path: Path) -> None:
    path = made_up(tmp_path, articles=20)
    datasette = await in_process(path)

    async def entries() -> dict[str, tuple[str, str, str]]:
        feed = etree.fromstring((await datasette.client.get(f"{PLACE}/alarms.atom")).content)
        return {
            entry.findtext("a:id", namespaces=ATOM): tuple(  # type: ignore[misc]
                entry.findtext(f"a:{name}", namespaces=ATOM) for name in ("title", "updated", "summary")
            )
            for entry in feed.findall("a:entry", ATOM)
        }

    before = await entries()
    db = Database(path)
    db.execute("UPDATE alarms SET until = '2026-11-21T05:00:00+00:00' WHERE kind = 'failed'")
    db.execute("UPDATE alarms SET words = 'Worse & worse.', id = id + 10 WHERE kind = 'unsigned'")
    db.conn.commit()
    db.close()
    after = await entries()
    assert set(before) == set(after)
    ended = [key for key in after if after[key][1] != before[key][1]]
    assert len(ended) == 1
    title, updated, summary = after[ended[0]]
    assert title.startswith("Over: The Market Ledger: ")
    assert updated == "2026-11-21T05:00:00Z"
    assert summary.endswith("It is over.")
    assert next(iter(after)) == ended[0]
    assert "Valley Tribune: Worse & worse." in {title for title, *_ in after.values()}


def test_a_feed_reader_sees_an_alarm_once_and_its_end(tmp_path: Path) -> None:
    from reader import make_reader

    path = made_up(tmp_path, articles=20)
    with served(path) as address:
        url = f"{address}{PLACE}/alarms.atom"
        reader = make_reader(":memory:")
        reader.add_feed(url)
        reader.update_feed(url)
        assert {entry.title[:6] for entry in reader.get_entries()} == {"The Ma", "Valley", "Over: "}
        db = Database(path)
        db.execute("UPDATE alarms SET until = '2026-11-21T05:00:00+00:00' WHERE kind = 'failed'")
        db.conn.commit()
        db.close()
        changes = reader.update_feed(url)
        assert changes is not None
        assert (changes.new, changes.modified) == (0, 1)


def test_shares_days_and_reasons() -> None:
    tally = [
        OutcomeCount("a", "2026-11-01", "held", "", 6),
        OutcomeCount("a", "2026-11-01", "not_article", "a gallery", 2),
        OutcomeCount("b", "2026-11-03", "failed", "timed out", 3),
        OutcomeCount("a", "2026-11-03", "failed", "timed out", 1),
    ]
    by_source = sum_coverage(tally, lambda one: one.source_id)
    assert by_source["a"]["listed"] == 9
    assert share_held(by_source["a"]) == 6 / 7
    assert share_held(sum_coverage(tally[1:2], lambda one: 0)[0]) == 1.0
    assert [day for day, _ in fill_days(sum_coverage(tally, lambda one: one.day))] == [
        "2026-11-03",
        "2026-11-02",
        "2026-11-01",
    ]
    assert add_up(by_source.values()) == sum_coverage(tally, lambda one: "")[""]
    assert not any(add_up([]).values())
    assert fill_days({}) == []


def test_a_long_span_has_a_line_a_month() -> None:
    days = ("2025-11-20", "2026-01-03", "2026-01-31", "2026-03-01")
    sums = sum_coverage([OutcomeCount("a", day, "held", "", 2) for day in days], lambda one: one.day)
    assert is_long(sums)
    assert not is_long({day: sums[day] for day in days[1:]})
    assert fill_days(sums) == []
    months = sum_months(sums, CoverageParams("2025-11-10", "2026-03-15", ""))
    assert [(month.since, month.until, row["held"]) for month, row in months] == [
        ("2026-03-01", "2026-03-15", 2),
        ("2026-02-01", "2026-02-28", 0),
        ("2026-01-01", "2026-01-31", 4),
        ("2025-12-01", "2025-12-31", 0),
        ("2025-11-10", "2025-11-30", 2),
    ]
    far = sum_coverage(
        [OutcomeCount("a", day, "held", "", 1) for day in ("0203-05-06", "2026-01-01")], lambda one: one.day
    )
    assert [month.since for month, _ in sum_months(far, CoverageParams("0001-01-01", "2026-12-31", ""))] == [
        "2026-01-01",
        "0203-05-01",
    ]


async def test_a_long_span_is_shown_by_month(room: Datasette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("browse.pages.coverage.MOST_DAYS", 20)
    tree = await page(room, f"{PLACE}/coverage?since=2026-01-01&until=2026-11-20")
    assert tree.xpath("//h2[@id='days']")[0].text_content() == "By month"
    link = tree.xpath("//section[@aria-labelledby='days']//th/a[text()='2026-10']/@href")[0]
    assert "since=2026-10-01" in link
    assert "until=2026-10-31" in link
    await page(room, link)


def test_what_a_day_ahead_lists_is_counted(tmp_path: Path) -> None:
    """Published on the 21st in Tokyo, found on the 20th in UTC."""
    path = made_up(tmp_path, articles=5)
    db = Database(path)
    db["urls"].insert(
        {
            "url": "https://www.minato-shimbun.example/ahead",
            "key": "ahead",
            "source_id": "minato-shimbun",
            "found_at": "2026-11-20T15:30:00+00:00",
            "via": "feed",
            "hints": '{"published_at": "2026-11-21T00:20:00+09:00"}',
        }
    )
    assert count_outcomes(db.conn, "2026-11-21", "2026-11-21") == [
        OutcomeCount("minato-shimbun", "2026-11-21", "pending", "", 1)
    ]
    db.close()
