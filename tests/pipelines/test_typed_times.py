"""Dates and durations as people type them: one grammar for every command, address and file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pipelines.timestamps import (
    DurationError,
    local_now,
    parse_since,
    parse_since_day,
    parse_until_day,
    parse_when,
)

SEOUL = timezone(timedelta(hours=9))
NOW = datetime(2026, 11, 25, 6, 30, tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024-05-01", "2024-05-01", "2024-05-01"),
        (" 20240501 ", "2024-05-01", "2024-05-01"),
        ("2024-W05", "2024-01-29", "2024-02-04"),
        ("today", "2026-11-25", "2026-11-25"),
        ("Yesterday", "2026-11-24", "2026-11-24"),
        ("7d", "2026-11-18", "2026-11-18"),
        ("2w", "2026-11-11", "2026-11-11"),
        ("7h", "2026-11-24", "2026-11-24"),
        ("30s", "2026-11-25", "2026-11-25"),
        ("2026-11-16T08:00", "2026-11-16", "2026-11-16"),
        ("9999", "9999-01-01", "9999-12-31"),
    ],
)
def test_the_first_and_the_last_day(text: str, first: str, last: str) -> None:
    assert (parse_since_day(text, NOW), parse_until_day(text, NOW)) == (first, last)


def test_a_day_begins_at_midnight_where_it_was_typed() -> None:
    assert parse_since("2024", NOW) == datetime(2024, 1, 1, tzinfo=SEOUL)
    assert parse_since("today", NOW) == datetime(2026, 11, 25, tzinfo=SEOUL)
    assert parse_since("2026-11-16T08:00Z", NOW) == datetime(2026, 11, 16, 8, tzinfo=UTC)
    assert local_now().utcoffset() is not None


@pytest.mark.parametrize(
    "text", ["", "soon", "3months", "7 days", "24", "2024-13", "2024-00", "0000", "16.11.2026", "٢٠٢٤", "-7d"]
)
def test_what_is_neither_says_how_to_write_it(text: str) -> None:
    with pytest.raises(DurationError, match="neither a date nor a duration; write 2026, 2026-11, 2026-11-16"):
        parse_when(text, NOW)


@pytest.mark.parametrize("text", ["9000y", "0001-01-01", "0001"])
def test_what_reaches_back_too_far_says_so(text: str) -> None:
    with pytest.raises(DurationError, match="before the year 1"):
        parse_when(text, NOW)
