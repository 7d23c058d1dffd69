"""Parts inside the article's element that are not the article: links, boxes set into it, other articles after it."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from pipelines.extraction.content import phrases
from pipelines.extraction.content.blocks import DropReason, markup_signature
from pipelines.extraction.content.regions import RegionKind
from pipelines.extraction.tokens import ends_clause, weight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block, MarkupSignature

# A list is links when this share of its characters is link text.
_LIST_OF_LINKS = 0.6
_LIST_OF_LINKED_ITEMS = 0.5  # where most items are links
_LINKED_ITEM = 0.45  # an item that is a link with a date or a source beside it
_MOST_ITEMS = 0.8
_LIST_AFTER_TEXT = 0.3  # where every item has a link and the text has ended
_PARAGRAPH_SCORE = 60  # text score of a paragraph that is the article's
# A line is a link when this share of its characters is link text.
_LINK = 0.8
_LINK_BEHIND_LABEL = 0.3  # where it begins as "See also" does
_LONGEST_LABELLED_LINK = 200
# A heading beside this many paragraphs of running text is the article's, even when it is a link.
_HOME_PARAGRAPHS = 2
_HOME_PARAGRAPH_LENGTH = 120
_HOME_PARAGRAPH_LINKS = 0.4

# A linked sentence of the story: so long, and between paragraphs of the same element.
_LINKED_SENTENCE = 40  # weight
_STORY_LIST_LINKS = 0.5  # link share of a list whose linked items are the story's


_LABEL_LENGTH = 70  # of a line that announces other articles

_PROMPT_BOX_LENGTH = 500
_FORM_BOX_LENGTH = 700
_PICTURE_BOX_LENGTH = 500
_BOXES = ("div", "section", "aside", "blockquote")
_NO_BOXES = ("p", "h2", "h3", "h4", "ul", "ol", "table", "blockquote", "pre")

_REST_SHARE = 0.5  # of all text score; what holds more is not cut off behind a label
_USUAL_SCORE = 100  # text score of a paragraph whose markup is the text's
_RETURN_SCORE = 80  # text score of a later paragraph in that markup: the text goes on


def drop_links(blocks: list[Block]) -> None:
    """Drop lists of links and lines that are links."""
    lists: defaultdict[_Element, list[Block]] = defaultdict(list)
    of_story = _find_linked_sentences(blocks)
    for block in blocks:
        if block.kind == "li" and block.group is not None:
            lists[block.group].append(block)
    paragraphs = (n for n, b in enumerate(blocks) if b.kind == "p" and b.text_score > _PARAGRAPH_SCORE)
    last = max(paragraphs, default=0)
    after_text = {id(block) for block in blocks[last + 1 :]}
    for cells in _find_tables(blocks[last + 1 :]):
        if _is_table_of_links(cells):
            for block in cells:
                block.dropped_because = DropReason.LINKS
    for items in lists.values():
        if _is_list_of_links(items, id(items[0]) in after_text):
            for block in items:
                block.dropped_because = block.dropped_because or DropReason.LINKS
    homes: defaultdict[_Element | None, int] = defaultdict(int)
    for block in blocks:
        if (
            block.kind == "p"
            and len(block.text) > _HOME_PARAGRAPH_LENGTH
            and block.link_share < _HOME_PARAGRAPH_LINKS
        ):
            homes[block.parent] += 1
    for block in blocks:
        if block.dropped_because or block.kind == "row":
            continue
        if block.kind == "h" and homes.get(block.parent, 0) > _HOME_PARAGRAPHS:
            continue
        if id(block) in of_story and not phrases.ALSO.match(block.text):
            continue
        if block.kind == "li" and block.group is not None and _is_list_of_story(lists[block.group]):
            continue
        if block.link_share > _LINK or (
            block.link_share > _LINK_BEHIND_LABEL
            and len(block.text) < _LONGEST_LABELLED_LINK
            and phrases.ALSO.match(block.text)
        ):
            block.dropped_because = DropReason.LINKS


def _find_linked_sentences(blocks: list[Block]) -> set[int]:
    """Return the sentences that are links from end to end and stand between two paragraphs of the story.

    A teaser's title is no sentence with a full stop. Two links that follow each other are a list.
    """
    found: set[int] = set()
    for n in range(1, len(blocks) - 1):
        block = blocks[n]
        if (
            block.link_share > _LINK
            and block.kind in ("p", "quote")
            and weight(block.text) >= _LINKED_SENTENCE
            and _STATEMENT.search(block.text)
            and _is_between_paragraphs(blocks, n)
        ):
            found.add(id(block))
    return found


_STATEMENT = re.compile(r"(?:[.…。．؟।۔]|(?<=[!?！？])(?=[\"”“’»」』]))[\"”“’»›」』)\]]*$")
"""The end of a sentence that states something, or of a quotation."""


def _is_between_paragraphs(blocks: list[Block], n: int) -> bool:
    block = blocks[n]
    home = block.parent if block.kind == "p" or block.group is None else block.group.getparent()
    return all(
        other.kind == "p"
        and weight(other.text) > _PARAGRAPH_SCORE
        and other.link_share < _HOME_PARAGRAPH_LINKS
        and other.parent is home
        and (block.kind != "p" or markup_signature(other) == markup_signature(block))
        for other in (blocks[n - 1], blocks[n + 1])
    )


def _is_list_of_story(items: list[Block]) -> bool:
    """Whether most of a list's items are plain text: then an item that is a link is text too."""
    share = sum(b.link_chars for b in items) / max(1, sum(len(b.text) for b in items))
    plain = sum(b.link_share < _LINKED_ITEM for b in items)
    return len(items) > 1 and share < _STORY_LIST_LINKS and plain * 2 > len(items)


def _find_tables(blocks: list[Block]) -> Iterable[list[Block]]:
    """Return the cells of each table among blocks."""
    tables: defaultdict[_Element | None, list[Block]] = defaultdict(list)
    for block in blocks:
        if block.kind == "row" and block.group is not None:
            tables[block.group.getparent()].append(block)
    return tables.values()


def _is_table_of_links(cells: list[Block]) -> bool:
    """Whether a table after the text is links: nearly all of its characters, and no sentence among them."""
    share = sum(b.link_chars for b in cells) / max(1, sum(len(b.text) for b in cells))
    return len(cells) > 1 and share > _LINK and not any(b.text_score for b in cells)


def _is_list_of_links(items: list[Block], after_text: bool) -> bool:
    share = sum(b.link_chars for b in items) / max(1, sum(len(b.text) for b in items))
    linked_items = sum(b.link_share > _LINKED_ITEM for b in items)
    return (
        share > _LIST_OF_LINKS
        or (share > _LIST_OF_LINKED_ITEMS and linked_items >= _MOST_ITEMS * len(items))
        or (after_text and share > _LIST_AFTER_TEXT and all(b.links for b in items))
    )


def drop_boxes(blocks: list[Block], usual: Collection[MarkupSignature]) -> None:
    """Drop boxes set into the text that ask for something or hold a picture. `usual` is the text's own markup."""
    for box, inside in _find_boxes(blocks, usual).items():
        reason = _judge_box(box, inside)
        if reason:
            for block in inside:
                block.dropped_because = reason


def _find_boxes(blocks: list[Block], usual: Collection[MarkupSignature]) -> dict[_Element, list[Block]]:
    """Return the outermost elements that hold no block of the usual markup, with their blocks."""
    homes = [b.parent for b in blocks if markup_signature(b) in usual]
    of_text = {e for home in homes if home is not None for e in (home, *home.iterancestors())}
    boxes: dict[_Element, list[Block]] = {}
    for block in blocks:
        if markup_signature(block) in usual:
            continue
        box: _Element | None = block.element
        while box is not None and box.getparent() is not None and box.getparent() not in of_text:
            box = box.getparent()
        if box is not None and box not in of_text:
            boxes.setdefault(box, []).append(block)
    return boxes


def _judge_box(box: _Element, inside: list[Block]) -> DropReason | RegionKind | None:
    size = sum(len(b.text) for b in inside)
    if (
        box.tag in _BOXES
        and size < _PROMPT_BOX_LENGTH
        and any(b.links and phrases.PROMPT.search(b.text) for b in inside)
    ):
        return DropReason.PROMPT
    if box.tag in _NO_BOXES:
        return None
    if size < _FORM_BOX_LENGTH and next(box.iter("button", "input", "form", "select"), None) is not None:
        return DropReason.FORM
    if size < _PICTURE_BOX_LENGTH and next(box.iter("img", "picture", "amp-img"), None) is not None:
        structured = any(b.kind in ("h", "li", "quote", "row") for b in inside)
        return None if structured else RegionKind.CAPTION
    return None


def cut_after_label(blocks: list[Block]) -> None:
    """Drop all that follows a label for other articles, when the text does not go on after it."""
    total = sum(b.text_score for b in blocks)
    for n, block in enumerate(blocks):
        if not _announces_others(block):
            continue
        before, rest = blocks[:n], blocks[n + 1 :]
        if sum(b.text_score for b in rest) > _REST_SHARE * total:
            continue
        homes = {b.parent for b in before if b.text_score}
        usual = {markup_signature(b) for b in before if b.text_score > _USUAL_SCORE}
        goes_on = any(
            b.parent in homes or (b.text_score > _RETURN_SCORE and markup_signature(b) in usual)
            for b in rest
            if b.text_score
        )
        if homes and not goes_on:
            for later in (block, *rest):
                later.dropped_because = DropReason.AFTER_LABEL
            return


def _announces_others(block: Block) -> bool:
    text = block.text
    return len(text) <= _LABEL_LENGTH and bool(
        phrases.ALSO.match(text)
        or phrases.LABEL.match(text)
        or (not ends_clause(text) and phrases.PROMPT.search(text))
    )
