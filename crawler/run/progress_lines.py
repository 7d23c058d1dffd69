"""What a crawl is doing, in a line for a terminal or a log, and as JSON for programs. Pure, and without Scrapy.

The line says the phase, the pages done and to do, how many a minute, and how long it takes yet by the slowest host: hosts
are asked side by side, so a crawl lasts as long as the one with the most pages and the longest pauses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pipelines.items import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH = 79
"""Columns of the line: a terminal of 80 leaves the last one to the cursor."""

LONG_PAUSE = 5.0
"""Seconds. Shorter pauses of a host are its usual pace and are not named."""


NAMED = 2
"""Sources that a line names while their listings are waited for."""


class Phase(StrEnum):
    """What a crawl does. Listings and pages are fetched side by side; the phase is the one that decides its length."""

    STARTING = "starting"
    LISTINGS = "listings"
    PAGES = "pages"
    STOPPING = "stopping"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class HostWork:
    """What is left to fetch from one host: pages, seconds for each, and seconds until the next may be asked for."""

    host: str
    pages: int
    seconds: float
    pause: float = 0.0

    @property
    def seconds_left(self) -> float:
        """Seconds until its last page."""
        return self.pause + self.pages * self.seconds


@dataclass(frozen=True, slots=True)
class CrawlState:
    """A crawl at one moment. `per_minute` counts pages of the last minute, None while there is too little to count.

    `listings_read` have answered, `listings_left` are asked for or wait, those of the sources `waiting`; while there are any,
    `total` still grows.
    """

    phase: Phase
    elapsed: timedelta = timedelta(0)
    done: int = 0
    total: int = 0
    counts: Mapping[Outcome, int] = field(default_factory=dict)
    per_minute: float | None = None
    listings_read: int = 0
    listings_left: int = 0
    waiting: tuple[str, ...] = ()
    hosts: tuple[HostWork, ...] = ()

    @property
    def slowest(self) -> HostWork | None:
        """The host that takes longest yet; None when no host has pages left."""
        return max(
            (host for host in self.hosts if host.pages), key=lambda host: host.seconds_left, default=None
        )


def counts_in_words(counts: Mapping[Outcome, int], nothing: str = "nothing yet") -> str:
    """`12 new, 3 unchanged`, in the order of `Outcome`; `nothing` when there is none."""
    return ", ".join(f"{counts[o]} {o.replace('_', ' ')}" for o in Outcome if counts.get(o)) or nothing


def clock_of(elapsed: timedelta) -> str:
    """`4:05`, or `1:04:05`."""
    minutes, seconds = divmod(int(elapsed.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def bar(done: int, total: int, width: int = 20) -> str:
    """A bar of `width` signs. The total grows while listings are read, so it is an honest guess only."""
    filled = min(width * done // total, width) if total else 0
    return "[" + "#" * filled + "." * (width - filled) + "]"


def time_left(seconds: float) -> str:
    """`40 s`, `6 min`, `2 h 10 min`: as exact as such a guess can be."""
    if seconds < 60:
        return f"{max(int(seconds), 1)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def progress_line(state: CrawlState, width: int = WIDTH) -> str:
    """The line for a terminal of `width` + 1 columns. What does not fit is left out from the end, never cut in two."""
    line = clock_of(state.elapsed)
    if state.total and state.phase in (Phase.LISTINGS, Phase.PAGES):
        line += " " + bar(state.done, state.total, 10)
    separator = " "
    for part in _parts(state):
        if len(line + separator + part) > width:
            break
        line, separator = line + separator + part, ", "
    return line


def plain_line(state: CrawlState) -> str:
    """The line for a log, or a terminal that cannot rewrite one."""
    return f"{clock_of(state.elapsed)} {', '.join(_parts(state))}"


def progress_json(state: CrawlState, at: str) -> dict[str, Any]:
    """The state for programs; docs/running.md describes each field."""
    slowest = state.slowest
    return {
        "at": at,
        "phase": state.phase.value,
        "elapsed_seconds": round(state.elapsed.total_seconds(), 1),
        "pages_done": state.done,
        "pages_total": state.total,
        "pages_per_minute": None if state.per_minute is None else round(state.per_minute, 1),
        "seconds_left": None if slowest is None else round(slowest.seconds_left, 1),
        "listings_read": state.listings_read,
        "listings_left": state.listings_left,
        "waiting_for": list(state.waiting),
        "slowest_host": slowest
        and {
            "host": slowest.host,
            "pages": slowest.pages,
            "seconds_a_page": round(slowest.seconds, 2),
            "pause": round(slowest.pause, 1),
        },
        "outcomes": {
            outcome.value: state.counts[outcome] for outcome in Outcome if state.counts.get(outcome)
        },
    }


def _parts(state: CrawlState) -> list[str]:
    """The parts of a line, the most telling first."""
    pages = f"{state.done}/{state.total} pages"
    match state.phase:
        case Phase.STARTING:
            return ["starting"]
        case Phase.STOPPING:
            return [f"stopping: {pages}", "waiting for requests under way, 30 s at most"]
        case Phase.ENDED:
            return [f"ended: {pages}", counts_in_words(state.counts, "nothing new")]
        case Phase.LISTINGS:
            listings = f"{state.listings_read} read, {state.listings_left} to come"
            parts = [pages, f"listings: {listings}"] if state.total else [f"reading listings: {listings}"]
        case Phase.PAGES:
            parts = [pages]
    if state.per_minute is not None:
        parts.append(f"{state.per_minute:.0f}/min")
    parts += _waited_for(state)
    return [*parts, counts_in_words(state.counts)] if state.done else parts


def _waited_for(state: CrawlState) -> list[str]:
    slowest = state.slowest
    if slowest is None:
        return [f"waiting for {_names(state.waiting)}"] if state.waiting else []
    least = "at least " if state.listings_left else ""
    left = f"{least}{time_left(slowest.seconds_left)} left"
    if slowest.pause > LONG_PAUSE:
        return [left, f"{slowest.host} asks for a pause of {time_left(slowest.pause)}"]
    return [left, f"{slowest.host} has {slowest.pages} to go"]


def _names(sources: tuple[str, ...]) -> str:
    if len(sources) <= NAMED:
        return " and ".join(sources)
    return f"{', '.join(sources[:NAMED])} and {len(sources) - NAMED} more"
