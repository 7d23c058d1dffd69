"""Charts: every number is drawn where it belongs, none is drawn where there is none, and anybody can read them."""

from __future__ import annotations

import builtins
import re
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from pipelines.charts.chart import Chart, Series
from pipelines.charts.png import MOST_WAITING, REMEDY, PngMissingError, png_process, svg_to_png
from pipelines.charts.scales import period_labels, shorten, spread, ticks
from pipelines.charts.svg import BAR, LOOKS, MOST_MARKERS, draw_svg

SVG = "{http://www.w3.org/2000/svg}"
DAYS = ("2026-10-26", "2026-11-02", "2026-11-09", "2026-11-16")
CHART = Chart(
    title="<council> & ferry",
    description="Two words.",
    days=DAYS,
    unit="week",
    lines=(
        Series("council", (10, None, 5, 0), (False, False, False, True)),
        Series("ferry", (0, None, 20, 10)),
    ),
    rows=(Series("All articles", (40, None, 40, 20), links=("/a", "", "/b", "")),),
    gaps=frozenset({1}),
    notes=("In 1 week (grey) nothing could be seen.",),
)


def parse(svg: str) -> Any:
    return etree.fromstring(svg.encode())


def paths(tree: Any, colour: str) -> list[list[tuple[float, float]]]:
    """The points of the lines of a colour, a list for each unbroken piece."""
    found = tree.findall(f"{SVG}g[@stroke='{colour}']/{SVG}path[@stroke-linejoin]")
    number = r"(-?[\d.]+) (-?[\d.]+)"
    return [[(float(x), float(y)) for x, y in re.findall(number, path.get("d"))] for path in found]


def test_each_number_has_its_place_and_a_gap_has_none() -> None:
    tree = parse(draw_svg(CHART))
    council, ferry = paths(tree, LOOKS[0].colour), paths(tree, LOOKS[1].colour)
    assert [len(piece) for piece in council] == [len(piece) for piece in ferry] == [1, 2]
    zero, twenty = ferry[0][0][1], ferry[1][0][1]
    for pieces, values in ((council, (10, 5, 0)), (ferry, (0, 20, 10))):
        drawn = [y for piece in pieces for _, y in piece]
        assert drawn == pytest.approx([zero - (zero - twenty) * value / 20 for value in values], abs=0.15)
    xs = [x for piece in council for x, _ in piece]
    step = xs[2] - xs[1]
    assert xs[1] - xs[0] == pytest.approx(2 * step, abs=0.2)
    (gap,) = tree.findall(f"{SVG}rect[@opacity]")
    assert float(gap.get("x")) + step / 2 == pytest.approx(xs[0] + step, abs=0.2)
    heights = [float(bar.get("height")) for bar in tree.iter(f"{SVG}rect") if bar.get("fill") == BAR]
    assert heights[0] == heights[1] == pytest.approx(2 * heights[2], abs=0.1)


def test_a_part_of_a_period_has_a_hollow_marker() -> None:
    tree = parse(draw_svg(CHART))
    marks = [
        group.find(f"{SVG}circle").get("fill")
        for group in tree.findall(f"{SVG}g[@stroke='{LOOKS[0].colour}']/{SVG}g")
    ]
    assert marks == [LOOKS[0].colour, LOOKS[0].colour, "none"]
    titles = [title.text for title in tree.iter(f"{SVG}title")]
    assert "council: 0, week from 2026-11-16, of which a part was seen" in titles


def test_a_chart_is_named_described_and_needs_no_styles() -> None:
    for alone in (True, False):
        svg = draw_svg(CHART, alone=alone, key="one")
        tree = parse(svg)
        ids = {element.get("id"): element.text for element in tree.iter() if element.get("id")}
        assert ids == {"one-title": "<council> & ferry", "one-desc": "Two words."}
        assert tree.get("aria-labelledby").split() == list(ids)
        assert tree.get("role") == "group"  # its bars are links
        assert "style" not in svg
        assert "<script" not in svg
        assert ("nothing could be seen" in svg) == alone  # a page says it beside the chart
    lines_alone = Chart("t", "d", DAYS, "week", lines=CHART.lines)
    assert parse(draw_svg(lines_alone)).get("role") == "img"
    labels = [text.text for text in parse(draw_svg(CHART)).iter(f"{SVG}text")]
    assert {"council", "ferry", "All articles", "26 Oct 2026", "16 Nov"} <= set(labels)


@pytest.mark.parametrize(
    "value", ["<script>alert(1)</script>", '"><a b="', "\x01\x00\ufffe\ud800", "A" * 5000, "&amp;"]
)
def test_names_from_outside_stay_text(value: str) -> None:
    chart = Chart(
        value,
        value,
        DAYS,
        "week",
        (Series(value, (1, 2, 3, 4)),),
        (Series(value, (1, 1, 1, 1), links=(value,) * 4),),
    )
    tree = parse(draw_svg(chart, alone=False))
    assert {etree.QName(element).localname for element in tree.iter()} <= {
        "svg", "title", "desc", "line", "text", "path", "g", "circle", "rect", "a",
    }  # fmt: skip
    assert max(len(text.text or "") for text in tree.iter(f"{SVG}text")) < 70


def test_no_chart_is_drawn_wrong_for_want_of_numbers() -> None:
    for chart in (
        Chart("t", "d", (), "day"),
        Chart("t", "d", DAYS, "week", (Series("none", (None,) * 4),), (Series("zero", (0,) * 4),)),
        Chart("t", "d", DAYS[:1], "month", (Series("one", (0.25,)),), percent=True),
    ):
        assert "nan" not in draw_svg(chart).lower()
    many = Chart("t", "d", DAYS[:1] * 700, "day", (Series("long", (3.0,) * 700),))
    assert draw_svg(many).count("<circle") <= MOST_MARKERS + 2


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("paper", ["#ffffff", "#fdfcf9", "#171614"])
def test_colours_hold_on_light_and_dark_paper(paper: str) -> None:
    """3:1, as WCAG 1.4.11 asks of what is drawn; and no two lines have the same dashes or the same marker."""
    for colour in (BAR, *(look.colour for look in LOOKS)):
        low, high = sorted((luminance(paper), luminance(colour)))
        assert (high + 0.05) / (low + 0.05) >= 3, colour
    assert len({look.dashes for look in LOOKS}) == len({look.marker for look in LOOKS}) == len(LOOKS)


@pytest.mark.parametrize(
    ("most", "whole", "expected"),
    [
        (0, True, [0, 1]),
        (1, True, [0, 1]),
        (3, True, [0, 1, 2, 3]),
        (21, True, [0, 10, 20, 30]),
        (1234, True, [0, 500, 1000, 1500]),
        (0.03, False, [0, 0.01, 0.02, 0.03]),
        (1, False, [0, 0.5, 1]),
    ],
)
def test_ticks_are_round_numbers(most: float, whole: bool, expected: list[float]) -> None:
    assert ticks(most, whole=whole) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [([10, 50], [10, 50]), ([50, 50], [50, 60]), ([98, 99, 20], [90, 100, 20]), ([], [])],
)
def test_labels_do_not_cover_each_other(wanted: list[float], expected: list[float]) -> None:
    assert spread(wanted, 10, 0, 100) == expected


def test_labels_of_periods_say_the_year_once() -> None:
    assert period_labels(("2025-12-01", "2026-01-01", "2026-02-01"), "month", 8) == [
        (0, "Dec 2025"),
        (1, "Jan 2026"),
        (2, "Feb"),
    ]
    assert len(period_labels(DAYS * 30, "week", 8)) == 8
    assert shorten("a long name", 7) == "a long…"


def test_the_picture_is_that_of_the_svg() -> None:
    png = svg_to_png(draw_svg(CHART))
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    size = [int.from_bytes(png[at : at + 4]) for at in (16, 20)]
    assert size == [2 * int(parse(draw_svg(CHART)).get(name)) for name in ("width", "height")]


@pytest.mark.parametrize("python", [sys.executable, "/no/such/python"])
def test_a_process_of_its_own_draws_the_same_picture(python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", python)
    svg = draw_svg(replace(CHART, title="港と Hafen"))
    with png_process() as draw:
        assert draw(svg) == svg_to_png(svg)


def test_what_cannot_be_drawn_is_an_error_and_no_picture() -> None:
    with png_process() as draw, pytest.raises(subprocess.CalledProcessError):
        draw("no svg")


def test_a_few_processes_wait_and_all_of_them_end(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def start(*args: Any, **named: Any) -> subprocess.Popen[bytes]:
        started.append(real(*args, **named))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    svg = draw_svg(CHART)
    with ExitStack() as opened:
        drawn = [opened.enter_context(png_process()) for _ in range(MOST_WAITING + 1)]
        assert len(started) == MOST_WAITING
        assert drawn[-1](svg) == svg_to_png(svg)
        assert len(started) == MOST_WAITING + 1
    assert all(process.poll() is not None for process in started)
    with png_process():
        assert len(started) == MOST_WAITING + 2


def test_without_the_package_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **named: Any) -> Any:
        if name == "resvg_py":
            raise ImportError(name)
        return real(name, *args, **named)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(PngMissingError, match=re.escape("clippings-archive[png]")):
        svg_to_png("<svg/>")
    with png_process() as draw, pytest.raises(PngMissingError, match=re.escape("clippings-archive[png]")):
        draw("<svg/>")
    assert "SVG" in REMEDY
