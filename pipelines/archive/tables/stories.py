"""The column `articles.story_id`, and the tables from which it follows: fingerprints, and which articles share text.

Triggers note in `_story_pending` whose text or time changed, whoever changed it. A story is a group of articles that are
linked, directly or by way of others; its id is the smallest id among them. So it depends on the texts and times alone, and
not on the order in which they came: when a fingerprint becomes too common to find anything by, all articles that hold it and are
linked are looked at anew; when it is rare again, all that hold it.
"""

from __future__ import annotations

import json
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.derived_columns import PUBLICATION
from pipelines.decisions.stories import (
    COMMON,
    FEWEST_SHARED,
    WINDOW_DAYS,
    find_fingerprints,
    may_share_text,
    read_runs,
    share_runs,
    surely_shares_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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

STORIES = f"""
CREATE TABLE _stories (                   -- each story in numbers
    story_id INTEGER PRIMARY KEY,
    first_id INTEGER NOT NULL,            -- the article that was published first, as far as is known
    articles INTEGER NOT NULL,
    sources INTEGER NOT NULL
);
CREATE INDEX articles_in_stories ON articles(id, story_id) WHERE story_id IS NOT NULL;
CREATE TRIGGER articles_stories_seen AFTER UPDATE OF first_seen_at ON articles
WHEN old.first_seen_at IS NOT new.first_seen_at BEGIN {_NOTE.format(row="new")} END;
"""

COUNT_STORIES = f"""
INSERT INTO _stories (story_id, first_id, articles, sources)
SELECT story_id, max(CASE WHEN place = 1 THEN id END), count(*), count(DISTINCT source_id) FROM (
    SELECT story_id, id, source_id, row_number() OVER (PARTITION BY story_id ORDER BY {PUBLICATION.format(row="")}) AS place
    FROM articles WHERE {{stories}}
) GROUP BY story_id
"""

NOTE_ALL = "INSERT INTO _story_pending SELECT id FROM articles WHERE duplicate_of IS NULL;"
"""For an archive from before there were stories."""

MOST = 500
"""Articles whose story is told at a time: an archive from before there were stories has a million waiting."""

DAY = 86400
SIZE = 6
"""Bytes of a fingerprint."""


class _Pending(NamedTuple):
    """An article whose fingerprints are to be found; `text` is empty where it is gone or a duplicate."""

    article_id: int
    text: str
    at: int


class ReadText(NamedTuple):
    """A text whose fingerprints were found elsewhere, in a worker process."""

    text: str
    fingerprints: tuple[int, ...]


def update_stories(
    db: Database,
    most: int = MOST,
    read: Mapping[int, ReadText] = MappingProxyType({}),
    relinked: Iterable[int] = (),
) -> int:
    """Tell the stories of articles that are new or changed, the newest first; returns how many of them were looked at.

    `read` are texts of articles by their ids; what the archive holds now may be another. `relinked` are articles that may
    share text with others than before, though theirs is the same. Needs an open transaction.
    """
    pending = _read_pending(db, most)
    affected, turned = set[int](), set(relinked)
    for article in pending:
        hashes = _find_hashes(article, read.get(article.article_id))
        added, gone = _replace_fingerprints(db, article.article_id, hashes)
        holders = _count_holders(db, gone.union(hashes))
        # A fingerprint that counts no more can part articles, and brings none together.
        turned |= _find_linked(
            db, _find_holders(db, [number for number in added if holders[number] == COMMON + 1])
        )
        turned |= _find_holders(db, [number for number in gone if holders[number] == COMMON])
        affected |= _link(db, article.article_id, article.at, hashes, holders)
    for article_id, at, packed in _read_fingerprints(db, turned):
        hashes = _unpack(packed)
        affected |= _link(db, article_id, at, hashes, _count_holders(db, hashes))
    db.conn.executemany(
        "DELETE FROM _story_pending WHERE article_id = ?", [(article.article_id,) for article in pending]
    )
    number_stories(db, affected)
    return len(pending)


def _read_pending(db: Database, most: int) -> list[_Pending]:
    """The newest articles that are noted."""
    rows = db.conn.execute(
        "WITH wanted(id) AS (SELECT article_id FROM _story_pending ORDER BY article_id DESC LIMIT ?)"
        " SELECT w.id, CASE WHEN a.duplicate_of IS NULL THEN coalesce(a.text, '') ELSE '' END, coalesce(f.at, 0)"
        " FROM wanted w LEFT JOIN articles a ON a.id = w.id LEFT JOIN _article_facets f ON f.article_id = w.id"
        " ORDER BY w.id DESC",
        [most],
    ).fetchall()
    return [_Pending(*row) for row in rows]


def _read_fingerprints(db: Database, articles: set[int]) -> list[tuple[int, int, bytes]]:
    """Id, time and packed fingerprints of those of these articles that have any."""
    return db.conn.execute(
        "SELECT t.article_id, coalesce(f.at, 0), t.fingerprints FROM json_each(?) AS wanted"
        " CROSS JOIN _story_texts AS t ON t.article_id = wanted.value"
        " LEFT JOIN _article_facets AS f ON f.article_id = t.article_id ORDER BY t.article_id DESC",
        [json.dumps(list(articles))],
    ).fetchall()


def _unpack(fingerprints: bytes) -> list[int]:
    return [int.from_bytes(fingerprints[at : at + SIZE], "big") for at in range(0, len(fingerprints), SIZE)]


def _find_hashes(article: _Pending, read: ReadText | None) -> list[int]:
    if read is not None and read.text == article.text:
        return list(read.fingerprints)
    return find_fingerprints(article.text)


def _unlink(db: Database, article_id: int) -> set[int]:
    """Take an article's links out; returns the articles it was linked with."""
    linked = {
        other
        for (other,) in db.conn.execute(
            "SELECT other_id FROM _story_links WHERE article_id = ?", [article_id]
        ).fetchall()
    }
    if linked:
        db.conn.execute("DELETE FROM _story_links WHERE article_id = ?", [article_id])
        db.conn.executemany(
            "DELETE FROM _story_links WHERE article_id = ? AND other_id = ?",
            [(other, article_id) for other in linked],
        )
    return linked


def _replace_fingerprints(db: Database, article_id: int, hashes: list[int]) -> tuple[set[int], set[int]]:
    """Give an article these fingerprints; returns those that are new, and those that are gone."""
    row = db.conn.execute(
        "SELECT fingerprints FROM _story_texts WHERE article_id = ?", [article_id]
    ).fetchone()
    packed = b"".join(number.to_bytes(SIZE, "big") for number in hashes)
    held = row[0] if row else b""
    if held == packed:
        return set(), set()
    old = set(_unpack(held))
    gone, added = old.difference(hashes), set(hashes) - old
    conn = db.conn
    conn.executemany("INSERT INTO _story_fingerprints VALUES (?, ?)", [(n, article_id) for n in added])
    if held:
        conn.executemany(
            "DELETE FROM _story_fingerprints WHERE hash = ? AND article_id = ?",
            [(n, article_id) for n in gone],
        )
        conn.execute("DELETE FROM _story_texts WHERE article_id = ?", [article_id])
    if packed:
        conn.execute("INSERT INTO _story_texts VALUES (?, ?)", [article_id, packed])
    return added, gone


def _count_holders(db: Database, hashes: Iterable[int]) -> dict[int, int]:
    """How many articles hold each of these fingerprints, counted until it is common beyond doubt.

    Most are held by the one article alone: who knows that need not look for others.
    """
    rows = db.conn.execute(
        "SELECT value, (SELECT count(*) FROM (SELECT 1 FROM _story_fingerprints WHERE hash = value LIMIT ?))"
        " FROM json_each(?)",
        [COMMON + 2, json.dumps(list(hashes))],
    )
    return dict(rows.fetchall())


def _find_holders(db: Database, hashes: list[int]) -> set[int]:
    """The articles that hold any of these fingerprints."""
    if not hashes:
        return set()
    rows = db.conn.execute(
        "SELECT article_id FROM _story_fingerprints WHERE hash IN (SELECT value FROM json_each(?))",
        [json.dumps(hashes)],
    )
    return {article for (article,) in rows}


def _link(db: Database, article_id: int, at: int, hashes: list[int], holders: Mapping[int, int]) -> set[int]:
    """Link an article with those that share its text, and with no others; returns it, with all of before and now.

    A fingerprint counts for none when more than `COMMON` articles hold it, whichever of them came first.
    """
    before = _unlink(db, article_id)
    linked = set()
    telling = [number for number in hashes if 1 < holders[number] <= COMMON]
    if len(telling) >= FEWEST_SHARED:
        # 1 ms, and most articles share nothing with another.
        runs = cache(lambda: read_runs(_read_text(db, article_id)))
        for other, shared, theirs in _find_candidates(db, article_id, at, telling):
            if not may_share_text(shared, len(hashes), theirs):
                continue
            if surely_shares_text(shared, len(hashes), theirs) or share_runs(
                runs(), read_runs(_read_text(db, other))
            ):
                linked.add(other)
        pairs = [(article_id, other) for other in linked]
        db.conn.executemany("INSERT INTO _story_links VALUES (?, ?)", [*pairs, *((b, a) for a, b in pairs)])
    return {article_id} | before | linked


def _find_candidates(db: Database, article_id: int, at: int, hashes: list[int]) -> list[tuple[int, int, int]]:
    """Other articles within the window that share some of these fingerprints: id, how many are shared, how many that article has."""
    span = WINDOW_DAYS * DAY
    return db.conn.execute(
        f"SELECT found.article_id, found.shared, length(t.fingerprints) / {SIZE} FROM ("
        "  SELECT f.article_id, count(*) AS shared FROM json_each(?) AS wanted CROSS JOIN _story_fingerprints AS f"
        "  ON f.hash = wanted.value GROUP BY f.article_id HAVING count(*) > 1"
        ") AS found JOIN _article_facets AS place ON place.article_id = found.article_id AND place.at BETWEEN ? AND ?"
        " JOIN _story_texts AS t ON t.article_id = found.article_id WHERE found.article_id <> ?",
        [json.dumps(hashes), at - span, at + span, article_id],
    ).fetchall()


def _read_text(db: Database, article_id: int) -> str:
    row = db.conn.execute("SELECT text FROM articles WHERE id = ?", [article_id]).fetchone()
    return str(row[0]) if row else ""


def number_stories(db: Database, affected: set[int]) -> None:
    """Give all articles that these lead to the id of their story; NULL to one that shares its text with none.

    And count these stories anew.
    """
    linked = _find_linked(db, affected)
    alone = [(number,) for number in affected - linked]
    db.conn.executemany("UPDATE articles SET story_id = NULL WHERE id = ? AND story_id IS NOT NULL", alone)
    db.conn.executemany("DELETE FROM _stories WHERE story_id = ?", alone)
    while linked:
        start = linked.pop()
        members = [
            row[0]
            for row in db.conn.execute(
                "WITH RECURSIVE story(id) AS (SELECT ? UNION SELECT other_id FROM _story_links JOIN story"
                " ON article_id = id) SELECT id FROM story",
                [start],
            ).fetchall()
        ]
        linked.difference_update(members)
        story_id = min(members)
        db.conn.executemany(
            "UPDATE articles SET story_id = ? WHERE id = ? AND story_id IS NOT ?",
            [(story_id, member, story_id) for member in members],
        )
        db.conn.executemany("DELETE FROM _stories WHERE story_id = ?", [(member,) for member in members])
        db.conn.execute(COUNT_STORIES.format(stories="story_id = ?"), [story_id])


def _find_linked(db: Database, articles: set[int]) -> set[int]:
    """Those of these articles that share their text with another."""
    if not articles:
        return set()
    rows = db.conn.execute(
        "SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM _story_links WHERE article_id = value)",
        [json.dumps(list(articles))],
    )
    return {article for (article,) in rows}
