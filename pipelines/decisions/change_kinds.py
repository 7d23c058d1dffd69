"""The kinds of change that a publisher makes to an article, and which of them its byline and date show. Pure.

`revisions.judge` names those of headline, standfirst, text and notice.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.items import Article


class ChangeKind(StrEnum):
    """What a publisher changed. One change may have several; `GONE` and `BACK` stand alone."""

    HEADLINE = "headline"
    STANDFIRST = "standfirst"
    TEXT = "text"
    CORRECTION = "correction"
    """A correction, clarification or editor's note was added."""
    DATE = "date"
    """The date of publication that the page states."""
    BYLINE = "byline"
    GONE = "gone"
    """The page is no longer there (404 or 410)."""
    BACK = "back"
    """The page is there again."""


JOINT = "; "
"""What stands between the kinds of one change in `changes.kinds`."""

STATED = frozenset({"json-ld", "meta"})
"""Where a page states its own date; what a feed or an address says is not the page's."""

CLOCK = timedelta(minutes=15)
"""A date this close to the look may be a clock: some templates print the time of the request as the date of publication."""

ZONES = (timedelta(hours=-12), timedelta(hours=14))
"""The offsets from UTC between which it is somebody's today."""


def join_kinds(kinds: Iterable[str]) -> str:
    """Kinds as `changes.kinds` has them, in their order."""
    given = set(kinds)
    return JOINT.join(kind for kind in ChangeKind if kind in given)


def split_kinds(cell: str) -> tuple[ChangeKind, ...]:
    """The kinds of a cell of `changes.kinds`."""
    return tuple(ChangeKind(kind) for kind in cell.split(JOINT) if kind)


def name_metadata_kinds(old: Article, new: Article, at: str) -> tuple[ChangeKind, ...]:
    """Whether date and byline differ between two readings by the same rules; `at` is the time of the newer look."""
    kinds = [ChangeKind.DATE] if _is_redated(old, new, at) else []
    if _names(old.authors) != _names(new.authors):
        kinds.append(ChangeKind.BYLINE)
    return tuple(kinds)


def _names(authors: Iterable[str]) -> set[str]:
    return {" ".join(name.casefold().split()) for name in authors}


def _is_redated(old: Article, new: Article, at: str) -> bool:
    if not (old.published_at and new.published_at) or not {old.published_from, new.published_from} <= STATED:
        return False
    return not is_same_time(old.published_at, new.published_at) and not is_clock(new.published_at, at)


def is_same_time(one: str, other: str) -> bool:
    """Whether two dates as publishers write them are the same minute, or the same day where one has no time."""
    if one[:10] == other[:10] and min(len(one), len(other)) <= 10:
        return True
    try:
        first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
    except ValueError:
        return one == other
    if (first.tzinfo is None) != (second.tzinfo is None):
        first, second = first.replace(tzinfo=None), second.replace(tzinfo=None)
    return abs(first - second) < timedelta(minutes=1)


def is_clock(published_at: str, at: str) -> bool:
    """Whether a date may be the time of the look itself. Seen again at a later look, the same date is none."""
    try:
        look, stated = datetime.fromisoformat(at), datetime.fromisoformat(published_at)
    except ValueError:
        return True
    if len(published_at) <= 10:
        first, last = ((look + offset).date() for offset in ZONES)
        return first <= stated.date() <= last
    if stated.tzinfo is None:
        return any(abs(stated - (look.replace(tzinfo=None) + offset)) <= CLOCK for offset in _offsets())
    return abs(stated - look) <= CLOCK


def _offsets() -> Iterable[timedelta]:
    return (timedelta(hours=hours) for hours in range(-12, 15))
