"""Where in its element the article begins and ends: paragraphs of one text are marked up alike."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.extraction.content.blocks import DropReason, markup_signature

if TYPE_CHECKING:
    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block, MarkupSignature

_CORE = 0.07  # share of text score of a markup, or an element, that belongs to the text
_FEW = 4  # scored blocks of one markup below which a single paragraph may be the text's beginning or end
_LIST_REACH = 3  # elements outwards from an item, a row or a quotation in which the text stands


@dataclass(slots=True)
class Core:
    """The paragraphs that are the text beyond doubt."""

    first: int
    last: int
    """Numbers of the first and last such block."""
    usual: set[MarkupSignature]
    """Markup that holds a fair share of the text."""


def find_core(blocks: list[Block]) -> Core | None:
    """Return where the text begins and ends, None when no block is scored."""
    counts: Counter[object] = Counter()
    scores: defaultdict[object, float] = defaultdict(float)
    total = 0.0
    for block in blocks:
        total += block.text_score
        for key in (markup_signature(block), block.parent):
            scores[key] += block.text_score
            counts[key] += bool(block.text_score)
    most = max(counts.values(), default=0)
    least = _CORE * total

    def is_core(block: Block) -> bool:
        keys = (markup_signature(block), block.parent)
        alone = most >= _FEW and max(counts[key] for key in keys) <= 1
        return bool(block.text_score) and not alone and any(scores[key] >= least for key in keys)

    core = [n for n, block in enumerate(blocks) if is_core(block)]
    if not core:
        return None
    signatures = (markup_signature(block) for block in blocks if block.text_score)
    return Core(core[0], core[-1], {signature for signature in signatures if scores[signature] >= least})


def drop_outside_core(blocks: list[Block], first: int, last: int) -> None:
    """Drop what stands before and after the text, but for blocks that stand in the same elements."""
    homes = {b.parent for b in blocks[first : last + 1] if b.text_score}
    while first > 0 and _stands_in(blocks[first - 1], homes) and blocks[first - 1].level != 1:
        first -= 1
    while last + 1 < len(blocks) and _follows_in(blocks[last + 1], homes):
        last += 1
    for block in blocks[:first]:
        block.dropped_because = DropReason.BEFORE
    for block in blocks[last + 1 :]:
        block.dropped_because = DropReason.AFTER


def _stands_in(block: Block, homes: set[_Element | None]) -> bool:
    """Whether a block is a child of an element that holds the text, or a sentence right in it without a `p`."""
    return block.parent in homes or (bool(block.text_score) and block.element in homes)


def _follows_in(block: Block, homes: set[_Element | None]) -> bool:
    """Whether a block after the last paragraph stands in the same element as others of the text."""
    parent = block.parent
    for _ in range(_LIST_REACH if block.kind in ("li", "row", "quote") else 1):
        if parent is None or parent in homes:
            break
        parent = parent.getparent()
    return (parent is not None and parent in homes) or (bool(block.text_score) and block.element in homes)
