"""A page's text as blocks in reading order, each with what its place on the page tells of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from pipelines.extraction.content.regions import DROPPED, zone_of
from pipelines.extraction.document import squeeze

if TYPE_CHECKING:
    from lxml.etree import _Element

_PARAGRAPHS_OF_A_CARD = 2  # a teaser that is one link has hardly more

# Never text: programs, forms' parts, pictures' parts, what only some browsers show.
_SKIPPED = frozenset(
    """script style noscript template svg math iframe object embed canvas map area select option optgroup
    button input textarea datalist output progress meter audio video source track picture img base link
    meta title head dialog applet frame frameset noframes param rp rt""".split()
)
_BREAKING = frozenset(
    """address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption
    figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre section
    summary table tbody td tfoot th thead tr ul caption amp-ad""".split()
)
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_ZONE_BY_TAG = {
    "form": "tools",
    "label": "tools",
    "legend": "tools",
    "nav": "nav",
    "aside": "aside",
    "footer": "footer",
    "figcaption": "caption",
    "address": "author",
}
_ZONE_BY_ROLE = {
    "navigation": "nav",
    "banner": "nav",
    "contentinfo": "footer",
    "complementary": "aside",
    "search": "tools",
    "dialog": "tools",
    "alert": "tools",
    "menu": "nav",
    "menubar": "nav",
    "toolbar": "tools",
}
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)


@dataclass(slots=True, eq=False)
class Region:
    """A part of the page that its names say is something else than the article's text."""

    kind: str
    name: str
    """The class or id that says so, or the tag or role."""
    element: _Element
    outer: Region | None = None
    chars: int = 0
    link_chars: int = 0


@dataclass(slots=True, eq=False)
class Block:
    """One paragraph, heading, item, quotation or table row: text that a line break ends."""

    kind: str
    """`p`, `h`, `li`, `quote`, `row`, `pre`."""
    text: str
    element: _Element
    """The innermost block element around the text."""
    zone: Region | None = None
    link_chars: int = 0
    bold_chars: int = 0
    level: int = 0
    dropped_because: str = ""
    """Why it was left out; empty while it stands."""
    links: int = 0
    group: _Element | None = None
    """The list, the table row, the quotation or the heading it is part of."""
    value: float = 0.0
    """How much it speaks for its place being the story."""

    @property
    def linked(self) -> float:
        """The share of its characters that are link text."""
        return self.link_chars / len(self.text) if self.text else 0.0


MAX_BLOCKS = 15_000
"""Lines of a page that are looked at. The longest live blogs have a fifth of it; more is an attack or a table."""


class _Walker:
    """Collects blocks in one walk. Text gathers in a run until something breaks the line."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.zones: list[Region] = []
        self.bodies: list[_Element] = []
        self.run: list[str] = []
        self.link_chars = 0
        self.bold_chars = 0
        self.links = 0

    def flush(
        self, element: _Element, kind: str, zone: Region | None, group: _Element | None, level: int
    ) -> None:
        raw, links, bold, count = "".join(self.run), self.link_chars, self.bold_chars, self.links
        self.run, self.link_chars, self.bold_chars, self.links = [], 0, 0, 0
        text = squeeze(raw)
        if not text:
            return
        block = Block(
            kind,
            text,
            element,
            zone,
            min(links, len(text)),
            min(bold, len(text)),
            level,
            group=group,
            links=count,
        )
        if len(self.blocks) >= MAX_BLOCKS:
            return
        self.blocks.append(block)
        while zone is not None:
            zone.chars += len(text)
            zone.link_chars += block.link_chars
            zone = zone.outer


def blocks_of(root: _Element) -> tuple[list[Block], list[Region], list[_Element]]:
    """All text blocks under `root` in reading order, the zones they lie in, and what is named the text."""
    walker = _Walker()
    _walk(walker, root, root, "p", None, None, 0, False, False)
    if walker.run:
        walker.flush(root, "p", None, None, 0)
    return walker.blocks, walker.zones, walker.bodies


def _own_zone(element: _Element, tag: str) -> tuple[str, str]:
    if tag in _WHOLE:
        return _NO_ZONE
    names = element.get("class")
    identity = None if tag in _HEADINGS else element.get("id")  # theirs are slugs of their words
    zone = _NO_ZONE
    if names or identity:
        zone = zone_of(f"{names or ''} {identity or ''}")
    if zone[0] == "body":
        return zone
    if tag == "tr" and zone[0] not in ("hidden", "ad"):  # a row's names are of its data: `player-2020-17`
        zone = _NO_ZONE
    if (
        tag == "figure"
        and zone[0] not in DROPPED
        and next(element.iter("table", "blockquote", "pre", "li"), None) is None
    ):
        return "caption", tag
    if tag in _ZONE_BY_TAG:
        return zone if zone[0] in DROPPED else (_ZONE_BY_TAG[tag], tag)
    role = element.get("role")
    if role and role in _ZONE_BY_ROLE:
        return _ZONE_BY_ROLE[role], role
    if tag == "blockquote" and zone[0] in ("share", "video"):  # a post set into the text is a quotation
        return _NO_ZONE
    style = element.get("style")
    if (style and _HIDDEN_STYLE.search(style)) or element.get("hidden") is not None:
        return "hidden", ""
    if element.get("aria-hidden") == "true":
        return "hidden", ""
    return zone


_NO_ZONE = ("", "")
_WHOLE = frozenset(("html", "body", "main", "article"))


def _walk(
    walker: _Walker,
    element: _Element,
    block: _Element,
    kind: str,
    zone: Region | None,
    group: _Element | None,
    level: int,
    linked: bool,
    bold: bool,
) -> None:
    """Visit an element: `block` is the block element around it, `kind` what text in it becomes."""
    tag = element.tag
    breaking = tag in _BREAKING or "-" in tag
    outside = zone
    if breaking:
        if walker.run:
            walker.flush(block, kind, zone, group, level)
        block = element
        kind, group, level = _kind(tag, element, kind, group, level)
    own, name = _own_zone(element, tag) if kind != "pre" else _NO_ZONE
    if own == "body" or element.get("itemprop") == "articleBody":
        walker.bodies.append(element)
        own = ""
    if not breaking and (own or tag in ("span", "div")) and _embedded(walker, element):
        if own == "hidden" or _is_card(element):
            return
        own = ""
    if tag == "blockquote" and _POST.search(element.get("class") or ""):
        own, zone = "", _around_embed(zone)
    if own:
        zone = Region(own, name, element, zone)
        walker.zones.append(zone)
        if not breaking and walker.run:
            walker.flush(block, kind, outside, group, level)
    if tag == "a" and not _never_closed(element):
        linked = True
        walker.links += 1
    elif tag in ("b", "strong"):
        bold = True
    if element.text:
        _text(walker, element.text, linked, bold)
    for child in element:
        child_tag = child.tag
        if child_tag == "br":
            if walker.run and walker.run[-1] != "\n":
                walker.run.append("\n")
            elif walker.run:
                walker.flush(block, kind, zone, group, level)
        elif not isinstance(child_tag, str) or (child_tag in _SKIPPED and not _swallowed(child)):
            pass
        elif (
            child_tag in _PLAIN and len(child) == 0 and child.get("class") is None and child.get("id") is None
        ):
            walker.links += child_tag == "a"
            if child.text:
                _text(walker, child.text, linked or child_tag == "a", bold or child_tag in ("b", "strong"))
        else:
            _walk(walker, child, block, kind, zone, group, level, linked, bold)
        if child.tail:
            _text(walker, child.tail, linked, bold)
    if walker.run and (breaking or own):
        walker.flush(block, kind, zone, group, level)


_PLAIN = frozenset("a b strong em i u span font small sup sub mark abbr cite q code time".split())


def _embedded(walker: _Walker, element: _Element) -> bool:
    """Whether an inline element stands within a line of text."""
    return any(not piece.isspace() for piece in walker.run) or bool(
        element.tail and not element.tail.isspace()
    )


def _never_closed(link: _Element) -> bool:
    """Whether a link holds several paragraphs: its end tag was lost, and the story fell into it."""
    return (
        len(link) > 0
        and sum(1 for _ in islice(link.iter("p"), _PARAGRAPHS_OF_A_CARD + 1)) > _PARAGRAPHS_OF_A_CARD
    )


_POST = re.compile(
    r"\b(?:twitter-(?:tweet|video)|instagram-media|tiktok-embed|bluesky-embed|mastodon-embed|fb-post|reddit-(?:card|embed))"
)
"""Classes that the networks' own embed codes put on the quotation they ask sites to print."""


def _around_embed(zone: Region | None) -> Region | None:
    """The zone a quoted post is in, wrappers for embedding apart: what they are named says nothing of the quotation."""
    while zone is not None and zone.kind in _EMBEDDING:
        zone = zone.outer
    return zone


_EMBEDDING = frozenset(("share", "video", "sidebar", "caption", "aside", "tools"))


def _is_card(element: _Element) -> bool:
    """Whether an inline element in a line is the card that opens over a name: a picture and links of its own."""
    return (
        next(element.iter("img"), None) is not None
        and next(islice(element.iter("a"), 1, None), None) is not None
    )


def _swallowed(element: _Element) -> bool:
    """Whether an element that holds no text has swallowed the rest of the page for want of its end tag."""
    return len(element) > 1 and element.tag in ("button", "dialog") and element.find(".//p") is not None


def _text(walker: _Walker, text: str, linked: bool, bold: bool) -> None:
    if not text.isspace():
        walker.run.append(text)
        if linked:
            walker.link_chars += len(text)
        if bold:
            walker.bold_chars += len(text)
    elif walker.run and walker.run[-1] != "\n":
        walker.run.append(" ")


def _kind(
    tag: str, element: _Element, kind: str, group: _Element | None, level: int
) -> tuple[str, _Element | None, int]:
    if tag in _HEADINGS:
        return "h", element, _HEADINGS[tag]
    if kind == "h":
        return kind, group, level
    if tag in ("li", "dd", "dt"):
        return "li", element.getparent(), level
    if tag == "blockquote":
        return "quote", element, 0
    if tag == "tr":
        return "row", element, 0
    if tag == "pre":
        return "pre", element, 0
    if kind in ("li", "quote", "row"):
        return kind, group, 0
    return "p", None, 0
