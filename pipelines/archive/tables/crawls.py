"""The tables `crawls` and `outcomes`: what each run took up, and what became of every URL of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

from pipelines.archive.sql import insert
from pipelines.clean_text import clean_text
from pipelines.items import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from pipelines.archive.records import Task


class Outcomes:
    def __init__(self, db: Database) -> None:
        self.db = db

    def save(
        self, crawl_id: int, task: Task, outcome: Outcome, reason: str, at: str, article_id: int | None
    ) -> None:
        """Store the outcome of a URL in a crawl. Needs an open transaction.

        A WARC file may contain a page twice: then `new` and `revised` replace another outcome, and nothing replaces
        `new`.
        """
        self.db.conn.execute(
            "INSERT INTO outcomes (crawl_id, source_id, url, outcome, reason, at, article_id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (crawl_id, url) DO UPDATE SET outcome = excluded.outcome,"
            " reason = excluded.reason, at = excluded.at, article_id = excluded.article_id"
            f" WHERE outcomes.outcome <> '{Outcome.NEW}'"
            f" AND excluded.outcome IN ('{Outcome.NEW}', '{Outcome.REVISED}')",
            [crawl_id, task.source_id, task.url, outcome, reason or None, at, article_id],
        )


class Crawls:
    def __init__(self, db: Database) -> None:
        self.db = db

    def start(self, now: str, source_ids: Sequence[str], pending: int, command: str, version: str) -> int:
        """Open a crawl's row and return its id."""
        row = {
            "uid": uuid4().hex,
            "started_at": now,
            "sources": json.dumps(list(source_ids)),
            "pending_at_start": pending,
            "command": command,
            "version": version,
        }
        return insert(self.db, "crawls", row)

    def get_uid(self, crawl_id: int) -> str:
        """The name of a crawl, the same in every archive that has it."""
        row = self.db.execute("SELECT uid FROM crawls WHERE id = ?", [crawl_id]).fetchone()
        return str(row[0])

    def close_killed(self, now: str) -> list[int]:
        """Finish the rows of crawls that were killed; their pending URLs become `deferred` there.

        Only the holder of the archive's lock may call this: then no crawl without an end is alive.
        """
        killed = [
            row[0] for row in self.db.execute("SELECT id FROM crawls WHERE finished_at IS NULL").fetchall()
        ]
        for crawl_id in killed:
            with self.db.atomic():
                self.defer_rest(crawl_id, "the crawl was killed before it came to this URL", now)
                self.db.execute(
                    "UPDATE crawls SET finished_at = :now, reason = 'killed', found = (SELECT count(*) FROM urls"
                    " WHERE found_at >= started_at AND via IS NOT 'alias' AND source_id IN (SELECT value FROM json_each(sources)))"
                    " WHERE id = :crawl",
                    {"now": now, "crawl": crawl_id},
                )
        return killed

    def defer_rest(self, crawl_id: int, reason: str, now: str, source_id: str | None = None) -> int:
        """Give every pending URL of the crawl without an outcome in it the outcome `deferred`.

        `source_id` narrows it to one of the crawl's sources. Returns how many there were.
        """
        cursor = self.db.execute(
            f"""
            INSERT OR IGNORE INTO outcomes (crawl_id, source_id, url, outcome, reason, at, article_id)
            SELECT crawls.id, urls.source_id, urls.url, '{Outcome.DEFERRED}', :reason, :now, urls.article_id
            FROM crawls JOIN json_each(crawls.sources) AS chosen
            JOIN urls ON urls.source_id = chosen.value AND urls.state = 'due' AND urls.due_at <= crawls.started_at
            WHERE crawls.id = :crawl AND (:source IS NULL OR urls.source_id = :source)
            """,
            {"crawl": crawl_id, "reason": clean_text(reason), "now": now, "source": source_id},
        )
        return cursor.rowcount

    def get_outcome(self, crawl_id: int, url: str) -> tuple[str, str] | None:
        """The outcome of a URL in a crawl and its reason; None when it has none."""
        sql = "SELECT outcome, coalesce(reason, '') FROM outcomes WHERE crawl_id = ? AND url = ?"
        row: tuple[str, str] | None = self.db.execute(sql, [crawl_id, url]).fetchone()
        return row

    def finish(
        self, crawl_id: int, now: str, exit_code: int, reason: str, found: int, outside_window: int
    ) -> None:
        """Close a crawl's row."""
        self.db.table("crawls").update(
            crawl_id,
            {
                "finished_at": now,
                "exit_code": exit_code,
                "reason": reason,
                "found": found,
                "outside_window": outside_window,
            },
        )
