"""The frontier: the URLs that are due to be fetched. Durable, so that no crash can lose one.

A URL enters once, by its `key`, and stays `due` until it is `done` (it has its outcome) or `exhausted`
(it failed too often). A crawl works as of its start time: what is due by then, and what it finds itself.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from pipelines.archive.derived_columns import LISTED_DAY
from pipelines.archive.records import Task
from pipelines.items import Hints
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlite_utils import Database

    from pipelines.archive.records import FoundUrl, UrlResult
    from pipelines.archive.tables.erasures import Erasures
    from pipelines.decisions.recrawl import NextFetch


RECHECK, FRESH = -1, 2**62
"""An article that is fetched again comes after all that is new; other URLs keep their priority."""

TASK_COLUMNS = "id, source_id, url, hints, attempts, etag, last_modified, article_id, found_at"

HINT_NAMES = {field.name for field in fields(Hints)}


def pack_hints(hints: Hints) -> str:
    """Hints as JSON, without what is empty."""
    return json.dumps({k: v for k, v in asdict(hints).items() if v}, ensure_ascii=False)


def unpack_hints(text: str) -> Hints:
    """The inverse of `pack_hints`; keys from another version are left out."""
    values: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(text).items() if k in HINT_NAMES
    }
    return Hints(**values)


def task_of(row: Sequence[Any]) -> Task:
    """A row of `TASK_COLUMNS` as a task."""
    row_id, source_id, url, hints, attempts, etag, last_modified, article_id, found_at = row
    return Task(
        row_id,
        source_id,
        url,
        unpack_hints(hints),
        attempts,
        etag or "",
        last_modified or "",
        article_id,
        found_at,
    )


class Frontier:
    def __init__(self, db: Database, erasures: Erasures) -> None:
        self.db = db
        self.erasures = erasures
        # What this crawl has already handed out; in SQLite's own temporary file, so it costs no memory.
        db.execute("CREATE TEMP TABLE IF NOT EXISTS taken (id INTEGER PRIMARY KEY)")

    def add(self, source_id: str, found: Sequence[FoundUrl], now: str, due_at: str) -> int:
        """Put URLs on the frontier; returns how many were not known before."""
        if self.erasures.any:
            found = [f for f in found if not self.erasures.has("url", f.key)]
        if not found:
            return 0
        with self.db.atomic():
            added = self.db.conn.executemany(
                "INSERT OR IGNORE INTO urls (url, key, source_id, found_at, due_at, via, hints, priority, listed_day)"
                f" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, {LISTED_DAY.format(hints='?7', found_at='?4')})",
                [
                    (f.url, f.key, source_id, now, due_at, f.hints.via, pack_hints(f.hints), f.priority)
                    for f in found
                ],
            )
            return added.rowcount  # not what triggers change

    def find_unknown_keys(self, keys: Iterable[str]) -> set[str]:
        """Those of `keys` that the frontier has never seen."""
        wanted = list(dict.fromkeys(keys))
        known: set[str] = set()
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            known.update(
                row[0] for row in self.db.execute(f"SELECT key FROM urls WHERE key IN ({marks})", part)
            )
        return {key for key in wanted if key not in known}

    def take(self, source_id: str, as_of: str, limit: int, rechecks: bool = True) -> list[Task]:
        """The next URLs of a source that are due, freshest first; each is handed out once a connection.

        Articles that are to be looked at again come last; without `rechecks`, not at all.
        """
        rows = self.db.execute(
            f"SELECT {TASK_COLUMNS} FROM urls"
            " WHERE source_id = ? AND state = 'due' AND due_at <= ? AND id NOT IN (SELECT id FROM taken)"
            " AND (? OR article_id IS NULL) ORDER BY priority DESC, id LIMIT ?",
            [source_id, as_of, rechecks, limit],
        ).fetchall()
        with self.db.atomic():
            self.db.conn.executemany("INSERT INTO taken (id) VALUES (?)", [(row[0],) for row in rows])
        return [task_of(row) for row in rows]

    def add_given(self, given: Sequence[tuple[str, str]], now: str, due_at: str) -> tuple[Task, ...]:
        """Make (source id, URL) pairs due, whether they were known or not, and take them up."""
        ids: dict[int, None] = {}
        with self.db.atomic():
            for source_id, url in given:
                hints = Hints(via="given")
                key = normalize.key(url)
                self.db.conn.execute(
                    "INSERT INTO urls (url, key, source_id, found_at, due_at, via, hints) VALUES (?, ?, ?, ?, ?, ?, ?)"
                    " ON CONFLICT (key) DO UPDATE SET state = 'due', due_at = excluded.due_at",
                    [url, key, source_id, now, due_at, hints.via, pack_hints(hints)],
                )
                ids[self.db.execute("SELECT id FROM urls WHERE key = ?", [key]).fetchone()[0]] = None
            self.db.conn.executemany("INSERT INTO taken (id) VALUES (?)", [(i,) for i in ids])
        marks = ",".join("?" * len(ids))
        rows = self.db.execute(f"SELECT {TASK_COLUMNS} FROM urls WHERE id IN ({marks})", list(ids)).fetchall()
        return tuple(task_of(row) for row in rows)

    def stop_rechecks(self, source_id: str) -> None:
        """Take back all looks at articles of a source that are planned: it is no longer to be rechecked."""
        with self.db.atomic():
            self.db.execute(
                "UPDATE urls SET state = 'done', due_at = NULL"
                " WHERE source_id = ? AND state = 'due' AND article_id IS NOT NULL",
                [source_id],
            )

    def count_pending(self, source_ids: Iterable[str], as_of: str) -> int:
        """How many URLs of these sources are due."""
        return sum(
            self.db.execute(
                "SELECT count(*) FROM urls WHERE source_id = ? AND state = 'due' AND due_at <= ?", [s, as_of]
            ).fetchone()[0]
            for s in source_ids
        )

    def settle(
        self, result: UrlResult, fetch: NextFetch, article_id: int | None, *, keep_validators: bool
    ) -> None:
        """Update the row of a task that has its outcome. Needs an open transaction.

        ETag and Last-Modified are stored with `keep_validators`, else dropped. The further keys of an article's page
        become rows too: the addresses of its redirect and canonical link need no fetch of their own.
        """
        task = result.task
        self.db.conn.execute(
            "UPDATE urls SET state = ?, due_at = ?, attempts = ?, article_id = ?, priority = min(priority, ?),"
            " etag = CASE WHEN ? THEN coalesce(?, etag) END,"
            " last_modified = CASE WHEN ? THEN coalesce(?, last_modified) END WHERE id = ?",
            [
                fetch.state,
                fetch.due_at,
                fetch.attempts,
                article_id,
                RECHECK if article_id is not None else FRESH,
                keep_validators,
                result.etag or None,
                keep_validators,
                result.last_modified or None,
                task.id,
            ],
        )
        if article_id is not None:
            self.db.conn.executemany(
                "INSERT OR IGNORE INTO urls (url, key, source_id, found_at, via, state, article_id)"
                " VALUES (?, ?, ?, ?, 'alias', 'done', ?)",
                [
                    (result.own_url or task.url, key, task.source_id, result.at, article_id)
                    for key in result.keys
                ],
            )

    # What an undated sitemap listed when first looked at, beyond what was taken up: a million old URLs
    # cost ten bytes each here, and are known for old when the sitemap is read again.

    def get_skipped(self, hashes: Iterable[int]) -> set[int]:
        """Those of `hashes` (`addresses.key_hash`) that were passed over before."""
        wanted = list(hashes)
        seen: set[int] = set()
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            sql = f"SELECT key_hash FROM _skipped_urls WHERE key_hash IN ({marks})"
            seen.update(row[0] for row in self.db.execute(sql, part))
        return seen

    def add_skipped(self, hashes: Iterable[int]) -> None:
        """Remember URLs that are listed but not taken up."""
        with self.db.atomic():
            self.db.conn.executemany("INSERT OR IGNORE INTO _skipped_urls VALUES (?)", [(h,) for h in hashes])
