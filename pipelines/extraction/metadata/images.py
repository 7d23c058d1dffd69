"""The lead image, its caption and its credit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.extraction.content import phrases
from pipelines.extraction.document import squeeze
from pipelines.extraction.metadata import fields

if TYPE_CHECKING:
    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block
    from pipelines.extraction.document import Document

_BRACKETED = re.compile(r"\s*[\[(（【]\s*([^\[\]()（）【】]{2,60})\s*[\])）】]\s*$")


@dataclass(frozen=True, slots=True)
class LeadImage:
    """An image's absolute address with what is printed under it."""

    url: str = ""
    caption: str = ""
    credit: str = ""


def lead(document: Document, blocks: list[Block]) -> LeadImage:
    """The page's lead image; the caption is that of the first captioned picture."""
    url = fields.image(document)
    for n, block in enumerate(blocks):
        if len(block.text) > 600 or block.linked > 0.6 or not _captions(block):
            continue
        box = _box(block.element)
        beside = [b for b in blocks[n + 1 : n + 4] if b.dropped_because in ("caption", "credit")]
        texts = [block.text, *(b.text for b in beside if _box(b.element) is box)]
        caption, credit = split(texts)
        if caption or credit:
            return LeadImage(url, caption, credit)
    return LeadImage(url)


def _captions(block: Block) -> bool:
    """Whether a block was taken out as a caption, or repeats what the picture beside it is described as."""
    if block.dropped_because == "caption":
        return True
    if block.dropped_because not in ("before", "outside"):
        return False
    return any(squeeze(img.get("alt")) == block.text for img in _box(block.element).iter("img"))


def _box(element: _Element) -> _Element:
    """The figure around a caption, or the nearest element that holds a picture."""
    node: _Element | None = element
    for _ in range(5):
        if node is None:
            break
        if node.tag == "figure" or next(node.iter("img"), None) is not None:
            return node
        node = node.getparent()
    return element


def split(texts: list[str]) -> tuple[str, str]:
    """Caption and credit out of the lines under a picture."""
    captions, credits = [], []
    for text in dict.fromkeys(texts):
        if phrases.CREDIT.match(text) and len(text) < 100:
            credits.append(text)
            continue
        match = _BRACKETED.search(text) or None
        if match and len(text) > len(match[0]):
            text, found = text[: match.start()], match[1]
            credits.append(found)
        captions.append(text)
    caption = captions[0] if captions else ""
    return squeeze(caption), squeeze(" ".join(credits[:1])).strip("[]() ")
