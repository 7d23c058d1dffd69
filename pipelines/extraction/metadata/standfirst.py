"""The intro printed under the headline, and paragraphs between headline and text."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pipelines.extraction import jsonld
from pipelines.extraction.content.blocks import DropReason, is_of_picture
from pipelines.extraction.content.regions import RegionKind
from pipelines.extraction.tokens import ends_sentence, likeness, same_words, weight

if TYPE_CHECKING:
    from collections.abc import Collection

    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block
    from pipelines.extraction.document import Document

_DESCRIPTION_LENGTH = 20  # characters of a description that says more than a name
_REACH = 12  # blocks above the text that are looked at when no headline is printed
_SHORTEST, _LONGEST = 25, 900  # characters of an intro
_LONGEST_FIRST = 600  # where it is the text's own first block
_LINKS = 0.5
_BOLD = 0.95  # share of bold characters of a heading in the form of a paragraph
_SUBTITLE = 40  # weight of a heading under the headline
_LIKE_TITLE = 0.8  # likeness from which a block is the headline again
_REGION_REACH = 2  # regions outwards that may name a block the intro

_SHORTEST_LEAD, _LONGEST_LEAD = 50, 1200
_SHORTEST_BULLET = 30
_LEAD_LINKS = 0.3


def stated_descriptions(document: Document) -> list[str]:
    """Return what metadata says the page is about: often the printed intro, sometimes the first paragraph."""
    keys = ("description", "alternativeHeadline", "abstract")
    names = ("og:description", "description", "twitter:description", "dc.description", "lead")
    found = [jsonld.to_text(document.article.get(key)) for key in keys]
    found += [document.first(name) for name in names]
    return list(dict.fromkeys(text for text in found if len(text) > _DESCRIPTION_LENGTH))


def find_standfirst(
    blocks: list[Block], headline_at: int, text_at: int, descriptions: Collection[str], title: str
) -> Block | None:
    """Return the block between headline and text that its class or the page's description names the intro.

    `headline_at` and `text_at` are numbers of blocks. The text's own first block may be it, too.
    """
    start = headline_at + 1 if 0 <= headline_at < text_at else max(0, text_at - _REACH)
    between = [
        b
        for b in blocks[start:text_at]
        if _SHORTEST <= len(b.text) <= _LONGEST
        and b.link_share < _LINKS
        and not is_of_picture(b)
        and likeness(b.text, title) < _LIKE_TITLE
    ]
    for block in between:
        if _is_described(block, descriptions):
            return block
    for block in between:
        if _is_named(block):
            return block
    first = blocks[text_at] if text_at < len(blocks) else None
    if (
        first is None
        or first.kind not in ("p", "h")
        or not _SHORTEST <= len(first.text) <= _LONGEST_FIRST
        or is_of_picture(first)
    ):
        return None
    names = first.element.get("class")
    if _is_subtitle(first, blocks[headline_at + 1 : text_at], headline_at):
        return first
    set_apart = not any(
        b.element.get("class") == names
        for b in blocks[text_at + 1 :]
        if b.element.tag == first.element.tag and not b.dropped_because
    )
    return first if set_apart and (_is_named(first) or _is_described(first, descriptions)) else None


def _is_subtitle(first: Block, between: list[Block], headline_at: int) -> bool:
    """Whether the text begins with a heading right under the headline: nothing is told before it, so it heads no part."""
    return (
        headline_at >= 0
        and (
            first.kind == "h"
            or (first.bold_chars >= _BOLD * len(first.text) and not ends_sentence(first.text))
        )
        and first.link_share < _LINKS
        and weight(first.text) >= _SUBTITLE
        and not any(block.text_score for block in between)
    )


def _is_described(block: Block, descriptions: Collection[str]) -> bool:
    return any(same_words(block.text, text) for text in descriptions)


def _is_named(block: Block) -> bool:
    return any(region.kind is RegionKind.STANDFIRST for region in islice(block.regions(), _REGION_REACH))


def find_lead_paragraphs(blocks: list[Block], headline_at: int, text_at: int) -> list[Block]:
    """Return the sentences between headline and text that nothing else explains."""
    if not 0 <= headline_at < text_at:
        return []
    between = blocks[headline_at + 1 : text_at]
    bullets = _find_bullets(between)
    return [
        b
        for b in between
        if b in bullets
        or (
            (b.dropped_because in (DropReason.BEFORE, DropReason.OUTSIDE) or _is_intro_teaser(b))
            and _SHORTEST_LEAD <= len(b.text) <= _LONGEST_LEAD
            and b.link_share < _LEAD_LINKS
            and ends_sentence(b.text)
            and not is_of_picture(b)
            and b.kind in ("p", "h")
        )
    ]


def _find_bullets(blocks: list[Block]) -> set[Block]:
    """Return the items of lists that sum the article up: several, long enough to say something, and no links."""
    lists: dict[_Element, set[Block]] = {}
    for block in blocks:
        if (
            block.kind == "li"
            and block.group is not None
            and block.dropped_because in (DropReason.BEFORE, DropReason.OUTSIDE)
            and len(block.text) >= _SHORTEST_BULLET
            and block.link_share < _LEAD_LINKS
            and ends_sentence(block.text)
            and not block.text.endswith(("?", "？"))  # what a guide answers
        ):
            lists.setdefault(block.group, set()).add(block)
    return {item for items in lists.values() if len(items) > 1 for item in items}


def _is_intro_teaser(block: Block) -> bool:
    """Whether a block is what German newsrooms call the teaser: the article's own intro, alone in its region."""
    region = block.region
    return (
        block.dropped_because is RegionKind.RELATED
        and region is not None
        and "teaser" in region.name
        and region.chars == len(block.text)
    )
