"""Which parts of the story's element are not the story: links, boxes set into it, and other stories after it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.extraction.content import phrases
from pipelines.extraction.content.line_filters import is_sentence
from pipelines.extraction.tokens import weight

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block


def links(blocks: list[Block]) -> None:
    """Lines that are links, and lists of them, with the label before."""
    groups: dict[_Element, list[Block]] = {}
    for block in blocks:
        if block.kind == "li" and block.group is not None:
            groups.setdefault(block.group, []).append(block)
    last = max((n for n, b in enumerate(blocks) if b.kind == "p" and b.value > 60), default=0)
    tail = {id(b) for b in blocks[last + 1 :]}
    for items in groups.values():
        size = sum(len(b.text) for b in items)
        share = sum(b.link_chars for b in items) / max(1, size)
        whole = sum(b.linked > 0.45 for b in items)
        every = all(b.links for b in items)
        if (
            share > 0.6
            or (share > 0.5 and whole >= 0.8 * len(items))
            or (every and share > 0.3 and id(items[0]) in tail)
        ):
            for block in items:
                block.dropped_because = block.dropped_because or "links"
    homes: dict[object, int] = {}
    for block in blocks:
        if block.kind == "p" and len(block.text) > 120 and block.linked < 0.4:
            homes[block.element.getparent()] = homes.get(block.element.getparent(), 0) + 1
    for block in blocks:
        if block.dropped_because or block.kind == "row":
            continue
        if block.kind == "h" and homes.get(block.element.getparent(), 0) > 2:
            continue
        if block.linked > 0.8 or (
            block.linked > 0.3 and len(block.text) < 200 and phrases.ALSO.match(block.text)
        ):
            block.dropped_because = "links"


def teasers(blocks: list[Block], kin: Callable[[Block], object]) -> None:
    """Cards of other stories that end the page: three texts or more of one markup, each under a linked line."""
    last: object = None
    group: list[Block] = []
    total = sum(b.value for b in blocks)
    for n in range(len(blocks) - 1, 0, -1):
        block, before = blocks[n], blocks[n - 1]
        if _links_on(block):
            continue
        if block.kind != "p" or not _links_on(before) or (group and kin(block) != last):
            break
        last = kin(block)
        group.append(block)
    size = sum(b.value for b in group)
    if len(group) >= 3 and sum(weight(b.text) >= 40 for b in group) * 2 >= len(group) and size < 0.4 * total:
        for block in group:
            block.dropped_because = "teaser"


def _links_on(block: Block) -> bool:
    """Whether a block is a title, or a label, that is a link from end to end."""
    return block.linked > 0.9 and block.kind in ("h", "p") and sum(c.isalpha() for c in block.text) > 3


def other_articles(blocks: list[Block], every: list[Block]) -> None:
    """Shorter `article` elements of one markup that follow the one which holds the headline.

    A live blog may be marked up so as well. So they go only when they hold less than the story or when a
    label of `every` block of the page, such as "You may also like", stands before them.
    """
    worth: dict[_Element, float] = {}
    homes = [next(block.element.iterancestors("article"), None) for block in blocks]
    for home, block in zip(homes, blocks, strict=True):
        if home is not None:
            worth[home] = worth.get(home, 0.0) + block.value
    own = next((e for e in worth if next(e.iter("h1"), None) is not None), None)
    if own is None or worth[own] < 250:
        return
    alike: dict[tuple[str, ...], list[_Element]] = {}
    for home in worth:
        if home is not own and own not in home.iterancestors() and home not in own.iterancestors():
            names = re.sub(r"\d+", "", home.get("class") or "").split()
            alike.setdefault(tuple(names[:2]), []).append(home)  # later names are of the one article
    others = {e for group in alike.values() if len(group) > 1 for e in group if worth[e] < worth[own]}
    found = [b for home, b in zip(homes, blocks, strict=True) if home in others]
    if not found or (sum(b.value for b in found) > worth[own] and not _labelled(found[0], every)):
        return
    for block in found:
        block.dropped_because = "another article"


def _labelled(first: Block, every: list[Block]) -> bool:
    """Whether one of the three blocks before this one leads to other stories."""
    at = next(n for n, block in enumerate(every) if block is first)
    return any(
        phrases.ALSO.match(b.text) or (b.zone is not None and b.zone.kind == "related" and len(b.text) < 70)
        for b in every[max(0, at - 3) : at + 1]
    )


def islands(blocks: list[Block], usual: set[object], kin: Callable[[Block], object]) -> None:
    """Boxes set into the text that ask for something: they hold a form, a field or a button."""
    homes = [b.element.getparent() for b in blocks if kin(b) in usual]
    held = {e for home in homes if home is not None for e in (home, *home.iterancestors())}
    boxes: dict[_Element, list[Block]] = {}
    for block in blocks:
        if kin(block) in usual:
            continue
        box: _Element | None = block.element
        while box is not None and box.getparent() is not None and box.getparent() not in held:
            box = box.getparent()
        if box is not None and box not in held:
            boxes.setdefault(box, []).append(block)
    for box, inside in boxes.items():
        size = sum(len(b.text) for b in inside)
        if (
            box.tag in _BOXES
            and size < 500
            and any(b.links and phrases.PROMPT.search(b.text) for b in inside)
        ):
            for block in inside:
                block.dropped_because = "prompt"
            continue
        if box.tag in ("p", "h2", "h3", "h4", "ul", "ol", "table", "blockquote", "pre"):
            continue
        if size < 700 and next(box.iter("button", "input", "form", "select"), None) is not None:
            why = "box with a form"
        elif size < 500 and next(box.iter("img", "picture", "amp-img"), None) is not None:
            if any(b.kind in ("h", "li", "quote", "row") for b in inside):
                continue
            why = "caption"
        else:
            continue
        for block in inside:
            block.dropped_because = why


_BOXES = ("div", "section", "aside", "blockquote")
CUT = 0.5


def cut(blocks: list[Block], kin: Callable[[Block], object]) -> None:
    """All that follows a label for other stories, when nothing after it stands among the text's paragraphs."""
    total = sum(b.value for b in blocks if not b.dropped_because)
    for n, block in enumerate(blocks):
        if (
            block.dropped_because
            or len(block.text) > 70
            or not (
                phrases.ALSO.match(block.text)
                or phrases.LABEL.match(block.text)
                or (phrases.PROMPT.search(block.text) and not is_sentence(block.text))
            )
        ):
            continue
        before = {b.element.getparent() for b in blocks[:n] if b.value and not b.dropped_because}
        rest = [b for b in blocks[n + 1 :] if not b.dropped_because]
        left = sum(b.value for b in rest)
        if left > CUT * total:
            continue
        usual = {kin(b) for b in blocks[:n] if b.value > 100 and not b.dropped_because}
        if before and not any(
            b.element.getparent() in before or (b.value > 80 and kin(b) in usual) for b in rest if b.value
        ):
            for later in (block, *rest):
                later.dropped_because = "after a label"
            return
