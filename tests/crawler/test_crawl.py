"""The main job through the real thing: a crawl as a process, against a newspaper as a process."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from pipelines.urls.normalize import host_of, key
from tests.conftest import ROOT, Desk
from tests.newspaper.client import Newspaper

if TYPE_CHECKING:
    from pathlib import Path


def held_keys(desk: Desk) -> set[str]:
    return {key(url) for url in desk.column("SELECT url FROM articles")} | set(
        desk.column("SELECT key FROM urls WHERE article_id IS NOT NULL")
    )


def outcome_of(desk: Desk, url: str) -> str:
    """The outcome in the last crawl, by whatever form of the URL was found."""
    return {key(found): outcome for found, (outcome, _) in desk.outcomes().items()}[key(url)]


def pages_asked(newspaper: Newspaper) -> list[str]:
    """Article URLs that were sent in full."""
    wanted = {key(url) for url in newspaper.articles()}
    urls = [f"http://{r['host']}{r['path']}" for r in newspaper.log() if r["status"] == 200]
    return [url for url in urls if key(url) in wanted]


def test_homes_alone_bring_in_every_article(crawled: Desk) -> None:
    wanted = crawled.newspaper.articles()
    held = held_keys(crawled)
    missing = [url for url in wanted if key(url) not in held]
    outcomes = crawled.outcomes()
    assert [(url, outcomes.get(url)) for url in missing] == []
    assert len(wanted) > 40
    crawled.assert_adds_up()


def test_what_came_in_is_what_was_printed(crawled: Desk) -> None:
    rows = {key(row["url"]): row for row in crawled.rows("SELECT * FROM articles")}
    titles = dates = total = 0
    for url in crawled.newspaper.articles():
        row, truth = rows.get(key(url)), crawled.newspaper.truth(url)
        if row is None:
            continue  # the second address of an article whose first is held
        total += 1
        titles += row["title"] == truth["title"]
        dates += bool(row["published_at"]) and row["published_at"][:10] == truth["published_at"][:10]
        assert row["word_count"] > 20, url
        assert truth["paragraphs"][1].split(". ")[0][:40] in row["text"], url
    assert titles / total > 0.9
    assert dates / total > 0.8


def test_robots_txt_is_obeyed(crawled: Desk) -> None:
    asked = [f"http://{r['host']}{r['path']}" for r in crawled.newspaper.log()]
    refused = [
        url for url, (outcome, reason) in crawled.outcomes().items() if reason == "robots.txt forbids it"
    ]
    assert refused
    assert not set(refused) & set(asked)


def test_who_we_are_is_said_in_every_request(desk: Desk) -> None:
    desk.follow("morning")
    desk.crawl("-s", "CONTACT=desk@library.example")
    agents = {request["user_agent"] for request in desk.newspaper.log()}
    assert len(agents) == 1
    assert "Clippings" in agents.copy().pop()
    assert "desk@library.example" in agents.pop()


def test_a_second_crawl_fetches_only_what_is_new(desk: Desk) -> None:
    desk.follow()
    desk.crawl()
    fresh = desk.newspaper.publish("morning.example")
    desk.newspaper.forget()
    second = desk.crawl()
    assert second.out == ""
    assert [key(url) for url in pages_asked(desk.newspaper)] == [key(fresh)]
    statuses = defaultdict(int)
    for request in desk.newspaper.log():
        statuses[request["status"]] += 1
    assert statuses[304] > 10
    assert outcome_of(desk, fresh) == "new"
    desk.assert_adds_up()


def test_every_host_is_asked_at_its_own_pace(desk: Desk) -> None:
    with Newspaper(crawl_delay=0.6) as slow:
        desk.newspaper = slow
        desk.follow()
        desk.run("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=0.3", "--since", "2d")
        times = defaultdict(list)
        for request in slow.log():
            times[request["host"]].append(request["monotonic"])
    gaps = {host: min(b - a for a, b in pairwise(at[1:])) for host, at in times.items() if len(at) > 3}
    assert len(gaps) > 5
    # The server notes when a request has arrived, so two may seem a little closer than they were sent.
    assert min(gaps.values()) > 0.2
    assert sum(gap > 0.5 for gap in gaps.values()) > 3


def test_retry_after_is_kept(desk: Desk) -> None:
    desk.follow("morning")
    url = desk.newspaper.articles("morning.example")[0]
    desk.newspaper.fault(f"status code=503 retry_after=3 path={path_of(url)} times=1")
    desk.crawl()
    log = [r for r in desk.newspaper.log() if r["host"] == "morning.example"]
    refused = next(n for n, r in enumerate(log) if r["status"] == 503)
    assert log[refused + 1]["monotonic"] - log[refused]["monotonic"] >= 2.9
    assert outcome_of(desk, url) == "new"


def test_a_rest_too_long_for_this_crawl_defers_the_source(desk: Desk) -> None:
    desk.follow("morning")
    desk.newspaper.fault("status code=429 retry_after=90000 host=morning.example path=^/.*/.")
    result = desk.crawl()
    assert result.code in (3, 4)
    assert "asks to come back in 90000 s" in result.err
    asked = [r for r in desk.newspaper.log() if r["status"] == 429]
    assert len(asked) == 1
    desk.assert_adds_up()


def test_a_delay_too_long_for_a_crawl_is_kept_all_the_same(desk: Desk) -> None:
    with Newspaper(crawl_delay=5000) as slow:
        desk.newspaper = slow
        desk.follow("morning")
        result = desk.crawl()
        asked = [r["path"] for r in slow.log() if r["host"] == "morning.example"]
    assert asked == ["/robots.txt"]
    assert "asks for 5000 s between requests" in result.err
    desk.assert_adds_up()


def path_of(url: str) -> str:
    """A pattern for the fault rules that fits this URL alone."""
    return f"^/{re.escape(url.split('/', 3)[3])}"


def test_one_slow_host_holds_up_nobody(desk: Desk) -> None:
    desk.follow("morning", "tagblatt", "vestnik")
    desk.newspaper.fault("latency ms=700 host=tagblatt.example path=.")
    desk.crawl()
    last = {}
    for n, request in enumerate(desk.newspaper.log()):
        last[request["host"]] = n
    after = sum(
        1 for request in desk.newspaper.log()[max(last["morning.example"], last["vestnik.example"]) + 1 :]
    )
    assert after > 10  # the slow host was still being read long after the others were done


def test_kill_9_loses_and_doubles_nothing(desk: Desk) -> None:
    desk.follow()
    wanted = desk.newspaper.articles()
    process = desk.start("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=0.02", start_new_session=True)
    deadline = time.monotonic() + 60
    while len(pages_asked(desk.newspaper)) < 20 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    desk.crawl()
    assert {key(url) for url in wanted} <= held_keys(desk)
    assert desk.column("SELECT url FROM articles GROUP BY url HAVING count(*) > 1") == []
    assert desk.column("SELECT reason FROM crawls ORDER BY id") == ["killed", "finished"]
    desk.assert_adds_up()


def test_sigterm_ends_a_crawl_and_defers_the_rest(desk: Desk) -> None:
    desk.follow()
    process = desk.start("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=0.2")
    deadline = time.monotonic() + 60
    while len(pages_asked(desk.newspaper)) < 8 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=40)
    # An interrupted crawl says so, and is not all well.
    assert process.returncode == 3
    assert "the crawl was interrupted; the next one goes on from here" in errors
    ended = desk.run("status", str(desk.archive)).out
    assert "interrupted" in ended
    assert "all well" not in ended
    assert "The last crawl was interrupted" in desk.run("status", str(desk.archive), "--check").out
    assert {outcome for outcome, _ in desk.outcomes().values()} >= {"new", "deferred"}
    assert ("deferred", "interrupted") in desk.outcomes().values()
    desk.assert_adds_up()
    desk.crawl()
    assert {key(url) for url in desk.newspaper.articles()} <= held_keys(desk)


def test_a_second_crawl_of_the_same_archive_stops_with_75(desk: Desk) -> None:
    desk.follow("morning")
    first = desk.start("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=1")
    lock = desk.archive.with_name("archive.db.lock-holder")
    deadline = time.monotonic() + 60
    while not lock.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    second = desk.crawl()
    first.kill()
    first.communicate()
    assert second.code == 75
    assert f"process {first.pid}" in second.err


def test_the_window_counts_what_it_leaves_out(desk: Desk) -> None:
    desk.follow("morning")
    desk.crawl("--since", "12h")
    narrow = len(desk.column("SELECT url FROM articles"))
    outside = desk.column("SELECT outside_window FROM crawls")[0]
    desk.crawl("--since", "12h")
    desk.crawl("--since", "20y")
    assert outside > 0
    # Each URL once, and only those that were left out: the newspaper lists most of them in three places.
    assert outside <= len(desk.newspaper.articles("morning.example")) + 20
    assert desk.column("SELECT outside_window FROM crawls WHERE id > 1") == [0, 0]
    assert len(desk.column("SELECT url FROM articles")) > narrow
    desk.assert_adds_up()


def test_a_limit_defers_the_rest_which_stays_owed(desk: Desk) -> None:
    desk.seed("morning.toml", 'home = "http://morning.example/"\nlimit = 3\n')
    desk.crawl()
    outcomes = [outcome for outcome, _ in desk.outcomes().values()]
    assert len([o for o in outcomes if o != "deferred"]) == 3
    assert "deferred" in outcomes
    desk.assert_adds_up()
    before = len(desk.column("SELECT url FROM urls WHERE state = 'due' AND article_id IS NULL"))
    desk.crawl()
    assert len(desk.column("SELECT url FROM urls WHERE state = 'due' AND article_id IS NULL")) == before - 3


def test_ignored_urls_are_excluded_with_the_reason(desk: Desk) -> None:
    desk.newspaper.articles("morning.example")
    desk.seed("morning.toml", 'home = "http://morning.example/"\nignore_urls = ["*"]\n')
    desk.crawl()
    outcomes = set(desk.outcomes().values())
    assert {outcome for outcome, _ in outcomes} == {"excluded"}
    assert desk.column("SELECT url FROM articles") == []


def test_sources_fail_alone_and_say_so_in_a_line(desk: Desk) -> None:
    desk.follow("morning")
    desk.seed("broken.toml", "home = ")
    desk.seed("nowhere.toml", 'home = "http://nowhere.invalid/"\n')
    result = desk.crawl()
    assert result.code == 3
    assert result.out == ""
    lines = result.err.strip().splitlines()
    assert len(lines) == 2
    assert any("broken.toml" in line for line in lines)
    assert any(line.startswith("nowhere: ") for line in lines)
    assert desk.column("SELECT count(*) FROM articles")[0] > 3


def test_nothing_fetched_is_code_4(desk: Desk) -> None:
    desk.seed("nowhere.toml", 'home = "http://nowhere.invalid/"\n')
    assert desk.crawl().code == 4


def test_no_seeds_is_an_error_with_the_remedy(desk: Desk) -> None:
    result = desk.crawl()
    assert result.code == 1
    assert "Error:" in result.err


def test_the_log_has_a_line_for_every_outcome(crawled: Desk) -> None:
    log = crawled.archive.with_suffix(".log").read_text(encoding="utf-8")
    for url, (outcome, _) in crawled.outcomes().items():
        if outcome != "deferred":
            assert f"[clippings] {outcome} " in log
            assert url in log


def test_scrapy_crawl_news_does_the_same(desk: Desk) -> None:
    desk.follow("morning")
    arguments = [f"archive={desk.archive}", f"seeds={desk.seeds}"]
    command = [sys.executable, "-m", "scrapy", "crawl", "news", "-s", "DOWNLOAD_DELAY=0"]
    for argument in arguments:
        command += ["-a", argument]
    environment = {**os.environ, "http_proxy": desk.newspaper.proxy}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=120)
    assert {key(url) for url in desk.newspaper.articles("morning.example")} <= held_keys(desk)
    desk.assert_adds_up()


def test_hosts_keep_their_own_articles(crawled: Desk) -> None:
    homes = {row["id"]: row["home"] for row in crawled.rows("SELECT id, home FROM sources")}
    for row in crawled.rows("SELECT source_id, url FROM articles"):
        assert host_of(row["url"]).removeprefix("m.").removeprefix("www.") in host_of(homes[row["source_id"]])


def test_the_lists_in_cells_are_json(crawled: Desk) -> None:
    for row in crawled.rows("SELECT authors, tags FROM articles"):
        assert isinstance(json.loads(row["authors"]), list)
        assert isinstance(json.loads(row["tags"]), list)


@pytest.mark.parametrize("name", ["archive.db", "a folder with blanks/über.db"])
def test_archives_may_have_any_name(desk: Desk, name: str, tmp_path: Path) -> None:
    desk.follow("morning")
    desk.archive = tmp_path / name
    desk.archive.parent.mkdir(exist_ok=True)
    assert desk.crawl().code == 0
