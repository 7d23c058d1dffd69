"""Which words more of one set of texts have than of another: Dunning's log-likelihood ratio. Pure; no model, no list of words.

The ratio (G², Dunning 1993, "Accurate Methods for the Statistics of Surprise and Coincidence") is taken over articles, not
over words: a word that one article repeats a hundred times says nothing of the others. Words are compared within their
language, else the commonest words of a language would be what is special to articles in it.
"""

from __future__ import annotations

from functools import lru_cache
from math import log
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

    from pipelines.archive.search.word_counts import WordCounts
    from pipelines.archive.search.word_numbers import Words

LEAST_RATIO = 10.83
"""The value of chi-square with one degree of freedom that chance passes once in a thousand words."""
LEAST_ARTICLES = 3
"""Articles that must have a word."""


class SpecialWord(NamedTuple):
    """A word, the articles of both samples that have it, and how many both have in its language."""

    word: str
    language: str
    hits: int
    of_hits: int
    rest: int
    of_rest: int
    ratio: float


def find_special_words(
    words: Words, hits: WordCounts, rest: WordCounts, most: int, without: Collection[str] = ()
) -> list[SpecialWord]:
    """The words that more of the hits have than of the rest, the least likely by chance first; not those `without`."""
    found = []
    for language, counts in hits.words.items():
        total, others = hits.texts[language], rest.texts[language]
        if not others:
            continue
        beside = rest.words[language]
        places = np.flatnonzero((counts >= LEAST_ARTICLES) & (counts * others > beside * total))
        columns = (places.tolist(), counts[places].tolist(), beside[places].tolist())
        for place, count, other in zip(*columns, strict=True):
            ratio = log_likelihood(count, total, other, others)
            if ratio >= LEAST_RATIO and words[place] not in without:
                found.append(SpecialWord(words[place], language, count, total, other, others, ratio))
    return sorted(found, key=lambda one: (-one.ratio, one.word, one.language))[:most]


@lru_cache(maxsize=20_000)
def log_likelihood(hits: int, of_hits: int, rest: int, of_rest: int) -> float:
    """G² of a table of two by two: articles with and without a word among the hits and among the rest; 0 for no difference.

    Kept, since thousands of words share a few hundred tables.
    """
    both, all_articles = hits + rest, of_hits + of_rest
    ratio = 0.0
    for seen, total in ((hits, of_hits), (rest, of_rest)):
        for count, expected in (
            (seen, total * both / all_articles),
            (total - seen, total * (all_articles - both) / all_articles),
        ):
            if count:
                ratio += count * log(count / expected)
    return max(2 * ratio, 0.0)
