"""Found links and redirects never lead to private or loopback addresses, unless the source itself lives there."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Self

from scrapy.exceptions import IgnoreRequest

from pipelines import addresses

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request

LOCAL_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".intranet")


class PrivateAddress(IgnoreRequest):
    """A link led to an address that is nobody's public web site."""


def is_private(host: str) -> bool:
    """Whether a host name is, as written, not on the public internet. Pure: no name is looked up."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or f".{host}".endswith(LOCAL_NAMES):
        return True
    try:
        return not ipaddress.ip_address(host.partition("%")[0]).is_global
    except ValueError:
        # 127.1, 0x7f000001, 2130706433, 017700000001: numbers that resolvers take for IPv4 addresses
        return bool(host) and all(part[:1].isdigit() for part in host.split("."))


class AddressMiddleware:
    """Refuses requests for private hosts that no source has its home on, and puts the others in their host's slot.

    Scrapy leaves a redirected request in the slot of the host it came from, where nobody minds the pace of
    the host it goes to.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        spider: Any = self.crawler.spider
        host = addresses.host_of(request.url)
        if is_private(host) and host not in spider.home_hosts:
            raise PrivateAddress(f"{host} is a private address")
        request.meta["download_slot"] = host
