"""The difference of two versions of a text: by paragraph first, then by word. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from pipelines.extraction.tokens import UNSEGMENTED_LETTERS
from pipelines.patterns import compile_when_used

if TYPE_CHECKING:
    from collections.abc import Iterator

_words = compile_when_used(
    rf"\d+(?:[.,:]\d+)+|[{UNSEGMENTED_LETTERS}]|[^\W{UNSEGMENTED_LETTERS}]+|\s+|.", re.DOTALL
)
SIMILAR = 0.45
"""Two paragraphs with at least this ratio in common are one that was changed, not one removed and one added."""
LONGEST = 4000
"""Words of a text, less its beginning and end that stay, up to which it is compared word by word: the time grows with the square."""
PAIRS = 2500
"""Pairs of paragraphs in one place that are looked at for likeness: fifty on either side."""


WORK = 20_000_000
"""Pairs of words, or of paragraphs, that one comparison looks at: a few seconds. A page made to hurt would take hours. What
is not looked at counts as removed and added."""


@dataclass(slots=True)
class _Budget:
    """What is left of `WORK`."""

    left: int = WORK

    def spend(self, before: int, after: int) -> bool:
        """Whether two lists of these lengths may be compared still; their cost is taken away then."""
        if before * after > self.left:
            return False
        self.left -= before * after
        return True


@dataclass(frozen=True, slots=True)
class Run:
    """Words of both versions (`same`), of the new one only (`added`) or of the old one only (`removed`)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of either version. `kind` is `same`, `added`, `removed` or `changed`."""

    kind: str
    runs: tuple[Run, ...]


def split_paragraphs(text: str) -> list[str]:
    """The parts of a text between blank lines, with their marks."""
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def compare_texts(old: str, new: str) -> tuple[Paragraph, ...]:
    """Both texts as one sequence of paragraphs."""
    before, after = split_paragraphs(old), split_paragraphs(new)
    start, end = _count_common(before, after)
    budget = _Budget()
    beginning, ending = before[:start], before[len(before) - end :]
    return (
        *(Paragraph("same", (Run("same", text),)) for text in beginning),
        *_compare_paragraphs(before[start : len(before) - end], after[start : len(after) - end], budget),
        *(Paragraph("same", (Run("same", text),)) for text in ending),
    )


def _compare_paragraphs(before: list[str], after: list[str], budget: _Budget) -> Iterator[Paragraph]:
    if not budget.spend(len(before), len(after)):
        for kind, side in (("removed", before), ("added", after)):
            yield from (Paragraph(kind, (Run(kind, text),)) for text in side)
        return
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (Paragraph("same", (Run("same", text),)) for text in before[i1:i2])
        else:
            yield from _pair_paragraphs(before[i1:i2], after[j1:j2], budget)


def compare_words(old: str, new: str) -> tuple[Run, ...]:
    """The two texts word by word; in scripts without spaces, letter by letter."""
    return _compare_words(old, new, _Budget())


def _compare_words(old: str, new: str, budget: _Budget) -> tuple[Run, ...]:
    if old == new:
        return (Run("same", new),) if new else ()
    before, after = _words.findall(old), _words.findall(new)
    start, end = _count_common(before, after)
    return _merge_spaces(
        [
            Run("same", "".join(before[:start])),
            *_compare_lists(before[start : len(before) - end], after[start : len(after) - end], budget),
            Run("same", "".join(before[len(before) - end :])),
        ]
    )


def _count_common(before: list[str], after: list[str]) -> tuple[int, int]:
    """How many words at the beginning and at the end are the same: most changes leave nearly all of a text alone."""
    least = min(len(before), len(after))
    start = next((n for n in range(least) if before[n] != after[n]), least)
    least -= start
    return start, next((n for n in range(least) if before[-1 - n] != after[-1 - n]), least)


def _compare_lists(before: list[str], after: list[str], budget: _Budget) -> Iterator[Run]:
    if max(len(before), len(after)) > LONGEST or not budget.spend(len(before), len(after)):
        yield Run("removed", "".join(before))
        yield Run("added", "".join(after))
        return
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Run("same", "".join(before[i1:i2]))
        else:
            yield Run("removed", "".join(before[i1:i2]))
            yield Run("added", "".join(after[j1:j2]))


def _pair_paragraphs(before: list[str], after: list[str], budget: _Budget) -> list[Paragraph]:
    """Pair each new paragraph with the first similar old one, in order; the others were added or removed."""
    found: list[Paragraph] = []
    old_words, new_words = ([_words.findall(text) for text in side] for side in (before, after))
    start = 0
    for new, words in zip(after, new_words, strict=True):
        last = start + max(PAIRS // len(after), 1)
        similar = next(
            (n for n in range(start, min(len(before), last)) if _are_similar(old_words[n], words, budget)),
            None,
        )
        if similar is None:
            found.append(Paragraph("added", (Run("added", new),)))
            continue
        found += [Paragraph("removed", (Run("removed", gone),)) for gone in before[start:similar]]
        found.append(Paragraph("changed", _compare_words(before[similar], new, budget)))
        start = similar + 1
    return found + [Paragraph("removed", (Run("removed", gone),)) for gone in before[start:]]


def _are_similar(before: list[str], after: list[str], budget: _Budget) -> bool:
    start, end = _count_common(before, after)
    if max(len(before), len(after)) - start - end > LONGEST:
        return False
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return (
        matcher.real_quick_ratio() >= SIMILAR
        and matcher.quick_ratio() >= SIMILAR
        and (
            2 * (start + end) >= SIMILAR * (len(before) + len(after))
            or (budget.spend(len(before), len(after)) and matcher.ratio() >= SIMILAR)
        )
    )


def _merge_spaces(runs: list[Run]) -> tuple[Run, ...]:
    """Count spaces between two changes as changed: `a b` to `c d` is easier to read as one change."""
    merged: list[Run] = []
    pending: dict[str, str] = {}

    def flush() -> None:
        merged.extend(
            Run(kind, pending[kind]) for kind in ("removed", "added") if pending.get(kind, "").strip()
        )
        pending.clear()

    runs = [run for run in runs if run.text]
    for index, run in enumerate(runs):
        between = 0 < index < len(runs) - 1 and run.kind == "same" and not run.text.strip()
        if run.kind != "same":
            pending[run.kind] = pending.get(run.kind, "") + run.text
        elif between and pending:
            for kind in ("removed", "added"):
                pending[kind] = pending.get(kind, "") + run.text
        else:
            flush()
            merged.append(run)
    flush()
    return tuple(merged)
