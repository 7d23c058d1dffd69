"""Counting words in any script, and the hash by which two versions of a text are the same."""

from __future__ import annotations

import hashlib
import re

HASH_VERSION = "1"
"""Raised when the recipe changes, so that hashes of two recipes are never compared."""

# Scripts written without spaces. Chinese and Japanese count a character a word, as their own editors
# do; Thai, Lao, Khmer and Burmese words have about four letters (marks are not counted).
_CHARACTER = re.compile(
    r"[\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_UNSPACED = re.compile(
    r"[\u0e01-\u0e30\u0e32-\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0ec0-\u0ec6\u1000-\u1021\u1780-\u17b3]"
)
_MARKS = re.compile(r"[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3]")
_WORD = re.compile(r"\w+(?:[''’\-.,]\w+)*")
_THAI_LETTERS_A_WORD = 4


_SPLIT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]|\w+")


def split(text: str) -> list[str]:
    """The text's words without case; a sign of an unspaced script is a word."""
    return _SPLIT.findall(text.casefold())


def same_words(one: str, other: str) -> bool:
    """Whether two texts are the same words, or one is the beginning of the other cut off."""
    first, second = split(one), split(other)
    if not first or not second:
        return False
    if first == second:
        return True
    short, long = sorted((first, second), key=len)
    return len(short) >= _CUT_OFF_WORDS and long[: len(short) - 1] == short[:-1]


_CUT_OFF_WORDS = 6  # fewer words are the beginning of many texts


def likeness(one: str, other: str) -> float:
    """Return the shared words as a share of the shorter text's words, 0 to 1, less a part of what is left over."""
    first, second = set(split(one)), set(split(other))
    if not first or not second:
        return 0.0
    common = len(first & second)
    return common / min(len(first), len(second)) * 0.8 + common / max(len(first), len(second)) * 0.2


_SENTENCE_END = re.compile(r"[.!?…。！？؟।۔።][\"'”’»」』)]?(?:\s|$)")


def has_sentence(text: str) -> bool:
    """Whether a sentence ends somewhere in a text."""
    return bool(_SENTENCE_END.search(text))


def count(text: str) -> int:
    """Words in `text`: of spaced scripts by spaces, of Chinese and Japanese by characters, of Thai and its
    neighbours by four letters."""
    characters = len(_CHARACTER.findall(text))
    letters = len(_UNSPACED.findall(text))
    rest = _MARKS.sub("", _UNSPACED.sub(" ", _CHARACTER.sub(" ", text))) if characters or letters else text
    return characters + -(-letters // _THAI_LETTERS_A_WORD) + len(_WORD.findall(rest))


def content_hash(title: str, standfirst: str, text: str) -> str:
    """What changes when the publisher changes what a reader reads: white space apart, every sign counts."""
    digest = hashlib.sha256()
    for part in (title, standfirst, text):
        digest.update(" ".join(part.split()).encode("utf-8", "replace"))
        digest.update(b"\0")
    return f"{HASH_VERSION}:{digest.hexdigest()[:32]}"


_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def weight(text: str) -> int:
    """Characters, with ideographs and syllables counted as the two or three letters they stand for."""
    return len(text) if text.isascii() else len(text) + 2 * len(_WIDE.findall(text))
