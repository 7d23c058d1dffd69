"""Printed bylines: lines near the headline, or under the text, that say who wrote it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lxml.etree import iterwalk

from pipelines.extraction import date_parsing
from pipelines.extraction.content import phrases
from pipelines.extraction.content.blocks import is_of_picture
from pipelines.extraction.content.regions import RegionKind
from pipelines.extraction.document import squeeze, text_of
from pipelines.extraction.metadata.person_names import (
    BY,
    SPLIT,
    STOP,
    is_label,
    looks_like_name,
    strip_beside,
)

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
_OTHERS = frozenset({RegionKind.RELATED, RegionKind.COMMENT})
"""Regions of texts by other authors."""
_AROUND = _OTHERS | {
    RegionKind.SIDEBAR,
    RegionKind.FOOTER,
    RegionKind.NAV,
    RegionKind.ASIDE,
    RegionKind.AD,
    RegionKind.HIDDEN,
}
"""Regions around the article, where a bare name need not be its author's."""
_AUTHOR_REGION = frozenset({RegionKind.AUTHOR})

_ABOVE_HEADLINE, _BELOW_HEADLINE = 6, 14  # blocks near the headline that may be bylines
_BELOW_TEXT_START = 2
_BYLINE_LENGTH = 160
_UNMARKED_LENGTH = 80  # characters of a name that no class marks
_BESIDE_REACH = 8  # blocks below the headline where a name may stand beside the date
_SHORTEST_ALONE, _LONGEST_ALONE = 5, 40  # characters of a name that is a line
_DATED_BYLINE_LENGTH = 90
_NAMES_AND_DATE = 2  # parts of a line between bars
_BOX_LENGTH = 120
_HEADING_OF_TEXT = 3  # headings from this level down may be bylines


class Byline(NamedTuple):
    """Printed names, and whether more than a class name speaks for them."""

    names: list[str]
    sure: bool


def find_byline(blocks: list[Block], headline_at: int, text_at: int) -> Byline:
    """Return the names in a byline: marked as such, linked to a profile, or behind the word for author.

    Then a name beside the date, then the one name that the author's box under the text has.
    """
    start = max(0, headline_at - _ABOVE_HEADLINE) if headline_at >= 0 else 0
    stop = min(len(blocks), max(headline_at + _BELOW_HEADLINE, text_at + _BELOW_TEXT_START))
    for n, block in enumerate(blocks[start:stop], start):
        others = (_is_marked(block) and is_of_picture(block)) or block.lies_in(_OTHERS)
        if others and not (0 <= headline_at < n < text_at and _is_dated_byline(block.text)):
            continue  # who took the picture, or wrote something else
        byline = _read_line(block)
        if byline.names:
            return byline
    beside = _find_beside_date(blocks, headline_at, text_at) if headline_at >= 0 else []
    return Byline(beside or _find_in_author_box(blocks[max(headline_at, 0) :]), False)


def _is_dated_byline(text: str) -> bool:
    """Whether a line has the word for author, a name and a date and little else: no region makes it another's."""
    names = date_parsing.remove_dates(text)
    return len(text) < _DATED_BYLINE_LENGTH and names != text and BY.match(text) is not None


def _read_line(block: Block) -> Byline:
    """Return the names in a line if it is a byline."""
    nothing = Byline([], False)
    if len(block.text) > _BYLINE_LENGTH or (block.kind == "h" and block.level < _HEADING_OF_TEXT):
        return nothing
    if _ALL_BY.match(block.text) and not BY.match(block.text):  # an author's box, see below
        return nothing
    marked = _is_marked(block)
    broken = marked and block.element.find(".//br") is not None
    lines = _lines_of(block.element) if broken else [block.text]
    lines = [strip_beside(line) for line in lines] if marked else lines
    parts = [p for line in lines for p in _PARTS.split(date_parsing.remove_dates(line)) if p]
    begun = next((part for part in parts if BY.match(part)), "")
    links = [(text_of(a), a) for a in block.element.iter("a")]
    if (
        marked
        and len(links) > 1
        and block.link_share > _MOSTLY_LINKS
        and all(looks_like_name(n) and not is_label(n) for n, _ in links)
    ):
        return Byline([n for n, _ in links], True)
    linked = [n for n, a in links if _is_profile(a)]
    linked = [n for n in linked if looks_like_name(n, marked or bool(begun)) and not is_label(n)]
    # A name that opens a line of other words, such as a teaser's, is of what they are about.
    if linked and not (marked or begun) and _count_beside(parts, linked) > _WORDS_BESIDE_LINKS:
        return nothing
    if linked:
        return Byline(linked, True)
    for part in [begun] if begun else parts if marked else ():
        by = BY.match(part)
        text = STOP.sub("", part[by.end() :] if by else part)
        alone = bool(by) and (marked or _is_dated_byline(block.text))
        names = [n for n in SPLIT.split(text) if looks_like_name(n, alone, bool(by))]
        if names and (marked or len(text) < _UNMARKED_LENGTH):
            return Byline(names, bool(by))
    return nothing


_WORDS_BESIDE_LINKS = 2
_MOSTLY_LINKS = 0.7


def _count_beside(parts: list[str], names: list[str]) -> int:
    """Return how many words a line has besides the names."""
    left = " ".join(parts)
    for name in names:
        left = left.replace(name, " ")
    return len(re.findall(r"[^\W\d_]+", left))


def _lines_of(element: _Element) -> list[str]:
    """Return the lines of an element, as its line breaks set them."""
    pieces: list[str] = []
    for event, node in iterwalk(element, events=("start", "end")):
        if event == "start":
            pieces.append("\n" if node.tag == "br" else " ".join((node.text or "").split("\n")))
        elif node is not element:
            pieces.append(" ".join((node.tail or "").split("\n")))
    return [line for raw in "".join(pieces).split("\n") if (line := squeeze(raw))]


def _find_beside_date(blocks: list[Block], headline_at: int, text_at: int) -> list[str]:
    """Return a name that stands alone between headline and text, next to the date or the reading time."""
    for block in blocks[headline_at + 1 : headline_at + _BESIDE_REACH]:
        short = len(block.text) < _DATED_BYLINE_LENGTH and not block.lies_in(_AROUND)
        if short and (names := _read_before_bar(block.text)):
            return names
    for n in range(headline_at + 1, min(text_at, headline_at + _BESIDE_REACH)):
        block, text = blocks[n], blocks[n].text
        alone = _SHORTEST_ALONE <= len(text) <= _LONGEST_ALONE and text.isascii()
        if block.kind == "h" or not alone or block.lies_in(_AROUND):
            continue
        around = [blocks[i].text for i in (n - 1, n + 1) if headline_at < i < len(blocks)]
        dated = any(date_parsing.is_date_line(t) or phrases.AGO.match(t) for t in around)
        if dated and looks_like_name(text) and not is_label(text):
            return [text]
    return []


def _read_before_bar(text: str) -> list[str]:
    """Return the names of a line that is names, a bar and a date: `A. Smith, B. Jones | 2 May 2026`."""
    parts = [part for part in _PARTS.split(text) if part]
    if len(parts) < _NAMES_AND_DATE or not any(date_parsing.is_date_line(part) for part in parts[1:]):
        return []
    names = SPLIT.split(parts[0])
    return names if all(looks_like_name(name) and not is_label(name) for name in names) else []


def _find_in_author_box(blocks: list[Block]) -> list[str]:
    """Return the name in the author's box, or behind the word author, when all of them below the text agree."""
    found: dict[str, str] = {}
    for block in blocks:
        named = _AUTHOR.match(block.text)
        if len(block.text) > _BOX_LENGTH or not (named or _is_marked(block)):
            continue
        if block.lies_in(_AROUND) or is_of_picture(block):
            continue
        by = named or _ALL_BY.match(block.text) or BY.match(block.text)
        text = STOP.sub("", block.text[by.end() :] if by else block.text)
        name = SPLIT.split(text)[0].strip(" ,.")
        if looks_like_name(name) and not is_label(name):
            found.setdefault(name.casefold(), name)
    return list(found.values()) if len(found) == 1 else []


def _is_profile(link: _Element) -> bool:
    return "author" in (link.get("rel") or "") or bool(_PROFILE.search((link.get("href") or "") + "/"))


def _is_marked(block: Block) -> bool:
    """Whether a block's class or itemprop says that it names an author."""
    return block.lies_in(_AUTHOR_REGION) or "author" in (block.element.get("itemprop") or "")
