"""What `status` and `coverage` report, as rows for tables and JSON."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pipelines.archive.connection import connect_for_reading
from pipelines.archive.errors import ArchiveError
from pipelines.archive.views.coverage import COUNTS, count_outcomes, read_listed_urls, sum_coverage
from pipelines.archive.views.crawls import read_crawl_trouble, read_crawls, read_last_scheduled_crawl
from pipelines.archive.views.source_health import (
    CRAWLS,
    list_troubles,
    read_followed_sources,
    read_queues,
    read_sources,
)

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    Rows = list[dict[str, Any]]

NO_END = "9999-12-31"
MISSING = 1000
"""Listed URLs that are not held, of which the report names at most so many."""


def read_status(path: Path) -> dict[str, Rows]:
    """`sources`, those that are followed, the ones in trouble first, and the last `crawls`, the latest first.

    Raises `ArchiveError`.
    """
    with closing(connect_for_reading(path)) as db:
        queues = read_queues(db)
        health = read_sources(db)
        crawls = [asdict(crawl) for crawl in read_crawls(db, CRAWLS)]
    sources = [
        {
            "id": source.id,
            "name": source.name,
            "home": source.home,
            "state": source.state,
            "explained": source.explained,
            "remedy": source.remedy,
            "articles": source.articles,
            **asdict(queues[source.id]),
            "broken_listings": source.lost_listings,
        }
        for source in health
        if source.followed
    ]
    return {"sources": sources, "crawls": crawls}


def read_last_scheduled(path: Path) -> dict[str, Any] | None:
    """The last crawl that a schedule started: `started_at`, `exit_code`. None without one, or without an archive."""
    try:
        with closing(connect_for_reading(path)) as db:
            row = read_last_scheduled_crawl(db)
    except ArchiveError:
        return None
    return None if row is None else {"started_at": row[0], "exit_code": row[1]}


def read_troubles(path: Path, now: datetime) -> Rows:
    """The trouble of the crawls, then the open alarms of the sources followed, the oldest first.

    Rows have `source` (empty for the crawls), `kind`, `since`, `words`, `advice` and `evidence`. Raises `ArchiveError`.
    """
    with closing(connect_for_reading(path)) as db:
        crawls = read_crawl_trouble(db, now)
        troubles = list_troubles(read_sources(db))
    return [asdict(trouble) for trouble in ([crawls, *troubles] if crawls else troubles)]


def read_followed(path: Path) -> set[str]:
    """The ids of the sources that are followed. Raises `ArchiveError`."""
    with closing(connect_for_reading(path)) as db:
        return read_followed_sources(db)


def read_coverage(path: Path, since: str, source: str | None) -> tuple[Rows, Rows]:
    """Coverage by source and day from `since` on, and the listed URLs that are not held, with their reasons.

    Raises `ArchiveError`.
    """
    with closing(connect_for_reading(path)) as db:
        counts = count_outcomes(db, since, NO_END, source or "")
        missing = read_listed_urls(db, since, NO_END, source or "", missing=True, limit=MISSING)
    sums = sum_coverage(counts, lambda count: (count.source_id, count.day))
    latest_first = sorted(sorted(sums, key=lambda key: key[1], reverse=True), key=lambda key: key[0])
    rows = [
        {"source_id": key[0], "day": key[1], **{name: sums[key][name] for name in COUNTS}}
        for key in latest_first
    ]
    names = ("source_id", "day", "url", "outcome", "reason")
    return rows, [{name: getattr(url, name) for name in names} for url in missing]
