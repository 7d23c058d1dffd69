"""What follows from `articles` (search indexes, facets, days, terms), filled for many new rows at once.

The triggers do the same row by row, several times slower, so they are put aside meanwhile.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.archive.search.unsegmented import has_unsegmented_script, segment
from pipelines.archive.triggers import DAY, POSIX_TIME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

GROUP = """
SELECT a.id AS article_id, a.source_id AS source_id, coalesce(a.section, '') AS section,
       coalesce(a.language, '') AS language, coalesce(a.access, '') AS access, a.revision > 1 AS changed,
       a.gone_at IS NOT NULL AS gone, EXISTS (SELECT 1 FROM _cjk_fts_docsize WHERE id = a.id) AS unspaced
FROM main.articles AS a WHERE a.id > :highest
"""
KEY = "source_id, section, language, access, changed, gone, unspaced"


@contextmanager
def put_triggers_aside(db: Database, table: str) -> Iterator[None]:
    """Drop the triggers of a table, and make them again as they were. Needs a transaction around it.

    The counts that triggers keep in step with URLs and outcomes are made again when the archive is closed.
    """
    if table in ("urls", "outcomes"):
        db.conn.execute("DELETE FROM main._listed_days")
    triggers = db.conn.execute(
        "SELECT name, sql FROM main.sqlite_master WHERE type = 'trigger' AND tbl_name = ? ORDER BY rowid",
        [table],
    ).fetchall()
    for name, _ in triggers:
        db.conn.execute(f"DROP TRIGGER [{name}]")
    yield
    for _, sql in triggers:
        db.conn.execute(sql)


def index_new_articles(db: Database, highest: int) -> None:
    """Enter the articles with a higher id into all that follows from them. Needs a transaction."""
    new = {"highest": highest}
    conn = db.conn
    conn.execute(
        "INSERT INTO articles_fts (rowid, title, standfirst, text)"
        " SELECT id, title, standfirst, text FROM main.articles WHERE id > :highest",
        new,
    )
    _index_unsegmented(db, highest)
    conn.execute(
        f"INSERT OR IGNORE INTO main._facet_groups ({KEY}) SELECT DISTINCT {KEY} FROM ({GROUP})", new
    )
    conn.execute(
        "INSERT INTO main._article_facets (article_id, group_id, at, day)"
        f" SELECT a.id, g.id, {POSIX_TIME.format(row='a.')}, {DAY.format(row='a.')}"
        f" FROM ({GROUP}) AS wanted JOIN main._facet_groups AS g USING ({KEY}) JOIN main.articles AS a ON a.id = wanted.article_id",
        new,
    )
    conn.execute(
        "UPDATE main._facet_groups SET articles = articles + counted.n FROM (SELECT group_id, count(*) AS n"
        " FROM main._article_facets WHERE article_id > :highest GROUP BY 1) AS counted WHERE id = counted.group_id",
        new,
    )
    conn.execute(
        "INSERT INTO main._source_days (source_id, day, articles) SELECT a.source_id, f.day, count(*)"
        " FROM main._article_facets AS f JOIN main.articles AS a ON a.id = f.article_id"
        " WHERE f.article_id > :highest GROUP BY 1, 2"
        " ON CONFLICT (source_id, day) DO UPDATE SET articles = articles + excluded.articles",
        new,
    )
    for column, kind in (("authors", "author"), ("tags", "tag")):
        _index_terms(db, column, kind, highest)
    conn.execute("INSERT INTO main._story_pending SELECT id FROM main.articles WHERE id > :highest", new)


def _index_unsegmented(db: Database, highest: int) -> None:
    rows = db.conn.execute(
        "SELECT id, coalesce(title, ''), coalesce(standfirst, ''), text FROM main.articles WHERE id > ?",
        [highest],
    )
    db.conn.executemany(
        "INSERT INTO _cjk_fts (rowid, title, standfirst, text) VALUES (?, ?, ?, ?)",
        (
            (article_id, *map(segment, words))
            for article_id, *words in rows
            if any(map(has_unsegmented_script, words))
        ),
    )


def _index_terms(db: Database, column: str, kind: str, highest: int) -> None:
    names = (
        f"main.articles AS a, json_each(CASE WHEN json_valid(a.{column}) THEN a.{column} ELSE '[]' END) AS given"
        " WHERE a.id > :highest AND given.type = 'text'"
    )
    values = {"highest": highest, "kind": kind}
    db.conn.execute(
        f"INSERT OR IGNORE INTO main._terms (kind, name) SELECT DISTINCT :kind, given.value FROM {names}",
        values,
    )
    db.conn.execute(
        "INSERT OR IGNORE INTO main._article_terms (article_id, term_id)"
        f" SELECT a.id, (SELECT id FROM main._terms WHERE kind = :kind AND name = given.value) FROM {names}",
        values,
    )


def delete_unused_rows(db: Database) -> None:
    """Delete the groups, days and names that no article is in any more. Needs a transaction."""
    db.conn.execute("DELETE FROM main._facet_groups WHERE articles = 0")
    db.conn.execute("DELETE FROM main._source_days WHERE articles = 0")
    db.conn.execute("DELETE FROM main._terms WHERE id NOT IN (SELECT term_id FROM main._article_terms)")
