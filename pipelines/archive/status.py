"""How the sources are doing, read from the archive: the rows behind `clippings status`."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from pipelines.archive.database import ArchiveError, explain

if TYPE_CHECKING:
    from pathlib import Path

CRAWLS = 10

SOURCES_SQL = """
SELECT s.id, s.name, s.home,
       (SELECT count(*) FROM articles a WHERE a.source_id = s.id) AS articles,
       (SELECT max(first_seen_at) FROM articles a WHERE a.source_id = s.id) AS newest_seen_at,
       (SELECT count(*) FROM urls u WHERE u.source_id = s.id AND u.state = 'due') AS owed,
       (SELECT count(*) FROM urls u WHERE u.source_id = s.id AND u.state = 'given_up') AS given_up,
       (SELECT max(answered_at) FROM listings l WHERE l.source_id = s.id) AS answered_at,
       (SELECT count(*) FROM listings l WHERE l.source_id = s.id AND l.error IS NOT NULL AND l.answered_at IS NOT NULL)
           AS broken_listings
FROM sources s WHERE s.followed = 1 ORDER BY s.id
"""

LAST_OUTCOMES_SQL = """
SELECT o.source_id, o.outcome, count(*) AS urls, max(o.reason) AS reason
FROM outcomes o
WHERE o.crawl_id = (SELECT max(crawl_id) FROM outcomes p WHERE p.source_id = o.source_id)
GROUP BY o.source_id, o.outcome
"""

CRAWLS_SQL = """
SELECT c.id, c.started_at, c.finished_at, c.exit_code, c.reason, c.owed, c.found, c.outside,
       (SELECT json_group_object(outcome, urls) FROM
           (SELECT outcome, count(*) AS urls FROM outcomes WHERE crawl_id = c.id GROUP BY outcome)) AS outcomes
FROM crawls c ORDER BY c.id DESC LIMIT ?
"""


def open_for_reading(path: Path) -> Database:
    """The archive, read-only. Raises `ArchiveError` with the remedy when there is none."""
    if not path.is_file():
        raise ArchiveError(f"{path} does not exist. Make it with: clippings crawl {path}")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        connection.execute("SELECT 1 FROM crawls LIMIT 1")
    except sqlite3.Error as error:
        raise ArchiveError(explain(error, path)) from error
    return Database(connection)


def read_status(path: Path) -> dict[str, list[dict[str, Any]]]:
    """`sources`, each with the outcomes of its last crawl, and the last `crawls`, newest first."""

    db = open_for_reading(path)
    try:
        sources = list(db.query(SOURCES_SQL))
        by_source: dict[str, dict[str, int]] = {}
        for row in db.query(LAST_OUTCOMES_SQL):
            by_source.setdefault(row["source_id"], {})[row["outcome"]] = row["urls"]
        crawls = list(db.query(CRAWLS_SQL, [CRAWLS]))
    finally:
        db.close()
    for source in sources:
        source["last_outcomes"] = by_source.get(source["id"], {})
    for crawl in crawls:
        crawl["outcomes"] = json.loads(crawl["outcomes"] or "{}")
    return {"sources": sources, "crawls": crawls}
