"""What our pages that write into the desk share: who sent a form, and its fields; and what pages show of the desk."""

from __future__ import annotations

import asyncio
import getpass
from typing import TYPE_CHECKING, NamedTuple

from browse import forms
from pipelines.archive.search.authors import join_names
from pipelines.desk.database import desk_path
from pipelines.desk.errors import DeskError
from pipelines.desk.reading import NOTHING, read_desk_values

if TYPE_CHECKING:
    from collections.abc import Collection

    from browse.context import ArchiveContext
    from pipelines.archive.search.match import Filters
    from pipelines.desk.reading import DeskValues


def refusal_of(archive: ArchiveContext) -> str:
    """Why this reader may write nothing, in a sentence, or ""."""
    return forms.why_not(archive)


async def read_form(archive: ArchiveContext) -> dict[str, str]:
    """The fields of a form that a page of ours sent. Raises Datasette's `Forbidden` for any other."""
    form = await forms.read_form(archive)
    return {name: values[0] for name, values in form.fields.items()}


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
    return forms.has_desk(archive)


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


async def join_author_names(archive: ArchiveContext, filters: Filters) -> Filters:
    """The filters with all names of each author."""
    aliases = (await read_shown(archive, ())).values.aliases if filters.author else {}
    return await archive.read(lambda db: join_names(db, filters, aliases)) if aliases else filters
