"""Lead images of articles, for sources with `images = true` and for all by `IMAGES`: fetched after the article, kept as captures.

An extension on Scrapy's `item_scraped` signal: the URL of the image is known only when the article was extracted and
handed to the archive, and that signal says so. So neither the item pipelines nor the spider know of images.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Self

from scrapy import Request, signals
from scrapy.exceptions import NotConfigured

from crawler.outcomes import describe_error
from crawler.politeness.hosts import hosts_of
from crawler.responses import error_of, header_of, headers_of, homes_of, ip_of, pace_of
from crawler.run.crawl_run import crawl_run_of
from pipelines import timestamps
from pipelines.extraction.rights import NOARCHIVE
from pipelines.item_pipelines import ExtractedItem, FetchedImage, FetchedPage
from pipelines.items import Noarchive, Page
from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.run.crawl_run import CrawlRun
    from crawler.sources.model import Source
    from pipelines.archive.records import Task
    from pipelines.items import Article

log = logging.getLogger("clippings")

PRIORITY = -1
"""After article pages, whose priority is 0."""


class LeadImages:
    """Asks for the lead image of each stored article once, and yields it as a `FetchedImage`."""

    def __init__(self, crawler: Crawler, crawl_run: CrawlRun, wanting: set[str]) -> None:
        """`wanting`: the ids of the sources whose images are kept."""
        self.crawler = crawler
        self.crawl_run = crawl_run
        self.wanting = wanting
        self.hosts = hosts_of(crawler)
        self.asked: set[str] = set()
        crawler.signals.connect(self.item_scraped, signal=signals.item_scraped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        crawl_run = crawl_run_of(crawler)
        if crawl_run is None:
            raise NotConfigured
        wanting = sources_with_images(crawl_run.sources.values(), crawler.settings.getbool("IMAGES"))
        if not wanting:
            raise NotConfigured
        return cls(crawler, crawl_run, wanting)

    def item_scraped(self, item: ExtractedItem) -> None:
        if isinstance(item.fetched, FetchedPage):
            request = self._request(item.fetched.task, item.extraction.article)
            if request is not None:
                self.crawler.engine.crawl(request)

    def _request(self, task: Task, article: Article) -> Request | None:
        """The request for an article's image; None when the source wants none, the page forbids it, or the image is known."""
        source, url = self.crawl_run.sources.get(task.source_id), resolve(task.url, article.image_url)
        if source is None or source.id not in self.wanting or article.outcome is not None or not url:
            return None
        if NOARCHIVE in article.rights and self.crawl_run.noarchive_of(task.source_id) != Noarchive.KEEP:
            return None  # no copy of the page, so none of its picture either
        if (
            url in self.asked
            or self.crawl_run.error is not None
            or self.crawl_run.archive.captures.has_url(url)
        ):
            return None
        if self.hosts.key_of(url) in self.hosts.closed:
            return None
        self.asked.add(url)
        return Request(
            url,
            callback=self.image_answered,
            errback=self.image_failed,
            priority=PRIORITY,
            meta={"raw": True, "pace": pace_of(source), "homes": homes_of(source)},
            cb_kwargs={"image_of": task},
            dont_filter=True,
        )

    def image_answered(self, response: Response, image_of: Task) -> Iterator[FetchedImage]:
        """Yield an image; log anything else."""
        kind = header_of(response, "Content-Type")
        if response.status != 200 or not kind.lower().startswith("image/"):
            words = f"answered {response.status}, {kind or 'no type'}"
            log.info("image of %s not kept: %s", image_of.url, words)
            return
        yield FetchedImage(
            image_of,
            Page(
                url=response.url,
                body=response.body,
                source_id=image_of.source_id,
                headers=tuple(headers_of(response)),
                fetched_at=timestamps.now(),
                request_headers=tuple(headers_of(response.request)),
                ip=ip_of(response),
                noarchive=self.crawl_run.noarchive_of(image_of.source_id),
            ),
        )

    def image_failed(self, failure: Failure) -> None:
        """Log it: an image that cannot be fetched costs its article nothing."""
        request: Request = failure.request  # type: ignore[attr-defined]
        words = describe_error(error_of(failure))
        log.info("image of %s not kept: %s", request.cb_kwargs["image_of"].url, words)


def sources_with_images(sources: Iterable[Source], default: bool) -> set[str]:
    """The ids of the sources whose lead images are kept: those that say so, and with `default` those that say nothing."""
    return {source.id for source in sources if (default if source.images is None else source.images)}
