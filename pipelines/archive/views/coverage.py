"""Coverage: what the sources listed, what of it is held, and why not the rest. Pages and commands show the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator

K = TypeVar("K")
COUNTS = ("listed", "held", "not_article", "empty", "excluded", "gone", "failed", "pending")
"""All listed URLs, those held, and the others by outcome: `listed` is the sum of the rest."""
NOT_MISSING = ("held", "not_article")
"""Outcomes of listed URLs that are no loss."""


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """So many listed URLs of one source and day had one outcome for one reason; `outcome` is one of `COUNTS`."""

    source_id: str
    day: str
    outcome: str
    reason: str
    urls: int


@dataclass(frozen=True, slots=True)
class ListedUrl:
    """A listed URL and its outcome. `article_id` is that of the article held, else None."""

    source_id: str
    day: str
    url: str
    via: str | None
    found_at: str
    article_id: int | None
    outcome: str
    reason: str


_LISTED_IN_SPAN = """
FROM listed WHERE found_at >= date(:since, '-1 day') AND day >= :since AND day <= :until
AND source_id IN (SELECT id FROM sources WHERE :source = '' OR id = :source)
"""
"""From the day before `since`: what is found then may bear the next day's date in a time zone to the east."""
_OUTCOME = "iif(outcome = 'deferred', 'pending', outcome)"


def count_outcomes(db: sqlite3.Connection, since: str, until: str, source: str = "") -> list[OutcomeCount]:
    """Count the URLs listed for these days (`YYYY-MM-DD`, both inclusive) by outcome, in no order."""
    rows = db.execute(
        f"SELECT source_id, day, {_OUTCOME}, coalesce(reason, ''), count(*) {_LISTED_IN_SPAN} GROUP BY 1, 2, 3, 4",
        {"since": since, "until": until, "source": source},
    )
    return [OutcomeCount(*row) for row in rows]


def sum_coverage(counts: Iterable[OutcomeCount], by: Callable[[OutcomeCount], K]) -> dict[K, dict[str, int]]:
    """`COUNTS` by day, by source or by any other key. Pure."""
    sums: dict[K, dict[str, int]] = {}
    for count in counts:
        row = sums.setdefault(by(count), dict.fromkeys(COUNTS, 0))
        row["listed"] += count.urls
        row[count.outcome] = row.get(count.outcome, 0) + count.urls
    return sums


def read_listed_urls(
    db: sqlite3.Connection,
    since: str,
    until: str,
    source: str = "",
    outcome: str = "",
    reason: str = "",
    *,
    missing: bool = False,
    limit: int,
    offset: int = 0,
) -> list[ListedUrl]:
    """So many of `iterate_listed_urls`."""
    found = iterate_listed_urls(
        db, since, until, source, outcome, reason, missing=missing, limit=limit, offset=offset
    )
    return list(found)


def iterate_listed_urls(
    db: sqlite3.Connection,
    since: str,
    until: str,
    source: str = "",
    outcome: str = "",
    reason: str = "",
    *,
    missing: bool = False,
    limit: int = -1,
    offset: int = 0,
) -> Iterator[ListedUrl]:
    """The listed URLs of these days, the latest day first; of one outcome and reason if they are given.

    With `missing`, those that are neither held nor known to be no article.
    """
    rows = db.execute(
        f"SELECT source_id, day, url, via, found_at, article_id, {_OUTCOME} AS became, coalesce(reason, '') AS why"
        f" {_LISTED_IN_SPAN} AND (:outcome = '' OR became = :outcome) AND (:reason = '' OR why = :reason)"
        f" AND NOT (:missing AND became IN {NOT_MISSING})"
        " ORDER BY day DESC, source_id, became, url LIMIT :limit OFFSET :offset",
        {
            "since": since,
            "until": until,
            "source": source,
            "outcome": outcome,
            "reason": reason,
            "missing": missing,
            "limit": limit,
            "offset": offset,
        },
    )
    return (ListedUrl(*row) for row in rows)
