"""Pages without text that name an AMP page or a page for printing: that one is fetched in their place.

An extension on Scrapy's `item_scraped` signal, as `further_pages`: that a page has no text is known when it was
extracted. Nothing of it is stored before the other page has answered, so a crash between the two loses nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy import Request, signals

from crawler.outcomes import classify_status, describe_error
from crawler.responses import error_of, manners_of, page_of
from crawler.run.crawl_run import crawl_run_for_extension
from pipelines.fetched_pages import FetchedAlternate
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.run.crawl_run import CrawlRun
    from pipelines.archive.records import Task
    from pipelines.fetched_pages import EmptyPage, ExtractedItem

PRIORITY = 1
"""Before other article pages: the page without text waits in memory."""


class AlternatePages:
    """Asks for the other page of each page without text, and yields it as a `FetchedAlternate`."""

    def __init__(self, crawler: Crawler, crawl_run: CrawlRun) -> None:
        self.crawler = crawler
        self.crawl_run = crawl_run
        crawler.signals.connect(self.item_scraped, signal=signals.item_scraped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler, crawl_run_for_extension(crawler))

    def item_scraped(self, item: ExtractedItem) -> None:
        if item.empty is not None and self.crawl_run.error is None:
            self.crawler.engine.crawl(self._request(item.empty))

    def _request(self, empty: EmptyPage) -> Request:
        task = empty.fetched.task
        given = task.url if self.crawl_run.tasks else ""
        return Request(
            empty.alternate.url,
            callback=self.page_answered,
            errback=self.page_failed,
            priority=PRIORITY,
            meta={"raw": True, **manners_of(self.crawl_run.sources.get(task.source_id), given)},
            cb_kwargs={"task": task, "empty": empty},
            dont_filter=True,
        )

    def page_answered(self, response: Response, task: Task, empty: EmptyPage) -> Iterator[FetchedAlternate]:
        """Yield the page, or why there is none."""
        ended = classify_status(response.status)
        if ended is not None:
            yield FetchedAlternate(empty, failed=ended[1])
        elif not normalize.same_site(response.url, task.url) or normalize.is_home(response.url):
            yield FetchedAlternate(empty, failed="leads elsewhere")
        else:
            settings, source = self.crawler.settings, self.crawl_run.sources.get(task.source_id)
            noarchive = self.crawl_run.noarchive_of(task.source_id)
            assets = settings.getbool("ASSETS")
            page = page_of(response, task, source, noarchive, settings["EXTRACTOR"], assets=assets)
            yield FetchedAlternate(empty, page)

    def page_failed(self, failure: Failure) -> Iterator[FetchedAlternate]:
        """Yield why the page could not be fetched: the first page has its outcome then, and says so."""
        request: Request = failure.request  # type: ignore[attr-defined]
        yield FetchedAlternate(request.cb_kwargs["empty"], failed=describe_error(error_of(failure)))
