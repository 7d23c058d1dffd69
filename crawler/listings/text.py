"""The markup of listings: what kind of document it is, XML for parsers, titles without tags, absolute links."""

from __future__ import annotations

import html
import re
from typing import Any

from pipelines.clean_text import clean_text
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
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?(?:-->|\Z)", re.DOTALL)
_FIRST_TAG = re.compile(rb"<([A-Za-z_][\w:.-]*)")
_PREAMBLE = re.compile(
    rb"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<!DOCTYPE\s+(?!html)[^\[>]*(?:\[.*?\]\s*)?>",
    re.DOTALL | re.IGNORECASE,
)
ROOT = re.compile(
    rb"<(?:[a-z][\w.-]{0,30}:)?(?:rss|feed|rdf|channel|urlset|sitemapindex)(?=[\s>/])", re.IGNORECASE
)
_OF_A_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|textarea)\b", re.IGNORECASE)
_XML_BEGINS = re.compile(rb"<\?xml\s", re.IGNORECASE)
_NOTICE = 65_536  # bytes that a server's notices before a document may take
_HEAD = 8_000  # bytes in which a document shows what it is
_BLANK = b"\xef\xbb\xbf\x00 \t\r\n"
_LONGEST = 5_000  # characters of a headline or a name that are looked at


def as_utf8(body: bytes, content_type: str = "") -> bytes:
    """Return the same document in UTF-8, without an XML declaration that may say otherwise, for a parser told so."""
    text = decode_listing(body, content_type).lstrip("\ufeff \t\r\n").replace("\x00", "")
    return _XML_DECLARATION.sub("", text).encode("utf-8", "replace")


def without_notice(body: bytes) -> bytes:
    """The feed or sitemap alone, without what a server printed before it: warnings, comments, blank lines, text.

    A web page that has a feed somewhere in it stays a web page.
    """
    head = _without_comments(body[:_NOTICE])
    root = ROOT.search(head)
    if root is None or _OF_A_PAGE.search(head, 0, root.start()):
        return body
    declared = _XML_BEGINS.search(head, 0, root.start())
    if declared is None and not _PREAMBLE.sub(b"", head[: min(root.start(), _HEAD)]).strip(_BLANK):
        return body
    return body[declared.start() if declared else root.start() :]


def _without_comments(head: bytes) -> bytes:
    """The same number of bytes, blanks where comments were."""
    parts = []
    at = 0
    while (begins := head.find(b"<!--", at)) >= 0 and (ends := head.find(b"-->", begins + 4)) >= 0:
        parts += [head[at:begins], b" " * (ends + 3 - begins)]
        at = ends + 3
    return b"".join([*parts, head[at:]])


def without_broken_end(body: bytes) -> bytes:
    """A document that breaks off, up to its last whole end tag: what stands behind it may be half an address."""
    begins = body.rfind(b"</", 0, max(body.rfind(b">"), 0))
    return body[: body.find(b">", begins) + 1] if begins >= 0 else b""


def first_tag(body: bytes) -> str:
    """Return the name of the first element in lower case without its prefix: `rss`, `urlset`, `html`, or ""."""
    head = body[:_HEAD].replace(b"\x00", b"")  # UTF-16 reads like ASCII without its zeros
    if re.search(rb"<!DOCTYPE\s+html", head[:2000], re.IGNORECASE):
        return "html"
    found = _FIRST_TAG.search(_PREAMBLE.sub(b"", head))
    return found[1].decode("ascii", "replace").rpartition(":")[2].lower() if found else ""


def plain(text: str) -> str:
    """Return one line of text without markup, entities and controls: a headline as a person reads it."""
    text = text[:_LONGEST]
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    return " ".join(clean_text(text).split())


def absolute(base: str, link: str) -> str:
    """Return the link as an absolute web address, or ""."""
    return resolve(base, link)
