"""What a page is made of: blocks of text and the regions around them, and questions that many stages ask of a block."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple

from pipelines.extraction.content.regions import RegionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.etree import _Element

BlockKind = Literal["p", "h", "li", "quote", "row", "pre", "note"]
"""Paragraph, heading, list item, quotation, table row, preformatted text, correction or editor's note."""


class DropReason(StrEnum):
    """Why a stage left a block out, besides the kind of its region. `explain` prints the value."""

    OUTSIDE_RULE = "outside the rule's body"
    OUTSIDE = "outside"
    BEFORE = "before"
    AFTER = "after"
    LINKS = "links"
    TEASER = "teaser"
    OTHER_ARTICLE = "another article"
    COMMENTS = "comments"
    ENCIPHERED = "enciphered"
    FORM = "box with a form"
    PROMPT = "prompt"
    AFTER_LABEL = "after a label"
    NOT_IN_ARTICLE_BODY = "not in articleBody"
    LABEL = "label"
    CREDIT = "credit"
    HEADLINE = "headline"
    REPEATED = "repeated"
    PULLED_QUOTE = "pulled quote"
    BYLINE = "byline"
    DATE = "date"
    SOURCE = "source"
    CREDITS = "credits"
    RIGHTS = "rights"
    AUTHOR_NOTE = "author note"
    ORNAMENT = "ornament"
    EMPTY_HEADING = "heading of nothing"
    EMPTY_ANNOUNCEMENT = "announces nothing"


@dataclass(slots=True, eq=False)
class Region:
    """A part of the page whose names, tag or role say what it is."""

    kind: RegionKind
    name: str
    """The class or id that says so, or the tag or role."""
    element: _Element
    outer: Region | None = None
    chars: int = 0
    link_chars: int = 0

    def chain(self) -> Iterator[Region]:
        """Yield this region and those around it, from the innermost outwards."""
        region: Region | None = self
        while region is not None:
            yield region
            region = region.outer


@dataclass(slots=True, eq=False)
class Block:
    """Text that a line break ends: one paragraph, heading, item, quotation or table row."""

    kind: BlockKind
    text: str
    element: _Element
    """The innermost block element around the text."""
    region: Region | None = None
    link_chars: int = 0
    bold_chars: int = 0
    level: int = 0
    """Of a heading, 1 to 6; else 0."""
    links: int = 0
    group: _Element | None = None
    """The list, the table row, the quotation or the heading it is part of."""
    dropped_because: DropReason | RegionKind | None = None
    """Why it was left out; None while it is kept."""
    text_score: float = 0.0
    """How much its sentences speak for its place being the article's text."""
    signature: MarkupSignature | None = None
    """How it is marked up, once `markup_signature` was asked: a page's stages ask ten times a block."""

    @property
    def link_share(self) -> float:
        """The share of its characters that are link text, 0 to 1."""
        return self.link_chars / len(self.text) if self.text else 0.0

    @property
    def parent(self) -> _Element | None:
        """The element around its own."""
        return self.element.getparent()

    def regions(self) -> Iterator[Region]:
        """Yield the regions around it, from the innermost outwards."""
        return self.region.chain() if self.region is not None else iter(())

    def lies_in(self, kinds: frozenset[RegionKind]) -> bool:
        """Whether a region of one of these kinds is around it."""
        region = self.region
        while region is not None:
            if region.kind in kinds:
                return True
            region = region.outer
        return False


class MarkupSignature(NamedTuple):
    """What paragraphs of one text share: tag and class of their element and of the one around it."""

    tag: str
    names: str
    parent_tag: str | None
    parent_names: str | None


def markup_signature(block: Block) -> MarkupSignature:
    """Return how a block and the element around it are marked up."""
    if block.signature is None:
        element, parent = block.element, block.parent
        around = (None, None) if parent is None else (parent.tag, parent.get("class") or "")
        block.signature = MarkupSignature(element.tag, element.get("class") or "", *around)
    return block.signature


def keep_undropped(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks that no stage has left out."""
    return [block for block in blocks if not block.dropped_because]


def is_within(element: _Element | None, home: _Element) -> bool:
    """Whether an element is `home` or lies in it."""
    while element is not None:
        if element is home:
            return True
        element = element.getparent()
    return False


_PICTURE_CLASS = re.compile(
    r"(?:^|[-_ ])(?:image|photo|picture|bild|foto|imagen)[-_](?:text|info|desc|caption|container|box|wrap)",
    re.I,
)
_PICTURE_REACH = 4  # elements outwards that are asked for a figure
_PICTURE_CLASS_REACH = 2  # elements outwards whose class is read


def is_of_picture(block: Block) -> bool:
    """Whether a block belongs to a picture."""
    element: _Element | None = block.element
    for depth in range(_PICTURE_REACH):
        if element is None:
            return False
        if element.tag in ("figure", "figcaption", "picture"):
            return True
        if depth < _PICTURE_CLASS_REACH and _PICTURE_CLASS.search(element.get("class") or ""):
            return True
        element = element.getparent()
    return block.lies_in(_CAPTION)


_CAPTION = frozenset({RegionKind.CAPTION})
