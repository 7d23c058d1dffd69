"""Atom feeds (RFC 4287). What a publisher puts into a title does no harm in them. Pure."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable

ATOM = "http://www.w3.org/2005/Atom"
NEVER = "1970-01-01T00:00:00Z"
"""The `updated` of an empty feed: the format requires a time."""
_illegal = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The characters that XML 1.0 cannot hold, not even escaped."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry. `key` makes its id and must never change; `updated` and `published` are ISO 8601 times or days.

    `content` is HTML, and shown in place of the summary; `related` is another address of it, such as the archive's.
    """

    key: str
    title: str
    link: str
    updated: str
    published: str | None
    authors: tuple[str, ...]
    summary: str
    categories: tuple[str, ...] = ()
    content: str = ""
    related: str = ""


def atom_feed(
    *, key: str, title: str, entries: Iterable[FeedEntry], page: str = "", address: str = ""
) -> bytes:
    """A feed as UTF-8 XML. `page` is the address of the page that it follows, `address` its own, where they are known.

    `key` makes its id.
    """
    ET.register_namespace("", ATOM)
    entries = list(entries)
    feed = ET.Element(f"{{{ATOM}}}feed")
    _add(feed, "id", entry_id(key))
    _add(feed, "title", title)
    _add(feed, "updated", max((rfc3339(entry.updated) for entry in entries), default=NEVER))
    if address:
        _add(feed, "link", rel="self", type="application/atom+xml", href=address)
    if page:
        _add(feed, "link", rel="alternate", type="text/html", href=page)
    _add(_add(feed, "author"), "name", "Clippings")
    _add(feed, "generator", "Clippings")
    for entry in entries:
        item = _add(feed, "entry")
        _add(item, "id", entry_id(entry.key))
        _add(item, "title", entry.title or "(no headline)", type="text")
        _add(item, "link", rel="alternate", type="text/html", href=entry.link)
        if entry.related:
            _add(item, "link", rel="related", type="text/html", href=entry.related)
        _add(item, "updated", rfc3339(entry.updated))
        if entry.published:
            _add(item, "published", rfc3339(entry.published))
        for author in entry.authors:
            _add(_add(item, "author"), "name", author)
        for category in entry.categories:
            _add(item, "category", term=category)
        if entry.content:
            _add(item, "content", entry.content, type="html")
        else:
            _add(item, "summary", entry.summary, type="text")
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def entry_id(key: str) -> str:
    """An id made of the key alone: the same wherever and whenever the feed is served."""
    return uuid.uuid5(uuid.NAMESPACE_URL, key.encode("utf-8", "replace").decode()).urn


def rfc3339(text: str) -> str:
    """A time in UTC as RFC 3339 writes it; a day means its first moment; anything else gives `NEVER`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return NEVER
    try:
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return NEVER
    return at.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    clean = {key: _illegal.sub("�", value) for key, value in attributes.items()}
    child = ET.SubElement(parent, f"{{{ATOM}}}{name}", clean)
    if text is not None:
        child.text = _illegal.sub("�", text)
    return child
