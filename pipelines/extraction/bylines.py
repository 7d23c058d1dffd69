"""Printed bylines: lines near the headline that say who wrote it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.extraction.document import text_of
from pipelines.extraction.names import BY, SPLIT, STOP, looks_like_name

if TYPE_CHECKING:
    from lxml.etree import _Element

    from pipelines.extraction.blocks import Block

_PROFILE = re.compile(
    r"/(?:authors?|auteurs?|autor(?:en|es|in)?|autore|people|person|staff|profile?s?|team|by|writers?|reporters?|journalist\w*|contributors?|redakt\w*|columnist\w*|creators?|users?|member)s?[/?=]",
    re.I,
)


def printed(blocks: list[Block], at: int, first: int) -> tuple[list[str], bool]:
    """Names in bylines: marked as such, linked to a profile, or in a line that begins as bylines do.

    The second value says whether more than a class name speaks for them.
    """
    start = max(0, at - 6) if at >= 0 else 0
    stop = min(len(blocks), max(at + 14, first + 2))
    for block in blocks[start:stop]:
        marked = _marked(block)
        if len(block.text) > 160 or (block.kind == "h" and block.level < 3):
            continue
        linked = [text_of(a) for a in block.element.iter("a") if _profile(a)]
        linked = [name for name in linked if looks_like_name(name, marked)]
        if linked:
            return linked, True
        by = BY.match(block.text)
        if by or marked:
            text = STOP.sub("", block.text[by.end() :] if by else block.text)
            names = [n for n in SPLIT.split(text) if looks_like_name(n, bool(by and marked), bool(by))]
            if names and (marked or len(text) < 80):
                return names, bool(by)
    return [], False


def _profile(link: _Element) -> bool:
    return "author" in (link.get("rel") or "") or bool(_PROFILE.search((link.get("href") or "") + "/"))


def _marked(block: Block) -> bool:
    """Whether a block's class or itemprop says that it names an author."""
    zone = block.zone
    while zone is not None:
        if zone.kind == "author":
            return True
        zone = zone.outer
    element = block.element
    return "author" in (element.get("itemprop") or "")
