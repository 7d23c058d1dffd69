"""Tables of text, fitted into the width of a terminal: words wrap, columns that have no room go below their row. Pure.

No number and no time is ever cut or wrapped, and nothing is left out.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Row = Sequence[str]

GAP = "  "
INDENT = "    "
LEAST_WORDS = 24
"""Letters that a column of words keeps, if it has so many: a state or the name of most sources stays on one line."""
LEAST_HEAD = 12
"""Letters that a column's head keeps, if its longest word has so many."""
_STYLE = re.compile(r"\x1b\[[\d;]*m")
_NUMBER = re.compile(r"[\d\W_]{0,24}")
_SEAMS = "-/_."
"""Behind these a long word is broken, rather than within what stands between them."""
_JOINED = "\N{NO-BREAK SPACE}"


def display_width(text: str) -> int:
    """How many columns of a terminal a text takes: two for a letter of Chinese or an emoji, none for an accent set apart."""
    if text.isascii():
        return len(text)
    return sum(_width_of(sign) for sign in text)


def _width_of(sign: str) -> int:
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in ("W", "F") else 1


def take(text: str, width: int) -> str:
    """The beginning of a text, as much of it as fits into a width."""
    used = 0
    for place, sign in enumerate(text):
        used += _width_of(sign)
        if used > width:
            return text[:place]
    return text


def wrap(text: str, width: int) -> list[str]:
    """A text in lines of a width, broken at blanks, and within what is longer than a line; a text that fits stays as it is."""
    if display_width(text) <= width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if display_width(joined) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        while display_width(word) > width:
            lines[-1] = _break_off(word, width)
            word = word[len(lines[-1]) :]
            lines.append("")
        lines[-1] = word
    return [line for line in lines if line]


def wrap_sentence(line: str, width: int) -> list[str]:
    """A line in lines of a width, broken at blanks alone and indented as its beginning; an address longer than a line stays whole."""
    words = line.lstrip(" ").split(" ")
    indent = line[: len(line) - len(line.lstrip(" "))]
    lines = [indent + words[0]]
    for word in words[1:]:
        joined = f"{lines[-1]} {word}"
        if display_width(_STYLE.sub("", joined)) <= width:
            lines[-1] = joined
        else:
            lines.append(indent + word)
    return lines


def _break_off(word: str, width: int) -> str:
    part = take(word, width) or word[:1]
    seam = max(map(part.rfind, _SEAMS)) + 1
    return part[:seam] if seam > len(part) // 2 else part


def lay_out(
    rows: Sequence[Row], right: set[int], width: int | None = None, *, has_head: bool = True
) -> Iterator[str]:
    """The lines of a table, its columns two blanks apart and those in `right` aligned to the right.

    With a `width`, no line is wider. The first row is the head, unless there is none.
    """
    columns = list(zip(*rows, strict=True))
    widths = [max(map(display_width, column)) for column in columns]
    if width is not None and _sum(widths) > width:
        widths = _fit(widths, [_least_width(column, has_head) for column in columns], width)
    for number, row in enumerate(rows):
        cells = [wrap(cell, wide) for cell, wide in zip(row, widths, strict=False)]
        for line in zip_longest(*cells, fillvalue=""):
            yield GAP.join(
                _pad(cell, wide, n in right) for n, (cell, wide) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
        if width is not None and len(widths) < len(row) and (number or not has_head):
            head = rows[0] if has_head else [""] * len(row)
            below = list(zip(head, row, strict=True))[len(widths) :]
            yield from (INDENT + line for line in _wrap_below(below, max(1, width - len(INDENT))))


def _wrap_below(cells: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    """The cells that had no room, each behind its column's head. None is broken that is a number or a time."""
    said = [
        f"{name} {cell.replace(' ', _JOINED) if _NUMBER.fullmatch(cell) else cell}".strip()
        for name, cell in ((name, cell.strip()) for name, cell in cells)
        if cell not in ("", "-")
    ]
    return (line.replace(_JOINED, " ") for line in wrap("; ".join(said), width) if line)


def _pad(cell: str, width: int, is_right: bool) -> str:
    blanks = " " * (width - display_width(cell))
    return blanks + cell if is_right else cell + blanks


def _sum(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _least_width(column: Row, has_head: bool) -> int:
    """How narrow a column may become: numbers and times keep their width, words and the head wrap."""
    cells = column[1:] if has_head else column
    least = [
        wide if _NUMBER.fullmatch(cell) else min(wide, LEAST_WORDS)
        for cell, wide in ((cell, display_width(cell)) for cell in cells)
    ]
    head = max(map(display_width, column[0].split()), default=0) if has_head else 0
    return max(*least, min(head, LEAST_HEAD), 1)


def _fit(wanted: Sequence[int], least: Sequence[int], width: int) -> list[int]:
    """The widths of the first columns, as many as have room; what is left over goes to the narrowest that want more."""
    kept = max((n for n in range(1, len(least) + 1) if _sum(least[:n]) <= width), default=0)
    if not kept:
        return [min(least[0], max(1, width))]
    widths = list(least[:kept])
    for _ in range(width - _sum(widths)):
        short = [n for n in range(kept) if widths[n] < wanted[n]]
        if not short:
            break
        widths[min(short, key=lambda n: widths[n])] += 1
    return widths
