"""Where the story ends: at the next story on the page, and before lists whose items are made alike."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, NamedTuple

from pipelines.extraction.content import phrases
from pipelines.extraction.content.blocks import DropReason, is_within, markup_signature
from pipelines.extraction.content.regions import RegionKind
from pipelines.extraction.date_parsing import find_printed_date
from pipelines.extraction.tokens import same_words, weight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block, MarkupSignature

_STORY = 300  # text score above which a page has told its story before another one or a list begins
_DATE_REACH = 5  # blocks from a headline, up and down, among which its date or author stands
_DATE_LENGTH = 80  # characters of a line with a date and perhaps a name

_ARTICLE_SCORE = 250  # of the element with the headline, to judge others beside it
_CLASS_NAMES_ALIKE = 2  # names that articles of one template share; later ones are of the one article
_LABEL_LENGTH = 70  # of a line that announces other articles
_LABEL_REACH = 3  # blocks before an article among which its label stands

_FEWEST_ITEMS = 3
_ALIKE_HEADS = 0.8  # share of a list's items whose heads are marked up alike
_TITLE_LINK = 0.9  # link share of a teaser's title
_TITLE_WEIGHT = 15
_SHORT_STORY = 200  # text score above which a page has told its story before a list
_TOLD = 0.9  # text score of the story for one of the list's, where titles are linked: guides to products begin with less
_LATER = 0.2  # text score below such a list for one of the story's


_DIGIT = re.compile(r"\d")
_CUT = re.compile(r"(?:\.\.\.|…)")
_SIGNED = frozenset({RegionKind.AUTHOR, RegionKind.META})


def drop_next_stories(blocks: list[Block], headline_at: int) -> None:
    """Drop what follows a second headline in the markup of the first, as on pages that scroll on to the next story."""
    if headline_at < 0:
        return
    headline = blocks[headline_at]
    starts = [n for n in range(headline_at, len(blocks)) if _is_alike(headline, blocks[n])]
    scores = [sum(b.text_score for b in blocks[n:end]) for n, end in pairwise((*starts, len(blocks)))]
    for n, start in enumerate(starts[1:], 1):
        if (
            sum(scores[:n]) >= _STORY
            and scores[n] >= _STORY
            and not same_words(blocks[start].text, headline.text)
            and _begins_story(blocks, headline_at, start)
        ):
            _drop(blocks[start:], DropReason.OTHER_ARTICLE)
            return


def _is_alike(one: Block, other: Block) -> bool:
    """Whether two blocks have the same tag and the same first class name."""
    if one.kind != other.kind or one.element.tag != other.element.tag:
        return False
    names = [(block.element.get("class") or "").split()[:1] for block in (one, other)]
    return names[0] == names[1]


def _begins_story(blocks: list[Block], first: int, second: int) -> bool:
    """Whether a second headline begins a story: with a date or an author, in an element of its own or as the first does."""
    middle = (first + second) // 2 + 1  # what stands nearer to the first headline is the first story's
    around = (
        blocks[max(0, first - _DATE_REACH) : min(middle, first + 1 + _DATE_REACH)],
        blocks[max(middle, second - _DATE_REACH) : second + 1 + _DATE_REACH],
    )
    signed = [
        {markup_signature(block) for block in near if _is_dated(block) or block.lies_in(_SIGNED)}
        for near in around
    ]
    if blocks[second].level == 1 and signed[1] and _has_own_element(blocks, first, second):
        return True
    return bool(signed[0] & signed[1])


def _has_own_element(blocks: list[Block], first: int, second: int) -> bool:
    """Whether an element around the second headline holds the text after it and none of the text before it."""
    before = {
        element
        for block in blocks[first:second]
        if block.text_score
        for element in (block.element, *block.element.iterancestors())
    }
    own = takewhile(lambda element: element not in before, blocks[second].element.iterancestors())
    after = next((block for block in blocks[second + 1 :] if block.text_score), None)
    return after is not None and any(is_within(after.element, element) for element in own)


def _is_dated(block: Block) -> bool:
    """Whether a block is a line with a date, and at most a name beside it."""
    text = block.text
    return len(text) <= _DATE_LENGTH and bool(_DIGIT.search(text)) and find_printed_date(text) is not None


def drop_other_articles(blocks: list[Block], page: list[Block]) -> None:
    """Drop shorter `article` elements of one markup that follow the one with the headline.

    Posts of a live blog may be marked up so as well. So the articles go only when they hold less than the first, or
    when a label such as "You may also like" stands before them among the blocks of the `page`.
    """
    homes = [next(block.element.iterancestors("article"), None) for block in blocks]
    scores: dict[_Element, float] = {}
    for home, block in zip(homes, blocks, strict=True):
        if home is not None:
            scores[home] = scores.get(home, 0.0) + block.text_score
    own = next((e for e in scores if next(e.iter("h1"), None) is not None), None)
    if own is None or scores[own] < _ARTICLE_SCORE:
        return
    alike: defaultdict[tuple[str, ...], list[_Element]] = defaultdict(list)
    for home in scores:
        if home is not own and own not in home.iterancestors() and home not in own.iterancestors():
            names = re.sub(r"\d+", "", home.get("class") or "").split()
            alike[tuple(names[:_CLASS_NAMES_ALIKE])].append(home)
    others = {e for group in alike.values() if len(group) > 1 for e in group if scores[e] < scores[own]}
    found = [block for home, block in zip(homes, blocks, strict=True) if home in others]
    if not found or (sum(b.text_score for b in found) > scores[own] and not _has_label(found[0], page)):
        return
    for block in found:
        block.dropped_because = DropReason.OTHER_ARTICLE


def _has_label(first: Block, page: list[Block]) -> bool:
    """Whether this block, or one shortly before it, leads to other articles."""
    at = next(n for n, block in enumerate(page) if block is first)
    return any(
        phrases.ALSO.match(b.text)
        or (b.region is not None and b.region.kind is RegionKind.RELATED and len(b.text) < _LABEL_LENGTH)
        for b in page[max(0, at - _LABEL_REACH) : at + 1]
    )


class _Items(NamedTuple):
    """Texts of one markup after the story, and what stands above the first. Positions are numbers of blocks."""

    first: int
    texts: list[int]
    linked: bool
    """Whether a linked title stands above each text, else a dated name."""


def drop_repeated_items(blocks: list[Block], headline_at: int) -> None:
    """Drop lists after the story whose items are made alike: a linked title or a dated name, and a text.

    They are teasers of other articles, and comments.
    """
    start = max(0, headline_at)
    for items in _find_items(blocks, start):
        first, last = items.first, items.texts[-1]
        told = sum(block.text_score for block in blocks[start:first])
        listed = sum(block.text_score for block in blocks[first : last + 1])
        later = sum(block.text_score for block in blocks[last + 1 :])
        if told < _SHORT_STORY or (items.linked and later > _LATER * told):
            continue
        if items.linked and told < _TOLD * listed and not _are_cut_off(blocks, items):
            continue
        above = {markup_signature(block) for block in blocks[start:first] if block.text_score}
        if any(block.text_score and markup_signature(block) in above for block in blocks[first : last + 1]):
            continue
        _drop(blocks[first : last + 1], DropReason.TEASER if items.linked else DropReason.COMMENTS)


def _are_cut_off(blocks: list[Block], items: _Items) -> bool:
    """Whether most texts of a list are cut off, as a template cuts teasers."""
    cut = sum(_CUT.search(blocks[n].text) is not None for n in items.texts)
    return cut >= _ALIKE_HEADS * len(items.texts)


def _find_items(blocks: list[Block], start: int) -> Iterable[_Items]:
    """Yield the lists below the headline: texts of a markup, most of them with a head of one markup above."""
    texts: defaultdict[MarkupSignature, list[int]] = defaultdict(list)
    heads: defaultdict[MarkupSignature, list[dict[MarkupSignature, int]]] = defaultdict(list)
    above: dict[MarkupSignature, int] = {}
    for n, block in enumerate(blocks[start:], start):
        if _is_title(block) or _is_dated(block):
            above.setdefault(markup_signature(block), n)
        elif block.text_score:
            signature = markup_signature(block)
            if above or signature not in texts:
                heads[signature].append(above)
            texts[signature].append(n)
            above = {}
    for signature, places in texts.items():
        alike = Counter(head for item in heads[signature] for head in item)
        head, count = max(alike.items(), key=lambda pair: pair[1], default=(None, 0))
        begin = next((n for n, item in enumerate(heads[signature]) if item), 0)
        if head and count >= max(_FEWEST_ITEMS, _ALIKE_HEADS * (len(heads[signature]) - begin)):
            first = heads[signature][begin]
            at = first.get(head, min(first.values()))
            yield _Items(at, [n for n in places if n > at], _is_title(blocks[at]))


def _is_title(block: Block) -> bool:
    """Whether a block is a title that is a link from end to end."""
    return (
        block.link_share > _TITLE_LINK
        and block.kind in ("h", "p", "row")
        and weight(block.text) > _TITLE_WEIGHT
    )


def _drop(blocks: Iterable[Block], reason: DropReason) -> None:
    for block in blocks:
        block.dropped_because = reason
        block.text_score = 0.0
