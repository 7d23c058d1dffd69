"""Which articles a search would have found by the words of an earlier version: for words that were taken out.

The versions are put into an archive in memory, whose own triggers index them. So the search is the same.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from pipelines.archive.migrations import migrations
from pipelines.archive.search.among import find_among
from pipelines.archive.sqlite import Database

if TYPE_CHECKING:
    from collections.abc import Collection

    from pipelines.archive.search.match import Filters

COPIED = (
    "id, source_id, url, authors, published_at, published_from, section, tags, language, word_count, access, first_seen_at,"
    " checked_at, content_hash, extractor"
)


def find_in_old_versions(
    db: sqlite3.Connection, query: str, filters: Filters, versions: Collection[tuple[int, int]]
) -> set[tuple[int, int]]:
    """Which of these versions, (article id, number), the search finds."""
    if not versions:
        return set()
    found: set[tuple[int, int]] = set()
    for number in sorted({number for _, number in versions}):
        ids = [article for article, one in versions if one == number]
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as scratch:
            _fill(scratch, db, ids, number)
            found |= {(article, number) for article in find_among(scratch, query, filters, ids)}
    return found


def _fill(scratch: sqlite3.Connection, db: sqlite3.Connection, ids: list[int], number: int) -> None:
    migrations.apply(Database(scratch, execute_plugins=False))
    names = "id, name, home, language, country, added_at"
    sources = db.execute(f"SELECT {names} FROM sources").fetchall()
    scratch.executemany(f"INSERT OR IGNORE INTO sources ({names}) VALUES (?, ?, ?, ?, ?, ?)", sources)
    columns = ", ".join(f"a.{name.strip()}" for name in COPIED.split(","))
    sql = (
        f"SELECT {columns}, r.title, r.standfirst, r.text FROM articles a JOIN revisions r ON r.article_id = a.id"
        " WHERE a.id = ? AND r.number = ?"
    )
    marks = ", ".join("?" * (len(COPIED.split(",")) + 3))
    for article in ids:
        scratch.executemany(
            f"INSERT INTO articles ({COPIED}, title, standfirst, text) VALUES ({marks})",
            db.execute(sql, [article, number]).fetchall(),
        )
