"""Passages of a text: taken out with what stands around them, and found again in another version. Pure.

As in the TextQuoteSelector of W3C's Web Annotation: the words themselves, and a little of what stood before and after
them, which tells apart places that say the same.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from pipelines.desk.dossier_records import Quotation

CONTEXT: Final = 64
"""Characters kept before and after a passage."""
NEAR: Final = 24
"""Characters of the context by which what took a passage's place is found."""
LONGEST: Final = 5000
"""Characters of a passage."""
MOST_PLACES: Final = 500
"""Places with the same words that are compared by their context."""
_FOLDED: Final = str.maketrans("‘’‚‛“”„‟«»‐‑‒–—−…", '\'\'\'\'""""""------.')


class Span(NamedTuple):
    """A passage in a text, from `start` to before `end`, in characters."""

    start: int
    end: int


class _Folded(NamedTuple):
    """A text with one space for each gap, and plain quotation marks and dashes; `at` has each letter's place in it."""

    text: str
    at: list[int]


def take_passage(text: str, words: str, before: str = "", after: str = "") -> Quotation:
    """The passage of `text` that has these words, as it stands there. Raises `ValueError` with the remedy.

    `before` and `after` choose between places that say the same.
    """
    if not words.strip():
        raise ValueError("Select a passage of the article first, or paste it.")
    if len(words) > LONGEST:
        raise ValueError(f"The passage is too long: {LONGEST:,} characters at most.")
    found = find_passage(text, Quotation(words, before, after))
    if found is None:
        raise ValueError("These words do not stand in this article. Copy the passage from it as it stands.")
    start, end = found
    return Quotation(text[start:end], text[max(start - CONTEXT, 0) : start], text[end : end + CONTEXT])


def find_passage(text: str, quotation: Quotation) -> Span | None:
    """Where a passage stands in a text; None where its words do not. Spaces and kinds of quotation marks make no difference."""
    whole = _fold(text)
    words = _fold(quotation.quote).text.strip()
    if not words:
        return None
    before, after = _fold(quotation.before).text.strip(), _fold(quotation.after).text.strip()
    best, best_score, start = -1, -1, whole.text.find(words)
    for _ in range(MOST_PLACES):
        if start < 0:
            break
        end = start + len(words)
        score = _common_end(whole.text[:start].rstrip(), before) + _common_begin(
            whole.text[end:].lstrip(), after
        )
        if score > best_score:
            best, best_score = start, score
        start = whole.text.find(words, start + 1)
    if best < 0:
        return None
    return Span(whole.at[best], whole.at[best + len(words) - 1] + 1)


def find_replacement(text: str, quotation: Quotation) -> str | None:
    """What stands now between the words that stood before and after a passage; None where they do not stand so any more."""
    whole = _fold(text)
    before = _fold(quotation.before).text.strip()[-NEAR:]
    after = _fold(quotation.after).text.strip()[:NEAR]
    if len(before) < NEAR // 2 or len(after) < NEAR // 2:
        return None
    at = whole.text.find(before)
    if at < 0 or whole.text.find(before, at + 1) >= 0:
        return None
    start = at + len(before)
    end = whole.text.find(after, start, start + 3 * len(quotation.quote) + 400 + len(after))
    if end < 0:
        return None
    return " ".join(whole.text[start:end].split())


def _fold(text: str) -> _Folded:
    letters: list[str] = []
    at: list[int] = []
    for place, letter in enumerate(text.translate(_FOLDED)):
        if letter.isspace():
            if letters and letters[-1] == " ":
                continue
            letter = " "
        letters.append(letter)
        at.append(place)
    return _Folded("".join(letters), at)


def _common_begin(text: str, other: str) -> int:
    return next(
        (place for place, (a, b) in enumerate(zip(text, other, strict=False)) if a != b),
        min(len(text), len(other)),
    )


def _common_end(text: str, other: str) -> int:
    return _common_begin(text[::-1][:CONTEXT], other[::-1])
