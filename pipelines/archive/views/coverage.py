"""Coverage: what the sources listed, what of it is held, and why not the rest. Pages and commands show the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

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


_IN_SPAN = """
coalesce(u.via, '') NOT IN ('alias', 'given') AND u.found_at >= date(:since, '-1 day')
AND u.listed_day BETWEEN :since AND :until
"""
"""As the view `listed`. From the day before `since`: what is found then may bear the next day's date in a time zone to the east."""
_BECAME = "iif(o.outcome = 'deferred', 'pending', coalesce(o.outcome, 'pending'))"

_COUNTS = """
counts (source_id, day, outcome, reason, urls) AS MATERIALIZED (
    SELECT u.source_id, u.listed_day, 'held', '', count(*) FROM urls u
    WHERE u.article_id IS NOT NULL AND {span} GROUP BY u.listed_day, u.source_id
    UNION ALL
    SELECT u.source_id, u.listed_day, {became}, coalesce(o.reason, ''), count(*)
    FROM urls u LEFT JOIN outcomes o ON o.url = u.url AND o.latest = 1
    WHERE u.article_id IS NULL AND {span} GROUP BY 1, 2, 3, 4
)
"""
"""Counted in two parts: each is read from an index alone, and only URLs without an article need a look at their outcome."""


@dataclass(frozen=True, slots=True)
class CoverageSums:
    """The listed URLs of a span, counted by outcome in three ways; `reasons` has those that are not held."""

    by_source: dict[str, dict[str, int]]
    by_day: dict[str, dict[str, int]]
    reasons: tuple[ReasonCount, ...]


class ReasonCount(NamedTuple):
    """So many listed URLs are not held, by outcome and reason."""

    outcome: str
    reason: str
    urls: int


def count_outcomes(db: sqlite3.Connection, since: str, until: str, source: str = "") -> list[OutcomeCount]:
    """Count the URLs listed for these days (`YYYY-MM-DD`, both inclusive) by outcome, in no order."""
    sql = f"WITH {_counts_sql(source)} SELECT * FROM counts"
    values = {"since": since, "until": until, "source": source}
    return [OutcomeCount(*row) for row in db.execute(sql, values)]


def read_coverage_sums(db: sqlite3.Connection, since: str, until: str, source: str = "") -> CoverageSums:
    """The same, added up in SQL: a year of forty sources has a hundred thousand counts."""
    sql = f"""
        WITH {_counts_sql(source)}
        SELECT 'source', source_id, outcome, sum(urls) FROM counts GROUP BY source_id, outcome
        UNION ALL SELECT 'day', day, outcome, sum(urls) FROM counts GROUP BY day, outcome
        UNION ALL SELECT 'reason', reason, outcome, sum(urls) FROM counts WHERE outcome <> 'held' GROUP BY outcome, reason
    """
    sums: dict[str, dict[str, dict[str, int]]] = {"source": {}, "day": {}}
    reasons = []
    for kind, name, outcome, urls in db.execute(sql, {"since": since, "until": until, "source": source}):
        if kind == "reason":
            reasons.append(ReasonCount(outcome, name, urls))
            continue
        _add_count(sums[kind].setdefault(name, dict.fromkeys(COUNTS, 0)), outcome, urls)
    reasons.sort(key=lambda one: (-one.urls, one.outcome, one.reason))
    return CoverageSums(sums["source"], sums["day"], tuple(reasons))


def _counts_sql(source: str) -> str:
    span = _IN_SPAN + (" AND u.source_id = :source" if source else "")
    return _COUNTS.format(span=span, became=_BECAME)


def _add_count(row: dict[str, int], outcome: str, urls: int) -> None:
    row["listed"] += urls
    row[outcome] = row.get(outcome, 0) + urls


def sum_coverage(counts: Iterable[OutcomeCount], by: Callable[[OutcomeCount], K]) -> dict[K, dict[str, int]]:
    """`COUNTS` by day, by source or by any other key. Pure."""
    sums: dict[K, dict[str, int]] = {}
    for count in counts:
        _add_count(sums.setdefault(by(count), dict.fromkeys(COUNTS, 0)), count.outcome, count.urls)
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
    narrowed = ""
    if source:
        narrowed += " AND u.source_id = :source"
    if missing or outcome not in ("", "held"):
        narrowed += " AND u.article_id IS NULL"  # an index has these alone
    rows = db.execute(
        f"""
        SELECT u.source_id, u.listed_day, u.url, u.via, u.found_at, u.article_id,
               iif(u.article_id IS NULL, {_BECAME}, 'held') AS became,
               iif(u.article_id IS NULL, coalesce(o.reason, ''), '') AS why
        FROM urls u LEFT JOIN outcomes o ON o.url = iif(u.article_id IS NULL, u.url, NULL) AND o.latest = 1
        WHERE {_IN_SPAN}{narrowed} AND (:outcome = '' OR became = :outcome) AND (:reason = '' OR why = :reason)
        AND NOT (:missing AND became IN {NOT_MISSING})
        ORDER BY u.listed_day DESC, u.source_id, became, u.url LIMIT :limit OFFSET :offset
        """,
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
