"""Which part of the page is the story, and which of its blocks are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.extraction.content import insets, line_filters
from pipelines.extraction.content.regions import DROPPED
from pipelines.extraction.tokens import weight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block, Region

_SENTENCE = re.compile(r"[.!?…。！？؟।۔።][\"'”’»」』)]?(?:\s|$)")


def worth(block: Block) -> float:
    """How much a block speaks for its place being the story: the weight of its sentences."""
    if block.kind == "h" or block.linked > 0.5:
        return 0.0
    size = weight(block.text)
    if size < 40:
        return 0.0
    value = float(size - 2 * block.link_chars)
    if not _SENTENCE.search(block.text):
        value *= 0.3
    if block.kind in ("li", "row"):
        value *= 0.4
    return min(max(value, 0.0), 1500.0)


def judge(blocks: list[Block], zones: list[Region]) -> set[Region]:
    """The zones whose names are to be believed: not when all of that name hold much of the page's writing."""
    total = 0.0
    for block in blocks:
        block.value = worth(block)
        total += block.value
    inside: dict[tuple[str, str], float] = {}
    for block in blocks:
        value = block.value
        zone = block.zone
        seen = set()
        while zone is not None and value:
            key = (zone.kind, zone.name)
            if key not in seen:
                seen.add(key)
                inside[key] = inside.get(key, 0.0) + value
            zone = zone.outer
    return {z for z in zones if z.kind in _DROP and inside.get((z.kind, z.name), 0.0) <= total * _limit(z)}


def _limit(zone: Region) -> float:
    if zone.kind == "sidebar" and zone.element.tag == "aside":
        return 0.8
    return _LIMIT.get(zone.kind, 0.25)


_DROP = DROPPED | {"aside", "factbox"}
_LIMIT = {"hidden": 0.3, "comment": 0.85, "related": 0.4, "footer": 0.5, "nav": 0.5, "aside": 0.3}


def believed(block: Block, zones: set[Region], within: _Element | None = None) -> str:
    zone = block.zone
    while zone is not None:
        if zone in zones:
            return zone.kind
        zone = zone.outer
    return ""


def container(blocks: list[Block], zones: set[Region], bodies: list[_Element], root: _Element) -> _Element:
    """The element whose writing outweighs by most the links and labels it brings along."""
    values: dict[_Element, float] = {}
    sizes: dict[_Element, tuple[int, int]] = {}
    teaser: _Element | None = None
    for block in blocks:
        if believed(block, zones):
            continue
        value = block.value
        if block.linked > 0.8 and weight(block.text) > 20:
            teaser = block.element.getparent()
        elif value and teaser is not None:
            if weight(block.text) < 300 and _near(block.element, teaser):
                value = block.value = 0.0
            teaser = None
        if not value:
            value = (
                -float(LAMBDA * min(300, len(block.text)))
                if block.kind != "h" or block.linked > 0.5
                else -5.0
            )
            if block.kind == "row" or (block.kind == "li" and block.linked < 0.5):
                value *= 0.1
        element: _Element | None = block.element
        while element is not None:
            values[element] = values.get(element, 0.0) + value
            size, linked = sizes.get(element, (0, 0))
            sizes[element] = size + len(block.text), linked + block.link_chars
            element = element.getparent()
    best, best_value = root, values.get(root, 0.0)
    for element, value in values.items():
        if element.tag in ("p", "li", "blockquote", "span"):
            continue
        if value > best_value:
            best, best_value = element, value
    inside = [n for n in bodies if n is not best and _within(n, best)]
    if len(inside) == 1 and sizes.get(inside[0], (0, 0))[0] > max(250, 0.5 * sizes.get(best, (0, 0))[0]):
        return inside[0]
    for named in bodies:
        if not _within(best, named) and not _within(named, best):
            size, linked = sizes.get(named, (0, 0))
            if size > 250 and linked < 0.4 * size and size > 0.3 * sizes.get(best, (0, 0))[0]:
                return named
    return best


LAMBDA = 0.7


def _near(element: _Element, teaser: _Element) -> bool:
    """Whether an element lies in the box of the teaser's headline."""
    for _ in range(2):
        parent = element.getparent()
        if parent is None:
            return False
        if parent is teaser or parent is teaser.getparent():
            return True
        element = parent
    return False


def within(blocks: list[Block], zones: list[Region], chosen: Sequence[_Element]) -> list[Block]:
    """The blocks inside the elements that a person has named as the body, zones in them left out."""
    trusted = judge(blocks, zones)
    out = []
    for block in blocks:
        if not any(_within(block.element, element) for element in chosen):
            block.dropped_because = "outside the rule's body"
        elif why := believed(block, trusted):
            block.dropped_because = why
        else:
            out.append(block)
    insets.links(out)
    return line_filters.standing(out)


def story(
    blocks: list[Block],
    zones: list[Region],
    bodies: list[_Element],
    root: _Element,
    without: frozenset[str] = frozenset(),
) -> list[Block]:
    """The story's blocks, in order."""
    trusted = judge(blocks, zones)
    if "zones" in without:
        trusted = set()
    home = root if "container" in without else container(blocks, trusted, bodies, root)
    if not any(b.value and _within(b.element, home) and not believed(b, trusted) for b in blocks):
        home = max(bodies, key=lambda n: _writing(blocks, n), default=home)
    out = []
    kin: dict[object, float] = {}
    for block in blocks:
        kin[_kin(block)] = kin.get(_kin(block), 0.0) + block.value
    total = sum(kin.values())
    for block in blocks:
        why = believed(block, trusted)
        if why and not _mislabelled(block, kin, total):
            block.dropped_because = why
            continue
        if not _within(block.element, home):
            block.dropped_because = "outside"
            continue
        out.append(block)
    if "cards" not in without:
        insets.teasers(out, _kin)
        insets.other_articles(out, blocks)
    out = line_filters.standing(out)
    if "links" not in without:
        insets.links(out)
    return trim(line_filters.standing(out), without)


def _writing(blocks: list[Block], home: _Element) -> float:
    return sum(b.value for b in blocks if b.value and _within(b.element, home))


def _mislabelled(block: Block, kin: dict[object, float], total: float) -> bool:
    """Whether a paragraph is marked up just as most of the text is, whatever the names around it say."""
    zone = block.zone
    while zone is not None:
        if zone.kind in ("hidden", "caption", "comment", "share", "nav", "footer", "aside", "factbox"):
            return False
        zone = zone.outer
    if block.element.tag != "p" or block.value < 60 or block.linked > 0.2 or _bare(block.element):
        return False
    return kin.get(_kin(block), 0.0) > 0.3 * total


def _bare(element: _Element) -> bool:
    """Whether neither the element nor the one around it has a class to be known by."""
    parent = element.getparent()
    return not element.get("class") and (parent is None or not parent.get("class"))


def _alike(element: _Element) -> tuple[str, str]:
    return (element.tag, element.get("class") or "")


def _kin(block: Block) -> tuple[object, ...]:
    """What paragraphs of one text share: how they and the element around them are marked up."""
    parent = block.element.getparent()
    return (_alike(block.element), _alike(parent) if parent is not None else None)


def trim(blocks: list[Block], without: frozenset[str]) -> list[Block]:
    """Without what stands before the first and after the last paragraph of the text, and boxes set into it."""
    counts: dict[object, int] = {}
    for block in blocks:
        if block.value:
            for key in (_kin(block), block.element.getparent()):
                counts[key] = counts.get(key, 0) + 1
    most = max(counts.values(), default=0)
    kin: dict[object, float] = {}
    homes: dict[object, float] = {}
    total = 0.0
    for block in blocks:
        value = block.value
        total += value
        kin[_kin(block)] = kin.get(_kin(block), 0.0) + value
        parent = block.element.getparent()
        homes[parent] = homes.get(parent, 0.0) + value
    core = [
        n
        for n, block in enumerate(blocks)
        if block.value
        and (most < 4 or max(counts[_kin(block)], counts[block.element.getparent()]) > 1)
        and (kin[_kin(block)] >= CORE * total or homes[block.element.getparent()] >= CORE * total)
    ]
    if not core:
        return blocks
    first, last = (core[0], core[-1]) if "trim" not in without else (0, len(blocks) - 1)
    good = {b.element.getparent() for b in blocks[first : last + 1] if b.value}
    while first > 0 and _stands_in(blocks[first - 1], good) and blocks[first - 1].level != 1:
        first -= 1
    while last + 1 < len(blocks) and _belongs(blocks[last + 1], good):
        last += 1
    for n, block in enumerate(blocks):
        if n < first:
            block.dropped_because = "before"
        elif n > last:
            block.dropped_because = "after"
    inner = blocks[first : last + 1]
    if "boxes" not in without:
        insets.islands(inner, {_kin(b) for b in blocks if kin[_kin(b)] >= CORE * total and b.value}, _kin)
    if "cut" not in without:
        insets.cut(inner, _kin)
    return line_filters.standing(inner)


CORE = 0.07


def _belongs(block: Block, good: set[_Element | None]) -> bool:
    """Whether a block after the last paragraph stands in the same element as others of the text."""
    parent = block.element.getparent()
    reach = 3 if block.kind in ("li", "row", "quote") else 1
    for _ in range(reach):
        if parent is None or parent in good:
            break
        parent = parent.getparent()
    return (parent is not None and parent in good) or (bool(block.value) and block.element in good)


def _stands_in(block: Block, good: set[_Element | None]) -> bool:
    """Whether a block is a child of an element that holds the text, or a sentence right in it without a `p`."""
    return block.element.getparent() in good or (bool(block.value) and block.element in good)


def _within(element: _Element | None, home: _Element) -> bool:
    while element is not None:
        if element is home:
            return True
        element = element.getparent()
    return False
