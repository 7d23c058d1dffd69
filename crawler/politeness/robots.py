"""robots.txt by RFC 9309: one that cannot be fetched (5xx, no connection) forbids everything for now; a 4xx allows all.

Scrapy's own middleware takes an error page for a robots.txt without rules, and a failure for permission.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.httpobj import urlparse_cached

from crawler.exceptions import PrivateAddress, RobotsForbid, RobotsUnreachable
from crawler.listings.sitemaps import robots_sitemaps
from crawler.outcomes import describe_error
from crawler.politeness.hosts import hosts_of
from pipelines.urls import normalize

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response
    from scrapy.robotstxt import RobotParser


class RobotsMiddleware(RobotsTxtMiddleware):
    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.unreachable: dict[str, str] = {}
        self.wait_max = crawler.settings.getfloat("HOST_WAIT_MAX")
        self.obey_delay = crawler.settings.getbool("CRAWL_DELAY_OBEY")
        self.hosts = hosts_of(crawler)
        crawler.signals.connect(self.robots_parsed, signal=signals.robots_parsed)

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Keep the sitemaps it names; ask nothing of a host that wants a pause longer than a crawl waits."""
        named = getattr(getattr(robotparser, "rp", None), "sitemaps", None) or ()
        self.hosts.sitemaps[normalize.host_of(request.url)] = robots_sitemaps(named, request.url)
        delay = robotparser.crawl_delay(self._robotstxt_useragent or self._default_useragent)
        if self.obey_delay and delay and delay > self.wait_max:
            netloc = urlparse_cached(request).netloc
            self.unreachable[netloc] = f"robots.txt asks for {delay:g} s between requests (HOST_WAIT_MAX)"

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        reason = self.unreachable.get(urlparse_cached(request).netloc)
        if reason:
            raise RobotsUnreachable(reason)
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest:
            raise RobotsForbid("robots.txt forbids it") from None

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500 or response.status == 429:
            self.unreachable[netloc] = f"robots.txt answered {response.status}"
        if response.status >= 300:
            response = response.replace(body=b"")
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        if not isinstance(exc, PrivateAddress):  # the page's own request will say so
            self.unreachable[netloc] = f"robots.txt could not be fetched: {describe_error(exc)}"
        super()._robots_error(exc, netloc)
