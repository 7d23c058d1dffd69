"""Where names may lead: a host name that leads to a private address is refused where it is resolved, by that address.

So a name that changes between a check and the connection (DNS rebinding) gains nothing. With a proxy in the
environment the proxy resolves; only its own name comes here.
"""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy.exceptions import CannotResolveHostError
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.error import DNSLookupError
from twisted.internet.threads import deferToThread

from crawler.exceptions import PrivateAddress
from crawler.politeness.hosts import hosts_of
from pipelines.urls import normalize
from pipelines.urls.private_addresses import is_private_ip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence, Set

    from scrapy.crawler import Crawler
    from scrapy.http import Request
    from twisted.internet.base import ReactorBase
    from twisted.internet.defer import Deferred

refused: dict[str, str] = {}
"""Host names that led to private addresses in this process, and to which."""
first_addresses: dict[str, str] = {}
"""Host names and their first addresses in this process."""
homes: list[frozenset[str]] = []
"""The hosts of the sources' homes, in a list because Scrapy makes the resolver before there is a crawl."""


def may_lead(address: str, own: Set[str], before: str) -> bool:
    """Whether a host may have this address. Pure. `before` is its first address in this process.

    A private one is allowed only where the home of the host's own site has it (`own`). Not for a host whose address
    was public before, and never a link-local address, where clouds keep their secrets.
    """
    if not is_private_ip(address):
        return True
    own_and_always_private = address in own and is_private_ip(before)
    return own_and_always_private and not ipaddress.ip_address(address).is_link_local


def find_kin(host: str, homes: Iterable[str]) -> tuple[str, ...]:
    """The homes that are the host itself or of one site with it. Pure."""
    return tuple(
        home for home in homes if host == home or normalize.same_site(f"http://{host}/", f"http://{home}/")
    )


def find_own_addresses(hosts: Iterable[str]) -> frozenset[str]:
    """The private addresses of homes, asked of the resolver: none of a home that is, or was at first, a public one."""
    own: set[str] = set()
    for host in hosts:
        found = {host} if is_ip(host) else _look_up(host)
        if all(map(is_private_ip, found)) and is_private_ip(first_addresses.get(host, "127.0.0.1")):
            own |= found
    return frozenset(own)


def _look_up(host: str) -> set[str]:
    found: set[str] = set()
    with suppress(OSError, UnicodeError):
        found.add(socket.gethostbyname(host))
    with suppress(OSError, UnicodeError):
        found.update(socket.gethostbyname_ex(host)[2])
    return found


class GuardedResolver(CachingThreadedResolver):  # type: ignore[misc, unused-ignore]
    """Scrapy's resolver, but for names that lead to private addresses: they count as unknown."""

    proxies: set[str]

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        resolver = super().from_crawler(crawler, reactor)
        resolver.proxies = {
            urlsplit(url if "://" in url else f"//{url}").hostname or "" for url in getproxies().values()
        }
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802
        answer = super().getHostByName(name, timeout)
        if name not in self.proxies and not is_ip(name):  # a number was judged as written
            answer.addCallback(self._judge, name)
        return answer

    def _judge(self, address: str, name: str) -> str | Deferred[str]:
        before = first_addresses.setdefault(name, address)
        if not is_private_ip(address):
            return address
        kin = find_kin(name, homes[0] if homes else ())
        own = deferToThread(find_own_addresses, kin)
        return own.addCallback(lambda own: self._decide(address, name, own, before))

    def _decide(self, address: str, name: str, own: frozenset[str], before: str) -> str:
        if not may_lead(address, own, before):
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


def is_ip(name: str) -> bool:
    """Whether a host name is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
