"""A Datasette plugin, found by its entry point: pages made for reading an archive of Clippings."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from datasette import hookimpl
from datasette.utils.asgi import NotFound

from browse import context, warmup
from browse.datasette_metadata import cell, metadata
from browse.pages import alarms, article, coverage, news, search

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Awaitable, Callable

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response
    from markupsafe import Markup

    Page = Callable[[Datasette, Request], Awaitable[Response]]

CACHE_KIB = 64_000
"""Of the file that each of Datasette's connections keeps in memory; SQLite's own 2 MB make a search read
the same index pages again and again."""


def _page(view: Page) -> Page:
    """A view whose "not found" and "too slow" are pages of ours."""

    @wraps(view)
    async def page(datasette: Datasette, request: Request) -> Response:
        try:
            return await view(datasette, request)
        except NotFound as error:
            heading, message, status = "Not found", str(error), 404
        except context.TooSlowError:
            seconds = context.LONGEST_MS / 1000
            message = f"This took longer than {seconds:g} seconds and was stopped. Narrow it: fewer days, or one source."
            heading, status = "This takes too long", 503
        here = await context.archives(datasette, request)
        if not here:
            raise NotFound(message)
        return await here[0].page("notice.html", status=status, heading=heading, message=message)

    return page


@hookimpl
def register_routes() -> list[tuple[str, Page]]:
    """Our pages are below `/-/clippings/`, but for the front page of the only archive."""
    place = r"^/-/clippings/(?P<database>[^/]+)"
    number = r"/article/(?P<article>\d+)"
    routes: list[tuple[str, Page]] = [
        (r"^/$", search.home),
        (place + r"/?$", search.front),
        (place + r"/search(?:\.(?P<format>json|atom|csv))?$", search.results),
        (place + r"/attention(?:\.(?P<format>json))?$", search.over_time),
        (place + r"/changes(?:\.(?P<format>atom))?$", news.changes),
        (place + r"/sources$", news.sources),
        (place + r"/sources/(?P<source>[^/]+)$", news.source),
        (place + r"/alarms(?:\.(?P<format>atom))?$", alarms.alarms),
        (place + r"/coverage(?:\.(?P<format>json|csv))?$", coverage.coverage),
        (place + r"/coverage/urls(?:\.(?P<format>json|csv))?$", coverage.listed),
        (place + number + r"$", article.article),
        (place + number + r"/changes$", article.difference),
        (place + number + r"/cite\.(?P<format>txt|bib|ris|json)$", article.cite),
        (place + number + r"/page$", article.capture),
        (place + number + r"/page/as-fetched$", article.raw),
        (place + number + r"/page/record\.warc\.gz$", article.record),
    ]
    return [(path, _page(view)) for path, view in routes]


@hookimpl
def get_metadata(datasette: Datasette, key: str, database: str, table: str) -> dict[str, Any]:
    """Describe the archive's tables in every attached file: which are archives is not known so early."""
    return metadata([name for name in datasette.databases if not name.startswith("_")])


@hookimpl
def startup(datasette: Datasette) -> Callable[[], Awaitable[None]]:
    """Do before the first reader comes what he would wait for."""

    async def before_the_first_reader() -> None:
        await warmup.warm(datasette)

    return before_the_first_reader


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Give searching room."""
    conn.execute(f"PRAGMA cache_size = -{CACHE_KIB}")


@hookimpl
def render_cell(
    row: Any, value: object, column: str, table: str, database: str, datasette: Datasette
) -> Markup | None:
    """On Datasette's own page of articles, a headline leads to our page of it."""
    return cell(row, value, column, table, database, datasette)


@hookimpl
def menu_links(datasette: Datasette) -> list[dict[str, str]]:
    """From Datasette's own pages back to ours."""
    return [{"href": str(datasette.urls.instance()), "label": "Search the clippings"}]
