"""The hosts of a crawl: which are a source's home, which are closed for the rest of the crawl, and why.

A host is closed when it fails several times in a row, or asks for a longer pause than a crawl waits. Requests to a
closed host still leave the scheduler; the middleware here ends them with `HostClosed`, so a request that is refused
ends as one that failed: in its errback.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, Self, cast

from crawler.exceptions import HostClosed
from crawler.outcomes import HOST_TROUBLE, describe_error
from crawler.responses import port_of
from pipelines import timestamps
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response

    from crawler.politeness.robots_txt import RobotsTxt

WEB_PORTS = frozenset({80, 443})


class ClosedHost(NamedTuple):
    """Why a host gets no more requests, and from when (ISO 8601, or empty) its pages are due again."""

    reason: str
    not_before: str = ""


class Hosts:
    """What the middlewares, the scheduler and the spider share about hosts.

    `homes` are the addresses of sources' home pages and the URLs that a person gave, then their hosts. `sitemaps` maps
    a host to the sitemaps that its robots.txt names, `robots` to what it allows us. `on_close(host, reason)` is called once for each that is closed.
    """

    def __init__(
        self, homes: Iterable[str], on_close: Callable[[str, str], None] = lambda host, reason: None
    ) -> None:
        self.ports: dict[str, set[int]] = {}
        for url in homes:
            self.ports.setdefault(normalize.host_of(url), set()).add(port_of(url))
        self.homes = frozenset(self.ports)
        self.on_close = on_close
        self.closed: dict[str, ClosedHost] = {}
        self.sitemaps: dict[str, tuple[str, ...]] = {}
        self.robots: dict[str, RobotsTxt] = {}

    def is_allowed(self, url: str) -> bool:
        """Whether the robots.txt of the URL's host lets us fetch it, as far as it was read."""
        robots = self.robots.get(normalize.host_of(url))
        return robots is None or robots.allows(url)

    def key_of(self, url: str) -> str:
        """What fails and is closed together with this URL: its host; apart from it, each port that is no home's."""
        host, port = normalize.host_of(url), port_of(url)
        ports = self.ports.get(host, WEB_PORTS)
        if port in ports or (port in WEB_PORTS and ports & WEB_PORTS):
            return host
        return f"{host}:{port}"

    def close(self, host: str, reason: str, not_before: str = "") -> None:
        """Ask this host for nothing more in this crawl."""
        if host not in self.closed:
            self.closed[host] = ClosedHost(reason, not_before)
            self.on_close(host, reason)

    def rest(self, host: str, seconds: float, reason: str) -> None:
        """Close a host that asks for a longer pause than a crawl waits: its pages are due again after the pause."""
        self.close(host, reason, timestamps.later(timestamps.now(), timedelta(seconds=seconds)))


def set_hosts(crawler: Crawler, hosts: Hosts) -> None:
    """Give the hosts to all components; a spider's `from_crawler` does it, before Scrapy makes the components."""
    crawler.hosts = hosts  # type: ignore[attr-defined]


def hosts_of(crawler: Crawler) -> Hosts:
    """The hosts that the spider set."""
    return cast("Hosts", crawler.hosts)  # type: ignore[attr-defined]


class HostHealthMiddleware:
    """Ends requests to closed hosts, and closes a host that failed HOST_FAILURES_MAX times in a row.

    It stands outside of redirects and retries, so it sees how a request ended in the end. Requests for robots.txt
    are left to `RobotsMiddleware`.
    """

    def __init__(self, hosts: Hosts, failures_max: int) -> None:
        self.hosts = hosts
        self.failures_max = failures_max
        self.failures: dict[str, int] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(hosts_of(crawler), crawler.settings.getint("HOST_FAILURES_MAX"))

    def process_request(self, request: Request) -> None:
        closed = self.hosts.closed.get(self.hosts.key_of(request.url))
        if closed is not None and not _is_for_robots(request):
            raise HostClosed(closed.reason, closed.not_before)

    def process_response(self, request: Request, response: Response) -> Response:
        if not _is_for_robots(request):
            self.failures.pop(self.hosts.key_of(response.url), None)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        if not isinstance(exception, HOST_TROUBLE) or _is_for_robots(request):
            return
        host = self.hosts.key_of(request.url)
        self.failures[host] = count = self.failures.get(host, 0) + 1
        if count >= self.failures_max:
            self.hosts.close(
                host, f"{host} failed {count} times in a row, the last: {describe_error(exception)}"
            )


def _is_for_robots(request: Request) -> bool:
    return bool(request.meta.get("dont_obey_robotstxt"))
