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
from pipelines.extraction.page_numbers import PARAMETERS, is_next_page, page_number
from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from pipelines.items import Page

_MARKED = re.compile(rb"""\brel\s*=\s*["']?[^"'>]{0,40}?\bnext\b""", re.IGNORECASE)
_ENDING = rb"""[/_,-](?:page|seite|pagina|strona|p)?[/_-]?%d(?:\.\w{2,5})?/?["'\s>]"""


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


def _has_number_in_path(url: str) -> bool:
    return not any(k.lower() in PARAMETERS for k, _ in parse_qsl(urlsplit(url).query))


def _may_have_numbered_link(body: bytes, url: str) -> bool:
    """Whether it is worth parsing the page: an attribute of it ends in the number of the next page."""
    numbers = {2, page_number(url) + 1}
    return any(re.search(_ENDING % number, body) for number in numbers)
