"""The days of publication on which a source could be seen: a count of zero on any other day says nothing.

A day was seen when a crawl that followed the source could read it on that day, or when the archive has articles of it: a
later crawl, an import or a merge brought them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from pipelines.archive.connection_memory import remember
from pipelines.archive.search.day_counts import read_archived_days, read_days_of_sources

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable

BLIND = ("nothing", "excluded", "listing", "moved", "stale", "failed", "refused")
"""Alarms of a source that cannot be read, by kind (decisions/anomalies/alarms.py)."""


def read_seen_days(
    db: sqlite3.Connection, sources: Collection[str], first: str, last: str
) -> dict[str, set[str]]:
    """The days of a span (`YYYY-MM-DD`, both inclusive) of each of these sources that were seen."""
    sql = f"SELECT source_id, json_group_array(day) {_LOOKS} AND source_id IN (SELECT value FROM json_each(?)) AND day BETWEEN ? AND ? GROUP BY source_id"
    looks = {key: json.loads(days) for key, days in db.execute(sql, [json.dumps([*sources]), first, last])}
    held = read_days_of_sources(db, sources, first, last)
    alarms = _read_alarms(db)
    return {
        key: find_seen_days(looks.get(key, ()), held.get(key, ()), alarms.get(key, ())) for key in sources
    }


def read_days_seen_of_any(db: sqlite3.Connection, first: str, last: str) -> set[str]:
    """The days of a span on which any source of the archive was seen: days of one source need not be told apart.

    Only the few days without any article are looked up in the figures of each source.
    """
    held = set(read_archived_days(db, first, last))
    days = remember(db, "days looked at", _read_days_looked_at)
    empty = json.dumps([day for day in days if first <= day <= last and day not in held])
    looks: defaultdict[str, list[str]] = defaultdict(list)
    rows = f"SELECT source_id, day {_LOOKS} AND day IN (SELECT value FROM json_each(?))"
    for key, day in db.execute(rows, [empty]):
        looks[key].append(day)
    alarms = _read_alarms(db)
    return held.union(*(find_seen_days(days, (), alarms.get(key, ())) for key, days in looks.items()))


def _read_days_looked_at(db: sqlite3.Connection) -> list[str]:
    return [day for (day,) in db.execute("SELECT DISTINCT day FROM _source_daily_stats")]


_LOOKS = """
FROM _source_daily_stats WHERE (pages = 0 OR failed + refused < pages)
"""


def _read_alarms(db: sqlite3.Connection) -> dict[str, list[tuple[str, str]]]:
    """First and last day of the alarms of sources that cannot be read, by source."""
    marks = ", ".join("?" * len(BLIND))
    sql = f"SELECT source_id, substr(since, 1, 10), substr(coalesce(until, '9999'), 1, 10) FROM alarms WHERE kind IN ({marks})"
    found: dict[str, list[tuple[str, str]]] = {}
    for key, since, until in db.execute(sql, BLIND):
        found.setdefault(key, []).append((since, until))
    return found


def find_seen_days(
    looks: Iterable[str], held: Iterable[str], alarms: Collection[tuple[str, str]] = ()
) -> set[str]:
    """The days that were seen, from those of successful looks, those with articles, and spans of alarms. Pure.

    A look while an alarm lasts sees nothing; on the day on which the alarm ends the source could be read again.
    """
    return {*held, *(look for look in looks if not any(since <= look < until for since, until in alarms))}


def read_last_look(db: sqlite3.Connection) -> str:
    """The last day on which a crawl looked at any source; '' for an archive that was never crawled."""
    last: str | None = db.execute("SELECT max(day) FROM _source_daily_stats").fetchone()[0]
    return last or ""
