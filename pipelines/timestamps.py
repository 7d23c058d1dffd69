"""The one place that reads the clock, the one way times are written, and dates and durations as people type them."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from pipelines.clean_text import quote_value

DAY = timedelta(days=1)
KEPT_DAYS = 10_000
"""Answers about days that are kept: a page asks the same of a hundred days for each of its sources."""

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}
_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([smhdwy])", re.IGNORECASE | re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_WEEK = re.compile(r"\d{4}-?W\d{2}", re.ASCII)
_DAY_WORDS = {"today": timedelta(0), "yesterday": DAY}
HOW_TO_WRITE_TIMES = "write 2026, 2026-11, 2026-11-16, today, yesterday, or a time back such as 6h, 7d or 2w"


def from_timestamp(seconds: float) -> datetime:
    """The moment of a POSIX time, such as a file's."""
    return datetime.fromtimestamp(seconds, UTC)


def now() -> str:
    """The current time as ISO 8601 in UTC with milliseconds: fixed width, so text order is time order."""
    return iso(datetime.now(UTC))


def local_now() -> datetime:
    """The current time in this computer's zone: what a person types as a day is a day there."""
    return datetime.now(UTC).astimezone()


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


def is_day(text: str) -> bool:
    """Whether it is a day of the calendar, `YYYY-MM-DD`: SQLite's `date` takes 31 February and `now` as well."""
    return len(text) == len("2026-11-23") and _is_day(text)


@lru_cache(maxsize=KEPT_DAYS)
def _is_day(text: str) -> bool:
    day = parse_day(text)
    return day is not None and day.isoformat() == text


def days_before(day: str, days: int) -> str:
    """The day (`YYYY-MM-DD`) so many days before another, or after it when negative; at the calendar's ends, itself."""
    try:
        return (date.fromisoformat(day) - timedelta(days=days)).isoformat()
    except OverflowError:
        return day


@lru_cache(maxsize=KEPT_DAYS)
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


class TypedTime(NamedTuple):
    """What a person means by a date or a duration: its first moment, and its last day (the first one but for a span)."""

    begin: datetime
    last_day: date


def parse_when(text: str, now: datetime) -> TypedTime:
    """What is meant by a year, month, day or time, by `today` and `yesterday`, or by a duration before now.

    The one grammar of every command, address and file. Days begin at midnight in the zone of `now`, which is aware.
    Raises `DurationError`.
    """
    typed = text.strip()
    try:
        days = _parse_days(typed, now.date())
        if days is not None:
            moment: datetime | None = datetime.combine(days[0], time.min, tzinfo=now.tzinfo or UTC)
        else:
            moment = _parse_moment(typed, now)
        if moment is not None:
            moment.astimezone(UTC)
    except OverflowError:
        raise DurationError(
            f"{_shown(text)} reaches back before the year 1; write a date such as 2000-01-01"
        ) from None
    if moment is None:
        raise DurationError(f"{_shown(text)} is neither a date nor a duration; {HOW_TO_WRITE_TIMES}")
    return TypedTime(moment, days[1] if days else moment.date())


def parse_since(text: str, now: datetime) -> datetime:
    """The first moment of what `parse_when` reads. Raises `DurationError`."""
    return parse_when(text, now).begin


def parse_since_day(text: str, now: datetime) -> str:
    """The first day (`YYYY-MM-DD`), in the zone of what was typed. Raises `DurationError`."""
    return parse_since(text, now).date().isoformat()


def parse_until_day(text: str, now: datetime) -> str:
    """The last day (`YYYY-MM-DD`): of a month or year its last. Raises `DurationError`."""
    return parse_when(text, now).last_day.isoformat()


def _parse_days(text: str, today: date) -> tuple[date, date] | None:
    """The first and the last day of a year, a month, a week or a day; None for anything else."""
    word = _DAY_WORDS.get(text.casefold())
    if word is not None:
        return today - word, today - word
    try:
        if _YEAR.fullmatch(text):
            return date(int(text), 1, 1), date(int(text), 12, 31)
        if found := _MONTH.fullmatch(text):
            year, month = int(found[1]), int(found[2])
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        first = date.fromisoformat(text)
    except ValueError:
        return None
    return first, first + 6 * DAY if _WEEK.fullmatch(text) else first


def _parse_moment(text: str, now: datetime) -> datetime | None:
    """The moment of an ISO time, or a duration before now; None for anything else. Raises `OverflowError`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            return now - parse_duration(text)
        except DurationError:
            return None
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo or UTC)


def _shown(text: str) -> str:
    return quote_value(text if len(text) <= 40 else text[:40] + "...")
