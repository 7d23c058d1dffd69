"""Reads a listing with the parser of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.listings.feeds import parse_feed
from crawler.listings.section_pages import parse_section
from crawler.listings.sitemaps import parse_sitemap

if TYPE_CHECKING:
    from crawler.listings.model import Listing
    from crawler.sources.model import Source


def read_listing(kind: str, body: bytes, url: str, content_type: str, source: Source) -> Listing:
    """The entries of a listing of this kind (`feed`, `sitemap`, `section`); its `error` says why there are none."""
    if kind == "feed":
        return parse_feed(body, url, content_type)
    if kind == "sitemap":
        return parse_sitemap(body, url)
    return parse_section(body, url, content_type, source)
