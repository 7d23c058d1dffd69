"""Looking after an archive: a copy of it while a crawl runs, and the removal of old outcomes and logs."""

from __future__ import annotations

import os
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.archive.database import open_for_reading
from pipelines.archive.errors import ArchiveError, explain
from pipelines.timestamps import iso

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.archive.database import Archive


def backup(archive: Path, target: Path) -> int:
    """Copy the archive as it is at this moment to `target`, replacing it; returns the copy's bytes.

    SQLite's own way: a crawl may go on writing meanwhile. Raises `ArchiveError`; `target` is then as it was.
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


def prune(archive: Archive, age: timedelta) -> tuple[int, int]:
    """Delete outcomes older than `age`, and older parts of the log; returns how many of each.

    The last outcome of each URL stays, so that coverage still says why it is not held.
    """
    before = iso(datetime.now(UTC) - age)
    with archive.errors(), archive.db.atomic():
        outcomes = archive.db.execute(
            "DELETE FROM outcomes WHERE at < :before AND EXISTS (SELECT 1 FROM outcomes AS later"
            " WHERE later.url = outcomes.url AND later.crawl_id > outcomes.crawl_id)",
            {"before": before},
        ).rowcount
    logs = 0
    for path in archive.path.parent.glob(archive.path.with_suffix(".log").name + ".*"):
        if path.stat().st_mtime < time.time() - age.total_seconds():
            path.unlink()
            logs += 1
    return outcomes, logs
