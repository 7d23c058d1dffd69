"""Site memory: lines that recur across a source's articles are boilerplate. Learning and stripping, without I/O.

A line counts once for each *different* story it is seen in, and a story counts only when the line is
foreign to it. What guards true lines that recur:

- near-copies of one story (the same text under two addresses, with a sentence more or less) are one story;
- a line whose words are at home in the article, such as a background paragraph, does not count. A short one on
  half of all pages counts when only other recurring lines use its words: lists and notes of several lines;
- lines that are dates, table rows or have no letters are never learned;
- a sentence that opens the texts, such as a column's standing first sentence, needs half of all pages, or every page of
  a source's first ones;
- so does a sentence of a few words, such as an interview's "Why?", and a correction or an editor's note: a real one is
  worded as others are, but never on half of all pages;
- a heading as short as headings of a series are goes only when nothing of the story hangs on it;
- part of a line, such as an agency's name before the first sentence, is never touched;
- a person's veto holds for good.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from pipelines.decisions.text_lines import (
    BRIEF,
    NOTICE,
    OPENING,
    Pieces,
    TextLines,
    as_printed,
    key_of,
    lines_in,
    pieces_of,
    read_text_lines,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

WINDOW = 200
"""Articles of a source whose lines are remembered: enough for a note that stands on one page in twenty."""
LEAST_STORIES = 3
"""Different stories a line must be seen in; three in a hundred of the window come on top."""
_SHARE = 0.03
_OPENING_SHARE = 0.5
_OPENING_LEAST = 20  # articles before a share of them says anything
_EVERY_PAGE_LEAST = 8  # articles that all have a line, before that says as much as a share of more of them
_COPY = 0.65  # shared weight of the smaller text from which two texts are one story
_BRIEF_LEAST = 10
_AT_HOME = 0.5  # share of a line's words found elsewhere in the article from which it belongs there
_WIDESPREAD_LEAST = 6  # pages before half of them says anything of a line among others that recur
_NOTE = 160  # characters; longer lines are paragraphs, and a background paragraph may be on half of all pages
_HEADING = 60  # characters; the standing headings of series ("What we know so far") are shorter

AT_HOME, AMONG_OTHERS = 1, 2


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an article as evidence."""

    key: str
    weight: int
    opening: int = 0
    """`OPENING` for the first line of its text when that is a sentence, `BRIEF` for a sentence of a few words,
    `NOTICE` for a correction or an editor's note."""
    at_home: int = 0
    """`AT_HOME` when its words are used in lines of this article alone, `AMONG_OTHERS` when in recurring lines."""


Lines = tuple[Line, ...]


def lines_of(text: str, recurs: Callable[[str], bool] = lambda key: False) -> Lines:
    """The lines of an article's text as evidence, each once. `recurs` tells whether other articles hold a key."""
    return weigh_lines(read_text_lines(text), recurs)


def weigh_lines(read: TextLines, recurs: Callable[[str], bool]) -> Lines:
    """The same of a text whose lines were read."""
    shared = {key for key in read.keys if recurs(key)}
    own = Counter[int]()
    if shared:  # else each word that is repeated stands in two lines that are this article's alone
        alone = (words for key, words in zip(read.keys, read.repeated, strict=True) if key not in shared)
        own.update(chain.from_iterable(alone))
    found: dict[str, Line] = {}
    for key, size, kind, words, repeated in zip(
        read.keys, read.sizes, read.kinds, read.words, read.repeated, strict=True
    ):
        if key and key not in found:
            at_home = 0
            # A word of this line alone is at home in no other: those that are repeated say it all.
            if repeated and len(repeated) >= _AT_HOME * words:
                itself = key not in shared
                homely = sum(own[word] > itself for word in repeated) if shared else len(repeated)
                at_home = AT_HOME if homely >= _AT_HOME * words else AMONG_OTHERS
            found[key] = Line(key, size, kind, at_home)
    return tuple(found.values())


def same_story(one: Lines, other: Lines, known: Iterable[str] = ()) -> bool:
    """Whether two texts are near-copies: the lines they share, boilerplate apart, are half of the shorter one."""
    skipped = set(known)
    first = {line.key: line.weight for line in one if line.key not in skipped}
    second = {line.key: line.weight for line in other if line.key not in skipped}
    shared = sum(weight for key, weight in first.items() if key in second)
    return shared > 0 and shared >= _COPY * min(sum(first.values()), sum(second.values()))


def shared(one: Pieces, other: Pieces) -> bool:
    """Whether two texts have so many sentences in common that they are one story."""
    common = sum(size for piece, size in one.items() if piece in other)
    return common > 0 and common >= _COPY * min(sum(one.values()), sum(other.values()))


@dataclass(slots=True)
class SiteMemory:
    """What is known of one source: the boilerplate, and the lines of its last articles.

    `known` maps keys to the line as printed. `vetoed` are keys that a person has said are true lines.
    """

    known: dict[str, str] = field(default_factory=dict)
    vetoed: set[str] = field(default_factory=set)
    window: OrderedDict[str, Lines] = field(default_factory=OrderedDict)
    holders: dict[str, set[str]] = field(default_factory=dict)
    """Which articles of the window hold a line, by key."""
    pieces: dict[str, Pieces] = field(default_factory=dict)
    """The sentences of the window's articles, but for those of `unread`."""
    unread: dict[str, tuple[str, Container[str]]] = field(default_factory=dict)
    """Texts of articles of earlier crawls, with the keys known when they were put in. Their sentences are found when a line may
    recur in them: those of 200 texts take 40 to 100 ms, and most crawls of a source learn nothing."""

    def remember(self, name: str, lines: Lines, text: str = "", read: TextLines | None = None) -> None:
        """Put an article's lines and the sentences of `text` into the window, in the place of its earlier version."""
        self._enter(name, lines)
        stripped = self.strip(text, read)
        self.pieces[name] = read.pieces if read is not None and stripped is text else pieces_of(stripped)

    def recall(self, name: str, lines: Lines, text: str, known: Container[str]) -> None:
        """The same for an article of an earlier crawl; `known` are the keys known by now."""
        self._enter(name, lines)
        self.unread[name] = text, known

    def _enter(self, name: str, lines: Lines) -> None:
        self.forget(name)
        self.window[name] = lines
        for line in lines:
            self.holders.setdefault(line.key, set()).add(name)
        while len(self.window) > WINDOW:
            self.forget(next(iter(self.window)))

    def _pieces(self, name: str) -> Pieces:
        if name in self.unread:
            self.pieces[name] = pieces_of(strip(*self.unread.pop(name)))
        return self.pieces[name]

    def forget(self, name: str) -> None:
        """Take an article out of the window."""
        self.pieces.pop(name, None)
        self.unread.pop(name, None)
        for line in self.window.pop(name, ()):
            names = self.holders.get(line.key, set())
            names.discard(name)
            if not names:
                self.holders.pop(line.key, None)

    def learn(self, name: str, text: str, read: TextLines | None = None) -> dict[str, str]:
        """Take in an article as it was extracted; returns the lines recognised by it, by key.

        `name` identifies the article, so that a new version of it is no new evidence. `read` are the lines of `text`, where
        a worker has read them.
        """
        read = read or read_text_lines(text)
        lines = weigh_lines(read, lambda key: self._is_held_beside(name, key))
        self.remember(name, lines, text, read)
        same = cache(
            self._same
        )  # nothing that it asks for changes meanwhile, and each line asks for the same articles
        recurring = {line.key for line in lines if self._recurs(line, same)}
        if not recurring:
            return {}
        printed = {key: as_printed(line) for line, key in zip(lines_in(text), read.keys, strict=True)}
        new = {line.key: printed[line.key] for line in lines if line.key in recurring}
        self.known |= new
        return new

    def _is_held_beside(self, name: str, key: str) -> bool:
        """Whether another article of the window holds a line."""
        holders = self.holders.get(key)
        return holders is not None and (len(holders) > 1 or name not in holders)

    def _recurs(self, line: Line, same: Callable[[str, str], bool]) -> bool:
        if line.key in self.known or line.key in self.vetoed:
            return False
        holders = self.holders.get(line.key, set())
        if len(holders) < self.needed():
            return False
        # In the window's order: that of a set changes from process to process, and may change how many stories there are.
        seen = {name: self._line(name, line.key) for name in self.window if name in holders}
        among = line.weight < _NOTE and len(holders) >= max(_WIDESPREAD_LEAST, 0.5 * len(self.window))
        foreign = [n for n, one in seen.items() if not one.at_home or (among and one.at_home == AMONG_OTHERS)]
        least = self.needed()
        for kind, pages in (
            (OPENING, _OPENING_LEAST),
            (BRIEF, _BRIEF_LEAST),
            (NOTICE, _OPENING_LEAST),
        ):
            if sum(one.opening == kind for one in seen.values()) * 2 > len(holders):
                share = max(least, _OPENING_SHARE * max(len(self.window), pages))
                least = min(share, max(len(self.window), _EVERY_PAGE_LEAST))
        return tell_stories(foreign, least, same)

    def needed(self) -> float:
        """In how many different stories a line must be seen by now."""
        return LEAST_STORIES + int(_SHARE * len(self.window))

    def _line(self, name: str, key: str) -> Line:
        return next(line for line in self.window[name] if line.key == key)

    def _same(self, one: str, other: str) -> bool:
        return shared(self._pieces(one), self._pieces(other)) or same_story(
            self.window[one], self.window[other], self.known
        )

    def strip(self, text: str, read: TextLines | None = None) -> str:
        """The text without the lines known by now; the same object where none is known."""
        if read is None:
            return strip(text, self.known)
        if self.known.keys().isdisjoint(read.keys):
            return text
        keys = dict(zip(lines_in(text), read.keys, strict=True))
        return strip(text, self.known, lambda line: keys[line] if line in keys else key_of(line))


def tell_stories(names: Sequence[str], least: float, same: Callable[[str, str], bool]) -> bool:
    """Whether these articles tell at least so many different stories. Pure but for `same`."""
    different: list[str] = []
    for number, name in enumerate(names):
        if len(different) >= least:
            return True
        if len(different) + len(names) - number < least:
            return False
        if not any(same(name, other) for other in different):
            different.append(name)
    return len(different) >= least


def strip(text: str, known: Container[str], key: Callable[[str], str] = key_of) -> str:
    """`text` without the lines whose keys are `known`; a heading among them goes only when nothing of the story hangs on it.

    What hangs on a heading is what stands right below it: when that goes, the heading goes too, whatever follows.

    A text that would lose everything is left as it is: then it was no boilerplate. `key` tells the key of each line.
    """
    if not known:
        return text
    kept: list[str] = []
    dropped = False
    bare: set[int] = set()  # headings whose own block went
    above = ""
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if _short_heading(line) or key(line) not in known]
        dropped |= len(lines) != len(block.split("\n"))
        if lines:
            kept.append("\n".join(lines))
        elif _short_heading(above):
            bare.add(len(kept) - 1)
        above = block
    for number in range(len(kept) - 1, -1, -1):
        line = kept[number]
        if _short_heading(line) and key(line) in known:
            following = kept[number + 1] if number + 1 < len(kept) else "## "
            if number in bare or following.startswith("## "):
                del kept[number]
                dropped = True
    return "\n\n".join(kept) if kept and dropped else text


def _short_heading(line: str) -> bool:
    """Whether a line is a heading that a series of articles may share."""
    return line.startswith("## ") and len(line) < _HEADING
