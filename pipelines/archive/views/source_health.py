"""The state of each source, from its last crawls, its listings and its alarms: the ailing first."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.search.timeline import is_day
from pipelines.archive.views.alarms import AlarmView, read_alarms
from pipelines.archive.views.crawls import Trouble
from pipelines.timestamps import days_before, days_between

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

CRAWLS = 10
"""Crawls that decide the state, and that pages show."""
RECENT = 90
"""Days that show how often a source publishes."""
FETCHED = frozenset({"new", "revised", "unchanged", "duplicate", "not_article", "empty", "gone"})
"""Outcomes that show that a site sends us pages."""
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
"""The states of a source, the worst first; `judge_source` explains each."""

OutcomesByCrawl = dict[int, dict[str, int]]
"""Crawl id to outcomes to URLs, the latest crawl first."""


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A source and its state. `explained` is the state in a sentence."""

    id: str
    name: str
    home: str
    language: str | None
    followed: bool
    articles: int
    newest_at: str | None
    """The last day with articles."""
    last_success_at: str | None
    """When the site last sent a page, in the last `CRAWLS` crawls."""
    recent: int
    """Articles of the seven days before the last crawl."""
    crawls: tuple[tuple[int, dict[str, int]], ...]
    """Crawl id and its outcomes, the latest first, `CRAWLS` at most."""
    state: str
    explained: str
    lost_listings: int
    """Feeds, sitemaps and section pages that were read once and cannot be read now."""
    alarms: tuple[AlarmView, ...] = ()
    """Those that last, the latest first; with any, `state` is `alarm` or worse."""


class Listings(NamedTuple):
    """A source's listings: how many were read once and cannot be now; and the error when none can be read."""

    lost: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class SourceQueue:
    """The frontier and listings of a source in numbers, and its last outcomes by outcome."""

    newest_seen_at: str | None
    pending: int
    """URLs that are due now."""
    to_recheck: int
    """Articles whose page will be fetched again later."""
    exhausted: int
    """URLs that failed too often."""
    answered_at: str | None
    """The last response of one of its listings."""
    doubted: int
    """Articles in whose place something else was seen, which waits to be seen again (decisions/doubts.py)."""
    last_outcomes: dict[str, int]
    """Of the last crawl that took up any of its pages."""


def read_sources(db: sqlite3.Connection, only: str | None = None) -> list[SourceHealth]:
    """Every source, the ailing first, then by name; or the one named."""
    where, values = ("WHERE id = ?", [only]) if only is not None else ("", [])
    known = db.execute(f"SELECT id, name, home, language, followed FROM sources {where}", values).fetchall()
    today = db.execute("SELECT substr(max(started_at), 1, 10) FROM crawls").fetchone()[0]
    crawls = _read_crawls(db, only)
    days = _read_days(db, only, today)
    articles = Counter(
        dict(db.execute("SELECT source_id, sum(articles) FROM _facet_groups GROUP BY source_id"))
    )
    listings = _read_listings(db)
    alarms: defaultdict[str, list[AlarmView]] = defaultdict(list)
    for alarm in sorted(read_alarms(db, only), key=lambda alarm: alarm.since, reverse=True):
        alarms[alarm.source_id].append(alarm)
    found = []
    for key, name, home, language, followed in known:
        state, explained = judge_source(
            crawls[key], days[key], today, listings=listings[key], followed=bool(followed)
        )
        if alarms[key] and state not in ("failing", "not followed"):
            state, explained = "alarm", " ".join(alarm.words for alarm in alarms[key])
        found.append(
            SourceHealth(
                id=key,
                name=name,
                home=home,
                language=language,
                followed=bool(followed),
                articles=articles[key],
                newest_at=max(days[key], default=None),
                last_success_at=_read_last_success(db, key, crawls[key]),
                recent=sum(n for day, n in days[key].items() if today and days_between(day, today) < 7),
                crawls=tuple(crawls[key].items()),
                state=state,
                explained=explained,
                lost_listings=listings[key].lost,
                alarms=tuple(alarms[key]),
            )
        )
    return sorted(found, key=lambda health: (ORDER.index(health.state), health.name.casefold()))


def judge_source(
    crawls: OutcomesByCrawl,
    days: dict[str, int],
    today: str | None,
    *,
    listings: Listings = Listings(),  # noqa: B008 - a tuple cannot change
    followed: bool = True,
) -> tuple[str, str]:
    """The state of a source and why, without its alarms. Pure.

    `crawls` are its last ones, `days` has the articles of each day with any, `today` is the day of the last crawl.
    """
    if not followed:
        return "not followed", "No longer in seeds/."
    if listings.error:
        return "failing", f"None of its feeds, sitemaps and section pages can be read: {listings.error}."
    if not crawls:
        return "not yet crawled", "No crawl has fetched a page of it yet."
    latest = next(iter(crawls.values()))
    taken = sum(latest.values())
    fetched = _count_fetched(latest)
    if latest.get("failed", 0) and not fetched:
        failing = next((n for n, crawl in enumerate(crawls.values()) if _count_fetched(crawl)), len(crawls))
        last = "crawl" if failing == 1 else f"{failing} crawls"
        return "failing", f"Nothing could be fetched in the last {last}."
    if listings.lost:
        return "listing", f"{listings.lost} of its feeds, sitemaps or section pages cannot be read."
    # A day ahead of today is one in another time zone.
    past = [day for day in days if not today or days_between(day, today) >= -1]
    if today and past and (gap := days_between(max(past), today)) > max(3, 3 * _usual_gap(past)):
        return "quiet", f"No new article for {gap} days."
    if fetched and latest.get("empty", 0) * 2 > fetched:
        return "empty", "More than half of the pages of the last crawl gave no text."
    if latest.get("failed", 0) * 5 > taken:
        return "some failures", f"{latest['failed']} of {taken} pages of the last crawl failed."
    return "well", "Nothing is wrong."


def list_troubles(sources: Sequence[SourceHealth]) -> list[Trouble]:
    """The alarms of the sources that are followed, the oldest first. Pure."""
    alarms = sorted(
        (alarm for source in sources if source.followed for alarm in source.alarms),
        key=lambda alarm: (alarm.since, -alarm.id),
    )
    return [
        Trouble(alarm.source_id, alarm.kind, alarm.since, alarm.words, alarm.advice, alarm.evidence)
        for alarm in alarms
    ]


def read_followed_sources(db: sqlite3.Connection) -> set[str]:
    """The ids of the sources that the seed files list."""
    return {key for (key,) in db.execute("SELECT id FROM sources WHERE followed")}


def read_queues(db: sqlite3.Connection) -> dict[str, SourceQueue]:
    """The numbers of every source that is followed, by its id."""
    outcomes: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for source, outcome, urls in db.execute(_LAST_OUTCOMES_SQL):
        outcomes[source][outcome] = urls
    doubted = _count_doubted(db)
    return {
        key: SourceQueue(*(*row, doubted.get(key, 0), outcomes[key])) for key, *row in db.execute(_QUEUES_SQL)
    }


def _count_doubted(db: sqlite3.Connection) -> dict[str, int]:
    """Doubted articles by source. A file that no crawl has opened lately may lack the column."""
    if ("doubt",) not in db.execute("SELECT name FROM pragma_table_info('_unstable_articles')").fetchall():
        return {}
    sql = "SELECT source_id, count(*) FROM _unstable_articles JOIN articles ON id = article_id WHERE doubt IS NOT NULL GROUP BY 1"
    return dict(db.execute(sql))


_NOW = "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"
_QUEUES_SQL = f"""
SELECT s.id,
       (SELECT max(first_seen_at) FROM articles a WHERE a.source_id = s.id),
       (SELECT count(*) FROM urls u WHERE u.source_id = s.id AND u.state = 'due' AND u.due_at <= {_NOW}),
       (SELECT count(*) FROM urls u WHERE u.source_id = s.id AND u.state = 'due' AND u.article_id IS NOT NULL
           AND u.due_at > {_NOW}),
       (SELECT count(*) FROM urls u WHERE u.source_id = s.id AND u.state = 'exhausted'),
       (SELECT max(answered_at) FROM listings l WHERE l.source_id = s.id)
FROM sources s WHERE s.followed = 1
"""

_LAST_OUTCOMES_SQL = """
SELECT o.source_id, o.outcome, count(*)
FROM sources s JOIN outcomes o ON o.source_id = s.id AND o.crawl_id = (
    SELECT c.id FROM crawls c WHERE EXISTS (
        SELECT 1 FROM outcomes p WHERE p.source_id = s.id AND p.crawl_id = c.id
    ) ORDER BY c.started_at DESC, c.id DESC LIMIT 1
)
GROUP BY o.source_id, o.outcome
"""


def _count_fetched(outcomes: dict[str, int]) -> int:
    return sum(outcomes.get(outcome, 0) for outcome in FETCHED)


def _read_listings(db: sqlite3.Connection) -> defaultdict[str, Listings]:
    """The listings that a crawl has asked for, by source.

    One without any response was a guess at the usual addresses, and is not lost.
    """
    sql = """
        SELECT source_id, sum(error IS NOT NULL AND answered_at IS NOT NULL), sum(error IS NULL), max(error)
        FROM listings WHERE checked_at IS NOT NULL GROUP BY source_id
    """
    found: defaultdict[str, Listings] = defaultdict(Listings)
    for key, lost, readable, error in db.execute(sql):
        found[key] = Listings(lost, "" if readable else error)
    return found


def _read_crawls(db: sqlite3.Connection, only: str | None) -> defaultdict[str, OutcomesByCrawl]:
    """The outcomes of the last crawls by source."""
    last = [
        crawl
        for (crawl,) in db.execute(
            "SELECT id FROM crawls ORDER BY started_at DESC, id DESC LIMIT ?", [CRAWLS]
        )
    ]
    found: defaultdict[str, OutcomesByCrawl] = defaultdict(dict)
    where, values = (" AND source_id = ?", [only]) if only is not None else ("", [])
    sql = f"""
        SELECT source_id, outcome, count(*) FROM outcomes
        WHERE crawl_id = ?{where} GROUP BY source_id, outcome ORDER BY count(*) DESC
    """
    for crawl in last:
        for key, outcome, count in db.execute(sql, [crawl, *values]):
            found[key].setdefault(crawl, {})[outcome] = count
    return found


def _read_days(
    db: sqlite3.Connection, only: str | None, today: str | None
) -> defaultdict[str, dict[str, int]]:
    """Articles by source and day: of the last `RECENT` days, and of the last day with any."""
    where, values = (" AND source_id = ?", [only]) if only is not None else ("", [])
    since = days_before(today, RECENT) if today else ""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    days = f"SELECT source_id, day, articles FROM _source_days WHERE articles > 0 AND day >= ?{where}"
    last = (
        f"SELECT source_id, max(day), articles FROM _source_days WHERE articles > 0{where} GROUP BY source_id"
    )
    for key, day, articles in [*db.execute(last, values), *db.execute(days, [since, *values])]:
        if is_day(day):
            found[key][day] = articles
    return found


def _read_last_success(db: sqlite3.Connection, key: str, crawls: OutcomesByCrawl) -> str | None:
    for crawl, outcomes in crawls.items():
        if _count_fetched(outcomes):
            sql = "SELECT max(at) FROM outcomes WHERE source_id = ? AND crawl_id = ?"
            at: str = db.execute(sql, [key, crawl]).fetchone()[0]
            return at
    return None


def _usual_gap(days: Sequence[str]) -> float:
    """Days between two days with articles, on average over the last sixty of them."""
    recent = sorted(days)[-60:]
    return days_between(recent[0], recent[-1]) / (len(recent) - 1) if len(recent) > 1 else 7.0
