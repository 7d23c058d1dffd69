"""Alarms: pure judgements on days that are written out, and the whole way from crawls to `status --check`."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.archive.database import Archive, open_for_reading
from pipelines.archive.views.alarms import read_alarms
from pipelines.archive.views.crawls import CrawlEnd, find_crawl_trouble
from pipelines.decisions.anomalies.alarms import drop_effects, find_alarms
from pipelines.decisions.anomalies.listing_alarms import ListingState, listing_alarms
from pipelines.decisions.anomalies.source_days import Alarm, Day
from pipelines.extraction.interstitials import begins_with_prompt, classify
from tests.conftest import Desk
from tests.faulty import page
from tests.web import Web

if TYPE_CHECKING:
    from pathlib import Path

MONDAY = date(2026, 3, 2)


def days(count: int, **values: Any) -> list[Day]:
    """A well source: ten articles a day, twice that on Wednesdays, two at the weekend."""
    made = []
    for n in range(count):
        at = MONDAY + timedelta(days=n)
        articles = (10, 11, 20, 9, 10, 2, 2)[at.weekday()]
        made.append(
            Day(at.isoformat(), articles, articles + 3, unsigned=articles // 5, words=500.0 + n % 3, **values)
        )
    return made


def day_after(history: list[Day], **values: Any) -> Day:
    at = date.fromisoformat(history[-1].day) + timedelta(days=1)
    usual = days(at.weekday() + 1)[-1]
    return replace(usual, day=at.isoformat(), **values)


def follow(history: list[Day], then: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """Judge day by day as crawls do; (day, kinds opened) where an alarm opened, and `-kind` where it ended."""
    opened: dict[str, str] = {}
    told = []
    for values in then:
        history = [*history, day_after(history, **values)]
        found = drop_effects(find_alarms(history, opened), opened)
        kinds = {alarm.kind: alarm.since for alarm in found}
        news = [kind for kind in kinds if kind not in opened] + [
            f"-{kind}" for kind in opened if kind not in kinds
        ]
        if news:
            told.append((history[-1].day, news))
        opened = {kind: opened.get(kind, since) for kind, since in kinds.items()}
    return told


@pytest.mark.parametrize("length", range(22, 80, 3))
def test_a_well_source_with_its_weekdays_has_none(length: int) -> None:
    assert find_alarms(days(length), {}) == []


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        ({"articles": 0, "pages": 3}, "fewer"),
        ({"articles": 1, "pages": 13, "failed": 11}, "failed"),
        ({"articles": 1, "pages": 13, "refused": 11}, "refused"),
        ({"articles": 1, "pages": 13, "empty": 11}, "empty"),
        ({"prompts": 9, "alike": 9, "words": 40.0}, "prompts"),
        ({"alike": 8}, "alike"),
        ({"paywalled": 9}, "paywalled"),
        ({"untitled": 9}, "untitled"),
        ({"unsigned": 10}, "unsigned"),
        ({"undated": 9}, "undated"),
        ({"words": 60.0}, "shorter"),
    ],
)
def test_each_trouble_has_one_alarm_until_it_is_over(bad: dict[str, Any], kind: str) -> None:
    told = follow(days(56), [bad] * 12 + [{}] * 12)
    assert [news for _, news in told] == [[kind], [f"-{kind}"]]
    opened, ended = (date.fromisoformat(day) for day, _ in told)
    assert (opened - MONDAY).days < 56 + 4
    assert (ended - MONDAY).days >= 56 + 12 + 2


def test_a_source_that_comes_and_goes_has_one_alarm() -> None:
    bad = {"articles": 0, "pages": 13, "failed": 12}
    told = follow(days(56), [bad, bad, {}, {}] * 6)
    assert [news for _, news in told] == [["failed"]]


def test_what_is_no_trouble_raises_none() -> None:
    holiday = [{"articles": 3, "pages": 4}] * 5
    burst = [{"articles": 90, "pages": 95}] * 3
    assert follow(days(56), holiday + [{}] * 10 + burst + [{}] * 14) == []
    assert follow(days(12), [{"articles": 0, "pages": 0}] * 5) == [], "a young source has no past"


def test_everybodys_holiday_is_no_trouble() -> None:
    history = days(56)
    for _ in range(3):
        history.append(day_after(history, articles=0, pages=0))
    assert [alarm.kind for alarm in find_alarms(history, {})] == ["fewer"]
    assert find_alarms(history, {}, lambda window: 0.1) == []


def test_an_alarm_says_since_when_and_how_much() -> None:
    history = days(56)
    for _ in range(2):
        history.append(day_after(history, articles=0, pages=0))
    assert find_alarms(history, {}) == [
        Alarm("fewer", "2026-04-27", "No article in 2 days; about 20 are usual.")
    ]


def state(**values: str) -> ListingState:
    day = "2026-11-22T08:00:00+00:00"
    usual = {
        "url": "https://d.example/feed",
        "kind": "feed",
        "error": "",
        "found_at": "2026-01-01",
        "newest_at": day,
    }
    return ListingState(**{**usual, "checked_at": day, "answered_at": day, **values})


def test_listings_that_are_gone_or_stale() -> None:
    newest = [(date(2026, 11, 22) - timedelta(days=n)).isoformat() for n in range(20, -1, -1)]
    today = "2026-11-23"
    gone = state(error="answered 404", answered_at="2026-11-19T08:00:00+00:00")
    (alarm, urls), *others = listing_alarms([gone, state(url="https://d.example/map")], newest, today)
    assert (alarm.kind, alarm.since, urls, others) == (
        "listing",
        "2026-11-19",
        ["https://d.example/feed"],
        [],
    )
    stale = state(newest_at="2026-10-20T08:00:00+00:00")
    (alarm, urls), *others = listing_alarms([stale, state(url="https://d.example/map")], newest, today)
    assert (alarm.kind, alarm.since, others) == ("stale", "2026-10-20", [])
    assert not list(listing_alarms([state(error="answered 500")], newest, today)), "it answered yesterday"
    assert not list(listing_alarms([state(error="answered 404", answered_at="")], newest, today)), (
        "it never did"
    )
    assert not list(listing_alarms([state(newest_at="2025-01-01"), state()], newest, today)), (
        "it was old when found"
    )


@pytest.mark.parametrize(
    ("title", "text", "what"),
    [
        ("Just a moment...", "Checking your browser before accessing daily.example.", "captcha"),
        ("Daily", "We value your privacy. We and our 812 partners store and access information.", "consent"),
        ("Story", "Please log in to continue reading this story.", "login"),
        ("Page not found", "Sorry, try the search.", "error page"),
        ("Seite nicht gefunden", "Zur Startseite", "error page"),
        ("ページが見つかりません", "トップへ", "error page"),
        ("Artikel", "Wir verwenden Cookies und ähnliche Techniken.", "consent"),
    ],
)
def test_walls_are_told_from_articles(title: str, text: str, what: str) -> None:
    assert what in classify(title, text, len(text.split()))
    assert classify(title, text, 400) == ""


@pytest.mark.parametrize(
    "text",
    [
        "The council voted on cookies for the school fair. Parents had asked for more.",
        "A page of the ledger was found in the harbour, the museum said.",
        "Captchas are getting harder, researchers say, and machines solve them better than people.",
        "Subscribers to the ferry will pay more from Monday.",
    ],
)
def test_reports_about_walls_are_articles(text: str) -> None:
    assert classify("A short report", text, len(text.split())) == ""
    assert not begins_with_prompt(text)


# --- through the archive

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def fill(archive: Archive, today: datetime, count: int, articles: int, **row: Any) -> None:
    """Crawl rows, outcomes and articles of `count` days up to yesterday, straight into the tables."""
    archive.sources.save(
        [
            {
                "id": "daily",
                "name": "Daily",
                "home": "https://daily.example/",
                "language": "en",
                "country": None,
            }
        ],
        "2026-01-01T00:00:00+00:00",
    )
    for n in range(count, 0, -1):
        at = (today - timedelta(days=n)).isoformat(timespec="milliseconds")
        crawl = archive.crawls.start(at, ["daily"], 0, "test", "0")
        archive.crawls.finish(crawl, at, 0, "finished", articles, 0)
        for number in range(articles):
            url = f"https://daily.example/{at[:10]}/{number}"
            values = {
                "title": "T",
                "authors": '["A"]',
                "published_at": at[:10],
                "text": f"{url} was written.",
                **row,
            }
            archive.db.table("articles").insert(
                {
                    "source_id": "daily",
                    "url": url,
                    "word_count": 300,
                    "first_seen_at": at,
                    "checked_at": at,
                    "content_hash": url,
                    "extractor": "t",
                    **values,
                }
            )
            archive.db.table("outcomes").insert(
                {"crawl_id": crawl, "source_id": "daily", "url": url, "outcome": "new", "at": at}
            )


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def test_from_the_archive_to_the_alarm_and_back(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive.db") as archive:
        fill(archive, NOW - timedelta(days=2), 40, 8)
        assert archive.alarms.update(iso(NOW - timedelta(days=2)), ["daily"]) == []
        fill(archive, NOW, 2, 8, text="We value your privacy. Accept all cookies to go on.", authors="[]")
        raised = archive.alarms.update(iso(NOW), ["daily"])
        assert [(source, alarm.kind, alarm.since) for source, alarm in raised] == [
            ("daily", "prompts", "2026-11-21")
        ]
        assert archive.alarms.update(iso(NOW + timedelta(hours=1)), ["daily"]) == [], "it is raised once"
        (alarm,) = read_alarms(archive.db.conn)
        assert len(alarm.evidence) == 3
        assert all("2026-11-2" in url for url in alarm.evidence)
        assert "prune" in alarm.advice
        fill(archive, NOW + timedelta(days=6), 6, 8)
        archive.alarms.update(iso(NOW + timedelta(days=6)), ["daily"])
        assert read_alarms(archive.db.conn) == []
        (over,) = read_alarms(archive.db.conn, "daily", over=True)
        assert over.until


def test_check_prints_only_what_ails_and_ends_with_3(desk: Desk) -> None:
    desk.follow("morning")
    desk.crawl()
    well = desk.run("status", str(desk.archive), "--check")
    assert (well.code, well.out, well.err) == (0, "", "")
    with Archive(desk.archive) as archive:
        archive.db.table("alarms").insert(
            {
                "source_id": "morning",
                "kind": "empty",
                "since": "2026-11-20",
                "raised_at": "2026-11-20",
                "words": "7 of 7 pages gave no text; usual are at most 2%.",
                "advice": "Open one of the pages.",
                "evidence": json.dumps(["http://user:secret@morning.example/a"]),
            }
        )
    ill = desk.run("status", str(desk.archive), "--check")
    assert (ill.code, ill.err) == (3, "")
    assert ill.out.startswith("morning: empty since 2026-11-20: 7 of 7 pages gave no text")
    assert "secret" not in ill.out
    (row,) = json.loads(desk.run("status", str(desk.archive), "--check", "--json").out)
    assert row["source"] == "morning"


def feed_of(address: str) -> bytes:
    item = f"<item><title>Pier</title><link>{address}</link></item>"
    return f"<rss version='2.0'><channel><title>D</title>{item}</channel></rss>".encode()


@pytest.mark.parametrize(
    ("status", "target", "told"),
    [
        (301, "http://new.example/feed", True),
        (302, "http://daily.example/rss", False),
        pytest.param(308, "http://daily.example/rss", True, marks=pytest.mark.extra),
        pytest.param(301, "http://www.daily.example/feed", False, marks=pytest.mark.extra),
    ],
)
def test_a_feed_that_moved_for_good_is_told_until_its_new_address_is_followed(
    tmp_path: Path, status: int, target: str, told: bool
) -> None:
    with Web() as web:
        desk = Desk(tmp_path, web)  # type: ignore[arg-type]
        web.pages["http://daily.example/feed"] = (status, {"Location": target}, b"")
        web.pages[target] = feed_of("http://daily.example/pier")
        web.pages["http://daily.example/pier"] = page("New pier")
        seed = 'home = "http://daily.example/"\ndiscover = false\nfeeds = ["{}"]\n'
        desk.seed("daily.toml", seed.format("http://daily.example/feed"))
        for _ in range(2):
            assert desk.crawl().code == 0
        kinds = desk.column("SELECT kind FROM alarms WHERE until IS NULL")
        assert kinds == (["moved"] if told else [])
        checked = desk.run("status", str(desk.archive), "--check")
        assert checked.code == (3 if told else 0)
        if told:
            assert target in checked.out
            assert "seed file" in checked.out
        desk.seed("daily.toml", seed.format(target))
        desk.crawl()
        assert desk.column("SELECT kind FROM alarms WHERE until IS NULL") == []


def test_crawls_that_stopped_are_said() -> None:
    def crawl(at: datetime, exit_code: int = 0) -> CrawlEnd:
        return CrawlEnd(iso(at), iso(at), exit_code, "finished")

    hourly = [crawl(NOW - timedelta(hours=n)) for n in range(8)]
    assert find_crawl_trouble(hourly, NOW) is None
    stopped = find_crawl_trouble(hourly, NOW + timedelta(hours=20))
    assert stopped is not None
    assert "No crawl has ended for 20 hours" in stopped.words
    weekly = [crawl(NOW - timedelta(days=7 * n)) for n in range(8)]
    assert find_crawl_trouble(weekly, NOW + timedelta(days=8)) is None
    empty = find_crawl_trouble([crawl(NOW, exit_code=4)], NOW)
    assert empty is not None
    assert empty.words == "The last crawl could fetch nothing."
    assert find_crawl_trouble([], NOW)


def test_an_archive_without_alarms_is_read(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive.db") as archive:
        archive.db.execute("DROP TABLE alarms")
    assert read_alarms(open_for_reading(tmp_path / "archive.db").conn) == []


# --- coverage


def test_what_is_listed_is_held_or_has_its_reason(crawled: Desk) -> None:
    rows = crawled.rows("SELECT * FROM coverage")
    assert len({row["source_id"] for row in rows}) > 8
    for row in rows:
        parts = ("held", "not_article", "empty", "excluded", "gone", "failed", "pending")
        assert row["listed"] == sum(row[part] for part in parts), row
    urls = crawled.column("SELECT count(*) FROM urls WHERE via IS NOT 'alias'")[0]
    assert sum(row["listed"] for row in rows) == urls
    unexplained = "SELECT url FROM listed WHERE outcome NOT IN ('held', 'pending') AND reason IS NULL"
    assert crawled.column(unexplained) == []


def test_coverage_is_printed_by_source_and_by_day(crawled: Desk) -> None:
    result = crawled.run("coverage", str(crawled.archive), "--days", "9000")
    assert result.code == 0, result.err
    lines = result.out.splitlines()
    assert lines[0].split()[:3] == ["source", "listed", "held"]
    assert len(lines) > 8
    one = crawled.run("coverage", str(crawled.archive), "--source", "morning", "--days", "9000").out
    assert one.startswith("day")
    assert "robots.txt forbids it" in one
    rows = json.loads(crawled.run("coverage", str(crawled.archive), "--json", "--days", "9000").out)
    listed = {name: number for name, number, *_ in map(str.split, lines[1:])}
    assert {row["source_id"] for row in rows["coverage"]} == {name for name in listed if listed[name] != "0"}
    assert listed["storm"] == "0", "a source that listed nothing is named"
    assert crawled.run("coverage", str(crawled.archive), "--source", "nobody").code == 2
