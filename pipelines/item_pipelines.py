"""The Scrapy item pipelines in running order; the only file here that imports Scrapy.

    FetchedPage  ─► ExtractArticle (a worker process extracts) ─► StoreArticle (the crawl run stores)
    FetchedAsset ─► ExtractArticle (a worker process packs)    ─► StoreArticle (the crawl run stores)
    FetchedAlternate ─► the same, for what stands at the other address of a page without text
    FetchedFurtherPage ─► the same, for the pages after the first of an article in several

An article in several pages is stored once, when its last page is there: until then its first URL is due, whatever
crashes. An item with `unfinished` set is not stored; the crawler's `FurtherPages` asks for the page after it.

The crawler sets its crawl run as `crawler.crawl_run` before Scrapy makes the pipelines; `CrawlRun` says what they
need of it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, Self, cast

from scrapy import signals

from pipelines.archive.records import FurtherPage, FurtherRole, UrlResult
from pipelines.extraction.joined_pages import MOST_PAGES, Fit, ends_article, judge_page
from pipelines.extraction.page_numbers import begins_article
from pipelines.extraction_pool import ExtractionPool
from pipelines.fetched_pages import (
    EmptyPage,
    ExtractedItem,
    FetchedAlternate,
    FetchedAsset,
    FetchedFurtherPage,
    FetchedPage,
    PagedArticle,
    ReadPage,
)
from pipelines.items import Outcome, Rendering
from pipelines.url_results import alternate_result, list_further_pages, unfit_page, url_result
from pipelines.work import ExtractionResult, failed_article

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from pipelines.archive.records import PreviousCapture, Task, WarcRecords
    from pipelines.items import Packing, Page


class Renderer(Protocol):
    """Shows pages in a browser before they are read."""

    def rendering_of(self, source_id: str) -> Rendering:
        """When the pages of a source are rendered."""

    async def render(self, page: Page, task: Task) -> tuple[Page, str]:
        """The page with what the browser made of it, and ""; or the page as it was, and why."""


class CrawlRun(Protocol):
    """What the item pipelines need of a crawl's run."""

    renderer: Renderer | None
    """None where no source wants its pages rendered."""

    @property
    def expects_pages(self) -> bool:
        """Whether pages are to be expected before any listing has answered."""

    def previous_capture(self, task: Task) -> PreviousCapture | None:
        """What the archive holds of the article that this task fetches again."""

    def packing_of(self, source_id: str) -> Packing:
        """How the records of a page of this source are to be compressed."""

    def why_not_fetch(self, task: Task, url: str) -> str:
        """Why the next page of a task's article is not to be asked for; "" when it may be."""

    def is_read_by_both(self, task: Task) -> bool:
        """Whether the page of this task is read by both extractors; if so, it is counted as one of its source's."""

    def not_compared(self, task: Task) -> None:
        """Note that a page so counted was no article that both could read."""

    def add(self, result: UrlResult) -> None:
        """Hand the result of a task to the archive."""

    def add_asset(self, task: Task, capture: WarcRecords) -> None:
        """Hand the capture of an asset to the archive."""


def crawl_run_of(crawler: Crawler) -> CrawlRun:
    """The run that the crawler set."""
    return cast("CrawlRun", crawler.crawl_run)  # type: ignore[attr-defined]


class ExtractArticle:
    """Lets worker processes extract and pack pages, one process a processor unless EXTRACT_WORKERS says otherwise.

    What they load is loaded from the start where pages are to be expected, else from the first request for a page on: a
    crawl that finds nothing new starts no process.
    """

    def __init__(self, crawl_run: CrawlRun, pool: ExtractionPool) -> None:
        self.crawl_run = crawl_run
        self.pool = pool

    def open_spider(self) -> None:
        if self.crawl_run.expects_pages:
            self.pool.prepare()

    def request_sent(self, request: Request) -> None:
        if request.meta.get("raw"):  # a page, not a listing
            self.pool.prepare()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        pool = ExtractionPool(
            settings.getint("EXTRACT_WORKERS") or os.cpu_count() or 1,
            settings.getfloat("EXTRACT_TIMEOUT"),
            settings.getint("EXTRACT_MAX_PAGES"),
        )
        pipeline = cls(crawl_run_of(crawler), pool)
        crawler.signals.connect(pipeline.request_sent, signal=signals.request_reached_downloader)
        return pipeline

    async def process_item(
        self, item: FetchedPage | FetchedAsset | FetchedFurtherPage | FetchedAlternate
    ) -> ExtractedItem:
        if item.page is not None:
            packing = self.crawl_run.packing_of(item.page.source_id)
            if packing != item.page.packing:
                item = replace(item, page=replace(item.page, packing=packing))
        if isinstance(item, FetchedAsset):
            return ExtractedItem(item, await self.pool.pack(item.page))
        if isinstance(item, FetchedFurtherPage):
            return await self._extract_further(item)
        if isinstance(item, FetchedAlternate):
            return await self._extract_alternate(item)
        item, extraction = await self._extract_page(item)
        other = extraction.alternate
        if other is not None and not self.crawl_run.why_not_fetch(item.task, other.url):
            return ExtractedItem(item, extraction, empty=EmptyPage(item, extraction))
        if not begins_article(extraction.article.continues_at):
            return ExtractedItem(item, extraction)
        return await self._go_on(
            item, extraction, PagedArticle(item.task, (ReadPage(item.page, extraction),))
        )

    async def _extract_page(self, item: FetchedPage) -> tuple[FetchedPage, ExtractionResult]:
        """Extract a page, by both extractors where their agreement is to be measured."""
        by_both = self.crawl_run.is_read_by_both(item.task)
        item, extraction = await self._extract_shown(item, by_both)
        if by_both and extraction.agreement is None:
            self.crawl_run.not_compared(item.task)
        return item, extraction

    async def _extract_shown(self, item: FetchedPage, by_both: bool) -> tuple[FetchedPage, ExtractionResult]:
        """Extract a page, as sent or as a browser shows it; as sent it is `failed` where a browser was wanted and failed."""
        renderer, previous = self.crawl_run.renderer, self.crawl_run.previous_capture(item.task)
        rendering = renderer.rendering_of(item.task.source_id) if renderer else Rendering.NEVER
        if renderer is None or rendering != Rendering.ALWAYS:
            extraction = await self.pool.extract(item.page, previous, by_both)
            if (
                renderer is None
                or rendering == Rendering.NEVER
                or extraction.article.outcome != Outcome.EMPTY
            ):
                return item, extraction
        page, failed = await renderer.render(item.page, item.task)
        if failed and rendering == Rendering.ALWAYS:
            return item, ExtractionResult(failed_article(item.page, failed))
        if failed:
            reason = f"{extraction.article.reason}; {failed}".removeprefix("; ")
            return item, replace(extraction, article=replace(extraction.article, reason=reason))
        return replace(item, page=page), await self.pool.extract(page, previous, by_both)

    async def _extract_alternate(self, item: FetchedAlternate) -> ExtractedItem:
        """Extract what stands at the other address; without a text there the first page has its outcome."""
        first, kind = item.before.fetched, item.before.alternate.kind
        failed = item.failed
        if item.page is not None:
            previous = self.crawl_run.previous_capture(first.task)
            extraction = await self.pool.extract(item.page, previous)
            if extraction.article.outcome is None:
                return ExtractedItem(
                    item, extraction, result=alternate_result(item.before, item.page, extraction)
                )
            failed = extraction.article.reason or str(extraction.article.outcome)
        empty = item.before.extraction
        reason = f"{empty.article.reason}; its {kind} page: {failed}".removeprefix("; ")
        empty = replace(empty, article=replace(empty.article, reason=reason))
        return ExtractedItem(item, empty, result=url_result(first, empty))

    async def _extract_further(self, item: FetchedFurtherPage) -> ExtractedItem:
        """Extract a further page: the article goes on, or is finished with the pages that are there."""
        before = item.before
        if item.page is None:
            return await self._finish(item, before, item.missing)
        extraction = await self.pool.extract(item.page)
        fit = judge_page([read.extraction.article for read in before.pages], extraction.article)
        if fit is not Fit.PAGE:
            return await self._finish(item, before, unfit_page(before, extraction, fit), ends_article(fit))
        paged = replace(before, pages=(*before.pages, ReadPage(item.page, extraction)))
        return await self._go_on(item, extraction, paged)

    async def _go_on(
        self, item: FetchedPage | FetchedFurtherPage, extraction: ExtractionResult, paged: PagedArticle
    ) -> ExtractedItem:
        if not paged.next_url or len(paged.pages) >= MOST_PAGES:
            return await self._finish(item, paged)
        refused = self.crawl_run.why_not_fetch(paged.task, paged.next_url)
        if refused:
            missing = FurtherPage(paged.next_url, FurtherRole.MISSING, Outcome.EXCLUDED, refused)
            return await self._finish(item, paged, missing)
        return ExtractedItem(item, extraction, unfinished=paged)

    async def _finish(
        self,
        item: FetchedPage | FetchedFurtherPage,
        paged: PagedArticle,
        last: FurtherPage | None = None,
        ended: bool = False,
    ) -> ExtractedItem:
        """Join the pages. `last` is what the next address was; `ended` says that the article does not go on there."""
        pages = [read.page for read in paged.pages]
        articles = [read.extraction.article for read in paged.pages]
        if ended:
            articles[-1] = replace(articles[-1], continues_at="")
        previous = self.crawl_run.previous_capture(paged.task)
        joined = await self.pool.join(pages, articles, previous)
        first, last_page = paged.pages[0].extraction, paged.pages[-1].extraction
        joined = replace(joined, capture=first.capture, assets=last_page.assets, agreement=first.agreement)
        further = list_further_pages(paged, joined, last)
        return ExtractedItem(item, joined, further=further)

    def close_spider(self) -> None:
        self.pool.close()


class StoreArticle:
    """Hands extracted pages and packed assets to the crawl run."""

    def __init__(self, crawl_run: CrawlRun) -> None:
        self.crawl_run = crawl_run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawl_run_of(crawler))

    def process_item(self, item: ExtractedItem) -> ExtractedItem:
        fetched, extraction = item.fetched, item.extraction
        if item.unfinished is not None or item.empty is not None:
            return item
        if item.result is not None:
            self.crawl_run.add(item.result)
        elif isinstance(fetched, FetchedFurtherPage):
            first = FetchedPage(fetched.before.task, fetched.before.pages[0].page)
            self.crawl_run.add(replace(url_result(first, extraction), further=item.further))
        elif isinstance(fetched, FetchedPage):
            self.crawl_run.add(replace(url_result(fetched, extraction), further=item.further))
            if extraction.screenshot is not None:
                self.crawl_run.add_asset(fetched.task, extraction.screenshot)
        elif isinstance(fetched, FetchedAsset) and extraction.capture is not None:
            self.crawl_run.add_asset(fetched.task, extraction.capture)
        return item
