"""Lines in the article's part of the page that are not the article: one small rule each."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.extraction.content import phrases
from pipelines.extraction.content.blocks import DropReason, keep_undropped
from pipelines.extraction.content.regions import RegionKind
from pipelines.extraction.tokens import ends_clause, same_words
from pipelines.extraction.tokens import split as words

if TYPE_CHECKING:
    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block

_COLONS = (":", "：")

# When the page's own articleBody is taken for its text.
_LONG_BLOCK = 60  # characters of a block that is looked up in it
_CONFIRMED = 0.85  # share of the found text that it must hold
_COMPLETE = 0.8  # its length as a share of the found text's
_UNCONFIRMED_LENGTH = 25  # characters of a paragraph that is dropped when articleBody lacks it
_SHARED_TRIPLES = (
    0.3  # share of a paragraph's triples of words that articleBody has, or it lacks the paragraph
)
_BLOCKS_ABOVE = 5  # blocks before the first kept one among which articleBody may find more
_LINK = 0.9  # link share of a block that is never added

_LABEL_LENGTH = 90
_LABEL_LINKS = 0.3  # link share of a line that leads to other articles
_SURE_LABEL_LENGTH = 40  # a shorter one goes even when what follows stays

_PAGER = re.compile(
    r"(?:(?:pages?|seiten?|p[aá]ginas?|pagin[ae]|stron[ay]|страниц[аы]|ページ|페이지|页)\s*:?\s*)?[\[(]?\d{1,2}(?:[\s|/·•,\[\]()]+\d{1,2})+[\])]?\s*[›»>→]*",
    re.IGNORECASE,
)

_ALT_LENGTH = 300
_CREDIT_LENGTH = 160
_PICTURED_LENGTH = 280

_PARAGRAPH_LENGTH = 120  # of a paragraph in which a pulled quotation is looked up
_HEADLINE_REACH = 2  # paragraphs after which a repeated headline is text
_LONGER = 1.5  # length of a line by a headline that it says again
_REPEAT_LENGTH = 60  # characters of a line that may not stand twice
_SHORTEST_QUOTE, _LONGEST_QUOTE = 30, 400

_BOLD = 0.95  # share of bold characters of a heading in the form of a paragraph
_NOT_BOLD = 0.5  # of the paragraph below it
_BOLD_HEADING_LENGTH = 90
_SENTENCE_HEADING_LENGTH = 80  # a longer heading that is a sentence is text
_ANNOUNCEMENT_LENGTH = 160
_BOX_LABEL_LENGTH = 60  # of a line over a box of links
_LEADS_ELSEWHERE = (DropReason.LINKS, DropReason.TEASER, DropReason.OTHER_ARTICLE, RegionKind.RELATED)


def apply_article_body(blocks: list[Block], kept: list[Block], body: str) -> list[Block]:
    """Return the text that the page's own articleBody confirms: `kept`, less what it lacks, with what it adds.

    `blocks` is the page. Where articleBody holds too little of `kept`, `kept` comes back as it is.
    """
    whole = _letters(body)
    own = [_letters(b.text) for b in kept]
    long = [(b, letters) for b, letters in zip(kept, own, strict=True) if len(b.text) > _LONG_BLOCK]
    known = sum(len(b.text) for b, letters in long if letters in whole)
    total = sum(len(b.text) for b, _ in long)
    complete = _COMPLETE * sum(len(letters) for _, letters in long)
    if not total or known < _CONFIRMED * total or len(whole) < complete:
        return kept
    chosen = {id(b) for b in kept}
    first = next((n for n, b in enumerate(blocks) if id(b) in chosen), 0)
    seen = set(own)
    triples = _triples(body)
    out: list[Block] = []
    for n, block in enumerate(blocks):
        if id(block) in chosen:
            checked = out and block.kind == "p" and len(block.text) > _UNCONFIRMED_LENGTH
            if checked and not _shares_triples(block.text, triples):
                block.dropped_because = DropReason.NOT_IN_ARTICLE_BODY
                continue
            out.append(block)
        elif n > first - _BLOCKS_ABOVE and len(block.text) > _LONG_BLOCK and _may_be_added(block):
            letters = _letters(block.text)
            if letters in whole and letters not in seen:
                block.dropped_because = None
                out.append(block)
                seen.add(letters)
    return out


def _may_be_added(block: Block) -> bool:
    return block.link_share < _LINK and block.dropped_because is not DropReason.LINKS


def _triples(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return set(zip(found, found[1:], found[2:], strict=False))


def _shares_triples(text: str, triples: set[tuple[str, ...]]) -> bool:
    own = _triples(text)
    return not own or len(own & triples) > _SHARED_TRIPLES * len(own)


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text)


def drop_labels(blocks: list[Block]) -> None:
    """Drop short lines that label other parts of the page, and lines that lead to what is already dropped."""
    for n, block in enumerate(blocks):
        if block.dropped_because or len(block.text) > _LABEL_LENGTH:
            continue
        if phrases.LABEL.match(block.text) or _is_pager(block.text):
            block.dropped_because = DropReason.LABEL
        elif phrases.ALSO.match(block.text) and (
            block.kind == "h"
            or block.text.endswith(_COLONS)
            or block.link_share > _LABEL_LINKS
            or not ends_clause(block.text)
        ):
            after = blocks[n + 1] if n + 1 < len(blocks) else None
            if after is None or after.dropped_because or len(block.text) < _SURE_LABEL_LENGTH:
                block.dropped_because = DropReason.LABEL


def _is_pager(text: str) -> bool:
    """Whether a line is the numbers of an article's pages, in their order, and the word for page at most."""
    numbers = [int(number) for number in re.findall(r"\d{1,2}(?!\d)", text)]
    return (
        len(numbers) > 1
        and _PAGER.fullmatch(text) is not None
        and all(after == before + 1 for before, after in pairwise(numbers))
    )


def drop_captions(blocks: list[Block], alts: set[str]) -> None:
    """Drop lines that repeat a picture's description or credit a picture."""
    for block in blocks:
        if block.dropped_because or block.kind in ("h", "row"):
            continue
        size = len(block.text)
        if block.text in alts and size < _ALT_LENGTH:
            block.dropped_because = RegionKind.CAPTION
        elif block.kind != "li" and size < _CREDIT_LENGTH and phrases.CREDIT.match(block.text):
            block.dropped_because = DropReason.CREDIT
        elif block.kind == "p" and size < _PICTURED_LENGTH and phrases.PICTURED.match(block.text):
            block.dropped_because = RegionKind.CAPTION


def drop_repeats(blocks: list[Block], headlines: list[str]) -> None:
    """Drop the headline printed again, repeated lines, and quotations pulled out of the text."""
    paragraphs = {
        b.text for b in blocks if not b.dropped_because and b.kind == "p" and len(b.text) > _PARAGRAPH_LENGTH
    }
    body = "\n".join(paragraphs)
    seen: set[str] = set()
    paragraphs_before = 0
    for block in blocks:
        if block.dropped_because:
            continue
        text = block.text
        repeats_headline = paragraphs_before < _HEADLINE_REACH and any(_repeats(text, h) for h in headlines)
        if repeats_headline or (block.level == 1 and paragraphs_before == 0):
            block.dropped_because = DropReason.HEADLINE
            continue
        paragraphs_before += len(text) > _PARAGRAPH_LENGTH
        if len(text) > _REPEAT_LENGTH and text in seen:
            block.dropped_because = DropReason.REPEATED
        elif text not in paragraphs and _is_pulled_quote(block, body):
            block.dropped_because = DropReason.PULLED_QUOTE
        seen.add(text)


def _repeats(text: str, headline: str) -> bool:
    """Whether a line is the headline, whole or cut off; a paragraph that begins with its words says more."""
    return len(text) < _LONGER * len(headline) and same_words(text, headline)


def _is_pulled_quote(block: Block, body: str) -> bool:
    """Whether a short block that is set apart, or is no sentence, stands in a paragraph of the text too."""
    text = block.text
    if not _SHORTEST_QUOTE < len(text) < _LONGEST_QUOTE or block.kind == "row":
        return False
    bare = text.strip("\"'“”„«»‘’」「…. ")
    return (
        len(bare) > _SHORTEST_QUOTE
        and bare in body
        and (block.kind != "p" or block.region is not None or not ends_clause(text))
    )


def mark_bold_headings(blocks: list[Block]) -> None:
    """Make headings of short lines that are bold from end to end, as in texts made of line breaks."""
    for block, following in pairwise(keep_undropped(blocks)):
        bold = block.bold_chars >= _BOLD * len(block.text)
        plain_below = following.bold_chars < _NOT_BOLD * len(following.text)
        short = block.kind == "p" and len(block.text) < _BOLD_HEADING_LENGTH
        if bold and plain_below and short and not ends_clause(block.text):
            block.kind, block.level = "h", 3


def drop_empty_headings(blocks: list[Block]) -> None:
    """Drop headings with nothing under them at the end, and lines that announce what was dropped after them."""
    dropped_after = False
    for block in reversed(blocks):
        size = len(block.text)
        if block.dropped_because:
            dropped_after = True
        elif block.kind == "h" and not (size > _SENTENCE_HEADING_LENGTH and ends_clause(block.text)):
            block.dropped_because = DropReason.EMPTY_HEADING
        elif (
            dropped_after
            and block.kind == "p"
            and size < _ANNOUNCEMENT_LENGTH
            and block.text.endswith(_COLONS)
        ):
            block.dropped_because = DropReason.EMPTY_ANNOUNCEMENT
        else:
            return


def find_labels_of_boxes(page: list[Block]) -> list[Block]:
    """Return short lines of the text whose own box holds, besides them, only links that were left out."""
    found = []
    for n, block in enumerate(page[:-1]):
        below = page[n + 1]
        if block.dropped_because or below.dropped_because not in _LEADS_ELSEWHERE:
            continue
        if block.kind != "h" and (len(block.text) >= _BOX_LABEL_LENGTH or ends_clause(block.text)):
            continue
        above = {element: depth for depth, element in enumerate(block.element.iterancestors())}
        following = next((b for b in page[n + 1 :] if not b.dropped_because), None)
        before = next((b for b in page[n - 1 :: -1] if not b.dropped_because), None) if n else None
        home = _find_depth(above, below)
        if all(home < _find_depth(above, other) for other in (before, following) if other is not None):
            found.append(block)
    return found


def _find_depth(above: dict[_Element, int], other: Block) -> int:
    """Return how many elements outwards from a block the first one is that holds the other, too."""
    return next(above[element] for element in other.element.iterancestors() if element in above)
