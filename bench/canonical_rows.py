"""The rows of an archive as JSON lines that two crawls of the same web share. A part of `same`.

A line is one row with its table's name. Ids become natural keys (an article's URL, a frontier row's key, a crawl's
number), the crawl's own clock times become `*`, and lines are sorted: two files are equal byte for byte exactly when the
archives store the same. Without this, two crawls differ in every line although they stored the same. Each search index
adds a line a row: the number and the SHA-256 of that row's tokens.

The names of the first archives, before 0.1.0, are mapped to today's.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Keys = dict[tuple[str | None, int], str]
"""(kind, id) to natural key. The kind is None but for terms, which once had two tables with ids of their own."""

CLOCK = "*"
"""Stands for a time of the crawl's own clock."""

# --- names of the first archives

TABLES = {
    "shelves": "_facet_groups",
    "shelved": "_article_facets",
    "people": "_terms",
    "labels": "_terms",
    "article_people": "_article_terms",
    "article_labels": "_article_terms",
    "wavering": "_unstable_articles",
    "passed_over": "_skipped_urls",
    "source_figures": "_source_daily_stats",
    "boilerplate_evidence": "_boilerplate_lines",
    "replays": "_replays",
    "forgotten": "_erasures",
    "source_days": "_source_days",
    "people_fts": "_terms_fts",
    "unspaced_fts": "_cjk_fts",
}

KINDS = {"people": "author", "labels": "tag", "article_people": "author", "article_labels": "tag"}
"""Tables of one kind of term, which share a table today."""

COLUMNS = {
    "shelved.shelf_id": "group_id",
    "article_people.person_id": "term_id",
    "article_labels.label_id": "term_id",
    "crawls.owed": "pending_at_start",
    "crawls.outside": "outside_window",
    "listings.outside": "outside_window",
    "wavering.pending": "unconfirmed",
    "coverage.waiting": "pending",
}

WORDS = {
    ("urls.state", "given_up"): "exhausted",
    ("listed.outcome", "waiting"): "pending",
}


def rename_row(table: str, row: Row) -> Row:
    """Return a row of the file's `table` with today's names and words."""
    new: Row = {"kind": KINDS[table]} if table in KINDS else {}
    for column, value in row.items():
        place = f"{table}.{column}"
        new[COLUMNS.get(place, column)] = (
            WORDS.get((place, value), value) if isinstance(value, str) else value
        )
    return new


# --- today's names

# Order matters: a table's key may need the keys of tables before it.
KEYS: dict[str, tuple[str, ...]] = {
    "articles": ("url",),
    "captures": ("url", "sha256"),
    "urls": ("key",),
    "crawls": (),
    "_facet_groups": ("source_id", "section", "language", "access", "changed", "gone", "unspaced"),
    "_terms": ("kind", "name"),
    "revisions": ("article_id", "number"),
    "changes": ("article_id", "number"),
    "unexplained_versions": ("article_id", "revision"),
    "listings": ("source_id", "url"),
    "alarms": ("source_id", "kind", "since"),
    "_replays": (),
}
"""What replaces the id of a row. Rows that share a key are numbered in the order of their ids; () numbers all rows."""

REFERENCES: dict[str, str] = {
    "article_id": "articles",
    "duplicate_of": "articles",
    "capture_id": "captures",
    "url_id": "urls",
    "crawl_id": "crawls",
    "group_id": "_facet_groups",
    "term_id": "_terms",
    "revision_id": "revisions",
    "other_id": "articles",
    "first_id": "articles",
    "listing_id": "listings",
}
"""Columns that hold ids, and of which table."""

CLOCKS = frozenset(
    [
        "sources.added_at",
        "captures.fetched_at",
        "articles.first_seen_at",
        "articles.checked_at",
        "articles.gone_at",
        "articles.revised_at",
        "unexplained_versions.seen_at",
        "unexplained_versions.replaced_at",
        "revisions.seen_at",
        "crawls.started_at",
        "crawls.finished_at",
        "urls.found_at",
        "urls.due_at",
        "outcomes.at",
        "listings.found_at",
        "listings.checked_at",
        "listings.answered_at",
        "placements.first_seen_at",
        "placements.last_seen_at",
        "boilerplate.first_seen_at",
        "boilerplate.last_seen_at",
        "_replays.started_at",
        "_replays.finished_at",
        "alarms.raised_at",
        "alarms.until",
        "alarms.since",
        "_erasures.at",
        "_source_daily_stats.day",
        "listed.found_at",
        "versions.seen_at",
        "headline_changes.seen_at",
        "changes.seen_at",
        "manifests.made_at",
        "manifests.stamped_at",
        "latest_outcomes.outcome_at",
        "_sqlite_migrations.applied_at",
    ]
)
"""Columns with times of the crawl's clock."""

DAYS = frozenset(["listed.day", "coverage.day", "_source_days.day", "_article_facets.day", "urls.listed_day"])
"""Columns with days that are the publisher's, or the crawl's where the publisher gives none."""

MOMENTS = frozenset(["urls.priority", "_article_facets.at"])
"""Columns with POSIX times that are the publisher's, or the crawl's where the publisher gives none."""

PLACES = frozenset(
    [
        "captures.warc_file",
        "captures.warc_offset",
        "captures.warc_length",
        "captures.revisit_file",
        "captures.revisit_offset",
        "captures.revisit_length",
        "crawls.uid",
        "manifests.body",
        "manifests.file",
        "manifests.previous",
        "manifests.root",
        "manifests.sha256",
        "_manifest_leaves.hash",
        "_manifest_leaves.position",
        "_manifest_leaves.row_id",
    ]
)
"""Columns that depend on how well a record was packed, on chance, or on a digest of clock times: only whether they are filled
is compared."""

UNDATED_AGE = timedelta(days=30)
"""The frontier queues an undated URL as if it were so old (`crawler.discovery.window.UNDATED_AGE`)."""

SLACK = timedelta(minutes=5)
"""Clock times lie between the first crawl's start and the last one's end, give or take this much."""

HIDDEN = re.compile(
    r"sqlite_|_sqlite_migrations$|_cjk_articles$|_facet_numbers$|_listed_days$|_listed_months$|.*_fts_(data|idx|docsize|config|content)$"
)


# --- reading


def open_archive(path: Path) -> sqlite3.Connection:
    """Open an archive for reading only."""
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    return db


def table_names(db: sqlite3.Connection) -> list[str]:
    """Return the tables and views that hold rows of their own; search indexes and SQLite's own tables do not."""
    found = db.execute(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND coalesce(sql, '') NOT LIKE 'CREATE VIRTUAL%'"
    )
    return [row[0] for row in found if not HIDDEN.match(row[0])]


def read_tables(db: sqlite3.Connection) -> Tables:
    """Read every row under today's names, in the order of the ids."""
    tables: Tables = defaultdict(list)
    for table in table_names(db):
        rows = [rename_row(table, dict(row)) for row in db.execute(f'SELECT * FROM "{table}"')]
        rows.sort(key=lambda row: row["id"] if isinstance(row.get("id"), int) else 0)
        tables[TABLES.get(table, table)] += rows
    return tables


# --- ids


def replace_ids(tables: Tables, natural_keys: Mapping[str, tuple[str, ...]] = KEYS) -> None:
    """Replace ids by natural keys, in place. A source's id is a natural key already."""
    keys: dict[str, Keys] = {}
    for table, columns in natural_keys.items():
        keys[table] = number_rows(tables.get(table, []), columns, keys)
    for number, row in enumerate(tables.get("crawls", []), 1):
        row["number"] = number
    for table, rows in tables.items():
        for row in rows:
            refer(row, keys)
            if table in natural_keys or table == "clippings":  # the view's rows have their URLs
                row.pop("id", None)
            if table == "_article_terms":
                row.pop("kind", None)  # the term's key names it


def number_rows(rows: list[Row], columns: tuple[str, ...], keys: dict[str, Keys]) -> Keys:
    """Map the ids of a table's rows to natural keys; `keys` are those of the tables before it."""
    seen: Counter[str] = Counter()
    found: Keys = {}
    for row in rows:
        if "id" not in row:
            continue
        known = refer(dict(row), keys)
        key = " | ".join(str(known[column]) for column in columns)
        seen[key] += 1
        key = f"{key} #{seen[key]}" if seen[key] > 1 or not columns else key
        found[None, row["id"]] = key
        if columns == ("kind", "name"):
            found[row["kind"], row["id"]] = key
    return found


def refer(row: Row, keys: dict[str, Keys]) -> Row:
    """Replace the ids that a row refers to, in place; return the row. An id without a row stays, marked."""
    for column, table in REFERENCES.items():
        value = row.get(column)
        if table in keys and isinstance(value, int):
            kind = row.get("kind") if table == "_terms" else None
            row[column] = keys[table].get((kind, value), f"no row {value} of {table}")
    return row


# --- times


def span_of(tables: Tables) -> tuple[datetime, datetime]:
    """Return when the first crawl began and the last one ended."""
    crawls = tables.get("crawls", [])
    times = [
        datetime.fromisoformat(row[name])
        for row in crawls
        for name in ("started_at", "finished_at")
        if row[name]
    ]
    if not times:
        raise SystemExit("the archive holds no crawl: its clock times cannot be told from others")
    return min(times) - SLACK, max(times) + SLACK


def mask_times(tables: Tables, span: tuple[datetime, datetime]) -> None:
    """Replace clock times and what depends on them, in place. NULL stays NULL."""
    for table, rows in tables.items():
        for row in rows:
            for column, value in row.items():
                if value is not None:
                    row[column] = mask(f"{table}.{column}", value, span)


def mask(place: str, value: Any, span: tuple[datetime, datetime]) -> Any:
    """Return a value without the crawl's clock in it."""
    if place in CLOCKS or place in PLACES:
        return CLOCK
    if place in DAYS:
        return CLOCK if span[0].date().isoformat() <= value <= span[1].date().isoformat() else value
    if place in MOMENTS:
        for age in (timedelta(), UNDATED_AGE):
            if (span[0] - age).timestamp() <= value <= (span[1] - age).timestamp():
                return CLOCK
    return value


# --- search indexes


def index_rows(db: sqlite3.Connection) -> Iterator[tuple[str, Row]]:
    """Yield a row for each row of each FTS5 index: how many tokens it has, and their digest."""
    found = db.execute(
        "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%fts5%'"
    ).fetchall()
    for (table,) in found:
        name = TABLES.get(table, table)
        keys = NAMES_OF_ROWS.get(name, article_urls)(db)
        vocabulary = f"temp.vocabulary_of_{table}"
        db.execute(f"CREATE VIRTUAL TABLE {vocabulary} USING fts5vocab('main', '{table}', 'instance')")
        tokens: dict[int, list[str]] = defaultdict(list)
        for term, number, column, offset in db.execute(
            f'SELECT term, doc, "col", "offset" FROM {vocabulary}'
        ):
            tokens[number].append(f"{column} {offset:08} {term}")
        for number, words in tokens.items():
            digest = hashlib.sha256("\n".join(sorted(words)).encode()).hexdigest()
            yield name, {"row": keys.get(number, number), "tokens": len(words), "sha256": digest}


def article_urls(db: sqlite3.Connection) -> dict[int, str]:
    return dict(db.execute("SELECT id, url FROM articles").fetchall())


def term_names(db: sqlite3.Connection) -> dict[int, str]:
    today = db.execute("SELECT 1 FROM sqlite_master WHERE name = '_terms'").fetchone()
    return dict(db.execute(f"SELECT id, name FROM {'_terms' if today else 'people'}").fetchall())


def version_names(db: sqlite3.Connection) -> dict[int, str]:
    sql = "SELECT r.id, a.url || ' ' || r.number FROM revisions r JOIN articles a ON a.id = r.article_id"
    return dict(db.execute(sql).fetchall())


def change_names(db: sqlite3.Connection) -> dict[int, str]:
    sql = "SELECT c.id, a.url || ' ' || c.number || ' ' || c.kinds FROM changes c JOIN articles a ON a.id = c.article_id"
    return dict(db.execute(sql).fetchall())


NAMES_OF_ROWS = {"_terms_fts": term_names, "_versions_fts": version_names, "_changes_fts": change_names}
"""What the rows of an index are rows of, where it is not an article."""


# --- comparing


def canonical_lines(archive: Path) -> list[str]:
    """Return a JSON line a row of an archive, sorted."""
    with closing(open_archive(archive)) as db:
        tables = read_tables(db)
        span = span_of(tables)
        replace_ids(tables)
        mask_times(tables, span)
        rows = [(table, row) for table, found in tables.items() for row in found]
        rows += index_rows(db)
    return sorted(
        json.dumps([table, row], ensure_ascii=False, sort_keys=True, default=bytes.hex) + "\n"
        for table, row in rows
    )


def compare_lines(one: Iterable[str], other: Iterable[str]) -> list[str]:
    """Return the differences: a line a table with the numbers of rows, then the first rows of either side."""
    counts = Counter(one), Counter(other)
    differing: dict[str, dict[str, list[str]]] = defaultdict(lambda: {"<": [], ">": []})
    for side, lines in (("<", counts[0] - counts[1]), (">", counts[1] - counts[0])):
        for line in sorted(lines.elements()):
            differing[json.loads(line)[0]][side].append(line)
    report = []
    for table, sides in sorted(differing.items()):
        report.append(
            f"{table}: rows only in the first {len(sides['<'])}, only in the second {len(sides['>'])}"
        )
        report += [f"  {side} {line.strip()[:600]}" for side in "<>" for line in sides[side][:3]]
    return report
