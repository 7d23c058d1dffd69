"""The WARC files that grow: of gzip one for all sources, of zstd one a source and month, with its dictionary.

One writer at a time (the archive's lock). A file of gzip is closed at 1 GB or when the day ends (UTC), one of zstd at
1 GB or when the month ends. Names begin with the archive's, so that two archives may share a folder.
"""

from __future__ import annotations

import contextlib
import os
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from pipelines import timestamps
from pipelines.archive.records import Place
from pipelines.archive.warc import frames, pack
from pipelines.archive.warc.members import unpack_members
from pipelines.archive.warc.reader import LARGEST_RECORD, folder_of
from pipelines.archive.warc.stored import read_stored, unpack
from pipelines.items import AS_GZIP, CaptureFormat, Packing

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.archive.records import WarcRecords

LARGEST_FILE = 1_000_000_000
"""Bytes. The WARC standard recommends a gigabyte; other tools expect about as much."""
MOST_OPEN = 100
"""Files held open: a system may allow a process no more than 256."""
SUFFIXES = {CaptureFormat.GZIP: ".warc.gz", CaptureFormat.ZSTD: ".warc.zst"}


class Shelf(NamedTuple):
    """What goes into one file: of zstd the records of a source and month (`202611`), of gzip those of a day (`20261126`)."""

    time: str
    source: str = ""


@dataclass
class OpenFile:
    """A file that is appended to; `size` in bytes."""

    path: Path
    file: BinaryIO
    size: int
    packing: Packing
    dictionary: frames.ZstdDict | None = None


class WarcFiles:
    """Appends records to the files of an archive; `sync` or `undo` ends what belongs together.

    `mend` cuts off a file's torn end and returns its size, or None where it must not be written to. `note` is called with
    a file's name and size before it grows, with 0 before it is made.
    """

    def __init__(
        self,
        archive: Path,
        format: CaptureFormat,
        mend: Callable[[Path], int | None],
        note: Callable[[str, int], None] = lambda name, size: None,
    ) -> None:
        self.archive = archive
        self.folder = folder_of(archive)
        self.format = format
        self.mend = mend
        self.note = note
        self.open: dict[Shelf, OpenFile] = {}
        self.newest: dict[Shelf, str] | None = None
        self.frozen = False
        """Set where no file that is there already may grow."""
        self.started: set[str] = set()
        self.examples: dict[Shelf, frames.ZstdDict] = {}
        self.touched: dict[Path, int] = {}
        """The files of which something waits for `sync`, and their size before; 0 is a new one."""

    def packing_of(self, source_id: str) -> Packing:
        """How a page of a source is to be packed so that it goes into its file as it is."""
        if self.format is CaptureFormat.GZIP:
            return AS_GZIP
        file = self._current(self._shelf(source_id))
        return file.packing if file is not None else Packing(CaptureFormat.NONE)

    def offer(self, packed: WarcRecords) -> None:
        """Let a page become the dictionary of its source's next file, where the file of today has none."""
        if self.format is CaptureFormat.GZIP or packed.status != 200 or "html" not in packed.mime:
            return
        self.offer_record(packed.source_id, lambda: decode(packed.response, packed.packing))

    def offer_record(self, source_id: str, read: Callable[[], bytes], month: str = "") -> None:
        """The same with a record, which `read` gives uncompressed where it is wanted."""
        shelf = self._shelf(source_id, month)
        if self.format is CaptureFormat.GZIP or shelf in self.examples:
            return
        file = self._current(shelf)
        if file is None or file.dictionary is None:
            dictionary = frames.make_dictionary(read())
            if dictionary is not None:
                self.examples[shelf] = dictionary

    def append(self, record: bytes, packing: Packing, source_id: str, month: str = "") -> Place:
        """Append a record, packed anew where its file wants it otherwise; `month` (`202611`) for one of another time."""
        shelf = self._shelf(source_id, month)
        file = self._current(shelf)
        if file is None or file.size + len(record) > LARGEST_FILE or shelf in self.examples:
            file = self._start(shelf, file)
        if packing != file.packing:
            record = encode(decode(record, packing), file)
        return self._write(file, record)

    def _write(self, file: OpenFile, record: bytes) -> Place:
        if file.path not in self.touched:
            self.note(file.path.name, file.size)
            self.touched[file.path] = file.size
        place = Place(file.path.name, file.size, len(record))
        file.file.write(record)
        file.size += len(record)
        return place

    def _shelf(self, source_id: str, month: str = "") -> Shelf:
        today = datetime.now(UTC).strftime("%Y%m%d")
        if self.format is CaptureFormat.GZIP:
            return Shelf(today)
        return Shelf(month or today[:6], re.sub(r"[^\w-]+", "-", source_id)[:100] or "unfiled")

    # --- files

    def _current(self, shelf: Shelf) -> OpenFile | None:
        """The file that a shelf's records go to, opened where it is there; None where one must be started."""
        file = self.open.pop(shelf, None) or self._reopen(shelf)
        if file is not None:
            self._make_room()
            self.open[shelf] = file  # the one used last stands last
        return file

    def _make_room(self) -> None:
        for shelf, file in list(self.open.items())[: max(0, len(self.open) - MOST_OPEN + 1)]:
            if file.path not in self.touched:
                file.file.close()
                del self.open[shelf]

    def _reopen(self, shelf: Shelf) -> OpenFile | None:
        if self.newest is None:
            self.newest = find_newest(self.archive, self.format)
        name = self.newest.get(shelf)
        path = self.folder / (name or "")
        if name is None or not path.is_file() or (self.frozen and name not in self.started):
            return None
        end = self.mend(path)
        if end is None or not 0 < end < LARGEST_FILE:
            return None
        try:
            dictionary = frames.dictionary_of(path) if self.format is CaptureFormat.ZSTD else None
        except frames.ZstdError:
            return None
        return OpenFile(path, path.open("ab"), end, self._packing(path, dictionary), dictionary)

    def _packing(self, path: Path, dictionary: frames.ZstdDict | None) -> Packing:
        return Packing(self.format, str(path.resolve()) if dictionary is not None else "")

    def _start(self, shelf: Shelf, before: OpenFile | None) -> OpenFile:
        """A new file, with the dictionary that was offered for it, or that of the file before it."""
        self.folder.mkdir(exist_ok=True)
        if before is not None:
            sync_file(before.file)
            before.file.close()
            del self.open[shelf]
        if self.format is CaptureFormat.GZIP:
            self.close_idle()
        path = self._choose_name(shelf)
        self.note(path.name, 0)
        file = path.open("xb")
        self.touched[path] = 0
        dictionary = self.examples.pop(shelf, None) or (before.dictionary if before else None)
        started = OpenFile(path, file, 0, self._packing(path, dictionary), dictionary)
        self.open[shelf] = started
        assert self.newest is not None
        self.newest[shelf] = path.name
        self.started.add(path.name)
        sync_folder(self.folder)
        if dictionary is not None:
            self._write(started, frames.pack_dictionary(dictionary))
        info = pack.warcinfo(path.name, timestamps.now(), self.archive.name)
        self._write(started, encode(info, started))
        return started

    def _choose_name(self, shelf: Shelf) -> Path:
        stamp = (
            datetime.now(UTC).strftime("%Y%m%d%H%M%S") if not shelf.source else f"{shelf.time}-{shelf.source}"
        )
        before = (self.newest or {}).get(shelf, "")
        first = int(before.removesuffix(SUFFIXES[self.format])[-5:]) + 1 if shelf.source and before else 0
        for number in range(first, 100_000):
            path = self.folder / f"{prefix_of(self.archive)}-{stamp}-{number:05}{SUFFIXES[self.format]}"
            if not path.exists():
                return path
        raise OSError(f"{self.folder} has a hundred thousand files of {stamp}")

    # --- the end of a batch

    def sync(self) -> None:
        """Bring to disk what was appended."""
        for file in self.open.values():
            if file.path in self.touched:
                sync_file(file.file)
        self.touched.clear()

    def undo(self) -> None:
        """After a failed write: nothing half written may stay."""
        touched, self.touched = self.touched, {}
        for file in self.open.values():
            with contextlib.suppress(OSError):
                file.file.close()
        self.open, self.newest, self.examples = {}, None, {}
        for path, size in touched.items():
            if size:
                os.truncate(path, size)
            else:
                path.unlink(missing_ok=True)

    def close_idle(self) -> None:
        """Close the files in which nothing waits."""
        for shelf, file in list(self.open.items()):
            if file.path not in self.touched:
                file.file.close()
                del self.open[shelf]

    def close(self) -> None:
        """Close the files; the next one to write continues them."""
        self.sync()
        self.close_idle()
        self.newest = None


def decode(record: bytes, packing: Packing) -> bytes:
    """A record without its compression."""
    if packing.format is CaptureFormat.NONE:
        return record
    if packing.format is CaptureFormat.GZIP or packing.dictionary:
        return unpack(Path(packing.dictionary), record, LARGEST_RECORD)
    return frames.decompress(record, None, LARGEST_RECORD)


def encode(record: bytes, file: OpenFile) -> bytes:
    """A record as its file wants it."""
    if file.packing.format is CaptureFormat.GZIP:
        return pack.compress(record)
    return frames.compress(record, file.dictionary)


# --- names


def prefix_of(archive: Path) -> str:
    """What the names of an archive's WARC files begin with: `daily` for daily.db."""
    name = archive.stem if archive.suffix == ".db" else archive.name
    return re.sub(r"[^\w-]+", "-", name)


def find_newest(archive: Path, format: CaptureFormat) -> dict[Shelf, str]:
    """The name of the newest file of each shelf."""
    prefix, suffix = re.escape(prefix_of(archive)), re.escape(SUFFIXES[format])
    middle = r"(\d{8})\d{6}()" if format is CaptureFormat.GZIP else r"(\d{6})-(.+)"
    named = re.compile(rf"{prefix}-{middle}-\d{{5}}{suffix}")
    folder, newest = folder_of(archive), dict[Shelf, str]()
    for path in folder.iterdir() if folder.is_dir() else ():
        if found := named.fullmatch(path.name):
            shelf = Shelf(*found.groups())
            newest[shelf] = max(newest.get(shelf, ""), path.name)
    return newest


def list_own_files(archive: Path) -> set[str]:
    """The names of the files that this archive wrote."""
    folder = folder_of(archive)
    return {
        path.name for suffix in SUFFIXES.values() for path in folder.glob(f"{prefix_of(archive)}-*{suffix}")
    }


# --- ends of files


def trim_torn_end(path: Path, start: int) -> int | None:
    """Cut a file off behind its last whole record; returns its new length.

    Records before `start` are taken for whole. None when the file ends before `start`, or when what stands
    there is no record: then it is left as it is, and not written to again.
    """
    size = path.stat().st_size
    if size < start:
        return None
    if size == start:
        return size
    end = find_whole_end(path, start)
    if end is None:
        return None
    return cut(path, end) if end < size else end


def find_whole_end(path: Path, start: int) -> int | None:
    """Where the last whole record ends that begins at `start` or behind it; None where the file's head is damaged."""
    end = start
    with path.open("rb") as file:
        if not path.name.endswith(SUFFIXES[CaptureFormat.ZSTD]):
            file.seek(start)
            with contextlib.suppress(zlib.error):
                for piece in unpack_members(file):
                    end = end if piece.end is None else piece.end
            return end
        try:
            frames.read_dictionary(file)
        except frames.ZstdError:
            return None if start else 0
        end = max(start, file.tell())
        file.seek(end)
        for record in read_stored(file, LARGEST_RECORD):
            end = max(end, record.end)
    return end


def cut(path: Path, end: int) -> int:
    """Shorten a file, and see that this is on disk."""
    with path.open("r+b") as file:
        file.truncate(end)
        os.fsync(file.fileno())
    return end


def sync_file(file: BinaryIO) -> None:
    """Bring what was written to disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make a new file's name survive a power cut, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
