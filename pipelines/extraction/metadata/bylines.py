"""Printed bylines: lines near the headline, or under the text, that say who wrote it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.extraction import date_parsing
from pipelines.extraction.content import phrases
from pipelines.extraction.document import text_of
from pipelines.extraction.metadata.headline import pictured
from pipelines.extraction.metadata.person_names import BY, SPLIT, STOP, is_label, looks_like_name

if TYPE_CHECKING:
    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block

_PROFILE = re.compile(
    r"/(?:authors?|auteurs?|autor(?:en|es|in)?|autore|people|person|staff|profile?s?|team|by|writers?|reporters?|journalist\w*|contributors?|redakt\w*|columnist\w*|creators?|users?|member)s?[/?=]",
    re.I,
)
_PARTS = re.compile(r"\s*[|｜•·●∙]\s*|\s+[–—-]\s+")
# What blog systems print under a post, in the languages they come in.
_ALL_BY = re.compile(
    r"^\W*(?:(?:this |the )?(?:post|article|story|piece|entry|guide)? ?(?:was |is )?(?:written|posted|published|authored) by|about(?: the author)?\b:?|"
    r"(?:view|see|read) (?:all|more) (?:posts|articles|stories|entries) (?:by|from)|(?:more )?(?:posts|articles) (?:by|from)|"
    r"(?:alle|weitere) (?:beiträge|artikel|posts) (?:von|anzeigen von)|über (?:den autor|die autorin)?:?|(?:voir )?tous les (?:articles|billets) (?:de|par)|"
    r"ver todas? las? (?:entradas|publicaciones) (?:de|por)|ver todos os (?:posts|artigos) (?:de|por)|(?:vedi )?tutti gli articoli di|alle berichten (?:van|door))\s+",
    re.I,
)
_AUTHOR = re.compile(
    r"^\W*(?:authors?|autor(?:in)?(?:/autor(?:in)?)?|auteure?s?|autore|автор|yazar|penulis|skribent|作者)\s*[:：]?\s+",
    re.I,
)
_NEAR = ("comment", "related", "sidebar", "footer", "nav", "aside", "ad", "hidden")


def printed(blocks: list[Block], at: int, first: int) -> tuple[list[str], bool]:
    """Names in bylines: marked as such, linked to a profile, or in a line that begins as bylines do.

    Then a name beside the date, then the one name that the author's box under the text has. The second
    value says whether more than a class name speaks for them.
    """
    start = max(0, at - 6) if at >= 0 else 0
    stop = min(len(blocks), max(at + 14, first + 2))
    for block in blocks[start:stop]:
        if (_marked(block) and pictured(block)) or _within(block, ("related", "comment")):
            continue  # who took the picture, or wrote something else
        names, strong = _of_line(block)
        if names:
            return names, strong
    beside = _beside_date(blocks, at, first) if at >= 0 else []
    return beside or _boxed(blocks[max(at, 0) :]), False


def _of_line(block: Block) -> tuple[list[str], bool]:
    """The names in a line if it is a byline."""
    if len(block.text) > 160 or (block.kind == "h" and block.level < 3):
        return [], False
    if _ALL_BY.match(block.text) and not BY.match(block.text):  # an author's box, see below
        return [], False
    marked = _marked(block)
    parts = [part for part in _PARTS.split(date_parsing.without_dates(block.text)) if part]
    begun = next((part for part in parts if BY.match(part)), "")
    linked = [text_of(a) for a in block.element.iter("a") if _profile(a)]
    linked = [n for n in linked if looks_like_name(n, marked or bool(begun)) and not is_label(n)]
    if linked:
        return linked, True
    for part in [begun] if begun else parts if marked else ():
        by = BY.match(part)
        text = STOP.sub("", part[by.end() :] if by else part)
        names = [n for n in SPLIT.split(text) if looks_like_name(n, bool(by and marked), bool(by))]
        if names and (marked or len(text) < 80):
            return names, bool(by)
    return [], False


def _beside_date(blocks: list[Block], at: int, first: int) -> list[str]:
    """A name that stands by itself between headline and text, next to the date or the reading time."""
    for n in range(at + 1, min(first, at + 8)):
        text = blocks[n].text
        if (
            blocks[n].kind == "h"
            or not 5 <= len(text) <= 40
            or not text.isascii()
            or _within(blocks[n], _NEAR)
        ):
            continue
        around = [blocks[i].text for i in (n - 1, n + 1) if at < i < len(blocks)]
        dated = any(date_parsing.is_date_line(t) or phrases.AGO.match(t) for t in around)
        if dated and looks_like_name(text) and not is_label(text):
            return [text]
    return []


def _boxed(blocks: list[Block]) -> list[str]:
    """The name in the author's box, or behind the word author, when all of them below the text name the same."""
    found: dict[str, str] = {}
    for block in blocks:
        named = _AUTHOR.match(block.text)
        if len(block.text) > 120 or not (named or _marked(block)) or _within(block, _NEAR) or pictured(block):
            continue
        by = named or _ALL_BY.match(block.text) or BY.match(block.text)
        text = STOP.sub("", block.text[by.end() :] if by else block.text)
        name = SPLIT.split(text)[0].strip(" ,.")
        if looks_like_name(name) and not is_label(name):
            found.setdefault(name.casefold(), name)
    return list(found.values()) if len(found) == 1 else []


def _within(block: Block, kinds: tuple[str, ...]) -> bool:
    zone = block.zone
    while zone is not None:
        if zone.kind in kinds:
            return True
        zone = zone.outer
    return False


def _profile(link: _Element) -> bool:
    return "author" in (link.get("rel") or "") or bool(_PROFILE.search((link.get("href") or "") + "/"))


def _marked(block: Block) -> bool:
    """Whether a block's class or itemprop says that it names an author."""
    return _within(block, ("author",)) or "author" in (block.element.get("itemprop") or "")
