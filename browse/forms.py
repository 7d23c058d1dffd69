"""Forms that write into desk.db: read from a request that may write, and from nobody else."""

from __future__ import annotations

import asyncio
import getpass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qs

from datasette.utils.asgi import Forbidden

from browse.writing import has_token, read_desk_settings, why_not_write
from pipelines.desk.database import Desk, desk_path
from pipelines.desk.dossier_records import Edit
from pipelines.desk.errors import desk_errors
from pipelines.timestamps import now

if TYPE_CHECKING:
    from collections.abc import Callable

    from browse.context import ArchiveContext

T = TypeVar("T")
MOST_AT_ONCE = 200
"""Articles that one form puts into a dossier."""
LONGEST_FORM = 400_000
"""Bytes of a form: a page of long addresses, or a long note in a script of four bytes a letter."""


class Form:
    """The fields of a form that was sent by a page of ours."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self.fields = fields

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def text(self, name: str) -> str:
        """The first value of a field; "" without one."""
        return self.fields.get(name, [""])[0]

    def first(self) -> dict[str, str]:
        """The first value of each field."""
        return {name: values[0] for name, values in self.fields.items()}

    def all(self, name: str) -> list[str]:
        """All values of a field, each once, in their order."""
        return list(dict.fromkeys(self.fields.get(name, [])))

    def number(self, name: str) -> int:
        """A number that is not negative; 0 for anything else."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def why_not(archive: ArchiveContext) -> str:
    """Why this reader may not write into the desk, in a sentence, or ""."""
    request = archive.request
    settings = read_desk_settings(archive.datasette)
    return why_not_write(settings, request.actor, request.scope.get("headers", ()))


def has_desk(archive: ArchiveContext) -> bool:
    """Whether this is `clippings browse`, which shows the desk: plain `datasette` has none."""
    return read_desk_settings(archive.datasette).served is not None


async def read_form(archive: ArchiveContext) -> Form:
    """The form that was sent. Raises `Forbidden` for whoever may not write, and for what no page of ours sent."""
    if refusal := why_not(archive):
        raise Forbidden(refusal)
    body = await archive.request.post_body()
    fields = parse_qs(body[:LONGEST_FORM].decode("utf-8", "replace"), keep_blank_values=True)
    form = Form(fields)
    if len(body) > LONGEST_FORM or not has_token(archive.request, form.first()):
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


def edit_of(archive: ArchiveContext, form: Form) -> Edit:
    """Who changes something, now, and the edition that the form was made from."""
    return Edit(str((archive.request.actor or {}).get("id") or ""), now(), form.number("edition"))


async def with_desk(archive: ArchiveContext, work: Callable[[Desk], T]) -> T:
    """Call `work` with the desk open, in a thread. Raises `DeskError`, and what `work` raises."""

    def run() -> T:
        path = desk_path(archive.path)
        with desk_errors(path), Desk(path) as desk:
            return work(desk)

    return await asyncio.to_thread(run)


async def read_desk(archive: ArchiveContext, read: Callable[[Desk], T], otherwise: T) -> T:
    """As `with_desk`, for reading: a desk that is not there is not made, and `otherwise` is returned."""
    if not has_desk(archive) or not desk_path(archive.path).exists():
        return otherwise
    return await with_desk(archive, read)
