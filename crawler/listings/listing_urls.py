"""Which addresses are those of sitemaps and feeds rather than of pages, by the address alone. Pure."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from crawler.listings.model import FEED, SITEMAP

_WORTH_A_LOOK = re.compile(r"map|xml|rss|feed|atom|rdf|\.gz", re.IGNORECASE)
_FILE = re.compile(r"\.(xml|txt|rss|atom|rdf|json|php\d?|aspx?|ashx|axd|jsp|do|cfm|cgi)(\.gz)?$")
_SITEMAP_NAME = re.compile(r"(?:^|[-_.\d])(?:google|news)?site[-_]?maps?(?:$|[-_.\d])|sitemap[-_]?index")
_FEED_NAME = re.compile(r"(?:^|[-_.])(?:rss\d?|feeds?|atom|rdf)(?:$|[-_.\d])")
_NUMBERED_SITEMAP = re.compile(r"(?:[a-z]+[-_])*sitemaps?(?:[-_]?index[-_]?\d*|[-_]?\d+)")
_BARE_SITEMAP = re.compile(r"(?:[a-z]+[-_])?sitemaps?")
_SITEMAP_QUERY = re.compile(
    r"(?:^|&)sitemap(?:_n|_index)?=|sitemap[^&=/]*\.xml(?:\.gz)?(?:&|$)|=sitemap(?:&|$)"
)
_FEED_QUERY = re.compile(r"(?:^|&)(?:feed|format|type)=(?:rss2?|atom|rdf|feed)(?:&|$)")
_PAGE_ENDING = re.compile(r"\.(?:s?html?|xhtml)$")
_OF_LISTS = re.compile(r"map|xml|rss|feed|index|archive", re.IGNORECASE)
_MOST_WORDS = 4
"""Words in the name of a file of addresses. More are a headline, and a headline of four is a page's."""
_FEED_DEPTH = 2  # folders above `feed`: deeper ones are the comments of an article


def listing_kind(url: str) -> str:
    """`sitemap` or `feed` for the address of such a file; "" for a page's."""
    if not _WORTH_A_LOOK.search(url):
        return ""
    parts = urlsplit(url)
    *folders, name = unquote(parts.path).lower().rstrip("/").split("/")
    query = parts.query.lower()
    file = _FILE.search(name)
    stem = name[: file.start()] if file else name
    if query and _SITEMAP_QUERY.search(query):
        return SITEMAP
    if query and _FEED_QUERY.search(query):
        return FEED
    if file is None:
        return _kind_of_bare_name(name, len(folders), bool(query))
    ending, packed = file.groups()
    if (
        _SITEMAP_NAME.search(stem)
        and ending != "json"
        and (ending == "xml" or len(_words(stem)) <= _MOST_WORDS)
    ):
        return SITEMAP
    if ending in ("rss", "atom", "rdf") or (ending in ("xml", "json", "php") and _is_feed_name(stem)):
        return FEED
    return SITEMAP if ending == "xml" or packed else ""


def is_unnamed(url: str) -> bool:
    """Whether nothing but `.xml` speaks for a sitemap: a few among pages are sitemaps, many are a site's pages."""
    return "map" not in url.lower() and not url.lower().endswith(".gz")


def is_page_of_index(url: str) -> bool:
    """Whether an index of sitemaps names a page here: it ends as pages do, or in a headline."""
    if _OF_LISTS.search(url):
        return False
    name = unquote(urlsplit(url).path).lower().rstrip("/").rpartition("/")[2]
    return bool(_PAGE_ENDING.search(name)) or len(_words(name)) >= _MOST_WORDS


def _kind_of_bare_name(name: str, depth: int, has_query: bool) -> str:
    if name == "feed" and depth <= _FEED_DEPTH:
        return FEED
    if _NUMBERED_SITEMAP.fullmatch(name) or (has_query and _BARE_SITEMAP.fullmatch(name)):
        return SITEMAP
    return ""


def _is_feed_name(stem: str) -> bool:
    return len(_words(stem)) <= _MOST_WORDS and bool(_FEED_NAME.search(stem))


def _words(stem: str) -> list[str]:
    return [word for word in re.split(r"[-_.]", stem) if len(word) > 1 and not word.isdigit()]
