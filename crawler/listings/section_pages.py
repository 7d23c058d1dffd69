"""Home and section pages: the articles they link to, their further pages, the site's sections and feeds."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from lxml import etree, html

from crawler.listings.article_urls import is_headline, is_list_or_service, looks_like_article
from crawler.listings.model import FEED, SECTION, FurtherListing, Listing, ListingEntry
from crawler.listings.text import absolute, as_utf8
from crawler.listings.url_words import NEXT_WORDS
from crawler.sources.match_url import is_article_url, matches
from pipelines.items import Hints
from pipelines.urls.normalize import key, same_site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.sources.model import Source

MOST_BYTES = 10_000_000  # of a section page; the largest seen is a third of it
MOST_ENTRIES = 2000
MOST_PAGES = 50
MOST_SECTIONS = 30

_FEED_TYPES = re.compile(
    r"^application/(?:rss|atom|rdf)\+xml|^application/(?:feed\+)?json|^text/xml\+rss", re.I
)
_NO_NEWS_FEED = re.compile(r"/comments/|oembed|wp-json|manifest|[?&]feed=comments", re.IGNORECASE)
_PAGE_NAMES = frozenset(
    {"page", "p", "pg", "paged", "pageno", "page_no", "pagenum", "pageindex", "seite", "pagina"}
)
_NAVIGATION = (
    ".//nav//a[@href] | .//header//a[@href] | .//*[@role='navigation']//a[@href]"
    " | .//*[contains(@class, 'menu') or contains(@id, 'menu') or contains(@class, 'navi')"
    " or contains(@id, 'gnb') or contains(@class, 'gnb')]//a[@href]"
)


def parse_section(body: bytes, url: str, content_type: str, source: Source) -> Listing:
    """The links of a page that lead to articles of the source, in the order of the page.

    `more` has the feeds the page names, its next and numbered pages, and, of the home page, the sections of
    its menu. The source's `article_urls` and `ignore_urls` decide before the rule does.
    """
    page = _document(body, content_type)
    if page is None:
        return Listing(SECTION, error="is no web page" if body.strip() else "is empty")
    base = _base(page, url)
    links = _links(page, base)
    entries = [
        ListingEntry(address, Hints(via="section", title=text if is_headline(text) else ""))
        for address, text in links
        if _is_article(source, address, text)
    ]
    error = ""
    if len(entries) > MOST_ENTRIES:
        error = f"has {len(entries):,} links to articles, of which the first {MOST_ENTRIES:,} were read"
    chosen = entries[:MOST_ENTRIES]
    more = _feeds(page, base) + _pages(page, base, url, source)
    if key(url) == key(source.home):
        known = {key(entry.url) for entry in chosen} | {key(one.url) for one in more}
        more += [one for one in _sections(page, base, source) if key(one.url) not in known]
    return Listing(SECTION, chosen, more, error)


def feed_links(body: bytes, url: str, content_type: str = "") -> list[FurtherListing]:
    """The feeds a web page names in its head (feed autodiscovery), comment feeds left out."""
    page = _document(body, content_type)
    return [] if page is None else _feeds(page, _base(page, url))


class PageFacts(NamedTuple):
    """What a home page says of its site, "" where it says nothing: its name by name, its title's first part, its language."""

    name: str = ""
    title: str = ""
    language: str = ""


def page_facts(body: bytes, content_type: str = "") -> PageFacts:
    """What a home page says of its site."""
    page = _document(body, content_type)
    if page is None:
        return PageFacts()
    names = page.xpath(
        ".//meta[@property='og:site_name']/@content | .//meta[@name='application-name']/@content"
    )
    titles = page.xpath(".//head/title/text()")
    name = next((text for text in (" ".join(str(one).split()) for one in names) if text), "")
    title = ""
    if titles:
        title = re.split(r"\s+[|·•–—:-]+\s+|\s*\|\s*", " ".join(str(titles[0]).split()))[0]
    language = re.match(
        r"[a-zA-Z]{2,3}", page.get("lang") or page.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    )
    return PageFacts(name[:100], title[:100], language[0].lower() if language else "")


def _document(body: bytes, content_type: str) -> html.HtmlElement | None:
    text = as_utf8(body[:MOST_BYTES], content_type)
    if b"<" not in text:
        return None
    try:
        page = html.document_fromstring(text, parser=html.HTMLParser(encoding="utf-8", remove_comments=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return page if isinstance(page, html.HtmlElement) else None


def _base(page: html.HtmlElement, url: str) -> str:
    for href in page.xpath(".//base/@href")[:1]:
        return absolute(url, str(href)) or url
    return url


def _links(page: html.HtmlElement, base: str) -> list[tuple[str, str]]:
    """Each URL once, with the longest text that links to it: a picture and a headline often share one."""
    found: dict[str, tuple[str, str]] = {}
    for anchor in page.iter("a"):
        address = _address(anchor, base)
        if not address:
            continue
        known = found.get(key(address))
        text = _words(anchor)
        if known is None:
            found[key(address)] = (address, text)
        elif len(text) > len(known[1]):
            found[key(address)] = (known[0], text)
    return list(found.values())


def _address(anchor: html.HtmlElement, base: str) -> str:
    href = (anchor.get("href") or "").strip()
    if not href or href.startswith("#"):
        return ""
    return absolute(base, href).partition("#")[0]


def _words(anchor: html.HtmlElement) -> str:
    """The text of a link, else the words that a screen reader speaks."""
    # At most 100 parts: of links nested a hundred thousand deep, each would be read with all below it.
    text = " ".join(" ".join(str(part) for part in islice(anchor.itertext(), 100)).split())
    if text:
        return text[:500]
    spoken = [anchor.get("aria-label") or "", anchor.get("title") or "", *anchor.xpath(".//img/@alt")]
    return next((" ".join(one.split())[:500] for one in spoken if one.strip()), "")


def _is_article(source: Source, url: str, text: str) -> bool:
    said = is_article_url(source, url)
    if said is None:
        return looks_like_article(url, text, source.home)
    return said and same_site(url, source.home)


def _feeds(page: html.HtmlElement, base: str) -> list[FurtherListing]:
    found = {}
    for link in page.iter("link"):
        if "alternate" not in (link.get("rel") or "").lower().split():
            continue
        address = absolute(base, link.get("href") or "")
        if (
            address
            and _FEED_TYPES.match((link.get("type") or "").strip())
            and not _NO_NEWS_FEED.search(address)
        ):
            found[key(address)] = FurtherListing(FEED, address)
    return list(found.values())


def _pages(page: html.HtmlElement, base: str, url: str, source: Source) -> list[FurtherListing]:
    """The further pages of this very list: `rel=next`, "Next", and numbers that link to their own number."""
    found: dict[str, FurtherListing] = {}
    for link in (*page.iter("link"), *page.iter("a")):
        address = _address(link, base)
        if not address or not same_site(address, source.home) or key(address) == key(url):
            continue
        text = _words(link)[:20].strip().lower()
        if (
            "next" in (link.get("rel") or "").lower().split()
            or (text.isdecimal() and _page_number(address) == int(text))
            or (text in NEXT_WORDS and _page_number(address) > 1)
        ):
            found.setdefault(key(address), FurtherListing(SECTION, address))
    return list(found.values())[:MOST_PAGES]


def is_further_page(url: str) -> bool:
    """Whether it is a further page of a list: its places say nothing of what stands in front."""
    return _page_number(url) > 1


def _page_number(url: str) -> int:
    """The page number at the end of a URL (`/latest/2`, `/page-2.html`, `?page=2`), or 0."""
    parts = urlsplit(url)
    for name, value in parse_qsl(parts.query):
        if name.lower() in _PAGE_NAMES and value.isdecimal() and len(value) < 5:
            return int(value)
    match = re.search(r"(?:^|[/_=-])p?(\d{1,4})(?:\.\w{2,5})?/?$", parts.path)
    return int(match[1]) if match else 0


def _sections(page: html.HtmlElement, base: str, source: Source) -> Iterator[FurtherListing]:
    """Short paths in the menus of the home page; anywhere on it when none is marked as a menu."""
    found: set[str] = set()
    for anchors in (page.xpath(_NAVIGATION), page.iter("a")):
        for anchor in anchors:
            address = _address(anchor, base)
            text = _words(anchor)
            if not address or not text or len(text) > 40 or is_headline(text) or key(address) in found:
                continue
            if _is_section(address, text, source):
                found.add(key(address))
                yield FurtherListing(SECTION, address)
            if len(found) >= MOST_SECTIONS:
                return
        if found:
            return


def _is_section(url: str, text: str, source: Source) -> bool:
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    return (
        same_site(url, source.home)
        and key(url) != key(source.home)
        and len(segments) <= 2
        and bool(segments or parts.query)
        and len(parts.path) <= 60
        and not is_list_or_service(url)
        and not any(matches(pattern, url) for pattern in source.ignore_urls)
        and not _is_article(source, url, text)
    )
