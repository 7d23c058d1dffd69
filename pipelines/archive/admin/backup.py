"""Backup, also while a crawl runs, restoring, and pruning of old outcomes and logs."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.database import open_for_reading
from pipelines.archive.errors import ArchiveError, explain
from pipelines.archive.file_copies import (
    PART,
    CopiedFile,
    copy_database,
    copy_warc_file,
    find_problem,
    hash_file,
    list_warc_files,
)
from pipelines.archive.manifest_files import write_files
from pipelines.archive.warc.reader import folder_of
from pipelines.timestamps import iso

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipelines.archive.database import Archive


DESK = "desk.db"
"""What lies beside archives and is none: saved searches and reports (pipelines/desk)."""


@dataclass
class Copied:
    """A copy of an archive. `problems` are lines for a person about WARC files that are not in it."""

    path: Path
    size: int = 0
    """Bytes of the database."""
    files: list[CopiedFile] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def backup(
    archive: Path, target: Path, *, warc: bool = True, tell: Callable[[int], None] = lambda files: None
) -> Copied:
    """Copy the archive as it is now to `target`, a file or folder, and its WARC files to `warc/` beside that.

    What is there is replaced; WARC files that are the same stay. It uses SQLite's backup, so a crawl may write meanwhile:
    the files are copied after the database, and have all that it names. Every copy is read back and compared. `tell` is
    called with the number of files so far. Raises `ArchiveError`, and then the old copy of the database is unchanged.
    """
    if target.is_dir():
        target = target / archive.name
    if target.absolute() == archive.absolute():
        raise ArchiveError(f"{target} is the archive itself. Name another file for the copy.")
    if target.exists() and not target.is_file():
        raise ArchiveError(
            f"{target} is no file but a device or a pipe. Name a file or a folder for the copy."
        )
    done = Copied(target)
    part = target.with_name(target.name + PART)
    try:
        with closing(open_for_reading(archive)) as source:
            part.unlink(missing_ok=True)
            copy_database(source.conn, part)
        if warc and folder_of(archive).resolve() != folder_of(target).resolve():
            with closing(sqlite3.connect(part)) as copy:
                _copy_warc_files(copy, folder_of(archive), folder_of(target), done, tell)
                write_files(copy, folder_of(target))
        for ending in ("-wal", "-shm"):  # of the copy that was there: SQLite would read it into the new one
            target.with_name(target.name + ending).unlink(missing_ok=True)
        part.replace(target)
    except sqlite3.Error as error:
        raise ArchiveError(explain(error, target)) from error
    except OSError as error:
        raise ArchiveError(
            f"{target} cannot be written: {error.strerror}. Name a file in a folder of yours, with room for it."
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    done.size = target.stat().st_size
    return done


def _copy_warc_files(
    db: sqlite3.Connection, source: Path, target: Path, done: Copied, tell: Callable[[int], None]
) -> None:
    for file in list_warc_files(db):
        if problem := find_problem(source, file):
            done.problems.append(problem)
            continue
        done.files.append(copy_warc_file(source, file, target))
        tell(len(done.files))


def restore(source: Path, archive: Path, tell: Callable[[int], None] = lambda files: None) -> Copied:
    """Bring a copy that `backup` or a bag made back as `archive`, with its WARC files. It overwrites nothing.

    `source` is the copy's database, or a folder with it. Raises `ArchiveError`.
    """
    database = find_database(source)
    if archive.is_dir():
        archive = archive / database.name
    if archive.exists():
        raise ArchiveError(
            f"{archive} is there already, and is not overwritten. Name a new file to restore to."
        )
    with closing(open_for_reading(database)) as db:
        named = list_warc_files(db.conn)
    there, copies = folder_of(archive), folder_of(database)
    if there.resolve() != copies.resolve():
        for file in named:
            here = there / file.name
            if here.exists() and not _is_same(here, copies / file.name):
                raise ArchiveError(
                    f"{here} is there already, and is another file. Restore into an empty folder."
                )
    return backup(database, archive, tell=tell)


def find_database(source: Path) -> Path:
    """The database of a copy: the file itself, or the only one in a folder, or in a bag's `data/`.

    Raises `ArchiveError`.
    """
    if not source.is_dir():
        return source
    for folder in (source, source / "data"):
        found = [path for path in sorted(folder.glob("*.db")) if path.is_file() and path.name != DESK]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(path.name for path in found)
            raise ArchiveError(f"{folder} has several archives: {names}. Name one of them.")
    raise ArchiveError(f"There is no archive in {source}. Name the copy's .db file.")


def _is_same(one: Path, other: Path) -> bool:
    return (
        other.is_file() and one.stat().st_size == other.stat().st_size and hash_file(one) == hash_file(other)
    )


class Pruned(NamedTuple):
    """How many rows of `outcomes` and how many log files were deleted."""

    outcomes: int
    logs: int


def prune(archive: Archive, age: timedelta) -> Pruned:
    """Delete outcomes older than `age`, and log files older than it.

    The last outcome of each URL stays, so that coverage can still say why the URL is not held.
    Raises `ArchiveError`.
    """
    before = iso(datetime.now(UTC) - age)
    with archive.errors(), archive.db.atomic():
        outcomes = archive.db.execute("DELETE FROM outcomes WHERE at < ? AND latest = 0", [before]).rowcount
    logs = 0
    for path in archive.path.parent.glob(archive.path.with_suffix(".log").name + ".*"):
        if path.stat().st_mtime < time.time() - age.total_seconds():
            path.unlink()
            logs += 1
    return Pruned(outcomes, logs)
