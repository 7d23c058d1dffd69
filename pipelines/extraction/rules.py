"""One site's own rules, written by people in its TOML file: selectors for the body, what to cut, and fields."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.etree import XPath, XPathError, XPathSyntaxError

from pipelines.clean_text import quote_value
from pipelines.extraction.document import squeeze, text_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lxml.etree import _Element

    from pipelines.items import Rules


def select_rules(rules: tuple[Rules, ...], fetched_at: str) -> Rules | None:
    """Return the rules for a page fetched then: those whose last day comes first, today's when none has passed."""
    day = fetched_at[:10]
    dated = sorted((r for r in rules if r.until and day and day <= r.until), key=lambda r: r.until)
    if dated:
        return dated[0]
    return next((r for r in rules if not r.until), None)


@lru_cache(maxsize=2000)
def compile_selector(selector: str) -> Callable[[_Element], Any]:
    """Return a selector as a function. CSS, or XPath when it begins with `/`, `./` or `(`.

    Raises `ValueError` with the selector and what is wrong with it.
    """
    try:
        if not selector.startswith(("/", "./", "(")):
            return CSSSelector(selector, translator="html")
        _check_functions(selector)
        return XPath(selector)
    except (XPathError, SelectorError, SyntaxError) as error:
        raise ValueError(f"{quote_value(selector)} is not a selector ({str(error).strip()})") from error


_FUNCTIONS = frozenset(
    """last position count id local-name namespace-uri name string concat starts-with contains
    substring-before substring-after substring string-length normalize-space translate boolean not true
    false lang number sum floor ceiling round text node comment processing-instruction and or div mod""".split()
)
"""What may stand before a bracket in XPath 1.0: its functions, node tests and operators."""


def _check_functions(selector: str) -> None:
    """Raise for what XPath would only notice on the first page that has such an element."""
    code = re.sub(r"'[^']*'|\"[^\"]*\"", "''", selector)
    for name in re.findall(r"[A-Za-z][\w.:-]*(?=\s*\()", code):
        if name.rsplit("::", 1)[-1] not in _FUNCTIONS:
            raise XPathSyntaxError(f"{name}() is no function of XPath 1.0")
    if prefix := re.search(r"(?<![\w:])([A-Za-z][\w-]*):(?!:)", code):
        raise XPathSyntaxError(f"the prefix {prefix[1]}: means nothing in HTML")


def find_elements(tree: _Element, selectors: tuple[str, ...]) -> list[Any]:
    """Return what the first selector that finds anything finds: elements, or strings for an XPath that ends in them."""
    for selector in selectors:
        found = compile_selector(selector)(tree)
        if not isinstance(found, list):
            found = [str(found)] if found else []
        if found:
            return found
    return []


def find_texts(tree: _Element, selectors: tuple[str, ...]) -> list[str]:
    """Return the texts that the selectors find, with `content` and `datetime` attributes before the text."""
    out = []
    for item in find_elements(tree, selectors):
        if isinstance(item, str):
            text = squeeze(item)
        else:
            text = squeeze(item.get("content") or item.get("datetime")) or text_of(item)
        if text:
            out.append(text)
    return out


def remove_elements(tree: _Element, selectors: tuple[str, ...]) -> int:
    """Remove what any of the selectors finds from the tree, but for the text after it. Return how many."""
    count = 0
    for selector in selectors:
        found = compile_selector(selector)(tree)
        for element in found if isinstance(found, list) else []:
            parent = element.getparent() if hasattr(element, "getparent") else None
            if parent is None or isinstance(element, str):
                continue
            _remove(parent, element)
            count += 1
    return count


def _remove(parent: _Element, element: _Element) -> None:
    if element.tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
        element.tail = None
    parent.remove(element)
