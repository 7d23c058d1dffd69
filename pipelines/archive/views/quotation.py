"""A change as a quotation: what each version said, and when each was archived. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.views.blocks import MARKS
from pipelines.archive.views.diff import compare_texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.archive.views.article import VersionView

MOST = 20
"""Paragraphs of either version that a quotation has."""


class Source(NamedTuple):
    """Where the words stood; `when` writes a time for people."""

    name: str
    url: str


def quote_change(source: Source, old: VersionView, new: VersionView, times: tuple[str, str]) -> str:
    """Both versions' words in what differs, as plain text. `times` are when each was archived, as people read them."""
    before, after = _differing_words(old, new)
    return "\n\n".join(
        [
            f"{source.name}\n{source.url}",
            _side(f"Version {old.number}, archived {times[0]}", before),
            _side(f"Version {new.number}, archived {times[1]}", after),
        ]
    )


def _differing_words(old: VersionView, new: VersionView) -> tuple[list[str], list[str]]:
    pairs = ((old.title, new.title), (old.standfirst, new.standfirst))
    before = [first for first, second in pairs if first != second]
    after = [second for first, second in pairs if first != second]
    for paragraph in compare_texts(old.text, new.text):
        for kind, side in (("removed", before), ("added", after)):
            if paragraph.kind in (kind, "changed"):
                side.append("".join(run.text for run in paragraph.runs if run.kind in ("same", kind)))
    return before, after


def _side(label: str, words: Iterable[str]) -> str:
    quoted = [f"“{_strip_mark(text)}”" for text in words if text.strip()]
    more = [f"… and {len(quoted) - MOST} more paragraphs"] if len(quoted) > MOST else []
    return "\n".join([f"{label}:", *(quoted[:MOST] or ["(none of these words)"]), *more])


def _strip_mark(text: str) -> str:
    text = " ".join(text.split())
    return next((text[len(mark) :] for mark, _ in MARKS if text.startswith(mark)), text)
