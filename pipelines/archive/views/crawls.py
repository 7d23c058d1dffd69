"""The last crawls: when they ran, how they ended, what they did, and whether crawling has stopped."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from pipelines.archive.source_figures import STOPPED
from pipelines.timestamps import parse

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

CHECKED = 30
"""Crawls that show how often they run."""
SCHEDULED = "clippings crawl * --silent"
"""The command of crawls that a schedule starts (crawler/schedule/job.py)."""
LEAST_SILENCE = timedelta(hours=12)
"""Time without a crawl that is never too long."""


@dataclass(frozen=True, slots=True)
class CrawlView:
    """One crawl. `finished_at` is None while it runs; `reason` is `killed` when it ended without saying how.

    `outcomes` are counts by outcome. It took up the URLs that were pending when it
    started and those it found; it left those outside its time window.
    """

    id: int
    started_at: str
    finished_at: str | None
    exit_code: int | None
    reason: str | None
    pending_at_start: int | None
    found: int | None
    outside_window: int | None
    outcomes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that needs its owner: since when, what it is, what to try, and URLs that show it.

    `source` is empty and `since` may be when the crawls themselves are in trouble.
    """

    source: str
    kind: str
    since: str
    words: str
    advice: str
    evidence: tuple[str, ...] = ()


_SQL = """
SELECT c.id, c.started_at, c.finished_at, c.exit_code, c.reason, c.pending_at_start, c.found, c.outside_window,
       (SELECT json_group_object(outcome, urls) FROM (
           SELECT outcome, count(*) AS urls FROM outcomes WHERE crawl_id = c.id GROUP BY outcome))
FROM crawls c ORDER BY c.id DESC LIMIT ?
"""


def read_crawls(db: sqlite3.Connection, limit: int) -> list[CrawlView]:
    """The last crawls, the latest first."""
    return [
        CrawlView(*(*values, json.loads(outcomes or "{}"))) for *values, outcomes in db.execute(_SQL, [limit])
    ]


def read_last_crawl(db: sqlite3.Connection) -> CrawlView | None:
    """The crawl that started last; None before the first one."""
    return next(iter(read_crawls(db, 1)), None)


def read_last_scheduled_crawl(db: sqlite3.Connection) -> tuple[str, int | None] | None:
    """When the last crawl started that `clippings schedule` runs, and its exit code; None before the first one."""
    sql = "SELECT started_at, exit_code FROM crawls WHERE command GLOB ? ORDER BY started_at DESC, id DESC LIMIT 1"
    row: tuple[str, int | None] | None = db.execute(sql, [SCHEDULED]).fetchone()
    return row


def read_crawl_starts(db: sqlite3.Connection, limit: int) -> dict[int, str]:
    """When each of the last crawls started, by its id."""
    return dict(
        db.execute("SELECT id, started_at FROM crawls ORDER BY started_at DESC, id DESC LIMIT ?", [limit])
    )


def read_crawl_trouble(db: sqlite3.Connection, now: datetime) -> Trouble | None:
    """Whether crawls have stopped, or the last one fetched nothing."""
    sql = "SELECT started_at, finished_at, exit_code, reason FROM crawls ORDER BY started_at DESC, id DESC LIMIT ?"
    return find_crawl_trouble([CrawlEnd(*row) for row in db.execute(sql, [CHECKED])], now)


@dataclass(frozen=True, slots=True)
class CrawlEnd:
    """When a crawl started and finished, and how; fields as in `CrawlView`."""

    started_at: str
    finished_at: str | None
    exit_code: int | None
    reason: str | None


def find_crawl_trouble(crawls: Sequence[CrawlEnd], now: datetime) -> Trouble | None:
    """Whether crawls have stopped, or the last one fetched nothing; `crawls` are the latest, newest first. Pure."""
    ended = [crawl for crawl in crawls if crawl.finished_at and crawl.reason != "killed"]
    if not ended:
        words = "No crawl has ended yet." if not crawls else "No crawl has ended by itself lately."
        return Trouble("", "crawls", "", words, "Run one by hand: clippings crawl")
    latest = next(crawl for crawl in crawls if crawl.finished_at)
    if latest.reason in STOPPED:
        words = "The last crawl was interrupted before its end."
        return Trouble(
            "", "crawls", latest.finished_at or "", words, "Run it again: it goes on where it was."
        )
    since = ended[0].finished_at or ""
    moments = [moment for crawl in ended if (moment := parse(crawl.started_at))]
    gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(moments)]
    usual = timedelta(seconds=median(gaps)) if len(gaps) >= 3 else timedelta(days=1)
    silence = now - (parse(since) or now)
    if silence > max(3 * usual, LEAST_SILENCE):
        hours = round(silence.total_seconds() / 3600)
        advice = "Look at what starts the crawls (clippings schedule show), and at the disk's room."
        return Trouble("", "crawls", since, f"No crawl has ended for {hours} hours.", advice)
    if ended[0].exit_code in (1, 4):
        advice = "Look at the network, and at the log beside the archive."
        return Trouble("", "crawls", since, "The last crawl could fetch nothing.", advice)
    return None
