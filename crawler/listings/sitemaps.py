"""Sitemaps (sitemaps.org): lists of pages, indexes of lists, Google News, plain text, feeds used as such."""

from __future__ import annotations

import io
import re
from dataclasses import replace

from lxml import etree

from crawler.listings.dates import iso
from crawler.listings.feeds import parse_feed
from crawler.listings.model import SITEMAP, FurtherListing, Listing, ListingEntry
from crawler.listings.text import XML_OF_STRANGERS, absolute, as_utf8, first_tag, plain
from pipelines.extraction.decoding import decode_listing
from pipelines.extraction.zlib_streams import Fault, unpack_gzip
from pipelines.items import Hints

MOST_BYTES = 52_428_800
"""Bytes of a sitemap, decompressed: the protocol's limit. The rest is not read."""
MOST_ENTRIES = 100_000
"""Entries read of one sitemap: twice the protocol's limit."""

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
_LINE_ADDRESS = re.compile(r"^https?://\S+$", re.IGNORECASE)


def parse_sitemap(body: bytes, url: str) -> Listing:
    """The pages of a sitemap, or, in `more`, the sitemaps of an index with the time each changed."""
    body, error = _unpacked(body)
    if not body.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return Listing(SITEMAP, error=error or "is empty")
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
    entries: list[ListingEntry] = []
    more: list[FurtherListing] = []
    unusable = 0
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
            found = _entry(element, url) if name == "url" else _child(element, url)
            if isinstance(found, ListingEntry):
                entries.append(found)
            elif isinstance(found, FurtherListing):
                more.append(found)
            else:
                unusable += 1
            _free(element)
            if len(entries) + len(more) >= MOST_ENTRIES:
                error = error or f"has more than {MOST_ENTRIES:,} entries: the rest was not read"
                break
    except etree.XMLSyntaxError as problem:
        error = error or f"is broken XML at line {problem.lineno}: only part of it could be read"
    if not error and not re.search(
        rb"</(?:\w+:)?(?:urlset|sitemapindex)\s*>|/>\s*$", body[-2000:], re.IGNORECASE
    ):
        error = "breaks off: only what came before could be read"
    return Listing(SITEMAP, entries, more, error, unusable)


def _entry(element: etree._Element, url: str) -> ListingEntry | None:
    """The entry of a `<url>`, from its own children only: images and videos have a `loc` and a `title` too."""
    said: dict[str, str] = {}
    news: dict[str, str] = {}
    for child in element:
        name = _name(child)
        if name == "news":
            news = {_name(part): _text(part) for part in child.iter() if part is not child}
        elif name in ("loc", "lastmod"):
            said[name] = _text(child)
    address = absolute(url, said.get("loc", "")) if said.get("loc") else ""
    if not address:
        return None
    return ListingEntry(
        address,
        Hints(
            via="news-sitemap" if news else "sitemap",
            title=plain(news.get("title", "")),
            published_at=iso(news.get("publication_date", "")),
            modified_at=iso(said.get("lastmod", "")),
            language=news.get("language", ""),
            tags=tuple(tag for part in news.get("keywords", "").split(",") if (tag := plain(part))),
        ),
    )


def _child(element: etree._Element, url: str) -> FurtherListing | None:
    said = {_name(child): _text(child) for child in element}
    address = absolute(url, said.get("loc", "")) if said.get("loc") else ""
    return (
        FurtherListing(SITEMAP, address, iso(said.get("lastmod", ""))) if address and address != url else None
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
    lines = [line for line in (line.strip("\ufeff \t\r\0") for line in text.split("\n")) if line]
    found = [address for line in lines if _LINE_ADDRESS.match(line) and (address := absolute(url, line))]
    if not found:
        return Listing(SITEMAP, error=error or "is no sitemap")
    if len(found) > MOST_ENTRIES:
        error = error or f"has more than {MOST_ENTRIES:,} entries: the rest was not read"
    entries = [ListingEntry(address, Hints(via="sitemap")) for address in found[:MOST_ENTRIES]]
    return Listing(SITEMAP, entries, error=error, unusable=len(lines) - len(found))
