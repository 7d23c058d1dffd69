"""The markup of listings: what kind of document it is, XML for parsers, titles without tags, absolute links."""

from __future__ import annotations

import html
import re
from typing import Any

from pipelines.extraction.decoding import decode_listing
from pipelines.urls.resolve import resolve

XML_OF_STRANGERS: dict[str, Any] = {
    "recover": True,
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
}
"""For lxml's parsers: broken XML is read as far as it goes; no entity is resolved and nothing is loaded."""

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}\?>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)
_FIRST_TAG = re.compile(rb"<([A-Za-z_][\w:.-]*)")
_PREAMBLE = re.compile(
    rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE\s+(?!html)[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE
)
_HEAD = 8_000  # bytes in which a document shows what it is
_LONGEST = 5_000  # characters of a headline or a name that are looked at


def as_utf8(body: bytes, content_type: str = "") -> bytes:
    """Return the same document in UTF-8, without an XML declaration that may say otherwise, for a parser told so."""
    text = decode_listing(body, content_type).lstrip("\ufeff \t\r\n").replace("\x00", "")
    return _XML_DECLARATION.sub("", text).encode("utf-8", "replace")


def first_tag(body: bytes) -> str:
    """Return the name of the first element in lower case without its prefix: `rss`, `urlset`, `html`, or ""."""
    head = body[:_HEAD].replace(b"\x00", b"")  # UTF-16 reads like ASCII without its zeros
    if re.search(rb"<!DOCTYPE\s+html", head[:2000], re.IGNORECASE):
        return "html"
    found = _FIRST_TAG.search(_PREAMBLE.sub(b"", head))
    return found[1].decode("ascii", "replace").rpartition(":")[2].lower() if found else ""


def plain(text: str) -> str:
    """Return one line of text without markup and entities: a headline as a person reads it."""
    text = text[:_LONGEST]
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    return " ".join(text.split())


def absolute(base: str, link: str) -> str:
    """Return the link as an absolute web address, or ""."""
    return resolve(base, link)
