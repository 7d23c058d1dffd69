"""What is to run and when: the times a person may name, and the command with its folder and log."""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pipelines.clean_text import quote_value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WORDS: Final = ("hourly", "daily", "off", "show")
DAILY_HOUR: Final = 6
"""`daily` is in this hour, before people read."""
MADE_BY: Final = "Made by `clippings schedule`; `clippings schedule off` removes it."
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3])[:.h]([0-5]\d)")


class ScheduleError(ValueError):
    """A schedule that cannot be set up; the message has the remedy."""


class NoTimeError(ScheduleError):
    """A word that names no time to crawl at."""


@dataclass(frozen=True, slots=True)
class Times:
    """Every day at `hour`:`minute` of the local clock; every hour at `minute` when `hour` is None."""

    hour: int | None
    minute: int

    def __str__(self) -> str:
        if self.hour is None:
            return f"every hour at {self.minute} minutes past"
        return f"every day at {self.hour:02}:{self.minute:02}"

    def next_after(self, now: datetime) -> datetime:
        """The next time after `now`, which is on the local clock, as is the answer; it has no zone."""
        moment = now.replace(minute=self.minute, second=0, microsecond=0, tzinfo=None)
        step = timedelta(hours=1)
        if self.hour is not None:
            moment, step = moment.replace(hour=self.hour), timedelta(days=1)
        return moment if moment > now.replace(tzinfo=None) else moment + step


@dataclass(frozen=True, slots=True)
class Job:
    """A crawl to be started. `command` and the paths in it are as the system is to run them in `folder`.

    `name` is made from the archive's path: each archive has at most one schedule, and finds it again.
    """

    name: str
    times: Times
    folder: Path
    command: tuple[str, ...]
    log: str


def parse_times(text: str, name: str) -> Times:
    """`hourly`, `daily` or a time of day. Raises `NoTimeError`.

    The minute of `hourly` and `daily` comes from the name, so that not all archives of the world crawl on the hour.
    """
    word = text.strip().lower()
    minute = int(hashlib.sha256(name.encode()).hexdigest()[:4], 16) % 60
    if word == "hourly":
        return Times(None, minute)
    if word == "daily":
        return Times(DAILY_HOUR, minute)
    clock = _CLOCK.fullmatch(word)
    if clock is not None:
        return Times(int(clock[1]), int(clock[2]))
    near = difflib.get_close_matches(word, WORDS, n=1)
    remedy = (
        f"Did you mean {near[0]}?" if near else 'Write hourly, daily, a time such as "06:30", off or show.'
    )
    raise NoTimeError(f"{quote_value(text[:40])} is no time to crawl at. {remedy}")


def job_name(archive: Path) -> str:
    """The name under which the system knows the schedule of an archive, given by its absolute path."""
    return f"clippings-{hashlib.sha256(str(archive).encode('utf-8', 'surrogateescape')).hexdigest()[:10]}"


def make_job(archive: Path, folder: Path, program: Sequence[str], times: Times) -> Job:
    """The crawl into an archive, run in a folder; both absolute. Raises `ScheduleError`."""
    for path in (str(archive), str(folder), *program):
        if not path.isprintable() or path != path.strip():
            raise ScheduleError(
                f"{quote_value(path)} has a control character or a blank at its end, which no scheduler takes. Rename it."
            )
    inside = archive.is_relative_to(folder)
    shown = str(archive.relative_to(folder)) if inside else str(archive)
    log = str(
        archive.with_suffix(".schedule.log").relative_to(folder)
        if inside
        else archive.with_suffix(".schedule.log")
    )
    return Job(job_name(archive), times, folder, (*program, "crawl", shown, "--silent"), log)
