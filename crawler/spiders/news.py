"""The news spider: looks at each source's listings, and fetches the pages that the frontier owes.

It decides nothing itself: where to look is `discovery`, what to take up is `selection`, what an answer
means is `failures`, whose turn it is is the scheduler.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from scrapy import Request, Spider, signals

from crawler.discovery import GUESS_AGAIN_DAYS, Discovery
from crawler.discovery import Look as Ask
from crawler.failures import HOST_TROUBLE, describe, outcome_of, outcome_of_status
from crawler.listings import SECTION, SITEMAP
from crawler.listings.read import read_listing
from crawler.politeness.robots import RobotsUnreachable
from crawler.selection import likely_newest, select
from crawler.session import Session
from crawler.source import is_article_url
from crawler.sources import load_sources
from pipelines import addresses, clock
from pipelines.archive.listings import Look
from pipelines.archive.writer import Settled
from pipelines.items import Outcome, Page
from pipelines.stages import Fetched

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

    from crawler.discovery import Next
    from crawler.scheduler import FairScheduler
    from crawler.source import Source
    from pipelines.archive.frontier import Task

log = logging.getLogger("clippings")

FLUSH_SECONDS = 2.0
"""How long an outcome may wait for its batch to fill."""

PRIORITY_LISTING, PRIORITY_PAGE = 10, 0


class NewsSpider(Spider):
    """`scrapy crawl news -a archive=archive.db -a seeds=seeds -a source=ID,ID -a since=7d`."""

    name = "news"

    def __init__(self, session: Session, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.session = session
        self.given = session.tasks
        self.home_hosts = {addresses.host_of(s.home) for s in session.sources.values()}
        self.home_hosts |= {addresses.host_of(task.url) for task in self.given}
        self.discoveries: dict[str, Discovery] = {}
        self.sitemaps: dict[str, tuple[str, ...]] = {}
        self.taken: dict[str, int] = {}
        self.closed_hosts: dict[str, str] = {}
        self.trouble: dict[str, int] = {}
        self.flusher: asyncio.Task[None] | None = None
        self.owns_session = False

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Put the contact into the user agent; from the command line both may be given."""
        super().update_settings(settings)
        agent = settings["USER_AGENT"].replace("{contact}", settings["CONTACT"] or "no contact given")
        settings.set("USER_AGENT", agent, priority=max(30, settings.getpriority("USER_AGENT") or 0))

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        own = None
        if "session" not in kwargs:
            own = kwargs["session"] = session_from(crawler, kwargs)
            own.__enter__()
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.read_settings(crawler.settings)
        spider.owns_session = own is not None
        crawler.signals.connect(spider.robots_parsed, signal=signals.robots_parsed)
        crawler.signals.connect(spider.closed_down, signal=signals.spider_closed)
        return spider

    def read_settings(self, settings: BaseSettings) -> None:
        """The limits of crawler/settings.py."""
        self.pages_max = settings.getint("PAGES_PER_SOURCE")
        self.undated_max = settings.getint("UNDATED_MAX")
        self.host_failures_max = settings.getint("HOST_FAILURES_MAX")
        self.listing_maxsize = settings.getint("LISTING_MAXSIZE")

    # --- the crawl

    async def start(self) -> AsyncIterator[Any]:
        self.flusher = asyncio.get_running_loop().create_task(self._flush_now_and_then())
        for task in self.given:
            request = self._page_request(task)
            if request is not None:
                yield request
        if self.given:
            return
        settings = self.crawler.settings
        forgotten = clock.iso(datetime.now(UTC) - timedelta(days=GUESS_AGAIN_DAYS))
        for source in self.session.sources.values():
            self.discoveries[source.id] = discovery = Discovery(
                source,
                self.session.archive.listings.known(source.id),
                clock.iso(self.session.since(source)),
                forgotten,
                settings.getint("LISTINGS_MAX"),
                settings.getint("SECTION_PAGES_MAX"),
            )
            self._wake(source.id)
            for look in discovery.begin():
                yield self._listing_request(source, look)

    async def _flush_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            self.session.flush()
            if self.session.error is not None:
                await self.crawler.engine.close_spider_async(reason="archive_error")
                return

    def settle(self, settled: Settled) -> None:
        """The item pipelines' door to the archive."""
        self.session.settle(settled)

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

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        host = addresses.host_of(request.url)
        rp = getattr(robotparser, "rp", None)
        self.sitemaps[host] = tuple(getattr(rp, "sitemaps", None) or ())

    # --- listings

    def _listing_request(self, source: Source, look: Ask) -> Request:
        # A page of links is read each time: what follows from it is decided only when the rest has answered.
        since = clock.iso(self.session.since(source))
        validators = self.session.archive.listings.validators(source.id, look.url, since)
        etag, modified = validators if look.kind != SECTION else ("", "")
        return Request(
            look.url,
            callback=self.listing_answered,
            errback=self.listing_failed,
            headers=conditional(etag, modified),
            priority=PRIORITY_LISTING,
            meta={"download_maxsize": self.listing_maxsize, "pace": pace_of(source)},
            cb_kwargs={"source": source, "look": look},
            dont_filter=True,
        )

    def listing_answered(self, response: Response, source: Source, look: Ask) -> Iterator[Request]:
        self._host_is_well(response)
        discovery = self.discoveries[source.id]
        sitemaps = self.sitemaps.get(addresses.host_of(response.url), ())
        if response.status == 304:
            self.session.tallies[source.id].answered += 1
            self._record(source, look, response)
            yield from self._go_on(source, look, discovery.unchanged(look, sitemaps))
            return
        if not 200 <= response.status < 300:
            problem = (outcome_of_status(response.status) or (None, ""))[1]
            yield from self._listing_broken(source, look, problem, response.status)
            return
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        listing = read_listing(look.kind, response.body, response.url, content_type, source)
        if listing.error and not listing.entries and not listing.more:
            yield from self._listing_broken(source, look, listing.error, response.status)
            return
        self.session.tallies[source.id].answered += 1
        yield from self._go_on(
            source, look, discovery.answer(look, listing, sitemaps), response, len(listing.entries)
        )

    def listing_failed(self, failure: Failure) -> Iterator[Request]:
        request: Request = failure.request  # type: ignore[attr-defined]
        source, look = request.cb_kwargs["source"], request.cb_kwargs["look"]
        self._host_in_trouble(request, error_of(failure))
        yield from self._listing_broken(source, look, describe(error_of(failure)))

    def _listing_broken(
        self, source: Source, look: Ask, error: str, status: int | None = None
    ) -> Iterator[Request]:
        if look.via != "guess":
            self.session.tallies[source.id].broken.append((look.url, error))
        log.log(
            logging.DEBUG if look.via == "guess" else logging.WARNING,
            "listing %s %s: %s",
            source.id,
            look.url,
            error,
        )
        self.session.archive.listings.record(
            Look(source.id, look.url, look.kind, look.parent, status, error), clock.now()
        )
        sitemaps = self.sitemaps.get(addresses.host_of(look.url), ())
        yield from self._go_on(source, look, self.discoveries[source.id].answer(look, None, sitemaps))

    def _go_on(
        self, source: Source, look: Ask, following: Next, response: Response | None = None, entries: int = 0
    ) -> Iterator[Request]:
        session = self.session
        since, now = session.since(source), datetime.now(UTC)
        chosen = select(following.entries, look.kind, since, now)
        found = [*chosen.found, *self._undated(source, look, chosen.undated)]
        added = session.archive.frontier.add(source.id, found, clock.now(), session.as_of)
        session.found += added
        session.outside += chosen.outside
        if look.kind == SITEMAP and following.looks:
            children = [(f.kind, f.url, f.parent) for f in following.looks if f.parent]
            session.archive.listings.expect(source.id, children, clock.now())
        if response is not None:
            self._record(source, look, response, entries, chosen.outside, chosen.newest_at)
        if added:
            self._wake(source.id)
        for further in following.looks:
            yield self._listing_request(source, further)

    def _undated(self, source: Source, look: Ask, undated: list[Any]) -> list[Any]:
        """Undated sitemap URLs not known yet; at the first look at the sitemap, only the likely newest."""
        if not undated:
            return []
        frontier = self.session.archive.frontier
        unknown = frontier.unknown(f.key for f in undated)
        hashes = {addresses.key_hash(f.key): f for f in undated if f.key in unknown}
        fresh = [hashes[h] for h in hashes.keys() - frontier.passed_over(hashes)]
        fresh.sort(key=lambda f: f.key)
        first = all(k.url != look.url or k.entries is None for k in self.discoveries[source.id].known)
        if not first:
            return fresh
        chosen = likely_newest([f for f in undated if f in fresh], self.undated_max)
        keys = {f.key for f in chosen}
        left = [addresses.key_hash(f.key) for f in fresh if f.key not in keys]
        frontier.pass_over(left)
        self.session.outside += len(left)
        return chosen

    def _record(
        self,
        source: Source,
        look: Ask,
        response: Response,
        entries: int | None = None,
        outside: int | None = None,
        newest_at: str = "",
    ) -> None:
        header = partial(header_of, response)
        self.session.archive.listings.record(
            Look(
                source.id,
                look.url,
                look.kind,
                look.parent,
                response.status,
                "",
                header("ETag"),
                header("Last-Modified"),
                entries,
                outside,
                newest_at,
                clock.iso(self.session.since(source)),
            ),
            clock.now(),
        )

    # --- pages

    @property
    def _scheduler(self) -> FairScheduler:
        return cast("FairScheduler", self.crawler.engine.scheduler)

    def _wake(self, source_id: str) -> None:
        self._scheduler.wake(source_id)

    def next_pages(self, source_id: str, room: int) -> list[Request]:
        """Requests for the next pages the frontier owes of this source; called by the scheduler."""
        if self.given or self.session.error is not None:
            return []
        source = self.session.sources[source_id]
        limit = source.limit or self.pages_max
        room = min(room, limit - self.taken.get(source_id, 0))
        if room <= 0:
            self.session.tallies[source_id].given_up = f"limit of {limit} pages a crawl reached"
            return []
        requests: list[Request] = []
        while not requests:
            tasks = self.session.archive.frontier.take(source_id, self.session.as_of, room)
            if not tasks:
                break
            requests = [r for task in tasks if (r := self._page_request(task)) is not None]
        self.taken[source_id] = self.taken.get(source_id, 0) + len(requests)
        return requests

    def _page_request(self, task: Task) -> Request | None:
        """The request for a task; None when it got its outcome without one."""
        source = self.session.sources.get(task.source_id)
        if source is not None and not self.given and is_article_url(source, task.url) is False:
            self._end(
                task, Outcome.EXCLUDED, "a rule of the source leaves it out (article_urls, ignore_urls)"
            )
            return None
        host = addresses.host_of(task.url)
        if host in self.closed_hosts:
            self._end(task, Outcome.DEFERRED, self.closed_hosts[host])
            return None
        if not addresses.is_http(task.url):
            self._end(task, Outcome.EXCLUDED, "not a web address")
            return None
        try:
            return Request(
                task.url,
                callback=self.page_answered,
                errback=self.page_failed,
                headers=conditional(task.etag, task.last_modified) if task.article_id else None,
                priority=PRIORITY_PAGE,
                meta={"raw": True, "pace": pace_of(source)},
                cb_kwargs={"task": task},
                dont_filter=True,
            )
        except ValueError as error:
            self._end(task, Outcome.EXCLUDED, f"not a usable address: {error}")
            return None

    def page_answered(self, response: Response, task: Task) -> Iterator[Fetched]:
        self._host_is_well(response)
        source = self.session.sources.get(task.source_id)
        ended = outcome_of_status(response.status)
        if ended is not None:
            self._end(task, *ended)
            return
        if source and not any(addresses.same_site(response.url, url) for url in (source.home, task.url)):
            site = addresses.site_of(response.url)
            self._end(task, Outcome.EXCLUDED, f"redirected to another site, {site}")
            return
        yield Fetched(
            task,
            Page(
                url=task.url,
                body=response.body,
                source_id=task.source_id,
                final_url=response.url,
                status=response.status,
                headers=tuple(headers_of(response)),
                fetched_at=clock.now(),
                hints=task.hints,
                home=source.home if source else "",
                language=source.language if source else "",
                rules=source.rules if source else (),
            ),
        )

    def page_failed(self, failure: Failure) -> None:
        request: Request = failure.request  # type: ignore[attr-defined]
        task: Task = request.cb_kwargs["task"]
        error = error_of(failure)
        if isinstance(error, RobotsUnreachable):
            self._end(task, Outcome.DEFERRED, str(error))
            self.close_host(addresses.host_of(request.url), str(error))
            return
        outcome, final = outcome_of(error)
        self._end(task, outcome, describe(error), final=final)
        self._host_in_trouble(request, error)

    def _end(
        self, task: Task, outcome: Outcome, reason: str, final: bool = False, not_before: str = ""
    ) -> None:
        self.settle(Settled(task, clock.now(), outcome, reason, final=final, not_before=not_before))

    # --- hosts

    def _host_is_well(self, response: Response) -> None:
        self.trouble.pop(addresses.host_of(response.url), None)

    def _host_in_trouble(self, request: Request, error: BaseException) -> None:
        """Count failures in a row; a host that sends nothing is left alone for this crawl."""
        if not isinstance(error, HOST_TROUBLE):
            return
        host = addresses.host_of(request.url)
        self.trouble[host] = count = self.trouble.get(host, 0) + 1
        if count >= self.host_failures_max and host not in self.closed_hosts:
            self.close_host(host, f"{host} failed {count} times in a row, the last: {describe(error)}")

    def rest_host(self, host: str, seconds: float, reason: str) -> None:
        """A host asks for a longer rest than a crawl waits: its pages are due again when it is over."""
        self.close_host(host, reason, clock.later(clock.now(), timedelta(seconds=seconds)))

    def close_host(self, host: str, reason: str, not_before: str = "") -> None:
        """Ask this host for nothing more in this crawl."""
        if host in self.closed_hosts:
            return
        self.closed_hosts[host] = reason
        for request in self._scheduler.drop_host(host):
            self.refuse(request, not_before)
        for source in self.session.sources.values():
            if addresses.host_of(source.home) == host:
                self.session.tallies[source.id].given_up = reason

    def refuse(self, request: Request, not_before: str = "") -> None:
        """End a request that waits for a host we ask for nothing more."""
        reason = self.closed_hosts[addresses.host_of(request.url)]
        if "task" in request.cb_kwargs:
            self._end(request.cb_kwargs["task"], Outcome.DEFERRED, reason, not_before=not_before)
            return
        for further in self._listing_broken(request.cb_kwargs["source"], request.cb_kwargs["look"], reason):
            self.crawler.engine.crawl(further)


def error_of(failure: Failure) -> BaseException:
    """The exception in a Failure; Twisted allows for none."""
    return failure.value or RuntimeError("failed without an error")


def pace_of(source: Source | None) -> tuple[float | None, int | None]:
    """The delay and concurrency that a source's file sets."""
    return (source.delay, source.concurrency) if source else (None, None)


def conditional(etag: str, last_modified: str) -> dict[str, str]:
    """Headers that ask for the page only if it changed."""
    headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in headers.items() if value}


def header_of(response: Response, name: str) -> str:
    """A response header's first value as text."""
    return (response.headers.get(name) or b"").decode("latin-1")


def headers_of(response: Response) -> Iterator[tuple[str, str]]:
    """A response's headers, repeated ones repeated."""
    for name, values in response.headers.items():
        for value in values:
            yield name.decode("latin-1"), value.decode("latin-1")


def session_from(crawler: Crawler, arguments: dict[str, Any]) -> Session:
    """The session of a crawl started by `scrapy crawl news`, from the spider's arguments."""
    only = [name for name in str(arguments.pop("source", "")).split(",") if name]
    loaded = load_sources(Path(arguments.pop("seeds", "seeds")), only)
    return Session(
        Path(arguments.pop("archive", "archive.db")),
        loaded.sources,
        loaded.problems,
        window=crawler.settings["WINDOW"],
        since=str(arguments.pop("since", "")),
        command="scrapy crawl news",
        whole_seeds=not only,
    )
