"""Opening archive.db, for writing or for reading: checks, pragmas, migrations, and one error type for all that can go wrong."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pipelines.archive.connection import connect_for_reading
from pipelines.archive.dictionary import write_dictionary
from pipelines.archive.errors import ArchiveError, archive_errors
from pipelines.archive.facet_numbers import fill_facet_numbers
from pipelines.archive.file_checks import BUSY_TIMEOUT, check_place, find_missing_tables, is_blank
from pipelines.archive.listed_days import fill_listed_days
from pipelines.archive.listed_months import fill_listed_months
from pipelines.archive.migrations import PRERELEASE, is_prerelease, migrations, upgrade_prerelease
from pipelines.archive.sqlite import Database
from pipelines.archive.tables.alarms import Alarms
from pipelines.archive.tables.articles import Articles
from pipelines.archive.tables.boilerplate import Boilerplate
from pipelines.archive.tables.crawls import Crawls, Outcomes
from pipelines.archive.tables.erasures import Erasures
from pipelines.archive.tables.frontier import Frontier
from pipelines.archive.tables.listings import Listings
from pipelines.archive.tables.placements import Placements
from pipelines.archive.tables.sources import Sources
from pipelines.archive.warc.writer import Captures

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import TracebackType

APPLICATION_ID = 0x436C6970
"""`Clip` in ASCII, in the SQLite header: `file archive.db` and we ourselves know the file by it."""
CACHE_KIB = 16_000
"""Of the file's pages in memory, as far as they are used. A batch of 50 articles changes 5 MB of them in a large archive; what
SQLite's 2 MB do not hold is written into the WAL in the middle of it, and read again."""
WAL_PAGES = 8_000
"""32 MB of changes are collected before they are brought into the file. SQLite's 1,000 are fewer than one batch changes, so
that each page that several batches change was written for each of them, twice."""


class Archive:
    """archive.db, open for writing by this one process.

    `path` is made when missing. Raises `ArchiveError` for a file that is not ours, is damaged, cannot be
    written, or was made by a newer Clippings. Must be closed; it is a context manager.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        with archive_errors(self.path):
            self.db = self._open()
        self.sources = Sources(self.db)
        self.erasures = Erasures(self.db)
        self.frontier = Frontier(self.db, self.erasures)
        self.listings = Listings(self.db)
        self.placements = Placements(self.db, self.erasures)
        self.crawls = Crawls(self.db)
        self.outcomes = Outcomes(self.db)
        self.articles = Articles(self.db)
        self.alarms = Alarms(self.db)
        self.captures = Captures(self.db, self.path)
        self.boilerplate = Boilerplate(self.db)

    def _open(self) -> Database:
        check_place(self.path)
        is_new = not self.path.exists() or self.path.stat().st_size == 0
        # No implicit transactions: each is begun by name, with sqlite-utils' atomic().
        connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT, isolation_level=None)
        try:
            db = Database(connection, recursive_triggers=True, execute_plugins=False)
            is_new = is_new or is_blank(connection)
            if not is_new:
                self._check_ours(db)
            if db.journal_mode != "wal":
                db.execute("PRAGMA journal_mode = WAL").fetchall()
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            db.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
            db.execute("PRAGMA foreign_keys = ON")
            if is_new:
                db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            if is_prerelease(db):
                upgrade_prerelease(db)
            migrations.apply(db)
            write_dictionary(db)
        except BaseException:
            connection.close()
            raise
        return db

    def _check_ours(self, db: Database) -> None:
        if not db["_sqlite_migrations"].exists():
            raise ArchiveError(
                f"{self.path} is an SQLite file of something else (it has no Clippings tables). "
                "Name another file for the archive."
            )
        if not is_prerelease(db) and any(applied.name in PRERELEASE for applied in migrations.applied(db)):
            raise ArchiveError(
                f"{self.path} was last written by an early Clippings from before 0.1.0. Open it once with the last "
                "version before 0.1.0, or name a new archive."
            )
        check_not_newer(db, self.path)
        if migrations.applied(db) and not find_missing_tables(db.conn):
            return
        raise ArchiveError(
            f"{self.path} is an SQLite file of something else. Name another file for the archive."
        )

    def errors(self) -> AbstractContextManager[None]:
        """Turn SQLite's and the file system's errors into an `ArchiveError` that says what to do."""
        return archive_errors(self.path)

    def close(self) -> None:
        """Let SQLite refresh its statistics, make again what readers count by, fold the WAL into the file and close it."""
        with contextlib.suppress(OSError):
            self.captures.close()
        with contextlib.suppress(sqlite3.Error):
            self.db.execute("PRAGMA optimize")
            with self.db.atomic():  # after it: it would read all of a table that is asked here
                fill_facet_numbers(self.db.conn)
                fill_listed_days(self.db.conn)
                fill_listed_months(self.db.conn)
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def rows(self, sql: str, parameters: Any = None) -> list[dict[str, Any]]:
        """Rows of a query, as dictionaries."""
        return list(self.db.query(sql, parameters))


def check_not_newer(db: Database, path: Path) -> None:
    """Raises `ArchiveError` when steps were applied to the file that this version does not know."""
    known = {migration.name for migration in migrations._migrations}.union(PRERELEASE)
    unknown = [applied.name for applied in migrations.applied(db) if applied.name not in known]
    if unknown:
        raise ArchiveError(
            f"{path} was last written by a newer Clippings (its step {unknown[-1]} is unknown here). "
            "Update Clippings, or use the version that wrote it."
        )


def open_for_reading(path: Path) -> Database:
    """The archive, read-only. Raises `ArchiveError` with the remedy when there is none."""
    return Database(connect_for_reading(path), execute_plugins=False)
