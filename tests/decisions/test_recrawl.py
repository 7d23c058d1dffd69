"""When a URL is fetched next: of a crawl, and of a page that was captured long before it is stored."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelines.decisions.recrawl import NextFetch, next_fetch
from pipelines.items import Outcome

RECHECK = (timedelta(hours=1), timedelta(days=1), timedelta(days=30))
IMPORTED = "2026-11-26T09:00:00.000+00:00"
HALF_AN_HOUR_AGO = "2026-11-26T08:30:00.000+00:00"
YESTERDAY = "2026-11-25T10:00:00.000+00:00"
LAST_WEEK = "2026-11-19T09:00:00.000+00:00"
LAST_YEAR = "2025-11-26T09:00:00.000+00:00"


@pytest.mark.parametrize(
    ("captured", "state", "due"),
    [
        (HALF_AN_HOUR_AGO, "due", "2026-11-26T09:30:00.000+00:00"),
        (YESTERDAY, "due", "2026-11-26T10:00:00.000+00:00"),
        (LAST_WEEK, "due", "2026-12-19T09:00:00.000+00:00"),
        (LAST_YEAR, "done", None),
        (IMPORTED, "due", "2026-11-26T10:00:00.000+00:00"),
    ],
)
@pytest.mark.parametrize("outcome", [Outcome.NEW, Outcome.REVISED, Outcome.UNCHANGED, Outcome.GONE])
def test_an_article_captured_before_is_looked_at_when_the_next_look_is_still_to_come(
    outcome: Outcome, captured: str, state: str, due: str | None
) -> None:
    fetch = next_fetch(
        outcome, at=captured, as_of=IMPORTED, found_at=captured, is_article=True, recheck=RECHECK
    )
    assert fetch == NextFetch(state, due, 0)


def test_an_old_capture_of_a_known_article_leaves_its_looks_where_they_were() -> None:
    fetch = next_fetch(
        Outcome.UNCHANGED,
        at=LAST_YEAR,
        as_of=IMPORTED,
        found_at=YESTERDAY,
        was_article=True,
        is_article=True,
        recheck=RECHECK,
    )
    assert fetch == NextFetch("due", "2026-11-26T10:00:00.000+00:00", 0)


@pytest.mark.parametrize(
    ("captured", "state", "due", "attempts"),
    [
        (HALF_AN_HOUR_AGO, "due", "2026-11-26T09:30:00.000+00:00", 1),
        (YESTERDAY, "due", "2026-11-27T03:00:00.000+00:00", 4),
        (LAST_WEEK, "exhausted", None, 1),
        (LAST_YEAR, "exhausted", None, 1),
        (IMPORTED, "due", "2026-11-26T10:00:00.000+00:00", 1),
    ],
)
@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.EMPTY])
def test_tries_whose_time_is_past_are_not_made(
    outcome: Outcome, captured: str, state: str, due: str | None, attempts: int
) -> None:
    fetch = next_fetch(outcome, at=captured, as_of=IMPORTED, found_at=captured, recheck=RECHECK)
    assert fetch == NextFetch(state, due, attempts)


@pytest.mark.parametrize(
    ("captured", "due"), [(HALF_AN_HOUR_AGO, "2026-11-26T09:30:00.000+00:00"), (YESTERDAY, None)]
)
def test_an_unconfirmed_change_is_looked_at_once_more_unless_that_is_past(
    captured: str, due: str | None
) -> None:
    fetch = next_fetch(
        Outcome.UNCHANGED,
        at=captured,
        as_of=IMPORTED,
        found_at=LAST_YEAR,
        was_article=True,
        is_article=True,
        recheck=RECHECK,
        unconfirmed=True,
    )
    assert fetch.due_at == due
