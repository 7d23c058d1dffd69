"""Refuses host names that lead to private addresses, where they are resolved: by the address that would be used.

So a name that changes between a check and the connection (DNS rebinding) gains nothing. With a proxy in the
environment the proxy resolves; only its own name comes here.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy.exceptions import CannotResolveHostError
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.error import DNSLookupError

from crawler.exceptions import PrivateAddress
from crawler.politeness.hosts import hosts_of
from crawler.politeness.private_addresses import is_private_ip
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from scrapy.crawler import Crawler
    from scrapy.http import Request
    from twisted.internet.base import ReactorBase
    from twisted.internet.defer import Deferred

refused: dict[str, str] = {}
"""Host names that led to private addresses in this process, and to which."""
homes: list[frozenset[str]] = []
"""The hosts of the sources' homes, in a list because Scrapy makes the resolver before there is a crawl."""


def may_lead(host: str, address: str, homes: Set[str], before: str) -> bool:
    """Whether a host may have this address. Pure. `before` is its first address in this process, or empty.

    A private address is allowed for the hosts of sources' homes, and others of the same site. Not for a host whose
    address was public before, and never a link-local address, where clouds keep their secrets.
    """
    if not is_private_ip(address):
        return True
    if ipaddress.ip_address(address).is_link_local or (before and not is_private_ip(before)):
        return False
    return any(host == home or normalize.same_site(f"http://{host}/", f"http://{home}/") for home in homes)


class GuardedResolver(CachingThreadedResolver):  # type: ignore[misc, unused-ignore]
    """Scrapy's resolver, but for names that lead to private addresses: they count as unknown."""

    proxies: set[str]
    before: dict[str, str]

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        resolver = super().from_crawler(crawler, reactor)
        proxies = {
            urlsplit(url if "://" in url else f"//{url}").hostname or "" for url in getproxies().values()
        }
        resolver.proxies = proxies
        resolver.before = {}
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802
        answer = super().getHostByName(name, timeout)
        if name not in self.proxies and not _is_ip(name):  # a number was judged as written
            answer.addCallback(self._judge, name)
        return answer

    def _judge(self, address: str, name: str) -> str:
        if not may_lead(
            name, address, homes[0] if homes else frozenset(), self.before.setdefault(name, address)
        ):
            refused[name] = address
            raise DNSLookupError(f"{name} leads to a private address")
        return address


class ResolvedMiddleware:
    """Says why a name was refused, before the request would be tried again."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        homes[:] = [hosts_of(crawler).homes]
        return cls()

    def process_exception(self, request: Request, exception: Exception) -> Any:
        host = normalize.host_of(request.url)
        if isinstance(exception, CannotResolveHostError) and host in refused:
            raise PrivateAddress(f"{host} leads to a private address, {refused[host]}")


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
