"""The numbers of the front page, and reading the tables behind them and behind search into memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.archive.facet_numbers import read_all_facet_numbers
from pipelines.archive.views.alarms import count_alarms
from pipelines.archive.views.crawls import CrawlView, read_last_crawl

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True, slots=True)
class Overview:
    """The archive in numbers: `since` and `until` are days, None in an empty archive."""

    articles: int
    sources: int
    since: str | None
    until: str | None
    crawl: CrawlView | None
    changed: int
    gone: int
    by_source: tuple[tuple[str, str, int], ...]
    """Source id, name, articles; most first."""
    alarms: int
    """Alarms that last."""


def read_overview(db: sqlite3.Connection) -> Overview:
    """Read the numbers, from narrow tables alone."""
    articles, changed, gone = db.execute(
        "SELECT coalesce(sum(articles), 0), coalesce(sum(articles * changed), 0),"
        " coalesce(sum(articles * gone), 0) FROM _facet_groups"
    ).fetchone()
    since, until = db.execute("SELECT min(day), max(day) FROM _source_days WHERE articles > 0").fetchone()
    by_source = db.execute(
        "SELECT s.id, s.name, coalesce(sum(h.articles), 0) AS n FROM sources s"
        " LEFT JOIN _facet_groups h ON h.source_id = s.id GROUP BY s.id ORDER BY n DESC, s.name"
    ).fetchall()
    return Overview(
        articles,
        len(by_source),
        since,
        until,
        read_last_crawl(db),
        changed,
        gone,
        tuple(by_source),
        count_alarms(db),
    )


def count_archived_since(db: sqlite3.Connection, since: str) -> int:
    """How many articles were first seen after a time, ISO 8601 in UTC."""
    found: int = db.execute("SELECT count(*) FROM articles WHERE first_seen_at > ?", [since]).fetchone()[0]
    return found


NARROW_TABLES = (
    "_article_facets NOT INDEXED",
    "_facet_groups",
    "_source_days",
    "_article_terms",
    "_terms NOT INDEXED",
    "articles_fts_docsize",
    "articles_fts_idx",
    "_cjk_fts_docsize",
    "_cjk_fts_idx",
)
"""Ranking and counting look up a row of these for every article found: about 150 bytes an article together."""


def read_narrow_tables(db: sqlite3.Connection) -> None:
    """Read the narrow tables in the order of the file, so that the first search finds them in memory."""
    read_all_facet_numbers(db)
    for table in NARROW_TABLES:
        db.execute(f"SELECT count(*) FROM {table}").fetchone()
