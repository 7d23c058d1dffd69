"""`_versions_fts`: the words of superseded versions, to be searched as those of articles are.

It stores no text (a row's id is that of `revisions`), and one index serves all scripts: texts are spaced by
`search/unsegmented.py`, so the tokenizer is that of `_cjk_fts`. Everything here needs an open transaction.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from pipelines.archive.search.unsegmented import segment
from pipelines.archive.triggers import CJK_TOKENIZER

if TYPE_CHECKING:
    from sqlite_utils import Database

TABLE = f"""
CREATE VIRTUAL TABLE _versions_fts USING fts5(
    title, standfirst, text, content='', tokenize="{CJK_TOKENIZER}"
);
"""


def index_versions(db: Database, where: str, values: Any = ()) -> None:
    """Enter rows of `revisions` into the index: those that an SQL condition finds."""
    _write(
        db, "INSERT INTO _versions_fts (rowid, title, standfirst, text) VALUES (?, ?, ?, ?)", where, values
    )


def unindex_versions(db: Database, where: str, values: Any = ()) -> None:
    """Take rows of `revisions` out of the index, before they are changed or deleted."""
    sql = "INSERT INTO _versions_fts (_versions_fts, rowid, title, standfirst, text) VALUES ('delete', ?, ?, ?, ?)"
    try:
        _write(db, sql, where, values)
    except sqlite3.DatabaseError as error:
        if "malformed" not in str(error):
            raise
        # Another program has written rows, which the index does not hold as they are: it is made anew without these.
        db.conn.execute("INSERT INTO _versions_fts (_versions_fts) VALUES ('delete-all')")
        index_versions(db, f"NOT coalesce(({where}), 0)", values)


def delete_versions(db: Database, where: str, values: Any = ()) -> None:
    """Delete rows of `revisions` with their entries in the index."""
    unindex_versions(db, where, values)
    db.conn.execute(f"DELETE FROM revisions WHERE {where}", values)


def _write(db: Database, sql: str, where: str, values: Any) -> None:
    rows = db.conn.execute(
        f"SELECT id, coalesce(title, ''), coalesce(standfirst, ''), text FROM main.revisions WHERE {where}",
        values,
    )
    db.conn.executemany(sql, ((row_id, *map(segment, words)) for row_id, *words in rows))
