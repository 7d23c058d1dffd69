"""Refuses links and redirects to private or loopback addresses, unless a source has its home there."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote

from crawler.exceptions import PrivateAddress
from crawler.politeness.hosts import hosts_of
from pipelines.urls import normalize

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request

    from crawler.politeness.hosts import Hosts

LOCAL_NAMES = (
    ".localhost",
    ".localdomain",
    ".local",
    ".internal",
    ".lan",
    ".home",
    ".corp",
    ".home.arpa",
    ".intranet",
)
IETF = ipaddress.ip_network("192.0.0.0/24")
"""No public sites, and where one cloud keeps its secrets; Python's own table has only parts of it."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_private(host: str) -> bool:
    """Whether a host name is, as written, not on the public internet. Pure: no name is looked up.

    Also true for names that no public site has: of one word, or with characters that some resolver reads otherwise.
    """
    # Resolvers read full-width and percent-encoded digits and dots like plain ones.
    host = unicodedata.normalize("NFKC", unquote(host)).strip("[]").rstrip(".").lower()
    if not host or f".{host}".endswith(LOCAL_NAMES) or re.search(r"[\s\x00-\x20\\\\/@#?]", host):
        return True
    try:
        return is_private_ip(host)
    except ValueError:
        # 127.1, 0x7f000001, 2130706433, 017700000001: numbers that resolvers take for IPv4 addresses
        return "." not in host or all(part[:1].isdigit() for part in host.split("."))


def is_private_ip(address: str) -> bool:
    """Whether an IP address is not on the public internet, also when it hides in an IPv6 one. Raises `ValueError`."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = None
    if isinstance(ip, ipaddress.IPv6Address):
        low = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if inner is None and (ip in NAT64 or int(ip) >> 32 == 0):  # ::a.b.c.d, as once written
            inner = low
    return (
        not ip.is_global or ip.is_multicast or ip in IETF or (inner is not None and is_private_ip(str(inner)))
    )


class PrivateAddressMiddleware:
    """Refuses requests for private hosts that no source has its home on, and puts the others in their host's slot.

    Scrapy leaves a redirected request in the slot of the host it came from, where nothing keeps the delay of
    the host it goes to.
    """

    def __init__(self, hosts: Hosts) -> None:
        self.hosts = hosts

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(hosts_of(crawler))

    def process_request(self, request: Request) -> None:
        host = normalize.host_of(request.url)
        if is_private(host) and host not in self.hosts.homes:
            raise PrivateAddress(f"{host} is a private address")
        request.meta["download_slot"] = host
