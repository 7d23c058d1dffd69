"""What the sources listed, what of it is held, and why not the rest: the rows behind `clippings status --coverage`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

COUNTS = ("listed", "held", "not_article", "empty", "excluded", "gone", "failed", "waiting")
"""Of a day: all, those held, and the others by outcome. `listed` is the sum of the rest."""


@dataclass(frozen=True, slots=True)
class Covered:
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
    waiting: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A listed URL that is not held, and why."""

    source_id: str
    day: str
    url: str
    outcome: str
    reason: str | None


def coverage(db: sqlite3.Connection, since: str, source: str | None = None) -> list[Covered]:
    """Each source's days from `since` (`YYYY-MM-DD`) on, the newest first. What is published is found later."""
    values = {"since": since, "source": source}
    sums = ", ".join("count(*)" if name == "listed" else _is(name) for name in COUNTS)
    rows = db.execute(
        f"SELECT source_id, day, {sums} FROM listed WHERE found_at >= :since AND day >= :since"
        " AND (:source IS NULL OR source_id = :source) GROUP BY 1, 2 ORDER BY source_id, day DESC",
        values,
    )
    return [Covered(*row) for row in rows]


def missing(
    db: sqlite3.Connection, since: str, source: str | None = None, limit: int = 1000
) -> list[Missing]:
    """The listed URLs that are not held and are no index pages either, with their reasons."""
    rows = db.execute(
        "SELECT source_id, day, url, outcome, reason FROM listed WHERE found_at >= :since AND day >= :since"
        " AND (:source IS NULL OR source_id = :source) AND outcome NOT IN ('held', 'not_article')"
        " ORDER BY source_id, day DESC, url LIMIT :limit",
        {"since": since, "source": source, "limit": limit},
    )
    return [Missing(*row) for row in rows]


def _is(name: str) -> str:
    return f"sum(outcome IN ('deferred', '{name}'))" if name == "waiting" else f"sum(outcome = '{name}')"
