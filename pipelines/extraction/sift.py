"""Which blocks of the story's part of the page are not the story: one small rule each."""

from __future__ import annotations

import re
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from pipelines.extraction import grammar
from pipelines.extraction.clock import is_date_line
from pipelines.extraction.headline import same
from pipelines.extraction.words import split as words
from pipelines.extraction.words import weight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lxml.etree import _Element

    from pipelines.extraction.blocks import Block

_END = re.compile(r"[.!?…。！？؟।۔։።:;][\"'”’»」』)\]]*$")


def _sentence(text: str) -> bool:
    return bool(_END.search(text))


def standing(blocks: Iterable[Block]) -> list[Block]:
    return [b for b in blocks if not b.why]


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
                block.why = block.why or "links"
    homes: dict[object, int] = {}
    for block in blocks:
        if block.kind == "p" and len(block.text) > 120 and block.linked < 0.4:
            homes[block.element.getparent()] = homes.get(block.element.getparent(), 0) + 1
    for block in blocks:
        if block.why or block.kind == "row":
            continue
        if block.kind == "h" and homes.get(block.element.getparent(), 0) > 2:
            continue
        if block.linked > 0.8 or (
            block.linked > 0.3 and len(block.text) < 200 and grammar.ALSO.match(block.text)
        ):
            block.why = "links"


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
    if len(group) >= 3 and sum(b.value > 0 for b in group) * 2 >= len(group) and size < 0.4 * total:
        for block in group:
            block.why = "teaser"


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
        block.why = "another article"


def _labelled(first: Block, every: list[Block]) -> bool:
    """Whether one of the three blocks before this one leads to other stories."""
    at = next(n for n, block in enumerate(every) if block is first)
    return any(
        grammar.ALSO.match(b.text) or (b.zone is not None and b.zone.kind == "related" and len(b.text) < 70)
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
        if box.tag in ("p", "h2", "h3", "h4", "ul", "ol", "table", "blockquote", "pre"):
            continue
        size = sum(len(b.text) for b in inside)
        if size < 700 and next(box.iter("button", "input", "form", "select"), None) is not None:
            why = "box with a form"
        elif size < 500 and next(box.iter("img", "picture", "amp-img"), None) is not None:
            if any(b.kind in ("h", "li", "quote", "row") for b in inside):
                continue
            why = "caption"
        else:
            continue
        for block in inside:
            block.why = why


CUT = 0.5


def cut(blocks: list[Block], kin: Callable[[Block], object]) -> None:
    """All that follows a label for other stories, when nothing after it stands among the text's paragraphs."""
    total = sum(b.value for b in blocks if not b.why)
    for n, block in enumerate(blocks):
        if (
            block.why
            or len(block.text) > 70
            or not (grammar.ALSO.match(block.text) or grammar.LABEL.match(block.text))
        ):
            continue
        before = {b.element.getparent() for b in blocks[:n] if b.value and not b.why}
        rest = [b for b in blocks[n + 1 :] if not b.why]
        left = sum(b.value for b in rest)
        if left > CUT * total:
            continue
        usual = {kin(b) for b in blocks[:n] if b.value > 100 and not b.why}
        if before and not any(
            b.element.getparent() in before or (b.value > 80 and kin(b) in usual) for b in rest if b.value
        ):
            for later in (block, *rest):
                later.why = "after a label"
            return


def told(blocks: list[Block], kept: list[Block], body: str) -> list[Block]:
    """The text by the page's own articleBody, when that holds nearly all that was found and no less."""
    whole = _letters(body)
    long = [b for b in kept if len(b.text) > 60]
    known = sum(len(b.text) for b in long if _letters(b.text) in whole)
    total = sum(len(b.text) for b in long)
    if not total or known < 0.85 * total or len(whole) < 0.8 * len(_letters("".join(b.text for b in long))):
        return kept
    chosen = {id(b) for b in kept}
    first = next((n for n, b in enumerate(blocks) if id(b) in chosen), 0)
    seen = {_letters(b.text) for b in kept}
    grams = _grams(body)
    out: list[Block] = []
    for n, block in enumerate(blocks):
        if id(block) in chosen:
            if out and block.kind == "p" and len(block.text) > 25 and not _overlaps(block.text, grams):
                block.why = "not in articleBody"
                continue
            out.append(block)
        elif n > first - 5 and len(block.text) > 60 and block.linked < 0.9:
            letters = _letters(block.text)
            if letters in whole and letters not in seen:
                block.why = ""
                out.append(block)
                seen.add(letters)
    return out


def _grams(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return set(zip(found, found[1:], found[2:], strict=False))


def _overlaps(text: str, grams: set[tuple[str, ...]]) -> bool:
    own = _grams(text)
    return not own or len(own & grams) > 0.3 * len(own)


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text)


def labels(blocks: list[Block]) -> None:
    """Short lines that label what is not the story; with a heading goes what hangs on it when that is gone."""
    for n, block in enumerate(blocks):
        if block.why or len(block.text) > 90:
            continue
        if grammar.LABEL.match(block.text):
            block.why = "label"
        elif grammar.ALSO.match(block.text) and (
            block.kind == "h"
            or block.text.endswith((":", "："))
            or block.linked > 0.3
            or not _sentence(block.text)
        ):
            after = next((b for b in blocks[n + 1 :]), None)
            if after is None or after.why or len(block.text) < 40:
                block.why = "label"


def captions(blocks: list[Block], alts: set[str]) -> None:
    """Lines that repeat a picture's description or credit a picture."""
    for block in blocks:
        if block.why or block.kind in ("h", "row"):
            continue
        if block.text in alts and len(block.text) < 300:
            block.why = "caption"
        elif block.kind != "li" and len(block.text) < 160 and grammar.CREDIT.match(block.text):
            block.why = "credit"
        elif block.kind == "p" and len(block.text) < 280 and grammar.PICTURED.match(block.text):
            block.why = "caption"


def repeats(blocks: list[Block], headlines: list[str]) -> None:
    """The headline again, and quotations pulled out of the text."""
    paragraphs = {b.text for b in blocks if not b.why and b.kind == "p" and len(b.text) > 120}
    body = "\n".join(paragraphs)
    seen: set[str] = set()
    worthy = 0
    for block in blocks:
        if block.why:
            continue
        text = block.text
        if (worthy < 2 and any(same(text, h) for h in headlines)) or (block.level == 1 and worthy == 0):
            block.why = "headline"
            continue
        if len(text) > 120:
            worthy += 1
        if len(text) > 60 and text in seen:
            block.why = "repeated"
        elif 30 < len(text) < 400 and block.kind != "row" and text not in paragraphs:
            bare = text.strip("\"'“”„«»‘’」「…. ")
            if (
                len(bare) > 30
                and bare in body
                and (block.kind != "p" or block.zone is not None or not _sentence(text))
            ):
                block.why = "pulled quote"
        seen.add(text)


def edges(blocks: list[Block], authors: Iterable[str]) -> None:
    """Bylines, dates, sources and prompts before the first and after the last real paragraph."""
    names = [a for a in authors if a]
    _edge(blocks, lambda b: _head_reason(b, names), 8)
    _edge(blocks[::-1], lambda b: _tail_reason(b, names), 14)
    for way in (blocks, blocks[::-1]):
        for block in takewhile(lambda b: b.why or not any(sign.isalnum() for sign in b.text), way):
            block.why = block.why or "ornament"


def _edge(blocks: list[Block], reason: Callable[[Block], str], reach: int) -> None:
    looked = 0
    for block in blocks:
        if block.why:
            continue
        why = reason(block)
        if why:
            block.why = why
            continue
        looked += 1
        if (looked > 1 and weight(block.text) > 100) or looked > reach:
            return


def _head_reason(block: Block, names: list[str]) -> str:
    text = block.text
    if len(text) > 220:
        return ""
    if _is_byline(text, names):
        return "byline"
    if is_date_line(text) or grammar.AGO.match(text):
        return "date"
    if grammar.SOURCE.match(text) or grammar.EMAIL.match(text) or grammar.HANDLE.match(text):
        return "source"
    if _is_credits(text):
        return "credits"
    if len(text) < 160 and grammar.PROMPT.search(text):
        return "prompt"
    return ""


def _tail_reason(block: Block, names: list[str]) -> str:
    text = block.text
    why = _head_reason(block, names)
    if why:
        return why
    if block.linked > 0.5 and len(text) < 40 and not _sentence(text):
        return "links"
    if grammar.MORE_TO_COME.match(text):
        return "prompt"
    if block.kind == "p" and _is_name(text):
        return "byline"
    if (
        len(text) < 320
        and grammar.PROMPT.search(text)
        and (block.links or len(text) < 160 or block.kind == "h")
    ):
        return "prompt"
    if len(text) < 500 and any(_begins_with_name(text, n) for n in names):
        return "author note"
    return ""


def _is_credits(text: str) -> bool:
    """Whether a line names who did what, or when: labels with values, and a person or a date among them."""
    if not grammar.CREDITS.match(text) or _sentence(text):
        return False
    values = re.split(r"[:：]\s*|[,;|·•–]\s*|\s-\s", text)
    return any(_is_name(v.strip()) or is_date_line(v.strip()) for v in values)


def _is_name(text: str) -> bool:
    """Up to four capitalised words and nothing else."""
    parts = text.strip("()[] ").split()
    return 2 <= len(parts) <= 4 and all(
        w[:1].isupper() and w.replace("-", "").replace(".", "").isalpha() for w in parts
    )


def _begins_with_name(text: str, name: str) -> bool:
    return (
        len(name) > 5
        and text.casefold().startswith(name.casefold())
        and not text.startswith((name + ":", name + " said"))
    )


def _is_byline(text: str, names: list[str]) -> bool:
    """Whether a line is a byline: names and little else, or what bylines begin with and a name."""
    if len(text) > 120:
        return False
    folded = text.casefold()
    for name in names:
        if name.casefold() in folded and len(folded) < len(name) + 45 and not _sentence(text):
            return True
    match = grammar.BYLINE.match(text)
    if not match or _sentence(text.rstrip(".")):
        return False
    rest = match["name"]
    capitals = sum(w[:1].isupper() for w in rest.split())
    return (len(rest.split()) <= 8 and capitals >= 0.6 * len(rest.split())) or rest[:1] > "\u2e80"


def bold_headings(blocks: list[Block]) -> None:
    """Short lines that are bold from end to end are headings, as in bodies made of line breaks."""
    live = standing(blocks)
    for block, following in pairwise(live):
        bold = block.bold_chars >= 0.95 * len(block.text) and following.bold_chars < 0.5 * len(following.text)
        if bold and block.kind == "p" and len(block.text) < 90 and not _sentence(block.text):
            block.kind, block.level = "h", 3


def headings(blocks: list[Block]) -> None:
    """Headings at the very end with nothing under them, and lines that announce what was left out after them."""
    gone = False
    for block in reversed(blocks):
        if block.why:
            gone = True
        elif block.kind == "h" and not (len(block.text) > 80 and _sentence(block.text)):
            block.why = "heading of nothing"
        elif gone and block.kind == "p" and len(block.text) < 160 and block.text.endswith((":", "：")):
            block.why = "announces nothing"
        else:
            return
