"""The stages that find a story on a parsed page, in their order; each can be left out to see what it is worth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.extraction import jsonld
from pipelines.extraction.content import line_filters, main_content
from pipelines.extraction.content.blocks import blocks_of
from pipelines.extraction.document import squeeze
from pipelines.extraction.metadata import authors, headline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block
    from pipelines.extraction.document import Document
    from pipelines.items import Hints


STAGES = (
    "zones", "container", "cards", "links", "trim", "boxes", "cut", "leads", "articleBody", "captions", "repeats",
    "labels", "edges", "headings", "rescue",
)  # fmt: skip
"""The stages that decide on the text of one page, in their order; `rescue` is in `pipelines.extraction.extract`."""

_MOST_LEADS = 3
"""Paragraphs that may stand between the standfirst and the element of the text."""


@dataclass(slots=True)
class PageParts:
    """What a page tells, and every block of it with the reason why it was left out."""

    title: str = ""
    standfirst: str = ""
    authors: tuple[str, ...] = ()
    blocks: list[Block] = field(default_factory=list)
    kept: list[Block] = field(default_factory=list)
    headline_at: int = -1
    """The number of the block that ends the headline; -1 when it is not printed."""
    page_worth: float = 0.0
    """The weight of all sentences on the page that no zone explains."""


def split(
    document: Document,
    hints: Hints,
    without: frozenset[str] = frozenset(),
    chosen: Sequence[_Element] = (),
) -> PageParts:
    """Find the story on a page. `without` names stages to leave out, `chosen` the elements a rule names as body."""
    root = document.tree.find("body")
    if root is None:
        root = document.tree
    blocks, zones, bodies = blocks_of(root)
    title, at = headline.find(document, blocks, hints)
    kept = (
        main_content.within(blocks, zones, chosen)
        if chosen
        else main_content.story(blocks, zones, bodies, root, without)
    )
    story = PageParts(title=title, blocks=blocks)
    story.headline_at = at
    story.page_worth = sum(block.value for block in blocks)
    position = {id(block): n for n, block in enumerate(blocks)}
    first = position[id(kept[0])] if kept else len(blocks)
    story.authors = authors.find(document, hints, blocks, at, first)
    intro = headline.standfirst(blocks, at, first, headline.descriptions(document), title)
    if intro is not None:
        intro.dropped_because = "standfirst"
        story.standfirst = intro.text
    if "leads" not in without and not chosen:
        top = at if at >= 0 else _only_h1(blocks[:first])
        leads = headline.leads(blocks, top if intro is None else max(top, position[id(intro)]), first)
        if intro is not None and len(leads) > _MOST_LEADS:  # then the text itself was not found well
            leads = []
        for block in leads:
            block.dropped_because = ""
        kept = leads + kept
    kept = [b for b in kept if not b.dropped_because]
    stated = jsonld.text(document.article.get("articleBody"))
    if "articleBody" not in without and len(stated) > 400:
        kept = line_filters.told([b for b in blocks if b is not intro], kept, stated)
    if "captions" not in without:
        line_filters.captions(kept, _alts(root))
    if "repeats" not in without:
        line_filters.repeats(kept, [title, *headline.stated(document, hints)])
    if "labels" not in without:
        line_filters.labels(kept)
    if "headings" not in without:
        line_filters.bold_headings(kept)
    if "edges" not in without:
        line_filters.edges(kept, story.authors)
    if "headings" not in without:
        line_filters.headings(kept)
    story.kept = line_filters.standing(kept)
    if authors.only_the_site(story.authors, document):
        story.authors = authors.of_bylines(kept, document) or story.authors
    return story


def _only_h1(blocks: list[Block]) -> int:
    """Where the one `h1` before the text is, for a page whose metadata has another headline; -1 when unclear."""
    found = [n for n, block in enumerate(blocks) if block.level == 1 and block.linked < 0.5]
    return found[0] if len(found) == 1 else -1


def _alts(root: _Element) -> set[str]:
    """What the page's pictures are described as."""
    found = {squeeze(img.get(name)) for img in root.iter("img") for name in ("alt", "title")}
    return {text for text in found if len(text) > 15}
