"""Which element of the page holds the article, and which regions of the page are what their names say."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.extraction.content import phrases
from pipelines.extraction.content.blocks import DropReason, MarkupSignature, is_within, markup_signature
from pipelines.extraction.content.regions import DROPPED, RegionKind
from pipelines.extraction.tokens import has_sentence, weight

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block, Region

# The text score of a block is the weight of its writing, discounted for what sentences of an article hardly are.
_SHORTEST_WRITING = 40  # weight; less is a label
_SCORED_LINKS = 0.5  # link share; more is a link
_LINK_PENALTY = 2  # for each character of link text
_NO_SENTENCE = 0.3  # factor for writing without the end of a sentence
_ITEM = 0.4  # factor for an item or a row
_MOST_SCORE = 1500.0  # of one block: a page without markup is one block

_DROP = DROPPED | {RegionKind.ASIDE, RegionKind.FACTBOX}
# The share of the page's text score up to which all regions of one kind and name are believed to be what they say.
_LIMIT = 0.25
_LIMITS = {
    RegionKind.HIDDEN: 0.3,
    RegionKind.COMMENT: 0.85,
    RegionKind.RELATED: 0.4,
    RegionKind.FOOTER: 0.5,
    RegionKind.NAV: 0.5,
    RegionKind.ASIDE: 0.3,
}
_CONSENT, _SIDEBAR = RegionKind.CONSENT, RegionKind.SIDEBAR
_OPEN_STORY = 500  # text score of paragraphs outside all named regions that are the story
_OPEN_SHARE = 0.1  # and their share of the page's text score
_LIMIT_OF_ASIDE_ELEMENT = 0.8  # an `aside` that is also named a sidebar

# The container is the element with the best balance of text score and of what comes with it.
_COST = 0.7  # of a character without text score
_MOST_COST = 300  # characters that a block is charged for
_HEADING_COST = 5.0
_ITEM_COST = 0.1  # factor for a row, or an item that is no link
_NO_CONTAINERS = frozenset("p li blockquote span".split())
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())  # none where a sentence is told
# An element named as the body is preferred to the one that was found.
_NAMED_LENGTH = 250  # characters it must have
_NAMED_SHARE = 0.5  # of the found element's characters, when it lies in that
_NAMED_SHARE_ELSEWHERE = 0.3  # when it lies elsewhere
_NAMED_LINKS = 0.4  # link share it may have there

# A paragraph in a believed region is kept all the same when it is marked up as much of the text is.
_PARAGRAPH_SCORE = 60
_PARAGRAPH_LINKS = 0.2
_USUAL_MARKUP = 0.3  # share of the page's text score
_NEVER_MISLABELLED = frozenset(
    {
        RegionKind.HIDDEN,
        RegionKind.CONSENT,
        RegionKind.CAPTION,
        RegionKind.COMMENT,
        RegionKind.SHARE,
        RegionKind.NAV,
        RegionKind.FOOTER,
        RegionKind.ASIDE,
        RegionKind.FACTBOX,
    }
)


def score_blocks(blocks: list[Block]) -> None:
    """Set the text score of each block: how much it speaks for its place being the article's text."""
    for block in blocks:
        block.text_score = _score(block)


def _score(block: Block) -> float:
    if block.kind == "h" or block.link_share > _SCORED_LINKS:
        return 0.0
    size = weight(block.text)
    if size < _SHORTEST_WRITING:
        return 0.0
    score = float(size - _LINK_PENALTY * block.link_chars)
    if not has_sentence(block.text):
        score *= _NO_SENTENCE
    if phrases.states_rights(block.text):  # as the foot of a page does, and a story hardly
        return 0.0
    if block.kind in ("li", "row"):
        score *= _ITEM
    return min(max(score, 0.0), _MOST_SCORE)


def find_trusted_regions(blocks: list[Block], regions: list[Region], headline_at: int) -> set[Region]:
    """Return the regions that are what their names say.

    Names that hold little of the page's text score are believed. So are the others where the story is told without
    them: they begin after its last paragraph, or end above the headline.
    """
    total = sum(block.text_score for block in blocks)
    inside: defaultdict[tuple[RegionKind, str], float] = defaultdict(float)
    places: defaultdict[Region, list[int]] = defaultdict(list)
    chains: dict[Region, list[Region]] = {}  # most blocks of a page share theirs with others
    names: dict[Region, set[tuple[RegionKind, str]]] = {}
    for n, block in enumerate(blocks):
        innermost = block.region
        if not block.text_score or innermost is None:
            continue
        if innermost not in chains:
            chains[innermost] = [*innermost.chain()]
            names[innermost] = {(region.kind, region.name) for region in chains[innermost]}
        for key in names[innermost]:
            inside[key] += block.text_score
        for region in chains[innermost]:
            places[region].append(n)
    named = {region for region in regions if region.kind in _DROP}
    # Most regions of a page have no text score, and any limit holds them.
    scores = {region: inside.get((region.kind, region.name), 0.0) for region in named}
    small = {region for region, score in scores.items() if not score or score <= total * _limit(region)}
    least = max(_OPEN_STORY, _OPEN_SHARE * total)
    for believed in _choose_believed(named, small):
        story = _find_open_story(blocks, headline_at, believed)
        if sum(blocks[n].text_score for n in story) >= least:
            break
    else:
        return small
    homes = {blocks[n].parent for n in story}
    return small | {
        region
        for region in named - small
        if _stands_apart(region, places[region], headline_at, story[-1], homes)
    }


def _choose_believed(named: set[Region], small: set[Region]) -> tuple[set[Region], ...]:
    """Return which regions to believe when the story is looked for, one choice after the other."""
    return named, small


def _find_open_story(blocks: list[Block], headline_at: int, named: set[Region]) -> list[int]:
    """Return the numbers of the paragraphs of one markup, below the headline and outside named regions, that tell most."""
    runs: defaultdict[object, list[int]] = defaultdict(list)
    for n, block in enumerate(blocks):
        if n > headline_at and block.text_score and not trusted_region(block, named):
            for key in (markup_signature(block), block.parent):
                runs[key].append(n)
    return max(runs.values(), key=lambda run: sum(blocks[n].text_score for n in run), default=[])


def _stands_apart(
    region: Region, places: list[int], headline_at: int, last: int, homes: set[_Element | None]
) -> bool:
    """Whether a region ends above the headline, or begins after the story's last paragraph and outside its elements."""
    if not places:
        return False
    if places[-1] < headline_at:
        return True
    return places[0] > last and homes.isdisjoint(region.element.iterancestors())


def _limit(region: Region) -> float:
    if region.kind is _CONSENT and "cookie" not in region.name.lower():
        return 1.0  # a layer that asks stands on every page, and holds most words of a short one
    if region.kind is _SIDEBAR and region.element.tag == "aside":
        return _LIMIT_OF_ASIDE_ELEMENT
    return _LIMITS.get(region.kind, _LIMIT)


def trusted_region(block: Block, trusted: Collection[Region]) -> RegionKind | None:
    """Return the kind of the innermost trusted region around a block."""
    region = block.region  # a loop of its own: this is asked many times of each block
    while region is not None and region not in trusted:
        region = region.outer
    return region.kind if region is not None else None


def find_container(
    blocks: list[Block], trusted: Collection[Region], bodies: Sequence[_Element], root: _Element
) -> _Element:
    """Return the element whose writing outweighs by most the links and labels that come with it."""
    sizes: defaultdict[_Element, _Size] = defaultdict(_Size)
    chains: dict[_Element | None, list[_Size]] = {None: []}  # sizes of an element and all around it
    for block in blocks:
        if block.dropped_because or trusted_region(block, trusted):
            continue
        balance, chars, home = block.text_score or -_cost(block), len(block.text), block.parent
        own = sizes[block.element]
        if home is not None and home not in chains:
            chains[home] = [sizes[element] for element in (home, *home.iterancestors())]
        for size in (own, *chains[home]):
            size.balance += balance
            size.chars += chars
            size.link_chars += block.link_chars
    best, best_balance = root, sizes[root].balance
    told = any(block.text_score for block in blocks)
    none = _NO_CONTAINERS | _HEADINGS if told else _NO_CONTAINERS
    for element, size in sizes.items():
        if size.balance > best_balance and element.tag not in none:
            best, best_balance = element, size.balance
    return _prefer_named(best, bodies, sizes)


@dataclass(slots=True)
class _Size:
    """The characters of an element's blocks, and the text score in them less the cost of what has none."""

    balance: float = 0.0
    chars: int = 0
    link_chars: int = 0


def _cost(block: Block) -> float:
    """Return what a block without text score counts against its elements."""
    if block.kind == "h" and block.link_share <= _SCORED_LINKS:
        return _HEADING_COST
    cost = float(_COST * min(_MOST_COST, len(block.text)))
    plain_item = block.kind == "li" and block.link_share < _SCORED_LINKS
    return cost * _ITEM_COST if block.kind == "row" or plain_item else cost


def _prefer_named(best: _Element, bodies: Sequence[_Element], sizes: dict[_Element, _Size]) -> _Element:
    """Return the element named as the body where it is large enough beside the best one, else the best one."""
    nothing = _Size()
    best_chars = sizes.get(best, nothing).chars
    inside = [e for e in bodies if e is not best and is_within(e, best)]
    if len(inside) == 1 and sizes.get(inside[0], nothing).chars > max(
        _NAMED_LENGTH, _NAMED_SHARE * best_chars
    ):
        return inside[0]
    for named in bodies:
        if not is_within(best, named) and not is_within(named, best):
            size = sizes.get(named, nothing)
            if (
                size.chars > _NAMED_LENGTH
                and size.link_chars < _NAMED_LINKS * size.chars
                and size.chars > _NAMED_SHARE_ELSEWHERE * best_chars
            ):
                return named
    return best


def ensure_text(
    container: _Element, blocks: list[Block], trusted: Collection[Region], bodies: Sequence[_Element]
) -> _Element:
    """Return the container, or the named body with most text score when the container has no text of its own."""
    scored = [b for b in blocks if b.text_score]
    if any(is_within(b.element, container) and not trusted_region(b, trusted) for b in scored):
        return container
    return max(
        bodies,
        key=lambda body: sum(b.text_score for b in scored if is_within(b.element, body)),
        default=container,
    )


def keep_inside(blocks: list[Block], trusted: Collection[Region], container: _Element) -> list[Block]:
    """Return the blocks in the container, without trusted regions; drop the others."""
    scores: defaultdict[MarkupSignature, float] = defaultdict(float)
    for block in blocks:
        if block.text_score:
            scores[markup_signature(block)] += block.text_score
    usual_score = _USUAL_MARKUP * sum(scores.values())
    inside = set(container.iter())
    kept = []
    for block in blocks:
        if block.dropped_because:
            continue
        kind = trusted_region(block, trusted)
        if kind and not (_may_be_mislabelled(block) and scores[markup_signature(block)] > usual_score):
            block.dropped_because = kind
        elif block.element not in inside:
            block.dropped_because = DropReason.OUTSIDE
        else:
            kept.append(block)
    return kept


def keep_inside_rule(
    blocks: list[Block], trusted: Collection[Region], elements: Sequence[_Element]
) -> list[Block]:
    """Return the blocks in the elements that a site's rule names as the body, without trusted regions."""
    kept = []
    for block in blocks:
        if not any(is_within(block.element, element) for element in elements):
            block.dropped_because = DropReason.OUTSIDE_RULE
        elif kind := trusted_region(block, trusted):
            block.dropped_because = kind
        else:
            kept.append(block)
    return kept


def _may_be_mislabelled(block: Block) -> bool:
    """Whether a block is a paragraph of text with a class of its own, in a region that may hold text by mistake."""
    return (
        block.element.tag == "p"
        and block.text_score >= _PARAGRAPH_SCORE
        and block.link_share <= _PARAGRAPH_LINKS
        and not block.lies_in(_NEVER_MISLABELLED)
        and _has_class(block)
    )


def _has_class(block: Block) -> bool:
    """Whether a block's element or the one around it has a class."""
    parent = block.parent
    return bool(block.element.get("class")) or (parent is not None and bool(parent.get("class")))
