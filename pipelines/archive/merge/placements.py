"""The table `placements`: stays of one address on one page that overlap in both archives are one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.archive.merge.rules import SHARD

if TYPE_CHECKING:
    from sqlite_utils import Database

_STAYS = f"""
SELECT ours.id AS listing_id, stay.url, stay.rank, stay.first_seen_at, stay.last_seen_at
FROM {SHARD}.placements AS stay JOIN {SHARD}.listings AS theirs ON theirs.id = stay.listing_id
JOIN source_ids ON source_ids.old = theirs.source_id
JOIN main.listings AS ours ON ours.source_id = source_ids.new AND ours.url = theirs.url
"""
_THEIRS = f"""
CREATE TEMP TABLE their_stays AS {_STAYS}
WHERE stay.url NOT IN (SELECT url FROM erased_urls)
  AND NOT EXISTS (SELECT 1 FROM main._erasures WHERE kind = 'url' AND hash = hash_of_url(stay.url))
"""
_UNITED = """
CREATE TEMP TABLE united_stays AS
WITH stays AS (
    SELECT * FROM their_stays UNION
    SELECT listing_id, url, rank, first_seen_at, last_seen_at FROM main.placements
    WHERE (url, listing_id) IN (SELECT url, listing_id FROM their_stays)
), begun AS (
    SELECT *, coalesce(first_seen_at > max(last_seen_at) OVER (
        PARTITION BY listing_id, url ORDER BY first_seen_at, last_seen_at
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 1) AS begins FROM stays
), numbered AS (
    SELECT *, sum(begins) OVER (
        PARTITION BY listing_id, url ORDER BY first_seen_at, last_seen_at ROWS UNBOUNDED PRECEDING
    ) AS number FROM begun
)
SELECT listing_id, url, min(rank) AS rank, min(first_seen_at) AS first_seen_at, max(last_seen_at) AS last_seen_at
FROM numbered GROUP BY listing_id, url, number
"""


def merge_placements(db: Database) -> None:
    """Take in the shard's stays; `listings` must be united. Needs an open transaction."""
    conn = db.conn
    conn.execute(_THEIRS)
    conn.execute(_UNITED)
    conn.execute(
        "DELETE FROM main.placements WHERE (url, listing_id) IN (SELECT url, listing_id FROM their_stays)"
    )
    conn.execute(
        "INSERT INTO main.placements (listing_id, url, rank, first_seen_at, last_seen_at)"
        " SELECT listing_id, url, rank, first_seen_at, last_seen_at FROM united_stays ORDER BY listing_id, first_seen_at, url"
    )
    for table in ("their_stays", "united_stays"):
        conn.execute(f"DROP TABLE temp.{table}")


def copy_placements(db: Database) -> None:
    """Take in all of the shard's stays, where the archive has none yet. Needs an open transaction."""
    db.conn.execute(
        f"INSERT INTO main.placements (listing_id, url, rank, first_seen_at, last_seen_at) {_STAYS} ORDER BY 1, 4, 2"
    )
