"""The state of each source, from its last crawls, its listings and its alarms: the ailing first."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.archive.source_figures import CRAWLS, RECENT, read_crawls, read_figures
from pipelines.archive.views.alarms import AlarmView, read_alarms
from pipelines.archive.views.crawls import Trouble
from pipelines.decisions.source_state import BARREN, ORDER, SourceState, count_fetched, judge_source
from pipelines.timestamps import days_before, days_between, is_day

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from pipelines.archive.source_figures import OutcomesByCrawl

TROUBLES = BARREN | {"quiet"}
"""States that are trouble by themselves."""

__all__ = [
    "CRAWLS",
    "SourceHealth",
    "SourceQueue",
    "list_troubles",
    "read_followed_sources",
    "read_queues",
    "read_sources",
]


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
    remedy: str
    """What would change the state; "" when nothing need be done."""
    lost_listings: int
    """Feeds, sitemaps and section pages that were read once and cannot be read now."""
    alarms: tuple[AlarmView, ...] = ()
    """Those that last, the latest first; with any, `state` is `alarm` or worse."""


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
    crawls, figures = read_crawls(db, only), read_figures(db, only)
    days = _read_days(db, only, today)
    articles = Counter(
        dict(db.execute("SELECT source_id, sum(articles) FROM _facet_groups GROUP BY source_id"))
    )
    alarms: defaultdict[str, list[AlarmView]] = defaultdict(list)
    for alarm in sorted(read_alarms(db, only), key=lambda alarm: alarm.since, reverse=True):
        alarms[alarm.source_id].append(alarm)
    found = []
    for key, name, home, language, followed in known:
        judged = judge_source(figures[key])
        if alarms[key] and judged.state not in BARREN and followed:
            words = " ".join(alarm.words for alarm in alarms[key])
            judged = SourceState("alarm", words, alarms[key][0].advice)
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
                state=judged.state,
                explained=judged.explained,
                remedy=judged.remedy,
                lost_listings=figures[key].listings.lost,
                alarms=tuple(alarms[key]),
            )
        )
    return sorted(found, key=lambda health: (ORDER.index(health.state), health.name.casefold()))


def list_troubles(sources: Sequence[SourceHealth]) -> list[Trouble]:
    """The alarms of the sources that are followed, the oldest first; then sources in trouble without an alarm. Pure."""
    alarms = sorted(
        (alarm for source in sources if source.followed for alarm in source.alarms),
        key=lambda alarm: (alarm.since, -alarm.id),
    )
    return [
        Trouble(alarm.source_id, alarm.kind, alarm.since, alarm.words, alarm.advice, alarm.evidence)
        for alarm in alarms
    ] + [
        Trouble(source.id, source.state, "", source.explained, source.remedy)
        for source in sources
        if source.state in TROUBLES and not source.alarms
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
        if count_fetched(outcomes):
            sql = "SELECT max(at) FROM outcomes WHERE source_id = ? AND crawl_id = ?"
            at: str = db.execute(sql, [key, crawl]).fetchone()[0]
            return at
    return None
