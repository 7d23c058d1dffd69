"""The folder `warc/` beside the archive: records are appended, on disk before any row points to them.

One writer at a time (the archive's lock). A file is closed at 1 GB or when the day ends (UTC); its name
begins with the archive's, so that two archives may share a folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from pipelines import timestamps
from pipelines.archive.manifest_tables import note_capture
from pipelines.archive.records import Place, StoredCapture
from pipelines.archive.sql import insert
from pipelines.archive.warc import pack
from pipelines.archive.warc.members import unpack_members
from pipelines.archive.warc.reader import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlite_utils import Database

    from pipelines.archive.records import WarcRecords

LARGEST_FILE = 1_000_000_000
"""Bytes. The WARC standard recommends a gigabyte; other tools expect about as much."""


def prefix_of(archive: Path) -> str:
    """What the names of an archive's WARC files begin with: `daily` for daily.db."""
    name = archive.stem if archive.suffix == ".db" else archive.name
    return re.sub(r"[^\w-]+", "-", name)


class Captures:
    """The `captures` table and the files it points to. `append` before the transaction, `insert` inside it."""

    def __init__(self, db: Database, archive: Path) -> None:
        self.db = db
        self.archive = archive
        self.folder = folder_of(archive)
        self.file: BinaryIO | None = None
        self.name = ""
        self.size = 0
        self.day = ""

    # --- files

    def append(self, captures: Iterable[WarcRecords]) -> dict[str, StoredCapture]:
        """Append the records of these captures and bring them to disk; by record id.

        Raises `OSError` (disk full); what was written then is cut off again, as after any other error.
        """
        stored: dict[str, StoredCapture] = {}
        before = (self.name, self.size)
        try:
            for packed in captures:
                stored[packed.record_id] = self._append_capture(packed, stored)
            if self.file is not None and stored:
                self.file.flush()
                os.fsync(self.file.fileno())
        except Exception:
            self._undo_append(*before)
            raise
        return stored

    def _append_capture(self, packed: WarcRecords, batch: dict[str, StoredCapture]) -> StoredCapture:
        first = self._find_first(packed, batch)
        if first is None:
            stored = StoredCapture(packed, self._append(packed.response), packed.record_sha256)
        else:
            place, url, at = first
            record = pack.revisit(packed, url, at)
            revisit = self._append(pack.compress(record))
            stored = StoredCapture(packed, place, hashlib.sha256(record).hexdigest(), revisit)
        if packed.request:
            self._append(packed.request)
        return stored

    def _find_first(
        self, packed: WarcRecords, batch: dict[str, StoredCapture]
    ) -> tuple[Place, str, str] | None:
        """Where, for which URL and when the same payload was stored first."""
        if not packed.size or 300 <= packed.status < 400:  # no smaller as a revisit
            return None
        for stored in batch.values():
            if stored.packed.sha256 == packed.sha256:
                return stored.place, stored.packed.url, stored.packed.fetched_at
        row = self.db.execute(
            "SELECT warc_file, warc_offset, warc_length, url, fetched_at FROM captures"
            " WHERE sha256 = ? AND revisit_file IS NULL AND warc_file IS NOT NULL ORDER BY id LIMIT 1",
            [packed.sha256],
        ).fetchone()
        # A folder that was moved away has not got the first record; then the page is stored in full again.
        if row is None or not (self.folder / row[0]).is_file():
            return None
        return Place(*row[:3]), row[3], row[4]

    def _append(self, data: bytes) -> Place:
        today = datetime.now(UTC).date().isoformat()
        if self.file is None:
            self._reopen_newest(today)
        if self.file is None or self.day != today or self.size + len(data) > LARGEST_FILE:
            self._start_file(today)
        assert self.file is not None
        place = Place(self.name, self.size, len(data))
        self.file.write(data)
        self.size += len(data)
        return place

    def trim_newest_file(self) -> None:
        """Cut off what a crash left half written. For the holder of the archive's lock, at the start."""
        newest = self._newest()
        if newest is not None:
            trim_torn_end(newest, self._referred(newest.name))

    def _newest(self) -> Path | None:
        named = re.compile(re.escape(prefix_of(self.archive)) + r"-\d{14}-\d{5}\.warc\.gz")
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        return max((path for path in found if named.fullmatch(path.name)), default=None)

    def _referred(self, name: str) -> int:
        """Where the last record of a file ends that a row points to."""
        sql = (
            "SELECT max(end) FROM (SELECT max(warc_offset + warc_length) AS end FROM captures WHERE warc_file = :file"
            " UNION ALL SELECT max(revisit_offset + revisit_length) FROM captures WHERE revisit_file = :file)"
        )
        return int(self.db.execute(sql, {"file": name}).fetchone()[0] or 0)

    def _reopen_newest(self, today: str) -> None:
        """Go on with the newest file when it is of today, has room, and its end is whole."""
        newest = self._newest()
        if newest is None or not newest.name.startswith(
            f"{prefix_of(self.archive)}-{today.replace('-', '')}"
        ):
            return
        end = trim_torn_end(newest, self._referred(newest.name))
        if end is None or not 0 < end < LARGEST_FILE:
            return
        self.file = newest.open("ab")
        self.name, self.size, self.day = newest.name, end, today

    def _start_file(self, today: str) -> None:
        self.close()
        self.folder.mkdir(exist_ok=True)
        stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        for number in range(100_000):
            name = f"{prefix_of(self.archive)}-{stamp}-{number:05}.warc.gz"
            try:
                self.file = (self.folder / name).open("xb")
            except FileExistsError:
                continue
            break
        self.name, self.size, self.day = name, 0, today
        sync_folder(self.folder)
        self._append(pack.compress(pack.warcinfo(name, timestamps.now(), self.archive.name)))

    def _undo_append(self, name: str, size: int) -> None:
        """After a failed write: nothing half written may stay."""
        file, self.file = self.file, None
        if file is None:
            return
        path = self.folder / self.name
        with contextlib.suppress(OSError):
            file.close()
        if self.name == name:
            os.truncate(path, size)
        else:
            path.unlink()

    def close(self) -> None:
        """Close the file; the next one to write continues it."""
        if self.file is not None:
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.close()
            self.file = None

    # --- rows

    def insert(self, stored: StoredCapture, url_id: int | None, foreign_digest: str = "") -> int:
        """The row of a capture; returns its id. Needs an open transaction."""
        packed, revisit = stored.packed, stored.revisit
        row: dict[str, Any] = {
            "url": packed.url,
            "fetched_at": packed.fetched_at,
            "status": packed.status,
            "mime": packed.mime or None,
            "sha256": packed.sha256,
            "warc_file": stored.place.warc_file,
            "warc_offset": stored.place.warc_offset,
            "warc_length": stored.place.warc_length,
            "url_id": url_id,
            "foreign_digest": foreign_digest or None,
            "revisit_file": revisit.warc_file if revisit else None,
            "revisit_offset": revisit.warc_offset if revisit else None,
            "revisit_length": revisit.warc_length if revisit else None,
        }
        capture_id = insert(self.db, "captures", row)
        note_capture(self.db, capture_id, stored.record_sha256 or None)
        return capture_id

    def has_url(self, url: str) -> bool:
        """Whether anything was ever captured at this address."""
        return self.db.execute("SELECT 1 FROM captures WHERE url = ? LIMIT 1", [url]).fetchone() is not None


def trim_torn_end(path: Path, start: int) -> int | None:
    """Cut a file off behind its last whole gzip member; returns its new length.

    Members before `start` are taken for whole. None when the file ends before `start`, or when what stands
    there is no gzip: then it is left as it is, and not written to again.
    """
    size = path.stat().st_size
    if size < start:
        return None
    end = start
    with path.open("rb") as file:
        file.seek(start)
        try:
            for piece in unpack_members(file):
                end = end if piece.end is None else piece.end
        except zlib.error:
            return cut(path, end)
    return cut(path, end) if end < size else end


def cut(path: Path, end: int) -> int:
    """Shorten a file, and see that this is on disk."""
    with path.open("r+b") as file:
        file.truncate(end)
        os.fsync(file.fileno())
    return end


def sync_folder(folder: Path) -> None:
    """Make a new file's name survive a power cut, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
