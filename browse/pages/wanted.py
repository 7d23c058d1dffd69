"""Pages to archive: an address that a person asks the next crawl for, and what became of those asked for before."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote

from datasette.utils.asgi import Response

from browse import formatting
from browse.context import open_context
from browse.forms import has_desk, read_form, who, why_not
from browse.responses import html_response
from pipelines.archive.views.held import find_held, read_own_hosts
from pipelines.desk.database import Desk, desk_path
from pipelines.desk.errors import DeskError
from pipelines.desk.wanted_pages import (
    DONE,
    WAITING,
    ask_for,
    check_address,
    list_wanted,
    take_back,
)
from pipelines.timestamps import now

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from browse.context import ArchiveContext
    from pipelines.desk.wanted_pages import WantedPage


async def wanted(datasette: Datasette, request: Request) -> Response:
    """The list with a form; or a form that was sent. `?url=` fills the form, as the bookmarklet does; only a form writes."""
    archive = await open_context(datasette, request)
    if request.method != "POST":
        return await _page(archive, request.args.get("url") or "")
    form = await read_form(archive)
    path, name = desk_path(archive.path), archive.path.name
    typed = form.text("url")
    params: list[tuple[str, str]] = []
    try:
        if "remove" in form:
            await asyncio.to_thread(_remove, path, name, form.number("remove"))
        else:
            checked = check_address(typed, await archive.read(read_own_hosts))
            if held := (await archive.read(lambda db: find_held(db, [checked.url]))).get(checked.url):
                return Response.redirect(archive.url("wanted", params=[("held", str(held))]), status=303)
            await asyncio.to_thread(_ask, path, name, checked.url, who(archive))
            params = [("login", "left-out")] if checked.had_login else []
    except ValueError as error:
        return await _page(archive, typed, problem=str(error), status=400)
    return Response.redirect(archive.url("wanted", params=params), status=303)


def _ask(path: Path, name: str, url: str, by: str) -> None:
    with Desk(path) as desk:
        ask_for(desk, name, url, by=by, at=now())


def _remove(path: Path, name: str, number: int) -> None:
    with Desk(path) as desk:
        take_back(desk, name, number)


def _read(path: Path, name: str) -> list[WantedPage]:
    if not path.exists():
        return []
    with Desk(path) as desk:
        return list_wanted(desk.db, name)


async def _page(archive: ArchiveContext, typed: str, *, problem: str = "", status: int = 200) -> Response:
    refusal = why_not(archive)
    pages: list[WantedPage] = []
    try:
        if has_desk(archive):
            pages = await asyncio.to_thread(_read, desk_path(archive.path), archive.path.name)
    except DeskError as error:
        refusal, status = str(error), 500
    held = await archive.read(lambda db: find_held(db, [page.url for page in pages]))
    already = archive.request.args.get("held") or ""
    return await html_response(
        archive,
        "wanted.html",
        status=status,
        form=True,
        refusal=refusal,
        problem=problem,
        typed=typed,
        already=already if already.isdecimal() and len(already) < 10 else "",
        login_left_out=archive.request.args.get("login") == "left-out",
        pages=[(page, describe(page, page.url in held), held.get(page.url)) for page in pages],
        bookmarklet=bookmarklet(archive.absolute(archive.url("wanted"))),
    )


def describe(page: WantedPage, is_held: bool) -> str:
    """What became of an address, in words. Pure."""
    reason = f": {page.reason}" if page.reason else ""
    if page.state == WAITING and not page.tries:
        waits = f" (not reached by the last one{reason})" if page.outcome else ""
        return f"Waits for the next crawl{waits}"
    if page.state == WAITING:
        return f"Failed in {formatting.count(page.tries, 'crawl')}{reason}. The next crawl tries it again"
    if is_held:
        return "Archived"
    if page.state == DONE:
        return "Was archived, and is in this archive no longer"
    return f"Not archived. {formatting.OUTCOMES.get(page.outcome, page.outcome)}{reason}"


def bookmarklet(address: str) -> str:
    """A bookmark that opens our page with the address of the page it is used on. Pure."""
    return (
        f"javascript:location.href='{quote(address, safe='/:~@.-_')}?url='+encodeURIComponent(location.href)"
    )
