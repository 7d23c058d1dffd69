"""The sources and how they are, and the page of one source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette.utils import tilde_decode
from datasette.utils.asgi import NotFound

from browse.context import open_context
from browse.downloads import table_download
from browse.forms import has_desk, why_not
from browse.responses import html_response
from pipelines.archive.export.tables import SOURCES, read_source_rows
from pipelines.archive.search.results import articles_at
from pipelines.archive.views.crawls import read_crawl_starts
from pipelines.archive.views.front_page import list_front_pages
from pipelines.archive.views.overview import read_overview
from pipelines.archive.views.source import read_source
from pipelines.archive.views.source_health import CRAWLS, read_sources
from pipelines.timestamps import days_before

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from pipelines.archive.views.overview import Overview
    from pipelines.archive.views.source import SourceView
    from pipelines.archive.views.source_health import SourceHealth

CHART_DAYS = 56
"""Days of the chart of a source: eight weeks."""


async def sources(datasette: Datasette, request: Request) -> Response:
    """All sources, the ailing first, as a page or as a file."""
    archive = await open_context(datasette, request)
    if form := request.url_vars["format"]:
        return await table_download(archive, "sources", form, SOURCES, read_source_rows)

    def read(db: sqlite3.Connection) -> tuple[list[SourceHealth], Overview, set[str]]:
        return read_sources(db), read_overview(db), {page.source for page in list_front_pages(db)}

    found, overview, fronts = await archive.read(read)
    may_ask = has_desk(archive) and not why_not(archive)
    return await html_response(
        archive,
        "sources.html",
        form=may_ask,
        may_ask=may_ask,
        sources=found,
        overview=overview,
        fronts=fronts,
    )


async def source(datasette: Datasette, request: Request) -> Response:
    """One source: its state, days, crawls, listings, failures and learned boilerplate."""
    archive = await open_context(datasette, request)
    key = tilde_decode(request.url_vars["source"])

    def read(db: sqlite3.Connection) -> tuple[SourceView | None, dict[str, int], dict[int, str]]:
        found = read_source(db, key)
        urls = [url for alarm in found.health.alarms for url in alarm.evidence] if found else []
        return found, articles_at(db, urls), read_crawl_starts(db, CRAWLS)

    found, articles, crawl_starts = await archive.read(read)
    if found is None:
        raise NotFound(f"There is no source {key} in this archive.")
    days = _fill_days(found.days)
    return await html_response(
        archive,
        "source.html",
        source=found,
        health=found.health,
        days=days,
        most=max((articles for _, articles in days), default=0),
        lowest_agreement=min((at.agreement for at in found.agreements), default=0.0),
        articles=articles,
        crawl_starts=crawl_starts,
        has_front=bool(await archive.read(lambda db: list_front_pages(db, key))),
    )


def _fill_days(days: tuple[tuple[str, int], ...]) -> list[tuple[str, int]]:
    """The `CHART_DAYS` days up to the newest day with articles, in order, days without any among them."""
    counted = dict(days)
    if not counted:
        return []
    last = max(counted)
    span = [days_before(last, back) for back in range(CHART_DAYS - 1, -1, -1)]
    return [(day, counted.get(day, 0)) for day in span]
