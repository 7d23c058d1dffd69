"""The tables `alarms` and `_unstable_articles`, which are small and united in Python."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipelines.archive.merge.rules import SHARD, get_columns
from pipelines.archive.sql import insert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlite_utils import Database

    Row = dict[str, Any]


def merge_alarms(db: Database) -> None:
    """Unite the alarms of both archives. Needs an open transaction."""
    columns = [name for name in get_columns(db, "alarms") if name != "id"]
    listed = ", ".join(columns)
    theirs = listed.replace("source_id", "(SELECT new FROM source_ids WHERE old = source_id)", 1)
    rows = db.conn.execute(
        f"SELECT {listed} FROM main.alarms UNION ALL SELECT {theirs} FROM {SHARD}.alarms"
    ).fetchall()
    united = unite_alarms(dict(zip(columns, row, strict=True)) for row in rows)
    if len(united) == db.conn.execute("SELECT count(*) FROM main.alarms").fetchone()[0] == len(rows):
        return
    db.conn.execute("DELETE FROM main.alarms")
    for row in united:
        insert(db, "alarms", row)


def unite_alarms(rows: Iterable[Row]) -> list[Row]:
    """One alarm for each source, kind and beginning, and of those that last only the oldest.

    An alarm that one archive has ended is ended.
    """
    by_beginning: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        key = (row["source_id"], row["kind"], row["since"])
        by_beginning[key] = max(by_beginning.get(key, row), row, key=_order_alarms)
    lasting: set[tuple[str, str]] = set()
    united = []
    for row in sorted(by_beginning.values(), key=lambda row: (row["since"], row["source_id"], row["kind"])):
        place = (row["source_id"], row["kind"])
        if row["until"] is None:
            if place in lasting:
                continue
            lasting.add(place)
        united.append(row)
    return united


def _order_alarms(row: Row) -> tuple[str, ...]:
    return (row["until"] or "", *(str(row[name] or "") for name in sorted(row)))


def merge_unexplained_versions(db: Database) -> None:
    """Take in the texts of which nobody knows who changed them. Needs an open transaction."""
    columns = [name for name in get_columns(db, "unexplained_versions") if name not in ("id", "article_id")]
    listed = ", ".join(columns)
    db.conn.execute(
        f"INSERT INTO main.unexplained_versions (article_id, {listed})"
        f" SELECT new, {listed} FROM {SHARD}.unexplained_versions AS theirs JOIN article_ids ON old = theirs.article_id"
        " WHERE NOT EXISTS (SELECT 1 FROM main.unexplained_versions AS ours WHERE ours.article_id = new"
        " AND ours.replaced_at = theirs.replaced_at AND ours.content_hash = theirs.content_hash) ORDER BY theirs.id"
    )


def merge_unstable_articles(db: Database) -> None:
    """Unite what looks have learned of articles that change by themselves. Needs an open transaction."""
    columns = get_columns(db, "_unstable_articles")
    listed = ", ".join(f"theirs.{name}" for name in columns if name != "article_id")
    rows = db.conn.execute(
        f"SELECT new, {listed} FROM {SHARD}._unstable_articles AS theirs"
        " JOIN article_ids ON article_ids.old = theirs.article_id"
    ).fetchall()
    for article_id, *cells in rows:
        new = dict(zip([name for name in columns if name != "article_id"], cells, strict=True))
        ours = db.conn.execute(
            f"SELECT {', '.join(new)} FROM main._unstable_articles WHERE article_id = ?", [article_id]
        ).fetchone()
        old = dict(zip(new, ours, strict=True)) if ours else new
        row = {name: unite_cells(name, old[name], new[name]) for name in new}
        db.conn.execute("DELETE FROM main._unstable_articles WHERE article_id = ?", [article_id])
        insert(db, "_unstable_articles", {"article_id": article_id, **row})


def unite_cells(name: str, old: str | None, new: str | None) -> str | None:
    """The members of both lists; of two doubts the later one."""
    if name == "doubt":
        return max(filter(None, (old, new)), key=lambda cell: json.loads(cell)[::-1], default=None)
    return json.dumps(sorted({*json.loads(old or "[]"), *json.loads(new or "[]")}))
