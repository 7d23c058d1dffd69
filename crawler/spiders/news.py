"""The news spider: fetches the pages that are due on the frontier, while its `ListingFetcher` reads the listings.

What a response or an error means is decided in `crawler.outcomes`, whose turn it is by the scheduler.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from scrapy import Request, Spider, signals
from scrapy.exceptions import UsageError

from crawler.discovery.fetch_listings import ListingFetcher
from crawler.exceptions import HostClosed, RobotsUnreachable
from crawler.outcomes import classify_error, classify_status, describe_error
from crawler.politeness.hosts import set_hosts
from crawler.politeness.user_agent import name_contact
from crawler.responses import conditional, error_of, is_conditional, manners_of, other_port, page_of
from crawler.run.crawl_run import CrawlRun, crawl_run_of, run_settings, set_crawl_run
from crawler.run.exit_codes import FailedListing
from crawler.sources.load import load_sources
from crawler.sources.match_url import is_article_url
from crawler.user_settings import DEFAULT_FILE, SettingsFileError, read_user_settings, settings_of
from pipelines import timestamps
from pipelines.archive.errors import ArchiveError
from pipelines.archive.records import UrlResult
from pipelines.fetched_pages import FetchedPage
from pipelines.items import Outcome
from pipelines.urls import normalize
from pipelines.urls.resolve import read_address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

    from crawler.run.scheduler import FairScheduler
    from crawler.sources.model import Source
    from pipelines.archive.records import Task

log = logging.getLogger("clippings")

FLUSH_SECONDS = 2.0
"""How long an outcome may wait for its batch to fill."""


class NewsSpider(Spider):
    """`scrapy crawl news -a archive=archive.db -a seeds=seeds -a source=ID,ID -a since=7d`."""

    name = "news"

    def __init__(self, crawl_run: CrawlRun, settings: BaseSettings, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.crawl_run = crawl_run
        self.hosts = crawl_run.hosts
        self.listings = ListingFetcher(crawl_run, settings, self.wake)
        self.pages_max = settings.getint("PAGES_PER_SOURCE")
        self.taken: dict[str, int] = {}
        self.flusher: asyncio.Task[None] | None = None
        self.owns_crawl_run = False

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        apply_settings_file(settings)
        name_contact(settings)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        crawl_run = crawl_run_of(crawler)
        owned = crawl_run is None
        if crawl_run is None:
            crawl_run = crawl_run_from_arguments(crawler.settings, kwargs)
            crawl_run.__enter__()
            set_crawl_run(crawler, crawl_run)
        set_hosts(crawler, crawl_run.hosts)
        spider = super().from_crawler(crawler, crawl_run, crawler.settings, *args, **kwargs)
        spider.owns_crawl_run = owned
        crawler.signals.connect(spider.callback_failed, signal=signals.spider_error)
        crawler.signals.connect(spider.spider_closed, signal=signals.spider_closed)
        return spider

    # --- the crawl

    async def start(self) -> AsyncIterator[Any]:
        self.crawl_run.begun = True
        self.flusher = asyncio.get_running_loop().create_task(self._flush_regularly())
        for task in (*self.crawl_run.tasks, *self.crawl_run.wanted_tasks.values()):
            request = self._page_request(task)
            if request is not None:
                yield request
        for source in () if self.crawl_run.tasks else self.crawl_run.followed.values():
            self.wake(source.id)
            for request in self.listings.begin(source):
                yield request

    async def _flush_regularly(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            self.crawl_run.flush()
            if self.crawl_run.error is not None:
                self.flusher = (
                    None  # to close cancels the flusher, which is this very task: it would never end
                )
                await self.crawler.engine.close_spider_async(reason="archive_error")
                return

    def callback_failed(self, failure: Failure, response: Response) -> None:
        """End the crawl when the archive cannot be written; report any other exception of a callback as our fault."""
        error = error_of(failure)
        if isinstance(error, ArchiveError):
            self.crawl_run.fail(error)
            return
        request = cast("Request", getattr(response, "request", None) or getattr(failure, "request", None))
        words = f"a fault in Clippings ({type(error).__name__}: {error}); its traceback is in the log"
        self.crawl_run.source_counts[source_id_of(request)].failed_listings.append(
            FailedListing(normalize.without_secrets(request.url), words)
        )

    def spider_closed(self, spider: Spider, reason: str) -> None:
        """Give every URL that is left its outcome: the last thing a crawl does."""
        if self.flusher is not None:
            self.flusher.cancel()
        if reason == "shutdown":
            self.crawl_run.stop_reason = "interrupted"
        self.crawl_run.finish(reason)
        if self.owns_crawl_run:
            for line in self.crawl_run.failing_lines():
                log.warning("%s", line)
            self.crawl_run.__exit__(None, None, None)

    # --- pages

    def wake(self, source_id: str) -> None:
        """Tell the scheduler that the frontier has something for this source."""
        cast("FairScheduler", self.crawler.engine.scheduler).wake(source_id)

    def next_pages(self, source_id: str, room: int) -> list[Request]:
        """Requests for the next due pages of this source, at most `room`; the scheduler calls it."""
        if self.crawl_run.tasks or self.crawl_run.error is not None:
            return []
        limit = self.crawl_run.sources[source_id].limit or self.pages_max
        room = min(room, limit - self.taken.get(source_id, 0))
        if room <= 0:
            reason = f"limit of {limit} pages a crawl reached"
            self.crawl_run.source_counts[source_id].exhausted = reason
            return []
        requests: list[Request] = []
        while not requests:
            # What the listings still bring is fresher, and must not find the limit used up.
            rechecks = not self.listings.is_busy(source_id)
            tasks = self.crawl_run.take(source_id, room, rechecks)
            if not tasks:
                break
            requests = [request for task in tasks if (request := self._page_request(task)) is not None]
        self.taken[source_id] = self.taken.get(source_id, 0) + len(requests)
        return requests

    def _page_request(self, task: Task) -> Request | None:
        """The request for a task; None when it got its outcome without one."""
        source = self.crawl_run.sources.get(task.source_id)
        if (
            source is not None
            and not self.crawl_run.is_asked_for(task)
            and is_article_url(source, task.url) is False
        ):
            reason = "a rule of the source leaves it out (article_urls, ignore_urls)"
            self._end(task, Outcome.EXCLUDED, reason)
            return None
        closed = self.hosts.closed.get(self.hosts.key_of(task.url))
        if closed is not None:
            self._end(task, Outcome.DEFERRED, closed.reason)
            return None
        address, refused = read_address(source.home if source else "", task.url)
        if refused:
            self._end(task, Outcome.EXCLUDED, f"its address {refused}")
            return None
        given = task.url if self.crawl_run.tasks else ""
        return Request(
            address,
            callback=self.page_answered,
            errback=self.page_failed,
            headers=conditional(task.etag, task.last_modified) if task.article_id else None,
            meta={"raw": True, **manners_of(source, given)},
            cb_kwargs={"task": task},
            dont_filter=True,
        )

    def page_answered(self, response: Response, task: Task) -> Iterator[FetchedPage]:
        """Yield a page that is to be extracted; give any other response its outcome."""
        source = self.crawl_run.sources.get(task.source_id)
        ended = classify_status(response.status, is_conditional(response.request))
        if ended is not None:
            self._end(task, *ended)
            return
        if source and not any(normalize.same_site(response.url, url) for url in (source.home, task.url)):
            site = normalize.site_of(response.url)
            self._end(task, Outcome.EXCLUDED, f"redirected to another site, {site}")
            return
        if normalize.is_home(response.url) and not normalize.is_home(task.url):
            self._end(task, Outcome.GONE, "redirected to the home page")
            return
        noarchive = self.crawl_run.noarchive_of(task.source_id)
        extractor, assets = self.settings["EXTRACTOR"], self.settings.getbool("ASSETS")
        yield FetchedPage(task, page_of(response, task, source, noarchive, extractor, assets=assets))

    def page_failed(self, failure: Failure) -> None:
        """Give a page that could not be fetched its outcome."""
        request: Request = failure.request  # type: ignore[attr-defined]
        task: Task = request.cb_kwargs["task"]
        error = error_of(failure)
        port = other_port(request)  # a port that does not answer costs the pages that lead to it only
        if isinstance(error, HostClosed) and not port:
            self._end(task, Outcome.DEFERRED, str(error), not_before=error.not_before)
            return
        if isinstance(error, RobotsUnreachable):
            self.hosts.close(self.hosts.key_of(request.url), str(error))
        if isinstance(error, RobotsUnreachable) and not port:
            self._end(task, Outcome.DEFERRED, str(error))
            return
        outcome, final = classify_error(error)
        reason = f"redirected to port {port}: {describe_error(error)}" if port else describe_error(error)
        self._end(task, outcome, reason, final=final)

    def _end(
        self, task: Task, outcome: Outcome, reason: str, final: bool = False, not_before: str = ""
    ) -> None:
        self.crawl_run.add(
            UrlResult(task, timestamps.now(), outcome, reason, final=final, not_before=not_before)
        )


def source_id_of(request: Request) -> str:
    """The source that a listing, page or asset was asked for."""
    source: Source | None = request.cb_kwargs.get("source")
    if source is not None:
        return source.id
    task: Task = request.cb_kwargs.get("task") or request.cb_kwargs["asset_of"]
    return task.source_id


def apply_settings_file(settings: BaseSettings) -> None:
    """Put clippings.toml over our own settings, for `scrapy crawl news`; `clippings` has done it, and empties the name."""
    name = settings["SETTINGS_FILE"]
    if not name:
        return
    try:
        values = read_user_settings(None if name == str(DEFAULT_FILE) else Path(name))
    except SettingsFileError as error:
        raise UsageError(str(error), print_help=False) from None
    for setting, value in settings_of(values).items():
        settings.set(setting, value, priority="project")


def crawl_run_from_arguments(settings: BaseSettings, arguments: dict[str, Any]) -> CrawlRun:
    """The run of a crawl started by `scrapy crawl news`; takes its spider arguments out of `arguments`."""
    only = [name for name in str(arguments.pop("source", "")).split(",") if name]
    loaded = load_sources(Path(arguments.pop("seeds", "seeds")), only)
    return CrawlRun(
        Path(arguments.pop("archive", "archive.db")),
        loaded.sources,
        loaded.problems,
        since=str(arguments.pop("since", "")),
        command="scrapy crawl news",
        whole_seeds=not only,
        **run_settings(settings),
    )
