"""One backfill: which parts of the index are still to be read, which copies to be asked for, and what is stored of them.

It asks for nothing itself; `BackfillSpider` does. Each answer is stored before the next request, so a backfill that was
killed asks for nothing again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crawler.backfill.copies import address_of, classify_copy, read_copy_address, reason_to_leave_out
from crawler.backfill.index import Window, next_windows
from crawler.backfill.report import BackfillReport
from crawler.run.crawl_run import source_row
from pipelines import timestamps
from pipelines.archive.records import Task
from pipelines.archive.tables.backfills import Backfills, CopyToAsk
from pipelines.archive.warc.pack import time_of
from pipelines.fetched_pages import FetchedPage
from pipelines.items import Hints, Noarchive, Outcome
from pipelines.url_results import url_result
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.backfill.index import IndexAnswer
    from crawler.replay.replay_run import ReplayRun
    from crawler.sources.model import Source
    from pipelines.items import Page

HINTS = Hints(via="web-archive")
TAKEN = 500
"""Copies read from the list at a time."""


@dataclass(frozen=True, slots=True)
class WebArchive:
    """A web archive: the address of its CDX index, and of a copy with `{timestamp}` and `{url}` in it."""

    index: str
    copies: str

    @property
    def name(self) -> str:
        """The host that gives out the copies."""
        return normalize.host_of(self.copies)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request for a copy: the web archive's answer after redirects; or `error`, why there is none.

    The `address` alone says where a redirect leads that was not followed.
    """

    address: str = ""
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    error: str = ""
    final: bool = False
    """Whether the same is to be expected from another request."""


class Backfill:
    """The backfill of one source into an archive that is open for replay. `limit` copies a run, 0 for no limit.

    `listing` only reads the index, and leaves the archive as it is.
    """

    def __init__(
        self,
        replay_run: ReplayRun,
        source: Source,
        web_archive: WebArchive,
        window: Window,
        *,
        limit: int = 0,
        listing: bool = False,
    ) -> None:
        self.replay_run = replay_run
        self.archive = replay_run.archive
        self.source = source
        self.web_archive = web_archive
        self.window = window
        self.limit = limit
        self.listing = listing
        self.report = BackfillReport()
        self.sources_of_site = replay_run.by_site.get(normalize.site_of(source.home), [source])
        self.problem = ""
        """Why it ended before its end, with the remedy."""
        self.table = Backfills(
            self.archive.db, self.archive.erasures, source.id, temporary=replay_run.dry_run
        )

    def begin(self, asked: str) -> list[Window]:
        """The windows of the index still to be read. `asked` names what the person asked for."""
        if not self.replay_run.dry_run:
            self.archive.sources.save([source_row(self.source)], timestamps.now())
        return [Window(*window) for window in self.table.begin_or_resume(asked, [self.window])]

    # --- the index

    def add_answer(self, windows: list[Window], answer: IndexAnswer, limit: int) -> list[Window]:
        """Note what one answer of the index names; returns the windows still to be read."""
        self.report.listed += len(answer.rows)
        copies = []
        for row in answer.rows:
            url = address_of(row.url)
            reason = reason_to_leave_out(row, url, self.source, self.sources_of_site)
            if reason:
                self.report.left_out[reason] += 1
            else:
                copies.append(CopyToAsk(url, row.captured))
        left = next_windows(windows, answer, limit)
        added = self.table.add(copies, left)
        self.report.known += added.known
        self.report.forgotten += added.forgotten
        return left

    # --- the copies

    def copies(self) -> Iterator[CopyToAsk]:
        """The copies to be asked for in this run. What a crawl has fetched meanwhile is left out."""
        last, asked = None, 0
        while taken := self.table.take(last, TAKEN):
            for copy in taken:
                last = copy
                if self.table.is_known(copy.url):
                    self.table.settle(copy.url)
                    continue
                if self.limit and asked >= self.limit:
                    return
                asked += 1
                yield copy

    async def store(self, copy: CopyToAsk, answer: Answer) -> None:
        """Store what came of a copy: its page, or the outcome without one. Raises `ArchiveError`."""
        with self.archive.errors():
            intake = self.replay_run.intake_of()
            fetched = self._fetched(copy, answer)
            ended = (
                (Outcome.FAILED, answer.error)
                if answer.error
                else self._judge_address(fetched.page) or classify_copy(answer.status)
            )
            if ended is not None:
                intake.add_failure(fetched.task, *ended, timestamps.now())
                self._count(str(ended[0]))
                self._settle(copy, put_off=ended[0] == Outcome.FAILED and not answer.final)
                return
            extraction = await self.replay_run.pool.extract(fetched.page)
            # Addresses that it names are not asked for: the publisher is not to be asked at all.
            result = replace(url_result(fetched, extraction), final=True, links=())
            for stored in [*intake.add(result), *intake.flush()]:
                self._count(str(stored.outcome))
            self._settle(copy)

    def _fetched(self, copy: CopyToAsk, answer: Answer) -> FetchedPage:
        """The page as its publisher sent it then. A redirect of the web archive may have led to another capture."""
        there = read_copy_address(self.web_archive.copies, answer.address)
        captured, url = (there.captured, address_of(there.url)) if there else (copy.captured, copy.url)
        at = time_of(captured) or time_of(copy.captured) or timestamps.now()
        page = self.replay_run.page_of(
            self.source.id,
            url=copy.url,
            final_url=copy.url if normalize.key(url) == normalize.key(copy.url) else url,
            body=answer.body,
            status=answer.status or 200,
            headers=answer.headers,
            fetched_at=at,
            hints=HINTS,
            noarchive=self.source.noarchive or Noarchive(self.replay_run.settings["NOARCHIVE"]),
            packing=self.archive.captures.files.packing_of(self.source.id),
            origin=answer.address,
        )
        return FetchedPage(Task(0, self.source.id, copy.url, HINTS, found_at=at), page)

    def _judge_address(self, page: Page) -> tuple[Outcome, str] | None:
        """The outcome of a copy that turned out to be a redirect to somewhere else, as a crawl decides it; else None."""
        if not normalize.same_site(page.address, self.source.home):
            return Outcome.EXCLUDED, f"redirected to another site, {normalize.site_of(page.address)}"
        if normalize.is_home(page.address) and not normalize.is_home(page.url):
            return Outcome.GONE, "redirected to the home page"
        return None

    def _settle(self, copy: CopyToAsk, *, put_off: bool = False) -> None:
        if put_off:
            self.table.put_off(copy.url)
        else:
            self.table.settle(copy.url)

    def _count(self, outcome: str) -> None:
        self.report.outcomes[outcome] += 1
        self.replay_run.report.outcomes[outcome] += 1
        self.replay_run.report.done += 1
        self.replay_run.draw()

    def finish(self) -> None:
        """Note how much is left, and forget the list once nothing is. Raises `ArchiveError`."""
        with self.archive.errors():
            self.report.waiting = self.table.count()
            if not self.listing and self.report.index_is_read and not self.report.waiting:
                self.table.end()
