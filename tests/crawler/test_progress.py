"""What a crawl says while it runs: the line from the state, the state from a crawl, and a crawl that is cut off."""

from __future__ import annotations

import json
import signal
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from crawler.command_line.options import progress_form
from crawler.run.progress import HostPace, Sample
from crawler.run.progress_lines import (
    WIDTH,
    CrawlState,
    HostWork,
    Phase,
    plain_line,
    progress_json,
    progress_line,
    time_left,
)
from pipelines.items import Outcome

if TYPE_CHECKING:
    from tests.conftest import Desk

FOUR = timedelta(minutes=4, seconds=5)
COUNTS = {Outcome.NEW: 100, Outcome.FAILED: 20}
SLOW = (HostWork("fast.example", 100, 1.0), HostWork("slow.example", 60, 10.0))


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (CrawlState(Phase.STARTING), "0:00 starting"),
        (
            CrawlState(Phase.LISTINGS, timedelta(seconds=2), listings_left=4, waiting=("a", "b", "c", "d")),
            "0:02 reading listings: 0 read, 4 to come, waiting for a, b and 2 more",
        ),
        (
            CrawlState(
                Phase.LISTINGS, timedelta(seconds=9), listings_read=3, listings_left=1, waiting=("a",)
            ),
            "0:09 reading listings: 3 read, 1 to come, waiting for a",
        ),
        (
            CrawlState(Phase.LISTINGS, FOUR, 0, 60, listings_read=3, listings_left=1, hosts=SLOW),
            "4:05 [..........] 0/60 pages, listings: 3 read, 1 to come",
        ),
        (
            CrawlState(Phase.LISTINGS, FOUR, 30, 60, COUNTS, 58.4, 3, 1, hosts=SLOW),
            "4:05 [#####.....] 30/60 pages, listings: 3 read, 1 to come, 58/min",
        ),
        (
            CrawlState(Phase.PAGES, FOUR, 120, 400, COUNTS, 58.4, 9, hosts=SLOW),
            "4:05 [###.......] 120/400 pages, 58/min, 10 min left, slow.example has 60 to go",
        ),
        (
            CrawlState(Phase.PAGES, FOUR, 120, 400, COUNTS, hosts=(HostWork("s.example", 5, 2.0, 40.0),)),
            "4:05 [###.......] 120/400 pages, 50 s left, s.example asks for a pause of 40 s",
        ),
        (
            CrawlState(Phase.PAGES, FOUR, 120, 120, COUNTS),
            "4:05 [##########] 120/120 pages, 100 new, 20 failed",
        ),
        (CrawlState(Phase.PAGES, FOUR), "4:05 0/0 pages"),
        (
            CrawlState(Phase.STOPPING, FOUR, 7, 9, hosts=SLOW),
            "4:05 stopping: 7/9 pages, waiting for requests under way, 30 s at most",
        ),
        (CrawlState(Phase.ENDED, FOUR, 0, 0), "4:05 ended: 0/0 pages, nothing new"),
    ],
)
def test_the_line_of_a_state(state: CrawlState, line: str) -> None:
    assert progress_line(state)[: len(line)] == line
    assert len(progress_line(state)) <= WIDTH


@pytest.mark.parametrize("width", range(5, 200, 7))
def test_a_line_fits_and_ends_with_a_whole_part(width: int) -> None:
    state = CrawlState(Phase.PAGES, FOUR, 120, 400, COUNTS, 58.4, 9, hosts=SLOW)
    line = progress_line(state, width)
    assert len(line) <= max(width, len("4:05 [###.......]"))
    assert progress_line(state, 500).startswith(line)
    assert line.endswith(("]", "pages", "/min", "left", "to go", "failed"))


def test_a_plain_line_is_whole() -> None:
    state = CrawlState(Phase.PAGES, FOUR, 120, 400, COUNTS, 58.4, 9, 2, hosts=SLOW)
    assert plain_line(state) == (
        "4:05 120/400 pages, 58/min, at least 10 min left, slow.example has 60 to go, 100 new, 20 failed"
    )


def test_json_has_every_field() -> None:
    state = CrawlState(Phase.PAGES, FOUR, 120, 400, COUNTS, 58.44, 9, 1, ("a",), SLOW)
    assert progress_json(state, "2026-11-25T10:00:00.000+00:00") == {
        "at": "2026-11-25T10:00:00.000+00:00",
        "phase": "pages",
        "elapsed_seconds": 245.0,
        "pages_done": 120,
        "pages_total": 400,
        "pages_per_minute": 58.4,
        "seconds_left": 600.0,
        "listings_read": 9,
        "listings_left": 1,
        "waiting_for": ["a"],
        "slowest_host": {"host": "slow.example", "pages": 60, "seconds_a_page": 10.0, "pause": 0.0},
        "outcomes": {"new": 100, "failed": 20},
    }
    empty = progress_json(CrawlState(Phase.STARTING), "")
    assert (empty["pages_per_minute"], empty["seconds_left"], empty["slowest_host"]) == (None, None, None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3570, "1 h 0 min"),
        (3540, "59 min"),
        (7800, "2 h 10 min"),
    ],
)
def test_time_left_in_words(seconds: float, words: str) -> None:
    assert time_left(seconds) == words


def test_a_hosts_pace_is_measured_from_its_first_page() -> None:
    pace = HostPace()
    assert pace.measure(Sample(10.0, 0), 1.0) == 1.0
    assert pace.measure(Sample(20.0, 2), 1.0) == 1.0
    assert pace.measure(Sample(50.0, 12), 1.0) == 3.0
    assert pace.measure(Sample(50.0, 120), 1.0) == 1.0


@pytest.mark.parametrize(
    ("silent", "plain", "as_json", "terminal", "kind", "form"),
    [
        (False, False, False, True, "xterm", "line"),
        (False, False, False, True, "dumb", "plain"),
        (False, False, False, True, "", "plain"),
        (False, False, False, False, "xterm", ""),
        (False, True, False, False, "", "plain"),
        (False, True, False, True, "xterm", "plain"),
        (True, True, False, True, "xterm", ""),
        (True, False, True, False, "", "json"),
    ],
)
def test_the_form_of_progress(
    silent: bool, plain: bool, as_json: bool, terminal: bool, kind: str, form: str
) -> None:
    assert progress_form(silent=silent, plain=plain, as_json=as_json, terminal=terminal, kind=kind) == form


def test_progress_as_json_and_the_truth_after_ctrl_c_twice(desk: Desk) -> None:
    desk.follow("morning", "tagblatt", "vestnik")
    # A request of this host is under way at the second Ctrl-C, whenever that comes.
    desk.newspaper.fault("latency ms=20000 host=vestnik.example")
    process = desk.start("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=0.5", "--json")
    assert process.stdout is not None
    states = []
    for line in process.stdout:
        states.append(json.loads(line))
        if states[-1]["pages_done"] >= 3:
            break
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    states += [json.loads(line) for line in out.splitlines()]

    phases = list(dict.fromkeys(state["phase"] for state in states))
    assert phases[0] == "starting"
    assert phases[-1] == "ended"
    assert {"listings", "pages"} & set(phases)
    assert [state["elapsed_seconds"] for state in states[1:]] == sorted(
        state["elapsed_seconds"] for state in states[1:]
    )
    end = states[-1]
    assert end["stopped"] == "interrupted"
    assert end["pages_done"] == end["pages_total"] == len(desk.outcomes())
    assert end["exit_code"] == process.returncode
    assert "could not start" not in err
    assert "Stopped at once, after 0:" in err
    assert desk.column("SELECT reason FROM crawls") == ["interrupted"]
    assert ("deferred", "interrupted") in desk.outcomes().values()
    desk.assert_adds_up()


def test_plain_progress_is_lines_on_stderr(desk: Desk) -> None:
    desk.follow("vestnik")
    result = desk.crawl("--progress")
    lines = result.err.splitlines()
    assert (result.code, result.out) == (0, "")
    assert lines[0] == "0:00 starting"
    assert " ended: " in lines[-1]
    assert " new" in lines[-1]
    assert "\x1b" not in result.err
