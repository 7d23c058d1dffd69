"""The front page of an archive, or the choice of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette.views.index import IndexView

from browse.context import find_archives, open_context
from browse.responses import html_response, ticks_response
from browse.shown_desk import open_shown
from browse.shown_hits import addresses_of_pictures, urls_of, with_corrections
from browse.visits import note_visit, read_visit
from pipelines.archive.search.search import search
from pipelines.archive.views.overview import count_archived_since, read_overview
from pipelines.archive.views.samples import read_samples

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from browse.context import ArchiveContext
    from pipelines.archive.search.search import Results
    from pipelines.archive.views.overview import Overview

NEWEST = 6
"""Articles on the front page."""


async def home(datasette: Datasette, request: Request) -> Response:
    """The front page of the only archive; a choice of several; without any, Datasette's own front page."""
    archives = await find_archives(datasette, request)
    if not archives:
        request.scope["url_route"]["kwargs"]["format"] = None
        return await IndexView(datasette).get(request)
    if len(archives) == 1:
        return await _front_page(archives[0])
    choices = [(archive, await archive.read(read_overview)) for archive in archives]
    return await html_response(archives[0], "choice.html", archives=choices)


async def front(datasette: Datasette, request: Request) -> Response:
    """The front page of the archive that the address names."""
    return await _front_page(await open_context(datasette, request))


async def _front_page(archive: ArchiveContext) -> Response:
    def read(db: sqlite3.Connection) -> tuple[Overview, Results, tuple[str, ...]]:
        return read_overview(db), search(db, "", limit=NEWEST), read_samples(db)

    overview, newest, samples = await archive.read(read)
    async with open_shown(archive) as desk:
        newest = with_corrections(newest, await desk.read(urls_of(newest)))
        keeping = await desk.read_keeping()
    pictures = await addresses_of_pictures(archive, newest)
    visit = read_visit(archive)
    response = await ticks_response(
        archive,
        "front.html",
        keeping,
        overview=overview,
        newest=newest,
        pictures=pictures,
        samples=samples,
        since=visit.since,
        new=await archive.read(lambda db: count_archived_since(db, visit.since)) if visit.since else 0,
    )
    return note_visit(archive, visit, response)
