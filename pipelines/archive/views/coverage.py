"""What the sources listed, what of it is held, and why not the rest: the rows behind `clippings status --coverage`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

K = TypeVar("K")
COUNTS = ("listed", "held", "not_article", "empty", "excluded", "gone", "failed", "pending")
"""Of a day: all, those held, and the others by outcome. `listed` is the sum of the rest."""


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One source on one day of publication."""

    source_id: str
    day: str
    listed: int
    held: int
    not_article: int
    empty: int
    excluded: int
    gone: int
    failed: int
    pending: int


@dataclass(frozen=True, slots=True)
class UncoveredUrl:
    """A listed URL that is not held, and why."""

    source_id: str
    day: str
    url: str
    outcome: str
    reason: str | None


def coverage(db: sqlite3.Connection, since: str, source: str | None = None) -> list[CoverageRow]:
    """Each source's days from `since` (`YYYY-MM-DD`) on, the newest first. What is published is found later."""
    values = {"since": since, "source": source}
    sums = ", ".join("count(*)" if name == "listed" else _is(name) for name in COUNTS)
    rows = db.execute(
        f"SELECT source_id, day, {sums} FROM listed WHERE found_at >= :since AND day >= :since"
        " AND (:source IS NULL OR source_id = :source) GROUP BY 1, 2 ORDER BY source_id, day DESC",
        values,
    )
    return [CoverageRow(*row) for row in rows]


def uncovered_urls(
    db: sqlite3.Connection, since: str, source: str | None = None, limit: int = 1000
) -> list[UncoveredUrl]:
    """The listed URLs that are not held and are no index pages either, with their reasons."""
    rows = db.execute(
        "SELECT source_id, day, url, outcome, reason FROM listed WHERE found_at >= :since AND day >= :since"
        " AND (:source IS NULL OR source_id = :source) AND outcome NOT IN ('held', 'not_article')"
        " ORDER BY source_id, day DESC, url LIMIT :limit",
        {"since": since, "source": source, "limit": limit},
    )
    return [UncoveredUrl(*row) for row in rows]


def _is(name: str) -> str:
    return f"sum(outcome IN ('deferred', '{name}'))" if name == "pending" else f"sum(outcome = '{name}')"


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """So many listed URLs of one source and day had one outcome for one reason; `outcome` is one of `COUNTS`."""

    source_id: str
    day: str
    outcome: str
    reason: str
    urls: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A listed URL and what became of it. `article_id` is that of the article held, else None."""

    source_id: str
    day: str
    url: str
    via: str | None
    found_at: str
    article_id: int | None
    outcome: str
    reason: str


_BETWEEN = """
FROM listed WHERE found_at >= date(:since, '-1 day') AND day >= :since AND day <= :until
AND source_id IN (SELECT id FROM sources WHERE :source = '' OR id = :source)
"""
"""The day before `since`, too: what is found there may bear the day of a zone to the east."""
_OUTCOME = "iif(outcome = 'deferred', 'pending', outcome)"


def tallies(db: sqlite3.Connection, since: str, until: str, source: str = "") -> list[OutcomeCount]:
    """What became of the URLs listed for these days (`YYYY-MM-DD`, both inclusive): no order is promised."""
    rows = db.execute(
        f"SELECT source_id, day, {_OUTCOME}, coalesce(reason, ''), count(*) {_BETWEEN} GROUP BY 1, 2, 3, 4",
        {"since": since, "until": until, "source": source},
    )
    return [OutcomeCount(*row) for row in rows]


def covered(tally: Iterable[OutcomeCount], by: Callable[[OutcomeCount], K]) -> dict[K, dict[str, int]]:
    """`COUNTS` by day, by source or by whatever else `by` says of a tally. Pure."""
    found: dict[K, dict[str, int]] = {}
    for one in tally:
        counts = found.setdefault(by(one), dict.fromkeys(COUNTS, 0))
        counts["listed"] += one.urls
        counts[one.outcome] = counts.get(one.outcome, 0) + one.urls
    return found


def listed(
    db: sqlite3.Connection,
    since: str,
    until: str,
    source: str = "",
    outcome: str = "",
    reason: str = "",
    *,
    limit: int,
    offset: int = 0,
) -> list[Listed]:
    """The listed URLs of these days, the latest day first, narrowed to an outcome and a reason if they are given."""
    rows = db.execute(
        f"SELECT source_id, day, url, via, found_at, article_id, {_OUTCOME} AS became, coalesce(reason, '') AS why"
        f" {_BETWEEN} AND (:outcome = '' OR became = :outcome) AND (:reason = '' OR why = :reason)"
        " ORDER BY day DESC, source_id, became, url LIMIT :limit OFFSET :offset",
        {
            "since": since,
            "until": until,
            "source": source,
            "outcome": outcome,
            "reason": reason,
            "limit": limit,
            "offset": offset,
        },
    )
    return [Listed(*row) for row in rows]
