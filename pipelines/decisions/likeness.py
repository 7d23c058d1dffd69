"""Do two texts say the same? In time that grows with their length. Pure."""

from __future__ import annotations

from pipelines.extraction import tokens

SAME = 0.5
"""Share of the shorter text, in letters, that stands in blocks of both when they are two forms of one article."""

RUN = 3
"""Words of a run."""


def is_same_text(one: str, other: str) -> bool:
    """Whether two texts are the same, one a later version, or one a part of the other.

    Whole blocks are compared: two columns of one form (a weather report, results) have most of their words in common,
    and no paragraph.
    """
    first, second = _blocks(one), _blocks(other)
    if not first or not second:
        return first == second
    short, long = sorted((first, second), key=_letters)
    if " ".join(short) in " ".join(long):
        return True
    known = set(long)
    return _letters([block for block in short if block in known]) >= SAME * _letters(short)


def _blocks(text: str) -> list[str]:
    return [" ".join(line.casefold().split()) for line in text.split("\n") if line.strip()]


def _letters(blocks: list[str]) -> int:
    return sum(map(len, blocks))


def share_in_common(one: str, other: str) -> float:
    """The runs of words in both, as a share of the runs of the text that has fewer; from 0 to 1."""
    first, second = _runs(one), _runs(other)
    fewer = min(len(first), len(second))
    return len(first & second) / fewer if fewer else float(first == second)


def _runs(text: str) -> set[tuple[str, ...]]:
    words = tokens.split(text)
    if len(words) < RUN:
        return {tuple(words)} if words else set()
    return set(zip(*(words[start:] for start in range(RUN)), strict=False))
