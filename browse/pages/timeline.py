"""The timeline of a search: a chart, and its table of numbers."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from browse import formatting
from browse.context import LATEST, open_context
from browse.desk_forms import join_author_names
from browse.downloads import table_download
from browse.params import parse_search_params
from browse.responses import html_response, json_response
from pipelines.archive.export.tables import ATTENTION, read_attention_rows
from pipelines.archive.search.timeline import read_timeline
from pipelines.archive.search.wide_prefixes import FEWEST_PAGES, MOST_PAGES

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from browse.context import ArchiveContext
    from browse.params import SearchParams
    from pipelines.archive.search.timeline import Bar, Timeline


async def timeline(datasette: Datasette, request: Request) -> Response:
    """The timeline as a page, as JSON, or as CSV with every source by itself."""
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
    counted = await archive.read_or_bound(
        lambda db, bounded: read_timeline(
            db,
            params.query,
            params.filters,
            unit=params.unit,
            widest=FEWEST_PAGES if bounded else MOST_PAGES,
            latest=LATEST if bounded else None,
        )
    )
    numbers = _timeline_as_dict(archive, params, counted)
    if request.url_vars["format"] == "json":
        return json_response(numbers)
    return await html_response(
        archive,
        "attention.html",
        script=True,
        search=replace(params, page=1),
        timeline=counted,
        periods=_latest_first(counted.bars),
        numbers=numbers,
        vega=archive.datasette.urls.static_plugins("datasette-dashboards", ""),
    )


def _latest_first(bars: tuple[Bar, ...]) -> list[tuple[str, list[Bar]]]:
    """Each period with its bars, the last period first; the sources keep their order."""
    return [(since, list(group)) for since, group in groupby(bars, key=lambda bar: bar.since)][::-1]


def _timeline_as_dict(archive: ArchiveContext, params: SearchParams, counted: Timeline) -> dict[str, Any]:
    names = {key: name for key, name, _ in counted.sources}
    names[""] = formatting.count(counted.others, "other source")
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
