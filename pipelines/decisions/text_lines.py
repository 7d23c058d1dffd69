"""What the lines of a text say by themselves to site memory: a worker reads them, for the process that stores has no time.

What other articles of the source say of the same lines is `boilerplate`'s.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from itertools import islice

from pipelines.extraction.date_parsing import is_date_line
from pipelines.extraction.notices import Sentences, is_notice, select_sentences
from pipelines.extraction.tokens import WIDE, ends_sentence, split, split_sentences

_SHORT_PIECE = 20  # characters
_PIECES = 30  # sentences remembered of a text
_BRIEF = 3  # words

_MARKS = "#->!"
_MARK = re.compile(r"^(?:#{1,6}|-|>|!) +")
_LONG_WORD = 5  # letters
_ALPHABETS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # written without spaces: Thai, Lao, Burmese, Khmer
_LETTERS = re.compile(f"[{_ALPHABETS}]+")
_WITHOUT_SPACES = re.compile(rf"[{_ALPHABETS}\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WORDLIKE = 7  # letters that, taken together, mean as much as a long word

OPENING, BRIEF, NOTICE = 1, 2, 3
"""A first line that is a sentence; a sentence of a few words; a correction or an editor's note."""

Pieces = dict[int, int]
"""Sentences of a text by their hash, with their characters."""


@dataclass(frozen=True, slots=True)
class TextLines:
    """The lines of a text that are not blank, in their order: each field has an entry for each line.

    `keys` are empty for lines that are never boilerplate. `sizes` are characters. `kinds` are `OPENING`, `BRIEF`,
    `NOTICE` or 0. `words` count the words that say what a line is about, and `repeated` are those of them that another
    line has too, by numbers of this text. `pieces` are of the whole text.
    """

    keys: tuple[str, ...]
    sizes: tuple[int, ...]
    kinds: tuple[int, ...]
    words: tuple[int, ...]
    repeated: tuple[tuple[int, ...], ...]
    pieces: Pieces


def split_lines(text: str) -> list[list[str]]:
    """The words of each line of a text that is not blank, without case: together those of the text."""
    return [split(line) for line in lines_in(text)]


def read_text_lines(text: str, words: list[list[str]] | None = None) -> TextLines:
    """Read the lines of an article's text. Pure, and the same in every process. `words` are `split_lines` of it, where that was asked."""
    lines, folded = lines_in(text), lines_in(text.casefold())
    words = split_lines(text) if words is None else words
    sentences = select_sentences(lines)
    spaced = text.isascii() or not _WITHOUT_SPACES.search(text)
    bags = [{word for word in own if len(word) >= _LONG_WORD} for own in words]
    if not spaced:
        bags = [bag | _find_signs(line) for bag, line in zip(bags, lines, strict=True)]
    seen, repeated = set[str](), set[str]()
    for bag in bags:
        repeated |= seen & bag
        seen |= bag
    numbers = {word: number for number, word in enumerate(repeated)}
    return TextLines(
        tuple(_key_of(line, low) for line, low in zip(lines, folded, strict=True)),
        tuple(map(len, lines)),
        tuple(
            _standing(line, number, sentences, len(own), spaced and len(bag) > _BRIEF)
            for number, (line, own, bag) in enumerate(zip(lines, words, bags, strict=True))
        ),
        tuple(map(len, bags)),
        tuple(tuple(map(numbers.__getitem__, bag & repeated)) for bag in bags),
        pieces_of(text),
    )


def lines_in(text: str) -> list[str]:
    """The lines of a text that are not blank."""
    return [line for line in text.split("\n") if line.strip()]


def key_of(line: str) -> str:
    """The hash by which a line is known again; empty for lines that are never boilerplate."""
    return _key_of(line, line.casefold())


def _key_of(line: str, folded: str) -> str:
    text = as_printed(folded)
    letters = list(islice(filter(str.isalpha, text), 2))
    if len(letters) < 2 or " | " in line or is_date_line(text):
        return ""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def as_printed(line: str) -> str:
    """The words of a line, without the mark of a heading, list item, quotation or note."""
    return " ".join((_MARK.sub("", line) if line[:1] in _MARKS else line).split())


def pieces_of(text: str) -> Pieces:
    """The longest sentences of a text: by them near-copies are known whose paragraphs differ by a sentence."""
    found = {
        piece
        for line in text.split("\n")
        if len(line) > _SHORT_PIECE
        for piece in split_sentences(line)
        if len(piece) > _SHORT_PIECE
    }
    return {
        _hash_piece(piece): len(piece)
        for piece in sorted(found, key=lambda piece: (len(piece), piece), reverse=True)[:_PIECES]
    }


def _hash_piece(piece: str) -> int:
    """The same number in every process, unlike `hash`."""
    return int.from_bytes(hashlib.blake2b(piece.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def _standing(line: str, number: int, sentences: Sentences, words: int, long: bool) -> int:
    """Whether a line of so many words is a sentence of the kind that articles of a series share. `long`: more than a brief one has are long."""
    if is_notice(line, sentences):
        return NOTICE
    if (long and number > 0) or not ends_sentence(line):
        return 0
    if words <= _BRIEF:
        return BRIEF
    return OPENING if number == 0 and words > 4 else 0


def _find_signs(line: str) -> set[str]:
    """What says what a line is about where its words are not written apart: pairs of ideographs, and runs of letters."""
    wide = "".join(WIDE.findall(line))
    bag = {wide[n : n + 2] for n in range(len(wide) - 1)}
    for run in _LETTERS.findall(line):
        bag |= {run[n : n + _WORDLIKE] for n in range(max(1, len(run) - _WORDLIKE + 1))}
    return bag
