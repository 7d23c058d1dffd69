"""Numbers and lists in sentences."""

from __future__ import annotations

import pytest

from crawler.wording import count, name_some


@pytest.mark.parametrize(
    ("number", "noun", "verb", "said"),
    [
        (0, "file", "", "0 files"),
        (1, "file", "", "1 file"),
        (1204, "WARC file", "", "1,204 WARC files"),
        (1, "file", "were", "1 file was"),
        (2, "file", "were", "2 files were"),
        (1, "listed URL", "are", "1 listed URL is"),
        (1, "page", "wait", "1 page waits"),
    ],
)
def test_one_is_singular(number: int, noun: str, verb: str, said: str) -> None:
    assert count(number, noun, verb) == said


def test_a_long_list_says_how_many_more_there_are() -> None:
    assert name_some(f"s{n}" for n in range(3)) == "s0, s1, s2"
    assert name_some(f"s{n}" for n in range(12)).endswith("s8, s9 and 2 more")
