"""How each source is doing, from its last crawls: the ailing first."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

CRAWLS = 10
"""How many of the last crawls are shown."""
FETCHED = frozenset({"new", "revised", "unchanged", "duplicate", "not_article", "empty"})
"""Outcomes that show that a site answers us with pages."""
ORDER = ("failing", "listing", "quiet", "empty", "some failures", "well", "not followed", "not yet crawled")
"""States of a source, the worst first; `state_of` explains each."""


@dataclass(frozen=True, slots=True)
class Health:
    """A source on the page of all sources. `explained` says the state in words."""

    id: str
    name: str
    home: str
    language: str | None
    articles: int
    newest_at: str | None
    last_success_at: str | None
    recent: int
    """Articles of the last seven days of the archive."""
    crawls: tuple[tuple[int, dict[str, int]], ...]
    """Crawl id and its outcomes, the latest first, no more than `CRAWLS`."""
    state: str
    explained: str


@dataclass(frozen=True, slots=True)
class Listing:
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
    """A URL that failed or was left out in one of the last crawls, and why."""

    url: str
    outcome: str
    reason: str | None
    at: str


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """A block of text that was learned from a source's pages and is removed from its articles."""

    text: str
    pages: int
    first_seen_at: str
    last_seen_at: str


@dataclass(frozen=True, slots=True)
class SourcePage:
    """All that the page of one source shows. `days` has the articles of each day that has any, in order."""

    health: Health
    days: tuple[tuple[str, int], ...]
    listings: tuple[Listing, ...]
    failures: tuple[Failure, ...]
    boilerplate: tuple[Boilerplate, ...]
    owed: int


def sources(db: sqlite3.Connection, only: str | None = None) -> list[Health]:
    """Every source, the ailing first, then by name; or the one named."""
    where, values = ("WHERE id = ?", [only]) if only is not None else ("", [])
    known = db.execute(f"SELECT id, name, home, language, followed FROM sources {where}", values).fetchall()
    today = db.execute("SELECT max(day) FROM source_days WHERE articles > 0").fetchone()[0]
    crawls = _crawls(db, only)
    days = _days(db, only)
    broken = Counter(
        dict(
            db.execute(
                "SELECT source_id, count(*) FROM listings WHERE error IS NOT NULL AND answered_at IS NOT NULL GROUP BY 1"
            )
        )
    )
    found = []
    for key, name, home, language, followed in known:
        answered = _last_success(db, key, crawls[key])
        newest = max(days[key], default=None)
        state, explained = state_of(crawls[key], broken[key], days[key], today, followed=bool(followed))
        found.append(
            Health(
                key,
                name,
                home,
                language,
                sum(days[key].values()),
                newest,
                answered,
                sum(count for day, count in days[key].items() if today and _apart(day, today) < 7),
                tuple(crawls[key].items())[:CRAWLS],
                state,
                explained,
            )
        )
    return sorted(found, key=lambda health: (ORDER.index(health.state), health.name.casefold()))


def source(db: sqlite3.Connection, key: str) -> SourcePage | None:
    """One source with its listings, failures and boilerplate; None when there is none of that id."""
    health = next(iter(sources(db, key)), None)
    if health is None:
        return None
    since = min((crawl for crawl, _ in health.crawls), default=0)
    listings = db.execute(
        "SELECT url, kind, checked_at, answered_at, status, error, entries, newest_at FROM listings"
        " WHERE source_id = ? ORDER BY error IS NULL, kind, url",
        [key],
    )
    failures = db.execute(
        "SELECT url, outcome, reason, at FROM outcomes WHERE source_id = ? AND crawl_id >= ?"
        " AND outcome IN ('failed', 'gone', 'excluded', 'empty', 'not_article')"
        " ORDER BY crawl_id DESC, at DESC LIMIT 100",
        [key, since],
    )
    learned = db.execute(
        "SELECT text, pages, first_seen_at, last_seen_at FROM boilerplate WHERE source_id = ?"
        " ORDER BY pages DESC LIMIT 200",
        [key],
    )
    days = db.execute(
        "SELECT day, articles FROM source_days WHERE source_id = ? AND articles > 0 ORDER BY day", [key]
    )
    owed = db.execute("SELECT count(*) FROM urls WHERE source_id = ? AND state = 'due'", [key]).fetchone()[0]
    return SourcePage(
        health,
        tuple(days),
        tuple(Listing(*row) for row in listings),
        tuple(Failure(*row) for row in failures),
        tuple(Boilerplate(*row) for row in learned),
        owed,
    )


def state_of(
    crawls: dict[int, dict[str, int]], broken: int, days: dict[str, int], today: str | None, *, followed: bool
) -> tuple[str, str]:
    """A source's state and why, from its last crawls (the latest first), broken listings and days."""
    if not followed:
        return "not followed", "No longer in seeds/."
    if not crawls:
        return "not yet crawled", "No crawl has taken up a page of it yet."
    latest = next(iter(crawls.values()))
    taken = sum(latest.values())
    answered = sum(latest.get(outcome, 0) for outcome in FETCHED)
    if latest.get("failed", 0) and not answered:
        failing = next(
            (i for i, c in enumerate(crawls.values()) if any(c.get(o) for o in FETCHED)), len(crawls)
        )
        return "failing", f"Nothing could be fetched in the last {_crawls_in_words(failing)}."
    if broken:
        return "listing", f"{broken} of its feeds, sitemaps or section pages cannot be read."
    if today and days and (gap := _apart(max(days), today)) > max(3, 3 * _usual_gap(days)):
        return "quiet", f"No new article for {gap} days."
    if answered and latest.get("empty", 0) * 2 > answered:
        return "empty", "More than half of the pages of the last crawl gave no text."
    if latest.get("failed", 0) * 5 > taken:
        return "some failures", f"{latest['failed']} of {taken} pages of the last crawl failed."
    return "well", "Nothing is wrong."


def _crawls_in_words(count: int) -> str:
    return "crawl" if count == 1 else f"{count} crawls"


def _crawls(db: sqlite3.Connection, only: str | None) -> defaultdict[str, dict[int, dict[str, int]]]:
    """Outcomes of the last crawls by source and crawl, the latest crawl first."""
    last = [row[0] for row in db.execute("SELECT id FROM crawls ORDER BY id DESC LIMIT ?", [CRAWLS])]
    found: defaultdict[str, dict[int, dict[str, int]]] = defaultdict(dict)
    where, values = (" AND source_id = ?", [only]) if only is not None else ("", [])
    sql = f"""
        SELECT source_id, outcome, count(*) FROM outcomes
        WHERE crawl_id = ?{where} GROUP BY source_id, outcome ORDER BY count(*) DESC
    """
    for crawl in last:
        for key, outcome, count in db.execute(sql, [crawl, *values]):
            found[key].setdefault(crawl, {})[outcome] = count
    return found


def _days(db: sqlite3.Connection, only: str | None) -> defaultdict[str, dict[str, int]]:
    where, values = (" AND source_id = ?", [only]) if only is not None else ("", [])
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    sql = f"SELECT source_id, day, articles FROM source_days WHERE articles > 0{where}"
    for key, day, articles in db.execute(sql, values):
        found[key][day] = articles
    return found


def _last_success(db: sqlite3.Connection, key: str, crawls: dict[int, dict[str, int]]) -> str | None:
    for crawl, outcomes in crawls.items():
        if any(outcomes.get(outcome) for outcome in FETCHED):
            at: str = db.execute(
                "SELECT max(at) FROM outcomes WHERE source_id = ? AND crawl_id = ?", [key, crawl]
            ).fetchone()[0]
            return at
    return None


def _apart(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def _usual_gap(days: Sequence[str] | dict[str, int]) -> float:
    """Days between the days with articles, on average; of the last sixty such days."""
    recent = sorted(days)[-60:]
    return _apart(recent[0], recent[-1]) / (len(recent) - 1) if len(recent) > 1 else 7.0
