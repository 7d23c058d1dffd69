"""Articles in several pages: fetched page by page, then extracted and stored as one article.

An extension on Scrapy's `item_scraped` signal, as `assets`: that there is a next page is known when the one before it
was extracted. Nothing of such an article is stored before its last page is there. Its first URL is due until then, so a
crash between two pages loses nothing: the next crawl fetches them again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy import Request, signals

from crawler.exceptions import HostClosed, RobotsUnreachable
from crawler.outcomes import classify_error, classify_status, describe_error
from crawler.responses import error_of, manners_of, page_of
from crawler.run.crawl_run import crawl_run_for_extension
from pipelines.archive.records import FurtherPage, FurtherRole
from pipelines.fetched_pages import FetchedFurtherPage
from pipelines.items import Outcome
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.run.crawl_run import CrawlRun
    from pipelines.archive.records import Task
    from pipelines.fetched_pages import ExtractedItem, PagedArticle

PRIORITY = 1
"""Before other article pages: the pages so far wait in memory."""


class FurtherPages:
    """Asks for the next page of each unfinished article, and yields it as a `FetchedFurtherPage`."""

    def __init__(self, crawler: Crawler, crawl_run: CrawlRun) -> None:
        self.crawler = crawler
        self.crawl_run = crawl_run
        crawler.signals.connect(self.item_scraped, signal=signals.item_scraped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler, crawl_run_for_extension(crawler))

    def item_scraped(self, item: ExtractedItem) -> None:
        if item.unfinished is not None and self.crawl_run.error is None:
            self.crawler.engine.crawl(self._request(item.unfinished))

    def _request(self, paged: PagedArticle) -> Request:
        task = paged.task
        source = self.crawl_run.sources.get(task.source_id)
        given = task.url if self.crawl_run.tasks else ""
        return Request(
            paged.next_url,
            callback=self.page_answered,
            errback=self.page_failed,
            priority=PRIORITY,
            meta={"raw": True, **manners_of(source, given)},
            cb_kwargs={"task": task, "paged": paged},
            dont_filter=True,
        )

    def page_answered(
        self, response: Response, task: Task, paged: PagedArticle
    ) -> Iterator[FetchedFurtherPage]:
        """Yield the page, or why it cannot be one of the article."""
        missing = self._judge_answer(response, paged)
        if missing is not None:
            yield FetchedFurtherPage(paged, missing=missing)
            return
        source = self.crawl_run.sources.get(task.source_id)
        noarchive = self.crawl_run.noarchive_of(task.source_id)
        settings = self.crawler.settings
        page = page_of(
            response,
            task,
            source,
            noarchive,
            settings["EXTRACTOR"],
            paged.next_url,
            assets=settings.getbool("ASSETS"),
        )
        yield FetchedFurtherPage(paged, page)

    @staticmethod
    def _judge_answer(response: Response, paged: PagedArticle) -> FurtherPage | None:
        url = paged.next_url
        ended = classify_status(response.status)
        if ended is not None:
            return FurtherPage(url, FurtherRole.MISSING, *ended)
        if normalize.host_of(response.url) != normalize.host_of(url):
            words = f"redirected to another host, {normalize.host_of(response.url)}"
            return FurtherPage(url, FurtherRole.MISSING, Outcome.EXCLUDED, words)
        if normalize.is_home(response.url):
            return FurtherPage(url, FurtherRole.MISSING, Outcome.GONE, "redirected to the home page")
        keys = [normalize.key(read.page.address) for read in paged.pages]
        if (key := normalize.key(response.url)) in keys:
            words = f"leads back to page {keys.index(key) + 1} of the article"
            return FurtherPage(url, FurtherRole.MISSING, Outcome.DUPLICATE, words)
        return None

    def page_failed(self, failure: Failure) -> Iterator[FetchedFurtherPage]:
        """Yield why the page could not be fetched: the article is stored without it, and says so."""
        request: Request = failure.request  # type: ignore[attr-defined]
        paged: PagedArticle = request.cb_kwargs["paged"]
        error = error_of(failure)
        outcome, _ = classify_error(error)
        if isinstance(error, HostClosed | RobotsUnreachable):
            outcome = Outcome.DEFERRED
        missing = FurtherPage(paged.next_url, FurtherRole.MISSING, outcome, describe_error(error))
        yield FetchedFurtherPage(paged, missing=missing)
