"""The table `changes`: those of new articles as they are, of the others made anew from the united versions."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.merge.rules import SHARD, get_columns
from pipelines.archive.tables.changes import (
    delete_changes,
    index_changes,
    read_noted_metadata,
    rebuild_changes,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlite_utils import Database

    from pipelines.archive.tables.changes import Metadata


class Event(NamedTuple):
    """A change that led to no version: the article gone or back, or another byline or date."""

    id: int
    article_id: int
    seen_at: str
    kinds: str
    added: str
    removed: str


def merge_changes(db: Database, highest: int, united: Sequence[int]) -> None:
    """Take in the shard's changes. `united` are the ids of articles whose versions are others now.

    Needs an open transaction.
    """
    conn = db.conn
    (last,) = conn.execute("SELECT coalesce(max(id), 0) FROM main.changes").fetchone()
    columns = [name for name in get_columns(db, "changes") if name not in ("id", "article_id", "source_id")]
    theirs = ", ".join(f"theirs.{name}" for name in columns)
    conn.execute(
        f"INSERT INTO main.changes (article_id, source_id, {', '.join(columns)})"
        f" SELECT mine.new, a.source_id, {theirs} FROM {SHARD}.changes AS theirs"
        " JOIN article_ids AS mine ON mine.old = theirs.article_id JOIN main.articles AS a ON a.id = mine.new"
        " WHERE mine.new > :highest OR (theirs.number = 0 AND NOT EXISTS (SELECT 1 FROM main.changes AS ours"
        " WHERE ours.article_id = mine.new AND ours.number = 0 AND ours.seen_at = theirs.seen_at"
        " AND ours.kinds = theirs.kinds)) ORDER BY theirs.id",
        {"highest": highest},
    )
    index_changes(db, "id > ?", [last])
    for row_id in find_repeated(_read_events(db, last)):
        delete_changes(db, "id = ?", [row_id])
    rebuild_changes(db, united, _read_their_metadata(db, united))
    conn.execute(
        "UPDATE main.changes SET source_id = (SELECT source_id FROM main.articles WHERE id = article_id)"
        " WHERE article_id IN (SELECT new FROM article_ids WHERE new <= ?)",
        [highest],
    )


def _read_their_metadata(db: Database, united: Sequence[int]) -> dict[tuple[int, str], Metadata]:
    """The bylines and dates that the shard noted with versions of these articles."""
    found: dict[tuple[int, str], Metadata] = {}
    for ours in united:
        (theirs,) = db.conn.execute("SELECT old FROM article_ids WHERE new = ?", [ours]).fetchone()
        found |= read_noted_metadata(db, SHARD, theirs, ours)
    return found


def _read_events(db: Database, last: int) -> Iterable[Event]:
    """The events of articles that have new ones, in order of time."""
    rows = db.conn.execute(
        "SELECT id, article_id, seen_at, kinds, added, removed FROM main.changes WHERE number = 0"
        " AND article_id IN (SELECT article_id FROM main.changes WHERE id > ? AND number = 0)"
        " ORDER BY article_id, seen_at, id",
        [last],
    )
    return map(Event._make, rows.fetchall())


def find_repeated(events: Iterable[Event]) -> list[int]:
    """The ids of events that say what the one before said: two archives saw the same, one of them later."""
    repeated = []
    for _, group in groupby(events, key=lambda event: event.article_id):
        said: dict[bool, tuple[str, ...]] = {}
        for event in group:
            place = event.kinds in ("gone", "back")
            words = (event.kinds, event.added, event.removed)
            if said.get(place) == words:
                repeated.append(event.id)
            said[place] = words
    return repeated
