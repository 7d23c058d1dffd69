"""Articles shorter than usual, by the median of their words. Pure."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from pipelines.decisions.anomalies.source_days import PAST, YOUNG_SHARES, Alarm, last_enough

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.decisions.anomalies.source_days import Day


def _shorter_still(days: Sequence[Day], since: str) -> Alarm | None:
    past = [day for day in days if day.day < since][-PAST:]
    recent = [day for day in days if day.day >= since]
    last = last_enough(recent, 5, lambda part: sum(day.articles for day in part) >= 5)
    before, now = _words(past), _words(last)
    if not before or not now or now >= 0.7 * before or len(recent) > PAST:
        return None
    return _shorter_alarm(since, now, before)


def find_shorter(days: Sequence[Day], since: str) -> Alarm | None:
    if since:
        return _shorter_still(days, since)
    for window in (2, 3, 5, 7, 14):
        earlier, recent = list(days[:-window][-PAST:]), list(days[-window:])
        if len(earlier) < YOUNG_SHARES:
            break
        if sum(day.articles for day in recent) < 8:
            continue
        before, now = _words(earlier), _words(recent)
        weeks = [_words(earlier[start : start + 7]) for start in range(0, len(earlier), 7)]
        least = min((words for words in weeks if words), default=0.0)
        if now and now < 0.45 * before and now < 0.75 * least and _shorter_still(days, recent[0].day):
            return _shorter_alarm(recent[0].day, now, before)
    return None


def _words(days: Sequence[Day]) -> float:
    """The length of the middle article, roughly: each day's median, as often as it had articles."""
    lengths = [day.words for day in days for _ in range(min(day.articles, 50))]
    return median(lengths) if lengths else 0.0


def _shorter_alarm(since: str, now: float, before: float) -> Alarm:
    return Alarm("shorter", since, f"Texts have {now:.0f} words in the middle; {before:.0f} are usual.")
