"""The chart of attention over time: lines of what is compared, and a row of bars for all articles. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.archive.views.attention import describe_gaps, is_partial
from pipelines.charts.chart import Chart, Series

if TYPE_CHECKING:
    from pipelines.archive.views.attention import Attention, Line


def make_chart(found: Attention, *, share: bool) -> Chart:
    """The counts, or with `share` the parts of all articles; the row of all articles has counts always."""
    gaps = frozenset(place for place, count in enumerate(found.whole.counts) if count is None)
    return Chart(
        title=title_of(found, share=share),
        description=describe(found, share=share),
        days=tuple(one.since for one in found.periods),
        unit=found.unit,
        lines=tuple(_series(found, line, share=share) for line in found.lines),
        rows=(_series(found, found.whole, share=False),),
        percent=share,
        gaps=gaps,
        notes=tuple(describe_gaps(found)),
    )


def title_of(found: Attention, *, share: bool) -> str:
    """`harbour, ferry: share of all articles by week`."""
    names = ", ".join(line.name for line in found.lines) or found.whole.name
    queries = {line.query for line in found.lines}
    if len(queries) == 1 and len(found.lines) > 1 and (query := queries.pop()):
        names = f"{query} in {names}"
    return f"{names}: {'share of all articles' if share else 'articles'} by {found.unit}"


def describe(found: Attention, *, share: bool) -> str:
    """What a person hears who cannot see the chart: the totals and the highest period of each line."""
    parts = []
    for line in found.lines or (found.whole,):
        values = [
            (line.share(place) if share else line.counts[place]) or 0 for place in range(len(found.periods))
        ]
        part = f"{line.name}: {line.total:,} articles"
        if any(values):
            place = values.index(max(values))
            height = f"{values[place] * 100:.3g} %" if share else f"{values[place]:,}"
            part += f", most in the {found.unit} from {found.periods[place].since} ({height})"
        parts.append(part)
    return ". ".join([*parts, *(sentence.removesuffix(".") for sentence in describe_gaps(found))]) + "."


def _series(found: Attention, line: Line, *, share: bool) -> Series:
    places = range(len(found.periods))
    return Series(
        line.name,
        tuple(line.share(place) if share else line.counts[place] for place in places),
        tuple(is_partial(found, line, place) for place in places),
    )
