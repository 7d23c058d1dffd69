"""Imports WARC files that others made, as if their pages had been crawled when they were captured."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from crawler.replay.import_options import OUTSIDE, ImportOptions
from crawler.run.crawl_run import source_row
from crawler.sources.match_url import assign_source, is_article_url
from pipelines import timestamps
from pipelines.archive.errors import ArchiveError
from pipelines.archive.intake import find_article, find_original, was_taken_in
from pipelines.archive.records import Place, Task
from pipelines.archive.tables import replays
from pipelines.archive.warc.collection_records import ENDING
from pipelines.archive.warc.foreign import ForeignRecord, hash_record, read_records
from pipelines.archive.warc.pack import is_page, mime_of, time_of
from pipelines.archive.warc.reader import CaptureMissing, response
from pipelines.extraction_pool import iterate_in_order
from pipelines.fetched_pages import FetchedPage
from pipelines.items import CaptureFormat, Hints, Noarchive, Outcome, Packing, Page
from pipelines.url_results import url_result
from pipelines.urls import normalize
from pipelines.work import ExtractionResult, extract_and_pack, extract_and_point, failed_article

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.replay.replay_run import ReplayRun

HINTS = Hints(via="warc")

NO_ORIGINAL = "the record says that the page is the same as one before, which none of the files given holds"


CANNOT_POINT = (
    "that cannot be read alone in their file (no gzip with a member a record), which --point-back needs"
)

ALL = ImportOptions()
AS_IT_IS = Packing(CaptureFormat.NONE)


class PointedAt(NamedTuple):
    """Where a page lies in a collection's file, and the SHA-256 of its record, uncompressed."""

    place: Place
    record_sha256: str


class Job(NamedTuple):
    """A page of a WARC file whose extraction is under way."""

    record: ForeignRecord
    fetched: FetchedPage
    place: PointedAt | None = None


class WarcImport:
    """The import of one WARC file into an archive that is open for replay."""

    def __init__(
        self,
        replay_run: ReplayRun,
        file: Path,
        options: ImportOptions = ALL,
        address: str = "",
    ) -> None:
        """`address` is where the file came from, where it was fetched."""
        self.replay_run = replay_run
        self.file = file
        self.options = options
        self.address = address
        self.archive = replay_run.archive
        self.report = replay_run.report
        self.skipped: Counter[str] = Counter()
        self.seen = 0
        self.recent: deque[ForeignRecord] = deque(maxlen=8 * replay_run.workers + 1)
        """Records that may not be stored yet, for `revisit` records that refer to them."""
        self.taken_up: set[str] = set()
        """Keys of this file's URLs: they may not be stored yet either."""

    def run(self) -> None:
        """Read the file to its end, from where a stopped import of it ended. Raises `ArchiveError`."""
        try:
            what = name_import(self.file, self.address, self.options)
            db = self.archive.db
            replay_id, start = (
                (0, 0)
                if self.replay_run.dry_run
                else replays.start_or_resume(db, what, self.replay_run.rules, timestamps.now())
            )
            self._import_from(replay_id, start)
        except (OSError, ValueError) as error:
            raise ArchiveError(
                f"{self.file} cannot be imported: {getattr(error, 'strerror', None) or error}"
            ) from error
        finally:
            self.report.skipped.update(self.skipped)

    def _import_from(self, replay_id: int, start: int) -> None:
        intake = self.replay_run.intake_of() if not self.replay_run.dry_run else None
        position = start
        for (record, fetched, place), future in iterate_in_order(
            self._jobs(start), 8 * self.replay_run.workers
        ):
            extraction = point_back(self._extraction(fetched, future), place)
            # A page of a source that nobody crawls is not fetched again, whatever its outcome.
            final = fetched.page.source_id not in self.replay_run.followed
            result = replace(
                url_result(fetched, extraction),
                foreign_digest=record.digest,
                final=final,
                links=extraction.article.found,
            )
            self.report.done += 1
            position = record.number
            if intake is None:
                outcome = extraction.article.outcome or "article"
                self.report.outcomes[str(outcome)] += 1
                self.replay_run.draw()
                continue
            stored = intake.add(result)
            self._count(stored)
            if stored:
                replays.save_position(self.archive.db, replay_id, position)
            self.replay_run.draw()
        if intake is not None:
            self._count(intake.flush())
            replays.save_position(self.archive.db, replay_id, max(position, self.seen), timestamps.now())

    def _count(self, stored: list[Any]) -> None:
        for recorded in stored:
            self.report.outcomes[recorded.outcome] += 1

    def _extraction(self, fetched: FetchedPage, future: Any) -> ExtractionResult:
        if isinstance(future, ExtractionResult):
            return future
        try:
            extraction: ExtractionResult = future.result()
        except Exception as error:
            return ExtractionResult(
                failed_article(fetched.page, self.replay_run.pool.describe_failure(error))
            )
        return extraction

    def _jobs(self, start: int) -> Iterator[tuple[Job, Any]]:
        for record in read_records(self.file, self.skipped, start, self.options.wants):
            self.seen = record.number
            if not self.options.includes(record.at):
                self.skipped[OUTSIDE] += 1
                continue
            known, article_id = find_article(self.archive.db, record.url)
            if was_taken_in(self.archive.db, record.url, record.at, article_id):
                self.report.known += 1
                continue
            if record.refers_to is not None:
                record = self._original(record)
            self.recent.append(record)
            key = normalize.key(record.url)
            reason = self._reason_to_skip(record, known or key in self.taken_up)
            place = None
            if not reason and self.options.point_back:
                place = self._place_of(record)
                reason = "" if place is not None else CANNOT_POINT
            if reason:
                self.skipped[reason] += 1
                continue
            self.taken_up.add(key)
            yield self._job(record, article_id, place)

    def _place_of(self, record: ForeignRecord) -> PointedAt | None:
        """Where a record can be read alone, read there once; None where it cannot."""
        address = self.address or self.file.resolve().as_uri()
        if record.span is None or record.refers_to is not None or not address.endswith(ENDING):
            return None
        digest = hash_record(self.file, record.span)
        return PointedAt(Place(address, *record.span), digest) if digest else None

    def _job(self, record: ForeignRecord, article_id: int | None, place: PointedAt | None) -> tuple[Job, Any]:
        source = assign_source(record.url, self.replay_run.by_site.get(normalize.site_of(record.url), ()))
        if source.id not in self.replay_run.sources:
            self.replay_run.add(source)
        if not self.replay_run.dry_run and source.id not in self.replay_run.saved_sources:
            self.archive.sources.save([source_row(source)], timestamps.now())
            self.replay_run.saved_sources.add(source.id)
        page = self.replay_run.page_of(
            source.id,
            url=record.url,
            final_url=record.url,
            body=record.body,
            status=record.status,
            headers=record.headers,
            fetched_at=record.at,
            hints=HINTS,
            noarchive=source.noarchive or Noarchive(self.replay_run.settings["NOARCHIVE"]),
            packing=AS_IT_IS if place is not None else self.archive.captures.files.packing_of(source.id),
        )
        fetched = FetchedPage(
            Task(0, source.id, record.url, HINTS, article_id=article_id, found_at=record.at), page
        )
        ended = self._end_without_extraction(record, page)
        if ended is not None:
            return Job(record, fetched, place), ended
        previous = (
            self.archive.articles.get_previous_capture(article_id, self.replay_run.path)
            if article_id is not None
            else None
        )
        work = extract_and_pack if place is None else extract_and_point
        return Job(record, fetched, place), self.replay_run.pool.submit(work, page, previous)

    def _end_without_extraction(self, record: ForeignRecord, page: Page) -> ExtractionResult | None:
        """The result of a page that needs no extraction, as a crawl would have decided it."""
        source = self.replay_run.sources[page.source_id]
        if record.status in (404, 410):
            return self._end(page, Outcome.GONE, f"answered {record.status}")
        if record.refers_to is not None and not record.body:
            return self._end(page, Outcome.FAILED, NO_ORIGINAL)
        if is_article_url(source, record.url) is False:
            return self._end(
                page, Outcome.EXCLUDED, "a rule of the source leaves it out (article_urls, ignore_urls)"
            )
        if normalize.is_home(record.url):
            return self._end(page, Outcome.NOT_ARTICLE, "the home page")
        return None

    def _end(self, page: Page, outcome: Outcome, reason: str) -> ExtractionResult:
        return ExtractionResult(replace(failed_article(page, reason), outcome=outcome))

    def _reason_to_skip(self, record: ForeignRecord, known: bool) -> str:
        """Why a crawl would not have taken up this response; empty when it would."""
        page = Page(url=record.url, body=record.body, headers=record.headers)
        if record.status in (404, 410):
            return "" if known else "of pages that were not there (404, 410)"
        if record.refers_to is not None and not record.body:
            return ""
        if not 200 <= record.status < 300:
            return f"with status {record.status // 100}xx"
        if not is_page(mime_of(page), page.body):
            return "of images, scripts and other things that are no pages"
        return ""

    def _original(self, record: ForeignRecord) -> ForeignRecord:
        """A `revisit` with the payload it refers to, when the archive or a recent record has it."""
        assert record.refers_to is not None
        refers_to = (record.refers_to[0], time_of(record.refers_to[1]) if record.refers_to[1] else None)
        for first in self.recent:
            if first.body and (first.digest == record.digest != "" or (first.url, first.at) == refers_to):
                return self._with_payload(record, first.status, first.headers, first.body)
        place = find_original(self.archive.db, record.digest, refers_to)
        if place is None and self.replay_run.intake is not None:
            self._count(self.replay_run.intake.flush())  # it may be among the results that wait to be stored
            place = find_original(self.archive.db, record.digest, refers_to)
        if place is None:
            return record
        try:
            status, headers, body = response(self.replay_run.path, place)
        except CaptureMissing:
            return record
        return self._with_payload(record, status, headers, body)

    def _with_payload(
        self, record: ForeignRecord, status: int, headers: tuple[tuple[str, str], ...], body: bytes
    ) -> ForeignRecord:
        # The headers that say how to read the body come from where the body was.
        return replace(record, status=record.status or status, headers=headers, body=body)


def name_import(file: Path, address: str, options: ImportOptions) -> str:
    """The name under which the progress of an import is kept. Raises `OSError` for a file that cannot be read."""
    if address:
        return f"{address}{options.key}"
    stat = file.stat()
    return f"{file.name} {stat.st_size} {int(stat.st_mtime)}{options.key}"


def point_back(extraction: ExtractionResult, place: PointedAt | None) -> ExtractionResult:
    """The same with a capture that lies where the page was found. Pure."""
    if place is None or extraction.capture is None:
        return extraction
    capture = replace(extraction.capture, place=place.place, record_sha256=place.record_sha256)
    return replace(extraction, capture=capture)
