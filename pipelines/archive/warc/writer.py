"""The table `captures`, and the folder `warc/` beside the archive: records are on disk before any row points to them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from pipelines.archive.manifest_tables import note_capture
from pipelines.archive.records import Place, StoredCapture
from pipelines.archive.sql import insert
from pipelines.archive.warc import pack
from pipelines.archive.warc.collection_records import IN_A_COLLECTION
from pipelines.archive.warc.files import WarcFiles, cut, find_newest, trim_torn_end
from pipelines.archive.warc.reader import folder_of
from pipelines.items import CaptureFormat, Packing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlite_utils import Database

    from pipelines.archive.records import WarcRecords


class Captures:
    """The `captures` table and the files it points to. `append` before the transaction, `insert` inside it."""

    def __init__(self, db: Database, archive: Path) -> None:
        self.db = db
        self.archive = archive
        self.folder = folder_of(archive)
        self.files = WarcFiles(archive, CaptureFormat.GZIP, self.mend)

    # --- files

    def set_format(self, format: CaptureFormat) -> None:
        """Write what comes from now on in this format."""
        self.files.close()
        self.files = WarcFiles(self.archive, format, self.mend)

    def append(self, captures: Iterable[WarcRecords]) -> dict[str, StoredCapture]:
        """Append the records of these captures and bring them to disk; by record id.

        Raises `OSError` (disk full); what was written then is cut off again, as after any other error.
        """
        stored: dict[str, StoredCapture] = {}
        try:
            listed = list(captures)
            for packed in listed:
                if packed.place is None:
                    self.files.offer(packed)
            for packed in listed:
                stored[packed.record_id] = self._append_capture(packed, stored)
            self.files.sync()
        except Exception:
            self.files.undo()
            raise
        return stored

    def _append_capture(self, packed: WarcRecords, batch: dict[str, StoredCapture]) -> StoredCapture:
        if packed.place is not None:
            return StoredCapture(packed, packed.place, packed.record_sha256)
        first = self._find_first(packed, batch)
        if first is None:
            place = self._append(packed, packed.response)
            stored = StoredCapture(packed, place, packed.record_sha256)
        else:
            place, url, at = first
            again = pack.revisit(packed, url, at)
            revisit = self.files.append(again, Packing(CaptureFormat.NONE), packed.source_id)
            stored = StoredCapture(packed, place, hashlib.sha256(again).hexdigest(), revisit)
        if packed.request:
            self._append(packed, packed.request)
        return stored

    def _append(self, packed: WarcRecords, record: bytes) -> Place:
        return self.files.append(record, packed.packing, packed.source_id)

    def _find_first(
        self, packed: WarcRecords, batch: dict[str, StoredCapture]
    ) -> tuple[Place, str, str] | None:
        """Where, for which URL and when the same payload was stored first."""
        if not packed.size or 300 <= packed.status < 400:  # no smaller as a revisit
            return None
        for stored in batch.values():
            if stored.packed.sha256 == packed.sha256 and stored.packed.place is None:
                return stored.place, stored.packed.url, stored.packed.fetched_at
        row = self.db.execute(
            "SELECT warc_file, warc_offset, warc_length, url, fetched_at FROM captures"
            " WHERE sha256 = ? AND revisit_file IS NULL AND warc_file IS NOT NULL"
            f" AND NOT {IN_A_COLLECTION.format(column='warc_file')} ORDER BY id LIMIT 1",
            [packed.sha256],
        ).fetchone()
        # A folder that was moved away has not got the first record; then the page is stored in full again.
        if row is None or not (self.folder / row[0]).is_file():
            return None
        return Place(*row[:3]), row[3], row[4]

    def mend_files(self) -> None:
        """End what a crash cut short. For the holder of the archive's lock, at the start."""
        self.finish_rewriting()
        newest = find_newest(self.archive, CaptureFormat.GZIP)
        if newest:
            self.mend(self.folder / newest[max(newest)])
        by_source = find_newest(self.archive, CaptureFormat.ZSTD)
        months = sorted({shelf.time for shelf in by_source})[-2:]  # a crawl may run past the end of one
        for shelf, name in by_source.items():
            if shelf.time in months:
                self.mend(self.folder / name)

    def mend(self, path: Path) -> int | None:
        """Cut off a file's torn end; see `trim_torn_end`."""
        return trim_torn_end(path, self._referred(path.name))

    def _referred(self, name: str) -> int:
        """Where the last record of a file ends that a row points to."""
        sql = (
            "SELECT max(end) FROM (SELECT max(warc_offset + warc_length) AS end FROM captures WHERE warc_file = :file"
            " UNION ALL SELECT max(revisit_offset + revisit_length) FROM captures WHERE revisit_file = :file)"
        )
        return int(self.db.execute(sql, {"file": name}).fetchone()[0] or 0)

    def finish_rewriting(self) -> None:
        """Cut off and delete what a rewriting of files left over, whether it was ended or cut short."""
        for name, size in self.db.execute("SELECT warc_file, size FROM _warc_cuts").fetchall():
            path = self.folder / name
            if path.is_file() and path.stat().st_size > size:
                if size:
                    cut(path, size)
                elif not self._referred(name):
                    path.unlink()
            self.db.execute("DELETE FROM _warc_cuts WHERE warc_file = ?", [name])

    def close(self) -> None:
        """Close the files; the next one to write continues them."""
        self.files.close()

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
            "origin": packed.origin or None,
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
