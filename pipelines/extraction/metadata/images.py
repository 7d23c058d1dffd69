"""The lead image, its caption and its credit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.extraction import jsonld
from pipelines.extraction.content import phrases
from pipelines.extraction.content.blocks import DropReason
from pipelines.extraction.content.regions import RegionKind
from pipelines.extraction.document import squeeze
from pipelines.extraction.metadata import junk
from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block
    from pipelines.extraction.document import Document

_MOST_IMAGES = 10  # of a list in JSON-LD
_CAPTION_LENGTH = 600
_CAPTION_LINKS = 0.6
_CAPTION_LINES = 4  # blocks that a caption has at most
_FIGURE_REACH = 5  # elements outwards from a caption in which its picture stands
_CREDIT_LENGTH = 100
_BRACKETED = re.compile(r"\s*[\[(（【]\s*([^\[\]()（）【】]{2,60})\s*[\])）】]\s*$")


@dataclass(frozen=True, slots=True)
class LeadImage:
    """An image's absolute address with what is printed under it."""

    url: str = ""
    caption: str = ""
    credit: str = ""


def find_lead_image(document: Document, blocks: list[Block]) -> LeadImage:
    """Return the page's lead image; the caption is that of the first captioned picture."""
    url = _find_url(document)
    read: dict[_Element, set[str]] = {}  # one element may hold a page's hundred pictures, and as many lines
    for n, block in enumerate(blocks):
        if len(block.text) > _CAPTION_LENGTH or block.link_share > _CAPTION_LINKS:
            continue
        if not _is_caption(block, read):
            continue
        figure = _find_figure(block.element)
        beside = [
            b.text
            for b in blocks[n + 1 : n + _CAPTION_LINES]
            if b.dropped_because in (RegionKind.CAPTION, DropReason.CREDIT)
            and _find_figure(b.element) is figure
        ]
        caption, credit = _split_credit([block.text, *beside])
        if caption or credit:
            return LeadImage(url, caption, credit)
    return LeadImage(url)


def _find_url(document: Document) -> str:
    """Return the lead image's absolute address; "" when metadata state none."""
    value = document.article.get("image")
    images = value[:_MOST_IMAGES] if isinstance(value, list) else [value]
    stated = [i.get("url") or i.get("contentUrl") if isinstance(i, dict) else i for i in images]
    names = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
    shared = (value for name in names for value in document.meta.get(name, ()))
    for address in (*shared, *map(jsonld.to_text, stated)):
        if address and not junk.is_no_picture(address) and (resolved := resolve(document.url, address)):
            return resolved
    return ""


def _is_caption(block: Block, read: dict[_Element, set[str]]) -> bool:
    """Whether a block was dropped as a caption, or repeats the description of the picture beside it.

    `read` are the descriptions in the elements that were looked through so far.
    """
    if block.dropped_because is RegionKind.CAPTION:
        return True
    if block.dropped_because not in (DropReason.BEFORE, DropReason.OUTSIDE):
        return False
    figure = _find_figure(block.element)
    if figure not in read:
        read[figure] = {squeeze(img.get("alt")) for img in figure.iter("img")}
    return block.text in read[figure]


def _find_figure(element: _Element) -> _Element:
    """Return the figure around a caption, or the nearest element that holds a picture."""
    node: _Element | None = element
    for _ in range(_FIGURE_REACH):
        if node is None:
            break
        if node.tag == "figure" or next(node.iter("img"), None) is not None:
            return node
        node = node.getparent()
    return element


def _split_credit(lines: list[str]) -> tuple[str, str]:
    """Return caption and credit of the lines under a picture."""
    captions, credits = [], []
    for line in dict.fromkeys(lines):
        if phrases.CREDIT.match(line) and len(line) < _CREDIT_LENGTH:
            credits.append(line)
            continue
        match = _BRACKETED.search(line)
        if match and len(line) > len(match[0]):
            line = line[: match.start()]
            credits.append(match[1])
        captions.append(line)
    return squeeze(captions[0] if captions else ""), squeeze(" ".join(credits[:1])).strip("[]() ")
