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
)
