"""The news spider: fetches the pages that the frontier owes, while its lookout reads the sources' listings.

What an answer means is decided in `failures`, whose turn it is by the scheduler.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from scrapy import Request, Spider, signals

from crawler.discovery.fetch_listings import ListingFetcher
from crawler.exceptions import RobotsUnreachable
from crawler.outcomes import HOST_TROUBLE, classify_error, classify_status, describe_error
from crawler.politeness.user_agent import name_contact
from crawler.responses import conditional, error_of, header_of, headers_of, ip_of, other_port, pace_of
from crawler.run.crawl_run import CrawlRun
from crawler.sources.load import load_sources
from crawler.sources.model import is_article_url
from pipelines import timestamps
from pipelines.archive.errors import ArchiveError
from pipelines.archive.records import UrlResult
from pipelines.item_pipelines import FetchedImage, FetchedPage
from pipelines.items import Outcome, Page
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

    from crawler.run.scheduler import FairScheduler
    from pipelines.archive.records import PreviousCapture, Task, WarcRecords
    from pipelines.items import Article

log = logging.getLogger("clippings")

FLUSH_SECONDS = 2.0
"""How long an outcome may wait for its batch to fill."""


class NewsSpider(Spider):
    """`scrapy crawl news -a archive=archive.db -a seeds=seeds -a source=ID,ID -a since=7d`."""

    name = "news"
    lookout: ListingFetcher

    def __init__(self, session: CrawlRun, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.session = session
        self.given = session.tasks
        self.home_hosts = {normalize.host_of(s.home) for s in session.sources.values()}
        self.home_hosts |= {normalize.host_of(task.url) for task in self.given}
        self.taken: dict[str, int] = {}
        self.closed_hosts: dict[str, str] = {}
        self.trouble: dict[str, int] = {}
        self.pictures: set[str] = set()
        self.flusher: asyncio.Task[None] | None = None
        self.owns_session = False

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        name_contact(settings)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        own = None
        if "session" not in kwargs:
            own = kwargs["session"] = session_from(crawler, kwargs)
            own.__enter__()
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.read_settings(crawler.settings)
        spider.owns_session = own is not None
        spider.lookout = ListingFetcher(spider)
        crawler.signals.connect(spider.lookout.robots_parsed, signal=signals.robots_parsed)
        crawler.signals.connect(spider.went_wrong, signal=signals.spider_error)
        crawler.signals.connect(spider.closed_down, signal=signals.spider_closed)
        return spider

    def read_settings(self, settings: BaseSettings) -> None:
        """The limits of crawler/settings.py."""
        self.pages_max = settings.getint("PAGES_PER_SOURCE")
        self.host_failures_max = settings.getint("HOST_FAILURES_MAX")

    # --- the crawl

    async def start(self) -> AsyncIterator[Any]:
        self.flusher = asyncio.get_running_loop().create_task(self._flush_now_and_then())
        for task in self.given:
            request = self._page_request(task)
            if request is not None:
                yield request
        for source in () if self.given else self.session.sources.values():
            self.wake(source.id)
            for request in self.lookout.begin(source):
                yield request

    async def _flush_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            self.session.flush()
            if self.session.error is not None:
                await self.crawler.engine.close_spider_async(reason="archive_error")
                return

    def settle(self, settled: UrlResult) -> None:
        """The item pipelines' door to the archive."""
        self.session.settle(settled)

    def went_wrong(self, failure: Failure, response: Response) -> None:
        """A callback raised: an archive that cannot be written ends the crawl, a fault of ours is said."""
        error = error_of(failure)
        if isinstance(error, ArchiveError):
            self.session.fail(error)
            return
        request = cast("Request", getattr(response, "request", None) or getattr(failure, "request", None))
        source = request.cb_kwargs.get("source") or request.cb_kwargs["task"]
        source_id = getattr(source, "source_id", None) or source.id
        words = f"a fault in Clippings ({type(error).__name__}: {error}); its traceback is in the log"
        self.session.tallies[source_id].failed_listings.append(
            (normalize.without_secrets(request.url), words)
        )

    def closed_down(self, spider: Spider, reason: str) -> None:
        """The last thing a crawl does: every URL that is left gets its outcome."""
        if self.flusher is not None:
            self.flusher.cancel()
        if reason == "shutdown":
            self.session.stop_reason = "interrupted"
        self.session.finish(reason)
        if self.owns_session:
            for line in self.session.failing():
                log.warning("%s", line)
            self.session.__exit__(None, None, None)

    # --- pages

    @property
    def _scheduler(self) -> FairScheduler:
        return cast("FairScheduler", self.crawler.engine.scheduler)

    def wake(self, source_id: str) -> None:
        """Say that the frontier has something for this source."""
        self._scheduler.wake(source_id)

    def next_pages(self, source_id: str, room: int) -> list[Request]:
        """Requests for the next pages the frontier owes of this source; called by the scheduler."""
        if self.given or self.session.error is not None:
            return []
        source = self.session.sources[source_id]
        limit = source.limit or self.pages_max
        room = min(room, limit - self.taken.get(source_id, 0))
        if room <= 0:
            self.session.tallies[source_id].exhausted = f"limit of {limit} pages a crawl reached"
            return []
        requests: list[Request] = []
        while not requests:
            tasks = self._take(source_id, room)
            if not tasks:
                break
            requests = [r for task in tasks if (r := self._page_request(task)) is not None]
        self.taken[source_id] = self.taken.get(source_id, 0) + len(requests)
        return requests

    def _take(self, source_id: str, room: int) -> list[Task]:
        archive = self.session.archive
        # What the listings still bring is fresher, and must not find the limit used up.
        rechecks = not self.lookout.is_busy(source_id)
        try:
            with archive.errors():
                return archive.frontier.take(source_id, self.session.as_of, room, rechecks)
        except ArchiveError as error:
            self.session.fail(error)
            return []

    def _page_request(self, task: Task) -> Request | None:
        """The request for a task; None when it got its outcome without one."""
        source = self.session.sources.get(task.source_id)
        if source is not None and not self.given and is_article_url(source, task.url) is False:
            self._end(
                task, Outcome.EXCLUDED, "a rule of the source leaves it out (article_urls, ignore_urls)"
            )
            return None
        host = normalize.host_of(task.url)
        if host in self.closed_hosts:
            self._end(task, Outcome.DEFERRED, self.closed_hosts[host])
            return None
        if not normalize.is_http(task.url):
            self._end(task, Outcome.EXCLUDED, "not a web address")
            return None
        try:
            return Request(
                task.url,
                callback=self.page_answered,
                errback=self.page_failed,
                headers=conditional(task.etag, task.last_modified) if task.article_id else None,
                meta={"raw": True, "pace": pace_of(source)},
                cb_kwargs={"task": task},
                dont_filter=True,
            )
        except ValueError as error:
            self._end(task, Outcome.EXCLUDED, f"not a usable address: {error}")
            return None

    def page_answered(self, response: Response, task: Task) -> Iterator[FetchedPage]:
        self.host_is_well(response)
        source = self.session.sources.get(task.source_id)
        ended = classify_status(response.status)
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
        yield FetchedPage(
            task,
            Page(
                url=task.url,
                body=response.body,
                source_id=task.source_id,
                final_url=response.url,
                status=response.status,
                headers=tuple(headers_of(response)),
                fetched_at=timestamps.now(),
                hints=task.hints,
                home=source.home if source else "",
                language=source.language if source else "",
                rules=source.rules if source else (),
                request_headers=tuple(headers_of(response.request)),
                ip=ip_of(response),
                keep_noarchive=bool(source and source.keep_noarchive),
                hops=response.meta.get("hops", ()),
            ),
        )

    def page_failed(self, failure: Failure) -> None:
        request: Request = failure.request  # type: ignore[attr-defined]
        task: Task = request.cb_kwargs["task"]
        error = error_of(failure)
        port = other_port(request)  # what does not answer there costs this page only
        if isinstance(error, RobotsUnreachable) and not port:
            self._end(task, Outcome.DEFERRED, str(error))
            self.close_host(normalize.host_of(request.url), str(error))
            return
        outcome, final = classify_error(error)
        reason = f"redirected to port {port}: {describe_error(error)}" if port else describe_error(error)
        self._end(task, outcome, reason, final=final)
        self.host_in_trouble(request, error)

    def _end(
        self, task: Task, outcome: Outcome, reason: str, final: bool = False, not_before: str = ""
    ) -> None:
        self.settle(UrlResult(task, timestamps.now(), outcome, reason, final=final, not_before=not_before))

    # --- what the item pipelines ask

    def before(self, task: Task) -> PreviousCapture | None:
        """What the archive holds of the article that a task is a new look at."""
        return self.session.before(task)

    def keep(self, task: Task, capture: WarcRecords | None) -> None:
        """Store the capture of a picture."""
        if capture is not None:
            self.session.keep(task, capture)

    def want_picture(self, task: Task, article: Article) -> None:
        """Ask for the lead image of an article, where its source wants images, once."""
        source, url = self.session.sources.get(task.source_id), article.image_url
        if source is None or not source.images or article.outcome is not None or not normalize.is_http(url):
            return
        if (
            url in self.pictures
            or self.session.error is not None
            or self.session.archive.captures.has_url(url)
        ):
            return
        if normalize.host_of(url) in self.closed_hosts:
            return
        self.pictures.add(url)
        try:
            request = Request(
                url,
                callback=self.picture_answered,
                errback=self.picture_failed,
                priority=-1,
                meta={"raw": True, "pace": pace_of(source)},
                cb_kwargs={"picture_of": task},
                dont_filter=True,
            )
        except ValueError:
            return
        self.crawler.engine.crawl(request)

    def picture_answered(self, response: Response, picture_of: Task) -> Iterator[FetchedImage]:
        """An image, or something else that is then left."""
        self.host_is_well(response)
        headers = tuple(headers_of(response))
        kind = header_of(response, "Content-Type")
        if response.status == 200 and kind.lower().startswith("image/"):
            yield FetchedImage(
                picture_of,
                Page(
                    url=response.url,
                    body=response.body,
                    source_id=picture_of.source_id,
                    headers=headers,
                    fetched_at=timestamps.now(),
                    request_headers=tuple(headers_of(response.request)),
                    ip=ip_of(response),
                ),
            )
        else:
            log.info(
                "image of %s not kept: answered %d, %s", picture_of.url, response.status, kind or "no type"
            )

    def picture_failed(self, failure: Failure) -> None:
        """An image that could not be fetched costs its article nothing."""
        request: Request = failure.request  # type: ignore[attr-defined]
        error = error_of(failure)
        log.info("image of %s not kept: %s", request.cb_kwargs["picture_of"].url, describe_error(error))
        self.host_in_trouble(request, error)

    # --- hosts

    def host_is_well(self, response: Response) -> None:
        """Forget a host's failures: it has answered."""
        self.trouble.pop(normalize.host_of(response.url), None)

    def host_in_trouble(self, request: Request, error: BaseException) -> None:
        """Count failures in a row; a host that sends nothing is left alone for this crawl."""
        if not isinstance(error, HOST_TROUBLE) or other_port(request):
            return
        host = normalize.host_of(request.url)
        self.trouble[host] = count = self.trouble.get(host, 0) + 1
        if count >= self.host_failures_max and host not in self.closed_hosts:
            self.close_host(host, f"{host} failed {count} times in a row, the last: {describe_error(error)}")

    def rest_host(self, host: str, seconds: float, reason: str) -> None:
        """A host asks for a longer rest than a crawl waits: its pages are due again when it is over."""
        self.close_host(host, reason, timestamps.later(timestamps.now(), timedelta(seconds=seconds)))

    def close_host(self, host: str, reason: str, not_before: str = "") -> None:
        """Ask this host for nothing more in this crawl."""
        if host in self.closed_hosts:
            return
        self.closed_hosts[host] = reason
        for request in self._scheduler.drop_host(host):
            self.refuse(request, not_before)
        for source in self.session.sources.values():
            if normalize.host_of(source.home) == host:
                self.session.tallies[source.id].exhausted = reason

    def refuse(self, request: Request, not_before: str = "") -> None:
        """End a request that waits for a host we ask for nothing more."""
        reason = self.closed_hosts[normalize.host_of(request.url)]
        if "picture_of" in request.cb_kwargs:
            return
        if "task" in request.cb_kwargs:
            self._end(request.cb_kwargs["task"], Outcome.DEFERRED, reason, not_before=not_before)
            return
        for further in self.lookout.failed_listings(
            request.cb_kwargs["source"], request.cb_kwargs["look"], reason
        ):
            self.crawler.engine.crawl(further)


def session_from(crawler: Crawler, arguments: dict[str, Any]) -> CrawlRun:
    """The session of a crawl started by `scrapy crawl news`, from the spider's arguments."""
    only = [name for name in str(arguments.pop("source", "")).split(",") if name]
    loaded = load_sources(Path(arguments.pop("seeds", "seeds")), only)
    return CrawlRun(
        Path(arguments.pop("archive", "archive.db")),
        loaded.sources,
        loaded.problems,
        window=crawler.settings["WINDOW"],
        since=str(arguments.pop("since", "")),
        command="scrapy crawl news",
        whole_seeds=not only,
        recheck=crawler.settings["RECHECK"],
    )
