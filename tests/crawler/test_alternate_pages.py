"""Pages that print nothing without JavaScript: their article at the AMP or print address that they name."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pipelines.extraction.alternate_pages import AMP, PRINT, AlternatePage, find_alternate
from pipelines.items import Page
from tests.conftest import ROOT
from tests.web import Web

if TYPE_CHECKING:
    from pathlib import Path

HOME = "http://daily.example"
BASE = f"{HOME}/news/ferry"
NAMES = ("amp", "print", "lost", "barred", "elsewhere", "both-empty", "whole")


def page(title: str, body: str, head: str = "") -> str:
    return f"<html lang=en><head><title>{title} | The Daily</title>{head}</head><body><div id=root></div>{body}</body></html>"


def text(title: str, name: str) -> str:
    lines = "".join(
        f"<p>{title}: in year {n} the ferry carried {n * 37} people over the sound.</p>" for n in range(9)
    )
    return page(
        title,
        f"<article><h1>{title}</h1>{lines}</article>",
        f'<link rel=canonical href="{HOME}/news/{name}">',
    )


def amp(name: str) -> str:
    return f'<link rel="amphtml" href="/amp/{name}">'


def fill(web: Web) -> None:
    items = "".join(f"<item><title>{name}</title><link>{HOME}/news/{name}</link></item>" for name in NAMES)
    feed = f"<rss version='2.0'><channel><title>D</title>{items}</channel></rss>"
    tagged = {"ETag": '"of-amp"'}
    web.pages |= {
        f"{HOME}/robots.txt": (200, {"Content-Type": "text/plain"}, "User-agent: *\nDisallow: /amp/barred\n"),
        f"{HOME}/feed": (200, {"Content-Type": "application/rss+xml"}, feed),
        f"{HOME}/news/amp": page("The ferry is back", "", amp("amp")),
        f"{HOME}/amp/amp": (200, tagged, text("The ferry is back", "amp")),
        f"{HOME}/news/print": page(
            "The pier is closed", "", '<link rel="alternate" media="print" href="/print/print">'
        ),
        f"{HOME}/print/print": text("The pier is closed", "print"),
        f"{HOME}/news/lost": page("Lost", "", amp("lost")),
        f"{HOME}/news/barred": page("Barred", "", amp("barred")),
        f"{HOME}/amp/barred": text("Barred", "barred"),
        f"{HOME}/news/elsewhere": page("Elsewhere", "", amp("elsewhere")),
        f"{HOME}/amp/elsewhere": (302, {"Location": "http://other.example/story"}, ""),
        "http://other.example/story": text("Elsewhere", "elsewhere"),
        f"{HOME}/news/both-empty": page("Both empty", "", amp("both-empty")),
        f"{HOME}/amp/both-empty": page("Both empty", ""),
        f"{HOME}/news/whole": text("The quay is new", "whole").replace("<head>", f"<head>{amp('whole')}"),
        f"{HOME}/amp/whole": text("The quay is new", "whole"),
    }


class Crawled(NamedTuple):
    archive: Path
    asked: list[str]

    def rows(self, sql: str) -> list[tuple[str, ...]]:
        db = sqlite3.connect(self.archive)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    folder = tmp_path_factory.mktemp("alternate")
    (folder / "seeds").mkdir()
    (folder / "seeds" / "daily.toml").write_text(f'home = "{HOME}/"\nfeeds = ["/feed"]\ndiscover = false\n')
    with Web() as web:
        fill(web)
        environment = {"http_proxy": web.proxy, "no_proxy": "", "PYTHONPATH": str(ROOT)}
        command = [
            sys.executable,
            "-m",
            "crawler",
            "crawl",
            "archive.db",
            "-s",
            "DOWNLOAD_DELAY=0",
            "-s",
            "RETRY_TIMES=0",
        ]
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        asked = [url for url, _ in web.asked]
    return Crawled(folder / "archive.db", asked)


def test_the_article_is_read_where_the_page_says_that_it_stands(crawled: Crawled) -> None:
    articles = dict(crawled.rows("SELECT url, text FROM articles"))
    assert sorted(articles) == [f"{HOME}/news/amp", f"{HOME}/news/print", f"{HOME}/news/whole"]
    assert all("in year 8" in words for words in articles.values())
    captures = dict(
        crawled.rows("SELECT a.url, c.url FROM articles a JOIN captures c ON c.id = a.capture_id")
    )
    assert captures[f"{HOME}/news/amp"] == f"{HOME}/amp/amp"


def test_the_outcome_says_so(crawled: Crawled) -> None:
    outcomes = {
        url.rpartition("/")[2]: (outcome, reason or "")
        for url, outcome, reason in crawled.rows("SELECT url, outcome, reason FROM outcomes")
    }
    assert len(outcomes) == len(NAMES)
    assert outcomes["amp"] == ("new", f"read at its AMP address, {HOME}/amp/amp: the page itself has no text")
    assert outcomes["print"][1].startswith("read at its print address")
    assert outcomes["whole"] == ("new", "")
    for name, words in {
        "lost": "its AMP page: answered 404",
        "barred": "its AMP page: robots.txt forbids",
        "elsewhere": "its AMP page: leads elsewhere",
        "both-empty": "its AMP page: ",
    }.items():
        outcome, reason = outcomes[name]
        assert outcome == "empty", name
        assert words in reason, name
    assert crawled.rows("SELECT found, (SELECT count(*) FROM outcomes) FROM crawls") == [
        (len(NAMES), len(NAMES))
    ]


def test_no_page_with_text_is_asked_for_twice(crawled: Crawled) -> None:
    assert f"{HOME}/amp/whole" not in crawled.asked
    assert f"{HOME}/amp/barred" not in crawled.asked


def test_the_other_addresss_validators_are_not_the_pages(crawled: Crawled) -> None:
    assert crawled.rows("SELECT etag FROM urls WHERE url LIKE '%/news/amp'") == [(None,)]


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ('<link rel="amphtml" href="?amp=1">', AlternatePage(AMP, f"{BASE}?amp=1")),
        (
            '<link rel="alternate" media="print" href="/print"><link rel=amphtml href="/amp">',
            AlternatePage(AMP, f"{HOME}/amp"),
        ),
        ('<link rel="alternate" media="Print" href="/print">', AlternatePage(PRINT, f"{HOME}/print")),
        (
            '<link rel="amphtml" href="http://amp.daily.example/a">',
            AlternatePage(AMP, "http://amp.daily.example/a"),
        ),
        ('<link rel="amphtml" href="http://cdn.other.example/a">', None),
        (f'<link rel="amphtml" href="{BASE}">', None),
        ('<link rel="amphtml" href="">', None),
        ('<link rel="alternate" href="/feed" type="application/rss+xml">', None),
        ("", None),
    ],
)
def test_what_a_page_names(head: str, found: AlternatePage | None) -> None:
    html = f"<html><head>{head}</head><body></body></html>"
    assert find_alternate(Page(BASE, html.encode(), headers=(("Content-Type", "text/html"),))) == found
