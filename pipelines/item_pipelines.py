"""The Scrapy item pipelines in running order; the only file here that imports Scrapy.

    FetchedPage  ─► ExtractArticle (a worker process extracts) ─► StoreArticle (the crawl run stores)
    FetchedImage ─► ExtractArticle (a worker process packs)    ─► StoreArticle (the crawl run stores)

The crawler sets its crawl run as `crawler.crawl_run` before Scrapy makes the pipelines; `CrawlRun` says what they
need of it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self, cast

from scrapy import signals

from pipelines.archive.records import UrlResult
from pipelines.extraction_pool import ExtractionPool
from pipelines.timestamps import now
from pipelines.urls import normalize

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from pipelines.archive.records import PreviousCapture, Task, WarcRecords
    from pipelines.items import Page
    from pipelines.work import ExtractionResult


class CrawlRun(Protocol):
    """What the item pipelines need of a crawl's run."""

    @property
    def expects_pages(self) -> bool:
        """Whether pages are to be expected before any listing has answered."""

    def previous_capture(self, task: Task) -> PreviousCapture | None:
        """What the archive holds of the article that this task fetches again."""

    def add(self, result: UrlResult) -> None:
        """Hand the result of a task to the archive."""

    def add_image(self, task: Task, capture: WarcRecords) -> None:
        """Hand the capture of an image to the archive."""


def crawl_run_of(crawler: Crawler) -> CrawlRun:
    """The run that the crawler set."""
    return cast("CrawlRun", crawler.crawl_run)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page that was fetched for a task."""

    task: Task
    page: Page


@dataclass(frozen=True, slots=True)
class FetchedImage:
    """The lead image of a task's article, to be kept as a capture."""

    task: Task
    page: Page


@dataclass(frozen=True, slots=True)
class ExtractedItem:
    """A page or image with what a worker made of it."""

    fetched: FetchedPage | FetchedImage
    extraction: ExtractionResult


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

    async def process_item(self, item: FetchedPage | FetchedImage) -> ExtractedItem:
        if isinstance(item, FetchedImage):
            return ExtractedItem(item, await self.pool.pack(item.page))
        previous = self.crawl_run.previous_capture(item.task)
        return ExtractedItem(item, await self.pool.extract(item.page, previous))

    def close_spider(self) -> None:
        self.pool.close()


class StoreArticle:
    """Hands extracted pages and packed images to the crawl run."""

    def __init__(self, crawl_run: CrawlRun) -> None:
        self.crawl_run = crawl_run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawl_run_of(crawler))

    def process_item(self, item: ExtractedItem) -> ExtractedItem:
        fetched, extraction = item.fetched, item.extraction
        if isinstance(fetched, FetchedPage):
            self.crawl_run.add(url_result(fetched, extraction))
        elif extraction.capture is not None:
            self.crawl_run.add_image(fetched.task, extraction.capture)
        return item


def url_result(fetched: FetchedPage, extraction: ExtractionResult) -> UrlResult:
    """The result of a task whose page was extracted. Pure, but for the clock when the page has no time of its own."""
    page, article = fetched.page, extraction.article
    keys = {normalize.key(url) for url in (page.address, article.url)} - {normalize.key(fetched.task.url), ""}
    return UrlResult(
        fetched.task,
        page.fetched_at or now(),
        outcome=article.outcome,
        reason=article.reason,
        article=article if article.outcome is None else None,
        own_url=normalize.clean(page.address),
        keys=tuple(sorted(keys)),
        etag=page.header("ETag"),
        last_modified=page.header("Last-Modified"),
        links=article.found,
        capture=extraction.capture,
        comparison=extraction.comparison,
    )
