"""A page's text as blocks in reading order, each with the region that its place on the page gives it."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from pipelines.extraction.content.blocks import Block, BlockKind, Region
from pipelines.extraction.content.regions import NO_REGION, RegionKind, find_element_region
from pipelines.extraction.document import squeeze

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_BLOCKS = 15_000
"""Blocks that are read of a page. The longest live blogs have a fifth of it; more is an attack or a table."""

_MOST_PARAGRAPHS = 2  # of a card; a teaser that is one link has hardly more

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
"""Elements that begin a new line."""
_PLAIN = frozenset("a b strong em i u span font small sup sub mark abbr cite q code time".split())
"""Inline elements that say nothing of their place when they have no names and no children."""
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BOLD = ("b", "strong")
_KINDS: dict[str, BlockKind] = {
    "li": "li", "dd": "li", "dt": "li", "blockquote": "quote", "tr": "row", "pre": "pre",
}  # fmt: skip
"""Kinds of the blocks in elements, but for headings."""
_ENTERED = frozenset((*_HEADINGS, *_KINDS))
"""Elements that begin a block of another kind than the text around them."""
_BODY = RegionKind.BODY
"""To look a member of an enumeration up takes 100 ns, and a page has a thousand elements."""
_POST = re.compile(
    r"\b(?:twitter-(?:tweet|video)|instagram-media|tiktok-embed|bluesky-embed|mastodon-embed|fb-post|reddit-(?:card|embed))"
)
"""Classes that the networks' own embed codes put on the quotation they ask sites to print."""
_EMBEDDING = frozenset(
    {
        RegionKind.SHARE,
        RegionKind.VIDEO,
        RegionKind.SIDEBAR,
        RegionKind.CAPTION,
        RegionKind.ASIDE,
        RegionKind.TOOLS,
    }
)
"""Regions that wrap embed codes. Their names say nothing of the post inside."""


class PageBlocks(NamedTuple):
    """What one walk over a page finds."""

    blocks: list[Block]
    regions: list[Region]
    bodies: list[_Element]
    """Elements whose names say that they hold the article's text."""


class _Place(NamedTuple):
    """What the elements around a text make of it. Most elements leave it as it is, and share the one around them."""

    kind: BlockKind = "p"
    region: Region | None = None
    group: _Element | None = None
    level: int = 0


class _Walker:
    """Collects blocks in one walk. Text gathers in a run until something breaks the line."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.regions: list[Region] = []
        self.bodies: list[_Element] = []
        self.run: list[str] = []
        """It begins with a word: white space is added only behind one."""
        self.link_chars = 0
        self.bold_chars = 0
        self.links = 0

    def walk(self, root: _Element) -> None:
        """Read an element and all inside it."""
        run = self.run
        place, home = _Place(), root  # the home is the innermost block element
        linked = bold = False
        around: list[tuple[_Place, _Element, bool, bool]] = []  # what they were outside of each open element
        walk = etree.iterwalk(root, events=("start", "end"))  # half the cost of a recursion over children
        for event, element in walk:
            if event == "end":
                inner, own_home = place, home
                place, home, linked, bold = around.pop()
                if run and (home is not own_home or place.region is not inner.region):
                    self.end_block(inner, own_home)
                if around and (text := element.tail) and (run or not text.isspace()):
                    self.add_text(text, linked, bold)
                continue
            around.append((place, home, linked, bold))
            tag = element.tag
            if tag in _SKIPPED and not _has_swallowed_page(element):
                walk.skip_subtree()
                continue
            if tag == "br":
                self.add_break(place, home)
                walk.skip_subtree()
                continue
            attributes = element.keys()
            plain = tag in _PLAIN and "class" not in attributes and "id" not in attributes
            if not plain or len(element):
                if tag in _BREAKING or "-" in tag:
                    if run:
                        self.end_block(place, home)
                    home = element
                own_place = self.find_place(element, attributes, place, home)
                if own_place is None:
                    walk.skip_subtree()
                    continue
                place = own_place
            if tag == "a":
                if not _is_never_closed(element):
                    linked = True
                    self.links += 1
            elif tag in _BOLD:
                bold = True
            if (text := element.text) and (run or not text.isspace()):
                self.add_text(text, linked, bold)
        self.end_block(place, home)

    def find_place(
        self, element: _Element, attributes: list[str], around: _Place, home: _Element
    ) -> _Place | None:
        """Return the place in an element, which may begin a region; None when nothing in it is text."""
        tag = element.tag
        breaking = home is element
        place = around
        if breaking and (tag in _ENTERED or around.kind == "pre"):
            place = _enter_block(element, around)
        own = find_element_region(element, attributes) if place.kind != "pre" else NO_REGION
        if own.kind is _BODY or ("itemprop" in attributes and element.get("itemprop") == "articleBody"):
            self.bodies.append(element)
            own = NO_REGION
        if not breaking and (own.kind or tag == "span") and self.is_within_line(element):
            if own.kind is RegionKind.HIDDEN or _is_card(element):
                return None
            own = NO_REGION
        if tag == "blockquote" and _POST.search(element.get("class") or ""):
            return place._replace(region=_region_around_embed(place.region))
        if not own.kind:
            return place
        if not breaking:
            self.end_block(around, home)
        region = Region(own.kind, own.name, element, place.region)
        self.regions.append(region)
        return _Place(place.kind, region, place.group, place.level)

    def is_within_line(self, element: _Element) -> bool:
        """Whether an inline element stands within a line of text."""
        return bool(self.run) or bool(element.tail and not element.tail.isspace())

    def add_text(self, text: str, linked: bool, bold: bool) -> None:
        """Add text to the run."""
        if not text.isspace():
            self.run.append(text)
            if linked:
                self.link_chars += len(text)
            if bold:
                self.bold_chars += len(text)
        elif self.run and self.run[-1] != "\n":
            self.run.append(" ")

    def add_break(self, place: _Place, home: _Element) -> None:
        """Add a line break to the run; a second one ends the block."""
        if self.run and self.run[-1] != "\n":
            self.run.append("\n")
        else:
            self.end_block(place, home)

    def end_block(self, place: _Place, home: _Element) -> None:
        """Make a block of the run."""
        if not self.run:
            return
        text = squeeze("".join(self.run))
        self.run.clear()
        link_chars, bold_chars, links = self.link_chars, self.bold_chars, self.links
        self.link_chars = self.bold_chars = self.links = 0
        if not text or len(self.blocks) >= MAX_BLOCKS:
            return
        block = Block(
            place.kind,
            text,
            home,
            region=place.region,
            link_chars=min(link_chars, len(text)),
            bold_chars=min(bold_chars, len(text)),
            level=place.level,
            links=links,
            group=place.group,
        )
        self.blocks.append(block)
        if place.region is not None:
            place.region.chars += len(text)
            place.region.link_chars += block.link_chars

    def add_up_regions(self) -> None:
        """Add what stands in each region to the one around it, which comes before it."""
        for region in reversed(self.regions):
            if region.outer is not None:
                region.outer.chars += region.chars
                region.outer.link_chars += region.link_chars


def read_blocks(root: _Element) -> PageBlocks:
    """Return all text blocks under `root` in reading order, their regions, and the elements named as the body."""
    walker = _Walker()
    walker.walk(root)
    walker.add_up_regions()
    return PageBlocks(walker.blocks, walker.regions, walker.bodies)


def _enter_block(element: _Element, around: _Place) -> _Place:
    """Return the place inside a block element."""
    kind, region, group, level = around
    tag = element.tag
    if tag in _HEADINGS:
        kind, group, level = "h", element, _HEADINGS[tag]
    elif kind == "h":
        return around
    elif tag in _KINDS:
        kind = _KINDS[tag]
        group = element.getparent() if kind == "li" else element
    elif kind != "pre":
        return around
    else:
        kind, group = "p", None
    return _Place(kind, region, group, level)


def _region_around_embed(region: Region | None) -> Region | None:
    """Return the region of a quoted post, without the wrappers for embedding."""
    while region is not None and region.kind in _EMBEDDING:
        region = region.outer
    return region


def _is_never_closed(link: _Element) -> bool:
    """Whether a link holds several paragraphs: its end tag was lost, and the article fell into it."""
    return len(link) > 0 and len([*islice(link.iter("p"), _MOST_PARAGRAPHS + 1)]) > _MOST_PARAGRAPHS


def _is_card(element: _Element) -> bool:
    """Whether an inline element is the card that opens over a name: it has a picture and two links.

    One that holds the name first and then its card is none: the name is a word of the line.
    """
    return (
        next(element.iter("img"), None) is not None
        and next(islice(element.iter("a"), 1, None), None) is not None
        and not any(child.tag == "span" and _is_card(child) for child in islice(element, 1, None))
    )


def _has_swallowed_page(element: _Element) -> bool:
    """Whether an element that holds no text has lost its end tag and swallowed the rest of the page."""
    return len(element) > 1 and element.tag in ("button", "dialog") and element.find(".//p") is not None
