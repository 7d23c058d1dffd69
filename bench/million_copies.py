"""Copies of the first part of a made-up archive, each half a year later, in SQL alone but for scripts without spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.million_rows import CRAWL_HOURS, DAYS
from pipelines.archive.search.unsegmented import segment

if TYPE_CHECKING:
    import sqlite3

PARTS = 6
"""The first is made, the others are copies."""
SHIFT_DAYS = DAYS // PARTS


def _later(column: str) -> str:
    """SQL for a day or time of the copy."""
    return f"date(substr({column}, 1, 10), :days) || substr({column}, 11)"


HINTED = "json_extract(hints, '$.published_at')"
COLUMNS = {
    "captures": {
        "id": "id + :ids", "url": "url || :suffix", "fetched_at": _later("fetched_at"), "url_id": "url_id + :ids",
        **{name: name for name in ("status", "mime", "sha256", "warc_file", "warc_offset", "warc_length")},
    },
    "articles": {
        "id": "id + :ids", "url": "url || :suffix", "capture_id": "capture_id + :ids", "story_id": "story_id + :ids",
        "content_hash": "content_hash || :suffix",
        **{name: _later(name) for name in ("published_at", "first_seen_at", "checked_at", "gone_at", "revised_at",
                                           "published_day", "published_utc")},
        **{name: name for name in ("source_id", "title", "standfirst", "authors", "published_from", "section", "tags",
                                   "language", "description", "image_url", "text", "word_count", "access", "revision",
                                   "extractor", "authors_text", "tags_text")},
    },
    "_article_facets": {
        "article_id": "article_id + :ids", "group_id": "group_id", "at": "at + :seconds", "day": _later("day"),
    },
    "_article_terms": {"article_id": "article_id + :ids", "term_id": "term_id"},
    "urls": {
        "url": "url || :suffix", "key": "key || :suffix", "found_at": _later("found_at"), "due_at": _later("due_at"),
        "article_id": "article_id + :ids", "listed_day": _later("listed_day"),
        "hints": f"iif({HINTED} IS NULL, hints, json_set(hints, '$.published_at', {_later(HINTED)}))",
        **{name: name for name in ("source_id", "via", "state")},
    },
    "outcomes": {
        "crawl_id": "crawl_id + :crawls", "url": "url || :suffix", "at": _later("at"), "article_id": "article_id + :ids",
        **{name: name for name in ("source_id", "outcome", "reason", "latest")},
    },
    "revisions": {
        "article_id": "article_id + :ids", "seen_at": _later("seen_at"), "content_hash": "content_hash || :suffix",
        "capture_id": "capture_id + :ids", **{name: name for name in ("number", "title", "standfirst", "text", "extractor")},
    },
}  # fmt: skip
"""By table: the columns of a copy, and the SQL of each."""
MADE = {
    "captures": "id <= :part",
    "articles": "id <= :part",
    "_article_facets": "article_id <= :part",
    "_article_terms": "article_id <= :part",
    "urls": "url NOT LIKE '%?copy=%'",
    "outcomes": "url NOT LIKE '%?copy=%'",
    "revisions": "article_id <= :part",
}


def copy_part(db: sqlite3.Connection, part: int, number: int) -> None:
    """Add the copy of this number (1 to `PARTS` - 1) of the first `part` articles, in one transaction."""
    days = SHIFT_DAYS * number
    values = {
        "part": part,
        "ids": part * number,
        "days": f"+{days} days",
        "seconds": days * 86400,
        "crawls": days * 24 // CRAWL_HOURS,
        "suffix": f"?copy={number}",
    }
    db.create_function("segment", 1, lambda text: segment(text or ""), deterministic=True)
    db.execute("BEGIN")
    for table, columns in COLUMNS.items():
        db.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())} FROM {table}"
            f" WHERE {MADE[table]}",
            values,
        )
    new = "FROM articles WHERE id > :ids AND id <= :ids + :part"
    db.execute(
        f"INSERT INTO articles_fts (rowid, title, standfirst, text) SELECT id, title, standfirst, text {new}",
        values,
    )
    db.execute(
        "INSERT INTO _cjk_fts (rowid, title, standfirst, text) SELECT id, segment(title), segment(standfirst), segment(text)"
        f" {new} AND language IN ('ja', 'zh', 'ko', 'th')",
        values,
    )
    db.execute("COMMIT")
