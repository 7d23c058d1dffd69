"""Backup, also while a crawl runs, and pruning of old outcomes and logs."""

from __future__ import annotations

import os
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.database import open_for_reading
from pipelines.archive.errors import ArchiveError, explain
from pipelines.timestamps import iso

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.archive.database import Archive


def backup(archive: Path, target: Path) -> int:
    """Copy the archive as it is now to `target`, a file or folder, and replace what is there; returns the copy's bytes.

    It uses SQLite's backup, so a crawl may write meanwhile. Raises `ArchiveError`, and then `target` is unchanged.
    """
    if target.is_dir():
        target = target / archive.name
    if target.absolute() == archive.absolute():
        raise ArchiveError(f"{target} is the archive itself. Name another file for the copy.")
    part = target.with_name(target.name + ".part")
    source = open_for_reading(archive)
    try:
        part.unlink(missing_ok=True)
        copy = sqlite3.connect(part)
        try:
            source.conn.backup(copy)
            faults = copy.execute("PRAGMA quick_check").fetchall()
            if faults != [("ok",)]:
                raise ArchiveError(f"The copy of {archive} is damaged: {faults[0][0]}. Is the archive?")
        finally:
            copy.close()
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    except sqlite3.Error as error:
        part.unlink(missing_ok=True)
        raise ArchiveError(explain(error, target)) from error
    except OSError as error:
        raise ArchiveError(
            f"{target} cannot be written: {error.strerror}. Name a file in a folder of yours."
        ) from error
    finally:
        source.close()
    return target.stat().st_size


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
