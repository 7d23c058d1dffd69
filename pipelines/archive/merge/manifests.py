"""Manifests of both archives, their chains whole: the next manifest follows the heads of both.

What the shard's manifests cover they cover here as well; only leaves that the union of rows changed are superseded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.archive.manifest_tables import has_manifests, note_everything
from pipelines.archive.merge.rules import SHARD, get_columns

if TYPE_CHECKING:
    from sqlite_utils import Database

_NEW_ROW = """
CASE WHEN theirs.kind = 'capture' THEN (SELECT new FROM capture_ids WHERE old = theirs.row_id)
     ELSE (SELECT new FROM article_ids WHERE old = theirs.row_id) END
"""


def note_ours(db: Database) -> None:
    """Note all that the target holds where no manifest covers it yet: the shard's will be here. Needs an open transaction."""
    if not has_manifests(db):
        note_everything(db)


def merge_manifests(db: Database, highest: int) -> None:
    """Bring in the shard's manifests, their leaves and what waits, once articles and captures are united.

    `highest` is the id of the last capture that the target had before. Needs an open transaction.
    """
    conn = db.conn
    columns = [name for name in get_columns(db, "manifests") if name != "id"]
    listed = ", ".join(columns)
    # Two copies of one archive share manifests; only one of them may have a stamp.
    conn.execute(
        f"INSERT INTO main.manifests ({listed}) SELECT {listed} FROM {SHARD}.manifests AS theirs WHERE true ORDER BY theirs.id"
        " ON CONFLICT (sha256) DO UPDATE SET stamped_at = excluded.stamped_at, authority = excluded.authority,"
        " token = excluded.token WHERE manifests.token IS NULL AND excluded.token IS NOT NULL"
    )
    conn.execute(
        "CREATE TEMP TABLE manifest_ids AS SELECT theirs.id AS old, ours.id AS new,"
        " NOT EXISTS (SELECT 1 FROM main._manifest_leaves WHERE manifest_id = ours.id) AS is_new"
        f" FROM {SHARD}.manifests AS theirs JOIN main.manifests AS ours USING (sha256)"
    )
    _merge_leaves(db)
    _note_theirs(db, highest)


def _merge_leaves(db: Database) -> None:
    conn = db.conn
    by = "(SELECT new FROM manifest_ids WHERE old = theirs.superseded_by)"
    conn.execute(
        "INSERT INTO main._manifest_leaves (manifest_id, position, kind, row_id, number, hash, superseded_by, why)"
        f" SELECT m.new, theirs.position, theirs.kind, {_NEW_ROW}, theirs.number, theirs.hash, {by}, theirs.why"
        f" FROM {SHARD}._manifest_leaves AS theirs JOIN manifest_ids AS m ON m.old = theirs.manifest_id WHERE m.is_new"
    )
    # Of a manifest that both have, the shard may have superseded leaves since.
    conn.execute(
        f"UPDATE main._manifest_leaves AS ours SET superseded_by = {by}, why = theirs.why"
        f" FROM {SHARD}._manifest_leaves AS theirs JOIN manifest_ids AS m ON m.old = theirs.manifest_id"
        " WHERE ours.manifest_id = m.new AND ours.position = theirs.position AND NOT m.is_new"
        " AND ours.superseded_by IS NULL AND theirs.superseded_by IS NOT NULL"
    )


def _note_theirs(db: Database, highest: int) -> None:
    """Note what no manifest covers as it is now: what waited in the shard, and rows of which the two have other leaves."""
    conn = db.conn
    pending = f"{SHARD}._manifest_pending AS theirs"
    if not has_manifests(db, SHARD):
        pending = (
            f"(SELECT 'capture' AS kind, id AS row_id, NULL AS digest FROM {SHARD}.captures"
            f" WHERE coalesce(revisit_file, warc_file) IS NOT NULL UNION ALL SELECT 'article', id, NULL FROM {SHARD}.articles)"
            " AS theirs"
        )
    # The digest that the shard noted is of its own record; of a capture that both have, ours may be another.
    conn.execute(
        "INSERT OR IGNORE INTO main._manifest_pending (kind, row_id, digest)"
        f" SELECT theirs.kind, {_NEW_ROW} AS new, CASE WHEN {_NEW_ROW} > :highest THEN theirs.digest END"
        f" FROM {pending} WHERE {_NEW_ROW} IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM main._manifest_leaves l WHERE l.row_id = new AND l.kind = theirs.kind"
        " AND theirs.kind = 'capture' AND l.superseded_by IS NULL AND l.kind <> 'superseded')",
        {"highest": highest},
    )
    conn.execute(
        "INSERT OR IGNORE INTO main._manifest_pending (kind, row_id)"
        " SELECT CASE kind WHEN 'capture' THEN 'capture' ELSE 'article' END, row_id FROM main._manifest_leaves"
        " WHERE superseded_by IS NULL AND kind <> 'superseded' AND (kind = 'capture' AND row_id IN"
        " (SELECT new FROM capture_ids) OR kind <> 'capture' AND row_id IN (SELECT new FROM article_ids))"
        " GROUP BY row_id, kind, number HAVING count(DISTINCT hash) > 1"
    )
