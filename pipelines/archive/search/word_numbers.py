"""The words of many texts as numbers, found with numpy in the bytes of all texts at once: a string for each word takes twice as long.

Pure. Who counts words loads this module then, since numpy takes 0.15 s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipelines.extraction.tokens import WIDE
from pipelines.patterns import compile_when_used

if TYPE_CHECKING:
    from collections.abc import Sequence

    Numbers = np.ndarray[tuple[int, ...], np.dtype[np.int32]]

_WORDS = compile_when_used(r"[^\W\d_](?:[\w'’-]*\w)?")
_BLANK, _END = ord(" "), ord("\n")
_BLANKS = bytes(
    sign if sign > 127 or chr(sign).isalnum() or chr(sign) in "_'-" else _BLANK for sign in range(256)
)
"""For `bytes.translate`: a blank for each ASCII sign that no word has within it."""
_MARKS = bytes(sign not in (_BLANK, _END, *range(ord("a"), ord("z") + 1)) for sign in range(256))
"""For `bytes.translate`: 1 for each byte that is no small letter of ASCII."""
_PIECES = 3
"""Times eight bytes by which words are compared at once; longer ones are few."""
_FIRST = np.array([(1 << 8 * size) - 1 for size in range(9)], "<u8")
"""What keeps the first so many of eight bytes."""
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], "<u8")
"""Odd numbers whose multiples differ in their upper bits."""
_SLOT_BITS = 18
"""Of a word's place in a table; four times as many places as eight hundred articles have words."""
_ROUNDS = 8
"""Words that have the same place and are compared at once; more are no chance."""


class Words:
    """Words by their numbers."""

    def __init__(self, joined: bytes, starts: Numbers, ends: Numbers) -> None:
        self._joined, self._starts, self._ends = joined, starts, ends

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, number: int) -> str:
        return self._joined[self._starts[number] : self._ends[number]].decode("utf-8", "surrogatepass")


def words_of(text: str) -> set[str]:
    """The words of a text without case; of a run of ideographs, kana or Hangul each two that stand side by side."""
    runs = _join_words(_fold(text)).decode("utf-8", "surrogatepass").split(" ")
    return {word for word in runs if len(word) > 1}


def number_words(texts: Sequence[str]) -> tuple[Words, list[Numbers]]:
    """The words of all texts; and of each text the numbers of its words, some more than once."""
    joined = _join_words(b" " + b"".join(map(_fold, texts)))
    starts, ends = _find_runs(joined)
    of_text = np.cumsum(np.frombuffer(joined, np.uint8)[starts] == _END)
    kept = ends - starts > 1  # letters that stand alone are no words
    starts, ends = starts[kept], ends[kept]
    equal = _find_equal(joined, starts, ends)
    distinct = np.flatnonzero(equal == np.arange(len(equal)))
    numbers = np.zeros(len(equal), np.int32)
    numbers[distinct] = np.arange(len(distinct))
    by_text = np.split(numbers[equal], np.searchsorted(of_text[kept], np.arange(1, len(texts) + 1)))
    return Words(joined, starts[distinct], ends[distinct]), by_text[:-1]


def _fold(text: str) -> bytes:
    """The text without case, with blanks for the commonest signs, and its end."""
    return b" " + text.casefold().encode("utf-8", "surrogatepass").translate(_BLANKS) + b" \n "


def _join_words(folded: bytes) -> bytes:
    """The same with its words alone, each between blanks: runs of other than ASCII letters are taken apart."""
    starts, ends = _find_runs(folded)
    marks = np.frombuffer(folded.translate(_MARKS), bool)
    odd = np.logical_or.reduceat(marks, starts)
    known: dict[bytes, bytes] = {}
    pieces: list[bytes] = []
    last = 0
    for start, end in zip(starts[odd].tolist(), ends[odd].tolist(), strict=True):
        run = folded[start:end]
        if run not in known:
            known[run] = " ".join(_find_words(run.decode("utf-8", "surrogatepass"))).encode(
                "utf-8", "surrogatepass"
            )
        pieces += folded[last:start], known[run]
        last = end
    return b"".join([*pieces, folded[last:]])


def _find_words(run: str) -> set[str]:
    found = set(_WORDS.findall(run))
    wide = set() if run.isascii() else {word for word in found if WIDE.search(word)}
    found -= wide
    found.update(word[place : place + 2] for word in wide for place in range(len(word) - 1))
    return {word for word in found if len(word) > 1}


def _find_runs(joined: bytes) -> tuple[Numbers, Numbers]:
    """Where what stands between blanks begins and ends; a blank is the first byte and the last."""
    edges = np.flatnonzero(np.diff(np.frombuffer(joined, np.uint8) == _BLANK)).astype(np.int32) + 1
    return edges[::2], edges[1::2]


def _find_equal(joined: bytes, starts: Numbers, ends: Numbers) -> Numbers:
    """For each of these spans of bytes the place of one that has the same: the same one for all that are equal."""
    lengths = ends - starts
    padded = joined + bytes(8 * _PIECES)
    eights = np.ndarray((len(padded) - 7,), "<u8", padded, strides=(1,))  # from each byte on
    columns = []
    for done in range(0, 8 * _PIECES, 8):
        longer = np.flatnonzero(lengths > done)
        column = np.zeros(len(starts), "<u8")
        column[longer] = eights[starts[longer] + done] & _FIRST[np.minimum(lengths[longer] - done, 8)]
        columns.append(column)
    mixed = columns[0] * _FACTORS[0] ^ columns[1] * _FACTORS[1] ^ columns[2] * _FACTORS[2]
    slots = (mixed >> np.uint64(64 - _SLOT_BITS)).astype(np.int32)
    equal = np.arange(len(starts), dtype=np.int32)
    table = np.zeros(1 << _SLOT_BITS, np.int32)
    left = equal[lengths <= 8 * _PIECES]
    for _ in range(_ROUNDS):  # of those in a slot, one and all that equal it are done in a round
        table[slots[left]] = left
        found = table[slots[left]]
        same = np.logical_and.reduce([column[found] == column[left] for column in columns])
        equal[left[same]] = found[same]
        left = left[~same]
    first: dict[bytes, int] = {}
    for place in (*left.tolist(), *np.flatnonzero(lengths > 8 * _PIECES).tolist()):
        equal[place] = first.setdefault(joined[starts[place] : ends[place]], place)
    return equal
