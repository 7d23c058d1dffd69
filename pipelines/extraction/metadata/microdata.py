"""The page's own item in microdata (https://html.spec.whatwg.org/multipage/microdata.html), and its properties."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from lxml.etree import XPath

from pipelines.extraction.document import squeeze, text_of
from pipelines.extraction.jsonld import ARTICLE_TYPES

if TYPE_CHECKING:
    from lxml.etree import _Element

_MOST_ITEMS, _MOST_VALUES = 50, 20
_ITEMS = XPath("//@itemscope/parent::*[@itemtype]")
_PROPERTIES = XPath(".//*[@itemprop]")


def find_article_item(tree: _Element) -> _Element | None:
    """Return the article's element: of those typed as articles the one around the headline, else the only one outside others."""
    items: Any = _ITEMS(tree)
    found: list[_Element] = [
        e for e in items[:_MOST_ITEMS] if _types(e) & ARTICLE_TYPES and not _is_of_another(e)
    ]
    with_headline = next((e for e in found if next(e.iter("h1"), None) is not None), None)
    if with_headline is not None:
        return with_headline
    outer = [e for e in found if not any(parent in found for parent in e.iterancestors())]
    return outer[0] if len(outer) == 1 else None


def read_values(tree: _Element, name: str) -> list[str]:
    """Return the values of a property of the article's item; of a value that is an item, its name."""
    item = find_article_item(tree)
    if item is None:
        return []
    return [value for element in _own_properties(item, name) if (value := _value(element))]


def _own_properties(item: _Element, name: str) -> list[_Element]:
    properties: Any = _PROPERTIES(item)
    named = (e for e in properties if name in (e.get("itemprop") or "").split())
    return [e for e in islice(named, _MOST_VALUES) if _scope(e) is item]


def _scope(element: _Element) -> _Element | None:
    return next((e for e in element.iterancestors() if e.get("itemscope") is not None), None)


def _value(element: _Element) -> str:
    if element.get("itemscope") is not None:
        inner = _own_properties(element, "name")
        return _value(inner[0]) if inner else ""
    return squeeze(element.get("content") or element.get("datetime")) or text_of(element)


def _is_of_another(item: _Element) -> bool:
    """Whether an item is another one's property, as a review is a product's."""
    return bool(item.get("itemprop")) and item.get("itemprop") != "mainEntity"


def _types(element: _Element) -> set[str]:
    return {name.rsplit("/", 1)[-1].lower() for name in (element.get("itemtype") or "").split()}
