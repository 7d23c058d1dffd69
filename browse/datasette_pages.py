"""What we add to Datasette's own pages of an archive: our links above them, and cells of a readable length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from browse.context import ArchiveContext, is_archive
from browse.responses import static_name

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

LONGEST_CELL = 120
"""Characters of a cell in Datasette's tables; the page of a row has all of it."""

DATASETTES_LONGEST_CELL = 2048
"""Datasette's own default: a hundred articles of that length are a page of 150,000 pixels and more."""

PAGES = (("Clippings", ""), ("Articles", "search"), ("Changes", "changes"), ("Sources", "sources"))


def shorten_cells(datasette: Datasette) -> None:
    """Cut the cells of tables after `LONGEST_CELL` characters, unless the owner has set another length."""
    if datasette.setting("truncate_cells_html") == DATASETTES_LONGEST_CELL:
        datasette._settings["truncate_cells_html"] = LONGEST_CELL  # there is no other way in for a plugin


async def find_links(datasette: Datasette, request: Request | None, database: str | None) -> dict[str, Any]:
    """The template variables of every page: where our style sheet is, and on Datasette's pages of an archive our links."""
    found: dict[str, Any] = {"clippings_static": static_name()}
    attached = datasette.databases.get(database or "")
    if request is None or attached is None or attached.path is None or not await is_archive(attached):
        return found
    url = ArchiveContext(datasette, request, attached).url
    found["clippings_links"] = [(label, url(page) if page else url()) for label, page in PAGES]
    return found
