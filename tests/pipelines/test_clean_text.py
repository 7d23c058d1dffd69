"""Text from outside as it can be stored and printed."""

from __future__ import annotations

import sqlite3

import pytest

from pipelines.clean_text import clean_text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        ("Quay reopens", "Quay reopens"),
        ("Zwei\tSpalten\nZwei Zeilen", "Zwei\tSpalten\nZwei Zeilen"),
        ("Quay \ud83d", "Quay "),
        ("\udc00Quay", "Quay"),
        ("Quay \ud83d\ude00", "Quay 😀"),
        ("Quay \ude00\ud83d", "Quay "),
        ("a\x00b", "ab"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x1b]52;c;ZWNobw==\x07", "]52;c;ZWNobw=="),
        ("\x9b2Jgone", "2Jgone"),
        ("\x7f", ""),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("one\x0btwo\x0cthree\x85four", "one two three four"),
        ("\u202edesrever\u202c and \u2066apart\u2069", "desrever and apart"),
        ("a\ufdd0b\ufffec\U0010ffffd\U0001fffee", "abcde"),
        ("é 日本語 עברית 👩‍👩‍👧 می‌خواهم", "é 日本語 עברית 👩‍👩‍👧 می‌خواهم"),
        ("\u200eשלום\u200f \ufeff", "\u200eשלום\u200f \ufeff"),
    ],
)
def test_text_is_kept_and_what_is_no_text_is_left_out(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned
    assert clean_text(cleaned) == cleaned


def test_any_code_point_can_be_stored() -> None:
    text = clean_text("".join(map(chr, range(0x110000))))
    assert sqlite3.connect(":memory:").execute("select ?", (text,)).fetchone()[0] == text
    assert "\ud800" not in text
    assert "\x1b" not in text
