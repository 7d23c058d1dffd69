"""What pages show of the desk: corrections, and names of authors that are joined."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from browse.forms import has_desk
from pipelines.archive.search.authors import join_names
from pipelines.desk.database import desk_path
from pipelines.desk.errors import DeskError
from pipelines.desk.reading import NOTHING, read_desk_values

if TYPE_CHECKING:
    from collections.abc import Collection

    from browse.context import ArchiveContext
    from pipelines.archive.search.match import Filters
    from pipelines.desk.reading import DeskValues


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
