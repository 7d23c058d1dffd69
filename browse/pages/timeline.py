"""The timeline of a search: a chart, and its table of numbers."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from browse import formatting
from browse.context import LATEST, open_context
from browse.downloads import table_download
from browse.formatting import Cell
from browse.params import parse_search_params
from browse.pictures import open_png, png_response
from browse.responses import file_response, html_response, json_response, refusal_response
from browse.shown_desk import join_author_names
from pipelines.archive.export.tables import ATTENTION, read_attention_rows
from pipelines.archive.search.timeline import read_timeline
from pipelines.archive.search.wide_prefixes import FEWEST_PAGES, MOST_PAGES
from pipelines.archive.views.seen_days import read_days_seen_of_any
from pipelines.charts.chart import Chart, Series
from pipelines.charts.svg import draw_svg

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from browse.context import ArchiveContext
    from browse.params import SearchParams
    from pipelines.archive.search.timeline import Bar, Timeline

GAPS = "Grey: nothing could be seen, since no crawl ran or the sources could not be read. That is not zero."


async def timeline(datasette: Datasette, request: Request) -> Response:
    """The timeline as a page, as JSON, as CSV with every source by itself, or its chart as SVG or PNG."""
    archive = await open_context(datasette, request)
    params = parse_search_params(request)
    params = replace(params, filters=await join_author_names(archive, params.filters))
    if request.url_vars["format"] == "csv":
        return await table_download(
            archive,
            "attention",
            "csv",
            ATTENTION,
            lambda db: read_attention_rows(db, params.query, params.filters, params.unit),
        )

    def read(db: sqlite3.Connection, bounded: bool) -> tuple[Timeline, set[str]]:
        found = read_timeline(
            db,
            params.query,
            params.filters,
            unit=params.unit,
            widest=FEWEST_PAGES if bounded else MOST_PAGES,
            latest=LATEST if bounded else None,
        )
        bars = found.bars
        return found, read_days_seen_of_any(db, bars[0].since, bars[-1].until) if bars else set()

    form = request.url_vars["format"]
    with open_png(form) as draw:
        counted, seen = await archive.read_or_bound(read)
        if form == "json":
            return json_response(_timeline_as_dict(archive, params, counted))
        if form and not counted.bars and counted.problem:
            return refusal_response(counted.problem)
        links = {} if form == "png" else _find_links(archive, params, counted)
        chart = _make_chart(params, counted, seen, links)
        if form == "png":
            return await png_response(draw_svg(chart), draw, "attention.png")
        if form:
            return file_response(draw_svg(chart), "attention.svg", "image/svg+xml; charset=utf-8")
    return await html_response(
        archive,
        "attention.html",
        search=replace(params, page=1),
        timeline=counted,
        rows=_make_rows(archive, params, counted, links),
        svg=draw_svg(chart, alone=False),
        notes=chart.notes,
        gaps={chart.days[place] for place in chart.gaps},
    )


def _find_links(
    archive: ArchiveContext, params: SearchParams, counted: Timeline
) -> dict[tuple[str, str], str]:
    """The address of the articles of each bar, by its first day and source."""
    return {
        (bar.since, bar.source): archive.url(
            "search", params=params.in_days(bar.since, bar.until, bar.source)
        )
        for bar in counted.bars
        if bar.found
    }


def _make_chart(
    params: SearchParams, counted: Timeline, seen: set[str], links: dict[tuple[str, str], str]
) -> Chart:
    """A row of bars for each source, each bar with a link to its articles."""
    periods = [bars for _, bars in _latest_first(counted.bars)][::-1]
    gaps = {
        place
        for place, bars in enumerate(periods)
        if not any(bar.found for bar in bars) and not has_day(seen, bars[0].since, bars[0].until)
    }
    names = _names(counted)
    rows = [
        Series(
            names[key],
            tuple(bars[number].share if params.share else bars[number].found for bars in periods),
            links=tuple(links.get((bars[number].since, bars[number].source), "") for bars in periods),
        )
        for number, key in enumerate([key for key, *_ in counted.sources] + ([""] if counted.others else []))
    ]
    what = "share of all articles archived" if params.share else "articles"
    return Chart(
        title=f"{params.query or 'All articles'}: {what} by {counted.unit}, a row for each source",
        description="The table beside it has the same numbers.",
        days=tuple(bars[0].since for bars in periods),
        unit=counted.unit,
        rows=tuple(rows),
        rows_percent=params.share,
        gaps=frozenset(gaps),
        notes=(GAPS,) if gaps else (),
    )


def has_day(seen: set[str], first: str, last: str) -> bool:
    """Whether any day of a span was seen. Pure."""
    return any(first <= day <= last for day in seen)


class _Row(NamedTuple):
    """A period of the table, with a cell for all sources together and one for each shown."""

    since: str
    link: str
    whole: str
    cells: list[Cell]


def _make_rows(
    archive: ArchiveContext, params: SearchParams, counted: Timeline, links: dict[tuple[str, str], str]
) -> list[_Row]:
    def show(found: int, archived: int) -> str:
        if params.share:
            return formatting.percent(found / archived if archived else 0)
        return formatting.number(found)

    rows = []
    for since, bars in _latest_first(counted.bars):
        cells = [
            Cell(show(bar.found, bar.all), links.get((bar.since, bar.source), "") if bar.source else "")
            for bar in bars
        ]
        link = archive.url("search", params=params.in_days(since, bars[0].until))
        rows.append(_Row(since, link, show(sum(bar.found for bar in bars), bars[0].all), cells))
    return rows


def _names(counted: Timeline) -> dict[str, str]:
    return {key: name for key, name, _ in counted.sources} | {
        "": formatting.count(counted.others, "other source")
    }


def _latest_first(bars: tuple[Bar, ...]) -> list[tuple[str, list[Bar]]]:
    """Each period with its bars, the last period first; the sources keep their order."""
    return [(since, list(group)) for since, group in groupby(bars, key=lambda bar: bar.since)][::-1]


def _timeline_as_dict(archive: ArchiveContext, params: SearchParams, counted: Timeline) -> dict[str, Any]:
    names = _names(counted)
    return {
        "query": params.query,
        "unit": counted.unit,
        "share": params.share,
        "total": counted.total,
        "problem": f"{counted.problem} {params.problem}".strip(),
        "sources": [names[key] for key, *_ in counted.sources] + ([names[""]] if counted.others else []),
        "bars": [
            {
                "since": bar.since,
                "until": bar.until,
                "source": names[bar.source],
                "articles": bar.found,
                "archived": bar.all,
                "share": bar.share,
                "search": archive.url("search", params=params.in_days(bar.since, bar.until, bar.source)),
            }
            for bar in counted.bars
        ],
    }
