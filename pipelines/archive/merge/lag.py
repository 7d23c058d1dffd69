"""What one archive knows and another does not, by the crawls they have seen: whether a merge would bring anything."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from pipelines.archive.database import open_for_reading

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from sqlite_utils import Database


def knows_more(shard: Path, archive: Path) -> bool:
    """Whether the shard has a crawl that the archive has not, or the end of one. Raises `ArchiveError`."""
    if not archive.exists():
        return True
    with closing(open_for_reading(shard)) as theirs, closing(open_for_reading(archive)) as ours:
        sql = "SELECT uid, finished_at FROM crawls"
        return not set(theirs.conn.execute(sql)) <= set(ours.conn.execute(sql))


def find_lagging_sources(shard: Path, archive: Path, ids: Collection[str]) -> list[str]:
    """The sources of which the archive knows a crawl, a veto or an erasure that the shard does not know.

    All of `ids` that the archive has, where it has erasures that the shard has not: they do not say whose they are.
    Raises `ArchiveError`.
    """
    with closing(open_for_reading(archive)) as ours:
        if not shard.exists():
            return [one for one in ids if _crawls_of(ours, one) or _vetoes_of(ours, one)]
        with closing(open_for_reading(shard)) as theirs:
            return _compare(ours, theirs, ids)


def _compare(ours: Database, theirs: Database, ids: Collection[str]) -> list[str]:
    erasures = "SELECT kind, hash FROM _erasures"
    if set(ours.conn.execute(erasures)) - set(theirs.conn.execute(erasures)):
        known = _first_cells(ours.conn.execute("SELECT id FROM sources"))
        return [one for one in ids if one in known]
    uids = dict(ours.conn.execute("SELECT id, uid FROM crawls").fetchall())
    theirs_uids = _first_cells(theirs.conn.execute("SELECT uid FROM crawls"))
    unknown = {number for number, uid in uids.items() if uid not in theirs_uids}
    return [
        one
        for one in ids
        if unknown & _crawls_of(ours, one) or _vetoes_of(ours, one) - _vetoes_of(theirs, one)
    ]


def _crawls_of(db: Database, source_id: str) -> set[int]:
    sql = "SELECT DISTINCT crawl_id FROM outcomes WHERE source_id = ?"
    return _first_cells(db.conn.execute(sql, [source_id]))


def _vetoes_of(db: Database, source_id: str) -> set[str]:
    sql = "SELECT block_hash FROM boilerplate WHERE vetoed AND source_id = ?"
    return _first_cells(db.conn.execute(sql, [source_id]))


def _first_cells(rows: Iterable[tuple[Any, ...]]) -> set[Any]:
    return {row[0] for row in rows}
