"""The Scrapy item pipelines in running order; the only file here that imports Scrapy.

    Fetched ─► ExtractArticle (worker processes) ─► StoreArticle (the archive's writer)
    Picture ─► (packed there)                    ─► (kept there)

The spider offers `settle(UrlResult)` and `keep(capture)`, the doors to the archive's writer, `before(task)`, what
the archive holds of a task's article, and `want_picture(item)`; it opens and closes the archive.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pipelines.archive.records import UrlResult
from pipelines.extraction_pool import ExtractionPool
from pipelines.timestamps import now
from pipelines.urls import normalize

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from pipelines.archive.records import Task
    from pipelines.extraction_pool import ExtractionResult
    from pipelines.items import Page


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page that came in for a task, on its way to extraction."""

    task: Task
    page: Page


@dataclass(frozen=True, slots=True)
class FetchedImage:
    """The lead image of a task's article, to be kept as a capture."""

    task: Task
    page: Page


@dataclass(frozen=True, slots=True)
class ExtractedItem:
    """What a worker made of a page or picture, on its way to the archive."""

    fetched: FetchedPage | FetchedImage
    worked: ExtractionResult


class ExtractArticle:
    """Has pages extracted and packed by worker processes, as many as there are processors."""

    def __init__(self, crawler: Crawler, size: int, timeout: float, max_pages: int) -> None:
        self.crawler = crawler
        self.pool = ExtractionPool(size, timeout, max_pages)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        return cls(
            crawler,
            settings.getint("EXTRACT_WORKERS") or os.cpu_count() or 1,
            settings.getfloat("EXTRACT_TIMEOUT"),
            settings.getint("EXTRACT_MAX_PAGES"),
        )

    async def process_item(self, item: FetchedPage | FetchedImage) -> ExtractedItem:
        if isinstance(item, FetchedImage):
            return ExtractedItem(item, await self.pool.pack(item.page))
        spider: Any = self.crawler.spider
        return ExtractedItem(item, await self.pool.work(item.page, spider.before(item.task)))

    def close_spider(self) -> None:
        self.pool.close()


class StoreArticle:
    """Hands what was extracted to the archive's writer, which stores it with its outcome."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: ExtractedItem) -> ExtractedItem:
        spider: Any = self.crawler.spider
        if isinstance(item.fetched, FetchedImage):
            spider.keep(item.fetched.task, item.worked.capture)
        else:
            spider.settle(url_result(item.fetched, item.worked))
            spider.want_picture(item.fetched.task, item.worked.article)
        return item


def url_result(fetched: FetchedPage, worked: ExtractionResult) -> UrlResult:
    """What an extracted page means for its task. Pure but for the clock."""
    page, article = fetched.page, worked.article
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
        capture=worked.capture,
        comparison=worked.comparison,
    )
