"""Pages that a person asked for: the next crawl fetches them, follows nothing from there, and says what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crawler.run.wanted_pages import WantedPages, plan_wanted
from crawler.sources.model import Source
from pipelines.desk.database import Desk as DeskFile
from pipelines.desk.wanted_pages import (
    NextState,
    WantedPage,
    ask_for,
    check_address,
    forget_wanted,
    list_wanted,
    next_state,
    take_back,
)
from tests.conftest import Desk

if TYPE_CHECKING:
    from pathlib import Path

    from tests.newspaper.client import Newspaper

GUEST = "morning.example"


@pytest.fixture(scope="module")
def crawled_once(tmp_path_factory: pytest.TempPathFactory, press: Newspaper) -> Desk:
    """A crawl of one followed paper, with pages of it and of another asked for."""
    press.reset()
    desk = Desk(tmp_path_factory.mktemp("wanted"), press)
    desk.follow("hangang")
    [own, *_] = press.articles("daily.hangang.example")
    [guest, *_] = press.articles(GUEST)
    with DeskFile(desk.folder / "desk.db") as file:
        for url in (
            own,
            guest,
            f"http://{GUEST}/nothing-here",
            f"http://{GUEST}/members/x",
            "http://127.0.0.1/x",
        ):
            ask_for(file, "archive.db", url, by="ann", at="2026-11-20T00:00:00.000+00:00")
        ask_for(file, "another.db", guest, by="ann", at="2026-11-20T00:00:00.000+00:00")
    press.forget()
    done = desk.crawl("--since", "1h")
    assert done.code == 0, done.err
    return desk


def wanted(desk: Desk, archive: str = "archive.db") -> dict[str, WantedPage]:
    with DeskFile(desk.folder / "desk.db") as file:
        return {one.url: one for one in list_wanted(file.db, archive)}


def test_each_address_gets_its_outcome(crawled_once: Desk) -> None:
    found = wanted(crawled_once)
    press = crawled_once.newspaper
    for url in (press.articles("daily.hangang.example")[0], press.articles(GUEST)[0]):
        assert (found[url].state, found[url].outcome, found[url].asked_by) == ("done", "new", "ann")
        assert crawled_once.column(
            "SELECT a.id FROM articles a JOIN urls u ON u.article_id = a.id WHERE u.url = ?", url
        )
    assert (found[f"http://{GUEST}/nothing-here"].state, found[f"http://{GUEST}/nothing-here"].outcome) == (
        "given up",
        "gone",
    )
    closed = found[f"http://{GUEST}/members/x"]
    assert (closed.state, closed.outcome) == ("given up", "excluded")
    assert "robots.txt" in closed.reason
    private = found["http://127.0.0.1/x"]
    assert (private.state, private.outcome, private.reason) == (
        "given up",
        "excluded",
        "127.0.0.1 is a private address",
    )
    assert [one.state for one in wanted(crawled_once, "another.db").values()] == ["waiting"]


def test_nothing_else_of_that_site_is_asked_for_and_the_accounts_are_in_order(crawled_once: Desk) -> None:
    asked = {entry["path"] for entry in crawled_once.newspaper.log() if entry["host"] == GUEST}
    article = crawled_once.newspaper.articles(GUEST)[0].partition(GUEST)[2]
    assert asked == {"/robots.txt", article, "/nothing-here"}
    crawled_once.assert_adds_up()
    [followed] = crawled_once.column("SELECT id FROM sources WHERE followed")
    assert "hangang" in followed


def test_a_crawl_of_one_source_fetches_what_was_asked_for_on_its_site(crawled_once: Desk) -> None:
    """A page of another site waits for a crawl of all sources."""
    press = crawled_once.newspaper
    own, guest = press.articles("daily.hangang.example")[1], press.articles(GUEST)[1]
    with DeskFile(crawled_once.folder / "desk.db") as file:
        for url in (own, guest):
            ask_for(file, "archive.db", url, by="ann", at="2026-11-21T00:00:00.000+00:00")
    [followed] = crawled_once.column("SELECT id FROM sources WHERE followed")
    done = crawled_once.crawl("--since", "1h", "--source", followed)
    assert done.code == 0, done.err
    found = wanted(crawled_once)
    assert (found[own].state, found[own].outcome) == ("done", "new")
    assert (found[guest].state, found[guest].tries) == ("waiting", 0)


STATES = [
    ("new", 0, NextState("done", 1)),
    ("unchanged", 2, NextState("done", 3)),
    ("deferred", 2, NextState("waiting", 2)),
    ("failed", 0, NextState("waiting", 1)),
    ("failed", 2, NextState("given up", 3)),
    ("empty", 1, NextState("waiting", 2)),
    ("excluded", 0, NextState("given up", 1)),
    ("gone", 0, NextState("given up", 1)),
    ("not_article", 0, NextState("given up", 1)),
]


@pytest.mark.parametrize(("outcome", "tries", "then"), STATES)
def test_what_follows_from_an_outcome(outcome: str, tries: int, then: NextState) -> None:
    assert next_state(outcome, tries) == then


ADDRESSES = [
    ("https://a.example.org/x?id=1#top", "https://a.example.org/x?id=1", False),
    ("  a.example.org/x ", "https://a.example.org/x", False),
    ("HTTP://ann:secret@a.example.org/x", "http://a.example.org/x", True),
    ("http://home.internal:8080/x", "http://home.internal:8080/x", False),
    ("https://bücher.example/ü", "https://bücher.example/ü", False),
]


@pytest.mark.parametrize(("typed", "url", "had_login"), ADDRESSES)
def test_an_address_is_taken(typed: str, url: str, had_login: bool) -> None:
    assert check_address(typed, {"home.internal"}) == (url, had_login)


REFUSED = [
    ("", "Write the address"),
    ("javascript:alert(1)", "no web address"),
    ("file:///etc/passwd", "no web address"),
    ("ftp://a.example.org/", "no web address"),
    ("http://127.0.0.1/x", "public internet"),
    ("http://2130706433/", "public internet"),
    ("http://[::1]/", "public internet"),
    ("http://169.254.169.254/latest", "public internet"),
    ("http://localhost/", "public internet"),
    ("two words", "public internet"),
    ("http://ann@127.0.0.1/", "public internet"),
    ("http://a.example.org:22/", "usual ports"),
    ("https://" + "a" * 9000, "no web address"),
]


@pytest.mark.parametrize(("typed", "says"), REFUSED)
def test_an_address_is_refused_in_words(typed: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        check_address(typed)


def test_a_page_of_an_unknown_site_is_filed_under_its_host() -> None:
    followed = [
        Source(id="paper", home="https://www.paper.example/"),
        Source(id="own", home="http://10.0.0.5/"),
    ]
    plan = plan_wanted(
        [
            "https://m.paper.example/a",
            "https://other.example.org/b",
            "http://10.0.0.5/c",
            "http://10.0.0.6/d",
        ],
        followed,
    )
    assert plan.given[0] == ("paper", "https://m.paper.example/a")
    assert plan.given[2] == ("own", "http://10.0.0.5/c")
    assert [source.id for source in plan.guests] == [plan.given[1][0]]
    assert [one.url for one in plan.refused] == ["http://10.0.0.6/d"]


def test_a_page_goes_by_the_nearest_of_all_sources_where_some_alone_are_crawled() -> None:
    followed = [
        Source(id="paper", home="https://www.paper.example/"),
        Source(id="sport", home="https://sport.paper.example/"),
    ]
    urls = ["https://www.paper.example/a", "https://sport.paper.example/b", "https://other.example.org/c"]
    assert plan_wanted([*urls, "http://10.0.0.6/d"], followed, {"paper"}) == WantedPages(
        (("paper", "https://www.paper.example/a"),)
    )


def test_an_address_is_asked_for_once_again_after_it_was_given_up_and_can_be_taken_back(
    tmp_path: Path,
) -> None:
    url = "https://a.example.org/x"
    with DeskFile(tmp_path / "desk.db") as file:
        for at in ("2026-01-01", "2026-01-02"):
            ask_for(file, "archive.db", url, by="", at=at)
        [one] = list_wanted(file.db, "archive.db")
        assert one.asked_at == "2026-01-01"
        take_back(file, "archive.db", one.id)
        assert list_wanted(file.db, "archive.db") == []
        ask_for(file, "archive.db", url, by="", at="2026-01-03")
        assert forget_wanted(file, ["http://a.example.org/x?utm_source=x"]) == 1
        assert list_wanted(file.db, "archive.db") == []
