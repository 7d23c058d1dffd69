"""Bad input from the web: each ends in an outcome that says what was wrong, and the crawl goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import pytest

from pipelines.urls.normalize import key
from tests.conftest import ROOT, Desk
from tests.crawler.test_crawl import held_keys, path_of
from tests.newspaper.client import Newspaper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

HOST = "morning.example"


def outcome_with(desk: Desk, fault: str, *options: str) -> tuple[str, str]:
    """Crawl a site on which one article has this fault; (outcome, reason) of that article."""
    desk.follow("morning")
    url = desk.newspaper.articles(HOST)[0]
    desk.newspaper.fault(f"{fault} path={path_of(url)}")
    desk.crawl("-s", "DOWNLOAD_TIMEOUT=3", "-s", "RETRY_TIMES=1", *options)
    desk.assert_adds_up()
    others = {key(u) for u in desk.newspaper.articles(HOST) if u != url}
    assert others <= held_keys(desk), "a fault on one page cost another"
    found = {key(u): (outcome, reason or "") for u, (outcome, reason) in desk.outcomes().items()}
    return found[key(url)]


class Case(NamedTuple):
    """A fault of a page, the outcome of that page, and words in the outcome's reason."""

    fault: str
    outcome: str
    words: str


CASES = [
    Case("status code=404", "gone", "404"),
    Case("status code=410", "gone", "410"),
    Case("status code=403", "failed", "403"),
    Case("status code=451", "excluded", "legal"),
    Case("status code=500", "failed", "500"),
    Case("hang", "failed", "in time"),
    Case("reset", "failed", "broke off"),
    Case("truncate", "failed", "broke off"),
    Case("slow bps=50", "failed", "in time"),
    Case("huge mb=200", "failed", "larger than the limit"),
    Case("redirect", "failed", "endless redirects"),
    Case("badgzip", "new", ""),
    Case("bomb", "empty", ""),
    Case("empty", "empty", ""),
    Case("binary", "not_article", ""),
    Case("charset declare=iso-8859-1", "new", ""),
    Case("headers", "new", ""),
    Case("length", "failed", "broke off"),
    Case("redirect to=http://tagblatt.example/", "excluded", "another site"),
    Case(
        "redirect to=http://169.254.169.254/latest/meta-data",
        "excluded",
        "169.254.169.254 is a private address",
    ),
]
HOSTS = [HOST, "daily.hangang.example", "vestnik.example"]
MOVED = "midnight-bin-lorry"
"""A page that is listed under its older address, so that its outcome is not under its own."""


class Faulted(NamedTuple):
    """One crawl of three sites on which each case befell a page of its own."""

    desk: Desk
    ends: dict[Case, tuple[str, str]]
    well: set[str]


@pytest.fixture(scope="module")
def faulted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulted]:
    with Newspaper(crawl_delay=0) as paper:
        desk = Desk(tmp_path_factory.mktemp("faults"), paper)
        desk.follow("morning", "hangang", "vestnik")
        urls = [url for host in HOSTS for url in paper.articles(host) if MOVED not in url]
        ill = dict(zip(CASES, urls, strict=False))
        assert len(ill) == len(CASES), "the sites have too few articles"
        for case, url in ill.items():
            paper.fault(f"{case.fault} host={urlsplit(url).hostname} path={path_of(url)}")
        desk.crawl("-s", "DOWNLOAD_TIMEOUT=3", "-s", "RETRY_TIMES=1", "-s", "HOST_FAILURES_MAX=99")
        found = {key(url): (outcome, reason or "") for url, (outcome, reason) in desk.outcomes().items()}
        ends = {case: found[key(url)] for case, url in ill.items()}
        yield Faulted(desk, ends, {key(url) for url in urls} - {key(url) for url in ill.values()})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.fault)
def test_a_fault_on_a_page_has_its_outcome(faulted: Faulted, case: Case) -> None:
    outcome, reason = faulted.ends[case]
    assert outcome == case.outcome, reason
    assert case.words in reason
    assert reason or outcome == "new"


def test_a_fault_on_a_page_costs_no_other(faulted: Faulted) -> None:
    assert faulted.well
    assert faulted.well <= held_keys(faulted.desk)
    faulted.desk.assert_adds_up()


def test_redirects_never_lead_to_private_addresses(faulted: Faulted) -> None:
    assert not [r for r in faulted.desk.newspaper.log() if r["host"] == "169.254.169.254"]


@pytest.mark.parametrize(
    "fault",
    [
        "html path=^/feeds/",
        pytest.param("malformed path=^/feeds/", marks=pytest.mark.extra),
        pytest.param("status code=500 path=^/feeds/", marks=pytest.mark.extra),
    ],
)
def test_a_broken_feed_costs_only_what_it_alone_names_and_that_until_it_is_well(
    desk: Desk, fault: str
) -> None:
    desk.follow("morning")
    desk.newspaper.fault(f"{fault} host={HOST}")
    first = desk.crawl()
    desk.assert_adds_up()
    assert first.code == 3
    assert "/feed" in first.err
    wanted = {key(url) for url in desk.newspaper.articles(HOST)}
    only_there = {key(url) for url in desk.newspaper.articles(HOST) if "harbour-wall" in url}
    assert wanted - only_there <= held_keys(desk)
    desk.newspaper.heal()
    desk.crawl()
    assert wanted <= held_keys(desk)


def test_a_listed_feed_that_is_html_is_named(desk: Desk) -> None:
    desk.seed("morning.toml", f'home = "http://{HOST}/"\nfeeds = ["http://{HOST}/"]\n')
    result = desk.crawl()
    assert result.code in (3, 4)
    assert "not a feed" in result.err


def test_a_robots_txt_that_fails_defers_everything(desk: Desk) -> None:
    desk.follow("storm")
    result = desk.crawl()
    assert result.code == 4
    assert "robots.txt answered 500" in result.err
    asked = {r["path"] for r in desk.newspaper.log() if r["host"] == "storm.example"}
    assert asked == {"/robots.txt"}


def test_a_failed_page_is_tried_again_later_and_then_given_up(desk: Desk) -> None:
    assert outcome_with(desk, "status code=500")[0] == "failed"
    row = desk.rows("SELECT state, attempts, due_at, found_at FROM urls WHERE attempts > 0")[0]
    assert (row["state"], row["attempts"]) == ("due", 1)
    assert row["due_at"] > row["found_at"]
    desk.newspaper.forget()
    desk.crawl()
    assert all(r["status"] != 500 for r in desk.newspaper.log()), "it was not left alone"


def test_no_network_is_one_line_a_source_and_code_4(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.follow("morning", "vestnik")
    url, desk.newspaper.url = desk.newspaper.url, "http://127.0.0.1:9"
    try:
        result = desk.crawl()
    finally:
        desk.newspaper.url = url
    assert result.code == 4
    assert len(result.err.strip().splitlines()) == 2


def test_a_full_disk_ends_the_crawl_with_the_remedy_and_loses_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.follow("morning")
    desk.crawl("--since", "1h")
    wanted = {key(url) for url in desk.newspaper.articles(HOST)}
    # A limit on the size of any file the process writes is what a full disk looks like to SQLite.
    room = 60_000
    code = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))"
    code += "; import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"
    code += "; from crawler.cli import main; main()"
    environment = {**os.environ, "http_proxy": desk.newspaper.proxy, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, "crawl", str(desk.archive), "--seeds", str(desk.seeds)]
    full = subprocess.run(
        [*command, "-s", "DOWNLOAD_DELAY=0"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert full.returncode == 1
    assert full.stderr.startswith("Error: ")
    assert "disk" in full.stderr
    desk.crawl()
    assert wanted <= held_keys(desk)
    desk.assert_adds_up()
