"""Coverage: what the sources listed, what of it is held, and why not the rest. Pages and commands show the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pipelines.archive.listed_days import BECAME, LISTED, ListedCount, read_listed_days
from pipelines.archive.listed_months import ListedSums, read_listed_months

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Iterable, Iterator

K = TypeVar("K")
COUNTS = ("listed", "held", "not_article", "empty", "excluded", "gone", "failed", "pending")
"""All listed URLs, those held, and the others by outcome: `listed` is the sum of the rest."""
NOT_MISSING = ("held", "not_article")
"""Outcomes of listed URLs that are no loss."""


class OutcomeCount(NamedTuple):
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


_IN_SPAN = f"""
{LISTED} AND u.found_at >= date(:since, '-1 day') AND u.listed_day BETWEEN :since AND :until
"""
"""From the day before `since`: what is found then may bear the next day's date in a time zone to the east."""


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
    return [
        OutcomeCount(key, day, outcome, reason, urls)
        for day, counts in _read_counts(db, since, until, source)
        for outcome, reason, _, by_source in counts
        for key, urls in by_source.items()
    ]


def read_coverage_sums(db: sqlite3.Connection, since: str, until: str, source: str = "") -> CoverageSums:
    """The same, added up: a year of forty sources has a hundred thousand counts."""
    sums = ListedSums({}, {}, {})
    for month in () if source else read_listed_months(db, since, until):
        sums.add(month)
    for day, counts in _read_counts(db, since, until, source, known=list(sums.by_day)):
        sums.add_day(day, counts)
    by_source: dict[str, dict[str, int]] = {}
    for outcome, sources in sums.by_source.items():
        for key, urls in sources.items():
            _add_count(by_source.setdefault(key, dict.fromkeys(COUNTS, 0)), outcome, urls)
    by_day: dict[str, dict[str, int]] = {}
    for day, outcomes in sums.by_day.items():
        row = by_day[day] = dict.fromkeys(COUNTS, 0)
        for outcome, urls in outcomes.items():
            _add_count(row, outcome, urls)
    reasons = [
        ReasonCount(outcome, reason, urls)
        for outcome, found in sums.by_reason.items()
        if outcome != "held"
        for reason, urls in found.items()
    ]
    return CoverageSums(by_source, by_day, tuple(sorted(reasons, key=lambda one: (-one.urls, one))))


def _read_counts(
    db: sqlite3.Connection, since: str, until: str, source: str, known: Collection[str] = ()
) -> Iterator[tuple[str, list[ListedCount]]]:
    """The days of a span on which anything was listed, of one source if it is named, as `_IN_SPAN` has it, but those known already.

    A day has each pair of outcome and reason once.
    """
    earliest: str | None = db.execute("SELECT date(?, '-1 day')", [since]).fetchone()[0]
    if earliest is None:
        return
    for day, counts in read_listed_days(db, since, until, known):
        found = [count for count in counts if not count.early or count.early >= earliest]
        if source:
            found = [
                count._replace(by_source={source: count.by_source[source]})
                for count in found
                if source in count.by_source
            ]
        if any(count.early for count in found):
            found = _join_early(found)
        if found:
            yield day, found


def _join_early(counts: list[ListedCount]) -> list[ListedCount]:
    """Those found early and the others together. Pure."""
    joined: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for count in counts:
        joined[count.outcome, count.reason].update(count.by_source)
    return [ListedCount(*key, "", by_source) for key, by_source in joined.items()]


def _add_count(row: dict[str, int], outcome: str, urls: int) -> None:
    row["listed"] += urls
    row[outcome] = row.get(outcome, 0) + urls


def sum_coverage(counts: Iterable[OutcomeCount], by: Callable[[OutcomeCount], K]) -> dict[K, dict[str, int]]:
    """`COUNTS` by day, by source or by any other key. Pure."""
    sums: dict[K, dict[str, int]] = {}
    for count in counts:
        key = by(count)
        if key not in sums:
            sums[key] = dict.fromkeys(COUNTS, 0)
        _add_count(sums[key], count.outcome, count.urls)
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
               iif(u.article_id IS NULL, {BECAME}, 'held') AS became,
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
