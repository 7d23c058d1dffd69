"""The front page of a day: which articles stood on a source's home page, or one of its sections, and how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette.utils import tilde_decode
from datasette.utils.asgi import NotFound

from browse.context import open_context
from browse.downloads import table_download
from browse.param_checks import describe_unused_params
from browse.params import params_of
from browse.responses import ticks_response
from browse.shown_desk import read_keeping
from pipelines.archive.export.tables import PLACEMENTS, read_placement_rows
from pipelines.archive.views.front_page import read_front_page
from pipelines.timestamps import is_day

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response


async def front_page(datasette: Datasette, request: Request) -> Response:
    """What stood on the page `of` (its address, else the home page) on `day` (else the last); a file has all days and pages."""
    archive = await open_context(datasette, request)
    source = tilde_decode(request.url_vars["source"])
    if form := request.url_vars["format"]:
        return await table_download(
            archive,
            "placements",
            form,
            PLACEMENTS,
            lambda db: read_placement_rows(db, (source,), "", ""),
        )
    problems = describe_unused_params(params_of(request), ("day", "of"), {})
    day = (request.args.get("day") or "").strip()
    if day and not is_day(day):
        problems.append(f"“{day[:40]}” is no day; write 2026-11-20. This is the last day.")
        day = ""
    found = await archive.read(lambda db: read_front_page(db, source, request.args.get("of") or "", day))
    if found is None:
        raise NotFound(f"No crawl has noted a home or section page of {source}.")
    if (wanted := request.args.get("of")) and wanted != found.page.url:
        problems.append("That page was never noted; this is the home page.")
    keeping = await read_keeping(archive)
    return await ticks_response(
        archive,
        "front_page.html",
        keeping,
        found=found,
        problem=" ".join(problems),
    )
