"""Which words more of one set of texts have than of another: Dunning's log-likelihood ratio. Pure; no model, no list of words.

The ratio (G², Dunning 1993, "Accurate Methods for the Statistics of Surprise and Coincidence") is taken over articles, not
over words: a word that one article repeats a hundred times says nothing of the others. Words are compared within their
language, else the commonest words of a language would be what is special to articles in it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, NamedTuple

from pipelines.extraction.tokens import WIDE
from pipelines.patterns import compile_when_used

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

LEAST_RATIO = 10.83
"""The value of chi-square with one degree of freedom that chance passes once in a thousand words."""
LEAST_ARTICLES = 3
"""Articles that must have a word."""
LEFT_OUT = ("th", "lo", "km", "my", "bo")
"""Languages whose words nothing separates, and of which two letters are no word either."""
_WORDS = compile_when_used(r"[^\W\d_](?:[\w'’-]*\w)?")


class Text(NamedTuple):
    """A text and the code of its language, or ''."""

    language: str
    text: str


class SpecialWord(NamedTuple):
    """A word, the articles of both samples that have it, and how many both have in its language."""

    word: str
    language: str
    hits: int
    of_hits: int
    rest: int
    of_rest: int
    ratio: float


@dataclass(frozen=True, slots=True)
class WordCounts:
    """How many texts have each word, by language; and how many texts there are, by language."""

    words: dict[str, Counter[str]]
    texts: Counter[str]

    def without(self, part: WordCounts) -> WordCounts:
        """The counts of the texts that are not in a part of them, of the words that `find_special_words` asks of that part."""
        words = {
            language: Counter(
                {
                    word: self.words[language][word] - count
                    for word, count in counts.items()
                    if count >= LEAST_ARTICLES
                }
            )
            for language, counts in part.words.items()
        }
        return WordCounts(words, self.texts - part.texts)


def find_special_words(
    hits: WordCounts, rest: WordCounts, most: int, without: Collection[str] = ()
) -> list[SpecialWord]:
    """The words that more of the hits have than of the rest, the least likely by chance first; not those `without`."""
    found = []
    for language, counts in hits.words.items():
        total, others = hits.texts[language], rest.texts[language]
        if not others:
            continue
        beside = rest.words.get(language, Counter())
        for word, count in counts.items():
            if count < LEAST_ARTICLES or count * others <= beside[word] * total or word in without:
                continue
            ratio = log_likelihood(count, total, beside[word], others)
            if ratio >= LEAST_RATIO:
                found.append(SpecialWord(word, language, count, total, beside[word], others, ratio))
    return sorted(found, key=lambda one: (-one.ratio, one.word, one.language))[:most]


def count_words(texts: Iterable[Text]) -> WordCounts:
    """Count the texts with each word; those in languages without words between blanks are left out."""
    by_language: defaultdict[str, Counter[str]] = defaultdict(Counter)
    totals = Counter[str]()
    for language, text in texts:
        code = language.lower().split("-")[0]
        if code not in LEFT_OUT:
            totals[code] += 1
            by_language[code].update(words_of(text))
    return WordCounts(dict(by_language), totals)


def add_up(parts: Iterable[WordCounts]) -> WordCounts:
    """The counts of all texts of these parts."""
    words: defaultdict[str, Counter[str]] = defaultdict(Counter)
    texts = Counter[str]()
    for part in parts:
        for language, counts in part.words.items():
            words[language].update(counts)
        texts.update(part.texts)
    return WordCounts(dict(words), texts)


class _Separators(dict[int, int]):
    """For `str.translate`: a blank for each sign that no word has within it. Filled as signs are met."""

    def __missing__(self, sign: int) -> int:
        letter = chr(sign)
        self[sign] = kept = sign if letter.isalnum() or letter in "_'’-" else ord(" ")
        return kept


_separators = _Separators()


def words_of(text: str) -> set[str]:
    """The words of a text without case; of a run of ideographs, kana or Hangul each two that stand side by side."""
    # The pattern takes three times as long over the whole text as over what is more than letters between separators.
    runs = set(text.casefold().translate(_separators).split())
    found = set(filter(str.isalpha, runs))
    found.update(word for run in runs - found for word in _WORDS.findall(run))
    if not text.isascii():
        wide = {word for word in found if not word.isascii() and WIDE.search(word)}
        found -= wide
        found.update(word[place : place + 2] for word in wide for place in range(len(word) - 1))
    return {word for word in found if len(word) > 1}


def log_likelihood(hits: int, of_hits: int, rest: int, of_rest: int) -> float:
    """G² of a table of two by two: articles with and without a word among the hits and among the rest; 0 for no difference."""
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
