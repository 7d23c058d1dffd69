"""An archive that is open for a replay: its lock, sources, workers, writer and progress line.

`Reextraction` and `WarcImport` do their work with it.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from crawler.replay.report import ReplayReport
from crawler.run.progress_lines import bar, clock_of
from crawler.sources.model import Source
from crawler.terminal import draw
from pipelines import VERSION, timestamps
from pipelines.archive.admin.manifests import add_manifests
from pipelines.archive.database import Archive
from pipelines.archive.intake import Intake
from pipelines.archive.lock import ArchiveLock
from pipelines.extraction_pool import ExtractionPool
from pipelines.items import CaptureFormat, Page
from pipelines.timestamps import parse_durations
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from scrapy.settings import BaseSettings


class ReplayRun:
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
        self.doing = ""
        """What the progress line begins with: the file that is being read, of how many."""
        self.intake: Intake | None = None
        self.command = "replay"
        self.saved_sources: set[str] = set()
        """Ids of sources that were written to the archive's table."""
        self.began = time.monotonic()
        self.drawn_at = 0.0

    def __enter__(self) -> Self:
        self.lock = ArchiveLock(self.path)
        self.lock.__enter__()
        try:
            self.archive = Archive(self.path)
            with self.archive.errors():
                self.archive.crawls.close_killed(timestamps.now())
                self.archive.captures.set_format(CaptureFormat(self.settings["CAPTURES_FORMAT"]))
                self.archive.captures.mend_files()
                for row in self.archive.rows("SELECT id, name, home, language FROM sources"):
                    self._add_row(row)
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
        """Add a source, also to its site: a WARC file may have pages of ten thousand sites."""
        self.sources[source.id] = source
        self.by_site.setdefault(normalize.site_of(source.home), []).append(source)

    def _add_row(self, row: dict[str, Any]) -> None:
        """Add a source that is in the archive and not in seeds/."""
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
            if not self.dry_run and not self.archive.db.conn.in_transaction:
                add_manifests(self.archive, self.command, read_records=kind is None)
            self.archive.close()
        finally:
            self.lock.__exit__(None, None, None)

    @property
    def rules(self) -> str:
        """A name for today's rules: the version of extraction, and a hash of every source's own."""
        from pipelines.extraction.extract import EXTRACTOR

        # Sources that come from a WARC file have neither, so the name stays the same during the import.
        own = [
            (s.id, s.language, s.rules, *([s.extractor] if s.extractor else []))
            for _, s in sorted(self.sources.items())
            if s.language or s.rules or s.extractor
        ]
        by = "" if self.settings["EXTRACTOR"] == "own" else self.settings["EXTRACTOR"] + "+"
        return f"{by}{EXTRACTOR}:{hashlib.sha256(repr(own).encode()).hexdigest()[:16]}"

    def intake_of(self) -> Intake:
        """The writer for pages that become articles; made, with its row in `crawls`, when first needed."""
        if self.intake is None:
            now = timestamps.now()
            name = "backfill" if self.command == "backfill" else "replay"
            crawl = self.archive.crawls.start(now, [], 0, f"clippings {name}", VERSION)
            self.intake = Intake(self.archive, crawl, now, self.recheck_of)
        return self.intake

    def recheck_of(self, source_id: str) -> tuple[timedelta, ...]:
        """When crawls fetch articles of a source again; never where the source is not in seeds/, or of pages out of a web archive."""
        if source_id not in self.followed or self.command == "backfill":
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
            extractor=(source.extractor if source else None) or self.settings["EXTRACTOR"],
            **named,
        )

    def begin_second_step(self) -> None:
        """Count anew from here; `report.imported` keeps what an import before it counted, if there was one."""
        before = self.report
        self.report = ReplayReport(unread=before.unread, failed_files=before.failed_files)
        self.report.imported = before if before.done or before.files else None
        self.doing = "second step "

    def draw_download(self, done: int, total: int) -> None:
        """Draw how far a download is, in bytes."""
        now = time.monotonic()
        if self.drawn and now - self.drawn_at >= 0.5:
            self.drawn_at = now
            of = f" of {total / 1_000_000:.0f}" if total else ""
            draw(f"{self.doing}fetching {done / 1_000_000:.0f}{of} MB")

    def draw(self, end: bool = False) -> None:
        """Draw the progress line on a terminal, twice a second at most."""
        now = time.monotonic()
        if not self.drawn or (now - self.drawn_at < 0.5 and not end):
            return
        self.drawn_at = now
        report = self.report
        total = (
            f"{bar(report.done, report.total)} {report.done}/{report.total}"
            if report.total
            else str(report.done)
        )
        line = f"{total} {clock_of(timedelta(seconds=now - self.began))}  {report.articles} changed"
        if report.outcomes:
            line += "  " + ", ".join(f"{n} {o.replace('_', ' ')}" for o, n in report.outcomes.items())
        draw("" if end else f"{self.doing}{line}")
