"""One site's own rules, written by people in its TOML file: selectors for the body, what to cut, and fields."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.etree import XPath, XPathError

from pipelines.extraction.document import squeeze, text_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lxml.etree import _Element

    from pipelines.items import Rules


def that_hold(rules: tuple[Rules, ...], fetched_at: str) -> Rules | None:
    """The rules for a page fetched then: those whose last day comes first, today's when none has passed."""
    day = fetched_at[:10]
    dated = sorted((r for r in rules if r.until and day and day <= r.until), key=lambda r: r.until)
    if dated:
        return dated[0]
    return next((r for r in rules if not r.until), None)


@lru_cache(maxsize=2000)
def compiled(selector: str) -> Callable[[_Element], Any]:
    """A selector as a function. CSS, or XPath when it begins with `/`, `./` or `(`.

    Raises `ValueError` with the selector and what is wrong with it.
    """
    try:
        if selector.startswith(("/", "./", "(")):
            return XPath(selector)
        return CSSSelector(selector, translator="html")
    except (XPathError, SelectorError, SyntaxError) as error:
        raise ValueError(f"the selector {selector!r} cannot be read: {error}") from error


def select(tree: _Element, selectors: tuple[str, ...]) -> list[Any]:
    """What the first selector that finds anything finds: elements, or strings for an XPath that ends in them."""
    for selector in selectors:
        found = compiled(selector)(tree)
        if not isinstance(found, list):
            found = [str(found)] if found else []
        if found:
            return found
    return []


def texts(tree: _Element, selectors: tuple[str, ...]) -> list[str]:
    """The texts that the selectors find, with `content` and `datetime` attributes before the text."""
    out = []
    for item in select(tree, selectors):
        if isinstance(item, str):
            text = squeeze(item)
        else:
            text = squeeze(item.get("content") or item.get("datetime")) or text_of(item)
        if text:
            out.append(text)
    return out


def prune(tree: _Element, selectors: tuple[str, ...]) -> int:
    """Take what any of the selectors finds out of the tree, but for the text after it; returns how many."""
    count = 0
    for selector in selectors:
        found = compiled(selector)(tree)
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
