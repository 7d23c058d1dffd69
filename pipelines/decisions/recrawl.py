"""When a URL is to be visited next: after a failure, or to see whether its article has changed. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from pipelines.items import Outcome
from pipelines.timestamps import later

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.archive.writer import UrlResult

PAUSES = tuple(timedelta(hours=hours) for hours in (1, 4, 12, 24, 72))
"""How long a URL that failed is left alone, by the number of times it has: six tries over five days."""


class NextFetch(NamedTuple):
    """A frontier row's next state; `due_at` is None when it is not to be visited again."""

    state: str
    due_at: str | None
    attempts: int


def retry_pause(attempts: int) -> timedelta | None:
    """The pause after this many failed tries (1 or more); None when it is to be given up."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


def next_fetch(
    settled: UrlResult,
    outcome: Outcome,
    as_of: str,
    recheck: tuple[timedelta, ...] = (),
    article_id: int | None = None,
    pending: bool = False,
) -> NextFetch:
    """The frontier row after this outcome.

    `recheck` says when an article is looked at again, in times after its URL was found; with `pending`, a
    change that has to be seen a second time, there is one more look when the list is at its end.
    """
    task = settled.task
    if outcome == Outcome.DEFERRED:
        return NextFetch("due", max(settled.not_before, as_of), task.attempts)
    if outcome in (Outcome.FAILED, Outcome.EMPTY):  # a page may come empty by mistake
        pause = retry_pause(task.attempts + 1)
        if not settled.final and pause is not None:
            return NextFetch("due", max(later(settled.at, pause), settled.not_before), task.attempts + 1)
        again = next_recheck(task.found_at, settled.at, recheck) if task.article_id is not None else None
        return NextFetch("due", again, 0) if again else NextFetch("exhausted", None, task.attempts + 1)
    if article_id is None or outcome == Outcome.DUPLICATE:
        return NextFetch("done", None, 0)
    again = next_recheck(task.found_at, settled.at, recheck)
    if again is None and pending and recheck:
        again = later(settled.at, recheck[0])
    return NextFetch("due", again, 0) if again else NextFetch("done", None, 0)


def next_recheck(found_at: str, now: str, recheck: Iterable[timedelta]) -> str | None:
    """The first time of the list that is still to come; None when there is none."""
    return min((at for pause in recheck if (at := later(found_at or now, pause)) > now), default=None)
