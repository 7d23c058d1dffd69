"""Two extractors agree less on a source's pages than they did: most likely its site was rebuilt. Pure.

A page is unlike the past when its agreement is `FALL` below the middle of the past. They are counted, and so many of them
must be no accident, as with other shares.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from pipelines.decisions.anomalies.shares import chance_of_so_many
from pipelines.decisions.anomalies.source_days import YOUNG_SHARES, Alarm, find_start, last_enough

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.decisions.anomalies.source_days import Day

FALL = 0.03
"""How far below the middle of its past a page's agreement must be to count.

`python -m bench redesigns --sweep` on ten sites with five redesigns each: 39, 37, 36 and 34 of 50 are told at .01, .02,
.03 and .05, then 28 at .1 and 15 at .2; no quiet year has a false alarm at any of them."""
RARE = 1e-6
"""The chance below which so many such pages are no accident."""
MOST_PAGES = 0.5
"""The share of such pages from which most of a source is concerned."""
MONTH = 28
"""Crawled days that make the past, and after which a lower agreement is the usual one."""
LEAST_PAST = 20
"""Pages compared in the past before a source is judged."""
LEAST_RECENT = 4
"""Pages compared in a window before it says anything."""
FLOOR = 0.04
"""The share of such pages that is reckoned with where the past has fewer: a past of weeks has not seen everything."""
WINDOWS = (2, 3, 4, 5, 7, 10, 14)
"""Days that are judged together."""


def find_redesign(days: Sequence[Day], since: str) -> Alarm | None:
    """The alarm of a source whose pages agree less than they did; `since` is set while it is open."""
    if since:
        return _redesign_still(days, since)
    for window in WINDOWS:
        past, recent = days[:-window][-MONTH:], days[-window:]
        mark = _find_mark(past)
        if mark is None:
            return None
        low, compared = _count(recent, mark)
        if compared < LEAST_RECENT or low < MOST_PAGES * compared:
            continue
        if chance_of_so_many(low, compared, _usual_share(past, mark)) < RARE:
            bad = [bool(day.agreements) and median(day.agreements) < mark for day in days]
            first = days[find_start(bad, window)].day
            if alarm := _redesign_still(days, first):  # else it is over, though the window still has it
                return alarm
    return None


def _redesign_still(days: Sequence[Day], since: str) -> Alarm | None:
    """An open alarm is over when fewer than a quarter of the last pages are low, or after a month, as the usual then."""
    past = [day for day in days if day.day < since][-MONTH:]
    recent = [day for day in days if day.day >= since]
    mark = _find_mark(past)
    if mark is None or not recent or len(recent) > MONTH:
        return None
    low, compared = _count(last_enough(recent, 3, lambda part: _count(part, mark)[1] >= LEAST_RECENT), mark)
    if compared and low < MOST_PAGES / 2 * compared:
        return None
    return _redesign_alarm(since, past, recent)


def _find_mark(past: Sequence[Day]) -> float | None:
    """Below what an agreement is unlike the past; None without enough of a past."""
    values = [value for day in past for value in day.agreements]
    if len(past) < YOUNG_SHARES or len(values) < LEAST_PAST:
        return None
    return median(values) - FALL


def _usual_share(past: Sequence[Day], mark: float) -> float:
    """The share of low pages that weeks of the past reached."""
    weeks = [_count(past[start : start + 7], mark) for start in range(0, len(past), 7)]
    return max([FLOOR, *(low / compared for low, compared in weeks if compared >= LEAST_RECENT)])


def _count(days: Sequence[Day], mark: float) -> tuple[int, int]:
    """How many pages are below the mark, and how many were compared."""
    values = [value for day in days for value in day.agreements]
    return sum(value < mark for value in values), len(values)


def _redesign_alarm(since: str, past: Sequence[Day], recent: Sequence[Day]) -> Alarm:
    now, before = (median([v for day in days for v in day.agreements] or [0.0]) for days in (recent, past))
    compared = sum(len(day.agreements) for day in recent)
    return Alarm(
        "redesign",
        since,
        f"Our rules and trafilatura agree on {now:.0%} of its text, in the middle of {compared} pages; {before:.0%} is usual.",
    )
