"""What our pages that write into the desk share: who sent a form, and its fields; and what pages show of the desk."""

from __future__ import annotations

import asyncio
import getpass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs

from datasette.utils.asgi import Forbidden

from browse.writing import has_token, read_desk_settings, why_not_write
from pipelines.desk.database import desk_path
from pipelines.desk.errors import DeskError
from pipelines.desk.reading import NOTHING, read_desk_values

if TYPE_CHECKING:
    from collections.abc import Collection

    from browse.context import ArchiveContext
    from pipelines.desk.reading import DeskValues

LONGEST_FORM = 20_000
"""Bytes of a form."""


def refusal_of(archive: ArchiveContext) -> str:
    """Why this reader may write nothing, in a sentence, or ""."""
    settings = read_desk_settings(archive.datasette)
    return why_not_write(settings, archive.request.actor, archive.request.scope.get("headers", ()))


async def read_form(archive: ArchiveContext) -> dict[str, str]:
    """The fields of a form that a page of ours sent. Raises Datasette's `Forbidden` for any other."""
    if refusal := refusal_of(archive):
        raise Forbidden(refusal)
    body = await archive.request.post_body()
    fields = parse_qs(body[:LONGEST_FORM].decode("utf-8", "replace"), keep_blank_values=True)
    form = {name: values[0] for name, values in fields.items()}
    if len(body) > LONGEST_FORM or not has_token(archive.request, form):
        raise Forbidden("This was not sent by a page of this archive, and was not done.")
    return form


def who(archive: ArchiveContext) -> str:
    """The login of the reader, else the name of the account that the program runs under: it serves that person alone."""
    if archive.request.actor:
        return str(archive.request.actor.get("id") or "")
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name
        return ""


def has_desk(archive: ArchiveContext) -> bool:
    """Whether the desk is shown: not by plain `datasette`, which may publish a file to anybody."""
    return read_desk_settings(archive.datasette).served is not None


class ShownDesk(NamedTuple):
    """What a page shows of the desk; `problem` says why that is nothing."""

    values: DeskValues
    problem: str = ""


async def read_shown(archive: ArchiveContext, urls: Collection[str] | None = None) -> ShownDesk:
    """Corrections of these articles (of all for None) and joined names of authors."""
    if not has_desk(archive):
        return ShownDesk(NOTHING)
    try:
        return ShownDesk(await asyncio.to_thread(read_desk_values, desk_path(archive.path), urls))
    except DeskError as error:
        return ShownDesk(NOTHING, f"Corrections are not shown: {error}")
