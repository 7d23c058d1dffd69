"""What differs between two versions of a text: by paragraph first, then by word. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from pipelines.archive.search.unsegmented import LETTERS

_unspaced = LETTERS.replace("가-힣", "")  # Korean has spaces: whole words read better
_words = re.compile(rf"[{_unspaced}]|[^\W{_unspaced}]+|\s+|.", re.DOTALL)
ALIKE = 0.45
"""Two paragraphs with this much in common are one that was changed, not one gone and one new."""
LONGEST = 4000
"""Words in a paragraph or text beyond which words are no longer compared: the time grows with the square."""


@dataclass(frozen=True, slots=True)
class Run:
    """Words of both versions (`same`), of the new one alone (`added`) or the old one alone (`removed`)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of either version. `kind` is `same`, `added`, `removed` or `changed`."""

    kind: str
    runs: tuple[Run, ...]


def paragraphs(old: str, new: str) -> tuple[Paragraph, ...]:
    """Both texts as one sequence of paragraphs, which a blank line parts."""
    before, after = _split(old), _split(new)
    found: list[Paragraph] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [Paragraph("same", (Run("same", text),)) for text in before[i1:i2]]
        else:
            found += _changed(before[i1:i2], after[j1:j2])
    return tuple(found)


def words(old: str, new: str) -> tuple[Run, ...]:
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
    return _joined(runs)


def _split(text: str) -> list[str]:
    return [block.strip() for block in text.split("\n\n") if block.strip()]


def _changed(before: list[str], after: list[str]) -> list[Paragraph]:
    """Pair each new paragraph with the first old one that it is like, in order; the rest came or went."""
    found: list[Paragraph] = []
    start = 0
    for text in after:
        alike = next((i for i in range(start, len(before)) if _alike(before[i], text)), None)
        if alike is None:
            found.append(Paragraph("added", (Run("added", text),)))
            continue
        found += [Paragraph("removed", (Run("removed", gone),)) for gone in before[start:alike]]
        found.append(Paragraph("changed", words(before[alike], text)))
        start = alike + 1
    return found + [Paragraph("removed", (Run("removed", gone),)) for gone in before[start:]]


def _alike(old: str, new: str) -> bool:
    before, after = _words.findall(old), _words.findall(new)
    if max(len(before), len(after)) > LONGEST:
        return False
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def _joined(runs: list[Run]) -> tuple[Run, ...]:
    """Lone spaces between two changes belong to the change: `a b` to `c d` reads better whole."""
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
