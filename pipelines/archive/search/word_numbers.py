"""The words of many texts as numbers, found with numpy in the bytes of all texts at once: a string for each word takes twice as long.

Pure. Who counts words loads this module then, since numpy takes 0.15 s.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pipelines.extraction.tokens import WIDE
from pipelines.patterns import compile_when_used

if TYPE_CHECKING:
    from collections.abc import Sequence

    Numbers = np.ndarray[tuple[int, ...], np.dtype[np.int32]]
    Places = np.ndarray[tuple[int, ...], np.dtype[np.integer]]
    Hashes = np.ndarray[tuple[int, ...], np.dtype[np.uint64]]

_WORDS = compile_when_used(r"[^\W\d_](?:[\w'’-]*\w)?")
_BLANK, _END = ord(" "), ord("\n")
_BLANKS = bytes(
    sign if sign > 127 or chr(sign).isalnum() or chr(sign) in "_'-" else _BLANK for sign in range(256)
)
"""For `bytes.translate`: a blank for each ASCII sign that no word has within it."""
_MARKS = bytes(sign not in (_BLANK, _END, *range(ord("a"), ord("z") + 1)) for sign in range(256))
"""For `bytes.translate`: 1 for each byte that is no small letter of ASCII."""
_FIRST = np.array([(1 << 8 * size) - 1 for size in range(9)], "<u8")
"""What keeps the first so many of eight bytes."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""An odd number whose multiples differ in all their bits: 2**64 by the golden ratio (Knuth, The Art of Computer Programming 6.4)."""


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
    first, numbers = number_equal(_hash_runs(joined, starts, ends))
    bounds = np.searchsorted(of_text[kept], np.arange(len(texts) + 1)).tolist()
    by_text = [numbers[begin:end] for begin, end in pairwise(bounds)]  # `np.split` takes fifty times as long
    return Words(joined, starts[first], ends[first]), by_text


def _fold(text: str) -> bytes:
    """The text without case, with blanks for the commonest signs, and its end."""
    return b" " + text.casefold().encode("utf-8", "surrogatepass").translate(_BLANKS) + b" \n "


def _join_words(folded: bytes) -> bytes:
    """The same with its words alone, each between blanks: runs of other than ASCII letters are taken apart."""
    starts, ends = _find_runs(folded)
    marks = np.flatnonzero(np.frombuffer(folded.translate(_MARKS), bool))
    apart = marks[np.diff(marks, prepend=-2) > 1]  # of marks side by side the first: they stand in one run
    odd = np.unique(np.searchsorted(starts, apart, "right") - 1)
    known: dict[bytes, bytes] = {}
    pieces: list[bytes] = []
    last = 0
    for start, end in zip(starts[odd].tolist(), ends[odd].tolist(), strict=True):
        run = folded[start:end]
        if run not in known:
            known[run] = " ".join(_find_words(run.decode("utf-8", "surrogatepass"))).encode(
                "utf-8", "surrogatepass"
            )
        if known[run] != run:
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


def number_equal(hashes: Hashes) -> tuple[Places, Numbers]:
    """The place of the first of each different hash, in the order of hashes; and the number of each hash's one among these.

    As `np.unique` has them. numpy sorts numbers in a tenth of the time in which it finds the order of numbers, so the place of each
    stands in its last bits.
    """
    bits = len(hashes).bit_length()
    places = np.arange(len(hashes), dtype="<u8")
    ordered = np.sort((hashes >> bits << bits) | places) & ((1 << bits) - 1)
    found = hashes[ordered]
    new, cut = np.ones(len(found), bool), found >> bits
    new[1:] = found[1:] != found[:-1]
    if np.any(new[1:] & (cut[1:] == cut[:-1])):  # two hashes differ in the bits left out alone
        _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        return first, inverse.astype(np.int32)
    numbers = np.empty(len(hashes), np.int32)
    numbers[ordered] = np.cumsum(new, dtype=np.int32) - 1
    return ordered[new], numbers


def _hash_runs(joined: bytes, starts: Numbers, ends: Numbers) -> Hashes:
    """A number for each of these spans of bytes, eight at a time; those of up to eight have the same only if they are equal.

    Among fifty thousand longer words two have the same once in ten thousand million pages, and are counted as one then.
    """
    lengths = ends - starts
    padded = joined + bytes(8)
    eights = np.ndarray((len(padded) - 7,), "<u8", padded, strides=(1,))  # from each byte on
    mixed: Hashes = (eights[starts] & _FIRST[np.minimum(lengths, 8)]) * _FACTOR
    left, done = np.flatnonzero(lengths > 8), 8
    while len(left):
        part = eights[starts[left] + done] & _FIRST[np.minimum(lengths[left] - done, 8)]
        mixed[left] = (mixed[left] ^ part) * _FACTOR
        done += 8
        left = left[lengths[left] > done]
    return mixed
