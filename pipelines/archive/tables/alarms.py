"""The table `alarms`: judges the days of each source, opens alarms and closes them."""

from __future__ import annotations

import json
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from pipelines.archive.source_figures import read_figures
from pipelines.archive.tables.compared_pages import find_least_agreeing, read_agreements
from pipelines.archive.tables.daily_stats import COLUMNS, HISTORY, beginning_of, count_days
from pipelines.decisions.anomalies.alarms import ADVICE, drop_effects, find_alarms
from pipelines.decisions.anomalies.article_counts import part_of_usual
from pipelines.decisions.anomalies.listing_alarms import ListingState, listing_alarms
from pipelines.decisions.anomalies.source_days import Alarm, Day
from pipelines.decisions.source_state import find_barren, judge_source
from pipelines.extraction.interstitials import begins_with_prompt
from pipelines.timestamps import days_before

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlite_utils import Database

    from pipelines.decisions.source_state import SourceFigures

PEERS = 4
"""Fewest peers with a past; with fewer, a source is judged without them."""

EVIDENCE = {
    "failed": "outcome = 'failed'",
    "refused": "outcome = 'excluded' AND reason = 'robots.txt forbids it'",
    "empty": "outcome = 'empty'",
    "excluded": "outcome = 'excluded'",
    "nothing": "outcome NOT IN ('new', 'deferred')",
}
ARTICLE_EVIDENCE = {
    "paywalled": "access = 'paywalled'",
    "untitled": "coalesce(title, '') = ''",
    "unsigned": "authors = '[]'",
    "undated": "published_at IS NULL",
}


class Alarms:
    def __init__(self, db: Database) -> None:
        self.db = db

    def update(self, now: str, only: Iterable[str]) -> list[tuple[str, Alarm]]:
        """Update daily counts and alarms after a crawl of the sources `only`; return pairs of source id and new alarm.

        `now` is the crawl's end. Its day is counted but not judged: the day is not over.
        """
        with self.db.atomic():
            count_days(self.db, now[:10])
            return self._judge(now, list(only))

    def _judge(self, now: str, only: list[str]) -> list[tuple[str, Alarm]]:
        today = now[:10]
        histories = self._read_histories(today)
        opened = self._read_open_alarms()
        raised = []
        figures = read_figures(self.db)
        peers = peers_of(histories, self._read_groups())
        for source in only:
            days, known = histories.get(source, []), opened.get(source, {})
            about = dict(self._find_listing_alarms(source, today))
            found = [*find_barren_source(figures[source], today), *about]
            if days:
                agreements = read_agreements(self.db, source, days[0].day)
                days = [replace(day, agreements=agreements.get(day.day, ())) for day in days]
                found += find_alarms(days, known, peers(source))
            found = drop_effects(found, known)
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

    def _read_histories(self, today: str) -> dict[str, list[Day]]:
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

    def _read_groups(self) -> dict[str, str]:
        """Which sources share their holidays: those of one country, else of one language."""
        rows = self.db.execute("SELECT id, coalesce(country, language, '') FROM sources")
        return dict(rows.fetchall())

    def _read_open_alarms(self) -> dict[str, dict[str, str]]:
        opened: dict[str, dict[str, str]] = {}
        for source, kind, since in self.db.execute(
            "SELECT source_id, kind, since FROM alarms WHERE until IS NULL"
        ):
            opened.setdefault(source, {})[kind] = since
        return opened

    def _find_listing_alarms(self, source: str, today: str) -> Iterable[tuple[Alarm, list[str]]]:
        rows = self.db.execute(
            "SELECT url, kind, coalesce(error, ''), found_at, coalesce(checked_at, ''), coalesce(answered_at, ''),"
            " coalesce(newest_at, ''),"
            # The seed file no longer names a listing that this crawl did not check.
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
        """Open the alarm, or update the words of the open one. Return whether it is new."""
        evidence = json.dumps((urls or self._find_evidence(source, alarm))[:3], ensure_ascii=False)
        changed = self.db.execute(
            "UPDATE alarms SET words = ?, evidence = ? WHERE source_id = ? AND kind = ? AND until IS NULL",
            [alarm.words, evidence, source, alarm.kind],
        ).rowcount
        if not changed:
            self.db.execute(
                "INSERT INTO alarms (source_id, kind, since, raised_at, words, advice, evidence)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    source,
                    alarm.kind,
                    alarm.since,
                    now,
                    alarm.words,
                    alarm.advice or ADVICE[alarm.kind],
                    evidence,
                ],
            )
        return not changed

    def _find_evidence(self, source: str, alarm: Alarm) -> list[str]:
        """Three URLs that show the trouble, the latest first; of a redesign those that show it most."""
        if alarm.kind == "redesign":
            return find_least_agreeing(self.db, source, alarm.since)
        if alarm.kind in EVIDENCE:
            sql = f"SELECT url FROM outcomes WHERE source_id = ? AND {EVIDENCE[alarm.kind]} ORDER BY at DESC, crawl_id DESC LIMIT 3"
            pages = [row[0] for row in self.db.execute(sql, [source])]
            sql = "SELECT url FROM listings WHERE source_id = ? AND error IS NOT NULL ORDER BY id LIMIT 3"
            return pages or [row[0] for row in self.db.execute(sql, [source])]
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
            begins = [beginning_of(row[1]) for row in rows]
            rows = [row for row, begin in zip(rows, begins, strict=True) if begins.count(begin) > 1]
        elif alarm.kind == "shorter":
            rows.sort(key=lambda row: row[2])
        return [row[0] for row in rows[:3]]


def find_barren_source(figures: SourceFigures, today: str) -> list[Alarm]:
    """The alarm of a source that gives nothing, which needs no past to be seen. Pure."""
    state = judge_source(figures)
    kind = find_barren(state, figures)
    return [Alarm(kind, today, state.explained, state.remedy)] if kind else []


def peers_of(
    histories: dict[str, list[Day]], groups: dict[str, str]
) -> Callable[[str], Callable[[int], float]]:
    """Return, by source and window in days, the part of their usual number of articles that its peers had. Pure.

    Peers are the other sources of its country; without a country, of its language.
    """
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
