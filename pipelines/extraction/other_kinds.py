"""Texts that are no page whatever their type says: data, feeds, scripts, style sheets, plain text. Pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD = 3000  # characters in which a page shows that it is one
_PAGE = re.compile(
    r"<(?:!doctype html|html|head|body|title|article|main|section|div|p|h[1-6]|table|meta|span|br)[\s/>]",
    re.I,
)
_ROOT = re.compile(r"^(?:<\?[^>]*>|<!--.*?-->|<!doctype[^>]*>|\s)*<([a-z][\w:.-]*)", re.I | re.S)
_ROOTS = {
    "rss": "a feed",
    "feed": "a feed",
    "rdf:rdf": "a feed",
    "urlset": "a sitemap",
    "sitemapindex": "a sitemap",
    "opml": "a list of feeds",
    "svg": "a drawing",
}
_SCRIPT = re.compile(
    r"^(?:/\*.{0,2000}?\*/|//[^\n]*\n|\s)*(?:['\"]use strict|(?:!|;|\+)?\(?(?:async )?function\b|(?:var|let|const|import|export) [\w${*]|(?:window|self|document|module|exports)[.\[]|define\(|\(\(?\w*\)? ?=>|[\w$.]{1,40}\((?:\{|\[))",
    re.S,
)
_STYLES = re.compile(
    r"^(?:/\*.{0,2000}?\*/|\s)*(?:@(?:charset|import|media|font-face|namespace)\b|[.#:*\w\[][^{};<>]{0,200}\{\s*[\w-]+\s*:)",
    re.S,
)
_TYPES = (
    (re.compile(r"[/+]json\b|[/]x-ndjson\b", re.I), "JSON"),
    (re.compile(r"^(?:text|application)/(?:x-)?(?:java|ecma)script\b", re.I), "a script"),
    (re.compile(r"^text/css\b", re.I), "a style sheet"),
    (re.compile(r"^text/(?:csv|calendar|vcard|markdown)\b", re.I), "data"),
    (re.compile(r"^(?:text|application)/xml\b|(?<!xhtml)\+xml\b", re.I), "XML"),
    (re.compile(r"^text/plain\b", re.I), "plain text"),
)


def find_other_kind(text: str, headers: Iterable[tuple[str, str]]) -> str:
    """Return what a text is when it is no page, by what it looks like, then by its type; "" for a page.

    A type is believed only where the text has no markup of a page: many servers give pages a wrong one.
    """
    start = text[:_HEAD].lstrip("\ufeff \t\r\n")
    if start.startswith(("{", "[")) and _is_json(text):
        return "JSON"
    root = _ROOT.match(start)
    if root and (kind := _ROOTS.get(root[1].lower())):
        return kind
    if _PAGE.search(start):
        return ""
    stated = next((value for name, value in headers if name.lower() == "content-type"), "")
    if kind := next((kind for pattern, kind in _TYPES if pattern.search(stated)), ""):
        return kind
    if root is None and "<" not in start[:1]:
        if _SCRIPT.match(start):
            return "a script"
        if _STYLES.match(start):
            return "a style sheet"
    return ""


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text.lstrip("\ufeff"), strict=False), dict | list)
    except (ValueError, RecursionError):
        return False
