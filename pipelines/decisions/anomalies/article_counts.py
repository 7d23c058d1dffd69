"""Fewer articles than usual. Pure.

The usual number is counted by weekday. Sums over windows of two to twenty-eight days are tested, so that a sudden end
and a slow decline both show.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import exp, lgamma, log
from statistics import median
from typing import TYPE_CHECKING

from pipelines.decisions.anomalies.source_days import PAST, YOUNG_COUNTS, Alarm, find_start, last_enough

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipelines.decisions.anomalies.source_days import Day


RARE = 1e-5
"""The chance below which so few articles are no accident; the tests of a year are many."""


WINDOWS = ((2, 0.0), (3, 0.0), (4, 0.0), (5, 0.0), (7, 0.25), (10, 0.35), (14, 0.45), (21, 0.5), (28, 0.55))
"""(days, the most of the usual number that is still a trouble): a few days without much are a holiday."""


@dataclass(frozen=True, slots=True)
class Usual:
    """How many articles a source has: on each weekday (Monday first), and how widely that spreads (1: as chance has it)."""

    weekdays: tuple[float, ...]
    spread: float

    def over(self, days: Sequence[Day]) -> float:
        """The number to be expected on these days together."""
        return sum(self.weekdays[_weekday(day.day)] for day in days)


def usual(past: Sequence[Day]) -> Usual:
    """The usual number by weekday. Bursts are cut to three times the median, so that they make no new normal."""
    counts = [day.articles for day in past]
    cap = 3 * median(counts) + 3
    cut = [min(count, cap) for count in counts]
    mean = sum(cut) / len(cut)
    sums, times = [2 * mean] * 7, [2.0] * 7  # two days of the mean: a weekday seen twice is not yet known
    for day, count in zip(past, cut, strict=True):
        sums[_weekday(day.day)] += count
        times[_weekday(day.day)] += 1
    weekdays = tuple(total / n for total, n in zip(sums, times, strict=True))
    pulls = [
        (count - weekdays[_weekday(day.day)]) ** 2 / max(weekdays[_weekday(day.day)], 0.25)
        for day, count in zip(past, cut, strict=True)
    ]
    return Usual(weekdays, max(0.6, sum(pulls) / len(pulls)))


def part_of_usual(days: Sequence[Day], window: int) -> float | None:
    """What part of its usual number a source had in the last `window` days; None when it is too young or too small."""
    past = days[:-window][-PAST:]
    if len(past) < YOUNG_COUNTS:
        return None
    expected = usual(past).over(days[-window:])
    return sum(day.articles for day in days[-window:]) / expected if expected >= 3 else None


def find_fewer(days: Sequence[Day], since: str, peers: Callable[[int], float]) -> Alarm | None:
    if since:
        return _fewer_still(days, since, peers)
    for window, most in WINDOWS:
        past, recent = days[:-window][-PAST:], days[-window:]
        if len(past) < YOUNG_COUNTS:
            break
        known = usual(past)
        expected = known.over(recent) * max(0.1, min(1.0, peers(window)))
        had = sum(day.articles for day in recent)
        if had <= most * expected and _chance_of_so_few(had, expected, known.spread) < RARE:
            most_a_day = 0.8 if had else 0.0
            bad = [day.articles <= most_a_day * known.weekdays[_weekday(day.day)] for day in days]
            since = days[find_start(bad, window)].day
            if _fewer_still(days, since, peers):  # else it is over, though the window still has it
                return _fewer_alarm(since, had, expected, window)
    return None


def _fewer_still(days: Sequence[Day], since: str, peers: Callable[[int], float]) -> Alarm | None:
    """An open alarm is over when three days or more, with three articles expected, bring three quarters of the usual."""
    past = [day for day in days if day.day < since][-PAST:]
    recent = [day for day in days if day.day >= since]
    if len(past) < YOUNG_COUNTS or not recent:
        return None
    known = usual(past)
    last = last_enough(recent, 5, lambda part: known.over(part) >= 3)
    expected = known.over(last) * max(0.1, min(1.0, peers(len(last))))
    if sum(day.articles for day in last) >= 0.75 * expected:
        return None
    had = sum(day.articles for day in recent)
    if len(recent) >= PAST and had > 0.2 * known.over(recent):
        return None  # after eight weeks, this is the usual
    return _fewer_alarm(since, had, known.over(recent), len(recent))


def _fewer_alarm(since: str, had: int, expected: float, window: int) -> Alarm:
    span = "one day" if window == 1 else f"{window} days"
    if not had:
        return Alarm("fewer", since, f"No article in {span}; about {expected:.0f} are usual.")
    return Alarm("fewer", since, f"{had} articles in {span}; about {expected:.0f} are usual.")


def _weekday(day: str) -> int:
    return date.fromisoformat(day).weekday()


def _chance_of_so_few(had: int, expected: float, spread: float) -> float:
    """The chance of at most `had` where `expected` are usual and the variance is `spread` times that."""
    rate, most = expected / spread, had / spread
    if rate <= 0:
        return 1.0
    return sum(exp(k * log(rate) - rate - lgamma(k + 1)) for k in range(int(most) + 1))
