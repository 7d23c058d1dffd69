"""Columns that follow from others of their row, in a form that every tool reads: SQL for the writer, triggers and migration.

`published_at` is a bare day or a time with any offset, `authors` and `tags` are JSON, the listed day is within `hints`:
pandas, polars and R read none of them as they stand, and each has another SQL for JSON.
"""

from __future__ import annotations

_DAY = (
    "CASE WHEN {date} >= '0001' AND date(substr({date}, 1, 10), '+0 days') = substr({date}, 1, 10)"
    " THEN substr({date}, 1, 10) END"
)
"""SQL for the first ten letters of a date, where they are a day of the calendar; by itself `date()` lets 31 February pass."""

PUBLISHED_DAY = _DAY.format(date="{row}published_at")
PUBLISHED_UTC = (
    f"CASE WHEN {PUBLISHED_DAY} IS NOT NULL AND substr({{row}}published_at, 11) GLOB '*[Zz+-]*'"
    " AND datetime({row}published_at) >= '0001' THEN datetime({row}published_at) END"
)
"""A clock time without a zone is no time in UTC."""

_JOINED = (
    "(SELECT group_concat(value, '; ') FROM (SELECT value FROM json_each("
    "CASE WHEN json_valid({row}{column}) THEN CASE json_type({row}{column}) WHEN 'array' THEN {row}{column} ELSE '[]' END"
    " ELSE '[]' END) WHERE type = 'text' ORDER BY key))"
)

_HINTED = "CASE WHEN json_valid({hints}) THEN json_extract({hints}, '$.published_at') END"
LISTED_DAY = f"coalesce({_DAY.format(date=f'({_HINTED})')}, substr({{found_at}}, 1, 10))"
"""The publisher's day as the listing gives it, else the day on which the URL was found."""

ARTICLE_COLUMNS = {
    "published_day": PUBLISHED_DAY,
    "published_utc": PUBLISHED_UTC,
    "authors_text": _JOINED.replace("{column}", "authors"),
    "tags_text": _JOINED.replace("{column}", "tags"),
}
"""SQL by column of `articles`; `{row}` stands before each column that it reads: `new.` in a trigger, `:` for a value."""

READ_COLUMNS = ("published_at", "authors", "tags")
"""Columns of `articles` that the SQL of `ARTICLE_COLUMNS` reads."""


def article_values(row: str) -> str:
    """SQL for the values of `ARTICLE_COLUMNS`, in their order."""
    return ", ".join(sql.format(row=row) for sql in ARTICLE_COLUMNS.values())


COLUMNS = """
ALTER TABLE articles ADD COLUMN published_day TEXT;
ALTER TABLE articles ADD COLUMN published_utc TEXT;
ALTER TABLE articles ADD COLUMN authors_text TEXT;
ALTER TABLE articles ADD COLUMN tags_text TEXT;
ALTER TABLE urls ADD COLUMN listed_day TEXT;
ALTER TABLE outcomes ADD COLUMN latest INTEGER NOT NULL DEFAULT 1;
"""

INDEXES = """
DROP INDEX outcomes_url;
CREATE INDEX outcomes_url ON outcomes(url, latest);
CREATE INDEX articles_day ON articles(published_day, source_id, duplicate_of);
"""


FILL_LATEST = """
UPDATE outcomes SET latest = 1 - latest WHERE rowid IN (
    SELECT rowid FROM (
        SELECT rowid, latest, row_number() OVER (PARTITION BY url ORDER BY at DESC, crawl_id DESC) AS place FROM outcomes
    ) WHERE latest <> (place = 1)
);
"""


def fill() -> str:
    """SQL that fills the columns of all rows. One pass a table; the articles are written anew, texts and all."""
    return f"""
        UPDATE articles SET ({", ".join(ARTICLE_COLUMNS)}) = ({article_values("")});
        UPDATE urls SET listed_day = {LISTED_DAY.format(hints="hints", found_at="found_at")};
        {FILL_LATEST}
    """


def triggers() -> str:
    """SQL of the triggers. Those of articles and URLs act only where the values are missing: the writer gives them."""
    names = ", ".join(ARTICLE_COLUMNS)
    given = ", ".join(f"new.{name}" for name in ARTICLE_COLUMNS)
    articles = f"""
        WHEN ({given}) IS NOT ({article_values("new.")})
        BEGIN UPDATE articles SET ({names}) = ({article_values("new.")}) WHERE id = new.id; END;
    """
    day = LISTED_DAY.format(hints="new.hints", found_at="new.found_at")
    urls = f"""
        WHEN new.listed_day IS NOT {day} BEGIN UPDATE urls SET listed_day = {day} WHERE id = new.id; END;
    """
    return f"""
        CREATE TRIGGER articles_columns_ai AFTER INSERT ON articles {articles}
        CREATE TRIGGER articles_columns_au AFTER UPDATE OF {", ".join(READ_COLUMNS)} ON articles {articles}
        CREATE TRIGGER urls_columns_ai AFTER INSERT ON urls {urls}
        CREATE TRIGGER urls_columns_au AFTER UPDATE OF hints, found_at ON urls {urls}
        CREATE TRIGGER outcomes_latest_ai AFTER INSERT ON outcomes BEGIN
            UPDATE outcomes SET latest = 0
                WHERE url = new.url AND latest = 1 AND (at, crawl_id) < (new.at, new.crawl_id);
            UPDATE outcomes SET latest = 0 WHERE crawl_id = new.crawl_id AND url = new.url AND EXISTS (
                SELECT 1 FROM outcomes later
                WHERE later.url = new.url AND (later.at, later.crawl_id) > (new.at, new.crawl_id)
            );
        END;
        CREATE TRIGGER outcomes_latest_ad AFTER DELETE ON outcomes WHEN old.latest = 1
        BEGIN {_mark_latest("old.url")} END;
        CREATE TRIGGER outcomes_latest_au AFTER UPDATE OF url, crawl_id, at ON outcomes
        BEGIN {_mark_latest("old.url")} {_mark_latest("new.url")} END;
    """


def _mark_latest(url: str) -> str:
    """SQL that marks the last outcome of one URL, and no other of it. In a merged archive a later crawl may have a smaller id."""
    last = f"(SELECT last.crawl_id FROM outcomes last WHERE last.url = {url} ORDER BY at DESC, crawl_id DESC LIMIT 1)"
    return f"UPDATE outcomes SET latest = (crawl_id = {last}) WHERE url = {url} AND latest <> (crawl_id = {last});"


PUBLICATION = "coalesce({row}published_utc, {row}published_day || ' 24', {row}first_seen_at), {row}first_seen_at, {row}url"
"""SQL of the order in which a story's articles were published: one that names only a day stands at its end."""
