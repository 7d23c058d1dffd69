"""The stages that find an article's parts on a parsed page: headline, authors, intro, body.

Here and not in `content`, because the stages need both the blocks of the page and its metadata.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.extraction import jsonld
from pipelines.extraction.content import (
    core,
    edge_lines,
    enciphered,
    insets,
    line_filters,
    main_content,
    notes,
    story_end,
)
from pipelines.extraction.content.blocks import DropReason, keep_undropped
from pipelines.extraction.content.read_blocks import read_blocks
from pipelines.extraction.content.regions import RegionKind
from pipelines.extraction.document import squeeze
from pipelines.extraction.metadata import authors, headline, standfirst
from pipelines.extraction.notices import is_notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block, Region
    from pipelines.extraction.content.core import Core
    from pipelines.extraction.document import Document
    from pipelines.items import Hints

_MOST_LEADS = (
    3  # paragraphs between the standfirst and the element of the text; more: the text was not found well
)
_ARTICLE_BODY_LENGTH = 400  # characters of an articleBody that is more than a summary
_ALT_LENGTH = 15  # characters of a picture's description that may be repeated as a caption
_H1_LINKS = 0.5  # link share of an h1 that is no headline


@dataclass(slots=True)
class PageParts:
    """What the stages know of a page. Each stage reads it and changes it."""

    document: Document
    hints: Hints
    root: _Element
    rule_body: Sequence[_Element] = ()
    """The elements that the site's rules name as the body."""
    blocks: list[Block] = field(default_factory=list)
    """All blocks of the page, each with the reason why it was left out."""
    regions: list[Region] = field(default_factory=list)
    bodies: list[_Element] = field(default_factory=list)
    trusted_regions: set[Region] = field(default_factory=set)
    container: _Element | None = None
    """The element of the article; None stands for the whole page."""
    core: Core | None = None
    candidates: list[Block] = field(default_factory=list)
    """The blocks that may be the article's. A stage marks those it drops."""
    title: str = ""
    headline_at: int = -1
    """The number of the block that ends the headline; -1 when it is not printed."""
    text_at: int = 0
    """The number of the text's first block; the number of blocks when there is no text."""
    intro: Block | None = None
    standfirst: str = ""
    authors: tuple[str, ...] = ()

    @property
    def kept(self) -> list[Block]:
        """The article's blocks in order."""
        return keep_undropped(self.candidates)

    @property
    def enciphered(self) -> bool:
        """Whether the page prints any of its text enciphered."""
        return any(block.dropped_because is DropReason.ENCIPHERED for block in self.blocks)

    @property
    def text_score(self) -> float:
        """The weight of all sentences on the page."""
        return sum(block.text_score for block in self.blocks)


Stage = Callable[[PageParts], None]


def find_headline(parts: PageParts) -> None:
    """Find the headline as the page prints it."""
    parts.title, parts.headline_at = headline.find_headline(parts.document, parts.blocks, parts.hints)


def drop_next_stories(parts: PageParts) -> None:
    """Drop what follows the next headline on the page."""
    story_end.drop_next_stories(parts.blocks, parts.headline_at)


def drop_repeated_items(parts: PageParts) -> None:
    """Drop lists of teasers and comments."""
    story_end.drop_repeated_items(parts.blocks, parts.headline_at)


def trust_regions(parts: PageParts) -> None:
    """Decide which regions are what their names say."""
    parts.trusted_regions = main_content.find_trusted_regions(parts.blocks, parts.regions, parts.headline_at)


def find_container(parts: PageParts) -> None:
    """Find the element of the article."""
    parts.container = main_content.find_container(
        parts.blocks, parts.trusted_regions, parts.bodies, parts.root
    )


def keep_container(parts: PageParts) -> None:
    """Keep the blocks in the article's element, without the trusted regions."""
    blocks, trusted = parts.blocks, parts.trusted_regions
    container = parts.root if parts.container is None else parts.container
    container = main_content.ensure_text(container, blocks, trusted, parts.bodies)
    parts.candidates = main_content.keep_inside(blocks, trusted, container)


def keep_rule_body(parts: PageParts) -> None:
    """Keep the blocks in the elements that the site's rules name, without the trusted regions."""
    parts.candidates = main_content.keep_inside_rule(parts.blocks, parts.trusted_regions, parts.rule_body)


def drop_other_articles(parts: PageParts) -> None:
    """Drop other articles after the text."""
    story_end.drop_other_articles(parts.candidates, parts.blocks)
    parts.candidates = parts.kept


def drop_links(parts: PageParts) -> None:
    """Drop links and lists of links."""
    insets.drop_links(parts.candidates)
    parts.candidates = parts.kept


def find_core(parts: PageParts) -> None:
    """Find the paragraphs that are the text beyond doubt."""
    parts.core = core.find_core(parts.candidates)


def trim_to_core(parts: PageParts) -> None:
    """Drop what stands before and after the text."""
    if parts.core is not None:
        core.drop_outside_core(parts.candidates, parts.core.first, parts.core.last)
        parts.candidates = parts.kept


def drop_boxes(parts: PageParts) -> None:
    """Drop boxes set into the text."""
    if parts.core is not None:
        insets.drop_boxes(parts.candidates, parts.core.usual)
        parts.candidates = parts.kept


def cut_after_label(parts: PageParts) -> None:
    """Drop what follows a label for other articles."""
    if parts.core is not None:
        insets.cut_after_label(parts.candidates)
        parts.candidates = parts.kept


def drop_enciphered(parts: PageParts) -> None:
    """Drop paragraphs that are enciphered. Until now they say where the text is, since nothing else tells as much."""
    enciphered.drop_enciphered(parts.candidates)
    parts.candidates = parts.kept


def drop_top_lines(parts: PageParts) -> None:
    """Drop the way to the article and lines of tools and dates above the text."""
    edge_lines.drop_top_lines(parts.candidates)
    parts.candidates = parts.kept


def find_authors(parts: PageParts) -> None:
    """Find the authors in metadata and in printed bylines."""
    positions = {id(block): n for n, block in enumerate(parts.blocks)}
    parts.text_at = positions[id(parts.candidates[0])] if parts.candidates else len(parts.blocks)
    parts.authors = authors.find_authors(
        parts.document, parts.hints, parts.blocks, parts.headline_at, parts.text_at
    )


def find_standfirst(parts: PageParts) -> None:
    """Find the intro printed under the headline and take it out of the text; of a text that is enciphered it is all."""
    intro = standfirst.find_standfirst(
        parts.blocks,
        parts.headline_at,
        parts.text_at,
        standfirst.stated_descriptions(parts.document),
        parts.title,
    )
    if intro is not None and all(block.kind == "h" for block in parts.candidates) and parts.enciphered:
        intro.dropped_because = None
        parts.candidates = [intro]
    elif intro is not None and not is_notice(intro.text):
        intro.dropped_because = RegionKind.STANDFIRST
        parts.intro, parts.standfirst = intro, intro.text
        parts.candidates = parts.kept


def add_lead_paragraphs(parts: PageParts) -> None:
    """Add the paragraphs between headline and text that stand outside the text's element."""
    blocks, text_at = parts.blocks, parts.text_at
    top = parts.headline_at if parts.headline_at >= 0 else _find_only_h1(blocks[:text_at])
    if parts.intro is not None:
        top = max(top, next(n for n, block in enumerate(blocks) if block is parts.intro))
    leads = standfirst.find_lead_paragraphs(blocks, top, text_at)
    if parts.intro is not None and len(leads) > _MOST_LEADS:
        return
    for block in leads:
        block.dropped_because = None
    parts.candidates = leads + parts.candidates


def apply_article_body(parts: PageParts) -> None:
    """Follow the page's own articleBody where it agrees with what was found."""
    body = jsonld.to_text(parts.document.article.get("articleBody"))
    if len(body) > _ARTICLE_BODY_LENGTH:
        page = [block for block in parts.blocks if block is not parts.intro]
        parts.candidates = line_filters.apply_article_body(page, parts.candidates, body)


def drop_captions(parts: PageParts) -> None:
    """Drop captions and credits of pictures."""
    descriptions = {squeeze(img.get(name)) for img in parts.root.iter("img") for name in ("alt", "title")}
    line_filters.drop_captions(parts.candidates, {t for t in descriptions if len(t) > _ALT_LENGTH})


def drop_repeats(parts: PageParts) -> None:
    """Drop the headline printed again, repeated lines and pulled quotations."""
    headlines = [parts.title, *headline.stated_headlines(parts.document, parts.hints)]
    line_filters.drop_repeats(parts.candidates, headlines)


def drop_labels(parts: PageParts) -> None:
    """Drop labels of other parts of the page."""
    line_filters.drop_labels(parts.candidates)


def mark_bold_headings(parts: PageParts) -> None:
    """Make headings of bold lines."""
    line_filters.mark_bold_headings(parts.candidates)


def drop_edge_lines(parts: PageParts) -> None:
    """Drop bylines, dates, sources and prompts at the edges of the text."""
    edge_lines.drop_edge_lines(parts.candidates, parts.authors)


def drop_empty_headings(parts: PageParts) -> None:
    """Drop headings with nothing under them."""
    line_filters.drop_empty_headings(parts.candidates)
    for block in line_filters.find_labels_of_boxes(parts.blocks):
        block.dropped_because = DropReason.EMPTY_HEADING


def keep_notes(parts: PageParts) -> None:
    """Keep corrections and editors' notes, also those that stand outside the text."""
    found = notes.find_notes(parts.blocks, parts.kept, parts.headline_at)
    known = {id(block) for block in parts.candidates}
    for block in found:
        block.kind, block.level, block.dropped_because = "note", 0, None
    added = [block for block in found if id(block) not in known]
    if added:
        places = {id(block): n for n, block in enumerate(parts.blocks)}
        parts.candidates = sorted((*parts.candidates, *added), key=lambda block: places[id(block)])


def add_byline_authors(parts: PageParts) -> None:
    """Take the authors from bylines that were dropped from the text, when only the site is named elsewhere."""
    if authors.is_only_site(parts.authors, parts.document):
        parts.authors = authors.find_in_dropped_bylines(parts.candidates, parts.document) or parts.authors


_FIND_BODY = (
    find_headline, drop_next_stories, drop_repeated_items, trust_regions, find_container, keep_container, drop_other_articles, drop_links, find_core, trim_to_core,
    drop_boxes, cut_after_label, drop_enciphered,
)  # fmt: skip
_FIND_BODY_BY_RULE = (find_headline, trust_regions, keep_rule_body, drop_links, drop_enciphered)
_CLEAN_TEXT = (
    apply_article_body, drop_captions, drop_repeats, drop_labels, mark_bold_headings, drop_edge_lines,
    drop_empty_headings, keep_notes, add_byline_authors,
)  # fmt: skip

STAGES: tuple[Stage, ...] = (
    *_FIND_BODY,
    drop_top_lines,
    find_authors,
    find_standfirst,
    add_lead_paragraphs,
    *_CLEAN_TEXT,
)
"""The stages of a page, in their order."""

RULE_STAGES: tuple[Stage, ...] = (*_FIND_BODY_BY_RULE, find_authors, find_standfirst, *_CLEAN_TEXT)
"""The stages of a page whose body a site's rule names."""


def split(
    document: Document,
    hints: Hints,
    rule_body: Sequence[_Element] = (),
    stages: Sequence[Stage] = STAGES,
) -> PageParts:
    """Split a page into the article's parts and the rest.

    `rule_body` are the elements that the site's rules name as the body; with them `RULE_STAGES` run.
    """
    root = document.tree.find("body")
    if root is None:
        root = document.tree
    blocks, regions, bodies = read_blocks(root)
    main_content.score_blocks(blocks)
    parts = PageParts(document, hints, root, rule_body, blocks, regions, bodies)
    for stage in RULE_STAGES if rule_body else stages:
        stage(parts)
    return parts


def _find_only_h1(blocks: list[Block]) -> int:
    """Return where the one `h1` before the text is, for a page whose metadata has another headline; -1 when unclear."""
    found = [n for n, block in enumerate(blocks) if block.level == 1 and block.link_share < _H1_LINKS]
    return found[0] if len(found) == 1 else -1
