"""Where numbers, periods and labels stand in a chart. Pure."""

from __future__ import annotations

from datetime import date
from math import floor, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_STEPS = (1.0, 2.0, 5.0, 10.0)


def ticks(most: float, about: int = 4, *, whole: bool = True) -> list[float]:
    """Round numbers from 0 up to the first that is at least `most`; `whole` ones have no half articles between them."""
    if most <= 0:
        return [0.0, 1.0]
    rough = most / about
    size = 10.0 ** floor(log10(rough))
    step = next(one * size for one in _STEPS if one * size >= rough * 0.999999)
    if whole:
        step = max(step, 1.0)
    count = 1
    while step * count < most * 0.999999:
        count += 1
    return [step * n for n in range(count + 1)]


def spread(wanted: Sequence[float], room: float, first: float, last: float) -> list[float]:
    """Places for labels that want to stand at these heights, `room` apart, between `first` and `last`; in their order."""
    order = sorted(range(len(wanted)), key=lambda place: (wanted[place], place))
    found = [0.0] * len(wanted)
    below = first - room
    for place in order:
        below = found[place] = max(wanted[place], below + room)
    above = last + room
    for place in reversed(order):
        above = found[place] = min(found[place], above - room)
    return found


def period_labels(days: Sequence[str], unit: str, most: int) -> list[tuple[int, str]]:
    """The place and the label of `most` periods at most, evenly; the year stands where it is the first or another."""
    every = max(1, -(-len(days) // max(most, 1)))
    found, year = [], ""
    for place in range(0, len(days), every):
        at = date.fromisoformat(days[place])
        label = f"{at:%b}" if unit == "month" else f"{at.day} {at:%b}"
        found.append((place, label if days[place][:4] == year else f"{label} {days[place][:4]}"))
        year = days[place][:4]
    return found


def shorten(text: str, letters: int) -> str:
    """The text, cut with a mark when it is longer."""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"
