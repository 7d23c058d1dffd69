"""The difference of two versions of a text: by paragraph first, then by word. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from pipelines.archive.search.unsegmented import LETTERS
from pipelines.archive.views.blocks import split_paragraphs

_letters = LETTERS.replace("가-힣", "")  # Korean has spaces: whole words are easier to read
_words = re.compile(rf"[{_letters}]|[^\W{_letters}]+|\s+|.", re.DOTALL)
SIMILAR = 0.45
"""Two paragraphs with at least this ratio in common are one that was changed, not one removed and one added."""
LONGEST = 4000
"""Words of a text up to which it is compared word by word: the time grows with the square."""


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


def compare_texts(old: str, new: str) -> tuple[Paragraph, ...]:
    """Both texts as one sequence of paragraphs."""
    before, after = split_paragraphs(old), split_paragraphs(new)
    found: list[Paragraph] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [Paragraph("same", (Run("same", text),)) for text in before[i1:i2]]
        else:
            found += _pair_paragraphs(before[i1:i2], after[j1:j2])
    return tuple(found)


def compare_words(old: str, new: str) -> tuple[Run, ...]:
    """The two texts word by word; in scripts without spaces, letter by letter."""
    if old == new:
        return (Run("same", new),) if new else ()
    before, after = _words.findall(old), _words.findall(new)
    if max(len(before), len(after)) > LONGEST:
        return tuple(Run(kind, text) for kind, text in (("removed", old), ("added", new)) if text)
    runs: list[Run] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            runs.append(Run("same", "".join(before[i1:i2])))
            continue
        runs += [
            Run(name, text)
            for name, text in (("removed", "".join(before[i1:i2])), ("added", "".join(after[j1:j2])))
            if text
        ]
    return _merge_spaces(runs)


def _pair_paragraphs(before: list[str], after: list[str]) -> list[Paragraph]:
    """Pair each new paragraph with the first similar old one, in order; the others were added or removed."""
    found: list[Paragraph] = []
    start = 0
    for text in after:
        similar = next((i for i in range(start, len(before)) if _are_similar(before[i], text)), None)
        if similar is None:
            found.append(Paragraph("added", (Run("added", text),)))
            continue
        found += [Paragraph("removed", (Run("removed", gone),)) for gone in before[start:similar]]
        found.append(Paragraph("changed", compare_words(before[similar], text)))
        start = similar + 1
    return found + [Paragraph("removed", (Run("removed", gone),)) for gone in before[start:]]


def _are_similar(old: str, new: str) -> bool:
    before, after = _words.findall(old), _words.findall(new)
    if max(len(before), len(after)) > LONGEST:
        return False
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return (
        matcher.real_quick_ratio() >= SIMILAR
        and matcher.quick_ratio() >= SIMILAR
        and matcher.ratio() >= SIMILAR
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
