"""Counting the texts that have each word, with numpy. Pure. Who counts loads this module then, since numpy takes 0.15 s."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipelines.extraction.tokens import WIDE
from pipelines.patterns import compile_when_used

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Numbers = np.ndarray[tuple[int, ...], np.dtype[np.int32]]

LEFT_OUT = ("th", "lo", "km", "my", "bo")
"""Languages whose words nothing separates, and of which two letters are no word either."""
_WORDS = compile_when_used(r"[^\W\d_](?:[\w'’-]*\w)?")
_BLANKS = bytes(
    sign if sign > 127 or chr(sign).isalnum() or chr(sign) in "_'-" else 32 for sign in range(256)
)
"""For `bytes.translate`: a blank for each ASCII sign that no word has within it."""


class Text(NamedTuple):
    """A text and the code of its language, or ''."""

    language: str
    text: str


class NumberedText(NamedTuple):
    """The words of a text by their numbers, some more than once, and the code of its language without a country."""

    language: str
    words: Numbers


class WordCounts(NamedTuple):
    """How many texts have each word, by language and by the word's number; and how many texts there are, by language."""

    words: dict[str, Numbers]
    texts: Counter[str]

    def without(self, part: WordCounts) -> WordCounts:
        """The counts of the texts that are not in a part of them, in the languages of that part."""
        words = {language: self.words[language] - counts for language, counts in part.words.items()}
        return WordCounts(words, self.texts - part.texts)


def number_words(texts: Iterable[Text]) -> tuple[list[str], list[NumberedText]]:
    """All words, and each text as the places that its words have among them; none of texts in `LEFT_OUT`.

    To number a word costs less than to keep it in a set a text, and numpy counts numbers at once.
    """
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    found = []
    for language, text in texts:
        code = language.lower().split("-")[0]
        runs = [] if code in LEFT_OUT else _split(text)
        found.append(NumberedText(code, np.array(list(map(numbers.__getitem__, runs)), np.int32)))
    parts = {numbers[run]: [numbers[word] for word in _find_words(run)] for run in _other_than_words(numbers)}
    has_parts = np.zeros(len(numbers), bool)
    has_parts[list(parts)] = True
    return list(numbers), [one._replace(words=_take_apart(one.words, has_parts, parts)) for one in found]


def count_words(texts: Iterable[NumberedText], words: Sequence[str]) -> WordCounts:
    """Count the texts with each of the words by which they are numbered; texts in `LEFT_OUT` are none."""
    counts: defaultdict[str, Numbers] = defaultdict(lambda: np.zeros(len(words), np.int32))
    totals = Counter[str]()
    for language, numbers in texts:
        if language not in LEFT_OUT:
            totals[language] += 1
            counts[language][numbers] += 1  # adds 1 where a number comes twice, too
    return WordCounts(dict(counts), totals)


def words_of(text: str) -> set[str]:
    """The words of a text without case; of a run of ideographs, kana or Hangul each two that stand side by side."""
    runs = set(_split(text))
    others = set(_other_than_words(runs))
    return (runs - others).union(*map(_find_words, others))


def _split(text: str) -> list[str]:
    """What stands between blanks and ASCII signs: nearly all are words, which a pattern takes three times as long to find."""
    folded = text.casefold().encode("utf-8", "surrogatepass")
    return folded.translate(_BLANKS).decode("utf-8", "surrogatepass").split()


def _other_than_words(runs: Iterable[str]) -> list[str]:
    """Those that are not one word as they stand."""
    return [
        run
        for run in runs
        if not (len(run) > 1 and run.isalpha() and (run.isascii() or not WIDE.search(run)))
    ]


def _find_words(run: str) -> set[str]:
    """The words within such a one."""
    found = set(_WORDS.findall(run))
    wide = {word for word in found if WIDE.search(word)}
    found -= wide
    found.update(word[place : place + 2] for word in wide for place in range(len(word) - 1))
    return {word for word in found if len(word) > 1}


def _take_apart(
    runs: Numbers, has_parts: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], parts: dict[int, list[int]]
) -> Numbers:
    """The numbers with each that has parts replaced by these."""
    apart = has_parts[runs]
    if not apart.any():
        return runs
    found = [part for run in runs[apart].tolist() for part in parts[run]]
    return np.concatenate([runs[~apart], np.array(found, np.int32)])
