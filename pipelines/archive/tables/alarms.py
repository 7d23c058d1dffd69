"""The tables `_source_daily_stats` and `alarms`: what each source did on each day, and what ails it."""

from __future__ import annotations

import json
from statistics import median
from typing import TYPE_CHECKING, Any

from pipelines.decisions.anomalies import (
    ADVICE,
    Alarm,
    Day,
    ListingState,
    alarms_of,
    listing_alarms,
    one_a_cause,
    part_of_usual,
)
from pipelines.extraction.interstitials import begins_with_prompt
from pipelines.timestamps import days_before

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlite_utils import Database

HISTORY = 130
"""Days of figures that are judged: the past and the longest window, and room for days without a crawl."""
ALIKE_DAYS = 3
"""An article is compared with those first seen in the so many days before it."""
BEGINNING = 80
"""Letters that two articles begin with in common by accident only."""
PEERS = 4
"""Sources that must have a past before they say what is usual for everybody."""

OUTCOMES_SQL = """
SELECT o.source_id, substr(o.at, 1, 10) AS day,
       count(*) AS pages,
       sum(o.outcome = 'failed') AS failed,
       sum(o.outcome = 'excluded' AND o.reason = 'robots.txt forbids it') AS refused,
       sum(o.outcome = 'empty') AS empty
FROM outcomes o JOIN crawls c ON c.id = o.crawl_id
WHERE c.started_at >= :from AND o.at >= :day AND o.outcome <> 'deferred'
GROUP BY 1, 2
"""

ARTICLES_SQL = """
SELECT source_id, substr(first_seen_at, 1, 10), title, authors, published_at, access, word_count,
       substr(text, 1, 300)
FROM articles WHERE first_seen_at >= ? AND duplicate_of IS NULL
"""

FOLLOWED_SQL = """
SELECT DISTINCT value, substr(started_at, 1, 10) FROM crawls JOIN json_each(crawls.sources)
WHERE started_at >= ? AND value IN (SELECT id FROM sources)
"""

EVIDENCE = {
    "failed": "outcome = 'failed'",
    "refused": "outcome = 'excluded' AND reason = 'robots.txt forbids it'",
    "empty": "outcome = 'empty'",
}
ARTICLE_EVIDENCE = {
    "paywalled": "access = 'paywalled'",
    "untitled": "coalesce(title, '') = ''",
    "unsigned": "authors = '[]'",
    "undated": "published_at IS NULL",
}
COLUMNS = (
    "articles, pages, failed, refused, empty, paywalled, untitled, unsigned, undated, alike, prompts, words"
)


class Alarms:
    def __init__(self, db: Database) -> None:
        self.db = db

    def update(self, now: str, only: Iterable[str]) -> list[tuple[str, Alarm]]:
        """Bring figures and alarms up to date after a crawl of the sources `only`; returns (source id, new alarm)s.

        `now` is the crawl's end. The day it lies in is counted but not judged: it is not over.
        """
        with self.db.atomic():
            self._count(now[:10])
            return self._judge(now, list(only))

    # --- figures

    def _count(self, today: str) -> None:
        """Count today, and again the last day that was counted: it went on after that."""
        last = self.db.execute("SELECT max(day) FROM _source_daily_stats").fetchone()[0]
        first = min(max(last or "", days_before(today, HISTORY)), today)
        figures: dict[tuple[str, str], dict[str, Any]] = {
            tuple(row): {} for row in self.db.execute(FOLLOWED_SQL, [first])
        }
        counted = self.db.query(OUTCOMES_SQL, {"from": days_before(first, 2), "day": first})
        for row in counted:
            place = figures.get((row.pop("source_id"), row.pop("day")))
            if place is not None:
                place.update(row)
        for key, values in self._texts(first).items():
            if key in figures:
                figures[key].update(values)
        names = [*COLUMNS.split(", ")]
        self.db.conn.executemany(
            f"INSERT OR REPLACE INTO _source_daily_stats (source_id, day, {COLUMNS})"
            f" VALUES (?, ?, {', '.join('?' * len(names))})",
            [(*key, *(values.get(name, 0) for name in names)) for key, values in figures.items()],
        )

    def _texts(self, first: str) -> dict[tuple[str, str], dict[str, Any]]:
        """What the articles first seen from a day on are like, by source and day."""
        rows = self.db.execute(ARTICLES_SQL, [days_before(first, ALIKE_DAYS)]).fetchall()
        begin: dict[tuple[str, str], int] = {}
        for row in rows:
            if row[7]:
                key = (row[0], _beginning(row[7]))
                begin[key] = begin.get(key, 0) + 1
        found: dict[tuple[str, str], dict[str, Any]] = {}
        lengths: dict[tuple[str, str], list[int]] = {}
        for source, day, title, authors, published, access, words, text in rows:
            if day < first:
                continue
            values = found.setdefault(
                (source, day), dict.fromkeys(COLUMNS.split(", ")[:1] + COLUMNS.split(", ")[5:], 0)
            )
            values["articles"] += 1
            values["paywalled"] += access == "paywalled"
            values["untitled"] += not title
            values["unsigned"] += authors == "[]"
            values["undated"] += not published
            values["alike"] += bool(text) and begin[source, _beginning(text)] > 1
            values["prompts"] += begins_with_prompt(text or "")
            lengths.setdefault((source, day), []).append(words)
        for key, all_words in lengths.items():
            found[key]["words"] = median(all_words)
        return found

    # --- alarms

    def _judge(self, now: str, only: list[str]) -> list[tuple[str, Alarm]]:
        today = now[:10]
        histories = self._histories(today)
        opened = self._opened()
        raised = []
        peers = peers_of(histories, self._groups())
        for source in only:
            days, known = histories.get(source, []), opened.get(source, {})
            about = dict(self._listing_alarms(source, today))
            found = [*about, *alarms_of(days, known, peers(source))] if days else list(about)
            found = one_a_cause(found, known)
            for alarm in found:
                is_new = self._save(source, alarm, now, about.get(alarm))
                if is_new:
                    raised.append((source, alarm))
            over = set(known) - {alarm.kind for alarm in found}
            self.db.conn.executemany(
                "UPDATE alarms SET until = ? WHERE source_id = ? AND kind = ? AND until IS NULL",
                [(now, source, kind) for kind in over],
            )
        return raised

    def _histories(self, today: str) -> dict[str, list[Day]]:
        """Every source's crawled days before today, without the first: it brought in what was there already."""
        rows = self.db.execute(
            f"SELECT source_id, day, {COLUMNS} FROM _source_daily_stats WHERE day >= ? AND day < ? ORDER BY day",
            [days_before(today, HISTORY), today],
        )
        histories: dict[str, list[Day]] = {}
        for source, *values in rows:
            histories.setdefault(source, []).append(Day(*values))
        first = dict(
            self.db.execute("SELECT source_id, min(day) FROM _source_daily_stats GROUP BY 1").fetchall()
        )
        return {s: [d for d in days if d.day > first[s]] for s, days in histories.items()}

    def _groups(self) -> dict[str, str]:
        """Which sources share their holidays: those of one country, else of one language."""
        rows = self.db.execute("SELECT id, coalesce(country, language, '') FROM sources")
        return dict(rows.fetchall())

    def _opened(self) -> dict[str, dict[str, str]]:
        opened: dict[str, dict[str, str]] = {}
        for source, kind, since in self.db.execute(
            "SELECT source_id, kind, since FROM alarms WHERE until IS NULL"
        ):
            opened.setdefault(source, {})[kind] = since
        return opened

    def _listing_alarms(self, source: str, today: str) -> Iterable[tuple[Alarm, list[str]]]:
        rows = self.db.execute(
            "SELECT url, kind, coalesce(error, ''), found_at, coalesce(checked_at, ''), coalesce(answered_at, ''),"
            " coalesce(newest_at, ''),"
            # One that this crawl did not look at is in the seed file no longer.
            " CASE WHEN checked_at >= (SELECT max(started_at) FROM crawls) THEN coalesce(moved_to, '') ELSE '' END"
            " FROM listings WHERE source_id = ? ORDER BY parent IS NOT NULL, id",
            [source],
        )
        newest = self.db.execute(
            "SELECT day FROM _source_days WHERE source_id = ? AND articles > 0 AND day <= ? ORDER BY day DESC LIMIT 60",
            [source, today],
        )
        days = sorted(row[0] for row in newest)
        return listing_alarms([ListingState(*row) for row in rows], days, today)

    def _save(self, source: str, alarm: Alarm, now: str, urls: list[str] | None) -> bool:
        """Open the alarm, or bring the open one's words up to date; returns whether it is new."""
        evidence = json.dumps((urls or self._evidence(source, alarm))[:3], ensure_ascii=False)
        changed = self.db.execute(
            "UPDATE alarms SET words = ?, evidence = ? WHERE source_id = ? AND kind = ? AND until IS NULL",
            [alarm.words, evidence, source, alarm.kind],
        ).rowcount
        if not changed:
            self.db.execute(
                "INSERT INTO alarms (source_id, kind, since, raised_at, words, advice, evidence)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [source, alarm.kind, alarm.since, now, alarm.words, ADVICE[alarm.kind], evidence],
            )
        return not changed

    def _evidence(self, source: str, alarm: Alarm) -> list[str]:
        """Three URLs that show the trouble, the latest first."""
        if alarm.kind in EVIDENCE:
            sql = f"SELECT url FROM outcomes WHERE source_id = ? AND {EVIDENCE[alarm.kind]} ORDER BY crawl_id DESC LIMIT 3"
            return [row[0] for row in self.db.execute(sql, [source])]
        if alarm.kind == "fewer":
            sql = "SELECT url FROM articles WHERE source_id = ? ORDER BY first_seen_at DESC LIMIT 3"
            return [row[0] for row in self.db.execute(sql, [source])]
        where = ARTICLE_EVIDENCE.get(alarm.kind, "1")
        rows = self.db.execute(
            f"SELECT url, substr(text, 1, 300), word_count FROM articles"
            f" WHERE source_id = ? AND first_seen_at >= ? AND duplicate_of IS NULL AND {where}"
            " ORDER BY first_seen_at DESC LIMIT 200",
            [source, alarm.since],
        ).fetchall()
        if alarm.kind == "prompts":
            rows = [row for row in rows if begins_with_prompt(row[1])]
        elif alarm.kind == "alike":
            begins = [_beginning(row[1]) for row in rows]
            rows = [row for row, begin in zip(rows, begins, strict=True) if begins.count(begin) > 1]
        elif alarm.kind == "shorter":
            rows.sort(key=lambda row: row[2])
        return [row[0] for row in rows[:3]]


def peers_of(
    histories: dict[str, list[Day]], groups: dict[str, str]
) -> Callable[[str], Callable[[int], float]]:
    """For a source, what part of their usual number of articles its country's sources have had lately. Pure."""
    parts: dict[tuple[str, int], float | None] = {}

    def part(source: str, window: int) -> float | None:
        if (source, window) not in parts:
            parts[source, window] = part_of_usual(histories[source], window)
        return parts[source, window]

    def peers(source: str) -> Callable[[int], float]:
        others = [s for s in histories if s != source and groups.get(s) == groups.get(source)]

        def usual(window: int) -> float:
            known = [found for other in others if (found := part(other, window)) is not None]
            return median(known) if len(known) >= PEERS else 1.0

        return usual

    return peers


def _beginning(text: str) -> str:
    return " ".join(text.split())[:BEGINNING].casefold()
