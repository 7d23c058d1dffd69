"""Pieces of what the commands print: lines, tables, times, counts. `crawler.terminal` prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.terminal import CleanLine, echo, one_line, output_width
from crawler.text_tables import lay_out, wrap_sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

EXIT_WORDS = {
    0: "all well",
    1: "error",
    3: "some sources failed",
    4: "nothing could be fetched",
    None: "no end",
}
"""What a crawl's exit code means."""


def print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        echo(line)


def wrap_lines(lines: Iterable[str]) -> Iterator[str]:
    """Sentences, on a terminal in its width; a file gets each on one line. Not for what people copy, such as commands."""
    width = output_width()
    for line in lines:
        clean = line if isinstance(line, CleanLine) else one_line(line)
        yield from map(CleanLine, wrap_sentence(clean, width)) if width else (CleanLine(clean),)


def table(rows: Sequence[tuple[str, ...]], right: set[int], *, has_head: bool = True) -> Iterator[str]:
    """Rows in columns two blanks apart, those in `right` aligned to the right; on a terminal, in its width."""
    cells = [tuple(one_line(cell) for cell in row) for row in rows]
    return lay_out(cells, right, output_width(), has_head=has_head)


def format_minute(moment: str | None) -> str:
    """An ISO time to the minute, as people read it; `-` when there is none."""
    return moment[:16].replace("T", " ") if moment else "-"


def format_outcomes(counts: Mapping[str, int]) -> str:
    """`12 new, 3 gone`; `-` when there is none."""
    return ", ".join(f"{urls} {outcome.replace('_', ' ')}" for outcome, urls in counts.items()) or "-"
