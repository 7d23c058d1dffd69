"""Words, signs and sentence ends in any script, and the hash by which two versions of a text are the same.

The one place that knows which characters make up a script.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter

from pipelines.patterns import compile_when_used

HASH_VERSION = "1"
"""Raised when the recipe changes, so that hashes of two recipes are never compared."""

_IDEOGRAPHS_AND_KANA = r"\u3040-\u30ff\u3400-\u9fff"
_HANGUL = r"\uac00-\ud7af"
_THAI = r"\u0e00-\u0e7f"
WIDE = compile_when_used(f"[{_IDEOGRAPHS_AND_KANA}{_HANGUL}]")
"""A sign that stands for several letters: an ideograph, a kana or a Hangul syllable."""
UNSPACED = compile_when_used(f"[{_IDEOGRAPHS_AND_KANA}{_HANGUL}{_THAI}]")
"""A sign that is a word when texts are compared: those above and Thai letters."""
UNSEGMENTED_LETTERS = "ก-ฺเ-๎ກ-ຽເ-ໍཀ-ྼက-႟ក-៓々〇ぁ-ゖゝ-ゟァ-ヺー-ヿㄅ-ㄯ㐀-䶿一-鿿豈-﫿ｦ-ﾟ𠀀-𲎯"
"""Letters written without spaces between words: Thai, Lao, Tibetan, Burmese, Khmer, kana, bopomofo, Han."""

_SENTENCE_SIGNS = ".!?…。！？؟।۔։።"
_CLOSING_SIGNS = r"\"'”“’»›」』)\]"
_SENTENCE = compile_when_used(rf"[{_SENTENCE_SIGNS}][{_CLOSING_SIGNS}]*(?:\s|$)")
_TO_SIGN = compile_when_used(rf"[^{_SENTENCE_SIGNS}]+[{_SENTENCE_SIGNS}]?")
_CLOSING = _CLOSING_SIGNS.replace("\\", "")
_LAST_OF_SENTENCE = tuple(_SENTENCE_SIGNS)
_LAST_OF_CLAUSE = (*_LAST_OF_SENTENCE, ":", ";")

# Word counts. Chinese and Japanese count a character a word, as their own editors do; Thai, Lao, Khmer and Burmese
# words have about four letters (marks are not counted); Korean writes spaces.
_CHARACTER = compile_when_used(
    r"[\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_LETTER = compile_when_used(
    r"[\u0e01-\u0e30\u0e32-\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0ec0-\u0ec6\u1000-\u1021\u1780-\u17b3]"
)
_MARKS = compile_when_used(
    r"[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3]"
)
_WORD = compile_when_used(r"\w+(?:[''’\-.,]\w+)*")
_LETTERS_A_WORD = 4

_SPLIT = compile_when_used(rf"[{_IDEOGRAPHS_AND_KANA}{_HANGUL}{_THAI}]|\w+")
_ASCII_WORD = compile_when_used(r"\w+", re.ASCII)
_CUT_OFF_WORDS = 6  # of a text that may be the beginning of another; fewer begin many texts
_SHARED, _WHOLE = 0.8, 0.2  # parts of likeness: by the shorter text, by the longer one
_RUN = 4  # words; shared runs say that two texts are of the same sentences in the same order
_LETTERS_A_SIGN = 3  # that a wide sign stands for


def split(text: str) -> list[str]:
    """Return the text's words without case; a sign of an unspaced script is a word."""
    pattern = _ASCII_WORD if text.isascii() else _SPLIT  # the same words in half the time
    return pattern.findall(text.casefold())


def count(text: str) -> int:
    """Return the number of words: of spaced scripts by spaces, of the others by their signs."""
    if text.isascii():
        return len(_WORD.findall(text))
    characters = len(_CHARACTER.findall(text))
    letters = len(_LETTER.findall(text))
    rest = _MARKS.sub("", _LETTER.sub(" ", _CHARACTER.sub(" ", text))) if characters or letters else text
    return characters + -(-letters // _LETTERS_A_WORD) + len(_WORD.findall(rest))


def weight(text: str) -> int:
    """Return the number of characters, each wide sign counted as the letters it stands for."""
    return len(text) if text.isascii() else len(text) + (_LETTERS_A_SIGN - 1) * len(WIDE.findall(text))


def has_sentence(text: str) -> bool:
    """Whether a sentence ends somewhere in a text."""
    return ends_sentence(text) or bool(_SENTENCE.search(text))


def ends_sentence(text: str) -> bool:
    """Whether a text ends as a sentence does."""
    return text.removesuffix("\n").rstrip(_CLOSING).endswith(_LAST_OF_SENTENCE)


def ends_clause(text: str) -> bool:
    """Whether a text ends as a sentence does, or with a colon or semicolon."""
    return text.removesuffix("\n").rstrip(_CLOSING).endswith(_LAST_OF_CLAUSE)


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a line with the sign at the end of each, without the quotation marks and spaces between them."""
    found: list[str] = _TO_SIGN.findall(text)
    first = found[:1] if text[:1] not in _SENTENCE_SIGNS else []
    return first + [sentence.lstrip(_CLOSING).lstrip() for sentence in found[len(first) :]]


def same_words(one: str, other: str) -> bool:
    """Whether two texts are the same words, or one is the beginning of the other cut off."""
    first, second = split(one), split(other)
    if not first or not second:
        return False
    if first == second:
        return True
    short, long = sorted((first, second), key=len)
    return len(short) >= _CUT_OFF_WORDS and long[: len(short) - 1] == short[:-1]


def likeness(one: str, other: str) -> float:
    """Return the shared words as a share of the shorter text's words, 0 to 1, less a part of what is left over."""
    return likeness_of_words(set(split(one)), set(split(other)))


def likeness_of_words(first: set[str], second: set[str]) -> float:
    """The same of two texts by their words, for texts that are compared with many."""
    if not first or not second:
        return 0.0
    common = len(first & second)
    return common / min(len(first), len(second)) * _SHARED + common / max(len(first), len(second)) * _WHOLE


def agreement(one: str, other: str) -> float:
    """Return the F1 of two texts' runs of four words, 0 to 1; a sign of an unspaced script is a word."""
    first, second = (
        Counter(zip(*(found[n:] for n in range(_RUN)), strict=False)) for found in (split(one), split(other))
    )
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else float(split(one) == split(other))


def compose(text: str) -> str:
    """Return the text with single spaces, and each letter and its mark as one sign (NFC): the form to compare texts in."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def content_hash(title: str, standfirst: str, text: str) -> str:
    """Return what changes when the publisher changes what a reader reads: white space apart, every sign counts.

    A letter and its mark are the same as one sign or as two.
    """
    digest = hashlib.sha256()
    for part in (title, standfirst, text):
        digest.update(compose(part).encode("utf-8", "replace"))
        digest.update(b"\0")
    return f"{HASH_VERSION}:{digest.hexdigest()[:32]}"
