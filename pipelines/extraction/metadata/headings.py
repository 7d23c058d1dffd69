"""The headings of a page, and what each of them may be read as: kickers stand before, in and around headlines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.extraction.content.regions import RegionKind
from pipelines.extraction.document import raw_text_of, squeeze

if TYPE_CHECKING:
    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block

_NO_HEADLINE_LINES = frozenset({RegionKind.META, RegionKind.TOOLS, RegionKind.HIDDEN, RegionKind.RELATED})
"""Regions in a heading whose lines are no part of the headline."""
_PENALTIES = dict.fromkeys(
    (
        RegionKind.NAV, RegionKind.RELATED, RegionKind.SIDEBAR, RegionKind.FOOTER, RegionKind.COMMENT,
        RegionKind.ASIDE, RegionKind.AD,
    ),
    0.3,
) | {RegionKind.HIDDEN: 0.5}  # fmt: skip
"""What a heading loses against others for standing in a region, on the scale of likeness."""
_RUNS = range(2, 6)  # inline elements of a heading that may be kicker and headline


@dataclass(slots=True)
class Heading:
    """A heading on the page and what it may be read as."""

    text: str
    """The best reading: the whole heading, until it is compared with what metadata states."""
    texts: list[str]
    """The readings: the whole heading, and each of its lines."""
    parts: list[str]
    """Runs of its inline elements: a kicker may differ from the headline by its colour only."""
    at: int
    """The number of its last block."""
    penalty: float
    likeness: float = 0.0
    stated: bool = False
    """Whether metadata states the best reading word by word."""


def read_headings(blocks: list[Block], level: int) -> list[Heading]:
    """Return the headings of a level in their order. A heading of several lines is several blocks of one group."""
    out: list[Heading] = []
    n = 0
    while n < len(blocks):
        if blocks[n].level != level:
            n += 1
            continue
        group = [blocks[n]]
        while n + 1 < len(blocks) and blocks[n + 1].group is blocks[n].group and blocks[n + 1].level == level:
            n += 1
            group.append(blocks[n])
        if heading := _read_heading(group, n):
            out.append(heading)
        n += 1
    return out


def _read_heading(group: list[Block], at: int) -> Heading | None:
    block = group[0]
    runs = _read_runs(block.group) if block.group is not None and len(group) == 1 else []
    if len(group) == 1:
        readings = [_join(runs) if runs else block.text]
    else:
        lines = [b.text for b in group]
        headline = [b.text for b in group if b.region is None or b.region.kind not in _NO_HEADLINE_LINES]
        readings = [" ".join(headline), " ".join(lines), *lines]
    texts = [text for text in dict.fromkeys(readings) if text]
    if not texts:
        return None
    parts = [
        _join(runs[i:j]) for i in range(len(runs)) for j in range(i + 1, len(runs) + 1) if j - i < len(runs)
    ]
    penalty = max((_PENALTIES.get(region.kind, 0.0) for region in group[-1].regions()), default=0.0)
    return Heading(texts[0], texts, parts, at, penalty)


def _read_runs(heading: _Element) -> list[str]:
    """Return the text of a heading, element by element, when it has several inside."""
    while len(heading) == 1 and not squeeze(heading.text) and not squeeze(heading[0].tail):
        heading = heading[0]
    found = [heading.text]
    for child in heading:
        if isinstance(child.tag, str) and child.tag != "br":
            found += [raw_text_of(child), child.tail]
        else:
            found.append(f" {child.tail or ''}")
    runs: list[str] = []
    for run in found:
        if run and not run.isspace():
            runs.append(run)
        elif run and runs:
            runs[-1] += " "
    return runs if len(runs) in _RUNS else []


def _join(runs: list[str]) -> str:
    """Return runs as a reader sees them: a phrase and a capital that touch in the markup stand apart on the page."""
    out = ""
    for run in runs:
        glued = out and run[0].isupper() and not out[-1].isspace() and len(out.split()) > 1
        out += (" " if glued else "") + run
    return squeeze(out)
