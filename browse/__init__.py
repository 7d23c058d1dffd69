"""A Datasette plugin, found by its entry point: pages for reading an archive of Clippings.

It reads through `pipelines.archive.search` and `pipelines.archive.views`, and never writes archive.db. What a person
saves goes into desk.db, by `pipelines.desk`.
"""

from __future__ import annotations

import re
from functools import wraps
from typing import TYPE_CHECKING, Any

from datasette import hookimpl
from datasette.utils.asgi import NotFound

from browse import context, datasette_pages, hosts, limits, login, warmup, writing
from browse.datasette_metadata import link_headline, tables_metadata
from browse.pages import (
    alarms,
    article,
    changes,
    compare,
    corrections,
    coverage,
    days,
    dossier_files,
    dossiers,
    evidence,
    front_pages,
    home,
    notes,
    saved,
    search,
    sources,
    stored_page,
    story,
    timeline,
    wanted,
    words,
)
from browse.responses import notice_response, static_name
from browse.spreadsheets import defuse_csv
from pipelines.desk.errors import DeskError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Awaitable, Callable, Generator

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response
    from markupsafe import Markup

    from browse.spreadsheets import App

    Page = Callable[[Datasette, Request], Awaitable[Response]]

CACHE_KIB = 64_000
"""KiB of the file that each of Datasette's connections keeps in memory. With SQLite's own 2 MB a search reads
the same index pages again and again."""


def _with_notices(view: Page) -> Page:
    """The view, with pages of ours for "not found", "too slow" and a desk that cannot be read."""

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
        except DeskError as error:
            heading, message, status = "The desk cannot be read", str(error), 500
        notice = await notice_response(datasette, request, status=status, heading=heading, message=message)
        if notice is None:
            raise NotFound(message)
        return notice

    return page


async def _unknown_page(datasette: Datasette, request: Request) -> Response:
    raise NotFound("There is no page at this address.")


@hookimpl
def register_routes() -> list[tuple[str, Page]]:
    """Our pages are below `/-/clippings/`, except the front page of the only archive."""
    archive = r"^/-/clippings/(?P<database>[^/]+)"
    one_article = r"/article/(?P<article>\d+)"
    one_dossier = r"/dossier/(?P<dossier>\d+)"
    routes: list[tuple[str, Page]] = [
        (r"^/$", home.home),
        (archive + r"/?$", home.front),
        (archive + r"/search(?:\.(?P<format>json|atom|csv|jsonl|ris|bib|csl\.json))?$", search.results),
        (archive + r"/attention(?:\.(?P<format>json|csv|svg|png))?$", timeline.timeline),
        (archive + r"/compare(?:\.(?P<format>json|csv|svg|png))?$", compare.compare),
        (archive + r"/words(?:\.(?P<format>json))?$", words.words),
        (archive + r"/calendar$", days.calendar),
        (archive + r"/day/(?P<day>[0-9-]+)(?:\.(?P<format>json))?$", days.day),
        (archive + r"/changes(?:\.(?P<format>atom|json|csv|ris|bib|csl\.json))?$", changes.changes),
        (archive + r"/sources(?:\.(?P<format>json|csv))?$", sources.sources),
        (archive + r"/sources/(?P<source>[^/]+)$", sources.source),
        (archive + r"/sources/(?P<source>[^/]+)/front(?:\.(?P<format>json|csv))?$", front_pages.front_page),
        (archive + r"/alarms(?:\.(?P<format>atom|json|csv))?$", alarms.alarms),
        (archive + r"/saved$", saved.saved),
        (archive + r"/wanted$", wanted.wanted),
        (archive + r"/corrections$", corrections.corrections),
        (archive + r"/dossiers$", dossiers.dossiers),
        (archive + r"/keep$", dossiers.keep),
        (
            archive + one_dossier + rf"(?:\.(?P<format>{'|'.join(map(re.escape, dossier_files.FORMS))}))?$",
            dossiers.dossier,
        ),
        (archive + one_dossier + r"/review$", dossiers.review),
        (archive + r"/notes$", notes.notes),
        (archive + r"/coverage(?:\.(?P<format>json|csv))?$", coverage.coverage),
        (archive + r"/coverage/urls(?:\.(?P<format>json|csv))?$", coverage.listed),
        (archive + one_article + r"$", article.article),
        (archive + one_article + r"/correct$", corrections.article_form),
        (archive + one_article + r"/changes$", article.difference),
        (archive + one_article + r"/story$", story.story),
        (archive + one_article + r"/story/compare$", story.compare),
        (archive + one_article + r"/cite\.(?P<format>txt|bib|ris|json)$", article.cite),
        (archive + one_article + r"/evidence$", evidence.evidence),
        (archive + one_article + r"/page$", article.capture),
        (archive + one_article + r"/page/as-fetched$", article.page_as_fetched),
        (archive + one_article + r"/page/record\.warc\.gz$", article.record),
        (archive + r"/asset/(?P<capture>\d+)$", stored_page.asset),
        (r"^/-/clippings(?:/.*)?$", _unknown_page),
    ]
    return [(path, _with_notices(view)) for path, view in routes]


@hookimpl(hookwrapper=True)
def handle_exception(
    datasette: Datasette, request: Request, exception: Exception
) -> Generator[None, Any, None]:
    """Raise the "not found" of an address that no route matches, before Datasette's own handler sees it.

    That handler prints exceptions with `rich` where it is installed, and `rich` fails outside of an `except`: the
    response would be 500 instead of 404. All other exceptions were raised already.
    """
    outcome = yield
    if isinstance(exception, NotFound) and exception.__traceback__ is None:
        outcome.force_result([_handle_raised(exception, handler) for handler in outcome.get_result()])


def _handle_raised(
    exception: NotFound, handler: Callable[[], Awaitable[Response]]
) -> Callable[[], Awaitable[Response]]:
    async def handle() -> Response:
        try:
            raise exception
        except NotFound:
            return await handler()

    return handle


@hookimpl
def get_metadata(datasette: Datasette, key: str, database: str, table: str) -> dict[str, Any]:
    """Describe the tables of every attached file as an archive's: so early it is not known which are archives."""
    files = [name for name, db in datasette.databases.items() if db.path is not None]
    return tables_metadata(files, described=key != "tables")


@hookimpl
def extra_css_urls(view_name: str, datasette: Datasette) -> list[str]:
    """Keep the rows of a table in sight below the meanings of its columns, and our links above every page."""
    ours = view_name in ("database", "table", "row")
    return [datasette.urls.static_plugins(static_name(), "tables.css")] if ours else []


@hookimpl
def extra_template_vars(
    datasette: Datasette, request: Request | None, database: str | None
) -> Callable[[], Awaitable[dict[str, Any]]]:
    """Where our style sheet is, for the page of the login, and our links for Datasette's pages."""

    async def find() -> dict[str, Any]:
        return await datasette_pages.find_links(datasette, request, database)

    return find


@hookimpl
def startup(datasette: Datasette) -> Callable[[], Awaitable[None]]:
    """Shorten the cells of tables, and warm up before the first request."""
    datasette_pages.shorten_cells(datasette)

    async def warm() -> None:
        await warmup.warm(datasette)

    return warm


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Give searches a larger cache, and keep SQL that a reader types within limits."""
    conn.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    limits.limit(conn)


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    """Answer to the names of the setting `hosts` only, where it is given, and write for pages of ours only.

    Defuses the CSV of Datasette's own pages.
    """
    allowed, desk = hosts.read_hosts(datasette), writing.read_desk_settings(datasette)
    return lambda app: hosts.answer_only(
        writing.refuse_cross_site(login.harden_cookies(defuse_csv(app), desk), desk), allowed
    )


@hookimpl
def forbidden(datasette: Datasette, request: Request, message: str) -> Response | None:
    """Lead a reader without a login to it, where there is one."""
    return login.lead_to_login(datasette, request)


@hookimpl
def render_cell(
    row: Any, value: object, column: str, table: str, database: str, datasette: Datasette
) -> Markup | None:
    """Link the headlines in Datasette's own table of articles to our pages."""
    return link_headline(row, value, column, table, database, datasette)


@hookimpl
def menu_links(datasette: Datasette) -> list[dict[str, str]]:
    """Lead from Datasette's own pages back to ours."""
    return [{"href": str(datasette.urls.instance()), "label": "Search the clippings"}]
