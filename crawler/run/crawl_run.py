"""One crawl, apart from Scrapy: its archive and lock, its sources, its clock, and the tally of outcomes."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Self

from crawler.run.exit_codes import SourceCounts, exit_code, failing
from pipelines import timestamps
from pipelines.archive.database import Archive
from pipelines.archive.errors import ArchiveError
from pipelines.archive.lock import ArchiveLock
from pipelines.archive.writer import Writer
from pipelines.items import Outcome
from pipelines.timestamps import parse_durations, parse_since

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from crawler.sources.model import Source, SourceProblem
    from pipelines.archive.records import PreviousCapture, StoredResult, Task, UrlResult, WarcRecords

log = logging.getLogger("clippings")


class CrawlRun:
    """A crawl of some sources into one archive; a context manager that holds the archive's lock.

    Raises `ArchiveLockedError` and `ArchiveError` on entering. `as_of` is the crawl's own clock: what is due by
    then, or found by it, is its work. With `given`, (source id, URL) pairs, it is these URLs and nothing else.
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
    ) -> None:
        self.path = path
        self.sources = {source.id: source for source in sources}
        self.problems = problems or []
        self.command = command
        self.whole_seeds = whole_seeds
        self.given = given
        self.tasks: tuple[Task, ...] = ()
        self.started = datetime.now(UTC)
        self.window_start = parse_since(since or window, self.started)
        self.since_given = bool(since)
        self.recheck = parse_durations(recheck)
        self.tallies: dict[str, SourceCounts] = defaultdict(SourceCounts)
        self.counts: Counter[Outcome] = Counter()
        self.outside_window = 0
        self.found = 0
        self.pending = 0
        self.error: ArchiveError | None = None
        self.stop_reason = ""
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
            self.archive.captures.trim_newest_file()
            self.as_of = timestamps.now()
            self.archive.sources.save((source_row(source) for source in self.sources.values()), now)
            if self.whole_seeds:
                self.archive.sources.mark_followed(self.sources)
            for source_id in self.sources:
                if not self.recheck_of(source_id):
                    self.archive.frontier.stop_rechecks(source_id)
            follows = [] if self.given else list(self.sources)
            self.tasks = self.archive.frontier.add_given(self.given, now, self.as_of)
            self.pending = len(self.tasks) or self.archive.frontier.count_pending(follows, self.as_of)
            self.crawl_id = self.archive.crawls.start(
                self.as_of, follows, self.pending, self.command, version("clippings")
            )
        self.writer = Writer(self.archive, self.crawl_id, self.as_of, self.recheck_of)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.archive.close()
        finally:
            self.lock.__exit__(None, None, None)

    # --- the window

    def since(self, source: Source) -> datetime:
        """How far back this source is followed: `--since`, else its own window, else the default."""
        if source.window is not None and not self.since_given:
            return self.started - source.window
        return self.window_start

    def recheck_of(self, source_id: str) -> tuple[timedelta, ...]:
        """When articles of a source are looked at again, in times after they were found."""
        source = self.sources.get(source_id)
        return source.recheck if source is not None and source.recheck is not None else self.recheck

    # --- outcomes

    def before(self, task: Task) -> PreviousCapture | None:
        """What the archive holds of the article that a task is a new look at."""
        if task.article_id is None or self.error is not None:
            return None
        with self.archive.errors():
            return self.archive.articles.get_previous_capture(task.article_id, self.path)

    def keep(self, task: Task, capture: WarcRecords) -> None:
        """Hand a capture that is no page to the archive; it is stored with the next outcomes."""
        self.writer.add_picture(task, capture)

    def settle(self, settled: UrlResult) -> None:
        """Hand one outcome to the archive; a full batch is stored. Never raises: see `error`."""
        self._record(lambda: self.writer.add(settled))

    def flush(self) -> None:
        """Store what waits."""
        self._record(self.writer.flush)

    def _record(self, store: Callable[[], list[StoredResult]]) -> None:
        if self.error is not None:
            return
        try:
            recorded = store()
        except ArchiveError as error:
            self.fail(error)
            return
        for row in recorded:
            self.counts[row.outcome] += 1
            self.tallies[row.source_id].outcomes[row.outcome] += 1
            log.info(
                "%s %s %s%s", row.outcome, row.source_id, row.url, f" ({row.reason})" if row.reason else ""
            )

    def fail(self, error: ArchiveError) -> None:
        """The archive cannot be written: nothing more is stored, and the crawl is about to end."""
        if self.error is None:
            self.error = error
            log.error("%s", error)

    # --- the end

    def finish(self, reason: str) -> None:
        """Settle what is left as `deferred`, and close the crawl's row. Fills `exit_code`."""
        self.flush()
        if self.error is not None:
            self.exit_code = 1
            return
        with self.archive.errors():
            now = timestamps.now()
            for source_id in self.sources:
                why = (
                    self.tallies[source_id].exhausted or self.stop_reason or "the crawl ended before its turn"
                )
                with self.archive.db.atomic():
                    count = self.archive.crawls.defer_rest(self.crawl_id, why, now, source_id)
                if count:
                    self.counts[Outcome.DEFERRED] += count
                    self.tallies[source_id].outcomes[Outcome.DEFERRED] += count
                    log.info("%s %s %d URLs (%s)", Outcome.DEFERRED, source_id, count, why)
            self.found += self.writer.found
            self.exit_code = exit_code(self.failing(), len(self.sources), self.counts)
            self.archive.crawls.finish(
                self.crawl_id,
                now,
                self.exit_code,
                self.stop_reason or reason,
                self.found,
                self.outside_window,
            )
            if not self.given:
                for source_id, alarm in self.archive.alarms.update(now, self.sources):
                    log.warning("alarm %s %s since %s: %s", source_id, alarm.kind, alarm.since, alarm.words)

    def failing(self) -> list[str]:
        """One line for each source (or seed file) that needs a look."""
        lines = [str(problem) for problem in self.problems]
        for source_id in self.sources:
            why = failing(self.tallies[source_id])
            if why:
                lines.append(f"{source_id}: {why}")
        return lines

    @property
    def elapsed(self) -> timedelta:
        """Time since the crawl began."""
        return datetime.now(UTC) - self.started


def source_row(source: Source) -> dict[str, str | None]:
    """A source as the archive's table has it."""
    return {
        "id": source.id,
        "name": source.name or source.id,
        "home": source.home,
        "language": source.language or None,
        "country": source.country or None,
    }
