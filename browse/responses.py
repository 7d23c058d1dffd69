"""What pages answer with: HTML under our Content-Security-Policy, JSON, CSV, Atom feeds, files and notices."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Response

from browse import formatting
from browse.context import find_archives
from browse.forms import MOST_AT_ONCE
from browse.our_templates import get_template
from browse.writing import read_desk_settings
from pipelines import atom

if TYPE_CHECKING:
    from collections.abc import Iterable

    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from browse.context import ArchiveContext
    from pipelines.desk.dossier_records import Dossier

POLICY = (
    "default-src 'none'; style-src 'self'; script-src {script}; img-src {images}; connect-src 'none'; "
    "frame-src {frames}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FILE_POLICY = "default-src 'none'"
"""The policy of whatever is no page: a browser that shows it all the same loads and runs nothing."""


def security_headers(policy: str = FILE_POLICY, *, form: bool = False) -> dict[str, str]:
    """The headers of all our responses: the Content-Security-Policy, and what is the same for all.

    With `form` the page sends one by POST: without a referrer policy of `same-origin` browsers would say `Origin: null`.
    """
    return {
        "content-security-policy": policy,
        "referrer-policy": "same-origin" if form else "no-referrer",
        "x-content-type-options": "nosniff",
        "cross-origin-opener-policy": "same-origin",
    }


@cache
def static_name() -> str:
    """The name by which Datasette serves our files: that of the installed distribution, whatever it is called."""
    from datasette.plugins import get_plugins  # loading it loads us

    own = Path(__file__).parent / "static"
    return next(
        str(plugin["name"])
        for plugin in get_plugins()
        if plugin["static_path"] and Path(plugin["static_path"]).resolve() == own.resolve()
    )


async def html_response(
    archive: ArchiveContext,
    template: str,
    *,
    status: int = 200,
    script: bool = False,
    frames: bool = False,
    images: str = "",
    form: bool = False,
    **values: Any,
) -> Response:
    """One of our templates as a page. `script`, `frames`, `images` (an origin) and `form` (by POST) widen its policy."""
    body = await archive.datasette.render_template(
        get_template(archive.datasette, template),
        {
            "archive": archive,
            "formatting": formatting,
            "url": archive.url,
            "file_url": archive.file_url,
            "static_name": static_name(),
            "most_at_once": MOST_AT_ONCE,
            "has_desk": read_desk_settings(archive.datasette).served is not None,
            **values,
        },
        request=archive.request,
    )
    policy = POLICY.format(
        script="'self'" if script else "'none'",
        images=f"'self' {images}".strip(),
        frames="'self'" if frames else "'none'",
    )
    return Response.html(body, status=status, headers=security_headers(policy, form=form))


async def ticks_response(
    archive: ArchiveContext, template: str, keeping: list[Dossier] | None, **values: Any
) -> Response:
    """A page with a list of articles: they can be ticked for the dossiers of `keeping`, unless that is None."""
    return await html_response(
        archive, template, script=True, form=keeping is not None, keeping=keeping, **values
    )


def json_response(data: Any) -> Response:
    """The data as JSON."""
    return Response.json(data, headers=security_headers())


def file_response(body: str | bytes, name: str, content_type: str, *, policy: str = FILE_POLICY) -> Response:
    """A file that the browser saves under this name."""
    headers = security_headers(policy) | {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, headers=headers, content_type=content_type)


def refusal_response(why: str) -> Response:
    """A line of text in place of a file that would be empty because its address was not understood."""
    return Response.text(why.strip() + "\n", status=400, headers=security_headers())


def atom_response(
    archive: ArchiveContext,
    page: str,
    params: list[tuple[str, str]],
    *,
    key: str,
    title: str,
    entries: Iterable[atom.FeedEntry],
) -> Response:
    """A feed of one of our pages with these parameters; `key` makes the feed's id."""
    body = atom.atom_feed(
        key=key,
        title=title,
        page=archive.absolute(archive.url(page, params=params)),
        address=archive.absolute(archive.file_url(page, params=params)),
        entries=entries,
    )
    return Response(body, headers=security_headers(), content_type="application/atom+xml; charset=utf-8")


async def notice_response(
    datasette: Datasette, request: Request, *, status: int, heading: str, message: str
) -> Response | None:
    """A page that says why there is nothing else to show; None where no archive is attached to lead back to."""
    archives = await find_archives(datasette, request)
    if not archives:
        return None
    return await html_response(archives[0], "notice.html", status=status, heading=heading, message=message)
