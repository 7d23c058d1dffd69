"""The progress of several crawls as one."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from crawler.run.progress_lines import Phase, plain_line
from crawler.shards.progress import add_states, read_last_line
from pipelines.items import Outcome

if TYPE_CHECKING:
    from pathlib import Path

LINE = {
    "phase": "pages",
    "pages_done": 10,
    "pages_total": 30,
    "pages_per_minute": 60.0,
    "listings_read": 5,
    "listings_left": 0,
    "waiting_for": [],
    "slowest_host": {"host": "a.example", "pages": 20, "seconds_a_page": 1.0, "pause": 0.0},
    "outcomes": {"new": 9, "failed": 1},
}


def test_counts_are_added_and_the_slowest_host_of_all_is_named() -> None:
    slow = {
        **LINE,
        "phase": "listings",
        "listings_left": 2,
        "waiting_for": ["b"],
        "pages_per_minute": None,
        "slowest_host": {"host": "b.example", "pages": 50, "seconds_a_page": 2.0, "pause": 0.0},
    }
    state = add_states([LINE, slow, {"exit_code": 0}], timedelta(seconds=65))
    assert (state.phase, state.done, state.total, state.per_minute) == (Phase.LISTINGS, 20, 60, 60.0)
    assert state.counts == {Outcome.NEW: 18, Outcome.FAILED: 2}
    assert state.slowest is not None
    assert state.slowest.host == "b.example"
    assert plain_line(state).startswith("1:05 20/60 pages")


def test_without_a_word_from_any_all_are_starting_and_in_the_end_ended() -> None:
    assert add_states([], timedelta(0)).phase is Phase.STARTING
    assert add_states([{**LINE, "phase": "ended"}], timedelta(0)).phase is Phase.ENDED


def test_the_last_whole_line_counts(tmp_path: Path) -> None:
    output = tmp_path / "00.out"
    assert read_last_line(output) is None
    output.write_text(f"{json.dumps({'pages_done': 1})}\n{json.dumps(LINE)}\n" + '{"pages_done": 99')
    assert read_last_line(output) == LINE
    output.write_text("x" * 20_000 + "\n")
    assert read_last_line(output) is None
