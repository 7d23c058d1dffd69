"""Does an article go on at another address? Its next page: the same address with the number of the page after it. Pure.

`rel=next` names it, or a link whose whole text is that number and whose address has it in its path. A number in a
parameter counts with `rel=next` alone: pagers of comments and of boxes have such links on every article.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from pipelines.extraction.decoding import BodyError, decode_body, decode_text
from pipelines.extraction.document import parse, text_of
from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from pipelines.items import Page

_MARKED = re.compile(rb"""\brel\s*=\s*["']?[^"'>]{0,40}?\bnext\b""", re.IGNORECASE)
_PAGE = re.compile(r"[/_,-](?:(?:page|seite|pagina|strona|p)[/_-]?)?(\d{1,2})(\.\w{2,5})?$", re.IGNORECASE)
_NAMES = frozenset("page p pg seite pagina página pagina strona paged pageno page_no currpage".split())
_ENDING = rb"""[/_,-](?:page|seite|pagina|strona|p)?[/_-]?%d(?:\.\w{2,5})?/?["'\s>]"""
_MOST = 60
"""Pages of one article at most; a larger number is something else."""


def find_next_page(page: Page) -> str:
    """The address of the page that continues this one; "" when there is none."""
    try:
        body = decode_body(page.body, page.headers)
    except BodyError:
        return ""
    if not (_MARKED.search(body) or _may_have_numbered_link(body, page.address)):
        return ""
    tree = parse(decode_text(body, page.headers)[0])
    if tree is None:
        return ""
    numbered = ""
    for link in tree.iter("link", "a"):
        named = "next" in link.get("rel", "").lower().split()
        if not named and (numbered or link.tag != "a"):
            continue
        target = resolve(page.address, link.get("href", "")).partition("#")[0]
        if not is_next_page(page.address, target):
            continue
        if named:
            return target
        if text_of(link).strip() == str(page_number(target)) and _has_number_in_path(target):
            numbered = target
    return numbered


def begins_article(url: str) -> bool:
    """Whether an address is of a second page: a page that continues there is an article's first."""
    return page_number(url) == 2


def page_number(url: str) -> int:
    """The number of a page by its address: 1 where it has none, 0 where it cannot be one."""
    found = _number(url)
    return found[1] if found else 0


def _has_number_in_path(url: str) -> bool:
    return not any(k.lower() in _NAMES for k, _ in parse_qsl(urlsplit(url).query))


def _may_have_numbered_link(body: bytes, url: str) -> bool:
    """Whether it is worth parsing the page: an attribute of it ends in the number of the next page."""
    numbers = {2, page_number(url) + 1}
    return any(re.search(_ENDING % number, body) for number in numbers)


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
