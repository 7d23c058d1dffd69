"""Does an article go on at another address? Its next page: the same address with the number of the page after it. Pure.

`rel=next` names it, or a link whose whole text is that number and whose address has it in its path. A number in a
parameter counts with `rel=next` alone: pagers of comments and of boxes have such links on every article.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from lxml import etree

from pipelines.extraction.decoding import BodyError, decode_body
from pipelines.extraction.document import text_of
from pipelines.extraction.page_numbers import PARAMETERS, is_next_page, page_number
from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from lxml.etree import _Element

    from pipelines.items import Page

_MARKED = re.compile(rb"""\brel\s*=\s*["']?[^"'>]{0,40}?\bnext\b""", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_ENDING = rb"""[/_,-](?:page|seite|pagina|strona|p)?[/_-]?%d(?:\.\w{2,5})?/?["'\s>]"""


def find_next_page(page: Page, tree: _Element) -> str:
    """The address of the page that continues this one, of which `tree` is as parsed; "" when there is none."""
    found = _find_link(tree, page.address)
    return found if found and _is_written(page) else ""


def _find_link(tree: _Element, url: str) -> str:
    """What a link calls a page's next one, else the target of a link that is its number.

    The words of a link cost a tenth of what its address does, so they are looked at first.
    """
    numbered = ""
    for link in tree.iter("link", "a"):
        named = (rel := link.get("rel")) is not None and "next" in rel.lower().split()
        text = ""
        if not named and not numbered and link.tag == "a" and _may_be_number(link):
            text = text_of(link).strip()
        if not (named or text.isdecimal()):
            continue
        target = resolve(url, link.get("href", "")).partition("#")[0]
        if not is_next_page(url, target):
            continue
        if named:
            return target
        if text == str(page_number(target)) and _has_number_in_path(target):
            numbered = target
    return numbered


def _may_be_number(link: _Element) -> bool:
    """Whether a link's words may be a number: most begin with a letter, and most others have no digit. Costs a fifth of reading them."""
    if (link.text or "").lstrip()[:1].isalpha():
        return False
    return _DIGIT.search(etree.tostring(link, method="text", encoding="unicode", with_tail=False)) is not None


def _is_written(page: Page) -> bool:
    """Whether the page as sent has a `rel=next`, or an attribute that ends in the number of the next page."""
    try:
        body = decode_body(page.body, page.headers)
    except BodyError:
        return False
    numbers = {2, page_number(page.address) + 1}
    return bool(_MARKED.search(body)) or any(re.search(_ENDING % number, body) for number in numbers)


def _has_number_in_path(url: str) -> bool:
    return not any(k.lower() in PARAMETERS for k, _ in parse_qsl(urlsplit(url).query))
