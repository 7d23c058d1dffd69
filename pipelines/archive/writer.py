"""The one writer: captures, outcomes with their articles, and frontier rows, a batch to a transaction.

The records of captures are on disk before the transaction begins. After any crash a URL is either settled
(capture, article, outcome and frontier agree) or still due. When a batch fails over what one page holds, it is stored
page by page, and that page alone has the outcome `failed`.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pipelines.archive.errors import ArchiveError, archive_errors, is_of_one_page
from pipelines.archive.records import FoundUrl, FurtherRole, StoredResult, UrlResult
from pipelines.archive.tables.compared_pages import save_agreement
from pipelines.archive.tables.facets import index_pending
from pipelines.archive.tables.further_pages import (
    FurtherPages,
    describe_end,
    is_in_pages,
    is_worth_another_look,
)
from pipelines.archive.tables.revisions import forget_doubt, second_look
from pipelines.archive.tables.stories import ReadText, update_stories
from pipelines.decisions.articles import Decision, decide, decide_again
from pipelines.decisions.recrawl import next_fetch
from pipelines.items import Outcome
from pipelines.media_types import STYLESHEET
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from pathlib import Path

    from sqlite_utils import Database

    from pipelines.archive.records import StoredCapture, Task, WarcRecords
    from pipelines.archive.tables.articles import Articles
    from pipelines.archive.tables.boilerplate import Boilerplate
    from pipelines.archive.tables.crawls import Outcomes
    from pipelines.archive.tables.erasures import Erasures
    from pipelines.archive.tables.frontier import Frontier
    from pipelines.archive.warc.writer import Captures
    from pipelines.items import Article

READ_IN_FULL = (Outcome.NEW, Outcome.REVISED, Outcome.UNCHANGED, Outcome.DUPLICATE, Outcome.DEFERRED)
"""Outcomes after which the page may be asked for with "if it has changed since"."""

FOUND_LATER = "the article was there at a later look"

log = logging.getLogger("clippings")

BATCH = 50
"""Outcomes a transaction: a commit each costs ten times as much, a larger batch gains nothing more."""


class WrittenTables(Protocol):
    """The tables that a writer writes, all of one file. An open `Archive` has them."""

    path: Path
    db: Database
    captures: Captures
    articles: Articles
    outcomes: Outcomes
    frontier: Frontier
    boilerplate: Boilerplate
    erasures: Erasures


class _StoredArticle(NamedTuple):
    decision: Decision
    article: Article
    article_id: int


class _RecordsOnDisk(dict[str, "StoredCapture"]):
    """Records by their id. To ask for one that could not be written raises the error that kept it from the disk."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: dict[str, Exception] = {}

    def __missing__(self, record_id: str) -> StoredCapture:
        raise self.errors[record_id]


class Writer:
    """Collects results and stores them by batches. Not thread-safe: one crawl, one thread.

    `recheck_of` says when articles of a source are fetched again, in times after their URLs were found.
    `found` counts the URLs that pages named.
    """

    def __init__(
        self,
        tables: WrittenTables,
        crawl_id: int,
        as_of: str,
        recheck_of: Callable[[str], tuple[timedelta, ...]] = lambda source_id: (),
    ) -> None:
        self.tables = tables
        self.crawl_id = crawl_id
        self.as_of = as_of
        self.recheck_of = recheck_of
        self.waiting: list[UrlResult] = []
        self.assets: list[tuple[Task, WarcRecords]] = []
        self.found = 0
        self.further = FurtherPages(tables, crawl_id, as_of)
        self.read_texts: dict[int, ReadText] = {}
        """Of the batch, by the ids of the articles."""

    def add(self, result: UrlResult) -> list[StoredResult]:
        """Take a result; when the batch is full, store it and return what was stored."""
        self.waiting.append(result)
        return self.flush() if len(self.waiting) >= BATCH else []

    def add_asset(self, task: Task, capture: WarcRecords) -> list[StoredResult]:
        """Take a capture that is no page; it is stored with the next batch. Many of them are a batch of their own."""
        self.assets.append((task, capture))
        return self.flush() if len(self.assets) >= BATCH else []

    def flush(self) -> list[StoredResult]:
        """Store what waits, in one transaction. Raises `ArchiveError`; what was not stored then is still due."""
        if not self.waiting and not self.assets:
            return []
        tables = self.tables
        batch, self.waiting = [tables.erasures.exclude_erased(result) for result in self.waiting], []
        assets, self.assets = self.assets, []
        try:
            with archive_errors(tables.path):
                on_disk = self._append_captures(batch, assets)
                try:
                    return self._store_batch(batch, assets, on_disk)
                except Exception as error:
                    if not is_of_one_page(error):
                        raise
                return self._store_one_by_one(batch, assets, on_disk)
        except Exception:
            tables.boilerplate.clear_memories()
            raise

    def _append_captures(
        self, batch: list[UrlResult], assets: list[tuple[Task, WarcRecords]]
    ) -> dict[str, StoredCapture]:
        """Bring the records to disk. A page whose records cannot be written has none there: it will fail alone."""
        captured = [c for r in batch for c in (r.capture, *(f.capture for f in r.further)) if c is not None]
        groups = [[*capture.hops, capture] for capture in captured]
        groups += [[*capture.hops, capture] for _, capture in assets]
        captures = self.tables.captures
        try:
            return captures.append(record for group in groups for record in group)
        except Exception as error:
            if not is_of_one_page(error):
                raise
        on_disk = _RecordsOnDisk()
        for group in groups:
            try:
                on_disk |= captures.append(group)
            except Exception as error:
                if not is_of_one_page(error):
                    raise
                on_disk.errors |= {capture.record_id: error for capture in group}
        return on_disk

    def _store_batch(
        self,
        batch: list[UrlResult],
        assets: list[tuple[Task, WarcRecords]],
        on_disk: dict[str, StoredCapture],
    ) -> list[StoredResult]:
        found = self.found
        try:
            with self.tables.db.atomic():
                stored = [self._store(result, on_disk) for result in batch]
                stored = [one for result in stored for one in (result, *result.further)]
                for task, capture in assets:
                    self._insert_asset(task, capture, on_disk)
                index_pending(self.tables.db)
                update_stories(self.tables.db, read=self.read_texts)
        except Exception:
            self.found = found
            self.tables.boilerplate.clear_memories()
            raise
        finally:
            self.read_texts = {}
        return stored

    def _store_one_by_one(
        self,
        batch: list[UrlResult],
        assets: list[tuple[Task, WarcRecords]],
        on_disk: dict[str, StoredCapture],
    ) -> list[StoredResult]:
        """Store each result in a transaction of its own; what cannot be stored is `failed`."""
        stored = []
        for result in batch:
            try:
                stored += self._store_batch([result], [], on_disk)
            except Exception as error:
                if not is_of_one_page(error):
                    raise
                stored.append(self._store_failed(result, error, on_disk))
        for asset in assets:
            try:
                self._store_batch([], [asset], on_disk)
            except Exception as error:
                if not is_of_one_page(error):
                    raise
                log.warning("asset not kept: %s (%s)", asset[1].url, error)
        return stored

    def _store_failed(
        self, result: UrlResult, error: Exception, on_disk: dict[str, StoredCapture]
    ) -> StoredResult:
        """Note that a page cannot be stored. Its capture is kept where it can be; an article held stays as it is."""
        task = result.task
        reason = f"could not be stored ({error or type(error).__name__}): please report it; it is tried again later"
        failed = UrlResult(
            task, result.at, Outcome.FAILED, reason, final=result.final, capture=result.capture
        )
        for attempt in (failed, replace(failed, capture=None)):
            try:
                return self._store_batch([attempt], [], on_disk)[0]
            except Exception as another:
                if not is_of_one_page(another):
                    raise
        raise ArchiveError(
            f"{self.tables.path}: the outcome of {task.url} could not be written ({error}). Nothing stored so far is"
            " lost; please report it."
        )

    def _store(self, result: UrlResult, on_disk: dict[str, StoredCapture]) -> StoredResult:
        task = result.task
        outcome, reason, article, article_id = result.outcome, result.reason, result.article, task.article_id
        unconfirmed = False
        further: tuple[StoredResult, ...] = ()
        capture_id = self._insert_captures(result, on_disk)
        if outcome is None and article is not None:
            decision, article, article_id = self._store_article(result, article, capture_id)
            others = [page.url for page in result.further if page.role == FurtherRole.OTHER]
            if others:
                result = replace(result, links=(*result.links, *others))
            outcome, unconfirmed = decision.outcome, decision.unconfirmed or is_worth_another_look(result)
            further = self.further.store(result, decision, article_id, capture_id, on_disk)
            reason = "; ".join(filter(None, (reason, decision.reason, describe_end(result, article))))
        elif article_id is not None and outcome == Outcome.GONE:
            if not self.tables.articles.mark_gone(article_id, result.at):
                reason = f"{reason}; {FOUND_LATER}"
        elif article_id is not None and outcome == Outcome.UNCHANGED:
            self.tables.articles.mark_seen(article_id, result.at)
        if outcome is None:
            raise AssertionError(f"{task.url} was settled without an outcome")
        self.tables.outcomes.save(self.crawl_id, task, outcome, reason, result.at, article_id)
        if result.agreement is not None and article_id is not None:
            save_agreement(self.tables.db, task.source_id, result.at[:10], article_id, result.agreement)
        self._settle(result, outcome, article_id, unconfirmed)
        return StoredResult(task.source_id, task.url, outcome, reason, article, article_id, further)

    def _insert_captures(self, result: UrlResult, on_disk: dict[str, StoredCapture]) -> int | None:
        if result.capture is None:
            return result.capture_id
        captures, url_id = self.tables.captures, result.task.id
        for hop in result.capture.hops:
            captures.insert(on_disk[hop.record_id], url_id)
        return captures.insert(on_disk[result.capture.record_id], url_id, result.foreign_digest)

    def _insert_asset(self, task: Task, capture: WarcRecords, on_disk: dict[str, StoredCapture]) -> None:
        """A picture belongs to the URL that showed it first and is forgotten with it; a stylesheet to no URL."""
        owner = None if capture.mime == STYLESHEET else task.id
        for record in (*capture.hops, capture):
            self.tables.captures.insert(on_disk[record.record_id], owner)

    def _store_article(self, result: UrlResult, extracted: Article, capture_id: int | None) -> _StoredArticle:
        articles, boilerplate, source_id = (
            self.tables.articles,
            self.tables.boilerplate,
            result.task.source_id,
        )
        article = boilerplate.strip(source_id, extracted, result.lines)
        decision = self._decide(result, article)
        if decision.outcome == Outcome.REVISED:
            decision = second_look(articles, boilerplate, decision, article, result.comparison, result.at)
        elif decision.outcome == Outcome.UNCHANGED and decision.article_id is not None:
            forget_doubt(articles.db, decision.article_id)
        article_id = articles.save(decision, article, source_id, result.at, capture_id)
        if decision.outcome == Outcome.UNCHANGED:
            articles.set_continuation(article_id, article)
        if decision.outcome in (Outcome.NEW, Outcome.REVISED):
            boilerplate.learn(source_id, article_id, extracted.text, result.at, result.lines)
            if result.fingerprints is not None and article.text == extracted.text:
                self.read_texts[article_id] = ReadText(article.text, result.fingerprints)
        return _StoredArticle(decision, article, article_id)

    def _decide(self, result: UrlResult, article: Article) -> Decision:
        articles, task = self.tables.articles, result.task
        part = self.further.find_article(task.id)
        if part is not None:
            return Decision(
                Outcome.DUPLICATE, part.url, f"page {part.number} of {part.url}", article_id=part.article_id
            )
        decision = decide(
            article,
            result.own_url or article.url,
            articles.find_by_id(task.article_id),
            articles.find_by_url(article.url),
            articles.find_by_text(task.source_id, article.content_hash),
        )
        if decision.displaces is not None:
            if articles.move_to_own_address(decision.displaces):
                return decision
            held = articles.find_by_url(decision.url)
            return decide_again(article, held) if held is not None else decision
        stored = articles.find_by_url(decision.url) if decision.article_id is None else None
        # An article is stored under the page's own address too (a canonical link that changes from one fetch to the
        # next): it is the same article.
        return decide_again(article, stored, decision.reason) if stored is not None else decision

    def _settle(self, result: UrlResult, outcome: Outcome, article_id: int | None, unconfirmed: bool) -> None:
        task, frontier = result.task, self.tables.frontier
        fetch = next_fetch(
            outcome,
            at=result.at,
            as_of=self.as_of,
            found_at=task.found_at,
            attempts=task.attempts,
            not_before=result.not_before,
            final=result.final,
            was_article=task.article_id is not None,
            is_article=article_id is not None,
            recheck=self.recheck_of(task.source_id),
            unconfirmed=unconfirmed,
        )
        # An unconfirmed change must be seen again, so the page must be fetched in full.
        frontier.settle(
            result,
            fetch,
            article_id,
            # A first page that has not changed says nothing of the pages after it.
            keep_validators=outcome in READ_IN_FULL and not unconfirmed and not is_in_pages(result),
        )
        if result.links:
            hints = replace(task.hints, via="refresh")
            found = [FoundUrl(url, key, hints, 0) for url in result.links if (key := normalize.key(url))]
            self.found += frontier.add(task.source_id, found, result.at, self.as_of)
