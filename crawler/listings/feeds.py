"""Feeds: RSS 0.9x to 2.0, RDF, Atom and JSON Feed."""

from __future__ import annotations

import contextlib
import io
import json
import re
from typing import Any
from xml.parsers import expat

import feedparser

from crawler.listings.dates import iso
from crawler.listings.model import FEED, FurtherListing, Listing, ListingEntry
from crawler.listings.section_pages import feed_links
from crawler.listings.text import absolute, as_utf8, first_tag, plain
from pipelines.extraction.decoding import decode_listing
from pipelines.items import Hints
from pipelines.urls.normalize import is_http

MOST_ENTRIES = 3000
"""Entries read of one feed: each stops the crawl for a third of a millisecond. Usual are 10 to 500."""
MOST_ATTRIBUTES = 500
"""Attributes of one tag: the parser compares each with each, and 50,000 take half a minute. Usual are ten."""
MOST_BYTES = 10_000_000
"""Bytes read of one feed, with the full text of some hundred articles in it."""

_FEED_TAGS = frozenset({"rss", "feed", "rdf", "channel"})
_ENTRY_END = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_WHOLE = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)


def parse_feed(body: bytes, url: str, content_type: str = "") -> Listing:
    """The articles of a feed that was fetched from `url`; its next page, if it names one, is in `more`.

    Entries keep the order of the feed. Of a web page, `more` has the feeds it names.
    """
    if not body.strip(b"\x00 \t\r\n"):
        return Listing(FEED, error="is empty")
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _json_feed(decode_listing(body, content_type), url)
    tag = first_tag(body)
    if tag == "html":
        return Listing(FEED, more=feed_links(body, url, content_type), error="is a web page, not a feed")
    if tag not in _FEED_TAGS:
        return Listing(FEED, error="is neither RSS, Atom nor JSON Feed")
    return _xml_feed(as_utf8(body, content_type), url)


def _xml_feed(body: bytes, url: str) -> Listing:
    body, error = _shortened(_without_doctype(body[:MOST_BYTES]))
    if not error and not _WHOLE.search(body[-2000:]):
        error = "breaks off: only what came before could be read"
    if _too_many_attributes(body):
        return Listing(FEED, error=f"has a tag with more than {MOST_ATTRIBUTES} attributes")
    try:
        parsed = feedparser.parse(
            io.BytesIO(body),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as problem:  # feedparser raises many kinds of errors for broken feeds
        return Listing(FEED, error=f"cannot be read as a feed ({type(problem).__name__})")
    if not parsed.entries and not parsed.get("version"):
        return Listing(FEED, error="is neither RSS, Atom nor JSON Feed")
    language = plain(str(parsed.feed.get("language") or ""))
    rss = not str(parsed.get("version")).startswith("atom")
    entries = [found for entry in parsed.entries if (found := _entry(entry, url, language, rss))]
    following = (link.get("href", "") for link in parsed.feed.get("links", ()) if link.get("rel") == "next")
    more = [
        FurtherListing(FEED, target)
        for link in following
        if (target := absolute(url, link)) and target != url
    ]
    return Listing(FEED, entries, more, error, unusable=len(parsed.entries) - len(entries))


def _too_many_attributes(body: bytes) -> bool:
    """Whether a tag has too many, by the parser that feedparser uses: both see the same tags, up to the same error."""
    parser = expat.ParserCreate("utf-8")
    parser.ordered_attributes = True
    most = 0

    def start(name: str, attributes: list[str]) -> None:
        nonlocal most
        most = max(most, len(attributes) // 2)

    parser.StartElementHandler = start  # type: ignore[assignment, unused-ignore]
    with contextlib.suppress(expat.ExpatError):
        parser.Parse(body, True)
    return most > MOST_ATTRIBUTES


def _without_doctype(body: bytes) -> bytes:
    """The feed without its DOCTYPE: then no entity is declared, and none can be expanded a billion times."""
    begins = re.search(rb"<!DOCTYPE", body, re.IGNORECASE)
    found = _DOCTYPE.match(body, begins.start()) if begins else None
    return body[: found.start()] + body[found.end() :] if found else body


def _shortened(body: bytes) -> tuple[bytes, str]:
    """The feed with its first `MOST_ENTRIES` entries only, and the error that says so."""
    ends = [match.end() for match in _ENTRY_END.finditer(body)]
    if len(ends) <= MOST_ENTRIES:
        return body, ""
    error = f"has {len(ends):,} entries, of which the first {MOST_ENTRIES:,} were read"
    return body[: ends[MOST_ENTRIES - 1]] + body[ends[-1] :], error


def _entry(entry: Any, url: str, language: str, rss: bool) -> ListingEntry | None:
    link = _link(entry, url)
    if not link:
        return None
    published = iso(str(entry.get("published", "")), entry.get("published_parsed"))
    # `in`, because `get` returns the time of publication when there is no other.
    updated = iso(str(entry["updated"]), entry.get("updated_parsed")) if "updated" in entry else ""
    if rss and not published:  # RSS 1.0 has one date, dc:date, the time of publication
        published, updated = updated, ""
    categories = tuple(
        dict.fromkeys(term for tag in entry.get("tags", ()) if (term := plain(tag.get("term") or "")))
    )
    return ListingEntry(
        link,
        Hints(
            via="feed",
            title=plain(str(entry.get("title") or "")),
            published_at=published,
            modified_at=updated,
            # A single category is the section; of several, it is unknown which.
            section=categories[0] if len(categories) == 1 else "",
            language=plain(str(entry.get("language") or "")) or language,
            authors=_authors(entry),
            tags=categories if len(categories) > 1 else (),
        ),
    )


def _link(entry: Any, url: str) -> str:
    """The article's URL: the one that a feed service replaced, the link, or an id that is a URL."""
    permanent = str(entry.get("id") or "").strip()
    if entry.get("link") == permanent and not is_http(permanent) and not permanent.startswith("/"):
        return ""  # a bare number, which the parser takes for a relative link
    others = [link.get("href", "") for link in entry.get("links", ()) if link.get("rel") == "alternate"]
    for link in (entry.get("feedburner_origlink"), entry.get("link"), *others):
        if link and (found := absolute(url, str(link))):
            return found
    return permanent if is_http(permanent) else ""


def _authors(entry: Any) -> tuple[str, ...]:
    names = [plain(str(author.get("name") or "")) for author in entry.get("authors", ())]
    names = names or [plain(str(entry.get("author") or ""))]
    return tuple(dict.fromkeys(name for name in names if name and "@" not in name))


def _json_feed(text: str, url: str) -> Listing:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org)."""
    try:
        data = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return Listing(FEED, error="is broken JSON")
    items = data.get("items") if isinstance(data, dict) else None
    if not isinstance(items, list):
        return Listing(FEED, error="is JSON, but no JSON Feed")
    language = _string(data, "language")
    entries = [found for item in items if (found := _json_entry(item, url, language))]
    following = absolute(url, _string(data, "next_url")) if _string(data, "next_url") else ""
    more = [FurtherListing(FEED, following)] if following and following != url else []
    return Listing(FEED, entries, more, unusable=len(items) - len(entries))


def _json_entry(item: Any, url: str, language: str) -> ListingEntry | None:
    if not isinstance(item, dict):
        return None
    said = _string(item, "url") or _string(item, "external_url")
    link = absolute(url, said) if said else ""
    link = link or (_string(item, "id") if is_http(_string(item, "id")) else "")
    if not link:
        return None
    authors = item.get("authors") or [item.get("author")]
    tags = item.get("tags")
    return ListingEntry(
        link,
        Hints(
            via="feed",
            title=plain(_string(item, "title")),
            published_at=iso(_string(item, "date_published")),
            modified_at=iso(_string(item, "date_modified")),
            language=_string(item, "language") or language,
            authors=tuple(plain(_string(one, "name")) for one in _list(authors) if _string(one, "name")),
            tags=tuple(plain(one) for one in _list(tags) if isinstance(one, str) and one.strip()),
        ),
    )


def _string(data: Any, key: str) -> str:
    value = data.get(key) if isinstance(data, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
