"""The whole shape of archive.db as of 0.1.0: tables, indexes, views and triggers (docs/database.md explains them).

Tables and columns without a leading `_` are a promise to people who use the file. Names with a leading `_` are
machinery: they may change, and triggers or the writer keep them in step with the rest.
"""

from __future__ import annotations

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

# Two indexes of the articles' words. `_cjk_fts` holds every article with some Chinese, Japanese, Korean, Thai or other
# unsegmented script. unicode61 takes a run of such letters for one word; here each letter is a word. U+200B (zero
# width space, which the tokenizer skips) stands between them, so the stored text reads as it was. U+E000 (private use,
# a word to the tokenizer) follows such a letter when a space or a sign comes next, so that no phrase matches across it.
# search/unsegmented.py does the same to a query, by the same letters.
SEARCH = """
CREATE VIRTUAL TABLE articles_fts USING fts5(
    title, standfirst, text, tokenize=unicode61, content=articles
);
CREATE TRIGGER articles_ai AFTER INSERT ON articles BEGIN
    INSERT INTO articles_fts (rowid, title, standfirst, text)
        VALUES (new.rowid, new.title, new.standfirst, new.text);
END;
CREATE TRIGGER articles_ad AFTER DELETE ON articles BEGIN
    INSERT INTO articles_fts (articles_fts, rowid, title, standfirst, text)
        VALUES ('delete', old.rowid, old.title, old.standfirst, old.text);
END;
CREATE TRIGGER articles_au AFTER UPDATE OF title, standfirst, text ON articles BEGIN
    INSERT INTO articles_fts (articles_fts, rowid, title, standfirst, text)
        VALUES ('delete', old.rowid, old.title, old.standfirst, old.text);
    INSERT INTO articles_fts (rowid, title, standfirst, text)
        VALUES (new.rowid, new.title, new.standfirst, new.text);
END;
CREATE VIRTUAL TABLE _terms_fts USING fts5(
    name, content=_terms, content_rowid=id, tokenize=unicode61
);
CREATE TRIGGER _terms_ai AFTER INSERT ON _terms BEGIN
    INSERT INTO _terms_fts (rowid, name) VALUES (new.id, new.name);
END;
CREATE TRIGGER _terms_ad AFTER DELETE ON _terms BEGIN
    INSERT INTO _terms_fts (_terms_fts, rowid, name) VALUES ('delete', old.id, old.name);
END;
CREATE TABLE _prepared (                  -- articles whose rows in _cjk_fts, facets and terms the writer enters itself
    article_id INTEGER PRIMARY KEY        -- only while it stores the article, in one transaction
);
"""

FACET_COLUMNS = (
    "id, source_id, title, standfirst, text, authors, tags, section, language, access, revision, "
    "gone_at, published_at, first_seen_at"
)
"""Columns of `articles` from which `_cjk_fts`, facets and terms follow."""

CJK_TOKENIZER = "unicode61 categories 'L* N* Co Mn Mc'"

POSIX_TIME = (
    "coalesce(CAST(strftime('%s', {row}published_at) AS INTEGER),"
    " CAST(strftime('%s', {row}first_seen_at) AS INTEGER), 0)"
)
DAY = (
    "CASE WHEN date({row}published_at) IS NULL THEN substr({row}first_seen_at, 1, 10)"
    " ELSE substr({row}published_at, 1, 10) END"
)
"""SQL for `_article_facets.at` and `.day`."""

UNSPACED = "GLOB '*[ก-ྼက-႟ក-៓⺀-힣豈-﫿ｦ-ﾟ𠀀-𲎯]*'"


def cjk_index() -> str:
    """SQL of `_cjk_fts`. It stores no text: the view spaces the article's text each time it is read."""
    return f"""
        CREATE VIEW _cjk_articles AS
        SELECT id, {_spaced("title")} AS title, {_spaced("standfirst")} AS standfirst, {_spaced("text")} AS text
        FROM articles WHERE text {UNSPACED} OR title {UNSPACED} OR standfirst {UNSPACED};
        CREATE VIRTUAL TABLE _cjk_fts USING fts5(
            title, standfirst, text, content=_cjk_articles, content_rowid=id,
            tokenize="{CJK_TOKENIZER}"
        );
    """


def facet_triggers() -> str:
    """SQL of the triggers that keep `_cjk_fts`, facets and terms in step with `articles`, whoever writes.

    Spacing a text of 2,000 characters takes 5 ms in SQL, 0.15 to 0.35 ms in Python. So the writer enters these rows itself, and names the article
    in `_prepared` meanwhile (tables/facets.py).
    """
    different = " OR ".join(f"old.{column} IS NOT new.{column}" for column in FACET_COLUMNS.split(", "))
    other_words = " OR ".join(
        f"old.{column} IS NOT new.{column}" for column in ("id", "title", "standfirst", "text")
    )
    missing = "NOT EXISTS (SELECT 1 FROM _article_facets WHERE article_id = new.id)"
    unprepared = "NOT EXISTS (SELECT 1 FROM _prepared WHERE article_id = {row}.id)"
    return f"""
        CREATE TRIGGER articles_facets_ai AFTER INSERT ON articles
        WHEN {unprepared.format(row="new")}
        BEGIN {_remove("new.id")} {_add_to_cjk("")} {_add()} END;
        CREATE TRIGGER articles_facets_au AFTER UPDATE OF {FACET_COLUMNS} ON articles
        WHEN ({different} OR {missing}) AND {unprepared.format(row="new")}
        BEGIN
            {_remove_from_cjk(other_words)} {_remove("old.id")} {_add_to_cjk(f"({other_words} OR {missing}) AND")} {_add()}
        END;
        CREATE TRIGGER articles_facets_ad AFTER DELETE ON articles
        WHEN {unprepared.format(row="old")}
        BEGIN {_remove_from_cjk("1")} {_remove("old.id")} END;
    """


def _remove_from_cjk(condition: str) -> str:
    """SQL that takes the trigger's old row out of `_cjk_fts`, where it is there and the condition is true."""
    return f"""
        INSERT INTO _cjk_fts (_cjk_fts, rowid, title, standfirst, text)
        SELECT 'delete', old.id, {_spaced("old.title")}, {_spaced("old.standfirst")}, {_spaced("old.text")}
        WHERE ({condition}) AND EXISTS (SELECT 1 FROM _cjk_fts_docsize WHERE id = old.id);
    """


def _add_to_cjk(condition: str) -> str:
    """SQL that enters the trigger's new row into `_cjk_fts`, where it has such letters and the condition is true."""
    return f"""
        INSERT INTO _cjk_fts (rowid, title, standfirst, text)
        SELECT new.id, {_spaced("new.title")}, {_spaced("new.standfirst")}, {_spaced("new.text")}
        WHERE {condition} (new.text {UNSPACED} OR new.title {UNSPACED} OR new.standfirst {UNSPACED})
          AND NOT EXISTS (SELECT 1 FROM _cjk_fts_docsize WHERE id = new.id);
    """


def _remove(article: str) -> str:
    """SQL that takes one article out of facets and terms; nothing happens when it is not there."""
    group = f"(SELECT group_id FROM _article_facets WHERE article_id = {article})"
    return f"""
        DELETE FROM _article_terms WHERE article_id = {article};
        UPDATE _source_days SET articles = articles - 1
        WHERE source_id = (SELECT source_id FROM _facet_groups WHERE id = {group})
          AND day = (SELECT day FROM _article_facets WHERE article_id = {article});
        UPDATE _facet_groups SET articles = articles - 1 WHERE id = {group};
        DELETE FROM _article_facets WHERE article_id = {article};
    """


def _add() -> str:
    """SQL that enters the trigger's new row into facets and terms.

    Inside a trigger `OR IGNORE` does as the outer statement's conflict clause says, hence `WHERE NOT EXISTS`.
    """
    key = "source_id, section, language, access, changed, gone, unspaced"
    values = """new.source_id, coalesce(new.section, ''), coalesce(new.language, ''), coalesce(new.access, ''),
            new.revision > 1, new.gone_at IS NOT NULL,
            EXISTS (SELECT 1 FROM _cjk_fts_docsize WHERE id = new.id)"""
    group = f"(SELECT id FROM _facet_groups WHERE ({key}) = ({values}))"
    return f"""
        INSERT INTO _facet_groups ({key}) SELECT {values} WHERE {group} IS NULL;
        INSERT INTO _article_facets (article_id, group_id, at, day)
        SELECT new.id, {group}, {POSIX_TIME.format(row="new.")}, {DAY.format(row="new.")};
        UPDATE _facet_groups SET articles = articles + 1
        WHERE id = (SELECT group_id FROM _article_facets WHERE article_id = new.id);
        INSERT INTO _source_days (source_id, day)
        SELECT new.source_id, here.day FROM _article_facets here WHERE here.article_id = new.id AND NOT EXISTS (
            SELECT 1 FROM _source_days WHERE source_id = new.source_id AND day = here.day
        );
        UPDATE _source_days SET articles = articles + 1
        WHERE source_id = new.source_id AND day = (SELECT day FROM _article_facets WHERE article_id = new.id);
        {_add_terms("authors", "author")}
        {_add_terms("tags", "tag")}
    """


def _add_terms(column: str, kind: str) -> str:
    names = f"""(
        SELECT DISTINCT value AS name FROM json_each(
            CASE WHEN json_valid(new.{column}) THEN new.{column} ELSE '[]' END
        ) WHERE type = 'text'
    )"""
    return f"""
        INSERT INTO _terms (kind, name)
        SELECT '{kind}', name FROM {names} AS given
        WHERE NOT EXISTS (SELECT 1 FROM _terms WHERE kind = '{kind}' AND name = given.name);
        INSERT INTO _article_terms (article_id, term_id)
        SELECT new.id, _terms.id FROM {names} AS given
        JOIN _terms ON _terms.kind = '{kind}' AND _terms.name = given.name;
    """


def _spaced(column: str) -> str:
    """SQL for the column's text as `_cjk_fts` holds it.

    It is cut into pieces of 100 letters first, because substr() counts from the start of a text each time.
    """
    unspaced = "ก-ฺเ-๎ກ-ຽເ-ໍཀ-ྼက-႟ក-៓々〇ぁ-ゖゝ-ゟァ-ヺー-ヿㄅ-ㄯ㐀-䶿一-鿿가-힣豈-﫿ｦ-ﾟ𠀀-𲎯"
    word = "0-9A-Za-zÀ-ÖØ-öø-ʯͰ-ϿЀ-ҁҊ-ԯ０-９Ａ-Ｚａ-ｚ"
    return f"""(
        WITH RECURSIVE
          cut(piece, rest) AS (
            SELECT '', coalesce({column}, '')
            UNION ALL
            SELECT substr(rest, 1, 101), substr(rest, 101) FROM cut WHERE rest <> ''
          ),
          place(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM place WHERE i < 100),
          letter(this, next) AS (
            SELECT substr(piece, i, 1), substr(piece, i + 1, 1) FROM cut CROSS JOIN place
          )
        SELECT group_concat(
          CASE
            WHEN this NOT GLOB '[{unspaced}]' THEN this
            WHEN next = '' OR next GLOB '[{unspaced}]' THEN char(8203) || this
            WHEN next GLOB '[{word}]' THEN char(8203) || this || char(8203)
            ELSE char(8203) || this || char(8203, 57344)
          END, '')
        FROM letter
    )"""


def statements() -> str:
    """The SQL that makes a new archive."""
    return "".join((TABLES, INDEXES, VIEWS, SEARCH, cjk_index(), facet_triggers()))
