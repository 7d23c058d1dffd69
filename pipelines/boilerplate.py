"""Site memory: lines that recur across a source's articles are boilerplate. Learning and stripping, without I/O.

A line counts once for each *different* story it is seen in, and a story counts only when the line is
foreign to it. What guards true lines that recur:

- near-copies of one story (the same text under two addresses) are one story;
- a line whose words are at home in the article, such as a background paragraph, does not count;
- lines that are dates, table rows or have no letters are never learned;
- a sentence that opens the texts, such as a column's standing first sentence, needs half of all pages;
- a heading goes only when nothing of the story hangs on it;
- part of a line, such as an agency's name before the first sentence, is never touched;
- a person's veto holds for good.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.extraction.clock import is_date_line
from pipelines.extraction.words import split as words
from pipelines.revisions import is_notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WINDOW = 200
"""Articles of a source whose lines are remembered: enough for a note that stands on one page in twenty."""
LEAST_STORIES = 3
"""Different stories a line must be seen in; three in a hundred of the window come on top."""
_SHARE = 0.03
_OPENING_SHARE = 0.5
_OPENING_LEAST = 20  # articles before a share of them says anything
_COPY = 0.65  # shared weight of the smaller text from which two texts are one story
_AT_HOME = 0.5  # share of a line's words found elsewhere in the article from which it belongs there

_MARK = re.compile(r"^(?:#{1,6}|-|>) +")
_SENTENCE = re.compile(r"[.!?…。！？؟।۔][\"'”“’»」]?$")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LETTERS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+")  # alphabets written without spaces
_WORDLIKE = 7  # letters that, taken together, mean as much as a long word


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an article as evidence."""

    key: str
    weight: int
    opening: bool = False
    """The first line of its text, and a sentence."""
    at_home: bool = False
    """Its words are used elsewhere in the article."""


Lines = tuple[Line, ...]


def key_of(line: str) -> str:
    """The hash by which a line is known again; empty for lines that are never boilerplate."""
    text = " ".join(_MARK.sub("", line).split()).casefold()
    letters = sum(c.isalpha() for c in text)
    if letters < 2 or " | " in line or is_date_line(text) or is_notice(text):
        return ""  # a correction notice is worded alike on every page, and never boilerplate
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def lines_of(text: str) -> Lines:
    """The lines of an article's text as evidence, each once."""
    written = [line for line in text.split("\n") if line.strip()]
    bags = [_distinctive(line) for line in written]
    uses: dict[str, int] = {}
    for bag in bags:
        for word in bag:
            uses[word] = uses.get(word, 0) + 1
    found: dict[str, Line] = {}
    for number, (line, bag) in enumerate(zip(written, bags, strict=True)):
        key = key_of(line)
        if key and key not in found:
            at_home = bool(bag) and sum(uses[w] > 1 for w in bag) >= _AT_HOME * len(bag)
            opening = number == 0 and bool(_SENTENCE.search(line)) and len(words(line)) > 4
            found[key] = Line(key, len(line), opening, at_home)
    return tuple(found.values())


def _distinctive(line: str) -> set[str]:
    """The words of a line that say what it is about: long ones, pairs of ideographs."""
    bag = {word for word in words(line) if len(word) > 4}
    wide = "".join(_WIDE.findall(line))
    for run in _LETTERS.findall(line):
        bag |= {run[n : n + _WORDLIKE] for n in range(max(1, len(run) - _WORDLIKE + 1))}
    return bag | {wide[n : n + 2] for n in range(len(wide) - 1)}


def same_story(one: Lines, other: Lines, known: Iterable[str] = ()) -> bool:
    """Whether two texts are near-copies: the lines they share, boilerplate apart, are half of the shorter one."""
    skipped = set(known)
    first = {line.key: line.weight for line in one if line.key not in skipped}
    second = {line.key: line.weight for line in other if line.key not in skipped}
    shared = sum(weight for key, weight in first.items() if key in second)
    return shared > 0 and shared >= _COPY * min(sum(first.values()), sum(second.values()))


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

    def remember(self, name: str, lines: Lines) -> None:
        """Put an article's lines into the window, in the place of its earlier version."""
        self.forget(name)
        self.window[name] = lines
        for line in lines:
            self.holders.setdefault(line.key, set()).add(name)
        while len(self.window) > WINDOW:
            self.forget(next(iter(self.window)))

    def forget(self, name: str) -> None:
        """Take an article out of the window."""
        for line in self.window.pop(name, ()):
            names = self.holders.get(line.key, set())
            names.discard(name)
            if not names:
                self.holders.pop(line.key, None)

    def learn(self, name: str, text: str) -> dict[str, str]:
        """Take in an article as it was extracted; returns the lines recognised by it, by key.

        `name` identifies the article, so that a new version of it is no new evidence.
        """
        lines = lines_of(text)
        self.remember(name, lines)
        printed = {key_of(line): " ".join(_MARK.sub("", line).split()) for line in text.split("\n")}
        new = {line.key: printed[line.key] for line in lines if self._recurs(line)}
        self.known |= new
        return new

    def _recurs(self, line: Line) -> bool:
        if line.key in self.known or line.key in self.vetoed:
            return False
        holders = self.holders.get(line.key, set())
        if len(holders) < self.needed():
            return False
        foreign = [n for n in holders if not self._line(n, line.key).at_home]
        stories = self.stories(foreign)
        opening = sum(self._line(n, line.key).opening for n in holders) * 2 > len(holders)
        return stories >= (
            max(self.needed(), _OPENING_SHARE * max(len(self.window), _OPENING_LEAST))
            if opening
            else self.needed()
        )

    def needed(self) -> float:
        """In how many different stories a line must be seen by now."""
        return LEAST_STORIES + int(_SHARE * len(self.window))

    def _line(self, name: str, key: str) -> Line:
        return next(line for line in self.window[name] if line.key == key)

    def stories(self, names: Iterable[str]) -> int:
        """How many different stories these articles of the window tell."""
        different: list[Lines] = []
        for name in names:
            lines = self.window[name]
            if not any(same_story(lines, other, self.known) for other in different):
                different.append(lines)
        return len(different)

    def strip(self, text: str) -> str:
        """The text without the lines known by now."""
        return strip(text, self.known)


def strip(text: str, known: Mapping[str, str] | set[str]) -> str:
    """`text` without the lines whose keys are `known`; a heading among them goes only when nothing hangs on it.

    A text that would lose everything is left as it is: then it was no boilerplate.
    """
    kept: list[str] = []
    dropped = False
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if line.startswith("## ") or key_of(line) not in known]
        dropped |= len(lines) != len(block.split("\n"))
        if lines:
            kept.append("\n".join(lines))
    for number in range(len(kept) - 1, -1, -1):
        line = kept[number]
        if line.startswith("## ") and key_of(line) in known:
            following = kept[number + 1] if number + 1 < len(kept) else "## "
            if following.startswith("## "):
                del kept[number]
                dropped = True
    return "\n\n".join(kept) if kept and dropped else text
