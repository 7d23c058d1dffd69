"""A copy of some sources of an archive, as far as a merge reads it: what a shard needs to know before it crawls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.archive.database import Archive
from pipelines.archive.merge.rules import BY_HAND, CRAWLS, OTHERS, SOURCES, URLS

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from sqlite_utils import Database

ORIGIN = "origin"
CHAINED = ("manifests", "_manifest_leaves", "_manifest_pending")
"""Tables that stay behind: a manifest names what it covers as a whole, and the archive it was made for keeps it."""

CHOSEN = {
    "chosen_articles": "SELECT id FROM origin.articles WHERE source_id IN chosen"
    " UNION SELECT article_id FROM origin.urls WHERE source_id IN chosen AND article_id IS NOT NULL",
    "chosen_sources": "SELECT id FROM chosen"
    " UNION SELECT source_id FROM origin.articles WHERE id IN (SELECT id FROM chosen_articles)",
    "chosen_captures": "SELECT id FROM origin.captures WHERE url_id IN (SELECT id FROM origin.urls WHERE source_id IN chosen)"
    " UNION SELECT capture_id FROM origin.articles WHERE id IN chosen_articles AND capture_id IS NOT NULL"
    " UNION SELECT capture_id FROM origin.revisions WHERE article_id IN chosen_articles AND capture_id IS NOT NULL"
    " UNION SELECT capture_id FROM origin.article_captures WHERE article_id IN chosen_articles AND capture_id IS NOT NULL",
    "chosen_crawls": "SELECT DISTINCT crawl_id AS id FROM origin.outcomes WHERE source_id IN chosen",
}
"""Temporary tables of ids, in the order in which they are made."""

OWN_FILTERS = {
    "sources": "id IN chosen_sources",
    "crawls": "id IN chosen_crawls",
    "captures": "id IN chosen_captures",
    "articles": "id IN chosen_articles",
}


def copy_sources(origin: Path, ids: Collection[str], copy: Path) -> None:
    """Make the archive `copy` of what `origin` knows of these sources; ids of rows stay. Raises `ArchiveError`.

    It has the tables that a merge reads, without search indexes and without WARC files.
    """
    with Archive(copy) as archive:
        db = archive.db
        with archive.errors():
            _drop_triggers(db)
            db.execute(f"ATTACH ? AS {ORIGIN}", [str(origin)])
            db.execute("PRAGMA foreign_keys = OFF")
            with db.atomic():
                _choose(db, ids)
                for table in list_copied_tables():
                    _copy_rows(db, table)
            db.execute(f"DETACH {ORIGIN}")


def list_copied_tables() -> list[str]:
    """The tables of which rows are copied: all that a merge unites, but for the manifests."""
    united = [rule.table for rule in (SOURCES, CRAWLS, URLS, *OTHERS)]
    return [*united, *(table for table in BY_HAND if table not in CHAINED)]


def filter_of(table: str, columns: Collection[str]) -> str:
    """Which rows of a table with these columns belong to the chosen sources, as SQL. Pure."""
    if table in OWN_FILTERS:
        return OWN_FILTERS[table]
    if "source_id" in columns:
        return "source_id IN chosen"
    if "article_id" in columns:
        return "article_id IN chosen_articles"
    return "1"  # hashes that say nothing of their source


def _choose(db: Database, ids: Collection[str]) -> None:
    db.execute("CREATE TEMP TABLE chosen (id TEXT PRIMARY KEY)")
    db.conn.executemany("INSERT OR IGNORE INTO chosen VALUES (?)", [(one,) for one in ids])
    for name, sql in CHOSEN.items():
        db.execute(f"CREATE TEMP TABLE {name} AS {sql}")
        db.execute(f"CREATE INDEX temp.{name}_id ON {name}(id)")


def _copy_rows(db: Database, table: str) -> None:
    theirs = {row[1] for row in db.conn.execute(f"PRAGMA {ORIGIN}.table_info([{table}])")}
    columns = [row[1] for row in db.conn.execute(f"PRAGMA main.table_info([{table}])") if row[1] in theirs]
    listed = ", ".join(columns)
    db.execute(
        f"INSERT INTO main.{table} ({listed}) SELECT {listed} FROM {ORIGIN}.{table} WHERE {filter_of(table, columns)}"
    )


def _drop_triggers(db: Database) -> None:
    for (name,) in db.conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER [{name}]")
