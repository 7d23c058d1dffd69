"""The one place that reads the clock, and the one way times are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

DAY = timedelta(days=1)


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


def later(text: str, pause: timedelta) -> str:
    """The time `pause` after an ISO 8601 time."""
    moment = parse(text)
    if moment is None:
        raise ValueError(f"not a time: {text!r}")
    return iso(moment + pause)
