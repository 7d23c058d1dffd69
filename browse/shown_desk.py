"""What pages show of the desk: corrections, and names of authors that are joined."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from browse.forms import has_desk, read_desk, why_not
from pipelines.archive.search.authors import join_names
from pipelines.desk.database import desk_path
from pipelines.desk.dossiers import list_dossiers
from pipelines.desk.errors import DeskError
from pipelines.desk.reading import NOTHING, DeskReader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from browse.context import ArchiveContext
    from pipelines.archive.search.match import Filters
    from pipelines.desk.dossier_records import Dossier
    from pipelines.desk.reading import DeskValues


class ShownDesk(NamedTuple):
    """What a page shows of the desk; `problem` says why that is nothing."""

    values: DeskValues
    problem: str = ""


class OpenDesk:
    """The desk of one request: opened once, and asked for whatever its page shows. `problem` says why it is not open."""

    def __init__(self, archive: ArchiveContext, reader: DeskReader | None, problem: str) -> None:
        self.archive = archive
        self.reader = reader
        self.problem = problem

    async def read(self, urls: Collection[str] | None = None) -> ShownDesk:
        """Corrections of these articles (of all for None) and joined names of authors."""
        if self.reader is None:
            return ShownDesk(NOTHING, self.problem)
        try:
            return ShownDesk(await asyncio.to_thread(self.reader.read_values, urls))
        except DeskError as error:
            return ShownDesk(NOTHING, _not_shown(error))

    async def read_keeping(self) -> list[Dossier] | None:
        """The dossiers into which the articles of a list may be put; None where this reader may put none."""
        if self.reader is None or why_not(self.archive):
            return None
        try:
            if self.reader.is_outdated:  # opening it for writing brings it up to date
                return await read_desk(self.archive, list_dossiers, [])
            return await asyncio.to_thread(self.reader.list_dossiers)
        except DeskError:
            return None  # the dossiers' own page says why


@asynccontextmanager
async def open_shown(archive: ArchiveContext) -> AsyncIterator[OpenDesk]:
    """The desk of the archive for the time of one request."""
    reader, problem = None, ""
    if has_desk(archive):
        try:
            reader = await asyncio.to_thread(DeskReader, desk_path(archive.path))
        except DeskError as error:
            problem = _not_shown(error)
    try:
        yield OpenDesk(archive, reader, problem)
    finally:
        if reader is not None:
            reader.close()


def _not_shown(error: DeskError) -> str:
    return f"Corrections are not shown: {error}"


async def read_shown(archive: ArchiveContext, urls: Collection[str] | None = None) -> ShownDesk:
    """Corrections of these articles (of all for None) and joined names of authors, where a page shows nothing else."""
    async with open_shown(archive) as desk:
        return await desk.read(urls)


async def read_keeping(archive: ArchiveContext) -> list[Dossier] | None:
    """The dossiers into which articles may be put, where a page shows nothing else of the desk; None where none may."""
    async with open_shown(archive) as desk:
        return await desk.read_keeping()


async def join_author_names(archive: ArchiveContext, filters: Filters) -> Filters:
    """The filters with all names of each author."""
    aliases = (await read_shown(archive, ())).values.aliases if filters.author else {}
    return await archive.read(lambda db: join_names(db, filters, aliases)) if aliases else filters
