"""Texts of made-up words that are as frequent as in real ones, and of scripts without spaces."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import accumulate, product

import numpy as np

from tests.phrases import CHINESE, ENGLISH, JAPANESE, KOREAN, THAI

WORDS = 120_000
"""Different words of the spaced languages."""
SLOPE, SHIFT = 1.07, 2.7
"""Zipf and Mandelbrot: the frequency of a word is `(rank + SHIFT) ** -SLOPE`."""
PLACES = 2**22
"""Places of a table in which each word has as many as its frequency says; the rarest has two."""
POOL = 150_000
"""Paragraphs of which all texts are made: drawing each word anew would take longer than all else together."""
SENTENCE, PARAGRAPH = 15, 4
"""Words of a sentence, sentences of a paragraph."""
UNSPACED = {"ja": JAPANESE, "zh": CHINESE, "ko": KOREAN, "th": THAI}
_FREQUENT = (
    "the of and to a in is it that for on with as was by at be this from are have not but had his they"
)
STOPWORDS = _FREQUENT.split()
SYLLABLES = ["".join(pair) for pair in product("bcdfghklmnprstvz", "aeiou")] + [
    "el",
    "en",
    "or",
    "un",
    "sta",
    "pra",
]


def make_vocabulary() -> list[str]:
    """The words by rank: those without a meaning first, then nouns of the test phrases, then made-up ones."""
    chance = random.Random(3)
    known = dict.fromkeys([*STOPWORDS, *(word.lower() for word in ENGLISH.words["noun"] if " " not in word)])
    while len(known) < WORDS:
        least = 2 if len(known) < 4000 else 3
        known["".join(chance.choices(SYLLABLES, k=chance.choice((least, least, least + 1))))] = None
    return list(known)


@dataclass
class Texts:
    """Makes texts of words and of letters, by their frequencies."""

    paragraphs: int = POOL
    words: list[str] = field(default_factory=make_vocabulary)

    def __post_init__(self) -> None:
        weights = (np.arange(len(self.words)) + SHIFT) ** -SLOPE
        sums = np.cumsum(weights / weights.sum())
        places = (np.arange(PLACES) + 0.5) / PLACES
        self.ranks = np.minimum(np.searchsorted(sums, places), len(self.words) - 1)
        self.unspaced = {
            code: [word for words in language.words.values() for word in words]
            for code, language in UNSPACED.items()
        }
        self.weights = {
            code: list(accumulate((n + SHIFT) ** -SLOPE for n in range(len(words))))
            for code, words in self.unspaced.items()
        }
        draws = np.random.default_rng(2)
        count = min(POOL, max(self.paragraphs, 1))
        self.pool = [in_sentences(self.draw(draws, SENTENCE * PARAGRAPH)) for _ in range(count)]

    def draw(self, chance: np.random.Generator, count: int) -> list[str]:
        """So many words, each drawn by its frequency."""
        ranks = self.ranks[chance.integers(0, PLACES, count)]
        return list(map(self.words.__getitem__, ranks.tolist()))

    def write(self, chance: random.Random, words: int) -> str:
        """A text of about so many words."""
        count = max(round(words / (SENTENCE * PARAGRAPH)), 1)
        return "\n\n".join(chance.choices(self.pool, k=count))

    def write_unspaced(self, chance: random.Random, code: str, words: int) -> str:
        """A text of a script without spaces: words of the test phrases between single letters of a large block."""
        drawn = chance.choices(self.unspaced[code], cum_weights=self.weights[code], k=words)
        first, last = {"ko": (0xAC00, 0xD7A3), "th": (0x0E01, 0x0E2E)}.get(code, (0x4E00, 0x6E00))
        rare = [chr(first + int((last - first) * chance.random() ** 3)) for _ in range(words)]
        pieces = [word + letter for word, letter in zip(drawn, rare, strict=True)]
        stop = " " if code in ("ko", "th") else "。"
        blocks = [stop.join(pieces[at : at + 8]) for at in range(0, words, 8)]
        return "\n\n".join(blocks)


def in_sentences(words: list[str]) -> str:
    """The words as the sentences of a paragraph."""
    parts = (words[at : at + SENTENCE] for at in range(0, len(words), SENTENCE))
    return " ".join(f"{' '.join(part).capitalize()}." for part in parts)
