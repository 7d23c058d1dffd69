"""The stylesheets and pictures that a page shows: which they are, and the page with other addresses in their place. Pure.

Scripts, fonts, frames, films and pictures of one or two pixels (they count readers) are none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lxml import etree

from pipelines.extraction.decoding import BodyError, decode_body, decode_text
from pipelines.media_types import STYLESHEET
from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from pipelines.items import Page

    AddressOf = Callable[[str], str | None]
    """What stands for an asset's absolute address; None for nothing."""

_MOST_FOUND = 1000
"""Addresses that are read out of a page or stylesheet at most."""
_LAZY = ("data-src", "data-lazy-src", "data-original", "src")
"""Where an `<img>` names its picture. Pages that load it by script have a placeholder in `src`."""
_SETS = ("data-srcset", "srcset")
_WANTED_WIDTH = 900
"""Pixels: of a picture in several sizes the one nearest to this is kept, which fills the column of a text."""
_SMALLEST = 3
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_REFERENCE = re.compile(
    r"(?P<font>@font-face\s*\{[^}]*\})"
    r"""|@import\s+(?:url\(\s*)?(?P<quote>["']?)(?P<imported>[^"')\s;]+)(?P=quote)(?:\s*\))?"""
    r"""|url\(\s*(?:"(?P<double>[^"\\\n]*)"|'(?P<single>[^'\\\n]*)'|(?P<bare>[^\s"'()\\]*))\s*\)""",
    re.IGNORECASE,
)
_NOTHING = "data:,"
_STYLED = etree.XPath("descendant-or-self::*[@style]")
_DOCTYPE = re.compile(r"<!doctype[^>]*>", re.IGNORECASE)


def find_assets(page: Page) -> tuple[str, ...]:
    """The absolute addresses of the assets that a fetched page or stylesheet names, each once, in their order."""
    try:
        text = decode_text(decode_body(page.body, page.headers), page.headers).text
    except BodyError:
        return ()
    found: dict[str, None] = {}

    def note(url: str) -> str | None:
        if len(found) < _MOST_FOUND:
            found[url] = None
        return None

    if page.header("Content-Type").lower().startswith(STYLESHEET):
        relink_stylesheet(text, page.address, note)
    elif (tree := _parse(text)) is not None:
        _relink_tree(tree, page.address, note)
    return tuple(found)


def relink(page: str, base: str, address_of: AddressOf) -> str:
    """The page with `address_of` each asset in the place of its own; what stands for nothing is left out.

    Stylesheets become `<style>` elements that import them. Scripts and what a `<meta>` asks of the browser are left out.
    """
    tree = _parse(page)
    if tree is None:
        return page
    _relink_tree(tree, base, address_of)
    doctype = _DOCTYPE.search(page, 0, 1000)
    written = etree.tostring(tree, method="html", encoding="unicode", doctype=doctype[0] if doctype else "")
    return str(written)


def _relink_tree(tree: _Element, base: str, address_of: AddressOf) -> None:
    for found in tree.iter("base"):
        base = resolve(base, found.get("href") or "") or base
        break
    for element in list(tree.iter("link", "style", "img", "video", "source", "script", "meta")):
        _relink_element(element, base, address_of)
    styled: Any = _STYLED(tree)
    for element in styled:
        if "url(" in (style := element.get("style")).lower():
            element.set("style", relink_stylesheet(style, base, address_of))


def relink_stylesheet(css: str, base: str, address_of: AddressOf) -> str:
    """The stylesheet with `address_of` each asset in the place of its own, and without fonts."""

    def replace(match: re.Match[str]) -> str:
        if match["font"]:
            return ""
        imported = match["imported"]
        url = imported or match["double"] or match["single"] or match["bare"] or ""
        if url.startswith(("data:", "#")):
            return match[0]
        known = resolve(base, url)
        written = (address_of(known) if known else None) or _NOTHING
        return f'@import url("{written}")' if imported else f'url("{written}")'

    return _CSS_REFERENCE.sub(replace, _CSS_COMMENT.sub(" ", css))


def _parse(page: str) -> _Element | None:
    data = page.encode("utf-8", "replace")
    if not data.strip():
        return None
    parser = etree.HTMLParser(encoding="utf-8", remove_pis=True, remove_comments=True, huge_tree=True)
    try:
        return etree.fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _relink_element(element: _Element, base: str, address_of: AddressOf) -> None:
    if element.tag == "link":
        _relink_link(element, base, address_of)
    elif element.tag == "style":
        element.text = relink_stylesheet(element.text or "", base, address_of)
    elif element.tag == "img":
        _relink_picture(element, base, address_of)
    elif element.tag == "video":
        poster = resolve(base, element.get("poster") or "")
        _set(element, "poster", address_of(poster) if poster else None)
    elif (
        element.tag == "source"
        or element.tag == "script"
        or element.get("http-equiv")
        or element.get("charset")
    ):
        _drop(element)


def _relink_link(link: _Element, base: str, address_of: AddressOf) -> None:
    """Write a stylesheet's import in the link's place; other links lead nowhere in a stored page."""
    kinds = (link.get("rel") or "").lower().split()
    url = resolve(base, link.get("href") or "") if "stylesheet" in kinds and "alternate" not in kinds else ""
    written = address_of(url) if url else None
    if written is None:
        _drop(link)
        return
    media = link.get("media") or ""
    link.attrib.clear()
    link.tag = "style"
    link.text = f'@import url("{written}");'
    if media and media != "print":
        # `media="print"` is how pages load a stylesheet without waiting for it: a script sets `all` when it is there.
        link.set("media", media)


def _relink_picture(image: _Element, base: str, address_of: AddressOf) -> None:
    if any(_is_tiny(image.get(side)) for side in ("width", "height")):
        _drop(image)
        return
    stated = [image.get(name) or "" for name in _LAZY]
    stated += [_choose_size(image.get(name) or "") for name in _SETS]
    if any(text.startswith("data:") for text in stated) and not any(
        text and not text.startswith("data:") for text in stated
    ):
        return
    urls = [url for text in stated if text and not text.startswith("data:") and (url := resolve(base, text))]
    for name in (*_LAZY, *_SETS, "sizes", "loading"):
        _set(image, name, None)
    if urls:
        _set(image, "src", address_of(urls[0]))


def _choose_size(srcset: str) -> str:
    """The address in a `srcset` whose width is nearest to the wanted one; without widths the first."""
    best, distance = "", float("inf")
    for entry in re.split(r",\s+", srcset.strip()):
        address, _, size = entry.strip().partition(" ")
        width = int(size.strip()[:-1]) if re.fullmatch(r"\d{1,6}w", size.strip()) else 10**6
        if address and abs(width - _WANTED_WIDTH) < distance:
            best, distance = address.rstrip(","), abs(width - _WANTED_WIDTH)
    return best


def _is_tiny(side: str | None) -> bool:
    return side is not None and side.strip().isdecimal() and int(side.strip()[:9]) < _SMALLEST


def _set(element: _Element, name: str, value: str | None) -> None:
    if value is None:
        if name in element.attrib:
            del element.attrib[name]
    else:
        element.set(name, value)


def _drop(element: _Element) -> None:
    """Take an element out; what follows it stays."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if element.tail:
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)
