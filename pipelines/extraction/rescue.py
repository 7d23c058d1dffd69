"""A second opinion: trafilatura's text of a page, alone or cleaned by our own stages. Its only importer."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from trafilatura import bare_extraction
from trafilatura.meta import reset_caches

from pipelines.extraction import parts
from pipelines.extraction.content import main_content
from pipelines.extraction.content.blocks import Block, BlockKind, DropReason
from pipelines.extraction.content.render import render_text
from pipelines.extraction.document import squeeze
from pipelines.extraction.notices import is_notice

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from pipelines.extraction.parts import PageParts

_CALLS_BETWEEN_RESETS = 200  # its caches grow with every page
_KINDS: dict[str, BlockKind] = {"head": "h", "quote": "quote"}

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # its errors are our outcomes
_calls = 0


class TextBlock(NamedTuple):
    """A block of trafilatura's. Items of one list, and cells of one row, have the same group."""

    kind: BlockKind
    text: str
    group: Any = None
    lines: tuple[str, ...] = ()
    """Its lines, where it has several."""


def read_with_trafilatura(page_text: str, url: str) -> str:
    """Return trafilatura's text of the page in our syntax; "" when it finds none or fails."""
    return render_text(
        [Block(b.kind, b.text, b.group, group=b.group) for b in read_text_blocks(page_text, url)]
    )


def read_text_blocks(page_text: str, url: str, fast: bool = True) -> list[TextBlock]:
    """Return the blocks of trafilatura's text of a page; none when it finds none or fails. `fast`: without its own fallbacks."""
    global _calls
    _calls += 1
    if _calls % _CALLS_BETWEEN_RESETS == 0:
        reset_caches()
    try:
        # Any format but its default leaves out what we do not read: the same text written out as Markdown.
        result = bare_extraction(
            page_text,
            url=url,
            fast=fast,
            output_format="txt",
            include_comments=False,
            include_formatting=True,
        )
    except Exception:  # control characters and the like: a second opinion less, not a page less
        return []
    body = getattr(result, "body", None)
    return [block for block in _read_body(body) if block.text] if body is not None else []


def _read_body(body: Any) -> Iterator[TextBlock]:
    for element in body:
        if element.tag == "list" and (items := [i for i in element.iter("item") if _text(i)]):
            yield from (TextBlock("li", _text(item), element) for item in items)
        elif element.tag == "table":
            for row in element.iter("row"):
                yield from (TextBlock("row", _text(cell), row) for cell in row.iter("cell"))
        else:
            text = _text(element)
            kind = "note" if is_notice(text) else _KINDS.get(element.tag, "p")
            yield TextBlock(kind, text, lines=_lines(element))


def _text(element: Any) -> str:
    return " ".join(_lines(element))


def _lines(element: Any) -> tuple[str, ...]:
    """Return the lines of an element: as its line breaks part it, and the ends of lines that its text keeps."""
    for line_break in element.iter("lb"):
        line_break.text = "\n"
    lines = "".join(element.itertext()).split("\n")
    return tuple(line for text in lines if (line := squeeze(text)))


def _match(blocks: list[TextBlock], known: Container[str]) -> Iterator[tuple[BlockKind, str, Any]]:
    """Yield kind, text and group of blocks; those of several lines line by line where the page has these as blocks."""
    for block in blocks:
        parted = block.text not in known and len(block.lines) > 1 and block.lines[0] in known
        for text in block.lines if parted else (block.text,):
            yield block.kind, text, block.group


def keep_trafilatura_blocks(found: PageParts) -> None:
    """Keep the blocks of trafilatura's text below the headline, without the trusted regions.

    A block that the page has as well is the page's, with its element and its region. Another, such as two lines in one,
    stands where the one before it stands.
    """
    places: defaultdict[str, list[int]] = defaultdict(list)
    for n, block in enumerate(found.blocks):
        places[block.text].append(n)
    added: defaultdict[int, list[Block]] = defaultdict(list)
    kept: list[Block] = []
    last = -1
    for kind, text, group in _match(read_text_blocks(found.document.text, found.document.url, False), places):
        later = [n for n in places.get(text, ()) if n > last]
        if later:
            last = later[0]
            kept.append(found.blocks[last])
            continue
        element = found.blocks[last].element if last >= 0 else found.root
        new = Block(kind, text, element, group=group)
        added[last].append(new)
        kept.append(new)
    main_content.score_blocks([block for blocks in added.values() for block in blocks])
    chosen = {id(block) for block in kept}
    for n, block in enumerate(found.blocks):
        if id(block) not in chosen:
            block.dropped_because = block.dropped_because or DropReason.OUTSIDE
        elif n <= found.headline_at:
            block.dropped_because = DropReason.HEADLINE
        elif region := main_content.trusted_region(block, found.trusted_regions):
            block.dropped_because = region
    found.blocks = [*added[-1], *(b for n, block in enumerate(found.blocks) for b in (block, *added[n]))]
    found.candidates = [block for block in kept if not block.dropped_because]


_OWN_TEXT = (
    parts.find_container,
    parts.keep_container,
    parts.drop_other_articles,
    parts.trim_to_core,
    parts.cut_after_label,
    parts.add_lead_paragraphs,
    parts.apply_article_body,
)
"""Stages that find the text, which trafilatura does here."""

STAGES: tuple[parts.Stage, ...] = (
    *parts.STAGES[: parts.STAGES.index(parts.find_container)],
    keep_trafilatura_blocks,
    *(s for s in parts.STAGES[parts.STAGES.index(parts.find_container) :] if s not in _OWN_TEXT),
)
"""The stages of a page whose text trafilatura finds: its blocks are cleaned as ours are."""
