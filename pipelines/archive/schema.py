"""The shape of archive.db as of 0.1.0, and later indexes: tables, indexes and views; triggers.py has the rest (docs/database.md explains both).

Tables and columns without a leading `_` are a promise to people who use the file. Names with a leading `_` are
machinery: they may change, and triggers or the writer keep them in step with the rest.
"""

from __future__ import annotations

from pipelines.archive import triggers

TABLES = """
CREATE TABLE sources (
    id TEXT PRIMARY KEY,                  -- the stem of its file in seeds/
    name TEXT NOT NULL,
    home TEXT NOT NULL,
    language TEXT,
    country TEXT,
    added_at TEXT NOT NULL,
    followed INTEGER NOT NULL DEFAULT 1   -- 0: no longer in seeds/
);
CREATE TABLE captures (                   -- responses as fetched; the bytes are in WARC files
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    fetched_at TEXT NOT NULL,
    status INTEGER,
    mime TEXT,
    sha256 TEXT,                          -- of the payload
    warc_file TEXT,                       -- relative to warc/; the record with the payload, which may be older
    warc_offset INTEGER,
    warc_length INTEGER,
    url_id INTEGER REFERENCES urls(id),   -- the frontier's URL that led to it
    revisit_file TEXT,                    -- the `revisit` record, when the payload was stored before
    revisit_offset INTEGER,
    revisit_length INTEGER,
    foreign_digest TEXT                   -- WARC-Payload-Digest in the file it was imported from
);
CREATE TABLE articles (
    id INTEGER PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES sources(id),
    url TEXT NOT NULL UNIQUE,
    title TEXT,
    standfirst TEXT,
    authors TEXT NOT NULL DEFAULT '[]',   -- JSON list
    published_at TEXT,
    published_from TEXT,                  -- json-ld, meta, feed, sitemap, url, text
    modified_at TEXT,
    section TEXT,
    tags TEXT NOT NULL DEFAULT '[]',      -- JSON list
    language TEXT,
    description TEXT,
    image_url TEXT,
    image_caption TEXT,
    image_credit TEXT,
    text TEXT NOT NULL,
    word_count INTEGER NOT NULL,
    access TEXT,                          -- free, paywalled, NULL unknown
    first_seen_at TEXT NOT NULL,
    checked_at TEXT NOT NULL,
    gone_at TEXT,
    revision INTEGER NOT NULL DEFAULT 1,
    content_hash TEXT NOT NULL,
    extractor TEXT NOT NULL,
    capture_id INTEGER REFERENCES captures(id),
    story_id INTEGER,
    duplicate_of INTEGER REFERENCES articles(id),
    tdm_reservation INTEGER,              -- 1 reserved, 0 not, NULL not stated
    tdm_policy TEXT                       -- address of the publisher's terms
);
CREATE TABLE revisions (                  -- the superseded versions
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
    change TEXT,                          -- JSON list: how the next version differs (headline, standfirst, text, correction)
    UNIQUE (article_id, number)
);
CREATE TABLE crawls (
    id INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL,
    finished_at TEXT,                     -- NULL: running, or killed
    exit_code INTEGER,
    reason TEXT,                          -- how it ended
    command TEXT,
    version TEXT,
    sources TEXT NOT NULL DEFAULT '[]',   -- JSON list of the ids of the sources it follows
    pending_at_start INTEGER NOT NULL DEFAULT 0,  -- URLs due when it began
    found INTEGER NOT NULL DEFAULT 0,     -- URLs it added
    outside_window INTEGER NOT NULL DEFAULT 0     -- listed, but older than the window
);
CREATE TABLE urls (                       -- the frontier
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,                    -- as found
    key TEXT NOT NULL UNIQUE,             -- the same for all spellings of one address
    source_id TEXT NOT NULL REFERENCES sources(id),
    found_at TEXT NOT NULL,
    via TEXT,
    hints TEXT NOT NULL DEFAULT '{}',
    state TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'done', 'exhausted')),
    due_at TEXT,
    priority INTEGER NOT NULL DEFAULT 0,  -- larger is sooner
    attempts INTEGER NOT NULL DEFAULT 0,
    etag TEXT,
    last_modified TEXT,
    article_id INTEGER REFERENCES articles(id)
);
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
CREATE TABLE listings (                   -- feeds, sitemaps and section pages
    id INTEGER PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES sources(id),
    url TEXT NOT NULL,
    kind TEXT NOT NULL,                   -- feed, sitemap, section
    parent TEXT,                          -- the listing that named it, NULL for the site itself
    found_at TEXT NOT NULL,
    checked_at TEXT,
    answered_at TEXT,                     -- the last time it could be read (200 or 304)
    status INTEGER,
    error TEXT,                           -- why it could not be read, NULL when it could
    etag TEXT,
    last_modified TEXT,
    entries INTEGER,                      -- URLs it listed when last read in full
    outside_window INTEGER,               -- of these, older than the window
    newest_at TEXT,                       -- the newest date among them
    since TEXT,                           -- the window's start when it was last read in full
    moved_to TEXT,                        -- where a listing that a source's file names has moved for good
    UNIQUE (source_id, url)
);
CREATE TABLE alarms (
    id INTEGER PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES sources(id),
    kind TEXT NOT NULL,
    since TEXT NOT NULL,                  -- the first bad day
    until TEXT,                           -- when it ended; NULL: it lasts
    raised_at TEXT NOT NULL,
    words TEXT NOT NULL,                  -- what differs from the past
    advice TEXT NOT NULL,                 -- what to try
    evidence TEXT NOT NULL                -- JSON list of URLs
);
CREATE TABLE boilerplate (                -- text blocks that recur across a source's pages
    source_id TEXT NOT NULL REFERENCES sources(id),
    block_hash TEXT NOT NULL,
    text TEXT NOT NULL,
    pages INTEGER NOT NULL,
    first_seen_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    vetoed INTEGER NOT NULL DEFAULT 0,    -- 1: a person says that it belongs to the articles
    PRIMARY KEY (source_id, block_hash)
);
CREATE TABLE _boilerplate_lines (         -- lines of each source's last articles, from which boilerplate is learned
    source_id TEXT NOT NULL REFERENCES sources(id),
    article_id INTEGER NOT NULL REFERENCES articles(id),
    block_hash TEXT NOT NULL,
    weight INTEGER NOT NULL,              -- characters
    opening INTEGER NOT NULL,             -- 1: the first line of its text, and a sentence
    at_home INTEGER NOT NULL,             -- 1: its words are used elsewhere in the article
    PRIMARY KEY (source_id, article_id, block_hash)
) WITHOUT ROWID;
CREATE TABLE _unstable_articles (         -- articles whose pages change by themselves
    article_id INTEGER PRIMARY KEY REFERENCES articles(id),
    unconfirmed TEXT NOT NULL DEFAULT '[]',  -- JSON list: changes seen once, hash of place and words
    places TEXT NOT NULL DEFAULT '[]'     -- JSON list: places whose words change at every fetch
);
CREATE TABLE _skipped_urls (              -- undated sitemap URLs that the first crawl left out
    key_hash INTEGER PRIMARY KEY          -- first 8 bytes of the key's SHA-256, signed
);
CREATE TABLE _replays (                   -- the progress of replays; one row for each start from the beginning
    id INTEGER PRIMARY KEY,
    what TEXT NOT NULL,                   -- 'captures', or the name, size and time of a WARC file
    rules TEXT NOT NULL,                  -- the version of the extraction
    started_at TEXT NOT NULL,
    finished_at TEXT,
    position INTEGER NOT NULL DEFAULT 0   -- the last capture's id, or the number of records that are done
);
CREATE TABLE _erasures (                  -- what must not come back; hashes, so that they reveal nothing of it
    kind TEXT NOT NULL,                   -- url, text
    hash TEXT NOT NULL,                   -- SHA-256 of a URL's key, or of an article's content hash
    at TEXT NOT NULL,
    PRIMARY KEY (kind, hash)
) WITHOUT ROWID;
CREATE TABLE _source_daily_stats (        -- a day (UTC) on which a crawl followed a source; small enough to keep for ever
    source_id TEXT NOT NULL REFERENCES sources(id),
    day TEXT NOT NULL,
    articles INTEGER NOT NULL,            -- first seen
    pages INTEGER NOT NULL,               -- URLs with an outcome
    failed INTEGER NOT NULL,              -- of these
    refused INTEGER NOT NULL,             -- by robots.txt
    empty INTEGER NOT NULL,
    paywalled INTEGER NOT NULL,           -- of the articles, as the following
    untitled INTEGER NOT NULL,
    unsigned INTEGER NOT NULL,
    undated INTEGER NOT NULL,
    alike INTEGER NOT NULL,               -- begin like another
    prompts INTEGER NOT NULL,             -- begin by asking for cookies, a login, ...
    words REAL NOT NULL,                  -- median length
    PRIMARY KEY (source_id, day)
) WITHOUT ROWID;
CREATE TABLE _facet_groups (              -- a combination of source, section, language and state, and its number of articles
    id INTEGER PRIMARY KEY,
    source_id TEXT NOT NULL,
    section TEXT NOT NULL,                -- '' for none; so language and access
    language TEXT NOT NULL,
    access TEXT NOT NULL,
    changed INTEGER NOT NULL,             -- 1: the publisher has changed it
    gone INTEGER NOT NULL,                -- 1: no longer on the site
    unspaced INTEGER NOT NULL,            -- 1: is in _cjk_fts
    articles INTEGER NOT NULL DEFAULT 0,
    UNIQUE (source_id, section, language, access, changed, gone, unspaced)
);
CREATE TABLE _article_facets (            -- the group and the time of each article; `articles` is too wide to be walked for a count
    article_id INTEGER PRIMARY KEY,
    group_id INTEGER NOT NULL REFERENCES _facet_groups(id),
    at INTEGER NOT NULL,                  -- seconds since 1970: when published, else when first seen
    day TEXT NOT NULL                     -- the publisher's own day, else the day when first seen
);
CREATE TABLE _source_days (
    source_id TEXT NOT NULL,
    day TEXT NOT NULL,
    articles INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source_id, day)
) WITHOUT ROWID;
CREATE TABLE _terms (                     -- authors and tags, to look up and to count
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('author', 'tag')),
    name TEXT NOT NULL,
    UNIQUE (kind, name)
);
CREATE TABLE _article_terms (
    article_id INTEGER NOT NULL,
    term_id INTEGER NOT NULL REFERENCES _terms(id),
    PRIMARY KEY (article_id, term_id)
) WITHOUT ROWID;
"""

INDEXES = """
CREATE INDEX captures_url ON captures(url);
CREATE INDEX captures_sha256 ON captures(sha256);
CREATE INDEX captures_url_id ON captures(url_id);
CREATE INDEX captures_file ON captures(warc_file, warc_offset);
CREATE INDEX captures_foreign_digest ON captures(foreign_digest) WHERE foreign_digest IS NOT NULL;
CREATE INDEX articles_source_hash ON articles(source_id, content_hash);
CREATE INDEX articles_published ON articles(published_at);
CREATE INDEX articles_first_seen ON articles(first_seen_at);
CREATE INDEX articles_section ON articles(section);
CREATE INDEX articles_language ON articles(language);
CREATE INDEX articles_story ON articles(story_id) WHERE story_id IS NOT NULL;
CREATE INDEX articles_double ON articles(duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX articles_capture ON articles(capture_id);
CREATE INDEX articles_changed ON articles(
    id, revision, capture_id, checked_at, first_seen_at, source_id
) WHERE revision > 1;
CREATE INDEX articles_gone ON articles(gone_at, source_id) WHERE gone_at IS NOT NULL;
CREATE INDEX revisions_seen ON revisions(number, seen_at, article_id);
CREATE INDEX revisions_capture ON revisions(capture_id);
CREATE INDEX crawls_started ON crawls(started_at);
CREATE INDEX urls_due ON urls(source_id, priority DESC) WHERE state = 'due';
CREATE INDEX urls_article ON urls(article_id) WHERE article_id IS NOT NULL;
CREATE INDEX urls_found ON urls(source_id, found_at);
CREATE INDEX outcomes_source ON outcomes(source_id, crawl_id, outcome);
CREATE INDEX outcomes_url ON outcomes(url);
CREATE UNIQUE INDEX alarms_one_at_a_time ON alarms(source_id, kind) WHERE until IS NULL;
CREATE INDEX _source_daily_stats_day ON _source_daily_stats(day);
CREATE INDEX _article_facets_at ON _article_facets(at, group_id, day);
CREATE INDEX _article_terms_term ON _article_terms(term_id, article_id);
"""

INDEXES_FOR_A_MILLION = """
CREATE INDEX articles_source_seen ON articles(source_id, first_seen_at);
CREATE INDEX urls_exhausted ON urls(source_id) WHERE state = 'exhausted';
CREATE INDEX urls_listed ON urls(listed_day DESC, source_id, article_id, via, found_at);
CREATE INDEX urls_missing ON urls(listed_day DESC, source_id, url, via, found_at) WHERE article_id IS NULL;
CREATE INDEX _article_facets_group ON _article_facets(group_id, day);
"""
"""Added after 0.1.0: 150 bytes an article together."""

INDEX_OF_DAYS = "CREATE INDEX _source_days_day ON _source_days(day, articles);"
"""Added after 0.1.0: days in order, for counts of all sources together."""

# Coverage: what listings named, and what became of it. The day is the publisher's, as the listing gives it; without
# one, the day on which we found the URL. A URL without an article has its last outcome; before its first one it is
# `pending`.
VIEWS = """
CREATE VIEW listed AS
SELECT source_id, day, url, via, found_at, article_id,
       CASE WHEN article_id IS NOT NULL THEN 'held' ELSE coalesce(json_extract(last, '$[0]'), 'pending') END AS outcome,
       CASE WHEN article_id IS NULL THEN json_extract(last, '$[1]') END AS reason
FROM (
    SELECT u.source_id, u.url, u.via, u.found_at, u.article_id,
           coalesce(substr(date(substr(json_extract(u.hints, '$.published_at'), 1, 10)), 1, 10),
                    substr(u.found_at, 1, 10)) AS day,
           CASE WHEN u.article_id IS NULL THEN (
               SELECT json_array(o.outcome, o.reason) FROM outcomes o
               WHERE o.url = u.url ORDER BY o.crawl_id DESC LIMIT 1
           ) END AS last
    FROM urls u WHERE coalesce(u.via, '') NOT IN ('alias', 'given')
);
CREATE VIEW coverage AS
SELECT source_id, day, count(*) AS listed,
       sum(outcome = 'held') AS held,
       sum(outcome = 'not_article') AS not_article,
       sum(outcome = 'empty') AS empty,
       sum(outcome = 'excluded') AS excluded,
       sum(outcome = 'gone') AS gone,
       sum(outcome = 'failed') AS failed,
       sum(outcome IN ('deferred', 'pending')) AS pending
FROM listed GROUP BY source_id, day;
"""


def statements() -> str:
    """The SQL that makes a new archive."""
    return "".join((TABLES, INDEXES, VIEWS, triggers.SEARCH, triggers.cjk_index(), triggers.facet_triggers()))
