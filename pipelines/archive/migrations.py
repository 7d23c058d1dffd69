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
            since TEXT,                        -- the window's start when it was last read in full
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


@migrations()
def m100_search_and_counts(db: Database) -> None:
    """What searching and browsing need beside `articles`, all kept in step by triggers in plain SQL.

    `unspaced_fts` holds every article with some Chinese, Japanese, Korean, Thai or other unspaced script.
    unicode61 takes a run of such letters for one word; here each is a word of its own. U+200B (zero width
    space, which the tokenizer skips) stands between them, so the stored text reads as it was. U+E000 (private
    use, a word to the tokenizer) follows such a letter when a space or a sign comes next, so that no phrase
    matches across it. `unspaced.py` does the same to a query, by the same letters.

    A shelf is one combination of source, section, language and state, with the number of articles on it;
    `shelved` says on which shelf an article stands and when it appeared: `at` in seconds since 1970, `day`
    the publisher's own day, both from when we first saw it if the page gives no date. `articles` is too wide
    to be walked for a count. `people` and `labels` are authors and tags, to look up and to count.
    """
    db.executescript(
        """
        CREATE VIRTUAL TABLE unspaced_fts USING fts5(
            title, standfirst, text, tokenize="unicode61 categories 'L* N* Co Mn Mc'"
        );
        CREATE TABLE shelves (
            id INTEGER PRIMARY KEY,
            source_id TEXT NOT NULL,
            section TEXT NOT NULL,             -- '' for none; so language and access
            language TEXT NOT NULL,
            access TEXT NOT NULL,
            changed INTEGER NOT NULL,          -- 1: the publisher has changed it
            gone INTEGER NOT NULL,             -- 1: no longer on the site
            unspaced INTEGER NOT NULL,         -- 1: is in unspaced_fts
            articles INTEGER NOT NULL DEFAULT 0,
            UNIQUE (source_id, section, language, access, changed, gone, unspaced)
        );
        CREATE TABLE shelved (
            article_id INTEGER PRIMARY KEY,
            shelf_id INTEGER NOT NULL REFERENCES shelves(id),
            at INTEGER NOT NULL,
            day TEXT NOT NULL
        );
        CREATE INDEX shelved_at ON shelved(at, shelf_id, day);
        CREATE TABLE source_days (
            source_id TEXT NOT NULL,
            day TEXT NOT NULL,
            articles INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (source_id, day)
        ) WITHOUT ROWID;
        CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE VIRTUAL TABLE people_fts USING fts5(
            name, content=people, content_rowid=id, tokenize=unicode61
        );
        CREATE TRIGGER people_ai AFTER INSERT ON people BEGIN
            INSERT INTO people_fts (rowid, name) VALUES (new.id, new.name);
        END;
        CREATE TABLE article_people (
            article_id INTEGER NOT NULL,
            person_id INTEGER NOT NULL REFERENCES people(id),
            PRIMARY KEY (article_id, person_id)
        ) WITHOUT ROWID;
        CREATE INDEX article_people_person ON article_people(person_id, article_id);
        CREATE TABLE labels (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE article_labels (
            article_id INTEGER NOT NULL,
            label_id INTEGER NOT NULL REFERENCES labels(id),
            PRIMARY KEY (article_id, label_id)
        ) WITHOUT ROWID;
        CREATE INDEX article_labels_label ON article_labels(label_id, article_id);
        """
    )
    watched = (
        "id, source_id, title, standfirst, text, authors, tags, section, language, access, revision, "
        "gone_at, published_at, first_seen_at"
    )
    different = " OR ".join(f"old.{column} IS NOT new.{column}" for column in watched.split(", "))
    unlisted = "NOT EXISTS (SELECT 1 FROM shelved WHERE article_id = new.id)"
    db.executescript(
        f"""
        CREATE TRIGGER articles_shelved_ai AFTER INSERT ON articles
        BEGIN {_take_down("new.id")} {_put_up()} END;
        CREATE TRIGGER articles_shelved_au AFTER UPDATE OF {watched} ON articles
        WHEN {different} OR {unlisted}
        BEGIN {_take_down("old.id")} {_put_up()} END;
        CREATE TRIGGER articles_shelved_ad AFTER DELETE ON articles
        BEGIN {_take_down("old.id")} END;
        UPDATE articles SET section = section;
        """
    )


@migrations()
def m101_changes_by_time(db: Database) -> None:
    """What changed lately, found without walking the texts."""
    db.executescript(
        """
        CREATE INDEX revisions_seen ON revisions(number, seen_at, article_id);
        CREATE INDEX articles_changed ON articles(
            id, revision, capture_id, checked_at, first_seen_at, source_id
        ) WHERE revision > 1;
        CREATE INDEX articles_gone ON articles(gone_at, source_id) WHERE gone_at IS NOT NULL;
        """
    )


@migrations()
def m102_doubles(db: Database) -> None:
    """The other addresses of an article's text, found without walking all articles."""
    db.execute("CREATE INDEX articles_double ON articles(duplicate_of) WHERE duplicate_of IS NOT NULL")


@migrations()
def m120_site_memory(db: Database) -> None:
    """A person's veto on a learned line, and the lines of each source's last articles it is learned from."""
    db.executescript(
        """
        ALTER TABLE boilerplate ADD COLUMN vetoed INTEGER NOT NULL DEFAULT 0;  -- 1: a person says it is true
        CREATE TABLE boilerplate_evidence (
            source_id TEXT NOT NULL REFERENCES sources(id),
            article_id INTEGER NOT NULL REFERENCES articles(id),
            block_hash TEXT NOT NULL,
            weight INTEGER NOT NULL,           -- characters
            opening INTEGER NOT NULL,          -- 1: the first line of its text, and a sentence
            at_home INTEGER NOT NULL,          -- 1: its words are used elsewhere in the article
            PRIMARY KEY (source_id, article_id, block_hash)
        ) WITHOUT ROWID;
        """
    )


def _take_down(article: str) -> str:
    """SQL that takes one article out of the tables of m100; nothing happens when it is not in them."""
    shelf = f"(SELECT shelf_id FROM shelved WHERE article_id = {article})"
    return f"""
        DELETE FROM unspaced_fts WHERE rowid = {article};
        DELETE FROM article_people WHERE article_id = {article};
        DELETE FROM article_labels WHERE article_id = {article};
        UPDATE source_days SET articles = articles - 1
        WHERE source_id = (SELECT source_id FROM shelves WHERE id = {shelf})
          AND day = (SELECT day FROM shelved WHERE article_id = {article});
        UPDATE shelves SET articles = articles - 1 WHERE id = {shelf};
        DELETE FROM shelved WHERE article_id = {article};
    """


def _put_up() -> str:
    """SQL that enters the trigger's new row into the tables of m100.

    Inside a trigger `OR IGNORE` does as the outer statement's conflict clause says, hence `WHERE NOT EXISTS`.
    """
    some = "GLOB '*[ก-ྼက-႟ក-៓⺀-힣豈-﫿ｦ-ﾟ𠀀-𲎯]*'"
    key = "source_id, section, language, access, changed, gone, unspaced"
    shelf = f"""(
        SELECT id FROM shelves WHERE ({key}) = (
            new.source_id, coalesce(new.section, ''), coalesce(new.language, ''), coalesce(new.access, ''),
            new.revision > 1, new.gone_at IS NOT NULL,
            EXISTS (SELECT 1 FROM unspaced_fts_docsize WHERE id = new.id)
        )
    )"""
    return f"""
        INSERT INTO unspaced_fts (rowid, title, standfirst, text)
        SELECT new.id, {_spaced("new.title")}, {_spaced("new.standfirst")}, {_spaced("new.text")}
        WHERE new.text {some} OR new.title {some} OR new.standfirst {some};
        INSERT INTO shelves ({key})
        SELECT new.source_id, coalesce(new.section, ''), coalesce(new.language, ''), coalesce(new.access, ''),
               new.revision > 1, new.gone_at IS NOT NULL,
               EXISTS (SELECT 1 FROM unspaced_fts_docsize WHERE id = new.id)
        WHERE {shelf} IS NULL;
        INSERT INTO shelved (article_id, shelf_id, at, day)
        SELECT new.id, {shelf},
               coalesce(CAST(strftime('%s', new.published_at) AS INTEGER),
                        CAST(strftime('%s', new.first_seen_at) AS INTEGER), 0),
               CASE WHEN date(new.published_at) IS NULL THEN substr(new.first_seen_at, 1, 10)
                    ELSE substr(new.published_at, 1, 10) END;
        UPDATE shelves SET articles = articles + 1
        WHERE id = (SELECT shelf_id FROM shelved WHERE article_id = new.id);
        INSERT INTO source_days (source_id, day)
        SELECT new.source_id, day FROM shelved AS here WHERE article_id = new.id AND NOT EXISTS (
            SELECT 1 FROM source_days WHERE source_id = new.source_id AND day = here.day
        );
        UPDATE source_days SET articles = articles + 1
        WHERE source_id = new.source_id AND day = (SELECT day FROM shelved WHERE article_id = new.id);
        {_put_up_names("authors", "people", "article_people", "person_id")}
        {_put_up_names("tags", "labels", "article_labels", "label_id")}
    """


def _put_up_names(column: str, many: str, link: str, one: str) -> str:
    said = f"""(
        SELECT DISTINCT value AS name FROM json_each(
            CASE WHEN json_valid(new.{column}) THEN new.{column} ELSE '[]' END
        ) WHERE type = 'text'
    )"""
    return f"""
        INSERT INTO {many} (name)
        SELECT name FROM {said} AS said WHERE NOT EXISTS (SELECT 1 FROM {many} WHERE name = said.name);
        INSERT INTO {link} (article_id, {one})
        SELECT new.id, {many}.id FROM {said} AS said JOIN {many} ON {many}.name = said.name;
    """


def _spaced(column: str) -> str:
    """SQL for the column's text as `unspaced_fts` holds it (see m100).

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


@migrations()
def m200_captures_and_revisions(db: Database) -> None:
    """What captures, looking again and replay need to know.

    `captures.warc_file` and its fellows lead to the record with the payload. When the payload was held
    already, that is the first record with it, and `revisit_file` and its fellows lead to the record that
    says so.
    """
    db.executescript(
        """
        ALTER TABLE captures ADD COLUMN url_id INTEGER REFERENCES urls(id);  -- as which URL it was found
        ALTER TABLE captures ADD COLUMN revisit_file TEXT;
        ALTER TABLE captures ADD COLUMN revisit_offset INTEGER;
        ALTER TABLE captures ADD COLUMN revisit_length INTEGER;
        ALTER TABLE captures ADD COLUMN foreign_digest TEXT;  -- WARC-Payload-Digest in the file it was taken from
        CREATE INDEX captures_sha256 ON captures(sha256);
        CREATE INDEX captures_url_id ON captures(url_id);
        CREATE INDEX captures_file ON captures(warc_file, warc_offset);
        CREATE INDEX captures_foreign_digest ON captures(foreign_digest) WHERE foreign_digest IS NOT NULL;
        CREATE INDEX articles_capture ON articles(capture_id);
        CREATE INDEX revisions_capture ON revisions(capture_id);
        ALTER TABLE articles ADD COLUMN tdm_reservation INTEGER;  -- 1 reserved, 0 not, NULL not said
        ALTER TABLE articles ADD COLUMN tdm_policy TEXT;          -- address of the publisher's terms
        -- How the publisher went from this version to the next: JSON list of headline, standfirst, text, correction.
        ALTER TABLE revisions ADD COLUMN change TEXT;
        CREATE TABLE wavering (                -- what looking again has learned of articles that change by themselves
            article_id INTEGER PRIMARY KEY REFERENCES articles(id),
            pending TEXT NOT NULL DEFAULT '[]',  -- JSON list: changes seen once, hash of place and words
            places TEXT NOT NULL DEFAULT '[]'    -- JSON list: places whose words change at every look
        );
        CREATE TABLE replays (                 -- how far a replay has come; one row for each start from the beginning
            id INTEGER PRIMARY KEY,
            what TEXT NOT NULL,                -- 'captures', or the name, size and time of a WARC file
            rules TEXT NOT NULL,               -- which extraction it was
            started_at TEXT NOT NULL,
            finished_at TEXT,
            position INTEGER NOT NULL DEFAULT 0  -- the last capture's id, or how many records are done
        );
        -- The search index has to be told of changed words only: not of each look.
        DROP TRIGGER articles_au;
        CREATE TRIGGER articles_au AFTER UPDATE OF title, standfirst, text ON articles BEGIN
          INSERT INTO articles_fts (articles_fts, rowid, title, standfirst, text)
            VALUES ('delete', old.rowid, old.title, old.standfirst, old.text);
          INSERT INTO articles_fts (rowid, title, standfirst, text)
            VALUES (new.rowid, new.title, new.standfirst, new.text);
        END;
        """
    )


@migrations()
def m300_alarms(db: Database) -> None:
    """What each source did on each day, small enough to keep for ever, and what is unlike its past."""
    db.executescript(
        """
        CREATE TABLE source_figures (          -- a day (UTC) on which a crawl followed a source
            source_id TEXT NOT NULL REFERENCES sources(id),
            day TEXT NOT NULL,
            articles INTEGER NOT NULL,         -- first seen
            pages INTEGER NOT NULL,            -- URLs come to
            failed INTEGER NOT NULL,           -- of these
            refused INTEGER NOT NULL,          -- by robots.txt
            empty INTEGER NOT NULL,
            paywalled INTEGER NOT NULL,        -- of the articles, as what follows
            untitled INTEGER NOT NULL,
            unsigned INTEGER NOT NULL,
            undated INTEGER NOT NULL,
            alike INTEGER NOT NULL,            -- begin like another
            prompts INTEGER NOT NULL,          -- begin by asking for cookies, a login, ...
            words REAL NOT NULL,               -- median length
            PRIMARY KEY (source_id, day)
        ) WITHOUT ROWID;
        CREATE INDEX source_figures_day ON source_figures(day);
        CREATE TABLE alarms (
            id INTEGER PRIMARY KEY,
            source_id TEXT NOT NULL REFERENCES sources(id),
            kind TEXT NOT NULL,
            since TEXT NOT NULL,               -- the first bad day
            until TEXT,                        -- when it was over; NULL: it lasts
            raised_at TEXT NOT NULL,
            words TEXT NOT NULL,               -- what is unlike the past
            advice TEXT NOT NULL,              -- what to try
            evidence TEXT NOT NULL             -- JSON list of URLs
        );
        CREATE UNIQUE INDEX alarms_one_at_a_time ON alarms(source_id, kind) WHERE until IS NULL;
        CREATE INDEX crawls_started ON crawls(started_at);
        """
    )


@migrations()
def m301_coverage(db: Database) -> None:
    """What listings named, and what became of it: a row a URL, and a row a source and day.

    The day is the publisher's, as the listing gives it; without one, the day on which we found it. A URL that is
    not held has its last outcome; one that no crawl has come to yet is `waiting`.
    """
    db.executescript(
        """
        CREATE INDEX urls_found ON urls(source_id, found_at);
        CREATE VIEW listed AS
        SELECT source_id, day, url, via, found_at, article_id,
               CASE WHEN article_id IS NOT NULL THEN 'held' ELSE coalesce(json_extract(last, '$[0]'), 'waiting') END AS outcome,
               CASE WHEN article_id IS NULL THEN json_extract(last, '$[1]') END AS reason
        FROM (
            SELECT u.source_id, u.url, u.via, u.found_at, u.article_id,
                   coalesce(substr(date(substr(json_extract(u.hints, '$.published_at'), 1, 10)), 1, 10),
                            substr(u.found_at, 1, 10)) AS day,
                   CASE WHEN u.article_id IS NULL THEN (
                       SELECT json_array(o.outcome, o.reason) FROM outcomes o
                       WHERE o.url = u.url ORDER BY o.crawl_id DESC LIMIT 1
                   ) END AS last
            FROM urls u WHERE u.via IS NOT 'alias' AND u.via IS NOT 'given'
        );
        CREATE VIEW coverage AS
        SELECT source_id, day, count(*) AS listed,
               sum(outcome = 'held') AS held,
               sum(outcome = 'not_article') AS not_article,
               sum(outcome = 'empty') AS empty,
               sum(outcome = 'excluded') AS excluded,
               sum(outcome = 'gone') AS gone,
               sum(outcome = 'failed') AS failed,
               sum(outcome IN ('deferred', 'waiting')) AS waiting
        FROM listed GROUP BY source_id, day;
        """
    )


@migrations()
def m302_forgotten(db: Database) -> None:
    """What must not come back: hashes, so that nothing of what was forgotten is told by them."""
    db.executescript(
        """
        CREATE TABLE forgotten (
            kind TEXT NOT NULL,                -- url, text
            hash TEXT NOT NULL,                -- SHA-256 of a URL's key, or of an article's content hash
            at TEXT NOT NULL,
            PRIMARY KEY (kind, hash)
        ) WITHOUT ROWID;
        """
    )


@migrations()
def m320_moved_listings(db: Database) -> None:
    """Where a listing that a source's file names has moved for good."""
    db.execute("ALTER TABLE listings ADD COLUMN moved_to TEXT")
