"""Sitemaps (sitemaps.org): lists of pages, indexes of lists, Google News, plain text, feeds used as such."""

from __future__ import annotations

import io
import re
from dataclasses import replace

from lxml import etree

from crawler.listings.dates import iso
from crawler.listings.feeds import parse_feed
from crawler.listings.listing_urls import is_page_of_index, is_unnamed, listing_kind
from crawler.listings.model import SITEMAP, FurtherListing, Listing, ListingEntry
from crawler.listings.text import (
    XML_OF_STRANGERS,
    absolute,
    as_utf8,
    first_tag,
    plain,
    without_broken_end,
    without_notice,
)
from pipelines.extraction.decoding import decode_listing
from pipelines.extraction.zlib_streams import Fault, unpack_gzip
from pipelines.items import Hints

MOST_BYTES = 52_428_800
"""Bytes of a sitemap, decompressed: the protocol's limit. The rest is not read."""
MOST_ENTRIES = 100_000
"""Entries read of one sitemap: twice the protocol's limit."""
MOST_UNNAMED = 100
"""Addresses in `.xml` among pages that may be sitemaps without being called so. A site's pages may end in it too."""

_GZIP = b"\x1f\x8b"
_FAULTS = {
    Fault.TOO_LARGE: "is too large: the rest was not read",
    Fault.TOO_MANY: "is gzip of too many members: the rest was not read",
    Fault.CUT_OFF: "breaks off",
    Fault.DAMAGED: "is damaged gzip: only what came before could be read",
}
# An & that begins none of XML's own entities. Escaped, an address with a bare & is read whole, and an entity
# that the document declares itself stays text: nothing is ever expanded.
_BARE_AMPERSAND = re.compile(rb"&(?!(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);)")
_END = re.compile(rb"</(?:[\w.-]+:)?(?:urlset|sitemapindex)\s*>", re.IGNORECASE)
_ENTRY_END = re.compile(rb"</(?:[\w.-]+:)?(?:url|sitemap)\s*>", re.IGNORECASE)
_OF_MEDIA = re.compile(r"\b(?:image|video|img)\b", re.IGNORECASE)
_LINE_ADDRESS = re.compile(r"^https?://\S+$", re.IGNORECASE)


def parse_sitemap(body: bytes, url: str) -> Listing:
    """The pages of a sitemap, or, in `more`, the sitemaps of an index with the time each changed."""
    body, error = _unpacked(body)
    if not body.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return Listing(SITEMAP, error=error or "is empty")
    body = without_notice(body)
    tag = first_tag(body)
    if tag == "html":
        return Listing(SITEMAP, error="is a web page, not a sitemap")
    if tag in ("rss", "feed", "rdf"):
        found = parse_feed(body, url)
        return replace(found, error=error or found.error)
    if tag in ("urlset", "sitemapindex"):
        return _xml(as_utf8(body), url, error)
    if tag:
        return Listing(SITEMAP, error=error or f"is no sitemap (its first element is <{tag[:40]}>)")
    return _plain(decode_listing(body), url, error)


def _unpacked(body: bytes) -> tuple[bytes, str]:
    """The body without gzip, also when a server compressed it twice; never more than `MOST_BYTES`. With an error, or ""."""
    error = ""
    for _ in range(3):
        if not body.startswith(_GZIP):
            break
        unpacked = unpack_gzip(body, MOST_BYTES)
        if unpacked.fault == Fault.DAMAGED and not unpacked.data:
            return b"", "is damaged gzip"
        body, error = unpacked.data, _FAULTS.get(unpacked.fault, error)
    if len(body) > MOST_BYTES:
        return body[:MOST_BYTES], "is too large: the rest was not read"
    return body, error


def _xml(body: bytes, url: str, error: str) -> Listing:
    body, broken = _ended(body)
    error = error or broken
    found = _Found(url)
    parser = etree.iterparse(
        io.BytesIO(_BARE_AMPERSAND.sub(b"&amp;", body)),
        events=("end",),
        encoding="utf-8",
        remove_pis=True,
        **XML_OF_STRANGERS,
    )
    try:
        for _, element in parser:
            name = _name(element)
            if name not in ("url", "sitemap"):
                continue
            found.add(element, name)
            _free(element)
            if found.count >= MOST_ENTRIES:
                error = error or f"has more than {MOST_ENTRIES:,} entries: the rest was not read"
                break
    except etree.XMLSyntaxError as problem:
        error = error or f"is broken XML at line {problem.lineno}: only part of it could be read"
    entries, more = found.sorted()
    return Listing(SITEMAP, entries, more, error, found.unusable)


def _ended(body: bytes) -> tuple[bytes, str]:
    """The sitemap up to its end, without what a server printed behind it; with the error when it has no end, or ""."""
    end = max((match.end() for match in _END.finditer(body)), default=0)
    if end and not _ENTRY_END.search(body, end):
        return body[:end], ""
    if not end and body.rstrip().endswith(b"/>") and not _ENTRY_END.search(body):  # <urlset/>
        return body, ""
    return without_broken_end(body), "breaks off: only what came before could be read"


class _Found:
    """The entries of one sitemap while it is read, and what it lists of further listings."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.entries: list[ListingEntry] = []
        self.children: list[FurtherListing] = []
        self.unusable = 0

    @property
    def count(self) -> int:
        return len(self.entries) + len(self.children)

    def add(self, element: etree._Element, name: str) -> None:
        """Take up each address of a `<url>` or `<sitemap>`. Several in one are a slip of the program that wrote it."""
        said, places = _said(element)
        addresses = [found for place in places if (found := absolute(self.url, place))]
        self.unusable += not addresses
        if name == "sitemap":
            changed = iso(said.get("lastmod", ""))
            self.children += [
                FurtherListing(SITEMAP, found, changed) for found in addresses if found != self.url
            ]
        elif addresses:
            hints = _hints(element, said)
            self.entries += [ListingEntry(found, hints) for found in addresses]

    def sorted(self) -> tuple[list[ListingEntry], list[FurtherListing]]:
        """Pages, and further listings: sitemaps and feeds among pages are listings, pages among sitemaps are pages."""
        kinds = self._kinds()
        entries = [entry for entry, kind in zip(self.entries, kinds, strict=True) if not kind]
        more = [child for child in self.children if not is_page_of_index(child.url)]
        entries += [
            ListingEntry(child.url, Hints(via="sitemap", modified_at=child.modified_at))
            for child in self.children
            if is_page_of_index(child.url)
        ]
        more += [
            FurtherListing(kind, entry.url, entry.hints.modified_at)
            for entry, kind in zip(self.entries, kinds, strict=True)
            if kind and entry.url != self.url
        ]
        return entries, more

    def _kinds(self) -> list[str]:
        kinds = [listing_kind(entry.url) for entry in self.entries]
        unnamed = [n for n, kind in enumerate(kinds) if kind == SITEMAP and is_unnamed(self.entries[n].url)]
        if len(unnamed) > MOST_UNNAMED:
            for n in unnamed:
                kinds[n] = ""
        return kinds


def _said(element: etree._Element) -> tuple[dict[str, str], list[str]]:
    """What an element's own children say, and its addresses: images and videos have a `loc` and a `title` too."""
    said: dict[str, str] = {}
    places: list[str] = []
    for child in element:
        name = _name(child)
        if name == "loc" and not _OF_MEDIA.search(child.tag):
            places.append(_text(child))
        elif name == "lastmod":
            said[name] = _text(child)
    return said, places


def _hints(element: etree._Element, said: dict[str, str]) -> Hints:
    news: dict[str, str] = {}
    for child in element:
        if _name(child) == "news":
            news = {_name(part): _text(part) for part in child.iter() if part is not child}
    language = plain(news.get("language", ""))
    return Hints(
        via="news-sitemap" if news else "sitemap",
        title=plain(news.get("title", "")),
        published_at=iso(news.get("publication_date", ""), None, language),
        modified_at=iso(said.get("lastmod", "")),
        language=language,
        tags=tuple(
            dict.fromkeys(tag for part in news.get("keywords", "").split(",") if (tag := plain(part)))
        ),
    )


def _name(element: etree._Element) -> str:
    """The tag without namespace or prefix: many sitemaps declare wrong ones, or none."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _text(element: etree._Element) -> str:
    return (element.text or "").strip().replace("&amp;", "&")


def _free(element: etree._Element) -> None:
    """Free an element that was read and all before it, so that memory stays flat."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _plain(text: str, url: str, error: str) -> Listing:
    if error:  # the last line may be half an address
        text = text.rpartition("\n")[0]
    lines = [line for line in (line.strip("\ufeff \t\r\0") for line in text.split("\n")) if line]
    found = [address for line in lines if _LINE_ADDRESS.match(line) and (address := absolute(url, line))]
    if not found:
        return Listing(SITEMAP, error=error or "is no sitemap")
    if len(found) > MOST_ENTRIES:
        error = error or f"has more than {MOST_ENTRIES:,} entries: the rest was not read"
    pages = _Found(url)
    pages.entries = [ListingEntry(address, Hints(via="sitemap")) for address in found[:MOST_ENTRIES]]
    return Listing(SITEMAP, *pages.sorted(), error, unusable=len(lines) - len(found))
