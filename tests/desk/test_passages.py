"""Passages taken out of a text and found again in another version of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.desk.passages import Span, find_passage, find_replacement, take_passage
from pipelines.dossiers.join import Piece, cut_at_marks

if TYPE_CHECKING:
    from pipelines.desk.dossier_records import Quotation

TEXT = (
    "The mayor said no. Nobody at the port would say why the ferry had been sold.\n"
    "The council met on Monday. The mayor said no. It then voted for the tunnel, by 12 to 9.\n"
    "港湾局は水曜日、渡し船の廃止を発表した。"
)


def passage(words: str, text: str = TEXT) -> Quotation:
    return take_passage(text, words)


@pytest.mark.parametrize(
    ("words", "quoted"),
    [
        ("Nobody at the port", "Nobody at the port"),
        (" Nobody  at\nthe port ", "Nobody at the port"),
        ("had been sold.\n\nThe council met", "had been sold.\nThe council met"),
        ("渡し船の廃止", "渡し船の廃止"),
    ],
)
def test_a_passage_is_kept_as_it_stands_with_what_stands_around_it(words: str, quoted: str) -> None:
    found = passage(words)
    assert found.quote == quoted
    assert f"{found.before}{found.quote}{found.after}" in TEXT
    assert len(found.before) <= 64
    assert len(found.after) <= 64


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "Select a passage"),
        (" \n", "Select a passage"),
        ("not there", "do not stand"),
        ("x" * 5001, "too long"),
    ],
)
def test_what_is_no_passage_is_refused(words: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        passage(words)


def test_context_chooses_between_places_that_say_the_same() -> None:
    first = take_passage(TEXT, "The mayor said no.")
    second = take_passage(TEXT, "The mayor said no.", "council met on Monday. ", " It then voted")
    assert TEXT.index(first.quote) == 0
    for quotation, start in ((first, 0), (second, TEXT.rindex("The mayor"))):
        span = find_passage(TEXT, quotation)
        assert span is not None
        assert span.start == start
        moved = "Another paragraph was put in front.\n" + TEXT
        span = find_passage(moved, quotation)
        assert span is not None
        assert span.start == start + len(moved) - len(TEXT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("he said “no”", 'he said "no"'),
        ("the ‘port’s’ end", "the 'port's' end"),
        ("1990–1991 — on", "1990-1991 - on"),
        ("two  words", "two words"),
        ("two\nwords", "two words"),
    ],
)
def test_other_quotation_marks_dashes_and_gaps_are_no_change(old: str, new: str) -> None:
    quotation = take_passage(f"Before that. {old} After that.", old)
    assert find_passage(f"Before that. {new} After that.", quotation) is not None


@pytest.mark.parametrize(
    ("new", "instead"),
    [
        (TEXT.replace("by 12 to 9", "by 11 to 10"), None),
        (TEXT.replace("voted for the tunnel", "voted against the tunnel"), "voted against the tunnel"),
        (TEXT.replace(" voted for the tunnel,", ","), ""),
        ("Nothing of it is left.", None),
    ],
)
def test_words_that_changed_are_told_with_what_took_their_place(new: str, instead: str | None) -> None:
    quotation = passage("voted for the tunnel")
    gone = find_passage(new, quotation) is None
    assert gone is ("voted for the tunnel" not in new)
    if gone:
        assert find_replacement(new, quotation) == instead


def test_a_block_is_cut_where_passages_begin_and_end() -> None:
    marks = [(Span(0, 14), 1), (Span(12, 17), 2), (Span(50, 60), 3)]
    assert cut_at_marks("one two three", 10, marks) == [
        Piece("on", (1,)),
        Piece("e ", (1, 2)),
        Piece("two", (2,)),
        Piece(" three", ()),
    ]
    assert cut_at_marks("plain", 100, marks) == [Piece("plain")]
