"""Which lines of the story's part of the page are not the story: one small rule each."""

from __future__ import annotations

import re
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from pipelines.extraction.content import phrases
from pipelines.extraction.date_parsing import is_date_line
from pipelines.extraction.metadata.headline import same
from pipelines.extraction.tokens import split as words
from pipelines.extraction.tokens import weight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipelines.extraction.content.blocks import Block

_END = re.compile(r"[.!?…。！？؟।۔։።:;][\"'”’»」』)\]]*$")


def is_sentence(text: str) -> bool:
    return bool(_END.search(text))


def standing(blocks: Iterable[Block]) -> list[Block]:
    return [b for b in blocks if not b.dropped_because]


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
                block.dropped_because = "not in articleBody"
                continue
            out.append(block)
        elif n > first - 5 and len(block.text) > 60 and block.linked < 0.9:
            letters = _letters(block.text)
            if letters in whole and letters not in seen:
                block.dropped_because = ""
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
        if block.dropped_because or len(block.text) > 90:
            continue
        if phrases.LABEL.match(block.text):
            block.dropped_because = "label"
        elif phrases.ALSO.match(block.text) and (
            block.kind == "h"
            or block.text.endswith((":", "："))
            or block.linked > 0.3
            or not is_sentence(block.text)
        ):
            after = next((b for b in blocks[n + 1 :]), None)
            if after is None or after.dropped_because or len(block.text) < 40:
                block.dropped_because = "label"


def captions(blocks: list[Block], alts: set[str]) -> None:
    """Lines that repeat a picture's description or credit a picture."""
    for block in blocks:
        if block.dropped_because or block.kind in ("h", "row"):
            continue
        if block.text in alts and len(block.text) < 300:
            block.dropped_because = "caption"
        elif block.kind != "li" and len(block.text) < 160 and phrases.CREDIT.match(block.text):
            block.dropped_because = "credit"
        elif block.kind == "p" and len(block.text) < 280 and phrases.PICTURED.match(block.text):
            block.dropped_because = "caption"


def repeats(blocks: list[Block], headlines: list[str]) -> None:
    """The headline again, and quotations pulled out of the text."""
    paragraphs = {b.text for b in blocks if not b.dropped_because and b.kind == "p" and len(b.text) > 120}
    body = "\n".join(paragraphs)
    seen: set[str] = set()
    worthy = 0
    for block in blocks:
        if block.dropped_because:
            continue
        text = block.text
        if (worthy < 2 and any(same(text, h) for h in headlines)) or (block.level == 1 and worthy == 0):
            block.dropped_because = "headline"
            continue
        if len(text) > 120:
            worthy += 1
        if len(text) > 60 and text in seen:
            block.dropped_because = "repeated"
        elif 30 < len(text) < 400 and block.kind != "row" and text not in paragraphs:
            bare = text.strip("\"'“”„«»‘’」「…. ")
            if (
                len(bare) > 30
                and bare in body
                and (block.kind != "p" or block.zone is not None or not is_sentence(text))
            ):
                block.dropped_because = "pulled quote"
        seen.add(text)


def edges(blocks: list[Block], authors: Iterable[str]) -> None:
    """Bylines, dates, sources and prompts before the first and after the last real paragraph."""
    names = [a for a in authors if a]
    _edge(blocks, lambda b: _head_reason(b, names), 8)
    _edge(blocks[::-1], lambda b: _tail_reason(b, names), 14)
    for way in (blocks, blocks[::-1]):
        for block in takewhile(
            lambda b: b.dropped_because or not any(sign.isalnum() for sign in b.text), way
        ):
            block.dropped_because = block.dropped_because or "ornament"


def _edge(blocks: list[Block], reason: Callable[[Block], str], reach: int) -> None:
    looked = 0
    for block in blocks:
        if block.dropped_because:
            continue
        why = reason(block)
        if why:
            block.dropped_because = why
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
    if is_date_line(text) or phrases.AGO.match(text):
        return "date"
    if phrases.SOURCE.match(text) or phrases.EMAIL.match(text) or phrases.HANDLE.match(text):
        return "source"
    if _is_credits(text):
        return "credits"
    if len(text) < 160 and phrases.PROMPT.search(text):
        return "prompt"
    return ""


def _tail_reason(block: Block, names: list[str]) -> str:
    text = block.text
    why = _head_reason(block, names)
    if why:
        return why
    if block.linked > 0.5 and len(text) < 40 and not is_sentence(text):
        return "links"
    if phrases.MORE_TO_COME.match(text):
        return "prompt"
    if block.kind == "p" and _is_name(text):
        return "byline"
    if (
        len(text) < 320
        and phrases.PROMPT.search(text)
        and (block.links or len(text) < 160 or block.kind == "h")
    ):
        return "prompt"
    if len(text) < 500 and any(_begins_with_name(text, n) for n in names):
        return "author note"
    return ""


def _is_credits(text: str) -> bool:
    """Whether a line names who did what, or when: labels with values, and a person or a date among them."""
    if not phrases.CREDITS.match(text) or is_sentence(text):
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
        if name.casefold() in folded and len(folded) < len(name) + 45 and not is_sentence(text):
            return True
    match = phrases.BYLINE.match(text)
    if not match or is_sentence(text.rstrip(".")):
        return False
    rest = match["name"]
    capitals = sum(w[:1].isupper() for w in rest.split())
    return (len(rest.split()) <= 8 and capitals >= 0.6 * len(rest.split())) or rest[:1] > "\u2e80"


def bold_headings(blocks: list[Block]) -> None:
    """Short lines that are bold from end to end are headings, as in bodies made of line breaks."""
    live = standing(blocks)
    for block, following in pairwise(live):
        bold = block.bold_chars >= 0.95 * len(block.text) and following.bold_chars < 0.5 * len(following.text)
        if bold and block.kind == "p" and len(block.text) < 90 and not is_sentence(block.text):
            block.kind, block.level = "h", 3


def headings(blocks: list[Block]) -> None:
    """Headings at the very end with nothing under them, and lines that announce what was left out after them."""
    gone = False
    for block in reversed(blocks):
        if block.dropped_because:
            gone = True
        elif block.kind == "h" and not (len(block.text) > 80 and is_sentence(block.text)):
            block.dropped_because = "heading of nothing"
        elif gone and block.kind == "p" and len(block.text) < 160 and block.text.endswith((":", "：")):
            block.dropped_because = "announces nothing"
        else:
            return
