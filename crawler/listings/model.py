"""Listings: feeds, sitemaps and section pages, from bytes to the articles they name.

Pure functions: nothing here fetches, and nothing raises for bytes that a server may send. An error comes back
as `Listing.error`, beside the entries that could be read all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.items import Hints

FEED, SITEMAP, SECTION = "feed", "sitemap", "section"

# The usual places of feeds and sitemaps, for sites that name none; most frequent first.
FEED_PLACES = (
    "/feed",
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/feeds",
    "/feed.json",
    "/rss/all.xml",
    "/rss/news.xml",
    "/rss/allArticle.xml",
    "/news/rss.xml",
    "/arc/outboundfeeds/rss/",
    "/?format=feed&type=rss",
)
SITEMAP_PLACES = (
    "/sitemap.xml",
    "/news-sitemap.xml",
    "/sitemap_index.xml",
    "/sitemap-news.xml",
    "/sitemap_news.xml",
    "/sitemap-index.xml",
    "/googlenews.xml",
    "/sitemap.xml.gz",
    "/sitemap.txt",
)


@dataclass(frozen=True, slots=True)
class ListingEntry:
    """An article that a listing names: its absolute URL as found, and what the listing says of it."""

    url: str
    hints: Hints


@dataclass(frozen=True, slots=True)
class FurtherListing:
    """A further listing that a listing names. `modified_at` is when it last changed, where the listing says so."""

    kind: str
    url: str
    modified_at: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a listing names. `error` says what is wrong with it; there may be entries all the same.

    `kind` is `feed`, `sitemap` or `section`. `unusable` counts entries without a web address.
    """

    kind: str
    entries: list[ListingEntry] = field(default_factory=list)
    more: list[FurtherListing] = field(default_factory=list)
    error: str = ""
    unusable: int = 0
    name: str = ""
    """What a feed calls itself."""
