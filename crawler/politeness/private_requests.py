"""Refuses requests that lead to private or loopback addresses, unless the request's own source has its home there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from urllib.request import getproxies

from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.threads import deferToThread

from crawler.exceptions import PrivateAddress
from crawler.politeness.dns import find_kin, find_own_addresses, is_ip
from crawler.politeness.hosts import hosts_of
from pipelines.urls import normalize
from pipelines.urls.private_addresses import is_private

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scrapy.crawler import Crawler
    from scrapy.http import Request

    from crawler.politeness.hosts import Hosts


class PrivateAddressMiddleware:
    """Judges each request by its source's homes (`meta["homes"]`), and puts it in its host's slot.

    A public home opens no private address; a private one opens its own host and the addresses which that host's name
    has, at any port. What names lead to is judged in `dns`, where they are resolved; here, that a name is not another
    source's private home. Requests without `homes` are those for the robots.txt of a host that was judged already.

    Scrapy leaves a redirected request in the slot of the host it came from, where nothing keeps the delay of
    the host it goes to.
    """

    def __init__(self, hosts: Hosts) -> None:
        self.hosts = hosts
        self.proxied = bool(getproxies().keys() - {"no"})

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(hosts_of(crawler))

    async def process_request(self, request: Request) -> None:
        host = normalize.host_of(request.url)
        own = request.meta.get("homes", self.hosts.homes)
        if host not in own:
            if is_private(host):
                await self._refuse_unless_own(host, own)
            elif not self.proxied and not find_kin(host, own):
                await self._refuse_homes_of_others(host)
        request.meta["download_slot"] = host

    async def _refuse_unless_own(self, host: str, own: Iterable[str]) -> None:
        """Let through an address that the name of an own home has, and a name of its site, which `dns` will judge."""
        if is_ip(host) and host in await _own_addresses(own):
            return
        if is_ip(host) or self.proxied or not find_kin(host, own):
            raise PrivateAddress(f"{host} is a private address")

    async def _refuse_homes_of_others(self, host: str) -> None:
        kin = find_kin(host, self.hosts.homes)
        if kin and await _own_addresses(kin):
            raise PrivateAddress(f"{host} is the private home of another source")


async def _own_addresses(hosts: Iterable[str]) -> frozenset[str]:
    return await maybe_deferred_to_future(deferToThread(find_own_addresses, tuple(hosts)))
