"""Stories of new articles, as the shard has found them; only those are told anew that the target can change.

To find the text that articles share takes most of a merge's time. Articles of the shard share what they shared there; new
can only be what one shares with an article of the target, and what a form of words tells that becomes common, or rare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.archive.merge.rules import SHARD
from pipelines.archive.tables.stories import DAY, number_stories, update_stories
from pipelines.decisions.stories import COMMON, FEWEST_SHARED, WINDOW_DAYS

if TYPE_CHECKING:
    from sqlite_utils import Database

EVERY = 1 << 62
"""No limit to how many articles are looked at."""

_HASHES = f"""
CREATE TEMP TABLE story_hashes AS
SELECT hash, sum(mine.new > :highest) AS taken, count(*) AS theirs,
       (SELECT count(*) FROM main._story_fingerprints AS f WHERE f.hash = s.hash) AS ours
FROM {SHARD}._story_fingerprints AS s LEFT JOIN article_ids AS mine ON mine.old = s.article_id
GROUP BY hash HAVING taken > 0
"""
"""Before anything is copied: how many articles hold a fingerprint in the shard, in the target, and of those that come."""

_COPY = (
    f"INSERT INTO main._story_fingerprints SELECT s.hash, mine.new FROM {SHARD}._story_fingerprints AS s"
    " JOIN article_ids AS mine ON mine.old = s.article_id WHERE mine.new > :highest",
    f"INSERT INTO main._story_texts SELECT mine.new, s.fingerprints FROM {SHARD}._story_texts AS s"
    " JOIN article_ids AS mine ON mine.old = s.article_id WHERE mine.new > :highest",
    f"INSERT INTO main._story_links SELECT one.new, other.new FROM {SHARD}._story_links AS s"
    " JOIN article_ids AS one ON one.old = s.article_id JOIN article_ids AS other ON other.old = s.other_id"
    " WHERE one.new > :highest AND other.new > :highest",
)

_UNTOLD = (
    # What the shard had not looked at itself, or knew as another's duplicate.
    f"SELECT mine.new FROM {SHARD}._story_pending AS s JOIN article_ids AS mine ON mine.old = s.article_id"
    " WHERE mine.new > :highest"
    f" UNION SELECT a.id FROM main.articles AS a JOIN article_ids AS mine ON mine.new = a.id JOIN {SHARD}.articles AS theirs"
    " ON theirs.id = mine.old WHERE a.id > :highest AND (a.duplicate_of IS NULL) <> (theirs.duplicate_of IS NULL)"
)

_RELINKED = (
    # Linked with an article that both archives have, maybe with other words.
    f"SELECT one.new FROM {SHARD}._story_links AS s JOIN article_ids AS one ON one.old = s.article_id"
    " JOIN article_ids AS other ON other.old = s.other_id WHERE one.new > :highest AND other.new <= :highest",
    # Shares enough with one of the target, within the days of one story.
    "SELECT article_id FROM (SELECT mine.new AS article_id, o.article_id AS other_id"
    f" FROM story_hashes AS h CROSS JOIN {SHARD}._story_fingerprints AS s ON s.hash = h.hash"
    " JOIN article_ids AS mine ON mine.old = s.article_id AND mine.new > :highest"
    " JOIN main._story_fingerprints AS o ON o.hash = h.hash AND o.article_id <= :highest"
    " JOIN main._article_facets AS here ON here.article_id = mine.new"
    " JOIN main._article_facets AS there ON there.article_id = o.article_id"
    "  AND there.at BETWEEN here.at - :span AND here.at + :span"
    " WHERE h.ours > 0 AND h.ours + h.taken <= :common GROUP BY 1, 2 HAVING count(*) >= :shared)",
    # Linked, and holds a form of words that is common now and was not. It brings no articles together.
    "SELECT f.article_id FROM story_hashes AS h JOIN main._story_fingerprints AS f ON f.hash = h.hash"
    " WHERE h.ours + h.taken > :common AND (h.theirs <= :common OR h.ours BETWEEN 1 AND :common)"
    " AND EXISTS (SELECT 1 FROM main._story_links AS l WHERE l.article_id = f.article_id)",
    # Holds one that was common and is not.
    "SELECT f.article_id FROM story_hashes AS h JOIN main._story_fingerprints AS f ON f.hash = h.hash"
    " WHERE h.ours + h.taken <= :common AND h.theirs > :common",
)


def merge_stories(db: Database, highest: int) -> None:
    """Tell the stories of the articles with a higher id, and of those that are noted. Needs an open transaction."""
    conn = db.conn
    values = {
        "highest": highest,
        "span": WINDOW_DAYS * DAY,
        "common": COMMON,
        "shared": FEWEST_SHARED,
    }
    conn.execute(_HASHES, values)
    for sql in _COPY:
        conn.execute(sql, values)
    conn.execute("CREATE TEMP TABLE story_relinked (id INTEGER PRIMARY KEY)")
    for sql in _RELINKED:
        conn.execute(f"INSERT OR IGNORE INTO story_relinked {sql}", values)
    conn.execute(
        f"DELETE FROM main._story_pending WHERE article_id > :highest AND article_id NOT IN ({_UNTOLD})",
        values,
    )


def finish_stories(db: Database, highest: int) -> None:
    """Tell what is noted, and number all stories of new articles, once duplicates are folded. Needs an open transaction."""
    relinked = db.conn.execute("SELECT id FROM story_relinked").fetchall()
    update_stories(db, EVERY, relinked=(article for (article,) in relinked))
    rows = db.conn.execute(
        "SELECT DISTINCT article_id FROM main._story_links WHERE article_id > ?", [highest]
    )
    number_stories(db, {row[0] for row in rows.fetchall()})
