"""Which articles carry the same text, whole or in part: agency copy under other headlines, cut, or with paragraphs added. Pure.

A text is known by its fingerprints: the hashes of its runs of words that a fixed number divides, about one in `EACH`. Two
texts that share a passage share its fingerprints wherever the passage stands and whatever surrounds it, so a short version
finds the long one it was cut from. (MinHash keeps a fixed number of hashes of each text. It estimates how much of both
together is common, which is little for a short text within a long one: at a likeness of .5 it would find three quarters of the
rewritten texts of `bench stories`, these find 99 of 100.)
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.extraction import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN, RUN_UNSPACED = 4, 9
"""Words of a run by which texts are compared, and signs of one in scripts without spaces. Longer ones break at each edit."""
LONG_RUN, LONG_RUN_UNSPACED = 8, 18
"""The same of a run that may be a fingerprint. Shorter ones are turns of speech, which thousands of articles share."""
EACH = 16
"""One run in so many is a fingerprint: about 30 of an article of 500 words."""
COMMON = 1000
"""A fingerprint of more articles than that finds none: it is a form of words, such as the frame of a daily report."""
FEWEST_WORDS = 60
"""A shorter text makes no story: notices, captions and tables of results share their words by their form."""
WINDOW_DAYS = 7
"""Days that two articles of one story lie apart at most. Later ones retell it."""
SHARED = 0.4
"""Share of the shorter text's runs that are in the other: measured by `bench stories` (.3 to .5 differ little)."""
SHARED_FINGERPRINTS = 0.25
"""Share of the fingerprints, below which two texts are not compared: a sample may fall short of the whole."""
FEWEST_SHARED = 2
"""Fingerprints that two texts share at least before they are compared."""
SURE, FEWEST_SURE = 0.75, 10
"""Share and number of fingerprints in common from which two texts need no comparison: a sample of ten does not err by so much."""


def read_runs(text: str, words: int = RUN, signs: int = RUN_UNSPACED) -> set[str]:
    """The runs of so many words of a text, without case, or of so many signs; none of a text that is too short."""
    return set(_each_run(tokens.split(text), words, signs))


def _each_run(split: list[str], words: int, signs: int) -> Iterator[str]:
    """Return the runs of a text's words in their order, also what is repeated."""
    unspaced = sum(map(len, split)) < 2 * len(split)
    if len(split) < FEWEST_WORDS * (2 if unspaced else 1):
        return iter(())
    size, joint = (signs, "") if unspaced else (words, " ")
    return map(joint.join, zip(*(split[n:] for n in range(size)), strict=False))


def find_fingerprints(text: str) -> list[int]:
    """The fingerprints of a text, as integers of 48 bits: SQLite stores these in 6 bytes."""
    return find_fingerprints_of_words(tokens.split(text))


def find_fingerprints_of_words(words: list[str]) -> list[int]:
    """The same of a text that was split into its words before."""
    runs = map(str.encode, _each_run(words, LONG_RUN, LONG_RUN_UNSPACED))
    chosen = {run for run in runs if zlib.crc32(run) % EACH == 0}
    digests = (hashlib.blake2b(run, digest_size=6).digest() for run in chosen)
    return sorted(int.from_bytes(digest, "big") for digest in digests)


def may_share_text(shared: int, ours: int, theirs: int) -> bool:
    """Whether two texts must be compared, by the number of shared fingerprints and of those of each."""
    return shared >= FEWEST_SHARED and shared >= SHARED_FINGERPRINTS * min(ours, theirs)


def surely_shares_text(shared: int, ours: int, theirs: int) -> bool:
    """Whether two texts share so many fingerprints that they need not be compared: of many copies each would be with all."""
    return shared >= FEWEST_SURE and shared >= SURE * min(ours, theirs)


def shares_text(one: str, other: str) -> bool:
    """Whether two texts carry the same text, whole or in part."""
    return share_runs(read_runs(one), read_runs(other))


def share_runs(first: set[str], second: set[str]) -> bool:
    """The same of two texts by their runs of words."""
    fewer = min(len(first), len(second))
    return bool(fewer) and len(first & second) >= SHARED * fewer


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of one text stands in another: `kept` of the first text's runs, `own` of the second one's that are not in the first, 0 to 1."""

    kept: float
    own: float


def measure_overlap(first: str, other: str) -> Overlap:
    """How much of `first` the other text kept, and how much of it is its own."""
    ours, theirs = read_runs(first), read_runs(other)
    common = len(ours & theirs)
    return Overlap(common / len(ours) if ours else 0.0, 1 - common / len(theirs) if theirs else 0.0)
