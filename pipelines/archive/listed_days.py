"""The listed URLs of each day counted by outcome, reason and source: what coverage of long spans adds up.

A row of `_listed_days` is deleted by triggers when a URL of its day or the outcome of one changes, and made again when the
archive is closed. Meanwhile readers count that day themselves, so that the counts are always those of the view `listed`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.file_checks import has_table

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator

TABLE = """
CREATE TABLE _listed_days (               -- the listed URLs of a day, counted; a row that is missing follows from urls and outcomes
    day TEXT PRIMARY KEY,
    counts TEXT NOT NULL                  -- JSON list of outcome, reason, the day found where it is long before, and URLs by source
);
CREATE INDEX urls_missing_url ON urls(url, listed_day) WHERE article_id IS NULL;
"""
"""The index finds the day of a URL whose outcome changes; of URLs that are held none counts."""

_URL_CHANGED = "(old.url, old.source_id, old.found_at, old.via, old.listed_day, old.article_id IS NULL)"
_OF_OUTCOME = "SELECT listed_day FROM urls WHERE url = {row}.url AND article_id IS NULL"
_DELETE = "DELETE FROM _listed_days WHERE day IN ({days});"
TRIGGERS = f"""
CREATE TRIGGER urls_listed_days_ai AFTER INSERT ON urls
BEGIN {_DELETE.format(days="new.listed_day")} END;
CREATE TRIGGER urls_listed_days_au AFTER UPDATE OF url, source_id, found_at, via, listed_day, article_id ON urls
WHEN {_URL_CHANGED} IS NOT {_URL_CHANGED.replace("old.", "new.")}
BEGIN {_DELETE.format(days="old.listed_day, new.listed_day")} END;
CREATE TRIGGER urls_listed_days_ad AFTER DELETE ON urls
BEGIN {_DELETE.format(days="old.listed_day")} END;
CREATE TRIGGER outcomes_listed_days_ai AFTER INSERT ON outcomes
BEGIN {_DELETE.format(days=_OF_OUTCOME.format(row="new"))} END;
CREATE TRIGGER outcomes_listed_days_au AFTER UPDATE OF url, outcome, reason, latest ON outcomes
BEGIN {_DELETE.format(days=f"{_OF_OUTCOME.format(row='old')} UNION {_OF_OUTCOME.format(row='new')}")} END;
CREATE TRIGGER outcomes_listed_days_ad AFTER DELETE ON outcomes
BEGIN {_DELETE.format(days=_OF_OUTCOME.format(row="old"))} END;
"""

LISTED = "coalesce(u.via, '') NOT IN ('alias', 'given')"
"""SQL: as the view `listed`."""
BECAME = "iif(o.outcome = 'deferred', 'pending', coalesce(o.outcome, 'pending'))"
"""SQL: the outcome of a URL that is not held."""

_EARLY = "iif(u.found_at < date(u.listed_day, '-1 day'), substr(u.found_at, 1, 10), '')"
_COUNTS = f"""
    SELECT 'held', '', {_EARLY} AS early, u.source_id, count(*) FROM urls u
    WHERE u.article_id IS NOT NULL AND u.listed_day = :day AND {LISTED} GROUP BY u.source_id, early
    UNION ALL
    SELECT {BECAME}, coalesce(o.reason, ''), {_EARLY}, u.source_id, count(*)
    FROM urls u LEFT JOIN outcomes o ON o.url = u.url AND o.latest = 1
    WHERE u.article_id IS NULL AND u.listed_day = :day AND {LISTED} GROUP BY 1, 2, 3, 4
"""


class ListedCount(NamedTuple):
    """So many URLs of each source had one outcome for one reason.

    `early` is the day on which they were found, where that is more than a day before the day that the listing names, else ''.
    """

    outcome: str
    reason: str
    early: str
    by_source: dict[str, int]


def fill_listed_days(db: sqlite3.Connection) -> None:
    """Make the rows that are missing."""
    held = {day for (day,) in db.execute("SELECT day FROM _listed_days")}
    for day in _iterate_missing(db, "", "\U0010ffff", held):
        db.execute("INSERT INTO _listed_days VALUES (?, ?)", [day, json.dumps(_count_day(db, day))])


def read_listed_days(
    db: sqlite3.Connection, since: str, until: str, known: Collection[str] = ()
) -> Iterator[tuple[str, list[ListedCount]]]:
    """The days of a span (both inclusive) and what was listed for them, but those known already, in no order."""
    held = set(known)
    if has_table(db, "_listed_days"):
        sql = """
            SELECT day, counts FROM _listed_days
            WHERE day BETWEEN ? AND ? AND day NOT IN (SELECT value FROM json_each(?))
        """
        rows = db.execute(sql, [since, until, json.dumps(list(known))]).fetchall()
        held.update(day for day, _ in rows)
        yield from ((day, [ListedCount(*count) for count in json.loads(counts)]) for day, counts in rows)
    for day in _iterate_missing(db, since, until, held):
        yield day, _count_day(db, day)


def _iterate_missing(db: sqlite3.Connection, since: str, until: str, held: Collection[str]) -> Iterator[str]:
    """The days of a span for which any URL is listed, but those held."""
    sql = """
        WITH RECURSIVE days(day) AS (
            SELECT max(listed_day) FROM urls WHERE listed_day BETWEEN :since AND :until
            UNION ALL
            SELECT (SELECT max(listed_day) FROM urls WHERE listed_day < day AND listed_day >= :since) FROM days WHERE day IS NOT NULL
        ) SELECT day FROM days WHERE day IS NOT NULL
    """
    for (day,) in db.execute(sql, {"since": since, "until": until}):
        if day not in held:
            yield day


def _count_day(db: sqlite3.Connection, day: str) -> list[ListedCount]:
    found: dict[tuple[str, str, str], dict[str, int]] = {}
    for outcome, reason, early, source, urls in db.execute(_COUNTS, {"day": day}):
        found.setdefault((outcome, reason, early), {})[source] = urls
    return [ListedCount(*key, by_source) for key, by_source in found.items()]
