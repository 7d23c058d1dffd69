"""Atom (RFC 4287) and CSV, with whatever a publisher may have put into a title made harmless. Pure."""

from __future__ import annotations

import csv
import io
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
"""When a feed with nothing in it was updated: the format asks for a time."""
_illegal = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""
_formula = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would run: OWASP's list for CSV injection."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One item. `key` makes its id and must never change; `updated` is any ISO 8601 time or day."""

    key: str
    title: str
    link: str
    updated: str
    published: str | None
    authors: tuple[str, ...]
    summary: str
    categories: tuple[str, ...] = ()


def atom(*, key: str, title: str, page: str, address: str, entries: Iterable[FeedEntry]) -> bytes:
    """A feed. `page` is what it is a feed of, `address` its own."""
    ET.register_namespace("", ATOM)
    entries = list(entries)
    feed = ET.Element(f"{{{ATOM}}}feed")
    _add(feed, "id", identity(key))
    _add(feed, "title", title)
    _add(feed, "updated", max((instant(entry.updated) for entry in entries), default=NEVER))
    _add(feed, "link", rel="self", type="application/atom+xml", href=address)
    _add(feed, "link", rel="alternate", type="text/html", href=page)
    _add(_add(feed, "author"), "name", "Clippings")
    _add(feed, "generator", "Clippings")
    for entry in entries:
        item = _add(feed, "entry")
        _add(item, "id", identity(entry.key))
        _add(item, "title", entry.title or "(no headline)", type="text")
        _add(item, "link", rel="alternate", type="text/html", href=entry.link)
        _add(item, "updated", instant(entry.updated))
        if entry.published:
            _add(item, "published", instant(entry.published))
        for author in entry.authors:
            _add(_add(item, "author"), "name", author)
        for category in entry.categories:
            _add(item, "category", term=category)
        _add(item, "summary", entry.summary, type="text")
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def identity(key: str) -> str:
    """An id that is the same wherever and whenever the feed is served."""
    return uuid.uuid5(uuid.NAMESPACE_URL, key.encode("utf-8", "replace").decode()).urn


def instant(text: str) -> str:
    """A time as RFC 3339 in UTC; a bare day is its beginning, what is neither is `NEVER`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return NEVER
    try:
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return NEVER
    return at.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def table(columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    """CSV as RFC 4180 has it. A cell that a spreadsheet would run begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.lstrip(" \n").startswith(_formula) else value


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    clean = {key: _illegal.sub("�", value) for key, value in attributes.items()}
    child = ET.SubElement(parent, f"{{{ATOM}}}{name}", clean)
    if text is not None:
        child.text = _illegal.sub("�", text)
    return child
