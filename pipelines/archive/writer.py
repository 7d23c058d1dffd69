"""The one writer: captures, outcomes with their articles, and frontier rows, a batch to a transaction.

The records of captures are on disk before the transaction begins. After any crash a URL is either wholly
settled (capture, article, outcome and frontier agree) or still owed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipelines.archive.tables.articles import Decision, decide
from pipelines.archive.tables.frontier import FoundUrl
from pipelines.archive.tables.revisions import second_look
from pipelines.decisions.recrawl import next_fetch
from pipelines.items import Article, Outcome
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from pipelines.archive.database import Archive
    from pipelines.archive.tables.frontier import Task
    from pipelines.archive.warc.pack import WarcRecords
    from pipelines.archive.warc.writer import StoredCapture
    from pipelines.decisions.revisions import Comparison

LOOKED_AT = (Outcome.NEW, Outcome.REVISED, Outcome.UNCHANGED, Outcome.DUPLICATE, Outcome.DEFERRED)

RECHECK, FRESH = -1, 2**62
"""An article that is looked at again comes after all that is new; other URLs keep their priority."""

BATCH = 50
"""Outcomes a transaction: a commit each costs ten times as much, a larger batch gains nothing more."""


@dataclass(frozen=True, slots=True)
class UrlResult:
    """What became of a task, before the archive has had its say.

    With an `article` that has text, `outcome` is None and the archive decides (new, unchanged, ...).
    `own_url` is the address that answered; `keys` are further ways the frontier may meet this page (its
    redirect's and its canonical link's). A failed URL is due again after a pause, not before
    `not_before`, and never when `final`. `links` are URLs the page sends its readers to instead.
    """

    task: Task
    at: str
    outcome: Outcome | None = None
    reason: str = ""
    article: Article | None = None
    own_url: str = ""
    keys: tuple[str, ...] = ()
    etag: str = ""
    last_modified: str = ""
    not_before: str = ""
    final: bool = False
    links: tuple[str, ...] = ()
    capture: WarcRecords | None = None
    comparison: Comparison | None = None
    capture_id: int | None = None
    foreign_digest: str = ""


@dataclass(frozen=True, slots=True)
class StoredResult:
    """An outcome as stored."""

    source_id: str
    url: str
    outcome: Outcome
    reason: str
    article: Article | None = None
    article_id: int | None = None


class Writer:
    """Collects what is settled and stores it by batches. Not thread-safe: one crawl, one thread.

    `recheck_of` tells when articles of a source are to be looked at again, in times after they were found.
    """

    def __init__(
        self,
        archive: Archive,
        crawl_id: int,
        as_of: str,
        recheck_of: Callable[[str], tuple[timedelta, ...]] = lambda source_id: (),
    ) -> None:
        self.archive = archive
        self.crawl_id = crawl_id
        self.as_of = as_of
        self.recheck_of = recheck_of
        self.waiting: list[UrlResult] = []
        self.pictures: list[tuple[Task, WarcRecords]] = []
        self.found = 0

    def add(self, settled: UrlResult) -> list[StoredResult]:
        """Take one; when the batch is full, store it and return what was recorded."""
        self.waiting.append(settled)
        return self.flush() if len(self.waiting) >= BATCH else []

    def add_picture(self, task: Task, capture: WarcRecords) -> None:
        """Take a capture that is no page; it is stored with the next batch."""
        self.pictures.append((task, capture))

    def flush(self) -> list[StoredResult]:
        """Store what waits, in one transaction. Raises `ArchiveError`; nothing is lost then but work."""
        if not self.waiting and not self.pictures:
            return []
        batch, self.waiting = [self.archive.erasures.obey(settled) for settled in self.waiting], []
        pictures, self.pictures = self.pictures, []
        try:
            with self.archive.errors():
                pages = [
                    page for s in batch if s.capture is not None for page in (*s.capture.hops, s.capture)
                ]
                kept = self.archive.captures.keep(pages + [capture for _, capture in pictures])
                with self.archive.db.atomic():
                    recorded = [self._store(settled, kept) for settled in batch]
                    for task, capture in pictures:
                        self.archive.captures.insert(kept[capture.record_id], task.id)
        except Exception:
            self.archive.boilerplate.forget()
            raise
        return recorded

    def _store(self, settled: UrlResult, kept: dict[str, StoredCapture]) -> StoredResult:
        task, articles = settled.task, self.archive.articles
        outcome, reason, article_id = settled.outcome, settled.reason, task.article_id
        pending = False
        capture_id = settled.capture_id
        if settled.capture is not None:
            for hop in settled.capture.hops:
                self.archive.captures.insert(kept[hop.record_id], task.id)
            place = kept[settled.capture.record_id]
            capture_id = self.archive.captures.insert(place, task.id, settled.foreign_digest)
        if outcome is None and settled.article is not None:
            extracted = settled.article.text
            settled = replace(
                settled, article=self.archive.boilerplate.strip(task.source_id, settled.article)
            )
            assert settled.article is not None
            decision = self._decide(settled)
            if decision.outcome == Outcome.REVISED:
                decision = second_look(
                    self.archive, decision, settled.article, settled.comparison, settled.at
                )
                pending = decision.unconfirmed
            outcome, reason = decision.outcome, decision.reason
            article_id = articles.save(decision, settled.article, task.source_id, settled.at, capture_id)
            if outcome in (Outcome.NEW, Outcome.REVISED):
                self.archive.boilerplate.learn(task.source_id, article_id, extracted, settled.at)
        elif article_id is not None and outcome == Outcome.GONE:
            articles.gone(article_id, settled.at)
        elif article_id is not None and outcome == Outcome.UNCHANGED:
            articles.seen(article_id, settled.at)
        if outcome is None:
            raise AssertionError(f"{task.url} was settled without an outcome")
        self._outcome(task, outcome, reason, settled.at, article_id)
        self._frontier(settled, outcome, article_id, pending)
        return StoredResult(task.source_id, task.url, outcome, reason, settled.article, article_id)

    def _decide(self, settled: UrlResult) -> Decision:
        article, articles = settled.article, self.archive.articles
        assert article is not None
        own_url = settled.own_url or article.url
        decision = decide(
            article,
            own_url,
            articles.by_id(settled.task.article_id),
            articles.by_url(article.url),
            articles.by_text(settled.task.source_id, article.content_hash),
        )
        taken = articles.by_url(decision.url) if decision.article_id is None else None
        if taken is None:
            return decision
        # The page's own address is held as well (a canonical link that wavers): the same article, looked at again.
        return replace(decide(article, own_url, taken, None, None), reason=decision.reason)

    def _outcome(self, task: Task, outcome: Outcome, reason: str, at: str, article_id: int | None) -> None:
        """One outcome a URL and crawl. WARC files may hold a page twice: then what was more is what counts."""
        self.archive.db.conn.execute(
            "INSERT INTO outcomes (crawl_id, source_id, url, outcome, reason, at, article_id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (crawl_id, url) DO UPDATE SET outcome = excluded.outcome,"
            " reason = excluded.reason, at = excluded.at, article_id = excluded.article_id"
            f" WHERE outcomes.outcome <> '{Outcome.NEW}'"
            f" AND excluded.outcome IN ('{Outcome.NEW}', '{Outcome.REVISED}')",
            [self.crawl_id, task.source_id, task.url, outcome, reason or None, at, article_id],
        )

    def _frontier(self, settled: UrlResult, outcome: Outcome, article_id: int | None, pending: bool) -> None:
        task, conn = settled.task, self.archive.db.conn
        visit = next_fetch(settled, outcome, self.as_of, self.recheck_of(task.source_id), article_id, pending)
        # Only what was read to its end may be asked for with "if it has changed since"; and a change that waits
        # to be seen again must be seen.
        known = outcome in LOOKED_AT and not pending
        conn.execute(
            "UPDATE urls SET state = ?, due_at = ?, attempts = ?, article_id = ?, priority = min(priority, ?),"
            " etag = CASE WHEN ? THEN coalesce(?, etag) END,"
            " last_modified = CASE WHEN ? THEN coalesce(?, last_modified) END WHERE id = ?",
            [
                visit.state,
                visit.due_at,
                visit.attempts,
                article_id,
                RECHECK if article_id is not None else FRESH,
                known,
                settled.etag or None,
                known,
                settled.last_modified or None,
                task.id,
            ],
        )
        # The redirect's and the canonical link's addresses are this article too: they need no visit.
        if article_id is not None:
            conn.executemany(
                "INSERT OR IGNORE INTO urls (url, key, source_id, found_at, via, state, article_id)"
                " VALUES (?, ?, ?, ?, 'alias', 'done', ?)",
                [
                    (settled.own_url or task.url, key, task.source_id, settled.at, article_id)
                    for key in settled.keys
                ],
            )
        if settled.links:
            hints = replace(task.hints, via="refresh")
            found = [FoundUrl(url, key, hints, 0) for url in settled.links if (key := normalize.key(url))]
            self.found += self.archive.frontier.add(task.source_id, found, settled.at, self.as_of)
