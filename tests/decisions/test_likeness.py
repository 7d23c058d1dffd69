"""Two forms of one article, and two articles of one form."""

from __future__ import annotations

import pytest

from pipelines.decisions.likeness import is_same_text

BLOCKS = [
    f"In year {n} the ferry carried {n * 37} people over the sound in {n + 3} storms of {n} days."
    for n in range(12)
]
TEXT = "\n\n".join(BLOCKS)


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace("\n\n", " "),
        TEXT.replace("\n\n", "\n"),
        TEXT.upper(),
        "\n\n".join(BLOCKS[:4]),
        "\n\n".join(["Print this page", *BLOCKS, "All rights reserved"]),
        "\n\n".join([*BLOCKS[:5], "Correction: the year was another.", *BLOCKS[6:]]),
        "\n\n".join(reversed(BLOCKS)),
    ],
)
def test_forms_of_one_article(other: str) -> None:
    assert is_same_text(TEXT, other)
    assert is_same_text(other, TEXT)


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace(" people", " more people"),  # the same form with other figures and words in each block
        "\n\n".join(
            f"Wind of force {n} from the north, waves of {n} feet, clear by {n} o'clock." for n in range(12)
        ),
        "\n\n".join(
            [
                *BLOCKS[:2],
                *(f"Another tale of pier {n} and of its keeper, who wrote it down." for n in range(9)),
            ]
        ),
        "今日の天気は晴れ、風は北から。",
        "",
    ],
)
def test_articles_of_one_form(other: str) -> None:
    assert not is_same_text(TEXT, other)
    assert not is_same_text(other, TEXT)
