"""Feeds: RSS 0.9x to 2.0, RDF, Atom and JSON Feed."""

from __future__ import annotations

import contextlib
import io
import json
import re
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from crawler.listings.dates import iso
from crawler.listings.model import FEED, FurtherListing, Listing, ListingEntry
from crawler.listings.section_pages import feed_links
from crawler.listings.text import (
    ROOT,
    absolute,
    as_utf8,
    first_tag,
    plain,
    without_broken_end,
    without_notice,
)
from pipelines.extraction.decoding import decode_listing
from pipelines.items import Hints
from pipelines.urls.normalize import is_http

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_ENTRIES = 3000
"""Entries read of one feed: each stops the crawl for a third of a millisecond. Usual are 10 to 500."""
MOST_ATTRIBUTES = 500
"""Attributes of one tag: the parser compares each with each, and 50,000 take half a minute. Usual are ten."""
MOST_BYTES = 10_000_000
"""Bytes read of one feed, with the full text of some hundred articles in it."""

_FEED_TAGS = frozenset({"rss", "feed", "rdf", "channel"})
_PAGE_TAGS = frozenset(
    (
        "html",
        "head",
        "body",
        "title",
        "meta",
        "script",
        "center",
        "h1",
        "h2",
        "div",
        "p",
        "pre",
        "table",
        "br",
        "b",
    )
)
_ENTRY_END = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_WHOLE = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_JSON_FEED = re.compile(rb"jsonfeed\.org\\?/version")
_LINK = re.compile(rb"<(?:\w+:)?link\b([^<>]{1,4000}?)(/?>(?:\s*</(?:\w+:)?link\s*>)?)", re.IGNORECASE)
_OTHER_ADDRESS = re.compile(
    rb"""\s(?:href|uri|url)\s*=\s*(?:"(?!https?:|feed:)[a-z][a-z0-9+.-]*:[^"]*"|'(?!https?:|feed:)[a-z][a-z0-9+.-]*:[^']*')""",
    re.IGNORECASE,
)
_REFERENCE = re.compile(rb"&#(?:x([0-9a-f]{1,8})|([0-9]{1,9}));", re.IGNORECASE)
_MOST_BRACES = 20  # tried as the beginning of a JSON Feed
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)


def parse_feed(body: bytes, url: str, content_type: str = "") -> Listing:
    """The articles of a feed that was fetched from `url`; its next page, if it names one, is in `more`.

    Entries keep the order of the feed. Of a web page, `more` has the feeds it names.
    """
    if not body.strip(b"\x00 \t\r\n"):
        return Listing(FEED, error="is empty")
    first = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    document = without_notice(body)
    if first == b"{" or (first == b"[" and document is body):
        listing = _json_feed(decode_listing(body, content_type), url)
        if not listing.error or document is body:
            return listing
    tag = first_tag(document)
    if tag in _FEED_TAGS:
        return _xml_feed(as_utf8(document, content_type), url)
    if tag != "html" and _JSON_FEED.search(body):
        return _json_feed(decode_listing(body, content_type), url)
    if tag in _PAGE_TAGS:
        return Listing(FEED, more=feed_links(body, url, content_type), error="is a web page, not a feed")
    shown = f" (its first element is <{tag[:40]}>)" if tag else ""
    return Listing(FEED, error=f"is neither RSS, Atom nor JSON Feed{shown}")


def _xml_feed(body: bytes, url: str) -> Listing:
    import feedparser  # late: most feeds are unchanged most of the time, and it takes 30 ms to load

    body, error = _shortened(_without_doctype(body[:MOST_BYTES]))
    body = _LINK.sub(_web_link, _REFERENCE.sub(_known_character, body))
    body, broken = _ended(body)
    error = error or broken
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
    inherited = _language_of_title(parsed.feed)
    language = plain(str(parsed.feed.get("language") or "")) or inherited
    rss = not str(parsed.get("version")).startswith("atom")
    languages = (language, inherited)
    entries = [found for entry in parsed.entries if (found := _entry(entry, url, languages, rss))]
    following = (link.get("href", "") for link in parsed.feed.get("links", ()) if link.get("rel") == "next")
    more = [
        FurtherListing(FEED, target)
        for link in following
        if (target := absolute(url, link)) and target != url
    ]
    name = plain(str(parsed.feed.get("title") or ""))
    return Listing(FEED, entries, more, error, unusable=len(parsed.entries) - len(entries), name=name)


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
    root = ROOT.search(body)
    begins = re.search(rb"<!DOCTYPE", body[: root.start() if root else None], re.IGNORECASE)
    found = _DOCTYPE.match(body, begins.start()) if begins else None
    return body[: found.start()] + body[found.end() :] if found else body


def _shortened(body: bytes) -> tuple[bytes, str]:
    """The feed with its first `MOST_ENTRIES` entries only, and the error that says so."""
    ends = [match.end() for match in _ENTRY_END.finditer(body)]
    if len(ends) <= MOST_ENTRIES:
        return body, ""
    error = f"has {len(ends):,} entries, of which the first {MOST_ENTRIES:,} were read"
    return body[: ends[MOST_ENTRIES - 1]] + body[ends[-1] :], error


def _known_character(reference: re.Match[bytes]) -> bytes:
    """The reference, unless its number is that of no character: one such ends the parser's work."""
    number = int(reference[1], 16) if reference[1] else int(reference[2])
    known = number in (9, 10, 13) or 0x20 <= number < 0xD800 or 0xE000 <= number < 0x110000
    return reference[0] if known else b""


def _web_link(tag: re.Match[bytes]) -> bytes:
    """The tag without an address that is none of the web's; nothing, when the tag then says nothing.

    The parser would take such an address for the link, and drop the web's beside it.
    """
    attributes = _OTHER_ADDRESS.sub(b"", tag[1])
    if attributes == tag[1]:
        return tag[0]
    if tag[2] != b">":
        return b""
    return tag[0].replace(tag[1], attributes, 1)


def _ended(body: bytes) -> tuple[bytes, str]:
    """The feed up to its end, without what a server printed behind it; with the error when it has no end, or ""."""
    end = max((match.end() for match in _WHOLE.finditer(body)), default=0)
    if end and not _ENTRY_END.search(body, end):
        return body[:end], ""
    return without_broken_end(body), "breaks off: only what came before could be read"


def _entry(entry: Any, url: str, languages: tuple[str, str], rss: bool) -> ListingEntry | None:
    """The entry. `languages` are the feed's own, and the one that `xml:lang` around an entry gives it."""
    link = _link(entry, url)
    if not link:
        return None
    stated = _language_of_title(entry)
    language = plain(str(entry.get("language") or "")) or (stated if stated != languages[1] else languages[0])
    published = iso(str(entry.get("published", "")), entry.get("published_parsed"), language)
    # `in`, because `get` returns the time of publication when there is no other.
    updated = iso(str(entry["updated"]), entry.get("updated_parsed"), language) if "updated" in entry else ""
    if rss and not published:  # RSS 1.0 has one date, dc:date, the time of publication
        published, updated = updated, ""
    categories = _once(_category(tag) for tag in entry.get("tags", ()))
    return ListingEntry(
        link,
        Hints(
            via="feed",
            title=plain(str(entry.get("title") or "")),
            published_at=published,
            modified_at=updated,
            # A single category is the section; of several, it is unknown which.
            section=categories[0] if len(categories) == 1 else "",
            language=language,
            authors=_authors(entry),
            tags=categories if len(categories) > 1 else (),
        ),
    )


def _language_of_title(element: Any) -> str:
    """The `xml:lang` that holds for a title, its own or one around it."""
    return plain(str((element.get("title_detail") or {}).get("language") or ""))


def _category(tag: Any) -> str:
    """A category as readers see it: its label, else its term; "" for an address, which machines use."""
    label, term = plain(str(tag.get("label") or "")), plain(str(tag.get("term") or ""))
    return label or ("" if is_http(term) else term)


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    """Each text once, in the spelling that comes first; empty ones left out."""
    found: dict[str, str] = {}
    for text in texts:
        if text:
            found.setdefault(text.casefold(), text)
    return tuple(found.values())


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
    return _once(name for name in names if "@" not in name)


def _json_feed(text: str, url: str) -> Listing:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org)."""
    data = _read_json(text.lstrip("\ufeff \t\r\n"))
    if data is None:
        return Listing(FEED, error="is broken JSON")
    items = data.get("items") if isinstance(data, dict) else None
    if not isinstance(items, list):
        return Listing(FEED, error="is JSON, but no JSON Feed")
    language = plain(_string(data, "language"))
    entries = [found for item in items if (found := _json_entry(item, url, language))]
    following = absolute(url, _string(data, "next_url")) if _string(data, "next_url") else ""
    more = [FurtherListing(FEED, following)] if following and following != url else []
    name = plain(_string(data, "title"))
    return Listing(FEED, entries, more, unusable=len(items) - len(entries), name=name)


def _read_json(text: str) -> Any:
    """The JSON in a text: what a server printed before and behind it is left out. None when it is broken."""
    read = json.JSONDecoder().raw_decode
    begins = 0 if text[:1] in ("{", "[") else text.find("{")
    for _ in range(_MOST_BRACES):
        if begins < 0:
            break
        with contextlib.suppress(ValueError, RecursionError):
            data, _ = read(text, begins)
            if begins == 0 or (isinstance(data, dict) and isinstance(data.get("items"), list)):
                return data
        begins = text.find("{", begins + 1)
    return None


def _json_entry(item: Any, url: str, language: str) -> ListingEntry | None:
    if not isinstance(item, dict):
        return None
    said = _string(item, "url") or _string(item, "external_url")
    link = absolute(url, said) if said else ""
    link = link or (_string(item, "id") if is_http(_string(item, "id")) else "")
    if not link:
        return None
    language = plain(_string(item, "language")) or language
    authors = item.get("authors") or item.get("author")
    names = (plain(one if isinstance(one, str) else _string(one, "name")) for one in _list(authors))
    return ListingEntry(
        link,
        Hints(
            via="feed",
            title=plain(_string(item, "title")),
            published_at=iso(_time(item, "date_published"), None, language),
            modified_at=iso(_time(item, "date_modified"), None, language),
            language=language,
            authors=_once(name for name in names if "@" not in name),
            tags=_once(plain(one) for one in _list(item.get("tags")) if isinstance(one, str)),
        ),
    )


def _string(data: Any, key: str) -> str:
    value = data.get(key) if isinstance(data, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _time(data: Any, key: str) -> str:
    """A time as text: some feeds have the number of Unix time."""
    value = data.get(key)
    return str(int(value)) if type(value) in (int, float) and 0 < value < 1e13 else _string(data, key)


def _list(value: Any) -> list[Any]:
    """The values of a list; of anything else, a list of it alone, as many feeds mean it."""
    return value if isinstance(value, list) else [value]
