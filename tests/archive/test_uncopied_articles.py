"""Articles whose pages ask for no copy: their changes are told from the texts alone, and never ours as the publisher's."""

from __future__ import annotations

from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from pipelines.archive.admin.erase import erase
from pipelines.archive.database import Archive, open_for_reading
from pipelines.archive.intake import Intake, find_article
from pipelines.archive.records import Task
from pipelines.archive.search.match import Filters
from pipelines.archive.search.search import search
from pipelines.archive.views.article import read_article
from pipelines.archive.views.changes import read_changes
from pipelines.fetched_pages import FetchedPage
from pipelines.items import Hints, Page
from pipelines.url_results import url_result
from pipelines.work import extract_and_pack
from tests.restless import HOME, LAYOUTS, P1, P4, page_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipelines.archive.views.changes import Change

STORY = "http://paper.example/2026/11/23/ferry-to-sail-hourly"
META = '<meta name="robots" content="noarchive">'
BODY = page_of("paragraph")(1)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive.db") as opened:
        row = {"id": "paper", "home": HOME, "name": "Paper", "language": "en", "country": ""}
        opened.sources.save([row], "2026-11-23T06:00:00.000+00:00")
        yield opened


@pytest.fixture
def look(archive: Archive) -> Callable[..., str]:
    """A look at STORY as a crawl takes it, without the fetching: worker, WARC file and writer. Each is an hour later."""
    hours = count(7)

    def look_at(body: str, asks: bool = True, at: str = "") -> str:
        hour = next(hours)
        at = at or f"2026-11-{23 + hour // 24}T{hour % 24:02}:00:00.000+00:00"
        article_id = find_article(archive.db, STORY)[1]
        body = body.replace("<head>", f"<head>{META}") if asks else body
        assert (META in body) is asks
        page = Page(
            url=STORY,
            body=body.encode(),
            source_id="paper",
            headers=(("Content-Type", "text/html; charset=utf-8"),),
            fetched_at=at,
            home=HOME,
        )
        held = archive.articles.get_previous_capture(article_id, archive.path) if article_id else None
        intake = Intake(archive, archive.crawls.start(at, [], 0, "test", "0"), at)
        task = Task(0, "paper", STORY, Hints(), article_id=article_id)
        intake.add(url_result(FetchedPage(task, page), extract_and_pack(page, held)))
        return intake.flush()[0].outcome

    return look_at


def changes(archive: Archive) -> tuple[Change, ...]:
    with closing(open_for_reading(archive.path)) as db:
        return read_changes(db.conn).changes


def the_article(archive: Archive) -> dict[str, Any]:
    [row] = archive.rows("SELECT * FROM articles")
    return row


def read_by_other_rules(archive: Archive, text: str = "Much less.") -> None:
    """As if an older version had read another text from the page held."""
    archive.db.execute("UPDATE articles SET text = ?, content_hash = 'x', extractor = 'clippings-0'", [text])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_twenty_looks_at_a_page_that_is_never_the_same(
    archive: Archive, look: Callable[..., str], layout: str
) -> None:
    page = page_of(layout)
    assert [look(page(n)) for n in range(21)] == ["new"] + ["unchanged"] * 20
    assert archive.rows("SELECT id FROM revisions UNION ALL SELECT id FROM captures") == []
    assert look(page(21).replace("Three boats", "Two boats")) == "revised"


def test_a_change_is_told_from_the_texts_and_keeps_its_time(
    archive: Archive, look: Callable[..., str]
) -> None:
    later = BODY.replace(P4, P4 + " A fifth boat may follow.")
    assert [look(BODY), look(later), look(later), look(later)] == ["new", "revised", "unchanged", "unchanged"]
    [change] = changes(archive)
    assert (change.kinds, change.at[:13]) == (("text",), "2026-11-23T08")
    assert archive.rows("SELECT * FROM captures") == []
    row = the_article(archive)
    assert (row["rights"], row["revision"], row["capture_id"]) == ("noarchive", 2, None)


def test_newer_rules_alone_make_no_revision(archive: Archive, look: Callable[..., str]) -> None:
    look(BODY)
    read_by_other_rules(archive)
    assert look(BODY) == "unchanged"
    row = the_article(archive)
    assert (row["revision"], P4 in row["text"], row["revised_at"]) == (1, True, None)
    assert archive.rows("SELECT * FROM revisions") == []
    assert changes(archive) == ()
    assert search(archive.path, "boats", Filters(changed=True)).total == 0
    assert search(archive.path, "boats").total == 1
    [kept] = archive.rows("SELECT * FROM unexplained_versions")
    assert (kept["text"], kept["revision"], kept["extractor"]) == ("Much less.", 1, "clippings-0")
    assert (kept["seen_at"][:13], kept["replaced_at"][:13]) == ("2026-11-23T07", "2026-11-23T08")
    # Once more by the same rules: nothing is left to explain.
    assert look(BODY) == "unchanged"
    assert archive.rows("SELECT count(*) AS n FROM unexplained_versions") == [{"n": 1}]


def test_rules_that_find_the_same_words_leave_nothing_to_explain(
    archive: Archive, look: Callable[..., str]
) -> None:
    look(BODY)
    today = the_article(archive)["extractor"]
    archive.db.execute("UPDATE articles SET extractor = 'clippings-0'")
    assert look(BODY) == "unchanged"
    assert the_article(archive)["extractor"] == today
    assert archive.rows("SELECT * FROM unexplained_versions") == []


def test_what_the_publisher_changes_before_and_after_newer_rules_is_told_apart(
    archive: Archive, look: Callable[..., str]
) -> None:
    look(BODY)
    second = BODY.replace("Three boats", "Two boats")
    assert look(second) == "revised"
    read_as = the_article(archive)["text"]
    read_by_other_rules(archive, f"{read_as}\n\nA line that older rules kept.")
    assert look(second) == "unchanged"
    assert look(second.replace("Two boats", "Nine boats")) == "revised"
    assert [change.number for change in changes(archive)] == [3, 2]
    with closing(open_for_reading(archive.path)) as db:
        article = read_article(db.conn, 1)
    assert article is not None
    first, middle, last = article.versions
    assert "Three boats" in first.text
    assert "A line that older rules kept." in article.as_first_seen(middle).text
    assert "A line that older rules kept." not in middle.text
    assert "Two boats" in middle.text
    assert "Nine boats" in article.as_first_seen(last).text
    assert [one.revision for one in article.unexplained] == [2]


def test_from_a_copy_to_none_and_back(archive: Archive, look: Callable[..., str]) -> None:
    look(BODY, asks=False)
    # The wish comes: the copy that was allowed stays, a new one is not made.
    assert look(BODY) == "unchanged"
    row = the_article(archive)
    assert (row["rights"], row["capture_id"]) == ("noarchive", 1)
    # A change is compared with that copy, by the same rules; the version after it has none.
    read_by_other_rules(archive)
    changed = BODY.replace("Three boats", "Two boats")
    assert look(changed) == "revised"
    assert the_article(archive)["capture_id"] is None
    [old] = archive.rows("SELECT * FROM revisions")
    assert (old["capture_id"], "Three boats" in old["text"], old["change"]) == (1, True, '["text"]')
    # The wish goes: the next copy is of the words held, and is theirs.
    assert look(changed, asks=False) == "unchanged"
    row = the_article(archive)
    assert (row["rights"], row["capture_id"]) == (None, 2)
    assert len(archive.rows("SELECT * FROM captures")) == 2
    assert archive.rows("SELECT * FROM unexplained_versions") == []
    assert len(changes(archive)) == 1


def test_replay_leaves_articles_alone_that_have_no_copy_of_a_version(
    archive: Archive, look: Callable[..., str]
) -> None:
    look(BODY, asks=False)
    look(BODY.replace("Three boats", "Two boats"))
    # As if all had been read by older rules, which today's would read otherwise.
    archive.db.execute("UPDATE revisions SET text = text || ' More.'")
    before = archive.rows("SELECT text FROM articles UNION ALL SELECT text FROM revisions")
    archive.close()
    result = CliRunner().invoke(cli, ["replay", str(archive.path), "-s", "EXTRACT_WORKERS=1"])
    assert result.exit_code == 0, result.output
    assert "1 article was left unchanged" in result.output
    with closing(open_for_reading(archive.path)) as db:
        sql = "SELECT text FROM articles UNION ALL SELECT text FROM revisions"
        assert list(db.query(sql)) == before


def test_forget_takes_unexplained_versions_along(archive: Archive, look: Callable[..., str]) -> None:
    look(BODY)
    read_by_other_rules(archive, "Words that a publisher wants gone.")
    look(BODY)
    assert erase(archive, url=STORY).articles == 1
    assert archive.rows("SELECT * FROM unexplained_versions") == []
    archive.close()
    for file in archive.path.parent.glob("archive.db*"):
        assert b"wants gone" not in file.read_bytes()


def test_a_page_older_than_the_last_look_is_no_change(archive: Archive, look: Callable[..., str]) -> None:
    look(BODY)
    look(BODY.replace("Three boats", "Two boats"))
    assert look(BODY, at="2026-11-23T07:30:00.000+00:00") == "unchanged"
    row = the_article(archive)
    assert ("Two boats" in row["text"], row["revision"], P1 in row["text"]) == (True, 2, True)
