"""Corrections and editors' notes: kept as blocks of their own, wherever the page prints them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pipelines.extraction import notices
from pipelines.extraction.content.blocks import DropReason
from pipelines.extraction.content.regions import RegionKind
from pipelines.extraction.tokens import has_sentence

if TYPE_CHECKING:
    from collections.abc import Collection

    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block

_NEVER = frozenset(
    {
        RegionKind.HIDDEN,
        RegionKind.CONSENT,
        RegionKind.COMMENT,
        RegionKind.NAV,
        RegionKind.RELATED,
        RegionKind.TAGS,
        RegionKind.CAPTION,
    }
)
"""Regions whose notes are not the article's."""
_DOUBTFUL = frozenset({RegionKind.SIDEBAR, RegionKind.AD, RegionKind.SUBSCRIBE})
"""Regions in which the element itself must be named as a note."""
_NEVER_REASONS = (
    DropReason.OUTSIDE_RULE, DropReason.LINKS, DropReason.TEASER, DropReason.OTHER_ARTICLE, DropReason.HEADLINE,
    DropReason.BYLINE, DropReason.DATE, RegionKind.STANDFIRST,
)  # fmt: skip
_ABOVE = 6  # blocks above the headline among which a note may stand
_BELOW = 120  # blocks below the text
_LINKS = 0.5  # link share of a block that leads to notes
_LONGEST = 3000  # characters
_LONGEST_SENTENCE = 1000  # of a block that only says somewhere that the article was changed
_SHORTEST = 25  # of a block in an element named as a note
_PARAGRAPH = 60  # text score of a paragraph of the story
_EDGE = 1  # paragraphs of the story that may stand outside such a block
_NAMED_REACH = 3  # elements outwards whose names are read
_ITEMS = ("p", "h", "li", "quote")


def find_notes(blocks: list[Block], kept: list[Block], headline_at: int) -> list[Block]:
    """Return the notes among the blocks of a page, in order. `kept` is the article's text."""
    chosen = {id(block) for block in kept}
    at = [n for n, block in enumerate(blocks) if id(block) in chosen]
    if not at or not any(block.text_score for block in kept):
        return []
    first = max(0, (headline_at if 0 <= headline_at < at[0] else at[0]) - _ABOVE)
    last = at[-1] + _BELOW
    homes = {home for block in kept for home in islice(block.element.iterancestors("article"), 1)}
    edges = _find_edges(kept)
    asked = blocks[first : last + 1]
    sentences = notices.select_sentences(
        block.text
        for block in asked
        if (id(block) not in chosen or id(block) in edges) and _may_be_sentence(block)
    )
    found: list[Block] = []
    seen: set[str] = set()
    under: _Element | None = None
    for block in asked:
        own = id(block) in chosen
        below_label = under is not None and block.parent is under and has_sentence(block.text)
        if under is not None and not below_label and not own and id(found[-1]) not in chosen:
            found.pop()
        under = None
        if block.kind not in _ITEMS or len(block.text) > _LONGEST or block.link_share > _LINKS:
            continue
        if not (below_label or _is_note(block, own, not own or id(block) in edges, sentences)):
            continue
        if (not own and not _may_be_kept(block, homes)) or block.text in seen:
            continue
        seen.add(block.text)
        found.append(block)
        if notices.is_label(block.text):
            under = block.parent
    if under is not None and id(found[-1]) not in chosen:
        found.pop()  # a label of nothing
    return found


def _find_edges(kept: list[Block]) -> set[int]:
    """Return the blocks with hardly a paragraph of the story before or after them."""
    edges: set[int] = set()
    for way in (kept, kept[::-1]):
        paragraphs = 0
        for block in way:
            if paragraphs > _EDGE:
                break
            edges.add(id(block))
            paragraphs += block.text_score > _PARAGRAPH
    return edges


def _is_note(block: Block, own: bool, at_edge: bool, sentences: notices.Sentences) -> bool:
    text = block.text
    if notices.has_label(text):
        return True
    if at_edge and _may_be_sentence(block) and notices.tells_of_change(text, sentences):
        return True
    if own and at_edge and notices.is_update(text):
        return True
    # The names around a block are read last: most blocks outside the text are links of a word or two.
    worded = notices.is_label(text) or (len(text) >= _SHORTEST and has_sentence(text))
    return worded and _is_named(block) and not notices.is_prompt(text)


def _may_be_sentence(block: Block) -> bool:
    """Whether a block may be one that only says somewhere that the article was changed."""
    return block.kind in _ITEMS and len(block.text) < _LONGEST_SENTENCE and block.link_share <= _LINKS


def _is_named(block: Block) -> bool:
    """Whether an element near a block says that it holds a note."""
    for element in islice(
        (block.element, *islice(block.element.iterancestors(), _NAMED_REACH)), _NAMED_REACH
    ):
        names = f"{element.get('class') or ''} {element.get('id') or ''}"
        if (
            element.tag not in ("html", "body", "main", "article")
            and names != " "
            and notices.names_notice(names)
        ):
            return True
    return False


def _may_be_kept(block: Block, homes: Collection[_Element]) -> bool:
    """Whether a note that was left out stands where notes on this article may stand."""
    if block.dropped_because in _NEVER_REASONS or block.lies_in(_NEVER):
        return False
    if block.lies_in(_DOUBTFUL) and not _is_named(block):
        return False
    home = next(block.element.iterancestors("article"), None)
    return home is None or not homes or home in homes or any(own in homes for own in home.iter("article"))
