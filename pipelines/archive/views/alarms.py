"""Alarms: what is, or was, unlike a source's past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.archive.file_checks import has_table
from pipelines.archive.search.results import parse_list

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm with the name of its source. `until` is None while it lasts; `evidence` has up to three URLs."""

    id: int
    source_id: str
    name: str
    kind: str
    since: str
    until: str | None
    raised_at: str
    words: str
    advice: str
    evidence: tuple[str, ...]


def read_alarms(
    db: sqlite3.Connection, source_id: str | None = None, *, over: bool = False
) -> list[AlarmView]:
    """Alarms, the latest first; of one source if it is named; with `over`, also those that are over.

    An archive from before there were alarms has none.
    """
    if not has_table(db, "alarms"):
        return []
    rows = db.execute(
        "SELECT a.id, a.source_id, s.name, a.kind, a.since, a.until, a.raised_at, a.words, a.advice, a.evidence"
        " FROM alarms a JOIN sources s ON s.id = a.source_id"
        " WHERE (:over OR a.until IS NULL) AND (:source IS NULL OR a.source_id = :source)"
        " ORDER BY a.raised_at DESC, a.id DESC",
        {"over": over, "source": source_id},
    )
    return [AlarmView(*(*values, parse_list(evidence))) for *values, evidence in rows]


def count_alarms(db: sqlite3.Connection) -> int:
    """How many alarms last."""
    if not has_table(db, "alarms"):
        return 0
    count: int = db.execute("SELECT count(*) FROM alarms WHERE until IS NULL").fetchone()[0]
    return count
