"""What publishers changed: noted with its words when it is stored, searched, read by days, forgotten and merged."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import ExitStack, closing
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from pipelines.archive.admin.erase import erase
from pipelines.archive.database import Archive
from pipelines.archive.intake import Intake, find_article
from pipelines.archive.merge.changes import Event, find_repeated
from pipelines.archive.merge.merge import merge
from pipelines.archive.records import Task, UrlResult
from pipelines.archive.search.query import parse, split_query
from pipelines.archive.search.search import NO_FILTERS, search
from pipelines.archive.search.timeline import read_timeline
from pipelines.archive.tables.changes import rebuild_changes
from pipelines.archive.views.changes import ChangeFilters, PageOfDay, iterate_changes, read_changes
from pipelines.fetched_pages import FetchedPage
from pipelines.items import Hints, Outcome, Page
from pipelines.url_results import url_result
from pipelines.work import extract_and_pack
from tests.restless import HOME, P1, P2, P3, P4

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipelines.archive.views.changes import Change

FERRY = "http://paper.example/2026/11/23/ferry-to-sail-hourly"
BRIDGE = "http://paper.example/2026/11/23/bridge-is-closed"
JAPANESE = "http://paper.example/2026/11/23/kawa"


def page_body(
    *blocks: str, title: str = "Ferry to sail hourly", author: str = "Ann Lee", date: str = "2026-11-20"
) -> str:
    text = "".join(f"<p>{block}</p>" for block in blocks)
    data = (
        f'{{"@type": "NewsArticle", "headline": "{title}", "datePublished": "{date}T09:00:00+00:00",'
        f' "author": {{"@type": "Person", "name": "{author}"}}}}'
    )
    return (
        f'<html lang="en"><head><title>{title}</title><script type="application/ld+json">{data}</script></head>'
        f"<body><article><h1>{title}</h1>{text}</article></body></html>"
    )


class Looks:
    """An archive and looks at pages as a crawl takes them, without the fetching; each is a day later."""

    def __init__(self, path: Path) -> None:
        self.archive = Archive(path)
        row = {"id": "paper", "home": HOME, "name": "Paper", "language": "en", "country": ""}
        self.archive.sources.save([row], "2026-11-23T06:00:00.000+00:00")
        self.days = count(1)

    def __call__(self, body: str, url: str = FERRY, day: int = 0) -> str:
        at = f"2026-12-{day or next(self.days):02}T07:00:00.000+00:00"
        article_id = find_article(self.archive.db, url)[1]
        task = Task(0, "paper", url, Hints(), article_id=article_id)
        if not body:
            return self.store(UrlResult(task, at, Outcome.GONE, "404"), at)
        page = Page(
            url=url,
            body=body.encode(),
            source_id="paper",
            headers=(("Content-Type", "text/html; charset=utf-8"),),
            fetched_at=at,
            home=HOME,
        )
        held = (
            self.archive.articles.get_previous_capture(article_id, self.archive.path) if article_id else None
        )
        return self.store(url_result(FetchedPage(task, page), extract_and_pack(page, held)), at)

    def store(self, result: UrlResult, at: str) -> str:
        intake = Intake(self.archive, self.archive.crawls.start(at, [], 0, "test", "0"), at)
        intake.add(result)
        return intake.flush()[0].outcome

    def changes(self, **filters: Any) -> list[Change]:
        return list(iterate_changes(self.archive.db.conn, ChangeFilters(**filters)))


@pytest.fixture
def open_looks(tmp_path: Path) -> Iterator[Callable[[str], Looks]]:
    with ExitStack() as opened:

        def make(name: str) -> Looks:
            looks = Looks(tmp_path / name)
            opened.callback(looks.archive.close)
            return looks

        yield make


@pytest.fixture
def look(open_looks: Callable[[str], Looks]) -> Looks:
    return open_looks("archive.db")


def take_story(look: Looks) -> None:
    """Nine looks at an article: two versions, another byline and date, gone and back, and looks without a change."""
    three = P2.replace("Three", "Seven")
    assert look(page_body(P1, P2, P3)) == "new"
    assert look(page_body(P1, P2, P3)) == "unchanged"
    assert look(page_body(P1, three, P3)) == "revised"
    assert look(page_body(P1, three, P3, author="Bo Ek")) == "unchanged"
    assert look(page_body(P1, three, P3, author="Bo Ek", date="2026-11-25")) == "unchanged"
    assert look("") == "gone"
    assert look("") == "gone"
    notice = "Correction: an earlier version of this article gave the wrong number of boats."
    assert (
        look(page_body(P1, three, P3, notice, title="Ferry to sail daily", author="Bo Ek", date="2026-11-25"))
        == "revised"
    )
    assert (
        look(page_body(P1, three, P3, notice, title="Ferry to sail daily", author="Bo Ek", date="2026-11-25"))
        == "unchanged"
    )


def test_every_change_is_noted_with_its_kinds_and_words(look: Looks) -> None:
    take_story(look)
    made = look.changes()[::-1]
    assert [(change.kinds, change.number, change.at[8:10]) for change in made] == [
        (("text",), 2, "03"),
        (("byline",), 0, "04"),
        (("date",), 0, "05"),
        (("gone",), 0, "06"),
        (("headline", "text", "correction"), 3, "08"),
        (("back",), 0, "08"),
    ]
    assert [(change.removed, change.added) for change in made[:3]] == [
        ("Three", "Seven"),
        ("Ann Lee", "Bo Ek"),
        ("2026-11-20T09:00:00+00:00", "2026-11-25T09:00:00+00:00"),
    ]
    corrected = made[4]
    assert (corrected.old_title, corrected.title) == ("Ferry to sail hourly", "Ferry to sail daily")
    assert [place.kind for place in corrected.places] == ["headline", "correction"]
    [row] = look.archive.rows("SELECT authors, published_at, revision FROM articles")
    assert row == {"authors": '["Bo Ek"]', "published_at": "2026-11-25T09:00:00+00:00", "revision": 3}
    # Made anew from the versions, those that led to versions are the same.
    before = [change for change in made if change.number]
    with look.archive.db.atomic():
        rebuild_changes(look.archive.db)
    again = [change for change in look.changes()[::-1] if change.number]
    assert [(c.kinds, c.number, c.at, c.added, c.removed, c.places, c.title) for c in again] == [
        (c.kinds, c.number, c.at, c.added, c.removed, c.places, c.title) for c in before
    ]


def test_a_byline_that_changes_at_every_look_is_noted_a_few_times_only(look: Looks) -> None:
    for number in range(12):
        look(page_body(P1, P2, author=f"Author {'ab'[number % 2]}"))
    assert len(look.changes(kinds=("byline",))) == 4


def test_changes_are_narrowed_and_searched(look: Looks) -> None:
    take_story(look)
    look(page_body(P1, P4, title="Bridge is closed"), BRIDGE, day=2)
    look(page_body(P1, P4.replace("boats", "trams"), title="Bridge is closed"), BRIDGE, day=20)
    assert len(look.changes(kinds=("headline", "gone"))) == 2
    assert [change.at[8:10] for change in look.changes(since="2026-12-05", until="2026-12-06")] == [
        "06",
        "05",
    ]
    assert [change.added for change in look.changes(query="seven")] == ["Seven"]
    assert [change.title for change in look.changes(query="title:daily")] != []
    assert look.changes(query="nothinghasthis") == []
    assert look.changes(source=("nobody",)) == []
    found = read_changes(look.archive.db.conn, ChangeFilters(query="author:Lee"))
    assert (found.changes, "narrow them by source" in found.problem) == ((), True)


def test_pages_are_of_whole_days_and_lead_to_each_other(look: Looks) -> None:
    take_story(look)
    db = look.archive.db.conn
    every = look.changes()
    seen: list[Change] = []
    at, places = PageOfDay(""), []
    while True:
        page = read_changes(db, at=at, limit=2)
        places.append(at)
        seen += page.changes
        if page.earlier is None:
            break
        at = page.earlier
    assert seen == every
    assert [place.day for place in places] == ["", "2026-12-06", "2026-12-04"]
    assert page.later == PageOfDay("2026-12-06")
    assert read_changes(db, at=PageOfDay("2026-12-06"), limit=2).later == PageOfDay("")
    one = read_changes(db, limit=1)
    assert one.earlier == PageOfDay("2026-12-08", 2)
    assert read_changes(db, at=PageOfDay("2026-12-08", 2), limit=1).later == PageOfDay("2026-12-08", 1)
    assert dict(read_changes(db).days) == {"2026-12-08": 2, **{f"2026-12-0{day}": 1 for day in (3, 4, 5, 6)}}


def test_old_versions_are_found_and_say_which_they_are(look: Looks, tmp_path: Path) -> None:
    take_story(look)
    kawa = "市長は橋の建設費が三百万円になると述べた。住民は反対している。来年の末までに完成する予定だと担当者が説明した。"
    look(page_body(kawa, title="橋の建設"), JAPANESE, day=10)
    look(page_body(kawa.replace("三百万", "四百万"), title="橋の建設"), JAPANESE, day=11)
    path = look.archive.path
    assert search(path, "three boats").total == 0
    [hit] = search(path, "three boats in:versions").hits
    assert (hit.version, hit.revision, hit.headline) == (1, 3, "Ferry to sail hourly")
    assert "Three" in [text for text, marked in hit.snippet if marked]
    [hit] = search(path, '"三百万円" in:versions').hits
    assert (hit.version, hit.url) == (1, JAPANESE)
    assert any(marked for _, marked in hit.snippet)
    [hit] = search(path, "seven in:versions").hits
    assert hit.version == 0
    assert search(path, "title:hourly author:Bo in:versions").total == 1
    assert search(path, "(author:nobody OR hourly) in:versions").hits[0].version == 2
    assert search(path, "three NOT boats in:versions").total == 0
    with closing(sqlite3.connect(path)) as db:
        assert read_timeline(db, "title:hourly in:versions", NO_FILTERS).total == 1
    done = CliRunner().invoke(cli, ["search", str(path), "hourly", "--versions"])
    assert "in version 2 of 3, archived 2026-12-03" in done.output
    assert "1 article" in done.output


def test_the_words_of_in_versions() -> None:
    assert split_query("harbour in:versions ferry") == ("harbour ferry", True, False)
    assert split_query('"in:versions x"') == ('"in:versions x"', False, False)
    assert parse("harbour IN:VERSION").versions
    assert parse("in:versions").problem == "in:versions stands beside the words to look for."
    assert "searches superseded versions" in parse("in:old harbour").problem


def test_what_is_forgotten_is_in_no_index(look: Looks) -> None:
    take_story(look)
    erase(look.archive, FERRY)
    assert look.archive.rows("SELECT id FROM changes UNION ALL SELECT id FROM revisions") == []
    for index in ("_versions_fts", "_changes_fts"):
        look.archive.db.execute(f"INSERT INTO {index} ({index}) VALUES ('integrity-check')")
        sql = f"SELECT rowid FROM {index} WHERE {index} MATCH 'three OR seven OR ferry'"
        assert look.archive.db.execute(sql).fetchall() == []
    assert b"Seven" not in look.archive.path.read_bytes()


def test_a_merge_brings_changes_and_old_words(open_looks: Callable[[str], Looks], tmp_path: Path) -> None:
    one, two = open_looks("one.db"), open_looks("two.db")
    take_story(one)
    two(page_body(P1, P2, P3), day=1)
    two("", day=7)
    two(page_body(P1, P4, title="Bridge is closed"), BRIDGE, day=2)
    two(page_body(P1, P4.replace("boats", "trams"), title="Bridge is closed"), BRIDGE, day=20)
    kinds = []
    for target, shard in ((one, two), (two, one)):
        copy = tmp_path / f"into-{target.archive.path.name}"
        with closing(sqlite3.connect(copy)) as db:
            target.archive.db.conn.backup(db)
        with Archive(copy) as archive:
            merge(archive, shard.archive.path, {})
            made = iterate_changes(archive.db.conn)
            kinds.append([(c.url, c.at, c.kinds, c.number, c.added, c.removed, c.source) for c in made])
            assert archive.rows("PRAGMA foreign_key_check") == []
        assert search(copy, "three in:versions").total == 1
        assert search(copy, "boats in:versions").hits[0].url in (FERRY, BRIDGE)
    assert sorted(kinds[0]) == sorted(kinds[1])
    assert len(kinds[0]) == 7


def test_changes_are_exported_with_their_words(look: Looks, tmp_path: Path) -> None:
    take_story(look)
    path, target = str(look.archive.path), tmp_path / "changes.jsonl"
    done = CliRunner().invoke(cli, ["export", path, "--changes", "--since", "2026-12-03", "-o", str(target)])
    assert done.exit_code == 0, done.output
    assert "6 changes" in done.output
    rows = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert [(row["kinds"], row["removed"]) for row in rows][-1] == (["text"], "Three")
    assert rows[-1]["old_text"].replace("Three", "Seven") == rows[-1]["text"]
    done = CliRunner().invoke(cli, ["export", path, "seven", "--changes"])
    [row] = csv.DictReader(io.StringIO(done.output.removeprefix("\ufeff")))
    assert (row["added"], row["removed"]) == ("Seven", "Three")
    for words in (
        ["--changes", "--versions"],
        ["--changes", "--language", "en"],
        ["--changes", "--format", "ris"],
    ):
        done = CliRunner().invoke(cli, ["export", path, *words])
        assert (done.exit_code, "Error: --changes is" in done.output) == (1, True), done.output


def test_of_events_that_two_archives_saw_the_earlier_counts() -> None:
    events = [
        Event(1, 7, "2026-12-01", "gone", "", ""),
        Event(2, 7, "2026-12-02", "byline", "Bo", "Ann"),
        Event(3, 7, "2026-12-03", "gone", "", ""),
        Event(4, 7, "2026-12-04", "back", "", ""),
        Event(5, 7, "2026-12-05", "gone", "", ""),
        Event(6, 7, "2026-12-06", "byline", "Bo", "Ann"),
        Event(7, 8, "2026-12-06", "gone", "", ""),
    ]
    assert find_repeated(events) == [3, 6]
