"""Numbers and lists in sentences."""

from __future__ import annotations

import pytest

from crawler.wording import count, name_some, size


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


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (1, "1 byte"),
        (812, "812 bytes"),
        (4321, "4 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (2_150_000_000, "2,150.0 MB"),
    ],
)
def test_a_small_file_is_not_said_to_be_empty(octets: int, said: str) -> None:
    assert size(octets) == said


def test_a_long_list_says_how_many_more_there_are() -> None:
    assert name_some(f"s{n}" for n in range(3)) == "s0, s1, s2"
    assert name_some(f"s{n}" for n in range(12)).endswith("s8, s9 and 2 more")
