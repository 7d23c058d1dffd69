"""Does an article go on at another address? Its next page: `rel=next` to the same address with a page number. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from pipelines.extraction.decoding import BodyError, decode_body, decode_text
from pipelines.extraction.document import parse
from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from pipelines.items import Page

_MARKED = re.compile(rb"""\brel\s*=\s*["']?[^"'>]{0,40}?\bnext\b""", re.IGNORECASE)
_PAGE = re.compile(r"[/_,-](?:(?:page|seite|pagina|strona|p)[/_-]?)?(\d{1,2})(\.\w{2,5})?$", re.IGNORECASE)
_NAMES = frozenset("page p pg seite pagina página pagina strona paged pageno page_no currpage".split())
_MOST = 60
"""Pages of one article at most; a larger number is something else."""


def find_next_page(page: Page) -> str:
    """The address of the page that continues this one; "" when there is none."""
    try:
        body = decode_body(page.body, page.headers)
    except BodyError:
        return ""
    if not _MARKED.search(body):
        return ""
    tree = parse(decode_text(body, page.headers)[0])
    if tree is None:
        return ""
    for link in tree.iter("link", "a"):
        if "next" in link.get("rel", "").lower().split():
            target = resolve(page.address, link.get("href", "")).partition("#")[0]
            if is_next_page(page.address, target):
                return target
    return ""


def is_next_page(url: str, target: str) -> bool:
    """Whether an address is another with the number of the page after it. A `rel=next` may also name the next article."""
    there = _number(target)
    if there is None or not 2 <= there[1] <= _MOST:
        return False
    return (there[0], there[1] - 1) in (_number(url), (_split(url), 1))


def _split(url: str) -> tuple[str, ...] | None:
    """An address without what names a page's number by a parameter, in parts."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    rest = [f"{k}={v}" for k, v in parse_qsl(parts.query, keep_blank_values=True) if k.lower() not in _NAMES]
    return (parts.netloc, parts.path.rstrip("/"), *sorted(rest))


def _number(url: str) -> tuple[tuple[str, ...], int] | None:
    """An address without its page number, and this number: 1 where there is none."""
    address = _split(url)
    if address is None:
        return None
    host, path, *rest = address
    for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        if name.lower() in _NAMES:
            return (address, int(value)) if value.isdecimal() and len(value) < 4 else None
    found = _PAGE.search(path)
    if found is None:
        return address, 1
    return (host, path[: found.start()] + (found[2] or ""), *rest), int(found[1])
