"""The blocks of an article's text: paragraphs, headings, list items, quotations, notes. Pure."""

from __future__ import annotations

from dataclasses import dataclass

MARKS = (("## ", "heading"), ("- ", "item"), ("> ", "quotation"), ("! ", "note"))
"""The mark that begins a block, and the block's kind."""


@dataclass(frozen=True, slots=True)
class TextBlock:
    """`kind` is `heading`, `item`, `quotation`, `note` (a correction or an editor's note) or `paragraph`; `text` has no mark."""

    kind: str
    text: str


def split_blocks(text: str) -> tuple[TextBlock, ...]:
    """The blocks of a text; the items of a list and the lines of a quotation may follow line by line."""
    found: list[TextBlock] = []
    for part in text.split("\n\n"):
        for line in part.split("\n") if part.startswith(("- ", "> ")) else [part]:
            mark, kind = next(((m, k) for m, k in MARKS if line.startswith(m)), ("", "paragraph"))
            if line.strip():
                found.append(TextBlock(kind, line[len(mark) :].strip()))
    return tuple(found)
