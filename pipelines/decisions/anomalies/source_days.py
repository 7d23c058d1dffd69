"""One source on one day, and an alarm; which days of a source a judgement looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


PAST = 56
"""Crawled days that make a source's past: eight weeks, each weekday eight times."""
YOUNG_COUNTS, YOUNG_SHARES = 21, 14
"""Crawled days a source must have before its number of articles, and its shares, are judged."""


@dataclass(frozen=True, slots=True)
class Day:
    """One source on one day (`YYYY-MM-DD`, UTC) on which a crawl followed it.

    `pages` are URLs that were come to, `articles` those of them that were new; the others count what went wrong
    among the pages or the articles. `words` is the median length of the articles. `alike` counts articles that
    begin like another one of these days, `prompts` those that begin by asking the reader for something. `agreements`
    are those of two extractors on the pages that both read, 0 to 1.
    """

    day: str
    articles: int = 0
    pages: int = 0
    failed: int = 0
    refused: int = 0
    empty: int = 0
    paywalled: int = 0
    untitled: int = 0
    unsigned: int = 0
    undated: int = 0
    alike: int = 0
    prompts: int = 0
    words: float = 0.0
    agreements: tuple[float, ...] = ()

    @property
    def bodies(self) -> int:
        """Pages in which a text was looked for and that are new to us."""
        return self.articles + self.empty


@dataclass(frozen=True, slots=True)
class Alarm:
    """`kind` is a key of `ADVICE`; `since` the first bad day; `words` say what is wrong, or unlike the past.

    `advice` is what to try, where it is more than `ADVICE` says.
    """

    kind: str
    since: str
    words: str
    advice: str = ""


def last_enough(days: Sequence[Day], least: int, enough: Callable[[Sequence[Day]], bool]) -> Sequence[Day]:
    """The last `least` days, or as many more as are enough to judge by."""
    for count in range(least, len(days)):
        if enough(days[-count:]):
            return days[-count:]
    return days


def find_start(bad: Sequence[bool], window: int) -> int:
    """Where the trouble of the last `window` days began: at its first bad day, or with those right before it."""
    first = next((n for n in range(len(bad) - window, len(bad)) if bad[n]), len(bad) - window)
    while first > 0 and bad[first - 1]:
        first -= 1
    return first
