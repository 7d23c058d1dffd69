"""Opening desk.db: its shape brought up to date, and one error type for all that can go wrong."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Self

from pipelines.desk.errors import DeskError, desk_errors
from pipelines.desk.schema import APPLICATION_ID, STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

NAME = "desk.db"
BUSY_TIMEOUT = 20.0
"""Seconds to wait for another program that writes to the same file."""


def desk_path(archive: Path) -> Path:
    """Where the desk of an archive lies: beside it."""
    return archive.absolute().parent / NAME


class Desk:
    """desk.db, open. It is made when missing. Raises `DeskError`. Must be closed; it is a context manager.

    It has a rollback journal, not a WAL: between two writes it is one file, which any program copies whole.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with desk_errors(path):
            self.db = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self.db.close()
                raise

    def _prepare(self) -> None:
        self.db.execute("PRAGMA foreign_keys = ON")
        self.db.execute("PRAGMA secure_delete = ON")
        version = self._check_version()
        if version == len(STEPS):
            return
        with self.transaction():
            version = self._check_version()  # another process may have been first
            for step in STEPS[version:]:
                for statement in _split(step):
                    self.db.execute(statement)
            self.db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self.db.execute(f"PRAGMA user_version = {len(STEPS)}")

    def _check_version(self) -> int:
        version = int(self.db.execute("PRAGMA user_version").fetchone()[0])
        if self.db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None:
            return 0
        if self.db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise DeskError(
                f"{self.path} is an SQLite file of something else. Move it: Clippings keeps its desk there."
            )
        if version > len(STEPS):
            raise DeskError(f"{self.path} was written by a newer Clippings. Update Clippings.")
        return version

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction that writes; all of it or nothing. Raises `DeskError`."""
        with desk_errors(self.path):
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _split(script: str) -> Iterator[str]:
    """The statements of a step, for `execute`: `executescript` would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def copy_desk(source: Path, target: Path) -> None:
    """Copy a desk as it is now, and check the copy. Raises `DeskError`, and then the old copy is unchanged."""
    part = target.with_name(target.name + ".part")
    try:
        with desk_errors(target):
            part.unlink(missing_ok=True)
            with (
                contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
                contextlib.closing(sqlite3.connect(part)) as new,
            ):
                old.backup(new)
                faults = new.execute("PRAGMA quick_check").fetchall()
            if faults != [("ok",)]:
                raise DeskError(f"The copy {target} is damaged: {faults[0][0]}. Is {source}?")
            part.replace(target)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
