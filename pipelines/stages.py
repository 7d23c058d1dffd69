"""The Scrapy item pipelines in running order; the only file here that imports Scrapy.

    Fetched ─► ExtractArticle (worker processes) ─► StoreArticle (the archive's writer)

The spider offers `settle(Settled)`, the one door to the archive's writer; it opens and closes the archive.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pipelines import addresses
from pipelines.archive.writer import Settled
from pipelines.clock import now
from pipelines.workers import ExtractionPool

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from pipelines.archive.frontier import Task
    from pipelines.items import Article, Page


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page that came in for a task, on its way to extraction."""

    task: Task
    page: Page


@dataclass(frozen=True, slots=True)
class Extracted:
    """The article of a page, on its way to the archive."""

    task: Task
    page: Page
    article: Article


class ExtractArticle:
    """Runs `extract(page)` in worker processes, as many as there are processors."""

    def __init__(self, size: int, timeout: float, max_pages: int) -> None:
        self.pool = ExtractionPool(size, timeout, max_pages)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        return cls(
            settings.getint("EXTRACT_WORKERS") or os.cpu_count() or 1,
            settings.getfloat("EXTRACT_TIMEOUT"),
            settings.getint("EXTRACT_MAX_PAGES"),
        )

    async def process_item(self, item: Fetched) -> Extracted:
        return Extracted(item.task, item.page, await self.pool.extract(item.page))

    def close_spider(self) -> None:
        self.pool.close()


class StoreArticle:
    """Hands what was extracted to the archive's writer, which stores it with its outcome."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Extracted) -> Extracted:
        spider: Any = self.crawler.spider
        spider.settle(settled_by(item))
        return item


def settled_by(item: Extracted) -> Settled:
    """What an extracted page means for its task. Pure but for the clock."""
    page, article = item.page, item.article
    keys = {addresses.key(url) for url in (page.address, article.url)} - {addresses.key(item.task.url), ""}
    return Settled(
        item.task,
        page.fetched_at or now(),
        outcome=article.outcome,
        reason=article.reason,
        article=article if article.outcome is None else None,
        own_url=addresses.clean(page.address),
        keys=tuple(sorted(keys)),
        etag=page.header("ETag"),
        last_modified=page.header("Last-Modified"),
        links=article.found,
    )
