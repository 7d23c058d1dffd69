"""Blocks as plain text: `## ` headings, `- ` items, `> ` quotations, `! ` notes, table rows with ` | ` between cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.extraction.notices import MARK
from pipelines.extraction.tokens import weight

if TYPE_CHECKING:
    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block

_LONG_CELL = 240
"""A cell of more weight holds paragraphs: its table lays out the page and is not data."""


def render_text(blocks: list[Block]) -> str:
    """Return the text of an article: blocks separated by a blank line, items of one list and rows of one table by a newline."""
    return "\n\n".join(_render_paragraphs(blocks))


def _render_paragraphs(blocks: list[Block]) -> list[str]:
    """Return the blocks of a text in its final syntax. None holds a blank line."""
    out: list[str] = []
    previous: Block | None = None
    for block in blocks:
        line = _render_line(block)
        joined = previous is not None and _belong_together(previous, block)
        if joined and block.kind == "row" and previous is not None and previous.group is block.group:
            out[-1] += f" | {block.text}"
        elif joined:
            out[-1] += f"\n{line}"
        else:
            out.append(line)
        previous = block
    return out


def _render_line(block: Block) -> str:
    if block.kind == "h":
        return f"## {block.text}"
    if block.kind == "li":
        return f"- {block.text.lstrip('•·-–— ') or block.text}"
    if block.kind == "quote":
        return f"> {block.text}"
    if block.kind == "note":
        return f"{MARK}{block.text.lstrip('*•·-–—! ') or block.text}"
    return block.text


def _belong_together(one: Block, other: Block) -> bool:
    """Whether two blocks are items of one list or rows of one table."""
    if one.kind != other.kind or one.group is None or other.group is None:
        return False
    if one.kind == "li":
        return one.group is other.group
    if one.kind == "row":
        if (
            _find_cell(one) is _find_cell(other)
            or weight(one.text) > _LONG_CELL
            or weight(other.text) > _LONG_CELL
        ):
            return False
        return one.group is other.group or one.group.getparent() is other.group.getparent()
    return False


def _find_cell(block: Block) -> _Element:
    """Return the cell that a block of a row is in; paragraphs of one cell are no row."""
    around = (e for e in (block.element, *block.element.iterancestors()) if e.tag in ("td", "th"))
    return next(around, block.element)
