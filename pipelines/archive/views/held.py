"""Which addresses lead to an article that the archive holds, however they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.urls import normalize

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


def find_held(db: sqlite3.Connection, urls: Iterable[str]) -> dict[str, int]:
    """URL to article id, of those that lead to an article: it was found there, or was redirected to from there."""
    sql = "SELECT article_id FROM urls WHERE key = ? AND article_id IN (SELECT id FROM articles)"
    found = {}
    for url in urls:
        row = db.execute(sql, [normalize.key(url)]).fetchone()
        if row is None:
            row = db.execute("SELECT id FROM articles WHERE url = ?", [url]).fetchone()
        if row is not None:
            found[url] = int(row[0])
    return found


def read_own_hosts(db: sqlite3.Connection) -> set[str]:
    """The hosts of the homes of followed sources."""
    return {normalize.host_of(home) for (home,) in db.execute("SELECT home FROM sources WHERE followed")}
