"""Attention over time of several searches or sources on one chart: a page that needs no script, and files of the same numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from browse.context import LATEST, open_context
from browse.formatting import Cell, number, percent
from browse.params import FACETS, parse_search_params
from browse.pictures import open_png, png_response
from browse.responses import file_response, html_response, json_response, refusal_response
from browse.shown_desk import join_author_names
from pipelines.archive.export.attention_files import ENCODERS, as_dict, as_svg
from pipelines.archive.search.sources import source_names
from pipelines.archive.search.wide_prefixes import FEWEST_PAGES, MOST_PAGES
from pipelines.archive.views.attention import MOST_LINES, Asked, describe_gaps, is_partial, read_attention
from pipelines.archive.views.attention_chart import make_chart
from pipelines.charts.svg import draw_svg

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from browse.context import ArchiveContext
    from browse.params import Pairs, SearchParams
    from pipelines.archive.views.attention import Attention, Line, Period

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "svg": "image/svg+xml; charset=utf-8"}
CHOICES = {"1": True, "0": False}


@dataclass(frozen=True, slots=True)
class CompareParams:
    """The searches compared, what narrows them all, and how they are counted."""

    queries: tuple[str, ...]
    search: SearchParams
    each: bool | None

    @property
    def asked(self) -> Asked:
        """What is to be counted."""
        return Asked(self.queries, self.search.filters, self.search.unit, self.each)

    def params(self, **other: object) -> Pairs:
        """The parameters that lead here again, with another `unit` or `share`."""
        base = replace(self.search, query="", page=1, sort="relevance", **other)  # type: ignore[arg-type]
        each = [] if self.each is None else [("each", "1" if self.each else "0")]
        return [*(("q", query) for query in self.queries), *base.params, *each]

    def articles(self, line: Line, period: Period | None = None) -> Pairs:
        """The parameters of the search that finds the articles of a line, or of one of its numbers."""
        search = _of_line(self.search, line.query, line.sources)
        since, until = search.filters.since, search.filters.until
        if period is not None:
            since, until = max(period.since, since), min(period.until, until) if until else period.until
        return search.in_days(since, until)


@lru_cache(maxsize=100)
def _of_line(search: SearchParams, query: str, sources: tuple[str, ...]) -> SearchParams:
    return replace(search, query=query, filters=replace(search.filters, source=sources))


def parse_compare_params(request: Request) -> CompareParams:
    """Read the address; a query may stand in it several times. No address can fail."""
    search = parse_search_params(request, several=(*FACETS, "q"))
    queries = dict.fromkeys(" ".join(text.split()) for text in request.args.getlist("q"))
    return CompareParams(
        tuple(query for query in queries if query), search, CHOICES.get(request.args.get("each") or "")
    )


async def compare(datasette: Datasette, request: Request) -> Response:
    """The chart with its table, or the numbers as CSV or JSON, or the chart as SVG or PNG."""
    archive = await open_context(datasette, request)
    params = parse_compare_params(request)
    joined = await join_author_names(archive, params.search.filters)
    params = replace(params, search=replace(params.search, filters=joined))
    form = request.url_vars["format"]

    def read(db: sqlite3.Connection, bounded: bool) -> tuple[Attention, dict[str, str]]:
        found = read_attention(
            db,
            params.asked,
            widest=FEWEST_PAGES if bounded else MOST_PAGES,
            latest=LATEST if bounded else None,
        )
        return found, source_names(db)

    share = params.search.share
    with open_png(form) as draw:
        found, names = await archive.read_or_bound(read)
        problem = f"{found.problem} {params.search.problem}".strip()
        if form == "json":
            return json_response({**as_dict(found), "problem": problem})
        if form and problem and not found.periods:
            return refusal_response(problem)
        if form == "png":
            return await png_response(as_svg(found, share).decode(), draw, "attention.png")
        if form:
            return file_response(ENCODERS[form](found, share), f"attention.{form}", MEDIA_TYPES[form])
    return await html_response(
        archive,
        "compare.html",
        asked=params,
        search=params.search,
        names=names,
        found=found,
        problem=problem,
        notes=describe_gaps(found),
        svg=draw_svg(make_chart(found, share=share), alone=False) if found.periods else "",
        lines=(*found.lines, found.whole),
        rows=_make_rows(archive, params, found),
        more_fields=max(MOST_LINES - len(params.queries), 0),
    )


def _make_rows(
    archive: ArchiveContext, params: CompareParams, found: Attention
) -> list[tuple[str, list[Cell]]]:
    """The name of each period with a cell for each line and the whole, the last period first."""

    def make(place: int, period: Period, line: Line) -> Cell:
        count, share = line.counts[place], line.share(place)
        if count is None or (params.search.share and share is None):
            return Cell("–")
        shares = params.search.share and line is not found.whole
        shown = percent(share or 0) if shares else number(count)
        link = archive.url("search", params=params.articles(line, period)) if count else ""
        return Cell(shown, link, "*" if is_partial(found, line, place) else "")

    return [
        (
            period.since[:7] if found.unit == "month" else period.since,
            [make(place, period, line) for line in (*found.lines, found.whole)],
        )
        for place, period in reversed([*enumerate(found.periods)])
    ]
