"""robots.txt by RFC 9309: one that cannot be fetched (5xx, no connection) forbids everything for now; a 4xx allows all.

Scrapy's own middleware takes an error page for a robots.txt without rules, and a failure for permission. What a
robots.txt says is read in `robots_txt`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Self

from scrapy import robotstxt, signals
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.httpobj import urlparse_cached

from crawler.exceptions import PrivateAddress, RobotsForbid, RobotsUnreachable, UnusableAddress
from crawler.outcomes import describe_error
from crawler.politeness.hosts import hosts_of
from crawler.politeness.robots_txt import RobotsTxt, find_sitemaps
from pipelines.urls import normalize
from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response

log = logging.getLogger("clippings")

SHOWN = 100  # characters of a line that a message quotes


class RobotParser(robotstxt.RobotParser):
    """A robots.txt for Scrapy, whose setting ROBOTSTXT_PARSER names this class."""

    def __init__(self, body: bytes, agent: str) -> None:
        self.body = body
        self.agent = agent
        self.readings: dict[str, RobotsTxt] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler | None, robotstxt_body: bytes) -> Self:
        return cls(robotstxt_body, str(crawler.settings["USER_AGENT"]) if crawler is not None else "")

    def read_as(self, token: str | bytes) -> RobotsTxt:
        """The file as read by the agent that robots.txt files call by this token."""
        name = token.decode("latin-1") if isinstance(token, bytes) else token
        if name not in self.readings:
            self.readings[name] = RobotsTxt(self.body, name, self.agent)
        return self.readings[name]

    def allowed(self, url: str | bytes, user_agent: str | bytes) -> bool:
        return self.read_as(user_agent).allows(url.decode("latin-1") if isinstance(url, bytes) else url)

    def crawl_delay(self, user_agent: str | bytes) -> float | None:
        return self.read_as(user_agent).delay


class RobotsMiddleware(RobotsTxtMiddleware):
    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.unreachable: dict[str, str] = {}
        self.wait_max = crawler.settings.getfloat("HOST_WAIT_MAX")
        self.obey_delay = crawler.settings.getbool("CRAWL_DELAY_OBEY")
        self.hosts = hosts_of(crawler)
        crawler.signals.connect(self.robots_parsed, signal=signals.robots_parsed)

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Keep what it says; ask nothing of a host that wants a pause longer than a crawl waits."""
        robots = robotparser.read_as(self._robotstxt_useragent or self._default_useragent)
        host = normalize.host_of(request.url)
        sitemaps = find_sitemaps(robots.sitemaps, resolve(request.url, "/robots.txt"))
        self.hosts.sitemaps[host] = sitemaps.urls
        self.hosts.robots[host] = robots
        for line, reason in sitemaps.refused:
            shown = normalize.without_secrets(line[:SHOWN])
            log.warning("robots.txt of %s: Sitemap: %s %s, so it was left out", host, shown, reason)
        delay = robots.delay
        if self.obey_delay and delay and delay > self.wait_max:
            netloc = urlparse_cached(request).netloc
            self.unreachable[netloc] = f"robots.txt asks for {delay:g} s between requests (HOST_WAIT_MAX)"

    def process_request_2(self, rp: robotstxt.RobotParser | None, request: Request) -> None:
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
        # The page's own request will say so; a redirect to nowhere is no robots.txt, as a 404 is none.
        if not isinstance(exc, PrivateAddress | UnusableAddress):
            self.unreachable[netloc] = f"robots.txt could not be fetched: {describe_error(exc)}"
        super()._robots_error(exc, netloc)
