"""Pages with known answers, where they are at hand, hold a floor a set that only rises; what the comparison counts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import text
from bench.text import Compared, Row

PAGES = Path(__file__).parents[3] / "shared" / "quality"


def compared(site: str, before: float, after: float) -> Compared:
    one, other = (dict.fromkeys(text.MEASURES, value) for value in (before, after))
    return Compared(Row(Path(), site, {}), one, other)


def test_a_floor_only_rises_and_keeps_its_sets() -> None:
    floor = {"a": {"F1": 0.9, "clean": 0.5}, "b": {"F1": 0.8}}
    measured = {"a": {"F1": 0.91, "clean": 0.4}, "c": {"F1": 0.7}}
    assert text.raise_floor(floor, measured) == {
        "a": {"F1": 0.91, "clean": 0.5},
        "b": {"F1": 0.8},
        "c": {"F1": 0.7},
    }
    assert text.find_fallen(floor, measured) == ["a: clean 0.4000 fell below 0.5000"]


def test_the_interval_is_over_sites_and_not_over_pages() -> None:
    """Nine pages of one site are one witness."""
    many = [compared("one", 0.5, 1.0)] * 9 + [compared("two", 0.9, 0.9)]
    low, high = text.find_interval("wcxb", many)["F1"]
    assert low == 0
    assert high == pytest.approx(0.5)
    same = [compared(str(n), 0.5, 0.6) for n in range(9)]
    assert text.find_interval("wcxb", same)["F1"] == pytest.approx((0.1, 0.1))


@pytest.mark.parametrize(
    ("answer", "site"),
    [
        ({"id": "1", "url": "https://www.daily.co.uk/a"}, "daily.co.uk"),
        ({"id": "1", "url": "https://www.daily.co.uk/a", "site": "x"}, "x"),
        ({"id": "1", "url": None}, "1"),
    ],
)
def test_the_site_of_a_page(answer: dict[str, str], site: str) -> None:
    assert text.find_site(answer) == site


@pytest.mark.extra
@pytest.mark.skipif(not PAGES.exists(), reason="there are no pages with known answers beside the project")
def test_no_set_falls_below_its_floor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench text", str(PAGES), str(tmp_path), "--floor"])
    assert text.main() == 0, capsys.readouterr().out
