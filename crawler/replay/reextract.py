"""`clippings replay`: stored pages read again by today's rules, and other people's WARC files taken in."""

from __future__ import annotations

import hashlib
import heapq
import os
import shutil
import sys
import time
from datetime import timedelta
from importlib.metadata import version
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

from crawler.replay.report import SHOWN, ReplayReport, difference, shown
from crawler.run.progress import bar, clock_of
from pipelines import timestamps
from pipelines.archive.database import Archive
from pipelines.archive.errors import ArchiveError
from pipelines.archive.intake import Intake
from pipelines.archive.lock import ArchiveLock
from pipelines.archive.records import Task, UrlResult
from pipelines.archive.tables import replays
from pipelines.archive.warc.reader import folder_of
from pipelines.extraction_pool import ExtractionPool, in_order, reread
from pipelines.items import Article, Outcome, Page
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from scrapy.settings import BaseSettings

    from crawler.sources.model import Source
    from pipelines.archive.tables.replays import CaptureToReread

CHUNK = 16
"""Captures handed to a worker at a time: asking for each costs as much as a tenth of reading it."""

BATCH = 200
"""Captures a transaction."""


class Reextraction:
    """An archive open for replay; a context manager that holds its lock, the workers and the progress line.

    Raises `ArchiveLockedError` and `ArchiveError` on entering.
    """

    def __init__(
        self, path: Path, sources: Sequence[Source], settings: BaseSettings, dry_run: bool, quiet: bool
    ) -> None:
        self.path = path
        self.sources: dict[str, Source] = {}
        self.by_site: dict[str, list[Source]] = {}
        for source in sources:
            self.add(source)
        self.followed = frozenset(self.sources)
        self.settings = settings
        self.dry_run = dry_run
        self.drawn = not quiet and sys.stderr.isatty()
        self.report = ReplayReport()
        self.intake: Intake | None = None
        self.wanted: list[tuple[CaptureToReread, Article]] = []
        self.entered: set[str] = set()
        """Sources that are in the archive's table."""
        self.last = 0
        self.began = time.monotonic()
        self.at = 0.0

    def __enter__(self) -> Self:
        self.lock = ArchiveLock(self.path)
        self.lock.__enter__()
        try:
            self.archive = Archive(self.path)
            with self.archive.errors():
                self.archive.crawls.close_killed(timestamps.now())
                self.archive.captures.trim_newest_file()
                for row in self.archive.rows("SELECT id, name, home, language FROM sources"):
                    self._remember(row)
            self.workers = self.settings.getint("EXTRACT_WORKERS") or os.cpu_count() or 1
            self.pool = ExtractionPool(
                self.workers,
                self.settings.getfloat("EXTRACT_TIMEOUT"),
                self.settings.getint("EXTRACT_MAX_PAGES"),
            )
        except BaseException:
            self.lock.__exit__(None, None, None)
            raise
        return self

    def add(self, source: Source) -> None:
        """Know a source, also by its site: a WARC file may have pages of ten thousand."""
        self.sources[source.id] = source
        self.by_site.setdefault(normalize.site_of(source.home), []).append(source)

    def _remember(self, row: dict[str, Any]) -> None:
        """A source that is in the archive and no longer, or never was, in seeds/."""
        from crawler.sources.model import Source

        if row["id"] not in self.sources:
            self.add(Source(id=row["id"], home=row["home"], name=row["name"], language=row["language"] or ""))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.draw(end=True)
        try:
            self.pool.close()
            if self.intake is not None and not self.archive.db.conn.in_transaction:
                self._close_crawl("finished" if kind is None else "interrupted")
            self.archive.close()
        finally:
            self.lock.__exit__(None, None, None)

    # --- what both kinds share

    @property
    def rules(self) -> str:
        """A name for today's extraction: its version and every source's own rules."""
        from pipelines.extraction.extract import EXTRACTOR

        # Sources that a file brings have neither: the name is the same before and after.
        own = [(s.id, s.language, s.rules) for _, s in sorted(self.sources.items()) if s.language or s.rules]
        return f"{EXTRACTOR}:{hashlib.sha256(repr(own).encode()).hexdigest()[:16]}"

    def intake_of(self) -> Intake:
        """The writer for pages that become articles; with it begins a row in `crawls`."""
        if self.intake is None:
            now = timestamps.now()
            crawl = self.archive.crawls.start(now, [], 0, "clippings replay", version("clippings"))
            self.intake = Intake(self.archive, crawl, now, self.recheck_of)
        return self.intake

    def recheck_of(self, source_id: str) -> tuple[timedelta, ...]:
        """Articles of sources that are followed are looked at again by crawls; of others, nobody would."""
        from pipelines.timestamps import parse_durations

        if source_id not in self.followed:
            return ()
        own = self.sources[source_id].recheck
        return own if own is not None else parse_durations(self.settings["RECHECK"])

    def _close_crawl(self, reason: str) -> None:
        assert self.intake is not None
        with self.archive.errors():
            self.archive.crawls.finish(self.intake.crawl_id, timestamps.now(), 0, reason, 0, 0)

    def page_of(self, source_id: str, **named: Any) -> Page:
        """A page with all that its source adds to it."""
        source = self.sources.get(source_id)
        return Page(
            source_id=source_id,
            home=source.home if source else "",
            language=source.language if source else "",
            rules=source.rules if source else (),
            **named,
        )

    def draw(self, end: bool = False) -> None:
        """The progress line on a terminal, twice a second."""
        now = time.monotonic()
        if not self.drawn or (now - self.at < 0.5 and not end):
            return
        self.at = now
        report = self.report
        total = (
            f"{bar(report.done, report.total)} {report.done}/{report.total}"
            if report.total
            else str(report.done)
        )
        line = f"{total} {clock_of(timedelta(seconds=now - self.began))}  {report.articles} changed"
        if report.outcomes:
            line += "  " + ", ".join(f"{n} {o.replace('_', ' ')}" for o, n in report.outcomes.items())
        width = shutil.get_terminal_size().columns - 1
        print("\r\x1b[K" + ("" if end else line[:width]), end="", file=sys.stderr, flush=True)

    # --- our own captures

    def read_again(self) -> None:
        """Every article, old version and page without an article, from its capture, by today's rules."""
        if not folder_of(self.path).is_dir():
            raise ArchiveError(
                f"The folder {folder_of(self.path)} with the pages as fetched is not there. Everything else works"
                " without it; to replay, put it back beside the archive."
            )
        db = self.archive.db
        replay_id, after = (
            (0, 0) if self.dry_run else replays.start_or_resume(db, "captures", self.rules, timestamps.now())
        )
        self.report.total = replays.count_captures(db, after)
        results = self._results(replays.captures_to_reread(db, after))
        while batch := list(islice(results, BATCH)):
            with self.archive.errors():
                if self.dry_run:
                    for old, result in batch:
                        self._weigh(old, result)
                else:
                    with db.atomic():
                        for old, result in batch:
                            self._weigh(old, result)
                        replays.save_position(db, replay_id, batch[-1][0].capture_id)
                    self._store_new()
            self.draw()
        if not self.dry_run:
            with self.archive.errors(), db.atomic():
                replays.save_position(db, replay_id, max(after, self.last), timestamps.now())

    def _results(
        self, captures: Iterator[CaptureToReread]
    ) -> Iterator[tuple[CaptureToReread, Article | str]]:
        def jobs() -> Iterator[tuple[list[CaptureToReread], Any]]:
            while chunk := list(islice(captures, CHUNK)):
                work = [(self._page(old), old.place) for old in chunk]
                yield chunk, self.pool.submit(reread, str(self.path), work, pages=len(work))

        for chunk, future in in_order(jobs(), 3 * self.workers):
            try:
                results = future.result()
            except Exception:  # one page of them ended its worker, or hung: each alone
                results = [self._alone(old) for old in chunk]
            for old, result in zip(chunk, results, strict=True):
                self.last = old.capture_id
                yield old, result

    def _alone(self, old: CaptureToReread) -> Article | str:
        try:
            found: Article | str = self.pool.submit(
                reread, str(self.path), [(self._page(old), old.place)]
            ).result()[0]
        except Exception as error:
            return self.pool.describe_failure(error)
        return found

    def _page(self, old: CaptureToReread) -> Page:
        # It was kept, so it may be kept.
        return self.page_of(
            old.source_id,
            url=old.found,
            body=b"",
            final_url=old.url,
            fetched_at=old.fetched_at,
            hints=old.hints,
            keep_noarchive=True,
        )

    def _weigh(self, old: CaptureToReread, result: Article | str) -> None:
        """Compare, count, and put in place unless it is a dry run."""
        report = self.report
        report.done += 1
        if isinstance(result, str):
            report.unread[result] += 1
            return
        if old.article_id is None and old.revision_id is None:
            if result.outcome is None:
                report.outcomes[Outcome.NEW] += 1
                if not self.dry_run:
                    self.wanted.append((old, result))
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
            if self.dry_run:
                words = difference(changed.columns)
                heapq.heappush(report.largest, (words, result.url, shown(changed.columns)))
                if len(report.largest) > SHOWN:
                    heapq.heappop(report.largest)
        if not self.dry_run:
            replays.rewrite_in_place(self.archive.db, old, changed)

    def _store_new(self) -> None:
        """Pages in which today's rules find the article that earlier ones did not."""
        wanted, self.wanted = self.wanted, []
        for old, article in wanted:
            task = Task(0, old.source_id, old.found, old.hints)
            keys = {normalize.key(url) for url in (old.url, article.url)} - {normalize.key(old.found), ""}
            self.intake_of().waiting.append(
                UrlResult(
                    task,
                    old.fetched_at,
                    article=article,
                    own_url=normalize.clean(old.url),
                    keys=tuple(sorted(keys)),
                    capture_id=old.capture_id,
                )
            )
        if wanted:
            self.intake_of().flush()
