"""Extracts stored pages again by today's rules, for `clippings replay` without WARC files."""

from __future__ import annotations

import heapq
from itertools import islice
from typing import TYPE_CHECKING, Any

from crawler.replay.held_pages import adopt_pages, pages_of, read_on
from crawler.replay.report import SHOWN_DIFFERENCES, Difference, count_words, format_difference
from crawler.replay.restore import is_error_page, restore_version
from pipelines import timestamps
from pipelines.archive.errors import ArchiveError
from pipelines.archive.records import Task, UrlResult
from pipelines.archive.tables import replays
from pipelines.archive.tables.stories import update_stories
from pipelines.archive.warc.reader import folder_of
from pipelines.extraction_pool import iterate_in_order
from pipelines.items import Outcome
from pipelines.url_results import alias_urls
from pipelines.urls import normalize
from pipelines.work import Reread, extract_captures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.replay.replay_run import ReplayRun
    from pipelines.archive.tables.replays import CaptureToReread
    from pipelines.items import Article

CHUNK = 16
"""Captures handed to a worker at a time: handing over each alone costs a tenth of its extraction."""

BATCH = 200
"""Captures a transaction."""


class Reextraction:
    """Every article, old version and page without an article, extracted again from its capture."""

    def __init__(self, replay_run: ReplayRun) -> None:
        self.replay_run = replay_run
        self.archive = replay_run.archive
        self.report = replay_run.report
        self.new_articles: list[tuple[CaptureToReread, Article]] = []
        self.last_capture_id = 0

    def run(self) -> None:
        """Extract to the end, from where a stopped replay by the same rules ended. Raises `ArchiveError`."""
        if not folder_of(self.replay_run.path).is_dir() and not replays.lie_elsewhere(self.archive.db):
            raise ArchiveError(
                f"The folder {folder_of(self.replay_run.path)} with the pages as fetched is not there. Everything else works"
                " without it; to replay, put it back beside the archive."
            )
        db = self.archive.db
        replay_id, after = (
            (0, 0)
            if self.replay_run.dry_run
            else replays.start_or_resume(db, "captures", self.replay_run.rules, timestamps.now())
        )
        self.report.uncopied = replays.count_uncopied(db)
        self.report.away = replays.count_away(db)
        self.report.total = replays.count_captures(db, after)
        results = self._results(replays.captures_to_reread(db, after))
        while batch := list(islice(results, BATCH)):
            with self.archive.errors():
                if self.replay_run.dry_run:
                    for old, result in batch:
                        self._compare(old, result)
                else:
                    with db.atomic():
                        for old, result in batch:
                            self._compare(old, result)
                        replays.save_position(db, replay_id, batch[-1][0].capture_id)
                        update_stories(db)
                    self._store_new()
            self.replay_run.draw()
        if not self.replay_run.dry_run:
            with self.archive.errors(), db.atomic():
                replays.save_position(db, replay_id, max(after, self.last_capture_id), timestamps.now())

    def _results(self, captures: Iterator[CaptureToReread]) -> Iterator[tuple[CaptureToReread, Reread]]:
        def jobs() -> Iterator[tuple[list[CaptureToReread], Any]]:
            while chunk := list(islice(captures, CHUNK)):
                articles = [pages_of(self.replay_run, old) for old in chunk]
                size = sum(map(len, articles))
                yield (
                    chunk,
                    self.replay_run.pool.submit(
                        extract_captures, str(self.replay_run.path), articles, pages=size
                    ),
                )

        for chunk, future in iterate_in_order(jobs(), 3 * self.replay_run.workers):
            try:
                results = future.result()
            except Exception:  # one page of the chunk ended its worker, or hung: extract each alone
                results = [self._alone(old) for old in chunk]
            for old, result in zip(chunk, results, strict=True):
                self.last_capture_id = old.capture_id
                yield read_on(self.replay_run, old, result) if old.article_id is not None else (old, result)

    def _alone(self, old: CaptureToReread) -> Reread:
        pages = pages_of(self.replay_run, old)
        try:
            found: Reread = self.replay_run.pool.submit(
                extract_captures, str(self.replay_run.path), [pages], pages=len(pages)
            ).result()[0]
        except Exception as error:
            return Reread(unread=self.replay_run.pool.describe_failure(error))
        return found

    def _compare(self, old: CaptureToReread, reread: Reread) -> None:
        """Compare an article with the stored one, count, and replace it unless it is a dry run."""
        report = self.report
        report.done += 1
        result = reread.article
        if result is None:
            report.unread[reread.unread] += 1
            return
        if old.article_id is None and old.revision_id is None:
            if result.outcome is None:
                report.outcomes[Outcome.NEW] += 1
                if not self.replay_run.dry_run:
                    self.new_articles.append((old, result))
            return
        if is_error_page(result) and restore_version(self.replay_run, old):
            report.restored += 1
            return
        if result.outcome is not None:
            report.no_longer[f"{result.outcome.replace('_', ' ')}: {result.reason}"] += 1
            return
        result = self.archive.boilerplate.strip(old.source_id, result)
        changed = replays.compare_with_stored(self.archive.db, old, result)
        if changed.said:
            report.articles += old.article_id is not None
            report.versions += old.article_id is None
            report.columns.update(changed.said)
            if self.replay_run.dry_run:
                columns = changed.columns
                difference = Difference(count_words(columns), result.url, format_difference(columns))
                heapq.heappush(report.largest, difference)
                if len(report.largest) > SHOWN_DIFFERENCES:
                    heapq.heappop(report.largest)
        if not self.replay_run.dry_run:
            replays.rewrite_in_place(self.archive.db, old, changed)
            if old.article_id is not None:
                adopt_pages(self.replay_run, old, reread.pages)

    def _store_new(self) -> None:
        """Store articles that today's rules find on pages where earlier rules found none."""
        new_articles, self.new_articles = self.new_articles, []
        for old, article in new_articles:
            task = Task(0, old.source_id, old.found, old.hints)
            aliases, _ = alias_urls(old.url, article)
            keys = {normalize.key(url) for url in aliases} - {normalize.key(old.found), ""}
            self.replay_run.intake_of().waiting.append(
                UrlResult(
                    task,
                    old.fetched_at,
                    article=article,
                    own_url=normalize.clean(old.url),
                    keys=tuple(sorted(keys)),
                    capture_id=old.capture_id,
                )
            )
        if new_articles:
            self.replay_run.intake_of().flush()
