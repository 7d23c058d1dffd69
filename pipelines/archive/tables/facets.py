"""Articles stored together with their rows in `_cjk_fts`, facets and terms, built in Python, and noted for the next manifest.

The triggers of triggers.py build the same rows for every other writer, far more slowly. They leave an article alone while
it is named in `_prepared`. Everything here needs an open transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.archive.derived_columns import ARTICLE_COLUMNS, READ_COLUMNS, article_values
from pipelines.archive.manifest_tables import note_article
from pipelines.archive.search.results import parse_list
from pipelines.archive.search.unsegmented import has_unsegmented_script, segment
from pipelines.archive.sql import insert, update
from pipelines.archive.triggers import DAY, FACET_COLUMNS, POSIX_TIME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlite_utils import Database

    Row = Mapping[str, Any]

WORDS = ("title", "standfirst", "text")
DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(FACET_COLUMNS.split(", ")),
    "authors": "[]",
    "tags": "[]",
    "revision": 1,
}


def insert_article(db: Database, row: dict[str, Any], *, index_later: bool = False) -> int:
    """Insert a row of `articles` and what follows from it; returns its id.

    Later means: by `index_pending`, in the same transaction. Until then no search finds the article's words.
    """
    (article_id,) = db.conn.execute("SELECT coalesce(max(id), 0) + 1 FROM articles").fetchone()
    db.conn.execute("INSERT INTO _prepared VALUES (?)", [article_id])
    if index_later:
        db.conn.execute("INSERT INTO _index_pending VALUES (?)", [article_id])
    new = {**DEFAULTS, **row, "id": article_id}
    unspaced = _is_unspaced(new)
    if unspaced and not index_later:
        _add_to_index(db, new)
    _add_facets(db, new, unspaced)
    insert(db, "articles", {"id": article_id, **row, **_derive(db, new)})
    db.conn.execute("DELETE FROM _prepared")
    note_article(db, article_id)
    return int(article_id)


def index_pending(db: Database) -> None:
    """Enter the articles that wait into `articles_fts` and `_cjk_fts` together, and the terms that are new with them.

    FTS5 writes what it has collected at each savepoint, and SQLite makes one for every statement that fires triggers. So
    articles entered one by one were a segment each, to be merged with those of the others: FTS5 took .8 ms of CPU an
    article, and takes .4. Of Japanese articles of 1,000 letters a crawl's writer took 1.9 ms each, and takes 1.5.
    """
    if not db.conn.execute("SELECT 1 FROM _index_pending").fetchone():
        return
    db.conn.execute(
        "INSERT INTO articles_fts (rowid, title, standfirst, text) SELECT id, title, standfirst, text FROM articles"
        " WHERE id IN (SELECT article_id FROM _index_pending) ORDER BY id"
    )
    unspaced = db.conn.execute(
        "SELECT id, title, standfirst, text FROM articles AS a WHERE id IN (SELECT article_id FROM _index_pending)"
        # Not by a join: for a join SQLite reads all articles, to make a Bloom filter of them.
        " AND (SELECT unspaced FROM _facet_groups WHERE id = (SELECT group_id FROM _article_facets WHERE article_id = a.id))"
        # What was changed after it was inserted is there.
        " AND NOT EXISTS (SELECT 1 FROM _cjk_fts_docsize WHERE id = a.id) ORDER BY id"
    ).fetchall()
    for row in unspaced:
        _add_to_index(db, dict(zip(("id", *WORDS), row, strict=True)))
    db.conn.execute(
        "INSERT INTO _terms_fts (rowid, name) SELECT id, name FROM _terms"
        " WHERE id > (SELECT coalesce(max(id), 0) FROM _terms_fts_docsize)"
    )
    db.conn.execute("DELETE FROM _index_pending")


def update_article(db: Database, article_id: int, values: dict[str, Any]) -> None:
    """Update columns of an article and what follows from them."""
    note_article(db, article_id)
    cursor = db.conn.execute(f"SELECT {FACET_COLUMNS} FROM articles WHERE id = ?", [article_id])
    old = dict(zip(DEFAULTS, cursor.fetchone(), strict=True))
    new = {name: values.get(name, value) for name, value in old.items()}
    if old == new:
        update(db, "articles", article_id, values)
        return
    db.conn.execute("INSERT INTO _prepared VALUES (?)", [article_id])
    unspaced = _is_unspaced(new)
    if any(old[name] != new[name] for name in WORDS):
        _remove_from_index(db, old)
        if unspaced:
            _add_to_index(db, new)
    _remove_facets(db, old)
    _add_facets(db, new, unspaced)
    update(db, "articles", article_id, values | _derive(db, new))
    db.conn.execute("DELETE FROM _prepared")


def _derive(db: Database, row: Row) -> dict[str, Any]:
    """The columns that follow from others of the row, by name."""
    read = {name: row[name] for name in READ_COLUMNS}
    values = db.conn.execute(f"SELECT {article_values(':')}", read).fetchone()
    return dict(zip(ARTICLE_COLUMNS, values, strict=True))


def _words(row: Row) -> list[str]:
    return [row[name] or "" for name in WORDS]


def _is_unspaced(row: Row) -> bool:
    return any(map(has_unsegmented_script, _words(row)))


def _add_to_index(db: Database, row: Row) -> None:
    """Enter an article with such letters into `_cjk_fts`."""
    sql = "INSERT INTO _cjk_fts (rowid, title, standfirst, text) VALUES (?, ?, ?, ?)"
    db.conn.execute(sql, [row["id"], *map(segment, _words(row))])


def _remove_from_index(db: Database, row: Row) -> None:
    if db.conn.execute("SELECT 1 FROM _cjk_fts_docsize WHERE id = ?", [row["id"]]).fetchone():
        sql = "INSERT INTO _cjk_fts (_cjk_fts, rowid, title, standfirst, text) VALUES ('delete', ?, ?, ?, ?)"
        db.conn.execute(sql, [row["id"], *map(segment, _words(row))])


def _remove_facets(db: Database, row: Row) -> None:
    facets = db.conn.execute(
        "SELECT group_id, day FROM _article_facets WHERE article_id = ?", [row["id"]]
    ).fetchone()
    db.conn.execute("DELETE FROM _article_terms WHERE article_id = ?", [row["id"]])
    if facets is None:
        return
    group_id, day = facets
    db.conn.execute(
        "UPDATE _source_days SET articles = articles - 1 WHERE source_id = ? AND day = ?",
        [row["source_id"], day],
    )
    db.conn.execute("UPDATE _facet_groups SET articles = articles - 1 WHERE id = ?", [group_id])
    db.conn.execute("DELETE FROM _article_facets WHERE article_id = ?", [row["id"]])


def _add_facets(db: Database, row: Row, unspaced: bool) -> None:
    conn = db.conn
    key = {
        "source_id": row["source_id"],
        "section": row["section"] or "",
        "language": row["language"] or "",
        "access": row["access"] or "",
        "changed": row["revision"] > 1,
        "gone": row["gone_at"] is not None,
        "unspaced": unspaced,
    }
    where = " AND ".join(f"{name} = :{name}" for name in key)
    found = conn.execute(f"SELECT id FROM _facet_groups WHERE {where}", key).fetchone()
    group_id = found[0] if found else insert(db, "_facet_groups", key)
    conn.execute("UPDATE _facet_groups SET articles = articles + 1 WHERE id = ?", [group_id])
    facets = conn.execute(
        "INSERT INTO _article_facets (article_id, group_id, at, day)"
        f" VALUES (:id, :group_id, {POSIX_TIME.format(row=':')}, {DAY.format(row=':')}) RETURNING day",
        {**row, "group_id": group_id},
    )
    ((day,),) = facets.fetchall()
    conn.execute(
        "INSERT INTO _source_days (source_id, day, articles) VALUES (?, ?, 1)"
        " ON CONFLICT (source_id, day) DO UPDATE SET articles = articles + 1",
        [row["source_id"], day],
    )
    for kind, cell in (("author", row["authors"]), ("tag", row["tags"])):
        for name in dict.fromkeys(parse_list(cell)):  # each name once, in their order
            known = conn.execute("SELECT id FROM _terms WHERE kind = ? AND name = ?", [kind, name]).fetchone()
            term_id = known[0] if known else insert(db, "_terms", {"kind": kind, "name": name})
            conn.execute(
                "INSERT INTO _article_terms (article_id, term_id) VALUES (?, ?)", [row["id"], term_id]
            )
