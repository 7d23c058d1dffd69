"""Takes in WARC files that others made, as if their pages had been crawled when they were captured."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crawler.run.crawl_run import source_row
from crawler.sources.match_url import assign_source
from crawler.sources.model import is_article_url
from pipelines import timestamps
from pipelines.archive.errors import ArchiveError
from pipelines.archive.intake import find_article, find_original, has_capture
from pipelines.archive.records import Task
from pipelines.archive.tables import replays
from pipelines.archive.warc.foreign import ForeignRecord, read_records
from pipelines.archive.warc.pack import is_page, time_of
from pipelines.archive.warc.reader import CaptureMissing, response
from pipelines.extraction_pool import ExtractionResult, failed, in_order, work
from pipelines.item_pipelines import FetchedPage, url_result
from pipelines.items import Hints, Outcome, Page
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.replay.reextract import Reextraction

HINTS = Hints(via="warc")

UNHELD = "the record says that the page is the same as one before, which none of the files given holds"


class WarcImport:
    """One WARC file on its way into an archive that is open for replay."""

    def __init__(self, replay: Reextraction, file: Path) -> None:
        self.replay = replay
        self.file = file
        self.archive = replay.archive
        self.report = replay.report
        self.skipped: Counter[str] = Counter()
        self.seen = 0
        self.recent: deque[ForeignRecord] = deque(maxlen=8 * replay.workers + 1)
        """Records that may not be stored yet."""

    def run(self) -> None:
        """Read the file to its end. Broken off, it goes on there the next time. Raises `ArchiveError`."""
        try:
            stat = self.file.stat()
            what = f"{self.file.name} {stat.st_size} {int(stat.st_mtime)}"
            db = self.archive.db
            replay_id, start = (
                (0, 0)
                if self.replay.dry_run
                else replays.start_or_resume(db, what, self.replay.rules, timestamps.now())
            )
            self._take(replay_id, start)
        except (OSError, ValueError) as error:
            raise ArchiveError(
                f"{self.file} cannot be taken in: {getattr(error, 'strerror', None) or error}"
            ) from error
        finally:
            self.report.skipped.update(self.skipped)

    def _take(self, replay_id: int, start: int) -> None:
        intake = self.replay.intake_of() if not self.replay.dry_run else None
        position = start
        for (record, fetched), future in in_order(self._jobs(start), 8 * self.replay.workers):
            worked = self._worked(fetched, future)
            # A page of a source that nobody crawls is not asked for again, however it ended.
            final = fetched.page.source_id not in self.replay.followed
            settled = replace(url_result(fetched, worked), foreign_digest=record.digest, final=final)
            self.report.done += 1
            position = record.number
            if intake is None:
                outcome = worked.article.outcome or "article"
                self.report.outcomes[str(outcome)] += 1
                self.replay.draw()
                continue
            stored = intake.add(settled)
            self._count(stored)
            if stored:
                replays.save_position(self.archive.db, replay_id, position)
            self.replay.draw()
        if intake is not None:
            self._count(intake.flush())
            replays.save_position(self.archive.db, replay_id, max(position, self.seen), timestamps.now())

    def _count(self, stored: list[Any]) -> None:
        for recorded in stored:
            self.report.outcomes[recorded.outcome] += 1

    def _worked(self, fetched: FetchedPage, future: Any) -> ExtractionResult:
        if isinstance(future, ExtractionResult):
            return future
        try:
            found: ExtractionResult = future.result()
        except Exception as error:
            return ExtractionResult(failed(fetched.page, self.replay.pool.describe_failure(error)))
        return found

    def _jobs(self, start: int) -> Iterator[tuple[tuple[ForeignRecord, FetchedPage], Any]]:
        for record in read_records(self.file, self.skipped, start):
            self.seen = record.number
            known, article_id = find_article(self.archive.db, record.url)
            if has_capture(self.archive.db, record.url, record.at):
                self.report.held += 1
                continue
            if record.refers_to is not None:
                record = self._original(record)
            self.recent.append(record)
            why = self._unwanted(record, known)
            if why:
                self.skipped[why] += 1
                continue
            yield self._job(record, article_id)

    def _job(
        self, record: ForeignRecord, article_id: int | None
    ) -> tuple[tuple[ForeignRecord, FetchedPage], Any]:
        source = assign_source(record.url, self.replay.by_site.get(normalize.site_of(record.url), ()))
        if source.id not in self.replay.sources:
            self.replay.add(source)
        if not self.replay.dry_run and source.id not in self.replay.entered:
            self.archive.sources.save([source_row(source)], timestamps.now())
            self.replay.entered.add(source.id)
        page = self.replay.page_of(
            source.id,
            url=record.url,
            final_url=record.url,
            body=record.body,
            status=record.status,
            headers=record.headers,
            fetched_at=record.at,
            hints=HINTS,
            keep_noarchive=source.keep_noarchive,
        )
        fetched = FetchedPage(
            Task(0, source.id, record.url, HINTS, article_id=article_id, found_at=record.at), page
        )
        ended = self._ended(record, page)
        if ended is not None:
            return (record, fetched), ended
        before = (
            self.archive.articles.get_previous_capture(article_id, self.replay.path)
            if article_id is not None
            else None
        )
        return (record, fetched), self.replay.pool.submit(work, page, before)

    def _ended(self, record: ForeignRecord, page: Page) -> ExtractionResult | None:
        """What needs no reading, as a crawl would have decided it."""
        source = self.replay.sources[page.source_id]
        if record.status in (404, 410):
            return self._end(page, Outcome.GONE, f"answered {record.status}")
        if record.refers_to is not None and not record.body:
            return self._end(page, Outcome.FAILED, UNHELD)
        if is_article_url(source, record.url) is False:
            return self._end(
                page, Outcome.EXCLUDED, "a rule of the source leaves it out (article_urls, ignore_urls)"
            )
        if normalize.is_home(record.url):
            return self._end(page, Outcome.NOT_ARTICLE, "the home page")
        return None

    def _end(self, page: Page, outcome: Outcome, reason: str) -> ExtractionResult:
        return ExtractionResult(replace(failed(page, reason), outcome=outcome))

    def _unwanted(self, record: ForeignRecord, known: bool) -> str:
        """Why a response is no page that a crawl would have taken up; empty when it is one."""
        mime = next((v for n, v in record.headers if n.lower() == "content-type"), "").partition(";")[0]
        if record.status in (404, 410):
            return "" if known else "of pages that were not there (404, 410)"
        if record.refers_to is not None and not record.body:
            return ""
        if not 200 <= record.status < 300:
            return f"with status {record.status // 100}xx"
        if not is_page(mime.strip().lower(), record.body):
            return "of images, scripts and other things that are no pages"
        return ""

    def _original(self, record: ForeignRecord) -> ForeignRecord:
        """A `revisit` with the payload it refers to, when we hold it."""
        assert record.refers_to is not None
        refers_to = (record.refers_to[0], time_of(record.refers_to[1]) if record.refers_to[1] else None)
        for first in self.recent:
            if first.body and (first.digest == record.digest != "" or (first.url, first.at) == refers_to):
                return self._same_as(record, first.status, first.headers, first.body)
        place = find_original(self.archive.db, record.digest, refers_to)
        if place is None and self.replay.intake is not None:
            self._count(self.replay.intake.flush())  # it may be among those that wait
            place = find_original(self.archive.db, record.digest, refers_to)
        if place is None:
            return record
        try:
            status, headers, body = response(self.replay.path, place)
        except CaptureMissing:
            return record
        return self._same_as(record, status, headers, body)

    def _same_as(
        self, record: ForeignRecord, status: int, headers: tuple[tuple[str, str], ...], body: bytes
    ) -> ForeignRecord:
        # What says how to read the body comes from where the body was.
        return replace(record, status=record.status or status, headers=headers, body=body)
