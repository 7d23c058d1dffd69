"""Pages that no crawl of ours fetched: the writer that a replay and a WARC import use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.archive.records import Place
from pipelines.archive.tables.frontier import TASK_COLUMNS, pack_hints, task_of
from pipelines.archive.writer import Writer
from pipelines.items import Outcome
from pipelines.urls import normalize

if TYPE_CHECKING:
    from sqlite_utils import Database

    from pipelines.archive.records import StoredCapture, StoredResult, Task, UrlResult


class Intake(Writer):
    """A writer for pages from elsewhere: adds each to the frontier in the transaction that settles it.

    `pending_at_start` of its crawl counts the pages that it added, so that the crawl's outcomes add up at any moment.
    """

    def _add_to_frontier(self, result: UrlResult) -> UrlResult:
        """Return the result with the task of its frontier row, which is made when missing."""
        task, conn = result.task, self.tables.db.conn
        key = normalize.key(task.url)
        conn.execute(
            "INSERT OR IGNORE INTO urls (url, key, source_id, found_at, due_at, via, hints) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [task.url, key, task.source_id, result.at, result.at, task.hints.via, pack_hints(task.hints)],
        )
        row = conn.execute(f"SELECT {TASK_COLUMNS} FROM urls WHERE key = ?", [key]).fetchone()
        known: Task = task_of(row)
        self._count_pending(known.url)
        return replace(result, task=known, keys=tuple(k for k in result.keys if k != key))

    def _count_pending(self, url: str) -> None:
        self.tables.db.conn.execute(
            "UPDATE crawls SET pending_at_start = pending_at_start + 1 WHERE id = :crawl"
            " AND NOT EXISTS (SELECT 1 FROM outcomes WHERE crawl_id = :crawl AND url = :url)",
            {"crawl": self.crawl_id, "url": url},
        )

    def _settle(self, result: UrlResult, outcome: Outcome, article_id: int | None, unconfirmed: bool) -> None:
        """A page that was no article before its URL was listed says nothing of what is listed: its URL stays as it is."""
        if article_id is not None or result.at >= result.task.found_at:
            super()._settle(result, outcome, article_id, unconfirmed)

    def add_failure(self, task: Task, outcome: Outcome, reason: str, at: str) -> None:
        """Store the outcome of a page that could not be had elsewhere. The frontier does not change: its site was not asked."""
        with self.tables.db.atomic():
            self._count_pending(task.url)
            self.tables.outcomes.save(self.crawl_id, task, outcome, reason, at, None)

    def _store(self, result: UrlResult, on_disk: dict[str, StoredCapture]) -> StoredResult:
        known = self._add_to_frontier(result)
        stored = super()._store(known, on_disk)
        if stored.outcome == Outcome.NEW and stored.article_id is not None:
            self._mark_gone_since(known, stored.article_id)
        return stored

    def _mark_gone_since(self, result: UrlResult, article_id: int) -> None:
        """Mark a new article as gone where its URL answered so later, when there was no article that it could count against."""
        sql = "SELECT at FROM outcomes WHERE url = ? AND latest = 1 AND outcome = ? AND at > ?"
        row = self.tables.db.execute(sql, [result.task.url, Outcome.GONE, result.at]).fetchone()
        if row is not None:
            self.tables.articles.mark_gone(article_id, row[0])


def was_taken_in(db: Database, url: str, at: str, article_id: int | None) -> bool:
    """Whether this very response was taken in before: it has a capture; where no copy was to be kept, an outcome or a version."""
    sql = """
        SELECT 1 FROM captures WHERE url = :url AND fetched_at = :at
        UNION ALL SELECT 1 FROM outcomes WHERE url = :url AND at = :at AND article_id IS NOT NULL
        UNION ALL SELECT 1 FROM articles WHERE id = :article AND :at IN (first_seen_at, revised_at)
        UNION ALL SELECT 1 FROM revisions WHERE article_id = :article AND seen_at = :at
    """
    return db.execute(sql, {"url": url, "at": at, "article": article_id}).fetchone() is not None


def find_article(db: Database, url: str) -> tuple[bool, int | None]:
    """Whether a URL is known, and which article it led to."""
    row = db.execute("SELECT article_id FROM urls WHERE key = ?", [normalize.key(url)]).fetchone()
    return (row is not None, row[0] if row else None)


def find_original(db: Database, digest: str, refers_to: tuple[str, str | None]) -> Place | None:
    """Where the payload lies that a `revisit` record refers to: by its digest, else by address and time."""
    columns = "warc_file, warc_offset, warc_length"
    row = None
    if digest:
        row = db.execute(
            f"SELECT {columns} FROM captures WHERE foreign_digest = ? AND warc_file IS NOT NULL LIMIT 1",
            [digest],
        ).fetchone()
    if row is None and refers_to[1]:
        row = db.execute(
            f"SELECT {columns} FROM captures WHERE url = ? AND fetched_at = ? AND warc_file IS NOT NULL LIMIT 1",
            list(refers_to),
        ).fetchone()
    return Place(*row) if row else None
