"""Revisions: made when the publisher changed the article, and only then."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pipelines import timestamps
from pipelines.archive.database import Archive
from pipelines.archive.intake import Intake, find_article
from pipelines.archive.records import Task
from pipelines.decisions.recrawl import next_recheck
from pipelines.decisions.revisions import RevisionMemory, compare, judge
from pipelines.extraction.notices import is_notice
from pipelines.fetched_pages import FetchedPage
from pipelines.items import Article, Hints, Page
from pipelines.url_results import url_result
from pipelines.work import extract_and_pack
from tests.conftest import Desk
from tests.restless import HOME, LAYOUTS, P1, P2, P3, P4, PROSE, TEASERS, page_of
from tests.web import Web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def article(*blocks: str, title: str = "Ferry to sail hourly") -> Article:
    return Article(url="http://paper.example/ferry", title=title, text="\n\n".join(blocks))


def looks(first: Article, *others: Article, links: tuple[str, ...] = ()) -> list[tuple[str, ...] | None]:
    """The kinds of each revision made in a row of looks; None where none was."""
    held, memory, found = first, RevisionMemory(), []
    hashes = [first.text + first.title]
    for now in others:
        verdict = judge(compare(held, now, links), memory, now.text + now.title, hashes)
        memory = verdict.memory
        found.append(verdict.kinds if verdict.revised else None)
        if verdict.revised:
            held = now
            hashes.append(now.text + now.title)
    return found


BASE = article(P1, P2, P3)


@pytest.mark.parametrize(
    ("now", "kinds"),
    [
        (article(P1, P2, P3, title="Ferry to sail every two hours"), ("headline",)),
        (article(P1, P2, P3, P4), ("text",)),
        (article(P1, P3), ("text",)),
        (article(P1, P2.replace("Three", "Two"), P3), ("text",)),
        (
            article(P1, P2, P3, "Correction: the boats were hired for the summer, not the winter."),
            ("text", "correction"),
        ),
        (
            article(P1, P2, P3, "정정: 이 기사의 이전 판에 잘못된 수치가 있어 바로잡습니다."),
            ("text", "correction"),
        ),
        (
            article(P1, P2, P3, "An earlier version of this article gave the wrong pier.", title="Other"),
            ("headline", "text", "correction"),
        ),
        (article(P1, P2, P3, title="5 boats for the islands"), ("headline",)),
    ],
)
def test_what_the_publisher_changed_is_seen_at_once(now: Article, kinds: tuple[str, ...]) -> None:
    assert looks(BASE, now) == [kinds]


def test_one_figure_in_a_headline_or_a_sentence_counts() -> None:
    one = article(P1, "At 10:30 the fire had taken 3 lives, the police said.", title="3 dead in fire")
    assert looks(
        one, article(P1, "At 10:30 the fire had taken 5 lives, the police said.", title="3 dead in fire")
    ) == [("text",)]
    assert looks(
        one, article(P1, "At 10:30 the fire had taken 3 lives, the police said.", title="5 dead in fire")
    ) == [("headline",)]


@pytest.mark.parametrize(
    "line",
    [
        "Updated {n}:{n}5",
        "Monday 23 November 2026, 1{n}:05:3{n} pm",
        "{n} minutes ago",
        "vor {n} Stunden",
        "{n} мин. назад | Просмотров: 10{n}4",
        "{n}시간 전",
        "1,20{n} views",
        "This article was read 1,20{n} times by our readers.",
        "조회 1{n}2",
        "10{n}",
    ],
)
def test_clocks_and_counters_are_no_change(line: str) -> None:
    versions = [article(P1, line.format(n=n), P2, P3) for n in range(1, 8)]
    assert looks(versions[0], *versions[1:]) == [None] * 6


@pytest.mark.parametrize("rotating", [TEASERS, PROSE], ids=["headlines", "sentences"])
@pytest.mark.parametrize("place", [1, 4])
def test_a_rotating_box_is_no_change(rotating: list[str], place: int) -> None:
    def version(n: int) -> Article:
        blocks = [P1, P2, P3, P4]
        blocks.insert(place, rotating[n % len(rotating)])
        return article(*blocks)

    assert looks(version(0), *(version(n) for n in range(1, 21))) == [None] * 20


def test_a_box_that_goes_to_and_fro_is_no_change() -> None:
    versions = [article(P1, TEASERS[n % 2], P2) for n in range(20)]
    assert looks(versions[0], *versions[1:]) == [None] * 19


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("mark", ["", "- "], ids=["paragraphs", "list"])
def test_a_box_of_several_of_which_some_change_is_no_change(step: int, mark: str) -> None:
    def version(n: int) -> Article:
        return article(P1, P2, *(mark + PROSE[(n * step + k) % 5] for k in range(3)), P3, P4)

    assert looks(version(0), *(version(n) for n in range(1, 21))) == [None] * 20


def test_blocks_that_change_places_are_no_change_until_they_stay() -> None:
    now = article(P1, P3, P2)
    assert looks(BASE, now, now) == [None, ("text",)]


def test_a_list_that_grows_is_a_change_at_every_look() -> None:
    versions = [article(P1, *(f"- {line}" for line in PROSE[:n]), P2) for n in (1, 2, 3, 5)]
    assert looks(versions[0], *versions[1:]) == [("text",)] * 3


def test_a_paragraph_that_goes_and_another_rewritten_is_a_change_at_once() -> None:
    assert looks(article(P1, P2, P3), article(P2.replace("Three", "Two"), P3)) == [("text",)]


def test_a_real_change_beside_a_rotating_box_is_seen() -> None:
    versions = [article(P1, TEASERS[n % 5], P2, P3) for n in range(6)]
    changed = article(P1, TEASERS[1], P2, P3, P4)
    assert looks(versions[0], *versions[1:], changed) == [None] * 5 + [("text",)]


def test_a_short_change_that_stays_is_made_at_the_second_look() -> None:
    now = article(P1, "## A new heading", P2, P3)
    assert looks(BASE, now, now) == [None, ("text",)]


def test_the_text_of_links_is_no_change() -> None:
    now = article(P1, P4, P2, P3)
    assert looks(BASE, now, links=(P4,)) == [None]


def test_headlines_on_trial_make_no_more_than_the_first_return() -> None:
    a, b = article(P1, P2, title="One headline"), article(P1, P2, title="Another headline")
    assert looks(a, *[b, a] * 6) == [("headline",), ("headline",)] + [None] * 10


def test_there_is_a_last_revision() -> None:
    versions = [article(P1, f"Number {n} of the lottery was drawn at night. " + P2) for n in range(40)]
    assert sum(kinds is not None for kinds in looks(versions[0], *versions[1:])) == 24


@pytest.mark.parametrize(
    "notice",
    [
        "Clarification: the company is not listed.",
        "In einer früheren Fassung dieses Artikels stand eine falsche Zahl.",
        "Rectificatif : le maire a été élu en 2020.",
        "Fe de errata: la cifra era otra.",
        "Поправка: в прежней версии была указана неверная цифра.",
        "تصحيح رقم 1: ورد في نسخة سابقة من هذا المقال رقم غير صحيح.",
        "訂正1：この記事の以前の版に誤った数値がありました。",
        "更正1：本文此前版本中的一个数字有误。",
        "바로잡습니다: 수치가 틀렸습니다.",
    ],
)
def test_notices_are_known_in_many_languages(notice: str) -> None:
    assert is_notice(notice)


@pytest.mark.parametrize(
    "text", [P1, "The correctional facility was closed.", "Die Korrespondentin war vor Ort."]
)
def test_other_sentences_are_no_notices(text: str) -> None:
    assert not is_notice(text)


def test_next_look() -> None:
    recheck = (timedelta(hours=1), timedelta(hours=6), timedelta(days=30))
    found = "2026-11-01T00:00:00.000+00:00"
    assert next_recheck(found, "2026-11-01T00:10:00.000+00:00", recheck) == "2026-11-01T01:00:00.000+00:00"
    assert next_recheck(found, "2026-11-01T07:00:00.000+00:00", recheck) == "2026-12-01T00:00:00.000+00:00"
    assert next_recheck(found, "2026-12-02T00:00:00.000+00:00", recheck) is None
    assert next_recheck(found, found, ()) is None


# --- through the real thing


def test_edits_of_the_newspaper_make_one_revision_each(desk: Desk) -> None:
    desk.follow("morning", "tagblatt", "ilbo", "plaza")
    desk.crawl()
    make_due(desk)
    urls = desk.column("SELECT url FROM urls WHERE state = 'due' AND article_id IS NOT NULL ORDER BY id")
    held = {key_of(url): url for url in urls}
    edited = [url for url in desk.newspaper.articles() if key_of(url) in held][:8]
    for n, url in enumerate(edited):
        desk.newspaper.revise(url, "title" if n % 2 else "text")
    desk.newspaper.forget()
    desk.crawl()
    rows = desk.rows(
        "SELECT a.url, r.title AS old_title, a.title, r.text AS old, a.text AS new, r.change, a.revision,"
        " r.capture_id AS old_capture, a.capture_id FROM revisions r JOIN articles a ON a.id = r.article_id"
    )
    assert {key_of(row["url"]) for row in rows} == {key_of(url) for url in edited}
    assert len(rows) == len(edited)
    for row in rows:
        n = [key_of(url) for url in edited].index(key_of(row["url"]))
        assert json.loads(row["change"]) == (["headline"] if n % 2 else ["text", "correction"])
        assert (row["old_title"] != row["title"]) is bool(n % 2)
        assert (row["old"] != row["new"]) is not bool(n % 2)
        assert row["revision"] == 2
        assert row["old_capture"] != row["capture_id"]
    desk.assert_adds_up()
    # and once more, with nothing changed: 304 for every page that has validators
    before = len(rows)
    desk.newspaper.forget()
    desk.run("fetch", str(desk.archive), "-s", "DOWNLOAD_DELAY=0", *urls)
    # An article whose last page is missing is looked at in full: that page may be there now.
    unfinished = desk.column("SELECT url FROM articles WHERE continues_at IS NOT NULL")
    (stem,) = {url.removesuffix(".html").partition(".example")[2] for url in unfinished}
    asked = {
        r["status"]
        for r in desk.newspaper.log()
        if r["path"] != "/robots.txt" and not r["path"].startswith(stem)
    }
    assert asked - {301} == {304}  # one listed address leads to another
    assert len(desk.rows("SELECT * FROM revisions")) == before
    desk.assert_adds_up()


def make_due(desk: Desk) -> None:
    """As if the hour until the first look at every article had passed."""
    with Archive(desk.archive) as archive:
        archive.db.execute(
            "UPDATE urls SET due_at = '2026-01-01' WHERE state = 'due' AND article_id IS NOT NULL"
        )


def key_of(url: str) -> str:
    from pipelines.urls.normalize import key

    return key(url)


def test_articles_are_looked_at_again_when_they_are_due_and_after_what_is_new(desk: Desk) -> None:
    desk.follow("plaza")
    desk.crawl()
    make_due(desk)
    due = desk.rows("SELECT url, due_at, found_at FROM urls WHERE article_id IS NOT NULL AND state = 'due'")
    assert len(due) > 5
    fresh = desk.newspaper.publish("plaza.example")
    desk.newspaper.forget()
    desk.crawl()
    asked = [f"http://{r['host']}{r['path']}" for r in desk.newspaper.log()]
    asked = [url for url in asked if key_of(url) in {key_of(row["url"]) for row in due} | {key_of(fresh)}]
    assert key_of(asked[0]) == key_of(fresh)
    assert len(asked) == len(due) + 1
    desk.newspaper.forget()
    desk.crawl()  # the next look is an hour away
    assert not [
        r for r in desk.newspaper.log() if key_of(f"http://{r['host']}{r['path']}") in map(key_of, asked)
    ]
    desk.assert_adds_up()


def test_a_source_may_leave_its_articles_alone(desk: Desk) -> None:
    desk.seed("plaza.toml", 'home = "http://plaza.example/"\n')
    desk.crawl()
    assert desk.column("SELECT count(*) FROM urls WHERE state = 'due' AND article_id IS NOT NULL") != [0]
    desk.seed("plaza.toml", 'home = "http://plaza.example/"\nrecheck = []\n')
    desk.crawl()
    assert desk.column("SELECT count(*) FROM urls WHERE state = 'due' AND article_id IS NOT NULL") == [0]
    desk.assert_adds_up()


def test_gone_articles_stay(desk: Desk) -> None:
    desk.follow("plaza")
    desk.crawl()
    first, second = desk.newspaper.articles("plaza.example")[:2]
    desk.newspaper.remove(first)
    path = second.split("/", 3)[3]
    desk.newspaper.fault(f"redirect to=http://plaza.example/ path={path[:20]}")
    desk.run("fetch", str(desk.archive), "-s", "DOWNLOAD_DELAY=0", first, second)
    rows = desk.rows("SELECT url, text, gone_at FROM articles WHERE gone_at IS NOT NULL")
    assert {key_of(row["url"]) for row in rows} == {key_of(first), key_of(second)}
    assert all(row["text"] for row in rows)
    assert {outcome for outcome, _ in desk.outcomes().values()} == {"gone"}
    desk.newspaper.heal()
    desk.run("fetch", str(desk.archive), "-s", "DOWNLOAD_DELAY=0", second)
    assert [key_of(u) for u in desk.column("SELECT url FROM articles WHERE gone_at IS NOT NULL")] == [
        key_of(first)
    ]


STORY = "http://paper.example/2026/11/23/ferry-to-sail-hourly"


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[tuple[Web, Desk]]:
    with Web() as web:
        desk = Desk(tmp_path, web)  # type: ignore[arg-type]
        desk.seed("paper.toml", f'home = "{HOME}"\n')
        yield web, desk


def look(desk: Desk, *urls: str) -> None:
    result = desk.run("fetch", str(desk.archive), "-s", "DOWNLOAD_DELAY=0", *(urls or [STORY]))
    assert result.code == 0, result.err


@pytest.mark.parametrize("layout", LAYOUTS)
def test_twenty_looks_at_a_page_with_a_clock_and_a_rotating_box(tmp_path: Path, layout: str) -> None:
    page = page_of(layout)
    with Archive(tmp_path / "archive.db") as archive:
        archive.sources.save(
            [{"id": "paper", "home": HOME, "name": "Paper", "language": "en", "country": ""}],
            timestamps.now(),
        )
        outcomes = [look_in_process(archive, page(count)) for count in range(21)]
        assert outcomes == ["new"] + ["unchanged"] * 20
        assert archive.rows("SELECT * FROM revisions") == []
        assert len({row["sha256"] for row in archive.rows("SELECT sha256 FROM captures")}) == 21
        # and an edit, once the guard has learned the place, is still seen
        assert look_in_process(archive, page(21).replace("Three boats", "Two boats")) == "revised"


def look_in_process(archive: Archive, body: str) -> str:
    """What a look at STORY brings: worker, WARC file and writer as in a crawl, without the fetching."""
    now = timestamps.now()
    article_id = find_article(archive.db, STORY)[1]
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    page = Page(url=STORY, body=body.encode(), source_id="paper", headers=headers, fetched_at=now, home=HOME)
    before = (
        archive.articles.get_previous_capture(article_id, archive.path) if article_id is not None else None
    )
    intake = Intake(archive, archive.crawls.start(now, [], 0, "test", "0"), now)
    settled = url_result(
        FetchedPage(Task(0, "paper", STORY, Hints(), article_id=article_id), page),
        extract_and_pack(page, before),
    )
    return [*intake.add(settled), *intake.flush()][0].outcome


def test_a_crawl_of_pages_with_a_clock_and_rotating_boxes(paper: tuple[Web, Desk]) -> None:
    web, desk = paper
    pages = {f"{HOME}2026/11/23/{layout}": page_of(layout) for layout in LAYOUTS}
    web.pages.update(pages)
    for _ in range(4):
        result = desk.run("fetch", str(desk.archive), "-s", "DOWNLOAD_DELAY=0", *pages)
        assert result.code == 0, result.err
    assert [web.asked.count((url, 200)) for url in pages] == [4] * len(pages)
    assert desk.column("SELECT count(*) FROM revisions") == [0]
    assert desk.column("SELECT count(*) FROM captures") == [4 * len(pages)]
    assert Counter(desk.column("SELECT outcome FROM outcomes")) == {"new": 5, "unchanged": 15}


def test_better_extraction_alone_makes_no_revision(paper: tuple[Web, Desk]) -> None:
    web, desk = paper
    web.pages[STORY] = lambda count: page_of("paragraph")(1)
    look(desk)
    old = desk.rows("SELECT text FROM articles")[0]["text"]
    # As if an older version had read another text from the same page.
    with Archive(desk.archive) as archive:
        archive.db.execute(
            "UPDATE articles SET text = 'Much less.', content_hash = 'x', extractor = 'clippings-0'"
        )
    look(desk)
    assert desk.column("SELECT count(*) FROM revisions") == [0]
    # and when the publisher changes it as well, the old version is shown as today's rules read it
    before = page_of("paragraph")(1)
    web.pages[STORY] = lambda count: before.replace(P4, P4 + " A fifth boat may follow.")
    look(desk)
    rows = desk.rows(
        "SELECT r.text AS old, a.text AS new FROM revisions r JOIN articles a ON a.id = r.article_id"
    )
    assert len(rows) == 1
    assert P4 in rows[0]["old"]
    assert "A fifth boat" in rows[0]["new"]
    assert "A fifth boat" not in rows[0]["old"]
    assert P1 in old


def test_without_its_captures_an_article_is_compared_as_it_is_held(paper: tuple[Web, Desk]) -> None:
    web, desk = paper
    body = page_of("paragraph")(1)
    web.pages[STORY] = lambda count: body
    look(desk)
    (desk.folder / "warc").rename(desk.folder / "elsewhere")
    look(desk)
    assert desk.column("SELECT count(*) FROM revisions") == [0]
    web.pages[STORY] = lambda count: body.replace(P4, "")
    look(desk)
    assert desk.column("SELECT count(*) FROM revisions") == [1]


HOUSE = "The Harbour Paper is printed on two floors and read on three islands by whoever comes home at night."
BOX = "Order The Harbour Paper here"
SUBJECTS = ["lighthouse", "bakery", "orchestra", "glacier", "vineyard", "turbine"]


def story_of(subject: str, house: str = HOUSE) -> str:
    """A page of a site that ends every story with a note and, under a heading, a line that recurs too."""
    return (
        f"<html lang=en><head><title>Report on the {subject}</title></head><body><article>"
        f"<h1>Report on the {subject}</h1>"
        f"<p>Nobody had expected the {subject} to draw a crowd of that size on a morning as cold as this one.</p>"
        f"<p>By noon people stood around the {subject} in four rows, and the last of them could see nothing.</p>"
        f"<p>What is to become of the {subject} will be decided in spring, said those who had come to decide it.</p>"
        f"<h3>About this paper</h3><p>{house}</p><p>{BOX}</p></article></body></html>"
    )


@pytest.mark.parametrize("captures", ["kept", "moved away"])
def test_what_site_memory_learns_makes_no_revision(paper: tuple[Web, Desk], captures: str) -> None:
    """Learning cleans stored texts; the next look must not take that for the publisher's doing.

    Nor a person's veto, after which pages hold a line again that stored texts have lost.
    """
    web, desk = paper
    urls = [STORY.replace("ferry", subject) for subject in SUBJECTS]
    for number, (url, subject) in enumerate(zip(urls, SUBJECTS, strict=True)):
        body = story_of(subject, HOUSE.upper() if number == 0 else HOUSE)
        web.pages[url] = lambda count, body=body: body
    look(desk, urls[0])
    look(desk, *urls[1:])
    assert set(desk.column("SELECT text FROM boilerplate")) == {"About this paper", HOUSE}
    texts = desk.column("SELECT text FROM articles ORDER BY id")
    assert all(text.endswith("said those who had come to decide it.") for text in texts)
    if captures == "moved away":
        (desk.folder / "warc").rename(desk.folder / "elsewhere")
    look(desk, *urls)
    assert desk.column("SELECT count(*) FROM revisions") == [0]
    veto(desk, HOUSE)
    look(desk, *urls)
    assert desk.column("SELECT count(*) FROM revisions") == [0]
    # and the publisher's own change of a vetoed line's page is still seen
    changed = story_of(SUBJECTS[0]).replace("in four rows", "in five rows")
    web.pages[urls[0]] = lambda count: changed
    look(desk, urls[0])
    assert desk.column("SELECT count(*) FROM revisions") == [1]


def veto(desk: Desk, line: str) -> None:
    from pipelines.archive.database import Archive

    with Archive(desk.archive) as archive, archive.db.atomic():
        archive.db.execute("UPDATE boilerplate SET vetoed = 1 WHERE text = ?", [line])
