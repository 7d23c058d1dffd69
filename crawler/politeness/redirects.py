"""Keeps the redirects that led to an article page, so that its capture can be reached from the URL as found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.responses import headers_of, ip_of
from pipelines import timestamps
from pipelines.items import Page

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

STATUSES = (301, 302, 303, 307, 308)


class RedirectChainMiddleware:
    """Sees each response before Scrapy's RedirectMiddleware follows it, and collects the redirects in `meta["hops"]`."""

    def process_response(self, request: Request, response: Response) -> Response:
        """Add a redirect of an article page."""
        if response.status in STATUSES and "Location" in response.headers and "task" in request.cb_kwargs:
            hop = Page(
                url=request.url,
                body=response.body,
                status=response.status,
                headers=tuple(headers_of(response)),
                fetched_at=timestamps.now(),
                request_headers=tuple(headers_of(request)),
                ip=ip_of(response),
            )
            request.meta["hops"] = (*request.meta.get("hops", ()), hop)
        return response
