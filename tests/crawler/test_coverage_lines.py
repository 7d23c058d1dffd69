"""The tables of `clippings coverage` and `status`: a silent source is there, a column that says nothing is not."""

from __future__ import annotations

from crawler.commands.coverage import coverage_lines
from crawler.commands.status import status_lines
from pipelines.archive.views.coverage import COUNTS

LISTED = {"source_id": "daily", "day": "2026-11-20", **dict.fromkeys(COUNTS, 0), "listed": 2, "held": 2}
SOURCE = {
    "id": "daily", "state": "well", "articles": 1, "newest_seen_at": None, "answered_at": None, "pending": 0,
    "exhausted": 0, "last_outcomes": {}, "broken_listings": [], "doubted": 0, "explained": "", "remedy": "",
}  # fmt: skip


def test_a_source_that_listed_nothing_has_a_line() -> None:
    lines = list(coverage_lines([LISTED], [], {"daily", "silent"}, in_detail=False))
    assert [line.split()[:3] for line in lines[1:]] == [["daily", "2", "2"], ["silent", "0", "0"]]
    assert len(list(coverage_lines([LISTED], [], set(), in_detail=True))) == 2


def test_exhausted_is_a_column_where_a_source_has_some() -> None:
    for exhausted in (0, 3):
        [head, *_] = status_lines({"sources": [SOURCE, {**SOURCE, "exhausted": exhausted}], "crawls": []})
        assert ("exhausted" in head) == bool(exhausted)
