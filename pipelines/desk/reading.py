"""What a page or a file shows of the desk beside an article: corrections and joined names. Never writes, makes no file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from pipelines.desk.database import BUSY_TIMEOUT
from pipelines.desk.errors import DeskError, desk_errors
from pipelines.desk.schema import APPLICATION_ID, STEPS

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from pipelines.desk.dossier_records import Dossier
    from pipelines.items import Corrected


class DeskValues(NamedTuple):
    """Corrections by the address of their article, and names of authors that stand for another."""

    corrected: dict[str, Corrected]
    aliases: dict[str, str]


NOTHING = DeskValues({}, {})


class DeskReader:
    """The desk, open for all that one page shows of it; with nothing in it where there is none, or an older one has it not.

    Raises `DeskError`. Must be closed. Any thread may call it, one at a time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db: sqlite3.Connection | None = None
        self.tables: frozenset[str] = frozenset()
        self.is_outdated = False
        """Whether it has an older shape than today's."""
        if not path.exists():
            return
        with desk_errors(path):
            # "rw": a journal that a killed program left can then be rolled back.
            uri = f"{path.absolute().as_uri()}?mode=rw"
            self.db = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT, check_same_thread=False)
            try:
                self._prepare(self.db)
            except BaseException:
                self.db.close()
                raise

    def _prepare(self, db: sqlite3.Connection) -> None:
        names = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        self.tables = frozenset(name for (name,) in names)
        if self.tables and db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise DeskError(
                f"{self.path} is an SQLite file of something else. Move it: Clippings keeps its desk there."
            )
        self.is_outdated = db.execute("PRAGMA user_version").fetchone()[0] < len(STEPS)
        db.execute("PRAGMA query_only = ON")

    def read_values(self, urls: Collection[str] | None = None) -> DeskValues:
        """The corrections of these articles (of all for None) and all joined names. Raises `DeskError`."""
        if self.db is None or "corrections" not in self.tables:
            return NOTHING
        from pipelines.desk.aliases import read_aliases  # most searches have no desk, and these take 30 ms
        from pipelines.desk.corrections import read_corrected

        with desk_errors(self.path):
            return DeskValues(read_corrected(self.db, urls), read_aliases(self.db))

    def list_dossiers(self) -> list[Dossier]:
        """All dossiers, the last changed first, of a desk of today's shape. Raises `DeskError`."""
        if self.db is None or self.is_outdated:
            return []
        from pipelines.desk.dossiers import read_dossiers

        with desk_errors(self.path):
            return read_dossiers(self.db)

    def close(self) -> None:
        if self.db is not None:
            self.db.close()


def read_desk_values(path: Path, urls: Collection[str] | None = None) -> DeskValues:
    """Read the corrections of these articles (of all for None) and all joined names; nothing where there is no desk.

    Raises `DeskError`.
    """
    with closing(DeskReader(path)) as desk:
        return desk.read_values(urls)
