"""The one writer: outcomes with their articles and frontier rows, a batch to a transaction.

After any crash a URL is either wholly settled (article, outcome and frontier agree) or still owed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipelines import addresses
from pipelines.archive.articles import Decision, decide
from pipelines.archive.frontier import Found, pause_after
from pipelines.clock import later
from pipelines.items import Article, Outcome

if TYPE_CHECKING:
    from pipelines.archive.database import Archive
    from pipelines.archive.frontier import Task

BATCH = 50
"""Outcomes a transaction: a commit each costs ten times as much, a larger batch gains nothing more."""


@dataclass(frozen=True, slots=True)
class Settled:
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


@dataclass(frozen=True, slots=True)
class Recorded:
    """An outcome as stored."""

    source_id: str
    url: str
    outcome: Outcome
    reason: str
    article: Article | None = None
    article_id: int | None = None


class Writer:
    """Collects what is settled and stores it by batches. Not thread-safe: one crawl, one thread."""

    def __init__(self, archive: Archive, crawl_id: int, as_of: str) -> None:
        self.archive = archive
        self.crawl_id = crawl_id
        self.as_of = as_of
        self.waiting: list[Settled] = []
        self.found = 0

    def add(self, settled: Settled) -> list[Recorded]:
        """Take one; when the batch is full, store it and return what was recorded."""
        self.waiting.append(settled)
        return self.flush() if len(self.waiting) >= BATCH else []

    def flush(self) -> list[Recorded]:
        """Store what waits, in one transaction. Raises `ArchiveError`; nothing is lost then but work."""
        if not self.waiting:
            return []
        batch, self.waiting = self.waiting, []
        try:
            with self.archive.errors(), self.archive.db.atomic():
                return [self._store(settled) for settled in batch]
        except Exception:
            self.archive.boilerplate.forget()
            raise

    def _store(self, settled: Settled) -> Recorded:
        task = settled.task
        outcome, reason, article_id = settled.outcome, settled.reason, task.article_id
        if outcome is None and settled.article is not None:
            extracted = settled.article.text
            settled = replace(
                settled, article=self.archive.boilerplate.strip(task.source_id, settled.article)
            )
            assert settled.article is not None
            decision = self._decide(settled)
            outcome, reason = decision.outcome, decision.reason
            article_id = self.archive.articles.save(decision, settled.article, task.source_id, settled.at)
            if outcome in (Outcome.NEW, Outcome.REVISED):
                self.archive.boilerplate.learn(task.source_id, article_id, extracted, settled.at)
        if outcome is None:
            raise AssertionError(f"{task.url} was settled without an outcome")
        self._outcome(task, outcome, reason, settled.at, article_id)
        self._frontier(settled, outcome, article_id)
        return Recorded(task.source_id, task.url, outcome, reason, settled.article, article_id)

    def _decide(self, settled: Settled) -> Decision:
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
        self.archive.db.conn.execute(
            "INSERT INTO outcomes (crawl_id, source_id, url, outcome, reason, at, article_id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [self.crawl_id, task.source_id, task.url, outcome, reason or None, at, article_id],
        )

    def _frontier(self, settled: Settled, outcome: Outcome, article_id: int | None) -> None:
        task, conn = settled.task, self.archive.db.conn
        state, due_at, attempts = next_visit(settled, outcome, self.as_of)
        conn.execute(
            "UPDATE urls SET state = ?, due_at = ?, attempts = ?, article_id = ?,"
            " etag = coalesce(?, etag), last_modified = coalesce(?, last_modified) WHERE id = ?",
            [
                state,
                due_at,
                attempts,
                article_id,
                settled.etag or None,
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
            found = [Found(url, key, hints, 0) for url in settled.links if (key := addresses.key(url))]
            self.found += self.archive.frontier.add(task.source_id, found, settled.at, self.as_of)


def next_visit(settled: Settled, outcome: Outcome, as_of: str) -> tuple[str, str | None, int]:
    """(state, due_at, attempts) of a task's frontier row after this outcome. Pure."""
    attempts = settled.task.attempts
    if outcome == Outcome.DEFERRED:
        return "due", max(settled.not_before, as_of), attempts
    if outcome not in (Outcome.FAILED, Outcome.EMPTY):  # a page may come empty by mistake
        return "done", None, 0
    pause = pause_after(attempts + 1)
    if settled.final or pause is None:
        return "given_up", None, attempts + 1
    return "due", max(later(settled.at, pause), settled.not_before), attempts + 1
