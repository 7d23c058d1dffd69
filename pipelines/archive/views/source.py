"""One source: its state, its days, its listings, what failed, and the boilerplate learned from its pages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING

from pipelines.archive.views.source_health import SourceHealth, read_sources
from pipelines.timestamps import is_day

if TYPE_CHECKING:
    import sqlite3

FAILURES = 100
"""Failures that are shown at most."""
AGREEMENT_DAYS = 56
"""Days of the agreement of two extractors that are shown at most."""
LINES = 200
"""Boilerplate lines that are shown at most."""


@dataclass(frozen=True, slots=True)
class ListingView:
    """A feed, sitemap or section page of a source."""

    url: str
    kind: str
    checked_at: str | None
    answered_at: str | None
    status: int | None
    error: str | None
    entries: int | None
    newest_at: str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """A URL that did not become an article in one of the last crawls, and why."""

    url: str
    outcome: str
    reason: str | None
    at: str


@dataclass(frozen=True, slots=True)
class BoilerplateLine:
    """A text block that recurs across a source's pages and is removed from its articles."""

    text: str
    pages: int
    first_seen_at: str
    last_seen_at: str


@dataclass(frozen=True, slots=True)
class AgreementDay:
    """How far our rules and trafilatura agree on a source's pages of one day, in the middle of those that both read."""

    day: str
    agreement: float
    pages: int


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source. `days` has the articles of each day with any, in order; `pending` counts its URLs to fetch."""

    health: SourceHealth
    days: tuple[tuple[str, int], ...]
    listings: tuple[ListingView, ...]
    failures: tuple[Failure, ...]
    boilerplate: tuple[BoilerplateLine, ...]
    agreements: tuple[AgreementDay, ...]
    """The last days with pages that both extractors read, in order."""
    pending: int


def read_source(db: sqlite3.Connection, key: str) -> SourceView | None:
    """Read a source; None when there is none of that id."""
    health = next(iter(read_sources(db, key)), None)
    if health is None:
        return None
    last = [crawl for crawl, _ in health.crawls]
    # Listings without any response are guesses; they are shown when the source has no others.
    listings = db.execute(
        "SELECT url, kind, checked_at, answered_at, status, error, entries, newest_at FROM listings"
        " WHERE source_id = :key AND (answered_at IS NOT NULL OR NOT EXISTS ("
        "   SELECT 1 FROM listings WHERE source_id = :key AND answered_at IS NOT NULL))"
        " ORDER BY error IS NULL, kind, url",
        {"key": key},
    )
    failures = db.execute(
        "SELECT url, outcome, reason, at FROM outcomes WHERE source_id = ? AND crawl_id IN (SELECT value FROM json_each(?))"
        " AND outcome IN ('failed', 'gone', 'excluded', 'empty', 'not_article')"
        " ORDER BY at DESC, crawl_id DESC LIMIT ?",
        [key, json.dumps(last), FAILURES],
    )
    boilerplate = db.execute(
        "SELECT text, pages, first_seen_at, last_seen_at FROM boilerplate WHERE source_id = ?"
        " ORDER BY pages DESC LIMIT ?",
        [key, LINES],
    )
    days = db.execute(
        "SELECT day, articles FROM _source_days WHERE source_id = ? AND articles > 0 ORDER BY day", [key]
    )
    pending = db.execute("SELECT count(*) FROM urls WHERE source_id = ? AND state = 'due'", [key]).fetchone()
    return SourceView(
        health,
        tuple((day, articles) for day, articles in days if is_day(day)),
        tuple(ListingView(*row) for row in listings),
        tuple(Failure(*row) for row in failures),
        tuple(BoilerplateLine(*row) for row in boilerplate),
        _read_agreements(db, key),
        pending[0],
    )


def _read_agreements(db: sqlite3.Connection, key: str) -> tuple[AgreementDay, ...]:
    rows = db.execute(
        "SELECT day, agreement FROM _compared_pages WHERE source_id = :key AND day IN (SELECT DISTINCT day"
        " FROM _compared_pages WHERE source_id = :key ORDER BY day DESC LIMIT :days) ORDER BY day",
        {"key": key, "days": AGREEMENT_DAYS},
    )
    found = []
    for day, group in groupby(rows, key=lambda row: row[0]):
        values = [agreement for _, agreement in group]
        found.append(AgreementDay(day, median(values), len(values)))
    return tuple(found)
