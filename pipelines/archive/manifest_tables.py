"""The tables `manifests`, `_manifest_leaves` and `_manifest_pending`: what manifests cover, and what waits for the next one.

Whatever writes an article or a capture notes it here in the same transaction. Rows that another program writes are not
noted, and so `verify` finds them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlite_utils import Database

CAPTURE, ARTICLE = "capture", "article"

REVISED = "revised by its publisher"
OTHER_RULES = "read by other rules"
SITE_MEMORY = "site memory"
MOVED = "its address was corrected"
FURTHER_PAGE = "a further page of another article"
RESTORED = "an error page had taken its place"
FORGOTTEN = "forgotten on request"
"""Why a leaf is superseded, where the command alone does not say it."""

TABLES = """
CREATE TABLE manifests (                  -- what crawls and other commands added, each chained to the one before
    id INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,              -- in its chain
    made_at TEXT NOT NULL,
    reason TEXT NOT NULL,                 -- the command: crawl, fetch, replay, import, forget, merge
    leaves INTEGER NOT NULL,
    root TEXT NOT NULL,                   -- of the Merkle tree over its leaves
    previous TEXT NOT NULL,               -- JSON list: `sha256` of the manifests it follows
    sha256 TEXT NOT NULL UNIQUE,          -- of `body`
    file TEXT NOT NULL,                   -- in warc/: has `body` again
    body TEXT NOT NULL,                   -- the manifest itself, JSON
    stamped_at TEXT,                      -- by a time-stamping authority
    authority TEXT,
    token BLOB                            -- its answer: RFC 3161, DER
);
CREATE TABLE _manifest_leaves (
    manifest_id INTEGER NOT NULL REFERENCES manifests(id),
    position INTEGER NOT NULL,            -- from 0
    kind TEXT NOT NULL,                   -- capture, version, facts, replaced, superseded
    row_id INTEGER,                       -- captures.id or articles.id; NULL where the row is not in this archive
    number INTEGER,                       -- of the version
    hash BLOB NOT NULL,                   -- 32 bytes
    superseded_by INTEGER,                -- the manifest that says so
    why TEXT,
    PRIMARY KEY (manifest_id, position)
) WITHOUT ROWID;
CREATE INDEX _manifest_leaves_row ON _manifest_leaves(row_id, kind) WHERE superseded_by IS NULL AND kind <> 'superseded';
CREATE INDEX _manifest_leaves_superseded ON _manifest_leaves(superseded_by) WHERE superseded_by IS NOT NULL;
CREATE TABLE _manifest_pending (          -- written since the last manifest
    kind TEXT NOT NULL,                   -- capture, article
    row_id INTEGER NOT NULL,
    digest TEXT,                          -- SHA-256 of a capture's record; NULL: to be read from its file
    why TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (kind, row_id)
) WITHOUT ROWID;
"""

_NOTE = (
    "INSERT INTO _manifest_pending (kind, row_id, digest, why) VALUES (?, ?, ?, ?) ON CONFLICT (kind, row_id) DO UPDATE"
    " SET digest = coalesce(excluded.digest, digest), why = CASE excluded.why WHEN '' THEN why ELSE excluded.why END"
)


def note_article(db: Database, article_id: int, why: str = "") -> None:
    """Note that an article or one of its versions was written or deleted. Needs an open transaction."""
    db.conn.execute(_NOTE, [ARTICLE, article_id, None, why])


def note_articles(db: Database, article_ids: Iterable[int], why: str = "") -> None:
    """The same for several."""
    db.conn.executemany(_NOTE, [(ARTICLE, number, None, why) for number in article_ids])


def note_capture(db: Database, capture_id: int, digest: str | None, why: str = "") -> None:
    """Note that a capture was written, with the SHA-256 of its record, or deleted. Needs an open transaction."""
    db.conn.execute(_NOTE, [CAPTURE, capture_id, digest, why])


def note_captures(db: Database, capture_ids: Iterable[int], why: str = "") -> None:
    """Note several captures that were deleted, or whose records are to be read."""
    db.conn.executemany(_NOTE, [(CAPTURE, number, None, why) for number in capture_ids])


def note_everything(db: Database) -> None:
    """Note all that is held, for a first manifest. Needs an open transaction."""
    db.conn.execute(
        "INSERT OR IGNORE INTO _manifest_pending (kind, row_id) SELECT 'capture', id FROM main.captures"
        " WHERE coalesce(revisit_file, warc_file) IS NOT NULL UNION ALL SELECT 'article', id FROM main.articles"
    )


def has_manifests(db: Database, schema: str = "main") -> bool:
    """Whether an archive, or one attached to it by this name, has any manifest."""
    return db.conn.execute(f"SELECT 1 FROM {schema}.manifests LIMIT 1").fetchone() is not None
