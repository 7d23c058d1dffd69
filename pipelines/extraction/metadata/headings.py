"""The headings of a page, and what each of them may be read as: kickers stand before, in and around headlines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.extraction.document import squeeze

if TYPE_CHECKING:
    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block


@dataclass(slots=True)
class Heading:
    """A heading on the page and what it may be read as."""

    text: str
    """What it is read as, until metadata says otherwise."""
    texts: list[str]
    parts: list[str]
    """Runs of its inline elements: a kicker may be told from the headline by its colour only."""
    at: int
    penalty: float
    likeness: float = 0.0
    stated: bool = False


def headings(blocks: list[Block], level: int) -> list[Heading]:
    """The headings of a level in their order."""
    out: list[Heading] = []
    n = 0
    while n < len(blocks):
        block = blocks[n]
        if block.level != level:
            n += 1
            continue
        group = [block]
        while n + 1 < len(blocks) and blocks[n + 1].group is block.group and blocks[n + 1].level == level:
            n += 1
            group.append(blocks[n])
        plain = [
            b.text
            for b in group
            if b.zone is None or b.zone.kind not in ("meta", "tools", "hidden", "related")
        ]
        runs = _runs(block.group) if block.group is not None and len(group) == 1 else []
        whole = _joined(runs) if runs else block.text
        lines = [whole] if len(group) == 1 else [b.text for b in group]
        texts = dict.fromkeys([" ".join(plain) if len(group) > 1 else whole, " ".join(lines), *lines])
        zone = group[-1].zone
        penalty = 0.0
        while zone is not None:
            if zone.kind in ("nav", "related", "sidebar", "footer", "comment", "aside", "ad", "hidden"):
                penalty = max(penalty, 0.5 if zone.kind == "hidden" else 0.3)
            zone = zone.outer
        parts = [
            _joined(runs[i:j])
            for i in range(len(runs))
            for j in range(i + 1, len(runs) + 1)
            if j - i < len(runs)
        ]
        kept = [t for t in texts if t]
        if kept:
            out.append(Heading(kept[0], kept, parts, n, penalty))
        n += 1
    return out


def _runs(heading: _Element) -> list[str]:
    """The text of a heading, element by element, when it has several inside."""
    while len(heading) == 1 and not squeeze(heading.text) and not squeeze(heading[0].tail):
        heading = heading[0]
    found = [heading.text]
    for child in heading:
        if isinstance(child.tag, str) and child.tag != "br":
            found += ["".join(map(str, child.itertext(with_tail=False))), child.tail]
        else:
            found.append(f" {child.tail or ''}")
    runs = [run for run in found if run and not run.isspace()]
    return runs if 2 <= len(runs) <= 5 else []


def _joined(runs: list[str]) -> str:
    """Runs as a reader sees them: a phrase and a capital that touch in the markup stand apart on the page."""
    out = ""
    for run in runs:
        glued = out and run[0].isupper() and not out[-1].isspace() and len(out.split()) > 1
        out += (" " if glued else "") + run
    return squeeze(out)
