"""One crawl at a time: a lock file beside the archive that says who holds it, and that a crash lets go of."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Self

from filelock import FileLock, Timeout

from pipelines.archive.errors import ArchiveLockedError, archive_errors
from pipelines.archive.file_checks import check_place
from pipelines.timestamps import now

if TYPE_CHECKING:
    from types import TracebackType


class ArchiveLock:
    """A context manager; raises `ArchiveLockedError` at once when somebody else has the archive.

    The operating system holds the lock (`archive.db.lock`), so a killed process leaves none behind. Who
    it is stands in a second file, because a locked file cannot be read on every system.
    """

    def __init__(self, archive: str | Path) -> None:
        self.named = Path(archive)
        path = self.named.absolute()
        self.archive = path
        self.lock = FileLock(path.with_name(path.name + ".lock"))
        self.holder = path.with_name(path.name + ".lock-holder")

    def __enter__(self) -> Self:
        with archive_errors(self.archive):
            check_place(self.named)
            try:
                self.lock.acquire(timeout=0)
            except Timeout:
                raise ArchiveLockedError(self._who()) from None
            holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": now()}
            self.holder.write_text(json.dumps(holder), encoding="utf-8")
        return self

    def _who(self) -> str:
        try:
            holder = json.loads(self.holder.read_text(encoding="utf-8"))
            who = f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            who = "another process"
        return f"{self.archive} is in use by {who}. Wait until it ends, or stop it and start again."

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.holder.unlink(missing_ok=True)
        self.lock.release()
