"""The words that a change took away and put in, place by place, with a little of what stands around them. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from pipelines.decisions.change_kinds import ChangeKind
from pipelines.decisions.revisions import steady
from pipelines.decisions.word_diff import Run, compare_texts, compare_words
from pipelines.extraction import tokens
from pipelines.extraction.notices import is_notice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pipelines.decisions.word_diff import Paragraph
    from pipelines.items import Article

AROUND = 7
"""Words that are shown before and after a change, where its paragraph has more."""
LETTERS_AROUND = 24
"""The same in letters, of a script without spaces; no word of another is as long."""
LONGEST = 400
"""Characters of one run that are shown."""
MOST = 12
"""Places of a change that are kept with it; all its words are in `added` and `removed`."""
KEPT = 20_000
"""Characters kept of the words added, and of those removed: a text of 3,000 words put in the place of another."""

_mark = re.compile(r"^(?:## |- |> |! )")


@dataclass(frozen=True, slots=True)
class Place:
    """One place that changed. `kind` is a `ChangeKind`; whole paragraphs that are notices are of `correction`."""

    kind: str
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class ChangedWords:
    """What a change put in and took away. `added` and `removed` have the words of each place on a line of its own.

    Dates and names of a byline are among the words, and not among their numbers.
    """

    places: tuple[Place, ...] = ()
    added: str = ""
    removed: str = ""
    words_added: int = 0
    words_removed: int = 0


def find_changed_words(old: Article, new: Article, kinds: Collection[str]) -> ChangedWords:
    """The words by which two versions differ, in what these kinds name."""
    places: list[Place] = []
    for kind, before, after in (
        (ChangeKind.HEADLINE, old.title, new.title),
        (ChangeKind.STANDFIRST, old.standfirst, new.standfirst),
    ):
        if kind in kinds:
            places.append(Place(kind, compare_words(before, after)))
    if ChangeKind.TEXT in kinds or ChangeKind.CORRECTION in kinds:
        places += _compare_paragraphs(old.text, new.text)
    words_added, words_removed = (_count(places, kind) for kind in ("added", "removed"))
    if ChangeKind.BYLINE in kinds:
        places.append(Place(ChangeKind.BYLINE, _compare_names(old.authors, new.authors)))
    if ChangeKind.DATE in kinds:
        runs = (Run("removed", old.published_at or ""), Run("added", new.published_at or ""))
        places.append(Place(ChangeKind.DATE, tuple(run for run in runs if run.text)))
    return ChangedWords(
        tuple(_shorten(place) for place in places[:MOST]),
        _join(places, "added"),
        _join(places, "removed"),
        words_added,
        words_removed,
    )


def _compare_names(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[Run, ...]:
    """Two bylines name by name."""
    runs: list[Run] = []
    for _, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        sides = (
            (("same", old[i1:i2]),)
            if old[i1:i2] == new[j1:j2]
            else (("removed", old[i1:i2]), ("added", new[j1:j2]))
        )
        found = [Run(kind, ", ".join(names)) for kind, names in sides if names]
        runs += [Run("same", ", "), *found] if runs and found else found
    return tuple(runs)


def _compare_paragraphs(old: str, new: str) -> Iterable[Place]:
    for paragraph in compare_texts(old, new):
        if paragraph.kind == "same" or _is_noise(paragraph):
            continue
        added = _side(paragraph, "added")
        notice = paragraph.kind == "added" and is_notice(added)
        yield Place(ChangeKind.CORRECTION if notice else ChangeKind.TEXT, _strip_mark(paragraph.runs))


def _side(paragraph: Paragraph, kind: str) -> str:
    return "".join(run.text for run in paragraph.runs if run.kind in ("same", kind))


def _is_noise(paragraph: Paragraph) -> bool:
    """Whether only what counts or tells the time differs."""
    return paragraph.kind == "changed" and steady(_side(paragraph, "removed")) == steady(
        _side(paragraph, "added")
    )


def _strip_mark(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """The runs without the mark that begins a block of the text."""
    if runs[0].kind == "same" or len(runs) == 1:
        return (Run(runs[0].kind, _mark.sub("", runs[0].text)), *runs[1:])
    return runs


def _join(places: Iterable[Place], kind: str) -> str:
    lines = (
        " ".join(" … ".join(run.text for run in place.runs if run.kind == kind).split()) for place in places
    )
    text = "\n".join(line for line in lines if line)
    return text if len(text) <= KEPT else text[:KEPT] + "…"


def _count(places: Iterable[Place], kind: str) -> int:
    return sum(tokens.count(run.text) for place in places for run in place.runs if run.kind == kind)


def _shorten(place: Place) -> Place:
    """The place with as much around its changes as tells where it is; headlines and bylines whole."""
    if place.kind in (ChangeKind.HEADLINE, ChangeKind.BYLINE):
        return place
    last = len(place.runs) - 1
    runs = []
    for n, run in enumerate(place.runs):
        text = run.text
        if run.kind == "same":
            text = _around(text, before=n > 0, after=n < last)
        elif len(text) > LONGEST:
            text = text[:LONGEST].rstrip() + "…"
        runs.append(Run(run.kind, text))
    return Place(place.kind, tuple(run for run in runs if run.text))


def _around(text: str, *, before: bool, after: bool) -> str:
    """What stands between two changes: its beginning if one is `before` it, its end if one comes `after`, … for the rest."""
    text = " ".join(text.split("\n")) if "\n" in text else text
    beginning, end = _cut(text), _cut(text, backwards=True)
    if len(beginning) * before + len(end) * after + 3 >= len(text):
        return text
    return (
        (beginning.rstrip() if before else "")
        + (" … " if before and after else "…")
        + (end.lstrip() if after else "")
    )


def _cut(text: str, *, backwards: bool = False) -> str:
    """The first or the last words of a text, with the space beyond them."""
    pieces = re.findall(r"\s*\S+\s*", text)
    chosen = pieces[-AROUND:] if backwards else pieces[:AROUND]
    if len(chosen) > 1 or len(text) <= LETTERS_AROUND:
        found = "".join(chosen)
    else:
        found = text
    longest = LETTERS_AROUND * AROUND // 2 if " " in found.strip() else LETTERS_AROUND
    if len(found) <= longest:
        return found
    return found[-longest:] if backwards else found[:longest]


def dump_places(places: Iterable[Place]) -> str:
    """Places as `changes.places` has them: a JSON list of kind and runs, each of these a kind and its text."""
    return json.dumps(
        [[place.kind, [[run.kind, run.text] for run in place.runs]] for place in places],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def load_places(cell: str) -> tuple[Place, ...]:
    """The places of a cell of `changes.places`."""
    return tuple(
        Place(kind, tuple(Run(name, text) for name, text in runs)) for kind, runs in json.loads(cell or "[]")
    )
