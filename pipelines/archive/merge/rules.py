"""How the rows of each table are united: by which columns two rows are the same, and what the one row then has.

The order in which archives are merged makes no difference: a row is taken whole by a total order of what it says, or a
column is the smallest or largest of both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.tables.erasures import REASON

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlite_utils import Database

SHARD = "shard"
"""The name under which the archive that is taken in is attached."""


class Rule(NamedTuple):
    """How the rows of one table are united.

    `key` has the columns by which two rows are the same. `references` maps a column to the temporary table that
    translates it. `rank` are SQL expressions over `{row}`: of two rows the one with the larger values is taken whole,
    ties fall to the larger cells. `columns` are those with a rule of their own, SQL over `{old}` and `{new}`.
    `own` are columns that follow from the table itself. `where` leaves rows of the shard, named `theirs`, out.
    """

    table: str
    key: tuple[str, ...]
    references: Mapping[str, str] = {}
    rank: tuple[str, ...] = ()
    columns: Mapping[str, str] = {}
    own: tuple[str, ...] = ()
    where: str = "1"
    order: str = ""


SOURCE = {"source_id": "source_ids"}
EARLIER = "min({old}, {new})"
LATER = "max({old}, {new})"

SOURCES = Rule("sources", ("id",), {"id": "source_ids"}, columns={"added_at": EARLIER, "followed": LATER})

CRAWLS = Rule(
    "crawls",
    ("uid",),
    rank=("{row}.finished_at IS NOT NULL",),
    columns={"sources": "renamed_ids({new})"},
    own=("id",),
    order="theirs.started_at, theirs.uid",
)

URLS = Rule(
    "urls",
    ("key",),
    {**SOURCE, "article_id": "article_ids"},
    rank=(
        "{row}.article_id IS NOT NULL",
        "CASE {row}.state WHEN 'done' THEN 2 WHEN 'exhausted' THEN 1 ELSE 0 END",
        "coalesce({row}.due_at, '')",
        "{row}.attempts",
    ),
    own=("id",),
    where="theirs.id NOT IN (SELECT id FROM erased_urls)",
    order="theirs.id",
)
"""The URL that is further on: looked at with success, then given up, then with the later appointment."""

ERASED_URL = "theirs.url IN (SELECT url FROM erased_urls)"

OTHERS = (
    Rule(
        "outcomes",
        ("crawl_id", "url"),
        {**SOURCE, "crawl_id": "crawl_ids", "article_id": "article_ids"},
        rank=("{row}.at",),
        columns={
            "url": f"CASE WHEN {ERASED_URL} THEN 'forgotten:' || substr(hash_of({{new}}), 1, 32) ELSE {{new}} END",
            "reason": f"CASE WHEN {ERASED_URL} THEN '{REASON}' ELSE {{new}} END",
        },
        own=("latest",),
    ),
    Rule(
        "listings",
        ("source_id", "url"),
        SOURCE,
        rank=("coalesce({row}.checked_at, '')",),
        columns={"found_at": EARLIER},
        own=("id",),
        order="theirs.id",
    ),
    Rule(
        "boilerplate",
        ("source_id", "block_hash"),
        SOURCE,
        columns={"pages": LATER, "first_seen_at": EARLIER, "last_seen_at": LATER, "vetoed": LATER},
    ),
    Rule(
        "_boilerplate_lines",
        ("source_id", "article_id", "block_hash"),
        {**SOURCE, "article_id": "article_ids"},
        where="theirs.article_id IN (SELECT old FROM article_ids)",
    ),
    Rule(
        "_compared_pages",
        ("source_id", "day", "article_id"),
        {**SOURCE, "article_id": "article_ids"},
        rank=("-{row}.agreement",),
        where="theirs.article_id IN (SELECT old FROM article_ids)",
    ),
    Rule("_skipped_urls", ("key_hash",)),
    Rule("_source_daily_stats", ("source_id", "day"), SOURCE, rank=("{row}.pages", "{row}.articles")),
    Rule("_erasures", ("kind", "hash"), columns={"at": EARLIER}),
)
"""The tables to which no other refers."""

BY_HAND = (
    *("articles", "revisions", "captures", "article_captures"),
    *("alarms", "_unstable_articles", "unexplained_versions", "changes", "placements"),
    *("manifests", "_manifest_leaves", "_manifest_pending"),
)
"""Tables that need more than a rule (articles.py, captures.py, changes.py, placements.py, small_tables.py, manifests.py)."""

DERIVED = (
    "_story_fingerprints",
    "_story_texts",
    "_story_links",
    "_story_pending",
    "_stories",
    "_article_facets",
    "_article_terms",
    "_facet_groups",
    "_facet_numbers",
    "_listed_days",
    "_listed_months",
    "_index_pending",
    "_prepared",
    "_source_days",
    "_terms",
)
"""Tables that follow from `articles` (derived.py) or from `urls` and `outcomes`; so do the search indexes."""

NOT_MERGED = ("_replays", "_columns", "_warc_cuts", "_backfills", "_backfill_urls")
"""The progress of replays and backfills is that of one file; the dictionary is the same in all;
what a rewriting of files left over lies in one folder."""


def get_columns(db: Database, table: str) -> list[str]:
    """The columns that both archives have, in the order of the table."""
    theirs = {row[1] for row in db.conn.execute(f"PRAGMA {SHARD}.table_info([{table}])")}
    return [row[1] for row in db.conn.execute(f"PRAGMA main.table_info([{table}])") if row[1] in theirs]


def apply_rule(db: Database, rule: Rule) -> int:
    """Unite the rows of a table; returns how many were written. Needs an open transaction."""
    return db.conn.execute(build_sql(rule, get_columns(db, rule.table))).rowcount


def build_sql(rule: Rule, columns: Sequence[str]) -> str:
    """The statement that brings the shard's rows into a table with these columns."""
    names = [name for name in columns if name not in rule.own]
    values = [_value(rule, name) for name in names]
    joins = [
        f"LEFT JOIN {table} AS {table}_{n} ON {table}_{n}.old = theirs.{column}"
        for n, (column, table) in enumerate(rule.references.items())
    ]
    changes = [f"{name} = {_change(rule, name, names)}" for name in names if name not in rule.key]
    action = f"UPDATE SET {', '.join(changes)}" if changes else "NOTHING"
    return (
        f"INSERT INTO main.{rule.table} ({', '.join(names)}) SELECT {', '.join(values)}"
        f" FROM {SHARD}.{rule.table} AS theirs {' '.join(joins)} WHERE {rule.where}"
        f"{f' ORDER BY {rule.order}' if rule.order else ''} ON CONFLICT ({', '.join(rule.key)}) DO {action}"
    )


def _value(rule: Rule, name: str) -> str:
    for n, (column, table) in enumerate(rule.references.items()):
        if column == name:
            return f"{table}_{n}.new"
    own = rule.columns.get(name, "")
    return own.format(new=f"theirs.{name}") if own and "{old}" not in own else f"theirs.{name}"


def _change(rule: Rule, name: str, names: Sequence[str]) -> str:
    own = rule.columns.get(name, "")
    if "{old}" in own:
        return own.format(old=f"{rule.table}.{name}", new=f"excluded.{name}")
    cells = [
        f"coalesce({{row}}.{cell}, '')"
        for cell in names
        if cell not in rule.key and cell not in rule.references and cell not in rule.columns
    ]
    parts = [*rule.rank, *cells]
    if not parts:
        return f"{rule.table}.{name}"
    old, new = (", ".join(part.format(row=row) for part in parts) for row in (rule.table, "excluded"))
    return f"CASE WHEN ({new}) > ({old}) THEN excluded.{name} ELSE {rule.table}.{name} END"
