"""Builds a made-up archive set-wise: rows without triggers, then indexes, then triggers. An interrupted build goes on.

The search indexes, facets, terms and days have the rows that the triggers would have made. Fingerprints of stories are
random: they have their number and their spread, but no text has them.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.million_copies import PARTS, copy_part
from bench.million_rows import CRAWLS, DAYS, END, Batch, Rows, Source, crawl_start, make_sources
from pipelines.archive.database import APPLICATION_ID, Archive
from pipelines.archive.facet_numbers import fill_facet_numbers
from pipelines.archive.listed_days import fill_listed_days
from pipelines.archive.listed_months import fill_listed_months
from pipelines.archive.tables.stories import COUNT_STORIES
from pipelines.decisions.boilerplate import WINDOW, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable

FINGERPRINTS = 26
"""Of an article, in the mean (decisions/stories.py)."""
CACHE_KIB = 1_000_000
HASH_BYTES = 64_000_000
"""Words that FTS5 collects before it writes them, during the build alone: 1 MB, which it has by itself, takes half as long again."""
INSERTS = {
    "captures": "id, url, fetched_at, status, mime, sha256, warc_file, warc_offset, warc_length, url_id",
    "articles": (
        "id, source_id, url, title, standfirst, authors, published_at, published_from, section, tags, language,"
        " description, image_url, text, word_count, access, first_seen_at, checked_at, gone_at, revision, content_hash,"
        " extractor, capture_id, story_id, revised_at, published_day, published_utc, authors_text, tags_text"
    ),
    "articles_fts": "rowid, title, standfirst, text",
    "_cjk_fts": "rowid, title, standfirst, text",
    "urls": "url, key, source_id, found_at, via, hints, state, due_at, article_id, listed_day",
    "outcomes": "crawl_id, source_id, url, outcome, reason, at, article_id, latest",
    "revisions": (
        "article_id, number, seen_at, title, standfirst, text, content_hash, capture_id, extractor"
    ),
}
GROUP = "source_id, section, language, access, changed, gone, unspaced"


def build(path: Path, articles: int, *, seconds: float = float("inf")) -> bool:
    """Build the archive, or go on building it, for so many seconds about; returns whether it is finished."""
    until = time.monotonic() + seconds
    shape = _read_shape()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        _tune(db)
        if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
            _begin(db, shape)
        if db.execute("SELECT 1 FROM sqlite_master WHERE type = 'trigger'").fetchone():
            return True
        part = max(articles // PARTS, 1)
        rows = Rows(articles, part)
        while (first := _next_article(db)) <= part:
            if time.monotonic() > until:
                return False
            _store(db, rows.make(first))
            print(f"  {_next_article(db) - 1:,} articles", flush=True)
        while (first := _next_article(db)) < part * PARTS:
            if time.monotonic() > until:
                return False
            copy_part(db, part, (first - 1) // part)
            print(f"  {_next_article(db) - 1:,} articles", flush=True)
        for step in (_count_days, _add_around, _add_fingerprints, _add_placements):
            if time.monotonic() > until:
                return False
            step(db, rows)
        for name, sql in shape["index"]:
            if time.monotonic() > until:
                return False
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [name]).fetchone():
                db.execute(sql)
        for index in ("articles_fts", "_cjk_fts"):
            db.execute(f"DELETE FROM {index}_config WHERE k = 'hashsize'")
        db.execute("PRAGMA analysis_limit = 1000")
        db.execute("ANALYZE")
        db.execute("BEGIN")
        for _, sql in shape["trigger"]:
            db.execute(sql)
        fill_facet_numbers(db)
        fill_listed_days(db)
        fill_listed_months(db)
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return True


def _tune(db: sqlite3.Connection) -> None:
    for pragma in (
        "journal_mode = WAL",
        "synchronous = OFF",
        f"cache_size = -{CACHE_KIB}",
        "temp_store = FILE",
    ):
        db.execute(f"PRAGMA {pragma}")


def _read_shape() -> dict[str, list[tuple[str, str]]]:
    """Names and SQL of the indexes and triggers of a new archive."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        Archive(path).close()
        with closing(sqlite3.connect(path)) as db:
            return {
                kind: db.execute(
                    "SELECT name, sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL ORDER BY rowid",
                    [kind],
                ).fetchall()
                for kind in ("index", "trigger")
            }


def _begin(db: sqlite3.Connection, shape: dict[str, list[tuple[str, str]]]) -> None:
    """A new archive without its indexes and triggers, with its sources."""
    path = db.execute("PRAGMA database_list").fetchone()[2]
    Archive(path).close()
    db.execute("BEGIN")
    for kind, names in shape.items():
        for name, _ in names:
            db.execute(f"DROP {kind} {name}")
    for index in ("articles_fts", "_cjk_fts"):
        db.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('hashsize', ?)", [HASH_BYTES])
    began = (END - timedelta(days=DAYS)).isoformat()
    for source in make_sources():
        values = (source.key, source.name, f"https://www.{source.key}.example/", source.language, began)
        db.execute("INSERT INTO sources (id, name, home, language, added_at) VALUES (?, ?, ?, ?, ?)", values)
    _add_crawls(db)
    db.execute("COMMIT")
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _next_article(db: sqlite3.Connection) -> int:
    last: int = db.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()[0]
    return last + 1


def _add_crawls(db: sqlite3.Connection) -> None:
    sources = json.dumps([source.key for source in make_sources()])
    rows = []
    for number in range(1, CRAWLS + 1):
        start = crawl_start(number)
        end = start + timedelta(minutes=9)
        rows.append((number, f"{number:032x}", start.isoformat(), end.isoformat(), sources))
    db.executemany(
        "INSERT INTO crawls (id, uid, started_at, finished_at, exit_code, reason, command, version, sources)"
        " VALUES (?, ?, ?, ?, 0, 'finished', 'clippings crawl archive.db --silent', '0.1.0', ?)",
        rows,
    )


def _store(db: sqlite3.Connection, batch: Batch) -> None:
    db.execute("BEGIN")
    for table, columns in INSERTS.items():
        marks = ", ".join("?" * len(columns.split(",")))
        db.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", batch.rows.get(table, []))
    _store_facets(db, batch.rows["facets"])
    _store_terms(db, batch.rows.get("terms", []))
    db.execute("COMMIT")


def _store_facets(db: sqlite3.Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    known = {tuple(key): number for number, *key in db.execute(f"SELECT id, {GROUP} FROM _facet_groups")}
    counts, days = Counter[int](), Counter[tuple[str, str]]()
    found = []
    for article, group, at, day in rows:
        if group not in known:
            sql = f"INSERT INTO _facet_groups ({GROUP}) VALUES (?, ?, ?, ?, ?, ?, ?)"
            known[group] = db.execute(sql, group).lastrowid
        counts[known[group]] += 1
        days[group[0], day] += 1
        found.append((article, known[group], at, day))
    db.executemany("INSERT INTO _article_facets VALUES (?, ?, ?, ?)", found)
    sql = "UPDATE _facet_groups SET articles = articles + ? WHERE id = ?"
    db.executemany(sql, [(count, number) for number, count in counts.items()])
    sql = (
        "INSERT INTO _source_days VALUES (?, ?, ?)"
        " ON CONFLICT (source_id, day) DO UPDATE SET articles = articles + excluded.articles"
    )
    db.executemany(sql, [(*key, count) for key, count in days.items()])


def _count_days(db: sqlite3.Connection, rows: Rows) -> None:
    """The numbers of articles by group and day, of the copies too."""
    db.execute("BEGIN")
    db.execute("DELETE FROM _source_days")
    db.execute(
        "INSERT INTO _source_days SELECT source_id, day, count(*) FROM _article_facets JOIN _facet_groups g"
        " ON g.id = group_id GROUP BY 1, 2"
    )
    db.execute(
        "UPDATE _facet_groups SET articles = n FROM (SELECT group_id, count(*) AS n FROM _article_facets GROUP BY 1)"
        " WHERE id = group_id"
    )
    last = db.execute("SELECT max(crawl_id) FROM outcomes").fetchone()
    db.execute("DELETE FROM crawls WHERE id > ?", last)
    db.execute("COMMIT")


def _store_terms(db: sqlite3.Connection, rows: Iterable[tuple[int, str, str]]) -> None:
    known = {(kind, name): number for number, kind, name in db.execute("SELECT id, kind, name FROM _terms")}
    found = []
    for article, kind, name in rows:
        if (kind, name) not in known:
            number = db.execute("INSERT INTO _terms (kind, name) VALUES (?, ?)", [kind, name]).lastrowid
            db.execute("INSERT INTO _terms_fts (rowid, name) VALUES (?, ?)", [number, name])
            known[kind, name] = number or 0
        found.append((article, known[kind, name]))
    db.executemany("INSERT INTO _article_terms VALUES (?, ?)", found)


def _add_around(db: sqlite3.Connection, rows: Rows) -> None:
    """Listings, alarms, daily figures, site memory."""
    if db.execute("SELECT 1 FROM listings").fetchone():
        return
    db.execute("BEGIN")
    last = END.isoformat()
    for number, source in enumerate(rows.sources):
        home = f"https://www.{source.key}.example/"
        for kind, name in (("feed", "rss.xml"), ("sitemap", "news-sitemap.xml"), ("section", "")):
            db.execute(
                "INSERT INTO listings (source_id, url, kind, found_at, checked_at, answered_at, status, entries, newest_at)"
                " VALUES (?, ?, ?, ?, ?, ?, 200, 40, ?)",
                [source.key, home + name, kind, crawl_start(1).isoformat(), last, last, last],
            )
        for back in range(number % 4):
            since = END - timedelta(days=20 + 30 * back)
            db.execute(
                "INSERT INTO alarms (source_id, kind, since, until, raised_at, words, advice, evidence)"
                " VALUES (?, ?, ?, ?, ?, 'Fewer articles than usual.', 'Look at its feeds.', ?)",
                [source.key, "fewer", since.date().isoformat(), None if not back else last, since.isoformat(),
                 json.dumps([f"{home}other/1"])],
            )  # fmt: skip
        _add_memory(db, source)
    db.execute(
        "INSERT INTO _source_daily_stats SELECT source_id, day, articles, articles, 0, 0, 0, 0, 0, 0, 0, 0, 0, 400"
        " FROM _source_days"
    )
    db.execute("COMMIT")


def _add_memory(db: sqlite3.Connection, source: Source) -> None:
    """The lines of the source's last articles, and three lines that are known."""
    sql = "SELECT id, text FROM articles WHERE id IN (SELECT article_id FROM _article_facets JOIN _facet_groups g ON g.id = group_id WHERE source_id = ? ORDER BY article_id DESC LIMIT ?)"
    db.executemany(
        "INSERT INTO _boilerplate_lines VALUES (?, ?, ?, ?, ?, ?)",
        [
            (source.key, number, line.key, line.weight, line.opening, line.at_home)
            for number, text in db.execute(sql, [source.key, WINDOW]).fetchall()
            for line in lines_of(text)
        ],
    )
    for number in range(3):
        values = [
            source.key,
            f"{number:016x}",
            f"A line of {source.name} that recurs.",
            80,
            END.isoformat(),
            END.isoformat(),
        ]
        db.execute(
            "INSERT INTO boilerplate (source_id, block_hash, text, pages, first_seen_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?)",
            values,
        )


def _add_fingerprints(db: sqlite3.Connection, rows: Rows) -> None:
    if db.execute("SELECT 1 FROM _story_fingerprints").fetchone():
        return
    db.execute("BEGIN")
    db.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " INSERT INTO _story_fingerprints"
        " SELECT random() & 0xffffffffffff AS hash, article_id FROM _article_facets CROSS JOIN n ORDER BY hash",
        [FINGERPRINTS],
    )
    db.execute(
        "INSERT INTO _story_texts SELECT article_id, randomblob(?) FROM _article_facets", [6 * FINGERPRINTS]
    )
    db.execute(
        "INSERT INTO _story_links SELECT id, story_id FROM articles WHERE story_id IS NOT NULL AND story_id <> id"
        " UNION SELECT story_id, id FROM articles WHERE story_id IS NOT NULL AND story_id <> id"
    )
    db.execute(
        "UPDATE articles SET story_id = id WHERE id IN (SELECT other_id FROM _story_links) AND story_id IS NULL"
    )
    db.execute(COUNT_STORIES.format(stories="story_id IS NOT NULL"))
    db.execute("COMMIT")


def _add_placements(db: sqlite3.Connection, rows: Rows) -> None:
    """Each article stood on its source's home page once, for up to two days."""
    if db.execute("SELECT 1 FROM placements").fetchone():
        return
    later = "strftime('%Y-%m-%dT%H:%M:%S.000+00:00', {}, {})"
    first = later.format("a.first_seen_at", "'+0 hours'")
    last = later.format("a.first_seen_at", "'+' || (a.id % 48) || ' hours'")
    db.execute(
        "INSERT INTO placements (listing_id, url, rank, first_seen_at, last_seen_at)"
        f" SELECT l.id, a.url, 1 + a.id % 60, {first}, {last} FROM articles a"
        " JOIN listings l ON l.source_id = a.source_id AND l.kind = 'section' ORDER BY a.id"
    )
