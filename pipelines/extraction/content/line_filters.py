"""Lines in the article's part of the page that are not the article: one small rule each."""

from __future__ import annotations

import re
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from pipelines.extraction.content import phrases
from pipelines.extraction.content.blocks import DropReason, keep_undropped
from pipelines.extraction.content.regions import RegionKind
from pipelines.extraction.date_parsing import is_date_line
from pipelines.extraction.tokens import WIDE, ends_sentence, same_words, weight
from pipelines.extraction.tokens import split as words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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

_ALT_LENGTH = 300
_CREDIT_LENGTH = 160
_PICTURED_LENGTH = 280

_PARAGRAPH_LENGTH = 120  # of a paragraph in which a pulled quotation is looked up
_HEADLINE_REACH = 2  # paragraphs after which a repeated headline is text
_REPEAT_LENGTH = 60  # characters of a line that may not stand twice
_SHORTEST_QUOTE, _LONGEST_QUOTE = 30, 400

_HEAD_REACH = 8  # blocks that are looked at before the first paragraph
_TAIL_REACH = 14  # blocks that are looked at after the last paragraph
_EDGE_WEIGHT = 100  # of a paragraph that ends the edge, unless it is the outermost
_HEAD_LENGTH = 220  # of a line at the edge that may be more than text
_PROMPT_LENGTH = 160
_TAIL_PROMPT_LENGTH = 320  # where it has a link
_TAIL_LINK = 0.5
_TAIL_LINK_LENGTH = 40
_AUTHOR_NOTE_LENGTH = 500
_BYLINE_LENGTH = 120
_BESIDE_NAME = 45  # characters a byline has besides the author's name
_BYLINE_WORDS = 8
_BYLINE_CAPITALS = 0.6  # share of a byline's words that begin with a capital
_NAME_LENGTH = 5
_NAME_WORDS = range(2, 5)

_BOLD = 0.95  # share of bold characters of a heading in the form of a paragraph
_NOT_BOLD = 0.5  # of the paragraph below it
_BOLD_HEADING_LENGTH = 90
_SENTENCE_HEADING_LENGTH = 80  # a longer heading that is a sentence is text
_ANNOUNCEMENT_LENGTH = 160


def is_sentence(text: str) -> bool:
    """Whether a line ends as a sentence does, or with a colon."""
    return ends_sentence(text, or_clause=True)


def apply_article_body(blocks: list[Block], kept: list[Block], body: str) -> list[Block]:
    """Return the text that the page's own articleBody confirms: `kept`, less what it lacks, with what it adds.

    `blocks` is the page. Where articleBody holds too little of `kept`, `kept` comes back as it is.
    """
    whole = _letters(body)
    long = [b for b in kept if len(b.text) > _LONG_BLOCK]
    known = sum(len(b.text) for b in long if _letters(b.text) in whole)
    total = sum(len(b.text) for b in long)
    complete = _COMPLETE * len(_letters("".join(b.text for b in long)))
    if not total or known < _CONFIRMED * total or len(whole) < complete:
        return kept
    chosen = {id(b) for b in kept}
    first = next((n for n, b in enumerate(blocks) if id(b) in chosen), 0)
    seen = {_letters(b.text) for b in kept}
    triples = _triples(body)
    out: list[Block] = []
    for n, block in enumerate(blocks):
        if id(block) in chosen:
            checked = out and block.kind == "p" and len(block.text) > _UNCONFIRMED_LENGTH
            if checked and not _shares_triples(block.text, triples):
                block.dropped_because = DropReason.NOT_IN_ARTICLE_BODY
                continue
            out.append(block)
        elif n > first - _BLOCKS_ABOVE and len(block.text) > _LONG_BLOCK and block.link_share < _LINK:
            letters = _letters(block.text)
            if letters in whole and letters not in seen:
                block.dropped_because = None
                out.append(block)
                seen.add(letters)
    return out


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
        if phrases.LABEL.match(block.text):
            block.dropped_because = DropReason.LABEL
        elif phrases.ALSO.match(block.text) and (
            block.kind == "h"
            or block.text.endswith(_COLONS)
            or block.link_share > _LABEL_LINKS
            or not is_sentence(block.text)
        ):
            after = blocks[n + 1] if n + 1 < len(blocks) else None
            if after is None or after.dropped_because or len(block.text) < _SURE_LABEL_LENGTH:
                block.dropped_because = DropReason.LABEL


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
        repeats_headline = paragraphs_before < _HEADLINE_REACH and any(same_words(text, h) for h in headlines)
        if repeats_headline or (block.level == 1 and paragraphs_before == 0):
            block.dropped_because = DropReason.HEADLINE
            continue
        paragraphs_before += len(text) > _PARAGRAPH_LENGTH
        if len(text) > _REPEAT_LENGTH and text in seen:
            block.dropped_because = DropReason.REPEATED
        elif text not in paragraphs and _is_pulled_quote(block, body):
            block.dropped_because = DropReason.PULLED_QUOTE
        seen.add(text)


def _is_pulled_quote(block: Block, body: str) -> bool:
    """Whether a short block that is set apart, or is no sentence, stands in a paragraph of the text too."""
    text = block.text
    if not _SHORTEST_QUOTE < len(text) < _LONGEST_QUOTE or block.kind == "row":
        return False
    bare = text.strip("\"'“”„«»‘’」「…. ")
    return (
        len(bare) > _SHORTEST_QUOTE
        and bare in body
        and (block.kind != "p" or block.region is not None or not is_sentence(text))
    )


def drop_edge_lines(blocks: list[Block], authors: Iterable[str]) -> None:
    """Drop bylines, dates, sources and prompts before the first and after the last paragraph."""
    names = [a for a in authors if a]
    _drop_edge(blocks, lambda b: _judge_head(b, names), _HEAD_REACH)
    _drop_edge(blocks[::-1], lambda b: _judge_tail(b, names), _TAIL_REACH)
    for way in (blocks, blocks[::-1]):
        for block in takewhile(
            lambda b: b.dropped_because or not any(sign.isalnum() for sign in b.text), way
        ):
            block.dropped_because = block.dropped_because or DropReason.ORNAMENT


def _drop_edge(blocks: list[Block], judge: Callable[[Block], DropReason | None], reach: int) -> None:
    kept = 0
    for block in blocks:
        if block.dropped_because:
            continue
        reason = judge(block)
        if reason:
            block.dropped_because = reason
            continue
        kept += 1
        if (kept > 1 and weight(block.text) > _EDGE_WEIGHT) or kept > reach:
            return


def _judge_head(block: Block, names: list[str]) -> DropReason | None:
    text = block.text
    if len(text) > _HEAD_LENGTH:
        return None
    if _is_byline(text, names):
        return DropReason.BYLINE
    if is_date_line(text) or phrases.AGO.match(text):
        return DropReason.DATE
    if phrases.SOURCE.match(text) or phrases.EMAIL.match(text) or phrases.HANDLE.match(text):
        return DropReason.SOURCE
    if _is_credits(text):
        return DropReason.CREDITS
    if len(text) < _PROMPT_LENGTH and phrases.PROMPT.search(text):
        return DropReason.PROMPT
    return None


def _judge_tail(block: Block, names: list[str]) -> DropReason | None:
    text = block.text
    reason = _judge_head(block, names)
    if reason:
        return reason
    if block.link_share > _TAIL_LINK and len(text) < _TAIL_LINK_LENGTH and not is_sentence(text):
        return DropReason.LINKS
    if phrases.MORE_TO_COME.match(text):
        return DropReason.PROMPT
    if block.kind == "p" and _is_name(text):
        return DropReason.BYLINE
    if (
        len(text) < _TAIL_PROMPT_LENGTH
        and phrases.PROMPT.search(text)
        and (block.links or len(text) < _PROMPT_LENGTH or block.kind == "h")
    ):
        return DropReason.PROMPT
    if len(text) < _AUTHOR_NOTE_LENGTH and any(_begins_with_name(text, n) for n in names):
        return DropReason.AUTHOR_NOTE
    return None


def _is_credits(text: str) -> bool:
    """Whether a line names who did what, or when: labels with values, and a person or a date among them."""
    if not phrases.CREDITS.match(text) or is_sentence(text):
        return False
    values = re.split(r"[:：]\s*|[,;|·•–]\s*|\s-\s", text)
    return any(_is_name(v.strip()) or is_date_line(v.strip()) for v in values)


def _is_name(text: str) -> bool:
    """Whether a line is two to four capitalised words and nothing else."""
    parts = text.strip("()[] ").split()
    return len(parts) in _NAME_WORDS and all(
        w[:1].isupper() and w.replace("-", "").replace(".", "").isalpha() for w in parts
    )


def _begins_with_name(text: str, name: str) -> bool:
    return (
        len(name) > _NAME_LENGTH
        and text.casefold().startswith(name.casefold())
        and not text.startswith((name + ":", name + " said"))
    )


def _is_byline(text: str, names: list[str]) -> bool:
    """Whether a line is a byline: an author's name and little else, or a name behind the word for author."""
    if len(text) > _BYLINE_LENGTH:
        return False
    folded = text.casefold()
    for name in names:
        if name.casefold() in folded and len(folded) < len(name) + _BESIDE_NAME and not is_sentence(text):
            return True
    match = phrases.BYLINE.match(text)
    if not match or is_sentence(text.rstrip(".")):
        return False
    rest = match["name"].split()
    capitals = sum(w[:1].isupper() for w in rest)
    few_and_capitalised = len(rest) <= _BYLINE_WORDS and capitals >= _BYLINE_CAPITALS * len(rest)
    return few_and_capitalised or WIDE.match(match["name"]) is not None


def mark_bold_headings(blocks: list[Block]) -> None:
    """Make headings of short lines that are bold from end to end, as in texts made of line breaks."""
    for block, following in pairwise(keep_undropped(blocks)):
        bold = block.bold_chars >= _BOLD * len(block.text)
        plain_below = following.bold_chars < _NOT_BOLD * len(following.text)
        short = block.kind == "p" and len(block.text) < _BOLD_HEADING_LENGTH
        if bold and plain_below and short and not is_sentence(block.text):
            block.kind, block.level = "h", 3


def drop_empty_headings(blocks: list[Block]) -> None:
    """Drop headings with nothing under them at the end, and lines that announce what was dropped after them."""
    dropped_after = False
    for block in reversed(blocks):
        size = len(block.text)
        if block.dropped_because:
            dropped_after = True
        elif block.kind == "h" and not (size > _SENTENCE_HEADING_LENGTH and is_sentence(block.text)):
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
