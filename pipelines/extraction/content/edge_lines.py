"""Lines at the edges of the text that are not the article: bylines, dates, sources, prompts."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from pipelines.extraction.content import phrases
from pipelines.extraction.content.blocks import DropReason
from pipelines.extraction.date_parsing import is_date_line
from pipelines.extraction.tokens import WIDE, ends_clause, has_sentence, weight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipelines.extraction.content.blocks import Block

_TEXT_BEFORE = 0.3  # share of the text score above a label of rights
_HEAD_REACH = 8  # blocks that are looked at before the first paragraph
_TAIL_REACH = 14  # blocks that are looked at after the last paragraph
_EDGE_WEIGHT = 100  # of a paragraph that ends the edge, unless it is the outermost
_HEAD_LENGTH = 220  # of a line at the edge that may be more than text
_PROMPT_LENGTH = 160
_TAIL_PROMPT_LENGTH = 320  # where it has a link
_TAIL_LINK = 0.5
_TAIL_LINK_LENGTH = 80  # 120 cost three sets a last sentence
_TAIL_CELL_LENGTH = 40
_CONTACT_LENGTH = (
    130  # weight of a line with an address; news are alike from 80 to 200, guides lose sources at 200
)
_PART_LENGTH = 60  # weight of words between bars
_FEWEST_PARTS = 3
_SIGNATURE_LENGTH = 40  # weight of a line that is no sentence
_LISTED = 3  # such lines one after the other are a list
_FINISHED = 0.8  # share of the text score in paragraphs that end in a sentence
_FOOTNOTES = 5  # blocks under a ruled line
_FOOTNOTE_SHARE = 0.25  # of the text score
_AUTHOR_NOTE_LENGTH = 500
_BYLINE_LENGTH = 120
_BESIDE_NAME = 45  # characters a byline has besides the author's name
_BYLINE_WORDS = 8
_BYLINE_CAPITALS = 0.6  # share of a byline's words that begin with a capital
_RULES = tuple("_-—–=")  # stars stand between the scenes of a story
_NAME_LENGTH = 5
_NAME_WORDS = range(2, 5)


def drop_edge_lines(blocks: list[Block], authors: Iterable[str]) -> None:
    """Drop bylines, dates, sources and prompts before the first and after the last paragraph."""
    names = [a for a in authors if a]
    _drop_rights(blocks)
    for block in _find_footnotes(blocks):
        block.dropped_because = DropReason.AFTER
    finished = _has_finished_sentences(blocks)
    last = [block for block in blocks if not block.dropped_because][-_LISTED:]
    sources = all(_is_link_line(block) or _is_contact(block) for block in last)
    _drop_edge(blocks, lambda b: _judge_head(b, names), _HEAD_REACH)
    _drop_edge(blocks[::-1], lambda b: _judge_tail(b, names, finished, sources), _TAIL_REACH)
    for way in (blocks, blocks[::-1]):
        for block in takewhile(
            lambda b: b.dropped_because or not any(sign.isalnum() for sign in b.text), way
        ):
            block.dropped_because = block.dropped_because or DropReason.ORNAMENT


def drop_top_lines(blocks: list[Block]) -> None:
    """Drop lines above the text that are no words of it: the way to the article, tools, dates."""
    for block in takewhile(lambda b: _judge_top(b) is not None, blocks):
        block.dropped_because = _judge_top(block)


def _judge_top(block: Block) -> DropReason | None:
    if len(block.text) > _HEAD_LENGTH:
        return None
    if is_date_line(block.text) or phrases.AGO.match(block.text):
        return DropReason.DATE
    return DropReason.LINKS if _is_path(block) or _is_parted(block) else None


def _drop_rights(blocks: list[Block]) -> None:
    """Drop the house's rights and disclaimers, from their label to the end of the text."""
    kept = [block for block in blocks if not block.dropped_because]
    total = sum(block.text_score for block in kept)
    for n, block in enumerate(kept):
        if phrases.RIGHTS.match(block.text) and sum(b.text_score for b in kept[:n]) > _TEXT_BEFORE * total:
            for later in kept[n:]:
                later.dropped_because = DropReason.RIGHTS
            return


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
    if reason := _judge_top(block):
        return reason
    if phrases.SOURCE.match(text) or phrases.EMAIL.match(text) or phrases.HANDLE.match(text):
        return DropReason.SOURCE
    if _is_credits(text):
        return DropReason.CREDITS
    if _is_prompt(block):
        return DropReason.PROMPT
    return None


def _is_path(block: Block) -> bool:
    """Whether a line is the way to the article from the site's home: names with arrows between, the first of them links."""
    return block.links > 0 and "«" not in block.text and phrases.PATH.match(block.text) is not None


def _is_parted(block: Block) -> bool:
    """Whether a line is words set apart by bars and no sentence: tools, or a name, a date and a count of readers."""
    if not any(bar in block.text for bar in "|｜•·"):
        return False
    parts = [part for part in re.split(r"\s*[|｜•]\s*|\s+·\s+", block.text) if part]
    return (
        len(parts) > 1
        and max(map(weight, parts)) < _PART_LENGTH
        and (len(parts) >= _FEWEST_PARTS or any(is_date_line(part) for part in parts))
        and not has_sentence(block.text)
    )


def _is_prompt(block: Block) -> bool:
    """Whether a short line calls to something. A sentence of the story has no link."""
    size = weight(block.text)
    may_call = size < _PROMPT_LENGTH and (block.links or not block.text_score or size < _EDGE_WEIGHT)
    return bool(may_call) and phrases.PROMPT.search(block.text) is not None


def _judge_tail(block: Block, names: list[str], finished: bool, sources: bool) -> DropReason | None:
    text = block.text
    reason = _judge_head(block, names)
    if reason:
        return reason
    if phrases.states_rights(text):
        return DropReason.RIGHTS
    if _is_link_line(block) and not (sources and weight(text) >= _TAIL_CELL_LENGTH):
        return DropReason.LINKS
    if _is_contact(block) and not sources:
        return DropReason.SOURCE
    if phrases.MORE_TO_COME.match(text):
        return DropReason.PROMPT
    if block.kind == "p" and _is_name(text):
        return DropReason.BYLINE
    if finished and _is_signature(block):
        return DropReason.CREDITS
    if (
        len(text) < _TAIL_PROMPT_LENGTH
        and (block.links or len(text) < _PROMPT_LENGTH or block.kind == "h")
        and phrases.PROMPT.search(text)
    ):
        return DropReason.PROMPT
    if len(text) < _AUTHOR_NOTE_LENGTH and any(_begins_with_name(text, n) for n in names):
        return DropReason.AUTHOR_NOTE
    return None


def _has_finished_sentences(blocks: list[Block]) -> bool:
    """Whether the paragraphs end in sentences and the text in no list, as not in scripts without full stops, nor in verse."""
    kept = [block for block in blocks if not block.dropped_because]
    told = [block for block in kept if block.text_score and has_sentence(block.text)]
    listed = all(map(_is_signature, kept[-_LISTED:]))
    finished = sum(block.text_score for block in told if ends_clause(block.text))
    return finished > _FINISHED * sum(block.text_score for block in kept) and not listed


def _is_link_line(block: Block) -> bool:
    """Whether a line at the end is mostly a link. A cell of a table is one only when it is short."""
    longest = _TAIL_CELL_LENGTH if block.kind == "row" else _TAIL_LINK_LENGTH
    return block.link_share > _TAIL_LINK and weight(block.text) < longest


def _is_contact(block: Block) -> bool:
    """Whether a line says where to write or to look: it has an address of mail or of the web."""
    return (
        block.kind in ("p", "row")
        and weight(block.text) < _CONTACT_LENGTH
        and phrases.ADDRESS.search(block.text) is not None
    )


def _is_signature(block: Block) -> bool:
    """Whether a line is a few words and no sentence: initials, an agency, a label."""
    return (
        block.kind == "p"
        and not block.text_score
        and any(sign.isalnum() for sign in block.text)
        and weight(block.text) < _SIGNATURE_LENGTH
        and not ends_clause(block.text)
    )


def _find_footnotes(blocks: list[Block]) -> list[Block]:
    """Return a ruled line at the end of the text, and what stands under it."""
    kept = [block for block in blocks if not block.dropped_because]
    rules = [n for n, block in enumerate(kept) if _is_rule(block)]
    if len(rules) != 1:  # several part the text
        return []
    under = kept[rules[0] :]
    total = sum(block.text_score for block in kept)
    few = len(under) <= _FOOTNOTES and sum(b.text_score for b in under) < _FOOTNOTE_SHARE * total
    return under if few else []


def _is_rule(block: Block) -> bool:
    if not block.text.startswith(_RULES):
        return False
    signs = block.text.replace(" ", "")
    return len(signs) > 1 and not signs.strip("".join(_RULES))


def _is_credits(text: str) -> bool:
    """Whether a line names who did what, or when: labels with values, and a person or a date among them."""
    if not phrases.CREDITS.match(text) or ends_clause(text):
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
        if name.casefold() in folded and len(folded) < len(name) + _BESIDE_NAME and not ends_clause(text):
            return True
    match = phrases.BYLINE.match(text)
    if not match or ends_clause(text.rstrip(".")):
        return False
    rest = match["name"].split()
    capitals = sum(w[:1].isupper() for w in rest)
    few_and_capitalised = len(rest) <= _BYLINE_WORDS and capitals >= _BYLINE_CAPITALS * len(rest)
    return few_and_capitalised or WIDE.match(match["name"]) is not None
