"""The shape of desk.db: steps appended, never edited. `PRAGMA user_version` counts those that a file has.

Articles are named by their address, never by an id of archive.db: another archive may lie beside it tomorrow.
"""

from __future__ import annotations

APPLICATION_ID = 0x436C6444
"""`ClDd` in ASCII, in the SQLite header: a file without it is no desk."""

STEPS = (
    """
    CREATE TABLE desk (                       -- one row
        uid TEXT NOT NULL                     -- makes the ids of feeds, the same wherever they are published
    );
    INSERT INTO desk (uid) VALUES (lower(hex(randomblob(16))));
    CREATE TABLE searches (                   -- saved searches
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        query TEXT NOT NULL,
        filters TEXT NOT NULL DEFAULT '{}',   -- JSON: facet to its list of values
        kinds TEXT NOT NULL,                  -- JSON list: new, revised, headline, correction, gone
        destinations TEXT NOT NULL DEFAULT '[]',  -- JSON list; empty: those of [alerts] in clippings.toml
        made_at TEXT NOT NULL,
        made_by TEXT                          -- the login's name, where there is one
    );
    CREATE TABLE watches (                    -- how far an alert has looked through an archive
        alert TEXT NOT NULL COLLATE NOCASE,
        archive TEXT NOT NULL,                -- the name of its file
        since TEXT NOT NULL,                  -- when the alert began: what was seen before is not told
        looked_at TEXT NOT NULL,
        position TEXT NOT NULL,               -- JSON, as pipelines/archive/views/events.py makes it
        PRIMARY KEY (alert, archive)
    ) WITHOUT ROWID;
    CREATE TABLE told (                       -- what was put into a report, for good: nothing is told twice
        alert TEXT NOT NULL COLLATE NOCASE,
        event TEXT NOT NULL,                  -- a hash, so that it reveals nothing of what is forgotten
        PRIMARY KEY (alert, event)
    ) WITHOUT ROWID;
    CREATE TABLE reports (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,             -- the message id, the same at every try
        alert TEXT NOT NULL COLLATE NOCASE,
        query TEXT NOT NULL,
        archive TEXT NOT NULL,
        made_at TEXT NOT NULL
    );
    CREATE INDEX reports_alert ON reports(alert, id);
    CREATE TABLE reported (                   -- the events of reports
        id INTEGER PRIMARY KEY,
        report_id INTEGER NOT NULL REFERENCES reports(id),
        url TEXT,                             -- NULL when it was forgotten
        event TEXT NOT NULL,                  -- JSON
        forgotten_at TEXT
    );
    CREATE INDEX reported_report ON reported(report_id);
    CREATE INDEX reported_url ON reported(url) WHERE url IS NOT NULL;
    CREATE TABLE deliveries (                 -- one report to one destination
        report_id INTEGER NOT NULL REFERENCES reports(id),
        destination TEXT NOT NULL,            -- as it is named in `to`, never an address with a password
        state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dropped')),
        attempts INTEGER NOT NULL DEFAULT 0,
        tried_at TEXT,
        error TEXT,
        PRIMARY KEY (report_id, destination)
    ) WITHOUT ROWID;
    CREATE INDEX deliveries_pending ON deliveries(report_id) WHERE state = 'pending';
    """,
    """
    CREATE TABLE corrections (                -- what a person put in place of what was read from a page; the last of a field counts
        id INTEGER PRIMARY KEY,
        url TEXT NOT NULL,
        source_id TEXT NOT NULL DEFAULT '',
        field TEXT NOT NULL CHECK (field IN ('title', 'authors', 'published')),
        value TEXT NOT NULL,                  -- of authors a JSON list
        was TEXT NOT NULL DEFAULT '',         -- what the machine had read then, in the same form
        why TEXT NOT NULL DEFAULT '',
        made_at TEXT NOT NULL,
        made_by TEXT NOT NULL DEFAULT '',
        undone_at TEXT,
        undone_by TEXT
    );
    CREATE INDEX corrections_url ON corrections(url);
    CREATE TABLE author_aliases (             -- two names of one author
        alias TEXT PRIMARY KEY,
        name TEXT NOT NULL,                   -- never an alias itself
        made_at TEXT NOT NULL,
        made_by TEXT NOT NULL DEFAULT ''
    ) WITHOUT ROWID;
    CREATE TABLE wanted_pages (               -- addresses that a person asked the next crawl to archive
        id INTEGER PRIMARY KEY,
        archive TEXT NOT NULL,                -- the name of its file
        url TEXT NOT NULL,
        asked_at TEXT NOT NULL,
        asked_by TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'given up')),
        tries INTEGER NOT NULL DEFAULT 0,
        tried_at TEXT,
        outcome TEXT NOT NULL DEFAULT '',
        reason TEXT NOT NULL DEFAULT '',
        UNIQUE (archive, url)
    );
    """,
    """
    CREATE TABLE dossiers (                   -- articles that a person has put together
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,             -- makes the ids of its feed
        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        about TEXT NOT NULL DEFAULT '',
        made_at TEXT NOT NULL,
        made_by TEXT NOT NULL DEFAULT '',     -- the login's name, where there is one
        edited_at TEXT NOT NULL,
        edited_by TEXT NOT NULL DEFAULT '',
        edition INTEGER NOT NULL DEFAULT 1    -- counts changes of name, introduction and order: a form sends the one it was made from
    );
    CREATE TABLE dossier_items (
        id INTEGER PRIMARY KEY,
        dossier_id INTEGER NOT NULL REFERENCES dossiers(id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        url TEXT,                             -- NULL when it was forgotten
        fixed INTEGER NOT NULL DEFAULT 0,     -- 1: this version, 0: the article as it stands
        words_sha256 TEXT NOT NULL DEFAULT '',  -- of headline, standfirst and text of the version saved, or of the one then held
        seen_at TEXT NOT NULL DEFAULT '',     -- when that version was first seen
        title TEXT NOT NULL,                  -- as saved, for an archive that does not hold it
        source_id TEXT NOT NULL DEFAULT '',
        source_name TEXT NOT NULL,
        published_at TEXT,
        note TEXT NOT NULL DEFAULT '',
        tags TEXT NOT NULL DEFAULT '[]',      -- JSON list
        added_at TEXT NOT NULL,
        added_by TEXT NOT NULL DEFAULT '',
        edited_at TEXT NOT NULL,
        edited_by TEXT NOT NULL DEFAULT '',
        edition INTEGER NOT NULL DEFAULT 1,
        forgotten_at TEXT
    );
    CREATE INDEX dossier_items_place ON dossier_items(dossier_id, place);
    CREATE UNIQUE INDEX dossier_items_once ON dossier_items(dossier_id, url, iif(fixed, words_sha256, ''));
    CREATE INDEX dossier_items_url ON dossier_items(url) WHERE url IS NOT NULL;
    CREATE TABLE notes (                      -- notes on an article, and on a passage of it
        id INTEGER PRIMARY KEY,
        url TEXT,                             -- NULL when it was forgotten
        key TEXT NOT NULL DEFAULT '',         -- the address as addresses are compared
        quote TEXT NOT NULL DEFAULT '',       -- the passage; empty for a note on the article
        before TEXT NOT NULL DEFAULT '',      -- what stood before and after it, as in a TextQuoteSelector of W3C
        after TEXT NOT NULL DEFAULT '',
        words_sha256 TEXT NOT NULL DEFAULT '',  -- of the version on which it was made
        seen_at TEXT NOT NULL DEFAULT '',
        title TEXT NOT NULL,
        source_id TEXT NOT NULL DEFAULT '',
        source_name TEXT NOT NULL,
        note TEXT NOT NULL DEFAULT '',
        made_at TEXT NOT NULL,
        made_by TEXT NOT NULL DEFAULT '',
        edited_at TEXT NOT NULL,
        edited_by TEXT NOT NULL DEFAULT '',
        edition INTEGER NOT NULL DEFAULT 1,
        forgotten_at TEXT
    );
    CREATE INDEX notes_key ON notes(key);
    """,
)
