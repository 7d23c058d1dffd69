"""Shares of a source's pages or articles with one trouble (failed, empty, without a title, ...). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log
from typing import TYPE_CHECKING

from pipelines.decisions.anomalies.source_days import PAST, YOUNG_SHARES, Alarm, find_start, last_enough

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.decisions.anomalies.source_days import Day


RARE_SHARE = 1e-6
"""The same for shares, which are judged in eight ways a day."""


@dataclass(frozen=True, slots=True)
class Share:
    """A kind of trouble that is a share: `part` of `whole`, two names of `Day`; `least` is how much it must rise."""

    kind: str
    part: str
    whole: str
    least: float
    words: str


SHARES = (
    Share("failed", "failed", "pages", 0.25, "pages failed"),
    Share("refused", "refused", "pages", 0.25, "pages are closed by robots.txt"),
    Share("empty", "empty", "bodies", 0.25, "pages gave no text"),
    Share("prompts", "prompts", "articles", 0.2, "texts begin with a prompt (cookies, login, subscription)"),
    Share("alike", "alike", "articles", 0.25, "texts begin like another one"),
    Share("paywalled", "paywalled", "articles", 0.3, "articles are behind a paywall"),
    Share("untitled", "untitled", "articles", 0.25, "articles have no title"),
    Share("unsigned", "unsigned", "articles", 0.35, "articles have no author"),
    Share("undated", "undated", "articles", 0.25, "articles have no date"),
)


def find_share(share: Share, days: Sequence[Day], since: str) -> Alarm | None:
    if since:
        return _share_still(share, days, since)
    for window in (1, 2, 3, 5, 7, 14, 28):
        past, recent = days[:-window], days[-window:]
        if len(past) < YOUNG_SHARES:
            break
        part, whole = _sums(share, recent)
        if whole < 6:
            continue
        before = _usual_share(share, past)
        if before is None:
            continue
        if part / window <= 2 * _sums(share, past[-PAST:])[0] / len(past[-PAST:]):
            continue  # not more of them, only less of the others
        if (
            part / whole >= min(before + share.least, 0.95)
            and chance_of_so_many(part, whole, before) < RARE_SHARE
        ):
            bad = [getattr(d, share.part) > before * getattr(d, share.whole) for d in days]
            first = find_start(bad, window)
            if _share_still(share, days, days[first].day):  # else it is over, though the window still has it
                return _share_alarm(share, days[first].day, part, whole, before)
    return None


def _share_still(share: Share, days: Sequence[Day], since: str) -> Alarm | None:
    past = [day for day in days if day.day < since]
    recent = [day for day in days if day.day >= since]
    before = _usual_share(share, past)
    if before is None or not recent:
        return None
    last = last_enough(recent, 5, lambda part: _sums(share, part)[1] >= 5)
    part, whole = _sums(share, last)
    if not whole:  # nothing came in that could show it
        return None if len(last) >= 28 else _share_alarm(share, since, *_sums(share, recent), before)
    if part / whole < before + share.least / 3:
        return None
    part, whole = _sums(share, recent)
    return None if len(recent) > PAST * 2 else _share_alarm(share, since, part, whole, before)


def _share_alarm(share: Share, since: str, part: int, whole: int, before: float) -> Alarm:
    return Alarm(share.kind, since, f"{part} of {whole} {share.words}; usual are at most {before:.0%}.")


def _usual_share(share: Share, past: Sequence[Day]) -> float | None:
    """The share that weeks of the past reached, the worst week left out; None without enough of a past."""
    past = past[-PAST:]
    if len(past) < YOUNG_SHARES or _sums(share, past)[1] < 20:
        return None
    weeks = [_sums(share, past[start : start + 7]) for start in range(0, len(past), 7)]
    shares = sorted(part / whole for part, whole in weeks if whole >= 3)
    part, whole = _sums(share, past)
    highest = shares[-2] if len(shares) > 2 else max(shares, default=0.0)
    return max(highest, part / whole if len(shares) <= 2 else 0.0, 0.02)


def _sums(share: Share, days: Sequence[Day]) -> tuple[int, int]:
    return sum(getattr(day, share.part) for day in days), sum(getattr(day, share.whole) for day in days)


def chance_of_so_many(part: int, whole: int, share: float) -> float:
    """The chance of `part` or more of `whole` where each is one with probability `share`."""
    share = min(share, 0.95)
    return sum(
        exp(
            lgamma(whole + 1)
            - lgamma(k + 1)
            - lgamma(whole - k + 1)
            + k * log(share)
            + (whole - k) * log(1 - share)
        )
        for k in range(part, whole + 1)
    )
