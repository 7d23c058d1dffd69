"""How each source is doing, from its last crawls: the ailing first."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pipelines.archive.search.results import names
from pipelines.archive.search.timeline import is_day

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

CRAWLS = 10
"""How many of the last crawls are shown."""
RECENT = 90
"""Of how many days it is worked out how often a source prints."""
FETCHED = frozenset({"new", "revised", "unchanged", "duplicate", "not_article", "empty", "gone"})
"""Outcomes that show that a site answers us with pages."""
ORDER = (
    "failing",
    "alarm",
    "listing",
    "quiet",
    "empty",
    "some failures",
    "well",
    "not followed",
    "not yet crawled",
)
"""States of a source, the worst first; `state_of` explains each."""


@dataclass(frozen=True, slots=True)
class AlarmSummary:
    """What is unlike a source's past since a day, what to try, and addresses that show it."""

    since: str
    words: str
    advice: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceHealth:
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
    alarms: tuple[AlarmSummary, ...] = ()
    """Those that last, the latest first; while there is one, `state` is `alarm` or worse."""


@dataclass(frozen=True, slots=True)
class ListingHealth:
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
class LearnedLine:
    """A block of text that was learned from a source's pages and is removed from its articles."""

    text: str
    pages: int
    first_seen_at: str
    last_seen_at: str


@dataclass(frozen=True, slots=True)
class SourcePage:
    """All that the page of one source shows. `days` has the articles of each day that has any, in order."""

    health: SourceHealth
    days: tuple[tuple[str, int], ...]
    listings: tuple[ListingHealth, ...]
    failures: tuple[Failure, ...]
    boilerplate: tuple[LearnedLine, ...]
    pending: int


def sources(db: sqlite3.Connection, only: str | None = None) -> list[SourceHealth]:
    """Every source, the ailing first, then by name; or the one named."""
    where, values = ("WHERE id = ?", [only]) if only is not None else ("", [])
    known = db.execute(f"SELECT id, name, home, language, followed FROM sources {where}", values).fetchall()
    today = db.execute("SELECT substr(max(started_at), 1, 10) FROM crawls").fetchone()[0]
    crawls = _crawls(db, only)
    days = _days(db, only, today)
    articles = Counter(
        dict(db.execute("SELECT source_id, sum(articles) FROM _facet_groups GROUP BY source_id"))
    )
    broken, unread = _listings(db)
    alarms = _alarms(db)
    found = []
    for key, name, home, language, followed in known:
        answered = _last_success(db, key, crawls[key])
        newest = max(days[key], default=None)
        state, explained = state_of(
            crawls[key],
            days[key],
            today,
            broken=broken[key],
            unread=unread.get(key, ""),
            followed=bool(followed),
        )
        ringing = tuple(alarms[key])
        if ringing and state not in ("failing", "not followed"):
            state, explained = "alarm", " ".join(alarm.words for alarm in ringing)
        found.append(
            SourceHealth(
                key,
                name,
                home,
                language,
                articles[key],
                newest,
                answered,
                sum(count for day, count in days[key].items() if today and _apart(day, today) < 7),
                tuple(crawls[key].items())[:CRAWLS],
                state,
                explained,
                ringing,
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
        " WHERE source_id = :key AND (answered_at IS NOT NULL OR NOT EXISTS ("
        "   SELECT 1 FROM listings WHERE source_id = :key AND answered_at IS NOT NULL))"
        " ORDER BY error IS NULL, kind, url",
        {"key": key},
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
        "SELECT day, articles FROM _source_days WHERE source_id = ? AND articles > 0 ORDER BY day", [key]
    )
    owed = db.execute("SELECT count(*) FROM urls WHERE source_id = ? AND state = 'due'", [key]).fetchone()[0]
    return SourcePage(
        health,
        tuple((day, articles) for day, articles in days if is_day(day)),
        tuple(ListingHealth(*row) for row in listings),
        tuple(Failure(*row) for row in failures),
        tuple(LearnedLine(*row) for row in learned),
        owed,
    )


def state_of(
    crawls: dict[int, dict[str, int]],
    days: dict[str, int],
    today: str | None,
    *,
    broken: int = 0,
    unread: str = "",
    followed: bool = True,
) -> tuple[str, str]:
    """A source's state and why, from its last crawls (the latest first) and the days it had articles on.

    `today` is the day of the last crawl, `broken` how many of its listings cannot be read any more, `unread`
    the error when none of them can.
    """
    if not followed:
        return "not followed", "No longer in seeds/."
    if unread:
        return "failing", f"None of its feeds, sitemaps and section pages can be read: {unread}."
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
    past = [day for day in days if not today or _apart(day, today) >= -1]  # a day ahead is another time zone
    if today and past and (gap := _apart(max(past), today)) > max(3, 3 * _usual_gap(past)):
        return "quiet", f"No new article for {gap} days."
    if answered and latest.get("empty", 0) * 2 > answered:
        return "empty", "More than half of the pages of the last crawl gave no text."
    if latest.get("failed", 0) * 5 > taken:
        return "some failures", f"{latest['failed']} of {taken} pages of the last crawl failed."
    return "well", "Nothing is wrong."


def _crawls_in_words(count: int) -> str:
    return "crawl" if count == 1 else f"{count} crawls"


def _alarms(db: sqlite3.Connection) -> defaultdict[str, list[AlarmSummary]]:
    """The alarms that last, by source; none in an archive that knows no alarms yet."""
    found: defaultdict[str, list[AlarmSummary]] = defaultdict(list)
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'alarms'").fetchone():
        sql = "SELECT source_id, since, words, advice, evidence FROM alarms WHERE until IS NULL ORDER BY since DESC"
        for key, since, words, advice, evidence in db.execute(sql):
            found[key].append(AlarmSummary(since, words, advice, names(evidence)))
    return found


def _listings(db: sqlite3.Connection) -> tuple[Counter[str], dict[str, str]]:
    """By source: how many listings that were read once cannot be now, and the error where none can.

    A listing that never answered was a guess at the usual addresses, and is no loss.
    """
    broken, unread = Counter[str](), dict[str, str]()
    sql = """
        SELECT source_id, sum(error IS NOT NULL AND answered_at IS NOT NULL), sum(error IS NULL), max(error)
        FROM listings WHERE checked_at IS NOT NULL GROUP BY source_id
    """
    for key, lost, readable, error in db.execute(sql):
        broken[key] = lost
        if not readable:
            unread[key] = error
    return broken, unread


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


def _days(db: sqlite3.Connection, only: str | None, today: str | None) -> defaultdict[str, dict[str, int]]:
    """Articles by source and day: of the last `RECENT` days, and of the last day before if there was none."""
    where, values = (" AND source_id = ?", [only]) if only is not None else ("", [])
    since = (date.fromisoformat(today) - timedelta(days=RECENT)).isoformat() if today else ""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    days = f"SELECT source_id, day, articles FROM _source_days WHERE articles > 0 AND day >= ?{where}"
    last = (
        f"SELECT source_id, max(day), articles FROM _source_days WHERE articles > 0{where} GROUP BY source_id"
    )
    for key, day, articles in [*db.execute(last, values), *db.execute(days, [since, *values])]:
        if is_day(day):
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


def _usual_gap(days: Sequence[str]) -> float:
    """Days between the days with articles, on average; of the last sixty such days."""
    recent = sorted(days)[-60:]
    return _apart(recent[0], recent[-1]) / (len(recent) - 1) if len(recent) > 1 else 7.0
