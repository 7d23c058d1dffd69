"""What newcomers mistype gets one line with the remedy, code 1 or 2, and makes no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mistakes import MISTAKES, Beginner, Mistake, beginner

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beginner]:
    with beginner(tmp_path_factory.mktemp("newcomer")) as one:
        yield one


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.typed or "nothing")
def test_a_mistake_is_answered_in_a_line_and_makes_nothing(newcomer: Beginner, mistake: Mistake) -> None:
    answer = newcomer.make(mistake)
    assert (answer.code, answer.made) == (mistake.code, ()), answer.printed
    assert mistake.says.format(port=newcomer.port) in answer.printed
    if mistake.typed:
        assert answer.printed.startswith("Error: ")
        assert answer.printed.count("\n") == 1


def test_what_is_right_is_done(newcomer: Beginner) -> None:
    """The same folder answers what is typed well, so that no mistake is found where there is none."""
    for typed in (
        "search archive.db harbour --since 2024 --until yesterday",
        "search archive.db harbour --since 7d",
        "search demo/archive.db title:harbour --source harbour-herald",
        "search demo/archive.db source:harbour",
        "search archive.db 'Mission:Impossible'",
        "coverage archive.db --since 2026-05",
        "coverage archive.db",
        "status",
    ):
        answer = newcomer.make(Mistake(typed, 0, ""))
        assert (answer.code, answer.made) == (0, ()), answer.printed
        assert "Error" not in answer.printed
