"""How archive.db gets its shape: functions appended, never edited (schema.py and triggers.py have the shape of 0.1.0).

Each function runs once per file, in its own transaction, and is recorded by name in `_sqlite_migrations`. Archives
from before 0.1.0 have other steps recorded; `upgrade_prerelease` brings them to the shape of the first step.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from pipelines.archive import (
    derived_columns,
    dictionary,
    facet_numbers,
    listed_days,
    listed_months,
    manifest_tables,
    reading_views,
    schema,
    triggers,
)
from pipelines.archive.sql import execute_statements
from pipelines.archive.sqlite import Migrations
from pipelines.archive.tables import backfills, changes, compared_pages, placements, stories, versions_index

if TYPE_CHECKING:
    from sqlite_utils import Database

migrations = Migrations("clippings")


@migrations()
def m001_shape_of_0_1_0(db: Database) -> None:
    """Everything that a new archive has."""
    execute_statements(db, schema.statements())


@migrations()
def m002_doubted_articles(db: Database) -> None:
    """What was seen in an article's place and is doubted: JSON list of its mark and the time of the first look."""
    db.execute("ALTER TABLE _unstable_articles ADD COLUMN doubt TEXT")


@migrations()
def m003_articles_in_several_pages(db: Database) -> None:
    """The captures of all pages of an article in several, of each of its versions; where the pages held go on."""
    db.execute(
        """
        CREATE TABLE article_captures (       -- the pages of articles that have several
            article_id INTEGER NOT NULL REFERENCES articles(id),
            part INTEGER NOT NULL,            -- 1 is the first page
            capture_id INTEGER NOT NULL REFERENCES captures(id),
            revision INTEGER NOT NULL,        -- of this version: articles.revision, or revisions.number
            PRIMARY KEY (article_id, revision, part)
        )
        """
    )
    db.execute("CREATE INDEX article_captures_capture ON article_captures(capture_id)")
    db.execute("ALTER TABLE articles ADD COLUMN continues_at TEXT")  # the next page, which is not held


@migrations()
def m004_rights(db: Database) -> None:
    """What a page asked for; when a version was first seen, which no capture may tell; texts that we replaced.

    The rows of `unexplained_versions` are no changes of a publisher, so they stand apart from `revisions`.
    """
    db.execute("ALTER TABLE articles ADD COLUMN rights TEXT")
    db.execute("ALTER TABLE articles ADD COLUMN revised_at TEXT")
    db.execute("UPDATE articles SET rights = 'tdm-reservation' WHERE tdm_reservation = 1")
    db.execute(
        "UPDATE articles SET revised_at = coalesce((SELECT max(fetched_at) FROM captures WHERE id = capture_id"
        " AND fetched_at > first_seen_at), checked_at) WHERE revision > 1"
    )
    db.execute("DROP INDEX articles_changed")
    db.execute(
        "CREATE INDEX articles_changed ON articles(id, revision, revised_at, checked_at, source_id)"
        " WHERE revision > 1"
    )
    db.execute(
        """
        CREATE TABLE unexplained_versions (       -- texts that others took the place of when the page was read by other rules
            id INTEGER PRIMARY KEY,
            article_id INTEGER NOT NULL REFERENCES articles(id),
            revision INTEGER NOT NULL,            -- of the article, before and after
            seen_at TEXT NOT NULL,                -- when this text was first seen
            replaced_at TEXT NOT NULL,
            title TEXT,
            standfirst TEXT,
            text TEXT NOT NULL,
            modified_at TEXT,
            content_hash TEXT NOT NULL,
            extractor TEXT NOT NULL               -- the rules that read it
        )
        """
    )
    db.execute("CREATE INDEX unexplained_versions_article ON unexplained_versions(article_id, revision)")


@migrations()
def m005_columns_and_views_for_every_tool(db: Database) -> None:
    """Days, times and lists that every tool reads, and views for people.

    `_cjk_articles` is made anew, and the triggers that share its SQL: DuckDB listed no table because of it.
    """
    for view in ("coverage", "listed", "_cjk_articles"):
        db.execute(f"DROP VIEW {view}")
    for trigger in ("articles_facets_ai", "articles_facets_au", "articles_facets_ad"):
        db.execute(f"DROP TRIGGER {trigger}")
    for sql in (
        derived_columns.COLUMNS,
        derived_columns.fill(),
        derived_columns.INDEXES,
        derived_columns.triggers(),
        triggers.cjk_view(),
        triggers.facet_triggers(),
        reading_views.statements(),
    ):
        execute_statements(db, sql)


@migrations()
def m007_merging(db: Database) -> None:
    """What a merge needs: a name for each crawl, the same in every archive that has it; which rules read an old version.

    Copies of one archive must come to the same names, so those of earlier crawls follow from their rows.
    """
    db.execute("ALTER TABLE revisions ADD COLUMN extractor TEXT")
    db.execute("ALTER TABLE crawls ADD COLUMN uid TEXT")
    rows = db.execute(
        "SELECT id, started_at, finished_at, command, version, sources FROM crawls ORDER BY id"
    ).fetchall()
    names = [
        (hashlib.sha256(json.dumps(row).encode("utf-8", "replace")).hexdigest()[:32], row[0]) for row in rows
    ]
    db.conn.executemany("UPDATE crawls SET uid = ? WHERE id = ?", names)
    db.execute("CREATE UNIQUE INDEX crawls_uid ON crawls(uid)")


@migrations()
def m008_stories(db: Database) -> None:
    """Fingerprints of texts, and which articles share text. The next crawls tell the stories of what is held."""
    execute_statements(db, stories.TABLES + stories.TRIGGERS + stories.NOTE_ALL)


@migrations()
def m009_dictionary(db: Database) -> None:
    """What each column means, in the file itself."""
    execute_statements(db, dictionary.TABLE)
    dictionary.write_dictionary(db)


@migrations()
def m010_changes(db: Database) -> None:
    """What publishers changed, with the words; an index of the words of superseded versions.

    The list of changes asks this table alone: two indexes by which it was read before have no use any more.
    """
    db.execute("DROP INDEX articles_changed")
    db.execute("DROP INDEX revisions_seen")
    execute_statements(db, changes.TABLES + changes.INDEXES + versions_index.TABLE)
    versions_index.index_versions(db, "1")
    changes.rebuild_changes(db)
    changes.note_all_gone(db)
    dictionary.write_dictionary(db)


@migrations()
def m011_manifests(db: Database) -> None:
    """What each crawl stored, hashed and chained. The next crawl covers what is held."""
    execute_statements(db, manifest_tables.TABLES)
    dictionary.write_dictionary(db)


@migrations()
def m012_indexes_for_a_million_articles(db: Database) -> None:
    """What the state of sources, coverage and attention read in order, so that they read no more than they show."""
    execute_statements(db, schema.INDEXES_FOR_A_MILLION)


@migrations()
def m014_rewritten_captures(db: Database) -> None:
    """What is to be cut off or deleted in `warc/` when files are rewritten, so that a crash leaves the old or the new."""
    db.execute(
        """
        CREATE TABLE _warc_cuts (             -- bytes in warc/ that no row of captures needs
            warc_file TEXT PRIMARY KEY,
            size INTEGER NOT NULL             -- what lies behind it goes; 0: the file
        )
        """
    )
    db.execute(
        "CREATE INDEX captures_revisit_file ON captures(revisit_file, revisit_offset) WHERE revisit_file IS NOT NULL"
    )


@migrations()
def m006_compared_pages(db: Database) -> None:
    """How far two extractors agree on a few pages a day."""
    execute_statements(db, compared_pages.TABLE)


@migrations()
def m015_stories_in_numbers_and_placements(db: Database) -> None:
    """Who had each story first, and how many carry it; what stood on home and section pages, where and how long."""
    execute_statements(db, stories.STORIES + placements.TABLE)
    db.execute(stories.COUNT_STORIES.format(stories="story_id IS NOT NULL"))
    dictionary.write_dictionary(db)


@migrations()
def m018_backfill(db: Database) -> None:
    """Captures out of a web archive say so; what of one is still to be asked for."""
    db.execute("ALTER TABLE captures ADD COLUMN origin TEXT")
    execute_statements(db, backfills.TABLES)
    dictionary.write_dictionary(db)


@migrations()
def m019_days_in_order(db: Database) -> None:
    """Attention and the calendar add up all sources of a day: in order, they need not sort 40,000 rows of a large archive."""
    execute_statements(db, schema.INDEX_OF_DAYS)


@migrations()
def m021_counts_for_a_million_articles(db: Database) -> None:
    """Day and group of a thousand articles in a row, and the listed URLs of each day counted: what counts over all adds these up."""
    for made in (facet_numbers, listed_days):
        execute_statements(db, made.TABLE + made.TRIGGERS)
    execute_statements(db, placements.INDEX_WITH_BOTH_TIMES)
    facet_numbers.fill_facet_numbers(db.conn)
    listed_days.fill_listed_days(db.conn)


@migrations()
def m023_articles_indexed_together(db: Database) -> None:
    """A batch of new articles enters the search index by one statement, not article by article."""
    execute_statements(db, triggers.INDEX_TOGETHER)


@migrations()
def m025_listed_months(db: Database) -> None:
    """The listed URLs of each month added up: coverage of years adds 36 sums and not a thousand."""
    execute_statements(db, listed_months.TABLE)
    listed_months.fill_listed_months(db.conn)


# --- archives from before 0.1.0

PRERELEASE = (
    "m001_the_contract",
    "m100_search_and_counts",
    "m101_changes_by_time",
    "m102_doubles",
    "m120_site_memory",
    "m200_captures_and_revisions",
    "m300_alarms",
    "m301_coverage",
    "m302_forgotten",
    "m320_moved_listings",
)
"""The steps that were recorded before 0.1.0, in their order."""

KEPT_TABLES = {
    "sources": "sources",
    "crawls": "crawls",
    "captures": "captures",
    "articles": "articles",
    "revisions": "revisions",
    "urls": "urls",
    "outcomes": "outcomes",
    "listings": "listings",
    "alarms": "alarms",
    "boilerplate": "boilerplate",
    "boilerplate_evidence": "_boilerplate_lines",
    "wavering": "_unstable_articles",
    "passed_over": "_skipped_urls",
    "replays": "_replays",
    "forgotten": "_erasures",
    "source_figures": "_source_daily_stats",
}
"""Tables whose rows are copied: old name, new name. All other rows follow from `articles`, by its triggers."""

NEW_COLUMNS = {
    ("crawls", "owed"): "pending_at_start",
    ("crawls", "outside"): "outside_window",
    ("listings", "outside"): "outside_window",
    ("wavering", "pending"): "unconfirmed",
}

NEW_VALUES = {("urls", "state"): "CASE state WHEN 'given_up' THEN 'exhausted' ELSE state END"}


def is_prerelease(db: Database) -> bool:
    """Whether a Clippings from before 0.1.0 wrote this archive last, with all ten steps done."""
    return [applied.name for applied in migrations.applied(db)] == list(PRERELEASE)


def upgrade_prerelease(db: Database) -> None:
    """Bring an archive from before 0.1.0 to the shape of the first step, in one transaction.

    It copies each table, so for a while the file needs twice its room. Needs a connection outside a transaction.
    """
    foreign_keys = db.execute("PRAGMA foreign_keys").fetchone()[0]
    db.execute("PRAGMA foreign_keys = OFF")
    # Renaming a table must not change what other tables refer to.
    db.execute("PRAGMA legacy_alter_table = ON")
    try:
        with db.atomic():
            _drop_what_follows(db)
            for old in KEPT_TABLES:
                db.execute(f"ALTER TABLE {old} RENAME TO old_{old}")
            m001_shape_of_0_1_0(db)
            for old, new in KEPT_TABLES.items():
                _copy(db, old, new)
                db.execute(f"DROP TABLE old_{old}")
            db.execute("DELETE FROM _sqlite_migrations WHERE migration_set = ?", [migrations.name])
            migrations._record_applied(db, "m001_shape_of_0_1_0")
    finally:
        db.execute("PRAGMA legacy_alter_table = OFF")
        db.execute(f"PRAGMA foreign_keys = {foreign_keys}")


def _drop_what_follows(db: Database) -> None:
    """Drop everything that is made anew: views, triggers, indexes, search indexes and what is counted."""
    for name in ("coverage", "listed"):
        db.execute(f"DROP VIEW {name}")
    made = db.execute(
        "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'index') AND sql IS NOT NULL"
        " AND tbl_name <> '_sqlite_migrations'"
    )
    for kind, name in made.fetchall():
        db.execute(f"DROP {kind} [{name}]")
    for name in (
        *("articles_fts", "unspaced_fts", "people_fts"),
        *("article_people", "article_labels", "people", "labels", "shelved", "shelves", "source_days"),
    ):
        db.execute(f"DROP TABLE {name}")


def _copy(db: Database, old: str, new: str) -> None:
    columns = [row[1] for row in db.execute(f"PRAGMA table_info(old_{old})")]
    names = ", ".join(NEW_COLUMNS.get((old, column), column) for column in columns)
    values = ", ".join(NEW_VALUES.get((old, column), column) for column in columns)
    db.execute(f"INSERT INTO {new} ({names}) SELECT {values} FROM old_{old} ORDER BY 1")
