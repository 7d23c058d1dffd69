"""What a page or a file shows of the desk beside an article: corrections and joined names. Never writes, makes no file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from pipelines.desk.aliases import read_aliases
from pipelines.desk.corrections import read_corrected
from pipelines.desk.database import BUSY_TIMEOUT
from pipelines.desk.errors import DeskError, desk_errors
from pipelines.desk.schema import APPLICATION_ID

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from pipelines.items import Corrected


class DeskValues(NamedTuple):
    """Corrections by the address of their article, and names of authors that stand for another."""

    corrected: dict[str, Corrected]
    aliases: dict[str, str]


NOTHING = DeskValues({}, {})


def read_desk_values(path: Path, urls: Collection[str] | None = None) -> DeskValues:
    """Read the corrections of these articles (of all for None) and all joined names; nothing where there is no desk.

    Raises `DeskError`.
    """
    if not path.exists():
        return NOTHING
    uri = (
        f"{path.absolute().as_uri()}?mode=rw"  # a journal that a killed program left can then be rolled back
    )
    with desk_errors(path), closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT)) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables and db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise DeskError(
                f"{path} is an SQLite file of something else. Move it: Clippings keeps its desk there."
            )
        if "corrections" not in tables:
            return NOTHING  # of an older Clippings
        db.execute("PRAGMA query_only = ON")
        return DeskValues(read_corrected(db, urls), read_aliases(db))
