"""What a chart shows: lines over periods, rows of bars, and gaps. Pure."""

from __future__ import annotations

from dataclasses import dataclass

Values = tuple[float | None, ...]
"""A number for each period; None where there is none, which is not zero."""


@dataclass(frozen=True, slots=True)
class Series:
    """A line or a row of bars. `partial` says of each period whether its number stands for a part of it alone."""

    name: str
    values: Values
    partial: tuple[bool, ...] = ()
    links: tuple[str, ...] = ()
    """An address for each bar of a row; empty for none."""


@dataclass(frozen=True, slots=True)
class Chart:
    """`lines` share one plot, `rows` have a small one each below it, all over the same periods.

    `days` are the first days of the periods (`YYYY-MM-DD`), `unit` is day, week or month. `percent` says that the values
    of lines, and with `rows_percent` those of rows, are parts, 0 to 1. `gaps` are the places of periods without any number.
    """

    title: str
    description: str
    days: tuple[str, ...]
    unit: str
    lines: tuple[Series, ...] = ()
    rows: tuple[Series, ...] = ()
    percent: bool = False
    rows_percent: bool = False
    gaps: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()
    """Sentences that stand below it in a file of its own."""
