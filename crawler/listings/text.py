"""Bytes of a listing to text, whatever the server says of their charset."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urljoin

from charset_normalizer import from_bytes
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

from pipelines.urls.normalize import is_http

XML_OF_STRANGERS: dict[str, Any] = {
    "recover": True,
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
}
"""For lxml's parsers: broken XML is read as far as it goes; no entity is resolved and nothing is loaded."""

_XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{2,40})", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}\?>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)
_FIRST_TAG = re.compile(rb"<([A-Za-z_][\w:.-]*)")
_PREAMBLE = re.compile(
    rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE\s+(?!html)[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE
)
_HEAD = 8_000  # bytes in which a document shows what it is
_LONGEST = 5_000  # characters of a headline or a name that are looked at
_SAMPLE = 40_000  # bytes shown to the charset detection
_BAD_SHARE = 1 / 500  # replaced characters: a stray byte is an accident, more is another charset


def decode(body: bytes, content_type: str = "") -> str:
    """The text. UTF-8 that holds is believed before anything said; then the header, the document, a guess."""
    marked, mark = read_bom(body)
    if marked and mark:
        return body[len(mark) :].decode(marked, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    for name in (http_content_type_encoding(content_type), _declared(body), "utf-8"):
        text = _decoded(body, name)
        if text is not None:
            return text
    guess = from_bytes(body[:_SAMPLE]).best()
    return body.decode(guess.encoding if guess else "utf-8", "replace")


def as_utf8(body: bytes, content_type: str = "") -> bytes:
    """The same document in UTF-8, without an XML declaration that may say otherwise, for a parser told so."""
    text = decode(body, content_type).lstrip("\ufeff \t\r\n").replace("\x00", "")
    return _XML_DECLARATION.sub("", text).encode("utf-8", "replace")


def first_tag(body: bytes) -> str:
    """The name of the first element in lower case without its prefix: `rss`, `urlset`, `html`, or ""."""
    head = body[:_HEAD].replace(b"\x00", b"")  # UTF-16 reads like ASCII without its zeros
    if re.search(rb"<!DOCTYPE\s+html", head[:2000], re.IGNORECASE):
        return "html"
    found = _FIRST_TAG.search(_PREAMBLE.sub(b"", head))
    return found[1].decode("ascii", "replace").rpartition(":")[2].lower() if found else ""


def plain(text: str) -> str:
    """One line of text without markup and entities: a headline as a person reads it."""
    text = text[:_LONGEST]
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    return " ".join(text.split())


def absolute(base: str, link: str) -> str:
    """The link as an absolute web address, or ""."""
    link = link.strip()
    if link.startswith(("http://", "https://")):
        return link if is_http(link) else ""
    try:
        url = urljoin(base, link)
    except ValueError:
        return ""
    return url if is_http(url) else ""


def _declared(body: bytes) -> str | None:
    found = _XML_ENCODING.match(body[:500])
    if found:
        return resolve_encoding(found[1].decode("ascii", "replace"))
    return html_body_declared_encoding(body[:4096])


def _decoded(body: bytes, name: str | None) -> str | None:
    if not name:
        return None
    try:
        text = body.decode(name, "replace")
    except (LookupError, UnicodeError):
        return None
    return text if text.count("\ufffd") <= len(text) * _BAD_SHARE + 1 else None
