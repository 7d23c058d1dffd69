"""How many of several texts have each word, by language. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipelines.archive.search.word_numbers import number_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.archive.search.word_numbers import Numbers, Words

LEFT_OUT = ("th", "lo", "km", "my", "bo")
"""Languages whose words nothing separates, and of which two letters are no word either."""


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


def number_texts(texts: Iterable[Text]) -> tuple[Words, list[NumberedText]]:
    """All words, and each text with the numbers of its words; texts in `LEFT_OUT` have none."""
    by_code = [(text.language.lower().split("-")[0], text.text) for text in texts]
    words, numbers = number_words(["" if code in LEFT_OUT else text for code, text in by_code])
    return words, [NumberedText(code, found) for (code, _), found in zip(by_code, numbers, strict=True)]


def count_words(texts: Iterable[NumberedText], words: Words) -> WordCounts:
    """Count the texts with each of the words by which they are numbered; texts in `LEFT_OUT` are none."""
    counts: defaultdict[str, Numbers] = defaultdict(lambda: np.zeros(len(words), np.int32))
    totals = Counter[str]()
    for language, numbers in texts:
        if language not in LEFT_OUT:
            totals[language] += 1
            counts[language][numbers] += 1  # adds 1 where a number comes twice, too
    return WordCounts(dict(counts), totals)
