"""Lead images of articles (`images = true`), stylesheets and pictures of their pages (`assets = true`), kept as captures.

An extension on Scrapy's `item_scraped` signal: what a page shows is known only when the article was extracted and
handed to the archive, and that signal says so. So neither the item pipelines nor the spider know of assets. Each
address is asked for once, over all crawls.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from scrapy import Request, signals
from scrapy.exceptions import NotConfigured

from crawler.outcomes import describe_error
from crawler.politeness.hosts import hosts_of
from crawler.responses import error_of, header_of, ip_of, manners_of, received_headers, sent_headers
from crawler.run.crawl_run import crawl_run_for_extension
from pipelines import timestamps
from pipelines.extraction.rights import NOARCHIVE
from pipelines.fetched_pages import (
    ExtractedItem,
    FetchedAlternate,
    FetchedAsset,
    FetchedFurtherPage,
    FetchedPage,
)
from pipelines.items import Noarchive, Page
from pipelines.media_types import is_asset
from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

    from crawler.run.crawl_run import CrawlRun
    from crawler.sources.model import Source
    from pipelines.archive.records import Task
    from pipelines.items import Article

log = logging.getLogger("clippings")

PRIORITY = -1
"""After article pages, whose priority is 0."""


@dataclass(frozen=True, slots=True)
class AssetLimits:
    """How many assets of a page are kept, and how many bytes of one."""

    number: int
    size: int


class Assets:
    """Asks for what each stored article's page shows, and yields it as a `FetchedAsset`."""

    def __init__(
        self,
        crawler: Crawler,
        crawl_run: CrawlRun,
        with_images: set[str],
        with_assets: set[str],
        limits: AssetLimits,
    ) -> None:
        """`with_images`, `with_assets`: the ids of the sources whose lead images and whose pages' assets are kept."""
        self.crawler = crawler
        self.crawl_run = crawl_run
        self.with_images = with_images
        self.with_assets = with_assets
        self.limits = limits
        self.hosts = hosts_of(crawler)
        self.asked: set[str] = set()
        self.asked_for: Counter[int | None] = Counter()
        crawler.signals.connect(self.item_scraped, signal=signals.item_scraped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        crawl_run = crawl_run_for_extension(crawler)
        settings, sources = crawler.settings, list(crawl_run.sources.values())
        with_images = wanting(sources, lambda source: source.images, settings.getbool("IMAGES"))
        with_assets = sources_with_assets(sources, settings)
        if not with_images and not with_assets:
            raise NotConfigured
        limits = AssetLimits(settings.getint("ASSETS_MAX"), settings.getint("ASSET_MAXSIZE"))
        return cls(crawler, crawl_run, with_images, with_assets, limits)

    def item_scraped(self, item: ExtractedItem) -> None:
        fetched, article = item.fetched, item.extraction.article
        if isinstance(fetched, FetchedAsset):
            task, urls = fetched.task, iter(item.extraction.assets)
        else:
            task = task_of(fetched)
            urls = self._urls_of_page(task, article, item.extraction.assets)
        for url in urls:
            self._ask(task, url)

    def _may_be_copied(self, task: Task, article: Article) -> bool:
        """Whether an article was stored, and its page allows a copy: else none of what it shows is kept either."""
        return article.outcome is None and (
            NOARCHIVE not in article.rights or self.crawl_run.noarchive_of(task.source_id) == Noarchive.KEEP
        )

    def _urls_of_page(self, task: Task, article: Article, assets: tuple[str, ...]) -> Iterator[str]:
        if not self._may_be_copied(task, article):
            return
        image = resolve(task.url, article.image_url) if task.source_id in self.with_images else ""
        if image:
            yield image
        if task.source_id in self.with_assets:
            yield from assets

    def _ask(self, task: Task, url: str) -> None:
        if (
            url in self.asked
            or self.asked_for[task.id] >= self.limits.number
            or self.hosts.key_of(url) in self.hosts.closed
            or self.crawl_run.error is not None
            or self.crawl_run.archive.captures.has_url(url)
        ):
            return
        self.asked.add(url)
        self.asked_for[task.id] += 1
        source = self.crawl_run.sources.get(task.source_id)
        request = Request(
            url,
            callback=self.asset_answered,
            errback=self.asset_failed,
            priority=PRIORITY,
            meta={
                "raw": True,
                **manners_of(source),
                "download_maxsize": self.limits.size,
            },
            cb_kwargs={"asset_of": task},
            dont_filter=True,
        )
        self.crawler.engine.crawl(request)

    def asset_answered(self, response: Response, asset_of: Task) -> Iterator[FetchedAsset]:
        """Yield a picture or a stylesheet; log anything else."""
        kind = header_of(response, "Content-Type")
        if response.status != 200 or not is_asset(kind.partition(";")[0].strip().lower()):
            words = f"answered {response.status}, {kind or 'no type'}"
            log.info("asset of %s not kept: %s", asset_of.url, words)
            return
        yield FetchedAsset(
            asset_of,
            Page(
                url=response.url,
                body=response.body,
                source_id=asset_of.source_id,
                headers=tuple(received_headers(response, response.request)),
                fetched_at=timestamps.now(),
                request_headers=tuple(sent_headers(response.request)),
                ip=ip_of(response),
                noarchive=self.crawl_run.noarchive_of(asset_of.source_id),
                hops=response.meta.get("hops", ()),
                assets=asset_of.source_id in self.with_assets,
            ),
        )

    def asset_failed(self, failure: Failure) -> None:
        """Log it: an asset that cannot be fetched costs its article nothing."""
        request: Request = failure.request  # type: ignore[attr-defined]
        words = describe_error(error_of(failure))
        log.info("asset of %s not kept: %s", request.cb_kwargs["asset_of"].url, words)


def task_of(fetched: FetchedPage | FetchedFurtherPage | FetchedAlternate) -> Task:
    """The task that a page was fetched for."""
    if isinstance(fetched, FetchedAlternate):
        return fetched.before.fetched.task
    return fetched.task if isinstance(fetched, FetchedPage) else fetched.before.task


def sources_with_assets(sources: Iterable[Source], settings: BaseSettings) -> set[str]:
    """The ids of the sources of whose pages the stylesheets and pictures are kept."""
    return wanting(sources, lambda source: source.assets, settings.getbool("ASSETS"))


def wanting(sources: Iterable[Source], said: Callable[[Source], bool | None], default: bool) -> set[str]:
    """The ids of the sources that want something: those that say so, and with `default` those that say nothing."""
    return {source.id for source in sources if (default if said(source) is None else said(source))}
