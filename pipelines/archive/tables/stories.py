"""The column `articles.story_id`, and the tables from which it follows: fingerprints, and which articles share text.

Triggers note in `_story_pending` whose text or time changed, whoever changed it. A story is a group of articles that are
linked, directly or by way of others; its id is the smallest id among them. So it depends on the texts and times alone, and
not on the order in which they came.
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from pipelines.decisions.stories import COMMON, WINDOW_DAYS, find_fingerprints, may_share_text, shares_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlite_utils import Database

TABLES = """
CREATE TABLE _story_fingerprints (        -- hashes of runs of words, by which texts in common are found
    hash INTEGER NOT NULL,
    article_id INTEGER NOT NULL,
    PRIMARY KEY (hash, article_id)
) WITHOUT ROWID;
CREATE TABLE _story_texts (               -- the fingerprints of each article, to take them out again
    article_id INTEGER PRIMARY KEY,
    fingerprints BLOB NOT NULL            -- 6 bytes each, big-endian
);
CREATE TABLE _story_links (               -- articles that carry the same text, whole or in part; each pair both ways
    article_id INTEGER NOT NULL,
    other_id INTEGER NOT NULL,
    PRIMARY KEY (article_id, other_id)
) WITHOUT ROWID;
CREATE TABLE _story_pending (             -- articles that are new or changed since stories were told
    article_id INTEGER PRIMARY KEY
);
"""

_NOTE = "INSERT INTO _story_pending SELECT {row}.id WHERE NOT EXISTS (SELECT 1 FROM _story_pending WHERE article_id = {row}.id);"
TRIGGERS = f"""
CREATE TRIGGER articles_stories_ai AFTER INSERT ON articles BEGIN {_NOTE.format(row="new")} END;
CREATE TRIGGER articles_stories_au AFTER UPDATE OF text, published_at, duplicate_of ON articles
BEGIN {_NOTE.format(row="new")} END;
CREATE TRIGGER articles_stories_ad AFTER DELETE ON articles BEGIN {_NOTE.format(row="old")} END;
"""

NOTE_ALL = "INSERT INTO _story_pending SELECT id FROM articles WHERE duplicate_of IS NULL;"
"""For an archive from before there were stories."""

MOST = 500
"""Articles whose story is told at a time: an archive from before there were stories has a million waiting."""

DAY = 86400
SIZE = 6
"""Bytes of a fingerprint."""


class _Pending(NamedTuple):
    """An article as stories need it; `text` is empty where it is gone or a duplicate."""

    article_id: int
    text: str
    at: int


class ReadText(NamedTuple):
    """A text whose fingerprints were found elsewhere, in a worker process."""

    text: str
    fingerprints: tuple[int, ...]


def update_stories(
    db: Database, most: int = MOST, read: Mapping[int, ReadText] = MappingProxyType({})
) -> int:
    """Tell the stories of articles that are new or changed, the newest first; returns how many were looked at.

    `read` are texts of articles by their ids; what the archive holds now may be another. Needs an open transaction.
    """
    rows = db.conn.execute(
        "SELECT p.article_id, CASE WHEN a.duplicate_of IS NULL THEN coalesce(a.text, '') ELSE '' END, coalesce(f.at, 0)"
        " FROM _story_pending p LEFT JOIN articles a ON a.id = p.article_id"
        " LEFT JOIN _article_facets f ON f.article_id = p.article_id ORDER BY p.article_id DESC LIMIT ?",
        [most],
    ).fetchall()
    affected: set[int] = set()
    for row in rows:
        pending = _Pending(row[0], row[1] or "", row[2])
        affected |= _remove(db, pending.article_id) | {pending.article_id}
        if pending.text:
            affected |= _add(db, pending, read.get(pending.article_id))
    db.conn.executemany("DELETE FROM _story_pending WHERE article_id = ?", [row[:1] for row in rows])
    number_stories(db, affected)
    return len(rows)


def _remove(db: Database, article_id: int) -> set[int]:
    """Take an article's fingerprints and links out; returns the articles it was linked with."""
    row = db.conn.execute(
        "SELECT fingerprints FROM _story_texts WHERE article_id = ?", [article_id]
    ).fetchone()
    if row is None:
        return set()
    hashes = [int.from_bytes(row[0][at : at + SIZE], "big") for at in range(0, len(row[0]), SIZE)]
    db.conn.executemany(
        "DELETE FROM _story_fingerprints WHERE hash = ? AND article_id = ?",
        [(number, article_id) for number in hashes],
    )
    db.conn.execute("DELETE FROM _story_texts WHERE article_id = ?", [article_id])
    linked = {
        other
        for (other,) in db.conn.execute(
            "SELECT other_id FROM _story_links WHERE article_id = ?", [article_id]
        ).fetchall()
    }
    db.conn.execute("DELETE FROM _story_links WHERE article_id = ?", [article_id])
    db.conn.executemany(
        "DELETE FROM _story_links WHERE article_id = ? AND other_id = ?",
        [(other, article_id) for other in linked],
    )
    return linked


def _add(db: Database, article: _Pending, read: ReadText | None) -> set[int]:
    """Enter an article's fingerprints and link it with those that share its text; returns these."""
    if read is not None and read.text == article.text:
        hashes = list(read.fingerprints)
    else:
        hashes = find_fingerprints(article.text)
    if not hashes:
        return set()
    linked = {
        other
        for other, shared, theirs in _find_candidates(db, article, hashes)
        if may_share_text(shared, len(hashes), theirs) and shares_text(article.text, _read_text(db, other))
    }
    conn = db.conn
    conn.executemany(
        "INSERT INTO _story_fingerprints VALUES (?, ?)", [(number, article.article_id) for number in hashes]
    )
    packed = b"".join(number.to_bytes(SIZE, "big") for number in hashes)
    conn.execute("INSERT INTO _story_texts VALUES (?, ?)", [article.article_id, packed])
    pairs = [(article.article_id, other) for other in linked]
    conn.executemany("INSERT INTO _story_links VALUES (?, ?)", [*pairs, *((b, a) for a, b in pairs)])
    return linked


def _find_candidates(db: Database, article: _Pending, hashes: list[int]) -> list[tuple[int, int, int]]:
    """Articles within the window that share fingerprints: id, how many are shared, how many that article has."""
    span = WINDOW_DAYS * DAY
    return db.conn.execute(
        f"SELECT found.article_id, found.shared, length(t.fingerprints) / {SIZE} FROM ("
        "  SELECT f.article_id, count(*) AS shared FROM json_each(?) AS wanted CROSS JOIN _story_fingerprints AS f"
        "  ON f.hash = wanted.value WHERE (SELECT count(*) FROM (SELECT 1 FROM _story_fingerprints"
        "  WHERE hash = wanted.value LIMIT ?)) <= ? GROUP BY f.article_id HAVING count(*) > 1"
        ") AS found JOIN _article_facets AS place ON place.article_id = found.article_id AND place.at BETWEEN ? AND ?"
        " JOIN _story_texts AS t ON t.article_id = found.article_id",
        [json.dumps(hashes), COMMON + 1, COMMON, article.at - span, article.at + span],
    ).fetchall()


def _read_text(db: Database, article_id: int) -> str:
    row = db.conn.execute("SELECT text FROM articles WHERE id = ?", [article_id]).fetchone()
    return str(row[0]) if row else ""


def number_stories(db: Database, affected: set[int]) -> None:
    """Give all articles that these lead to the id of their story; NULL to one that shares its text with none."""
    while affected:
        start = affected.pop()
        members = [
            row[0]
            for row in db.conn.execute(
                "WITH RECURSIVE story(id) AS (SELECT ? UNION SELECT other_id FROM _story_links JOIN story"
                " ON article_id = id) SELECT id FROM story",
                [start],
            ).fetchall()
        ]
        affected.difference_update(members)
        story_id = min(members) if len(members) > 1 else None
        db.conn.executemany(
            "UPDATE articles SET story_id = ? WHERE id = ? AND story_id IS NOT ?",
            [(story_id, member, story_id) for member in members],
        )
