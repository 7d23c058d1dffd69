"""How the sources are doing, read from the archive: the rows behind `clippings status`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from pipelines.archive.database import open_for_reading
from pipelines.archive.errors import ArchiveError
from pipelines.archive.tables.alarms import read_alarms
from pipelines.archive.views.coverage import coverage, uncovered_urls
from pipelines.timestamps import parse

if TYPE_CHECKING:
    from pathlib import Path

CRAWLS = 10

SOURCES_SQL = """
SELECT s.id, s.name, s.home,
       (SELECT count(*) FROM articles a WHERE a.source_id = s.id) AS articles,
       (SELECT max(first_seen_at) FROM articles a WHERE a.source_id = s.id) AS newest_seen_at,
       (SELECT count(*) FROM urls u WHERE u.source_id = s.id AND u.state = 'due'
           AND u.due_at <= strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')) AS pending,
       (SELECT count(*) FROM urls u WHERE u.source_id = s.id AND u.state = 'due' AND u.article_id IS NOT NULL
           AND u.due_at > strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')) AS to_recheck,
       (SELECT count(*) FROM urls u WHERE u.source_id = s.id AND u.state = 'exhausted') AS exhausted,
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
SELECT c.id, c.started_at, c.finished_at, c.exit_code, c.reason, c.pending_at_start, c.found, c.outside_window,
       (SELECT json_group_object(outcome, urls) FROM
           (SELECT outcome, count(*) AS urls FROM outcomes WHERE crawl_id = c.id GROUP BY outcome)) AS outcomes
FROM crawls c ORDER BY c.id DESC LIMIT ?
"""


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


def read_ailing(path: Path, now: datetime) -> list[dict[str, Any]]:
    """What ails: open alarms of the sources that are followed, the oldest trouble first, after the crawls' own.

    Rows have `source` (empty for the crawls themselves), `kind`, `since`, `words`, `advice` and `evidence`.
    """
    db = open_for_reading(path)
    try:
        alarms = [asdict(alarm) for alarm in read_alarms(db.conn)]
        followed = {row[0] for row in db.execute("SELECT id FROM sources WHERE followed = 1")}
        starts = list(
            db.query(
                "SELECT started_at, finished_at, exit_code, reason FROM crawls ORDER BY id DESC LIMIT 30"
            )
        )
    finally:
        db.close()
    names = ("kind", "since", "words", "advice", "evidence")
    rows = [
        {"source": alarm["source_id"], **{name: alarm[name] for name in names}}
        for alarm in sorted(alarms, key=lambda alarm: str(alarm["since"]))
        if alarm["source_id"] in followed
    ]
    about_crawls = crawls_ailing(starts, now)
    return [about_crawls, *rows] if about_crawls else rows


def read_coverage(
    path: Path, since: str, source: str | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Coverage by source and day from `since` on, and the listed URLs that are not held, with their reasons."""
    db = open_for_reading(path)
    try:
        if source is not None and not db.execute("SELECT 1 FROM sources WHERE id = ?", [source]).fetchone():
            raise ArchiveError(f"{path} has no source {source!r}. clippings status lists them.")
        rows = [asdict(row) for row in coverage(db.conn, since, source)]
        return rows, [asdict(row) for row in uncovered_urls(db.conn, since, source)]
    finally:
        db.close()


def crawls_ailing(crawls: list[dict[str, Any]], now: datetime) -> dict[str, Any] | None:
    """Whether crawls have stopped, or the last one fetched nothing; `crawls` are the latest, newest first. Pure."""
    row = {"source": "", "kind": "crawls", "since": "", "evidence": ()}
    ended = [crawl for crawl in crawls if crawl["finished_at"] and crawl["reason"] != "killed"]
    if not ended:
        words = "No crawl has ended yet." if not crawls else "No crawl has ended by itself lately."
        return {**row, "words": words, "advice": "Run one by hand: clippings crawl"}
    last = parse(ended[0]["finished_at"]) or now
    moments = [moment for crawl in ended if (moment := parse(crawl["started_at"]))]
    gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(moments)]
    usual = timedelta(seconds=median(gaps)) if len(gaps) >= 3 else timedelta(days=1)
    if now - last > max(3 * usual, timedelta(hours=12)):
        hours = round((now - last).total_seconds() / 3600)
        advice = "Look at what starts the crawls (crontab -l, systemctl --user list-timers), and at the disk's room."
        return {
            **row,
            "since": ended[0]["finished_at"],
            "words": f"No crawl has ended for {hours} hours.",
            "advice": advice,
        }
    if ended[0]["exit_code"] in (1, 4):
        return {
            **row,
            "since": ended[0]["finished_at"],
            "words": "The last crawl could fetch nothing.",
            "advice": "Look at the network, and at the log beside the archive.",
        }
    return None
