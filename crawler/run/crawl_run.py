"""One crawl, apart from Scrapy: its archive and lock, its sources, its clock, and the counts of outcomes."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from crawler.politeness.hosts import Hosts
from crawler.run.compared_pages import ComparedPages
from crawler.run.exit_codes import SOME_FAILED, SourceCounts, describe_source_failure, exit_code
from crawler.sources.match_url import matches
from pipelines import VERSION, timestamps
from pipelines.archive.admin.manifests import add_manifests
from pipelines.archive.database import Archive
from pipelines.archive.errors import ArchiveError
from pipelines.archive.lock import ArchiveLock
from pipelines.archive.records import UrlResult
from pipelines.archive.tables.compared_pages import count_compared
from pipelines.archive.views.source_health import read_sources
from pipelines.archive.writer import Writer
from pipelines.decisions.source_state import BARREN
from pipelines.desk.wanted_pages import Tried
from pipelines.items import AS_GZIP, CaptureFormat, Noarchive, Outcome, Packing
from pipelines.timestamps import parse_durations, parse_since
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

    from crawler.sources.model import Source, SourceProblem
    from pipelines.archive.records import PreviousCapture, StoredResult, Task, WarcRecords
    from pipelines.item_pipelines import Renderer

log = logging.getLogger("clippings")


class CrawlRun:
    """A crawl of some sources into one archive; a context manager that holds the archive's lock.

    Raises `ArchiveLockedError` and `ArchiveError` on entering. `as_of` is the crawl's start: what is due by then, and
    what the crawl finds itself, is its work. With `given`, (source id, URL) pairs, it fetches these URLs and nothing
    else. With `wanted`, such pairs too, it fetches these as well; `guests` are sources of theirs that are not followed.
    `begun` is set when the spider asks for its first URL. `timestamp` is the address of a time-stamping authority, `certificate` the file
    of its root. `error` is set when the archive could not be written; then nothing more is stored.
    """

    def __init__(
        self,
        path: Path,
        sources: list[Source],
        problems: list[SourceProblem] | None = None,
        window: str = "7d",
        since: str = "",
        command: str = "crawl",
        whole_seeds: bool = False,
        given: Sequence[tuple[str, str]] = (),
        recheck: str = "",
        noarchive: str = Noarchive.TEXT,
        compared_pages: int = 0,
        captures: str = CaptureFormat.GZIP,
        timestamp: str = "",
        certificate: str = "",
        wanted: Sequence[tuple[str, str]] = (),
        guests: Sequence[Source] = (),
    ) -> None:
        self.path = path
        self.followed = {source.id: source for source in sources}
        self.sources = {source.id: source for source in guests} | self.followed
        self.problems = problems or []
        self.command = command
        self.whole_seeds = whole_seeds
        self.given = given
        self.tasks: tuple[Task, ...] = ()
        self.wanted = wanted
        self.wanted_tasks: dict[str, Task] = {}
        """By the key of their URL."""
        self.wanted_ids: set[int] = set()
        self.started = datetime.now(UTC)
        self.window_start = parse_since(since or window, self.started.astimezone())
        self.since_given = bool(since)
        self.recheck = parse_durations(recheck)
        self.noarchive = Noarchive(noarchive)
        self.compared_pages = compared_pages
        self.captures = CaptureFormat(captures)
        self.timestamp = timestamp
        self.certificate = certificate
        self.notices: list[str] = []
        """What a person should know, though the crawl went well."""
        self.source_counts: dict[str, SourceCounts] = defaultdict(SourceCounts)
        self.counts: Counter[Outcome] = Counter()
        self.outside_window = 0
        self.found = 0
        self.pending = 0
        self.renderer: Renderer | None = None
        self.error: ArchiveError | None = None
        self.stop_reason = ""
        self.begun = False
        self.exit_code: int | None = None

    def __enter__(self) -> Self:
        self.lock = ArchiveLock(self.path)
        self.lock.__enter__()
        try:
            self._open()
        except BaseException:
            self.lock.__exit__(None, None, None)
            raise
        return self

    def _open(self) -> None:
        self.archive = Archive(self.path)
        with self.archive.errors():
            now = timestamps.now()
            self.archive.crawls.close_killed(now)
            self.archive.captures.set_format(self.captures)
            self.archive.captures.mend_files()
            self.as_of = timestamps.now()
            self.archive.sources.save((source_row(source) for source in self.sources.values()), now)
            if self.whole_seeds:
                self.archive.sources.mark_followed(self.followed)
            for source_id in self.sources:
                if not self.recheck_of(source_id):
                    self.archive.frontier.stop_rechecks(source_id)
            follows = [] if self.given else list(self.followed)
            self.tasks = self.archive.frontier.add_given(self.given, now, self.as_of)
            wanted = self.archive.frontier.add_given(self.wanted, now, self.as_of)
            self.wanted_tasks = {normalize.key(task.url): task for task in wanted}
            self.wanted_ids = {task.id for task in wanted}
            self._count_pending(follows)
            self.crawl_id = self.archive.crawls.start(
                self.as_of, follows, self.pending, self.command, VERSION
            )
        # Pages that a person names may be of any age, and no alarm is judged after them.
        least = 0 if self.given else self.compared_pages
        self.compared = ComparedPages(least, partial(count_compared, self.archive.db))
        self.writer = Writer(self.archive, self.crawl_id, self.as_of, self.recheck_of)
        homes = [source.home for source in self.followed.values()] + [task.url for task in self.tasks]
        self.hosts = Hosts(homes, self._exhaust_sources_of_host)

    def _count_pending(self, follows: list[str]) -> None:
        """Count what is to be fetched before any listing has answered, by source and as a whole."""
        for task in self.tasks:
            self.source_counts[task.source_id].taken_up += 1
        for source_id in () if self.tasks else follows:
            pending = self.archive.frontier.count_pending([source_id], self.as_of)
            self.source_counts[source_id].taken_up = pending
        for task in self.wanted_tasks.values():
            if task.source_id not in self.followed:
                self.source_counts[task.source_id].taken_up += 1
        self.pending = sum(counts.taken_up for counts in self.source_counts.values())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.archive.close()
        finally:
            self.lock.__exit__(None, None, None)

    # --- what is fetched

    def is_asked_for(self, task: Task) -> bool:
        """Whether a person named the URL of this task."""
        return bool(self.tasks) or task.id in self.wanted_ids

    @property
    def expects_pages(self) -> bool:
        """Whether pages are to be expected before any listing has answered: some are due, or none was ever fetched."""
        return self.pending > 0 or self.crawl_id == 1

    def since(self, source: Source) -> datetime:
        """How far back this source is followed: `--since`, else its own window, else the default."""
        if source.window is not None and not self.since_given:
            return self.started - source.window
        return self.window_start

    def recheck_of(self, source_id: str) -> tuple[timedelta, ...]:
        """How long after they were found the articles of a source are fetched again."""
        source = self.sources.get(source_id)
        return source.recheck if source is not None and source.recheck is not None else self.recheck

    def noarchive_of(self, source_id: str) -> Noarchive:
        """What is kept of pages of this source that ask not to be archived."""
        source = self.sources.get(source_id)
        return (source.noarchive if source is not None else None) or self.noarchive

    def take(self, source_id: str, limit: int, rechecks: bool) -> list[Task]:
        """Take up to `limit` due URLs of a source from the frontier; without `rechecks` only those of no article."""
        try:
            with self.archive.errors():
                return self.archive.frontier.take(source_id, self.as_of, limit, rechecks)
        except ArchiveError as error:
            self.fail(error)
            return []

    def previous_capture(self, task: Task) -> PreviousCapture | None:
        """What the archive holds of the article that this task fetches again."""
        if task.article_id is None or self.error is not None:
            return None
        with self.archive.errors():
            return self.archive.articles.get_previous_capture(task.article_id, self.path)

    def is_read_by_both(self, task: Task) -> bool:
        """Whether the page of this task is read by both extractors; if so, it is counted as one of its source's."""
        if self.error is not None:
            return False
        with self.archive.errors():
            return self.compared.take(task, timestamps.now()[:10])

    def not_compared(self, task: Task) -> None:
        """Note that a page so counted was no article that both could read."""
        self.compared.give_back(task)

    def packing_of(self, source_id: str) -> Packing:
        """How the records of a page of this source are to be compressed. Never raises: the writer meets the error again."""
        if self.error is None:
            with suppress(OSError):
                return self.archive.captures.files.packing_of(source_id)
        return AS_GZIP

    def why_not_fetch(self, task: Task, url: str) -> str:
        """Why the next page of a task's article is not to be asked for; "" when it may be.

        A person's `ignore_urls` are obeyed. `article_urls` say which addresses are articles, and this one is of one.
        """
        if self.error is not None:
            return "the archive could not be written"
        source = self.sources.get(task.source_id)
        ignored = source is not None and any(matches(pattern, url) for pattern in source.ignore_urls)
        return "a rule of the source leaves it out (ignore_urls)" if ignored else ""

    def _exhaust_sources_of_host(self, host: str, reason: str) -> None:
        for source in self.sources.values():
            if normalize.host_of(source.home) == host:
                self.source_counts[source.id].exhausted = reason

    # --- outcomes

    def add(self, result: UrlResult) -> None:
        """Hand the result of a task to the archive; a full batch is stored. Never raises: see `error`."""
        self._store(lambda: self.writer.add(result))

    def add_asset(self, task: Task, capture: WarcRecords) -> None:
        """Hand the capture of a picture or stylesheet to the archive, as `add`."""
        self._store(lambda: self.writer.add_asset(task, capture))

    def flush(self) -> None:
        """Store the results that wait for their batch to fill."""
        self._store(self.writer.flush)

    def _store(self, store: Callable[[], list[StoredResult]]) -> None:
        if self.error is not None:
            return
        try:
            stored = store()
        except ArchiveError as error:
            self.fail(error)
            return
        except Exception as error:  # a fault of ours must end the crawl, not lose a batch without a word
            log.exception("a fault in Clippings while storing")
            self.fail(ArchiveError(f"{self.path}: results could not be stored ({error}). Please report it."))
            return
        for result in stored:
            self.counts[result.outcome] += 1
            self.source_counts[result.source_id].outcomes[result.outcome] += 1
            reason = f" ({result.reason})" if result.reason else ""
            log.info("%s %s %s%s", result.outcome, result.source_id, result.url, reason)

    def fail(self, error: ArchiveError) -> None:
        """Note that the archive cannot be written; the spider then ends the crawl."""
        if self.error is None:
            self.error = error
            log.error("%s", error)

    # --- the end

    def finish(self, reason: str) -> None:
        """Give every URL that is left the outcome `deferred`, and close the crawl's row. Sets `exit_code`."""
        self.flush()
        self._defer_wanted()
        if self.error is not None:
            self.exit_code = 1
            return
        with self.archive.errors():
            now = timestamps.now()
            for source_id in self.followed:
                self._defer_rest(source_id, now)
            self.found += self.writer.found
            counts = [self.source_counts[source_id] for source_id in self.followed]
            code = exit_code(self.failing_lines(), counts)
            self.exit_code = SOME_FAILED if self.stop_reason else code
            self.archive.crawls.finish(
                self.crawl_id,
                now,
                self.exit_code,
                self.stop_reason or reason,
                self.found,
                self.outside_window,
            )
            if not self.given:
                for source_id, alarm in self.archive.alarms.update(now, self.followed):
                    log.warning("alarm %s %s since %s: %s", source_id, alarm.kind, alarm.since, alarm.words)
        self._add_manifests()

    def outcomes_of_wanted(self) -> list[Tried]:
        """What became of the pages that were asked for. Raises `ArchiveError`."""
        found = []
        with self.archive.errors():
            for _, url in self.wanted:
                task = self.wanted_tasks.get(normalize.key(url))
                outcome = self.archive.crawls.get_outcome(self.crawl_id, task.url) if task else None
                if outcome is not None:
                    found.append(Tried(url, *outcome))
        return found

    def _defer_wanted(self) -> None:
        """Give pages of guests that were asked for and not reached their outcome: `defer_rest` knows followed sources alone."""
        if self.error is not None:
            return
        reason = self.stop_reason or "the crawl ended before its turn"
        for task in self.wanted_tasks.values():
            with self.archive.errors():
                known = self.archive.crawls.get_outcome(self.crawl_id, task.url)
            if known is None and task.source_id not in self.followed:
                self.add(UrlResult(task, timestamps.now(), Outcome.DEFERRED, reason))
        self.flush()

    def _add_manifests(self) -> None:
        """Cover what the crawl stored. One that a person stops must end at once: what takes long waits for the next."""
        try:
            add_manifests(
                self.archive,
                "fetch" if self.given else "crawl",
                self.archive.crawls.get_uid(self.crawl_id),
                read_records=not self.stop_reason,
            )
        except ArchiveError as error:
            self.fail(error)
            self.exit_code = 1
            return
        if self.timestamp and not self.stop_reason:
            from crawler.run.time_stamp import stamp_newest

            why_not = stamp_newest(self.archive, self.timestamp, self.certificate)
            if why_not:
                self.notices.append(why_not)
                log.warning("%s", why_not)

    def _defer_rest(self, source_id: str, now: str) -> None:
        counts = self.source_counts[source_id]
        reason = counts.exhausted or self.stop_reason or "the crawl ended before its turn"
        with self.archive.db.atomic():
            deferred = self.archive.crawls.defer_rest(self.crawl_id, reason, now, source_id)
        if deferred:
            self.counts[Outcome.DEFERRED] += deferred
            counts.outcomes[Outcome.DEFERRED] += deferred
            log.info("%s %s %d URLs (%s)", Outcome.DEFERRED, source_id, deferred, reason)

    def barren_lines(self) -> list[str]:
        """One line for each source of which nothing is archived, and what would change it; after the crawl."""
        with self.archive.errors():
            states = [state for state in read_sources(self.archive.db.conn) if state.id in self.followed]
        return [
            f"{source.id}: {' '.join(filter(None, (source.explained, source.remedy)))}"
            for source in states
            if source.state in BARREN
        ]

    def failing_lines(self) -> list[str]:
        """One line for each source, or file in seeds/, that failed."""
        lines = [str(problem) for problem in self.problems]
        if self.stop_reason:
            waiting = self.counts[Outcome.DEFERRED]
            lines.append(
                f"the crawl was interrupted; the next one goes on from here, and {waiting} URLs wait for it"
            )
        for source_id in self.followed:
            failure = describe_source_failure(self.source_counts[source_id])
            if failure:
                lines.append(f"{source_id}: {failure}")
        return lines

    @property
    def elapsed(self) -> timedelta:
        """Time since the crawl began."""
        return datetime.now(UTC) - self.started


def set_crawl_run(crawler: Crawler, crawl_run: CrawlRun) -> None:
    """Give the run to the spider and all components, before Scrapy makes them."""
    crawler.crawl_run = crawl_run  # type: ignore[attr-defined]


def run_settings(settings: BaseSettings) -> dict[str, Any]:
    """The arguments of a run that are settings of the program."""
    return {
        "window": settings["WINDOW"],
        "recheck": settings["RECHECK"],
        "noarchive": settings["NOARCHIVE"],
        "compared_pages": settings.getint("COMPARED_PAGES"),
        "captures": settings["CAPTURES_FORMAT"],
        "timestamp": settings["TIMESTAMP"],
        "certificate": settings["TIMESTAMP_CERTIFICATE"],
    }


def crawl_run_of(crawler: Crawler) -> CrawlRun | None:
    """The run of this crawler; None when there is none: `scrapy crawl news` before its spider, `add`, `--explain`."""
    return getattr(crawler, "crawl_run", None)


def crawl_run_for_extension(crawler: Crawler) -> CrawlRun:
    """The run that an extension serves. Raises `NotConfigured` where there is none: Scrapy leaves the extension out."""
    from scrapy.exceptions import NotConfigured  # the rest of this module needs no Scrapy

    crawl_run = crawl_run_of(crawler)
    if crawl_run is None:
        raise NotConfigured
    return crawl_run


def source_row(source: Source) -> dict[str, str | None]:
    """A source as the archive's table has it."""
    return {
        "id": source.id,
        "name": source.name or source.id,
        "home": source.home,
        "language": source.language or None,
        "country": source.country or None,
    }
