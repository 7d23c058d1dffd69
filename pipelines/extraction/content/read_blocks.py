"""A page's text as blocks in reading order, each with the region that its place on the page gives it."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from pipelines.extraction.content.blocks import Block, BlockKind, Region
from pipelines.extraction.content.regions import NO_REGION, RegionKind, find_element_region
from pipelines.extraction.document import squeeze

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_BLOCKS = 15_000
"""Blocks that are read of a page. The longest live blogs have a fifth of it; more is an attack or a table."""

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
"""Elements that begin a new line."""
_PLAIN = frozenset("a b strong em i u span font small sup sub mark abbr cite q code time".split())
"""Inline elements that say nothing of their place when they have no names and no children."""
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
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
    """What the elements around a text make of it."""

    element: _Element
    """The innermost block element."""
    kind: BlockKind = "p"
    region: Region | None = None
    group: _Element | None = None
    level: int = 0
    linked: bool = False
    bold: bool = False

    # `_replace` takes three times as long, and a page has a thousand elements.
    def in_region(self, region: Region | None) -> _Place:
        return _Place(self.element, self.kind, region, self.group, self.level, self.linked, self.bold)

    def in_link(self) -> _Place:
        return _Place(self.element, self.kind, self.region, self.group, self.level, True, self.bold)

    def in_bold(self) -> _Place:
        return _Place(self.element, self.kind, self.region, self.group, self.level, self.linked, True)


class _Walker:
    """Collects blocks in one walk. Text gathers in a run until something breaks the line."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.regions: list[Region] = []
        self.bodies: list[_Element] = []
        self.run: list[str] = []
        self.link_chars = 0
        self.bold_chars = 0
        self.links = 0

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

    def add_break(self, place: _Place) -> None:
        """Add a line break to the run; a second one ends the block."""
        if self.run and self.run[-1] != "\n":
            self.run.append("\n")
        else:
            self.end_block(place)

    def end_block(self, place: _Place) -> None:
        """Make a block of the run."""
        if not self.run:
            return
        text = squeeze("".join(self.run))
        link_chars, bold_chars, links = self.link_chars, self.bold_chars, self.links
        self.run, self.link_chars, self.bold_chars, self.links = [], 0, 0, 0
        if not text or len(self.blocks) >= MAX_BLOCKS:
            return
        block = Block(
            place.kind,
            text,
            place.element,
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
    _walk(walker, root, _Place(root))
    walker.end_block(_Place(root))
    walker.add_up_regions()
    return PageBlocks(walker.blocks, walker.regions, walker.bodies)


def _walk(walker: _Walker, element: _Element, place: _Place) -> None:
    """Read an element and all inside it. `place` is what the elements around it say."""
    tag = element.tag
    breaking = tag in _BREAKING or "-" in tag
    if breaking:
        walker.end_block(place)
        place = _enter_block(element, place)
    attributes = element.keys()
    own = find_element_region(element, attributes) if place.kind != "pre" else NO_REGION
    if own.kind is RegionKind.BODY or ("itemprop" in attributes and element.get("itemprop") == "articleBody"):
        walker.bodies.append(element)
        own = NO_REGION
    if not breaking and (own.kind or tag == "span") and _is_within_line(walker, element):
        if own.kind is RegionKind.HIDDEN or _is_card(element):
            return
        own = NO_REGION
    if tag == "blockquote" and _POST.search(element.get("class") or ""):
        own, place = NO_REGION, place.in_region(_region_around_embed(place.region))
    if own.kind:
        if not breaking:
            walker.end_block(place)
        place = place.in_region(Region(own.kind, own.name, element, place.region))
        walker.regions.append(place.region)  # type: ignore[arg-type]  # set in the line above
    if tag == "a" and not _is_never_closed(element):
        place = place.in_link()
        walker.links += 1
    elif tag in ("b", "strong"):
        place = place.in_bold()
    if element.text:
        walker.add_text(element.text, place.linked, place.bold)
    for child in element:
        child_tag = child.tag
        if child_tag == "br":
            walker.add_break(place)
        elif not isinstance(child_tag, str) or (child_tag in _SKIPPED and not _has_swallowed_page(child)):
            pass
        elif child_tag in _PLAIN and _is_plain(child):
            walker.links += child_tag == "a"
            if child.text:
                bold = place.bold or child_tag in ("b", "strong")
                walker.add_text(child.text, place.linked or child_tag == "a", bold)
        else:
            _walk(walker, child, place)
        if child.tail:
            walker.add_text(child.tail, place.linked, place.bold)
    if breaking or own.kind:
        walker.end_block(place)


def _enter_block(element: _Element, around: _Place) -> _Place:
    """Return the place inside a block element."""
    kind, group, level = around.kind, around.group, around.level
    tag = element.tag
    if tag in _HEADINGS:
        kind, group, level = "h", element, _HEADINGS[tag]
    elif kind == "h":
        pass
    elif tag in ("li", "dd", "dt"):
        kind, group = "li", element.getparent()
    elif tag == "blockquote":
        kind, group, level = "quote", element, 0
    elif tag == "tr":
        kind, group, level = "row", element, 0
    elif tag == "pre":
        kind, group, level = "pre", element, 0
    elif kind in ("li", "quote", "row"):
        level = 0
    else:
        kind, group, level = "p", None, 0
    return _Place(element, kind, around.region, group, level, around.linked, around.bold)


def _region_around_embed(region: Region | None) -> Region | None:
    """Return the region of a quoted post, without the wrappers for embedding."""
    while region is not None and region.kind in _EMBEDDING:
        region = region.outer
    return region


def _is_plain(element: _Element) -> bool:
    """Whether an element has no children and no names."""
    if len(element):
        return False
    attributes = element.keys()
    return "class" not in attributes and "id" not in attributes


def _is_within_line(walker: _Walker, element: _Element) -> bool:
    """Whether an inline element stands within a line of text."""
    return any(not piece.isspace() for piece in walker.run) or bool(
        element.tail and not element.tail.isspace()
    )


def _is_never_closed(link: _Element) -> bool:
    """Whether a link holds several paragraphs: its end tag was lost, and the article fell into it."""
    return (
        len(link) > 0
        and sum(1 for _ in islice(link.iter("p"), _PARAGRAPHS_OF_A_CARD + 1)) > _PARAGRAPHS_OF_A_CARD
    )


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
