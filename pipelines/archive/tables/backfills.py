"""What `clippings backfill` has still to ask of a web archive: the parts of its index, and the copies of pages.

A row is deleted once its page has an outcome, so nothing is asked for twice and nothing stays when all is done.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.sql import execute_statements
from pipelines.items import Outcome
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlite_utils import Database

    from pipelines.archive.tables.erasures import Erasures

TABLES = """
CREATE TABLE _backfills (                 -- of which sources a web archive's copies are taken in
    source_id TEXT PRIMARY KEY,
    asked TEXT NOT NULL,                  -- the index and the span of time, as the person gave them
    windows TEXT NOT NULL                 -- JSON list: parts of the index still to be read
);
CREATE TABLE _backfill_urls (             -- copies still to be asked for
    source_id TEXT NOT NULL,
    key TEXT NOT NULL,
    url TEXT NOT NULL,
    captured TEXT NOT NULL,               -- by the web archive: 14 digits
    attempts INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source_id, key)
);
CREATE INDEX _backfill_urls_captured ON _backfill_urls(source_id, captured, key);
"""

MOST_ATTEMPTS = 3
"""Runs in which a copy is asked for; then it is left alone."""

KNOWN_SQL = f"""
SELECT key FROM urls WHERE key IN (SELECT value FROM json_each(?)) AND NOT (article_id IS NULL AND state <> 'due' AND (
    SELECT outcome FROM outcomes WHERE outcomes.url = urls.url ORDER BY crawl_id DESC LIMIT 1
) IN ('{Outcome.GONE}', '{Outcome.FAILED}'))
"""
"""Addresses of which the archive has a page, an outcome or a look still to come; not those that the site no longer has."""


class CopyToAsk(NamedTuple):
    """A copy that a web archive has; `captured` is its time, 14 digits."""

    url: str
    captured: str


class Added(NamedTuple):
    """What became of addresses of the index: `new` are to be asked for, `listed` were listed before."""

    new: int = 0
    known: int = 0
    forgotten: int = 0
    listed: int = 0


class Backfills:
    """The backfill of one source. `temporary` keeps its tables in memory: the archive is only read."""

    def __init__(self, db: Database, erasures: Erasures, source_id: str, *, temporary: bool = False) -> None:
        self.db = db
        self.erasures = erasures
        self.source_id = source_id
        if temporary:
            execute_statements(
                db,
                TABLES.replace("CREATE TABLE", "CREATE TEMP TABLE").replace(
                    "CREATE INDEX _", "CREATE INDEX temp._"
                ),
            )

    def begin_or_resume(self, asked: str, windows: Sequence[Sequence[str]]) -> list[list[str]]:
        """The windows still to be read: all of them, or what a run that asked for the same left over."""
        row = self.db.execute(
            "SELECT windows FROM _backfills WHERE source_id = ? AND asked = ?", [self.source_id, asked]
        ).fetchone()
        if row is not None:
            left: list[list[str]] = json.loads(row[0])
            return left
        with self.db.atomic():
            self.end()
            self.db.execute(
                "INSERT INTO _backfills (source_id, asked, windows) VALUES (?, ?, ?)",
                [self.source_id, asked, json.dumps(windows)],
            )
        return [list(window) for window in windows]

    def add(self, copies: Iterable[CopyToAsk], windows: Sequence[Sequence[str]]) -> Added:
        """Note copies of one answer of the index, and what is to be read after it, in one transaction.

        Of several of one address the first captured is kept.
        """
        by_key: dict[str, CopyToAsk] = {}
        for copy in copies:
            key = normalize.key(copy.url)
            by_key[key] = min(by_key.get(key, copy), copy, key=lambda one: one.captured)
        forgotten = {key for key in by_key if self.erasures.any and self.erasures.has("url", key)}
        known = {row[0] for row in self.db.execute(KNOWN_SQL, [json.dumps(sorted(by_key))])} - forgotten
        rows = [
            (self.source_id, key, copy.url, copy.captured)
            for key, copy in by_key.items()
            if key not in forgotten | known
        ]
        with self.db.atomic():
            before = self.count()
            self.db.conn.executemany(
                "INSERT INTO _backfill_urls (source_id, key, url, captured) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET url = excluded.url, captured = excluded.captured"
                " WHERE excluded.captured < captured",
                rows,
            )
            self.db.execute(
                "UPDATE _backfills SET windows = ? WHERE source_id = ?", [json.dumps(windows), self.source_id]
            )
            new = self.count() - before
        return Added(new, len(known), len(forgotten), len(rows) - new)

    def count(self) -> int:
        """How many copies are still to be asked for."""
        sql = "SELECT count(*) FROM _backfill_urls WHERE source_id = ?"
        return int(self.db.execute(sql, [self.source_id]).fetchone()[0])

    def take(self, after: CopyToAsk | None, limit: int) -> list[CopyToAsk]:
        """The next copies in the order in which they were captured, those that come `after` one."""
        last = (after.captured, normalize.key(after.url)) if after is not None else ("", "")
        rows = self.db.execute(
            "SELECT url, captured FROM _backfill_urls WHERE source_id = ? AND (captured, key) > (?, ?)"
            " ORDER BY captured, key LIMIT ?",
            [self.source_id, *last, limit],
        )
        return [CopyToAsk(*row) for row in rows.fetchall()]

    def is_known(self, url: str) -> bool:
        """Whether the archive has come to know this address since it was listed, by a crawl or before a crash."""
        key = normalize.key(url)
        return self.erasures.has("url", key) or bool(
            self.db.execute(KNOWN_SQL, [json.dumps([key])]).fetchone()
        )

    def settle(self, url: str) -> None:
        """Ask for this copy no more."""
        self.db.execute(
            "DELETE FROM _backfill_urls WHERE source_id = ? AND key = ?", [self.source_id, normalize.key(url)]
        )

    def put_off(self, url: str) -> None:
        """Ask for this copy again in another run, unless it failed in too many."""
        values = {"source": self.source_id, "key": normalize.key(url), "most": MOST_ATTEMPTS}
        with self.db.atomic():
            self.db.execute(
                "UPDATE _backfill_urls SET attempts = attempts + 1 WHERE source_id = :source AND key = :key",
                values,
            )
            self.db.execute(
                "DELETE FROM _backfill_urls WHERE source_id = :source AND key = :key AND attempts >= :most",
                values,
            )

    def end(self) -> None:
        """Forget what was to be asked for."""
        for table in ("_backfills", "_backfill_urls"):
            self.db.execute(f"DELETE FROM {table} WHERE source_id = ?", [self.source_id])
