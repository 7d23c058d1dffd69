"""Which host names and addresses are not on the public internet. Pure."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import unquote

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
    """Whether a host name is, as written, not on the public internet: no name is looked up.

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
