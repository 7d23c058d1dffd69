"""A page, parsed once: its tree, meta tags and JSON-LD."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Any

from lxml import etree

from pipelines.extraction import inline_markup, jsonld, shorten
from pipelines.extraction.tokens import WIDE

if TYPE_CHECKING:
    from lxml.etree import _Element

    from pipelines.items import Page

_INVISIBLE = "\u00ad\u200b\u2060\ufeff"
# Control characters, which no XML tree can hold and at which libxml2 would cut the page.
_CONTROLS = bytes([*range(9), 11, *range(14, 32), 127])
_MOST_VALUES = 100  # of one meta name: tags may be many, not thousands
_LONGEST_VALUE = 20_000
_HUGE = 9_000_000  # bytes from which one text may be longer than libxml2's usual limit
_DEEP = 240  # elements in each other, at the end of a tree, at which libxml2 may have stopped reading
_INLINE = frozenset(
    """a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q ruby s samp small span strike strong
    sub sup time tt u var wbr img""".split()
)
_MOST_TITLES = 3  # headings of the first level that may be the page's title


def squeeze(text: str | None) -> str:
    """Return the text on one line with single spaces, without soft hyphens and other invisible marks."""
    if not text:
        return ""
    if not text.isascii():
        for sign in _INVISIBLE:
            text = text.replace(sign, "")
    return " ".join(text.split())


def text_of(element: Any) -> str:
    """Return all text inside an element, squeezed."""
    return squeeze(raw_text_of(element))


def raw_text_of(element: Any) -> str:
    """Return all text inside an element as it is, with a space where the page begins a new line."""
    if len(element) == 0:
        return element.text or ""
    pieces: list[str] = []
    for event, one in etree.iterwalk(element, events=("start", "end")):
        breaks = not isinstance(one.tag, str) or one.tag not in _INLINE
        if breaks and one is not element:
            pieces.append(" ")
        if event == "start" and one.text and isinstance(one.tag, str):
            pieces.append(one.text)
        elif event == "end" and one.tail and one is not element:
            pieces.append(one.tail)
    return "".join(pieces)


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
    own_nodes: list[dict[str, Any]] = field(default_factory=list)
    """The nodes that speak of the page, and not of another thing on it."""
    article: dict[str, Any] = field(default_factory=dict)
    """The JSON-LD node of the article itself; empty when there is none."""
    canonical: str = ""
    language: str = ""
    """The language the page declares, as it declares it."""
    cut: str = ""
    """What of the page was not read because it is too long, in words; "" when all was."""

    def first(self, *names: str) -> str:
        """Return the first non-empty meta value under any of these names, in their order."""
        for name in names:
            for value in self.meta.get(name, ()):
                if value:
                    return value
        return ""


def parse(text: str, utf8: bytes = b"") -> _Element | None:
    """Return the tree of a page, its inline markup written out; None when there is nothing to parse.

    Nesting beyond libxml2's limit is flattened, invalid characters are dropped. `utf8` is the text in UTF-8 where that is
    at hand: to encode a page takes a tenth of its parsing.
    """
    read, _ = shorten.cut(text)
    tree = _parse(utf8 if utf8 and read is text else _encode(read))
    if tree is not None and _is_deep(tree):
        tree = _parse(_encode(shorten.flatten(shorten.drop_bulk(read))))
    if tree is not None:
        _end_head(tree)
        _part_links(tree)
        inline_markup.write_out(tree, read)
    return tree


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _parse(data: bytes) -> _Element | None:
    data = data.translate(None, _CONTROLS)
    if not data.strip():
        return None
    # Bytes and a named encoding: what the page declares must not be believed a second time.
    parser = etree.HTMLParser(
        encoding="utf-8",
        remove_pis=True,
        remove_comments=True,
        collect_ids=False,
        huge_tree=len(data) > _HUGE,
    )
    try:
        return etree.fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _is_deep(tree: _Element) -> bool:
    """Whether a tree ends so deep that libxml2 may have stopped reading there."""
    depth, element = 1, tree
    while len(element):
        element = element[-1]
        depth += 1
    return depth > _DEEP


def _part_links(tree: _Element) -> None:
    """Set a space between two links that touch: a page shows them apart."""
    for link in tree.iter("a"):
        after = None if link.tail else link.getnext()
        if after is None or after.tag != "a" or link.get("href") == after.get("href"):
            continue
        left, right = raw_text_of(link)[-1:], raw_text_of(after)[:1]
        if left.isalnum() and right.isalnum() and not (WIDE.match(left) or WIDE.match(right)):
            link.tail = " "


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


def read_document(page: Page, text: str, utf8: bytes = b"") -> Document | None:
    """Parse a page and collect its head: meta tags, links, JSON-LD. None when there is nothing to parse. `utf8` as of `parse`."""
    read, cut = shorten.cut(text)
    tree = parse(read, utf8 if read is text else b"")
    if tree is None:
        return None
    document = Document(url=page.address, text=read, tree=tree, cut=cut)
    document.language = (
        tree.get("lang")
        or tree.get("xml:lang")
        or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
        or ""
    )
    found: defaultdict[str, list[_Element]] = defaultdict(list)
    for element in tree.iter("meta", "link", "script", "h1"):
        found[element.tag if element.tag != "link" else "meta"].append(element)
    _read_meta(document, found["meta"])
    scripts = [s.text or "" for s in found["script"] if "ld+json" in (s.get("type") or "").lower()]
    document.nodes = jsonld.read_nodes(scripts)
    # The titles by which an article's node is known as the page's own.
    printed = [text_of(heading) for heading in found["h1"][:_MOST_TITLES]]
    titles = [document.first("og:title"), read_title(tree), *printed]
    document.own_nodes = jsonld.find_own(document.nodes)
    document.article = jsonld.find_article(document.nodes, document.own_nodes, document.url, titles)
    return document


def read_title(tree: _Element) -> str:
    """Return the page's title. `iter` looks for the next one before it gives the first, so only the head is looked through."""
    for part in tree:
        for title in part.iter("title"):
            return squeeze(title.text)
    return ""


def _read_meta(document: Document, elements: list[_Element]) -> None:
    """Read meta tags and links, in their order."""
    for element in elements:
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
