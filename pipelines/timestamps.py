"""The one place that reads the clock, the one way times are written, and dates and durations as people type them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from pipelines.clean_text import quote_value

DAY = timedelta(days=1)

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}
_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([smhdwy])", re.IGNORECASE | re.ASCII)


def from_timestamp(seconds: float) -> datetime:
    """The moment of a POSIX time, such as a file's."""
    return datetime.fromtimestamp(seconds, UTC)


def now() -> str:
    """The current time as ISO 8601 in UTC with milliseconds: fixed width, so text order is time order."""
    return iso(datetime.now(UTC))


def iso(moment: datetime) -> str:
    """A moment as `now` writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def parse(text: str | None) -> datetime | None:
    """An ISO 8601 time or date as a moment, None when it is neither; without a zone it is taken for UTC."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_day(text: str | None) -> date | None:
    """The day of an ISO 8601 date or time as it is written there, in its own zone; None when it is neither."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def days_before(day: str, days: int) -> str:
    """The day (`YYYY-MM-DD`) so many days before another, or after it when negative; at the calendar's ends, itself."""
    try:
        return (date.fromisoformat(day) - timedelta(days=days)).isoformat()
    except OverflowError:
        return day


def days_between(first: str, last: str) -> int:
    """How many days `last` is after `first`, both `YYYY-MM-DD`."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def later(text: str, pause: timedelta) -> str:
    """The time `pause` after an ISO 8601 time."""
    moment = parse(text)
    if moment is None:
        raise ValueError(f"not a time: {text!r}")
    return iso(moment + pause)


class DurationError(ValueError):
    """A duration or date nobody can read; the message says how to write one."""


def parse_duration(text: str) -> timedelta:
    """A number and a unit: s(econds), m(inutes), h(ours), d(ays), w(eeks), y(ears of 365 days).

    Raises `DurationError`.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise DurationError(
            f"{_shown(text)} is not a duration; write a number and a unit, such as 30s, 10m, 6h, 7d, 2w or 1y"
        )
    return float(match[1]) * _UNITS[match[2].lower()]


def parse_durations(text: str) -> tuple[timedelta, ...]:
    """Several durations with blanks between them, the shortest first. Raises `DurationError`."""
    return tuple(sorted({parse_duration(part) for part in text.replace(",", " ").split()}))


def parse_since(text: str, now: datetime) -> datetime:
    """The moment meant by a date, a time, or a duration before now.

    A date is its midnight in the zone of `now`. `now` is aware, and so is the answer. Raises `DurationError`.
    """
    text = text.strip()
    try:
        return _days_first_moment(date.fromisoformat(text), now)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo or UTC)
    except ValueError:
        pass
    try:
        return now - parse_duration(text)
    except DurationError:
        raise DurationError(
            f"{_shown(text)} is neither a date nor a duration; write 2026-11-16, or 7d for seven days"
        ) from None
    except OverflowError:
        raise DurationError(
            f"{_shown(text)} reaches back before the year 1; write a date such as 2000-01-01"
        ) from None


def parse_since_day(text: str, now: datetime) -> str:
    """The day (`YYYY-MM-DD`) of `parse_since`, in the zone of what was typed. Raises `DurationError`."""
    return parse_since(text, now).date().isoformat()


def _days_first_moment(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time.min, tzinfo=now.tzinfo or UTC)


def _shown(text: str) -> str:
    return quote_value(text if len(text) <= 40 else text[:40] + "...")
