"""Attention over time as files: its numbers as CSV and JSON, its chart as SVG and PNG. Pages and commands write the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.archive.export.encoders import CsvEncoder
from pipelines.archive.export.fields import Field
from pipelines.archive.views.attention import describe_gaps
from pipelines.archive.views.attention_chart import make_chart
from pipelines.charts.png import svg_to_png
from pipelines.charts.svg import draw_svg

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.archive.export.fields import Row
    from pipelines.archive.views.attention import Attention

COMPARED = (
    Field("since", "day"),
    Field("until", "day"),
    Field("line"),
    Field("query"),
    Field("sources", "list"),
    Field("articles", "integer"),
    Field("archived", "integer"),
    Field("share", "number"),
    Field("days_seen", "integer"),
    Field("days", "integer"),
)


def read_rows(found: Attention) -> list[Row]:
    """A row for each period and line, the whole last; columns as `COMPARED`. Where nothing could be seen, no number stands."""
    return [
        (
            one.since,
            one.until,
            line.name,
            line.query,
            line.sources,
            line.counts[place],
            line.archived[place],
            None if (share := line.share(place)) is None else round(share, 6),
            line.seen[place],
            one.length,
        )
        for place, one in enumerate(found.periods)
        for line in (*found.lines, found.whole)
    ]


def as_dict(found: Attention) -> dict[str, Any]:
    """The rows by name, with the totals and what a reader must know of the days."""
    names = [field.name for field in COMPARED]
    return {
        "unit": found.unit,
        "since": found.since,
        "until": found.until,
        "problem": found.problem,
        "notes": describe_gaps(found),
        "lines": [
            {"line": line.name, "query": line.query, "sources": list(line.sources), "total": line.total}
            for line in (*found.lines, found.whole)
        ],
        "rows": [dict(zip(names, row, strict=True)) for row in read_rows(found)],
    }


def as_csv(found: Attention, share: bool) -> bytes:
    encoder = CsvEncoder(COMPARED)
    return encoder.begin() + encoder.encode(read_rows(found)) + encoder.end()


def as_svg(found: Attention, share: bool) -> bytes:
    return draw_svg(make_chart(found, share=share)).encode()


def as_png(found: Attention, share: bool) -> bytes:
    """Raises `PngMissingError`."""
    return svg_to_png(draw_svg(make_chart(found, share=share)))


ENCODERS: dict[str, Callable[[Attention, bool], bytes]] = {"csv": as_csv, "svg": as_svg, "png": as_png}
"""By the ending of the file; the second value says whether shares are drawn: the numbers have both."""
