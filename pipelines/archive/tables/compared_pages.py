"""The table `_compared_pages`: how far two extractors agree on the few pages of a source and day that both read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

TABLE = """
CREATE TABLE _compared_pages (            -- a page that both extractors read; small enough to keep for ever
    source_id TEXT NOT NULL REFERENCES sources(id),
    day TEXT NOT NULL,                    -- UTC
    article_id INTEGER NOT NULL REFERENCES articles(id),
    agreement REAL NOT NULL,              -- F1 of runs of four words, 0 to 1
    PRIMARY KEY (source_id, day, article_id)
) WITHOUT ROWID;
CREATE INDEX _compared_pages_article ON _compared_pages(article_id);
"""


def save_agreement(db: Database, source_id: str, day: str, article_id: int, agreement: float) -> None:
    """Note how far two extractors agree on the page of an article. Needs an open transaction."""
    db.conn.execute(
        "INSERT OR REPLACE INTO _compared_pages (source_id, day, article_id, agreement) VALUES (?, ?, ?, ?)",
        [source_id, day, article_id, round(agreement, 4)],
    )


def count_compared(db: Database, source_id: str, day: str) -> int:
    """Count the pages of a source and day that both extractors read."""
    sql = "SELECT count(*) FROM _compared_pages WHERE source_id = ? AND day = ?"
    return int(db.execute(sql, [source_id, day]).fetchone()[0])


def read_agreements(db: Database, source_id: str, since: str) -> dict[str, tuple[float, ...]]:
    """The agreement of every page of a source that was compared since a day, by day."""
    found: dict[str, tuple[float, ...]] = {}
    sql = (
        "SELECT day, agreement FROM _compared_pages WHERE source_id = ? AND day >= ? ORDER BY day, article_id"
    )
    for day, agreement in db.execute(sql, [source_id, since]):
        found[day] = (*found.get(day, ()), agreement)
    return found


def find_least_agreeing(db: Database, source_id: str, since: str) -> list[str]:
    """Three addresses of a source on whose pages two extractors agree least since a day."""
    sql = (
        "SELECT url FROM _compared_pages c JOIN articles a ON a.id = c.article_id"
        " WHERE c.source_id = ? AND c.day >= ? ORDER BY c.agreement, c.day DESC, c.article_id DESC LIMIT 3"
    )
    return [row[0] for row in db.execute(sql, [source_id, since])]
