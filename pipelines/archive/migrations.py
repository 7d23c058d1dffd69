"""The shape of archive.db: functions appended, never edited (docs/database.md describes the result).

Each function runs once per file, in its own transaction, and is recorded by name in `_sqlite_migrations`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

migrations = Migrations("clippings")


@migrations()
def m001_the_contract(db: Database) -> None:
    """Every table people downstream may rely on, whether it is filled yet or not."""
    db.executescript(
        """
        CREATE TABLE sources (
            id TEXT PRIMARY KEY,               -- the stem of its file in seeds/
            name TEXT NOT NULL,
            home TEXT NOT NULL,
            language TEXT,
            country TEXT,
            added_at TEXT NOT NULL,
            followed INTEGER NOT NULL DEFAULT 1  -- 0: no longer in seeds/
        );
        CREATE TABLE captures (
            id INTEGER PRIMARY KEY,
            url TEXT NOT NULL,
            fetched_at TEXT NOT NULL,
            status INTEGER,
            mime TEXT,
            sha256 TEXT,                       -- of the payload
            warc_file TEXT,                    -- relative to warc/
            warc_offset INTEGER,
            warc_length INTEGER
        );
        CREATE INDEX captures_url ON captures(url);
        CREATE TABLE articles (
            id INTEGER PRIMARY KEY,
            source_id TEXT NOT NULL REFERENCES sources(id),
            url TEXT NOT NULL UNIQUE,
            title TEXT,
            standfirst TEXT,
            authors TEXT NOT NULL DEFAULT '[]',  -- JSON list
            published_at TEXT,
            published_from TEXT,               -- json-ld, meta, feed, sitemap, url, text
            modified_at TEXT,
            section TEXT,
            tags TEXT NOT NULL DEFAULT '[]',   -- JSON list
            language TEXT,
            description TEXT,
            image_url TEXT,
            image_caption TEXT,
            image_credit TEXT,
            text TEXT NOT NULL,
            word_count INTEGER NOT NULL,
            access TEXT,                       -- free, paywalled, NULL unknown
            first_seen_at TEXT NOT NULL,
            checked_at TEXT NOT NULL,
            gone_at TEXT,
            revision INTEGER NOT NULL DEFAULT 1,
            content_hash TEXT NOT NULL,
            extractor TEXT NOT NULL,
            capture_id INTEGER REFERENCES captures(id),
            story_id INTEGER,
            duplicate_of INTEGER REFERENCES articles(id)
        );
        CREATE INDEX articles_source_hash ON articles(source_id, content_hash);
        CREATE INDEX articles_published ON articles(published_at);
        CREATE INDEX articles_first_seen ON articles(first_seen_at);
        CREATE INDEX articles_section ON articles(section);
        CREATE INDEX articles_language ON articles(language);
        CREATE INDEX articles_story ON articles(story_id) WHERE story_id IS NOT NULL;
        CREATE TABLE revisions (               -- the superseded versions
            id INTEGER PRIMARY KEY,
            article_id INTEGER NOT NULL REFERENCES articles(id),
            number INTEGER NOT NULL,
            seen_at TEXT NOT NULL,
            title TEXT,
            standfirst TEXT,
            text TEXT NOT NULL,
            modified_at TEXT,
            content_hash TEXT NOT NULL,
            capture_id INTEGER REFERENCES captures(id),
            UNIQUE (article_id, number)
        );
        CREATE TABLE crawls (
            id INTEGER PRIMARY KEY,
            started_at TEXT NOT NULL,
            finished_at TEXT,                  -- NULL: running, or killed
            exit_code INTEGER,
            reason TEXT,                       -- how it ended
            command TEXT,
            version TEXT,
            sources TEXT NOT NULL DEFAULT '[]', -- JSON list of the source ids it follows
            owed INTEGER NOT NULL DEFAULT 0,   -- URLs due when it began
            found INTEGER NOT NULL DEFAULT 0,  -- URLs it added
            outside INTEGER NOT NULL DEFAULT 0 -- listed, but older than the window
        );
        CREATE TABLE urls (                    -- the frontier
            id INTEGER PRIMARY KEY,
            url TEXT NOT NULL,                 -- as found
            key TEXT NOT NULL UNIQUE,          -- how we know it again
            source_id TEXT NOT NULL REFERENCES sources(id),
            found_at TEXT NOT NULL,
            via TEXT,
            hints TEXT NOT NULL DEFAULT '{}',
            state TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'done', 'given_up')),
            due_at TEXT,
            priority INTEGER NOT NULL DEFAULT 0,  -- larger is sooner
            attempts INTEGER NOT NULL DEFAULT 0,
            etag TEXT,
            last_modified TEXT,
            article_id INTEGER REFERENCES articles(id)
        );
        CREATE INDEX urls_due ON urls(source_id, priority DESC) WHERE state = 'due';
        CREATE INDEX urls_article ON urls(article_id) WHERE article_id IS NOT NULL;
        CREATE TABLE outcomes (
            crawl_id INTEGER NOT NULL REFERENCES crawls(id),
            source_id TEXT NOT NULL REFERENCES sources(id),
            url TEXT NOT NULL,
            outcome TEXT NOT NULL,
            reason TEXT,
            at TEXT NOT NULL,
            article_id INTEGER REFERENCES articles(id),
            PRIMARY KEY (crawl_id, url)
        );
        CREATE INDEX outcomes_source ON outcomes(source_id, crawl_id, outcome);
        CREATE INDEX outcomes_url ON outcomes(url);
        CREATE TABLE listings (                -- feeds, sitemaps and section pages
            id INTEGER PRIMARY KEY,
            source_id TEXT NOT NULL REFERENCES sources(id),
            url TEXT NOT NULL,
            kind TEXT NOT NULL,                -- feed, sitemap, section
            parent TEXT,                       -- the listing that named it, NULL for the site itself
            found_at TEXT NOT NULL,
            checked_at TEXT,
            answered_at TEXT,                  -- the last time it could be read (200 or 304)
            status INTEGER,
            error TEXT,                        -- why it could not be read, NULL when it could
            etag TEXT,
            last_modified TEXT,
            entries INTEGER,                   -- URLs it listed when last read in full
            outside INTEGER,                   -- of these, older than the window
            newest_at TEXT,                    -- the newest date among them
            UNIQUE (source_id, url)
        );
        CREATE TABLE passed_over (             -- undated sitemap URLs that the first look left out
            key_hash INTEGER PRIMARY KEY       -- first 8 bytes of the key's SHA-256, signed
        );
        CREATE TABLE boilerplate (             -- text blocks that recur across a source's pages
            source_id TEXT NOT NULL REFERENCES sources(id),
            block_hash TEXT NOT NULL,
            text TEXT NOT NULL,
            pages INTEGER NOT NULL,
            first_seen_at TEXT NOT NULL,
            last_seen_at TEXT NOT NULL,
            PRIMARY KEY (source_id, block_hash)
        );
        """
    )
    db.table("articles").enable_fts(
        ["title", "standfirst", "text"], fts_version="FTS5", tokenize="unicode61", create_triggers=True
    )
