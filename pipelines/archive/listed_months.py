"""The listed URLs of each month added up: what coverage of years reads.

A row of `_listed_months` is the sum of the rows that `_listed_days` had for its days. Triggers delete it when one of these comes or
goes, and closing the archive makes it again. A day that has no row yet, or none any more, is no part of a month and is added to it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.file_checks import has_table
from pipelines.archive.listed_days import ListedCount

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

TABLE = """
CREATE TABLE _listed_months (             -- the rows of _listed_days of a month, added up; a row that is missing follows from them
    month TEXT PRIMARY KEY,               -- YYYY-MM
    earliest TEXT,                        -- the first day on which a URL was found, of those found long before their day
    sums TEXT NOT NULL                    -- JSON list of URLs by day and outcome, by outcome and source, by outcome and reason
);
CREATE TRIGGER _listed_days_ai AFTER INSERT ON _listed_days
BEGIN DELETE FROM _listed_months WHERE month = substr(new.day, 1, 7); END;
CREATE TRIGGER _listed_days_ad AFTER DELETE ON _listed_days
BEGIN DELETE FROM _listed_months WHERE month = substr(old.day, 1, 7); END;
"""

Sums = dict[str, dict[str, int]]


class ListedSums(NamedTuple):
    """Listed URLs counted in three ways: by day and outcome, by outcome and source, by outcome and reason."""

    by_day: Sums
    by_source: Sums
    by_reason: Sums

    def add_day(self, day: str, counts: Iterable[ListedCount]) -> None:
        """Add what was listed for a day."""
        for outcome, reason, _, by_source in counts:
            urls = sum(by_source.values())
            _add(self.by_day, day, {outcome: urls})
            _add(self.by_source, outcome, by_source)
            _add(self.by_reason, outcome, {reason: urls})

    def add(self, other: ListedSums) -> None:
        """Add what was listed for other days."""
        for sums, others in zip(self, other, strict=True):
            for key, counts in others.items():
                _add(sums, key, counts)


def _add(sums: Sums, key: str, counts: dict[str, int]) -> None:
    row = sums.setdefault(key, {})
    for name, urls in counts.items():  # Counter.update takes twice as long
        row[name] = row.get(name, 0) + urls


def fill_listed_months(db: sqlite3.Connection) -> None:
    """Make the rows that are missing, from those of `_listed_days`."""
    months = "SELECT DISTINCT substr(day, 1, 7) FROM _listed_days EXCEPT SELECT month FROM _listed_months"
    for (month,) in db.execute(months).fetchall():
        sums, early = ListedSums({}, {}, {}), []
        for day, counts in db.execute(
            "SELECT day, counts FROM _listed_days WHERE day BETWEEN ?1 || '-01' AND ?1 || '-31'", [month]
        ):
            found = [ListedCount(*count) for count in json.loads(counts)]
            sums.add_day(day, found)
            early += [count.early for count in found if count.early]
        row = [month, min(early, default=None), json.dumps(sums)]
        db.execute("INSERT INTO _listed_months VALUES (?, ?, ?)", row)


def read_listed_months(db: sqlite3.Connection, since: str, until: str) -> Iterator[ListedSums]:
    """The sums of the months that lie in a span (both days inclusive) as a whole and have no URL found before the day before it."""
    if not has_table(db, "_listed_months"):
        return
    rows = db.execute(
        """
        SELECT sums FROM _listed_months, (SELECT date(:since, '-1 day') AS first) AS found
        WHERE month || '-01' >= :since AND month || '-31' <= :until AND coalesce(earliest, first) >= first
        """,
        {"since": since, "until": until},
    )
    yield from (ListedSums(*json.loads(sums)) for (sums,) in rows.fetchall())
