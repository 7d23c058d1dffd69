"""Judges where redirects lead, and keeps those of article pages and assets, so that a capture can be reached from the URL as found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.exceptions import UnusableAddress
from crawler.responses import ip_of, received_headers, sent_headers
from pipelines import timestamps
from pipelines.items import Page
from pipelines.urls.resolve import read_address

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

STATUSES = (301, 302, 303, 307, 308)
KEPT = ("task", "asset_of")
"""The arguments of requests whose answers are kept as captures."""


_NOT_ASCII = re.compile(rb"[\x80-\xff]")


def location_of(response: Response) -> str:
    """Where a redirect leads, as text; bytes that are no UTF-8 as escapes, so that the server gets its own back."""
    location = response.headers["Location"] or b""
    try:
        return location.decode("utf-8")
    except UnicodeDecodeError:
        return _NOT_ASCII.sub(lambda found: b"%%%02X" % found[0][0], location).decode("ascii")


class RedirectChainMiddleware:
    """Sees each response before Scrapy's RedirectMiddleware follows it, and collects the redirects in `meta["hops"]`."""

    def process_response(self, request: Request, response: Response) -> Response:
        """Add a redirect of an article page or asset, and write its target as Scrapy follows it; raises `UnusableAddress`."""
        if response.status not in STATUSES or "Location" not in response.headers:
            return response
        if not request.cb_kwargs.keys().isdisjoint(KEPT):
            hop = Page(
                url=request.url,
                body=response.body,
                status=response.status,
                headers=tuple(received_headers(response, request)),
                fetched_at=timestamps.now(),
                request_headers=tuple(sent_headers(request)),
                ip=ip_of(response),
            )
            request.meta["hops"] = (*request.meta.get("hops", ()), hop)
        target = read_address(request.url, location_of(response))
        if target.refused:
            raise UnusableAddress(f"redirected to an address that {target.refused}")
        response.headers["Location"] = target.url
        return response
