"""When a URL is fetched next: after a failure, or to see whether its article has changed. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from pipelines.items import Outcome
from pipelines.timestamps import later

if TYPE_CHECKING:
    from collections.abc import Iterable

PAUSES = tuple(timedelta(hours=hours) for hours in (1, 4, 12, 24, 72))
"""How long a URL that failed is left alone, by the number of times it has: six tries over five days."""


class NextFetch(NamedTuple):
    """A frontier row's next state; `due_at` is None when it is not to be fetched again."""

    state: str
    due_at: str | None
    attempts: int


def retry_pause(attempts: int) -> timedelta | None:
    """The pause after this many failed tries (1 or more); None when no attempt is left."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


def next_fetch(
    outcome: Outcome,
    *,
    at: str,
    as_of: str,
    found_at: str = "",
    attempts: int = 0,
    not_before: str = "",
    final: bool = False,
    was_article: bool = False,
    is_article: bool = False,
    recheck: tuple[timedelta, ...] = (),
    unconfirmed: bool = False,
) -> NextFetch:
    """The frontier row after an outcome at the time `at`, in a crawl that works as of `as_of`.

    `attempts` counts the failures before this one; a failed URL is not fetched before `not_before`, and never again
    when `final`. `was_article` and `is_article` say whether an article is stored for the URL before and after.
    `recheck` says when an article is fetched again, in times after its URL was found; with an `unconfirmed` change,
    which has to be seen a second time, there is one more fetch when the list is at its end.

    A page of a WARC file was captured long before the import that stores it. What would have been planned then and is
    past as of the import is left out: else the next crawl would ask for all imported pages at once.
    """
    if outcome == Outcome.DEFERRED:
        return NextFetch("due", max(not_before, as_of), attempts)
    now = max(at, as_of)
    if outcome in (Outcome.FAILED, Outcome.EMPTY):  # a page may come empty by mistake
        retry = None if final else next_retry(at, as_of, attempts)
        if retry is not None:
            return retry._replace(due_at=max(retry.due_at or "", not_before))
        again = next_recheck(found_at or at, now, recheck) if was_article else None
        return NextFetch("due", again, 0) if again else NextFetch("exhausted", None, attempts + 1)
    if not is_article or outcome == Outcome.DUPLICATE:
        return NextFetch("done", None, 0)
    again = next_recheck(found_at or at, now, recheck)
    if again is None and unconfirmed and recheck:
        again = next_recheck(at, as_of, recheck[:1])
    return NextFetch("due", again, 0) if again else NextFetch("done", None, 0)


def next_retry(at: str, as_of: str, attempts: int) -> NextFetch | None:
    """The first try after `as_of` of those that follow a failure at the time `at`; None when all are past."""
    while (pause := retry_pause(attempts + 1)) is not None:
        at, attempts = later(at, pause), attempts + 1
        if at > as_of:
            return NextFetch("due", at, attempts)
    return None


def next_recheck(found_at: str, now: str, recheck: Iterable[timedelta]) -> str | None:
    """The first time of the list that is still to come; None when there is none."""
    return min((at for pause in recheck if (at := later(found_at, pause)) > now), default=None)
