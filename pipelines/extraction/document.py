"""A page, parsed once: its tree, meta tags and JSON-LD."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING, Any

from lxml import etree

from pipelines.extraction import jsonld

if TYPE_CHECKING:
    from lxml.etree import _Element

    from pipelines.items import Page

_INVISIBLE = re.compile(r"[\u00ad\u200b\u2060\ufeff]")
# Control characters, which no XML tree can hold and at which libxml2 would cut the page.
_CONTROLS = bytes([*range(9), 11, *range(14, 32), 127])
_MOST_VALUES = 100  # of one meta name: tags may be many, not thousands
_LONGEST_VALUE = 20_000
_MOST_TITLES = 3  # headings of the first level that may be the page's title
MAX_CHARACTERS = 4_000_000
"""A longer page is cut here before parsing: twice the longest article page seen, seconds instead of a minute."""


def squeeze(text: str | None) -> str:
    """Return the text on one line with single spaces, without soft hyphens and other invisible marks."""
    if not text:
        return ""
    return " ".join(_INVISIBLE.sub("", text).split())


def text_of(element: Any) -> str:
    """Return all text inside an element, squeezed."""
    return squeeze("".join(element.itertext(with_tail=False)))


_HEAD_TAGS = tuple("base bgsound link meta noframes noscript script style template title".split())
"""https://html.spec.whatwg.org/multipage/parsing.html#parsing-main-inhead"""


@dataclass(slots=True)
class Document:
    """A parsed page: its tree, its meta tags by lower-case name, its JSON-LD nodes."""

    url: str
    text: str
    tree: _Element
    meta: dict[str, list[str]] = field(default_factory=dict)
    nodes: list[dict[str, Any]] = field(default_factory=list)
    article: dict[str, Any] = field(default_factory=dict)
    """The JSON-LD node of the article itself; empty when there is none."""
    canonical: str = ""
    language: str = ""
    """The language the page declares, as it declares it."""

    def first(self, *names: str) -> str:
        """Return the first non-empty meta value under any of these names, in their order."""
        for name in names:
            for value in self.meta.get(name, ()):
                if value:
                    return value
        return ""


def parse(text: str) -> _Element | None:
    """Return the tree of a page, or None when there is nothing to parse.

    Nesting beyond libxml2's limit is flattened, invalid characters are dropped.
    """
    data = text[:MAX_CHARACTERS].encode("utf-8", "replace").translate(None, _CONTROLS)
    if not data.strip():
        return None
    # Bytes and a named encoding: what the page declares must not be believed a second time.
    parser = etree.HTMLParser(encoding="utf-8", remove_pis=True, remove_comments=True, collect_ids=False)
    try:
        tree = etree.fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    if tree is not None:
        _end_head(tree)
    return tree


def _end_head(tree: _Element) -> None:
    """Begin the body where the standard does when its tag is left out: at the first element no head may have.

    libxml2 does so for HTML 4's elements only, and leaves a whole <article> in the head.
    """
    head = tree.find("head")
    elements = [] if head is None else list(head)
    stray = next((n for n, element in enumerate(elements) if element.tag not in _HEAD_TAGS), None)
    if stray is None:
        return
    body = tree.find("body")
    if body is None:
        body = etree.SubElement(tree, "body")
    for place, element in enumerate(elements[stray:]):
        body.insert(place, element)


def read_document(page: Page, text: str) -> Document | None:
    """Parse a page and collect its head: meta tags, links, JSON-LD. None when there is nothing to parse."""
    tree = parse(text)
    if tree is None:
        return None
    document = Document(url=page.address, text=text[:MAX_CHARACTERS], tree=tree)
    document.language = (
        tree.get("lang")
        or tree.get("xml:lang")
        or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
        or ""
    )
    _read_meta(document)
    scripts = [s.text or "" for s in tree.iter("script") if "ld+json" in (s.get("type") or "").lower()]
    document.nodes = jsonld.read_nodes(scripts)
    document.article = jsonld.find_article(document.nodes, document.url, _read_titles(document))
    return document


def _read_titles(document: Document) -> list[str]:
    """Return the titles by which an article's node is known as the page's own."""
    printed = [text_of(heading) for heading in islice(document.tree.iter("h1"), _MOST_TITLES)]
    return [document.first("og:title"), squeeze(document.tree.findtext(".//title")), *printed]


def _read_meta(document: Document) -> None:
    for element in document.tree.iter("meta", "link"):
        if element.tag == "link":
            if not document.canonical and "canonical" in (element.get("rel") or "").lower().split():
                document.canonical = (element.get("href") or "").strip()
            continue
        content = squeeze(unescape(element.get("content") or ""))
        if not content:
            continue
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = element.get(attribute)
            if name:
                values = document.meta.setdefault(name.strip().lower(), [])
                if len(values) < _MOST_VALUES:
                    values.append(content[:_LONGEST_VALUE])
