"""Saved searches: those that tell what is new, and a form to save one. It writes into desk.db alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from datasette.utils.asgi import Response

from browse.context import open_context
from browse.forms import read_form, why_not
from browse.params import FACETS, parse_search_params
from browse.responses import html_response
from browse.writing import read_desk_settings
from pipelines.alerts.destinations import feed_name
from pipelines.archive.search.sources import source_names
from pipelines.desk.database import Desk, desk_path
from pipelines.desk.errors import DeskError
from pipelines.desk.records import FEED, STDOUT, SavedSearch
from pipelines.desk.reports import last_reports, undelivered
from pipelines.desk.searches import list_searches, remove_search, save_search
from pipelines.timestamps import now

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from browse.context import ArchiveContext
    from browse.params import Pairs, SearchParams
    from browse.writing import DeskSettings

KINDS: Final = {
    "new": "a new article",
    "revised": "any change by its publisher",
    "headline": "a changed headline",
    "correction": "a correction notice",
    "gone": "an article that is gone",
}
TICKED: Final = ("new", "correction", "gone")
WHERE: Final = {STDOUT: "the output of the crawl, which cron mails", FEED: "a feed, as a file in feeds/"}


async def saved(datasette: Datasette, request: Request) -> Response:
    """The list, with the form where the address has a search; or a form that was sent."""
    archive = await open_context(datasette, request)
    settings = read_desk_settings(datasette)
    if request.method != "POST":
        return await _page(archive, settings, why_not(archive))
    form = await read_form(archive)
    fields = form.fields
    path = desk_path(archive.path)
    try:
        if "remove" in form:
            await asyncio.to_thread(_remove, path, form.number("remove"))
        else:
            await asyncio.to_thread(_save, path, _read_form(archive, settings, fields))
    except ValueError as error:
        return await _page(archive, settings, "", problem=str(error), sent=fields, status=400)
    return Response.redirect(archive.url("saved"), status=303)


def _read_form(archive: ArchiveContext, settings: DeskSettings, fields: dict[str, list[str]]) -> SavedSearch:
    """The search of a form. Raises `ValueError` with the remedy."""
    params = parse_search_params(archive.request)
    allowed = {*settings.to, FEED}
    destinations = tuple(word for word in fields.get("to", ()) if word in allowed)
    if not destinations:
        raise ValueError("Tick where it is to report.")
    name = fields.get("name", [""])[0]
    taken = {feed_name(str(alert["name"])) for alert in settings.alerts}
    if feed_name(name) in taken:
        raise ValueError(f"clippings.toml has an alert named {name} already. Choose another name.")
    filters = tuple((facet, tuple(getattr(params.filters, facet))) for facet in FACETS)
    actor = archive.request.actor or {}
    return SavedSearch(
        name,
        params.query,
        tuple(fields.get("on", ())),
        destinations,
        filters,
        made_by=str(actor.get("id") or ""),
    )


def _save(path: Path, search: SavedSearch) -> None:
    with Desk(path) as desk:
        others = {feed_name(other.name) for other in list_searches(desk)}
        if feed_name(search.name) in others:
            raise DeskError(f"There is a saved search named {search.name} already. Choose another name.")
        save_search(desk, search, now())


def _remove(path: Path, number: int) -> None:
    with Desk(path) as desk:
        remove_search(desk, number)


def _read(path: Path) -> tuple[list[SavedSearch], dict[str, str], dict[str, Any]]:
    if not path.exists():
        return [], {}, {}
    with Desk(path) as desk:
        return list_searches(desk), last_reports(desk), dict(undelivered(desk))


async def _page(
    archive: ArchiveContext,
    settings: DeskSettings,
    refusal: str,
    *,
    problem: str = "",
    sent: dict[str, list[str]] | None = None,
    status: int = 200,
) -> Response:
    params = parse_search_params(archive.request)
    searches: list[SavedSearch] = []
    reported: dict[str, str] = {}
    late: dict[str, Any] = {}
    try:
        if settings.served is not None:
            searches, reported, late = await asyncio.to_thread(_read, desk_path(archive.path))
    except DeskError as error:
        refusal, status = str(error), 500
    defaults = {"on": list(TICKED), "to": [*settings.to, FEED], "name": [_suggest_name(params)]}
    sent = defaults if sent is None else sent
    return await html_response(
        archive,
        "saved.html",
        status=status,
        form=True,
        search=params,
        wanted=bool(params.query or any(getattr(params.filters, facet) for facet in FACETS)),
        left_out=_left_out(params),
        refusal=refusal,
        problem=problem,
        searches=searches,
        params_of=_params_of,
        reported=reported,
        late=late,
        in_file=settings.alerts,
        kinds=KINDS,
        ticked=sent.get("on", ()),
        where={word: WHERE.get(word, word) for word in dict.fromkeys((*settings.to, FEED))},
        chosen=sent.get("to", ()),
        name=sent.get("name", [""])[0],
        feed_name=feed_name,
        sources=await archive.read(source_names),
    )


def _suggest_name(params: SearchParams) -> str:
    return params.query[:60] or ", ".join(value for _, value in params.chosen)[:60]


def _params_of(search: SavedSearch) -> Pairs:
    """The parameters of the address that shows a saved search."""
    pairs = [("q", search.query)] if search.query else []
    return pairs + [(facet, value) for facet, values in search.filters for value in values]


def _left_out(params: SearchParams) -> bool:
    """Whether the search is narrowed by what an alert does not know: days and states."""
    given = params.filters
    return bool(given.since or given.until or given.archived_since) or any(
        state is not None for state in (given.changed, given.gone, given.paywalled)
    )
