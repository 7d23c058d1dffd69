"""Read one captured page back out of its WARC file: the record as it lies there, or the page within."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Protocol

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from pipelines.archive.warc import pack
from pipelines.archive.warc.collection_records import CaptureMissing as CaptureMissing
from pipelines.archive.warc.collection_records import is_address, read_range
from pipelines.archive.warc.foreign import take_chunks_off
from pipelines.archive.warc.members import MEMBER_HEAD
from pipelines.archive.warc.stored import DAMAGE, unpack
from pipelines.extraction.decoding import BodyError, decode_body, decode_text
from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "warc"
"""The folder beside the archive in which its WARC files lie."""

LARGEST_RECORD = 200_000_000
"""Bytes of a record unpacked, more than any that we write."""

LARGEST = 50_000_000
"""Bytes of a page unpacked that are shown at most; a small record can hold an endless page."""


class Located(Protocol):
    """What tells where a record lies: a `Place`, or a row of `captures`."""

    @property
    def warc_file(self) -> str | None: ...
    @property
    def warc_offset(self) -> int | None: ...
    @property
    def warc_length(self) -> int | None: ...


class LocatedPage(Located, Protocol):
    """A row of `captures`, as far as it is read here."""

    @property
    def url(self) -> str: ...


@dataclass(frozen=True, slots=True)
class CapturedPage:
    """A page as it was answered. `body` has its Content-Encoding taken off; `headers` as sent."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first header of that name, in any case, or the empty string."""
        return next((value for key, value in self.headers if key.lower() == name), "")


def folder_of(archive: Path) -> Path:
    """The folder with an archive's WARC files."""
    return archive.parent / FOLDER


def record(archive: Path, capture: Located) -> bytes:
    """The WARC record of a capture as it lies in its file: a whole gzip member, or a zstd frame that needs its dictionary.

    `archive` is the database file; its WARC files lie in `warc/` beside it. Raises `CaptureMissing`.
    """
    if is_address(capture.warc_file):
        offset, length = _span_of(capture)
        return read_range(capture.warc_file or "", offset, length)
    file, offset, length = locate(archive, capture)
    try:
        with file.open("rb") as warc:
            warc.seek(offset)
            return warc.read(length)
    except OSError as fault:
        raise _unreadable(fault) from fault


def read_content(archive: Path, capture: Located, largest: int = LARGEST_RECORD) -> bytes:
    """The WARC record of a capture without its compression. Raises `CaptureMissing`."""
    found = record(archive, capture)
    try:
        return unpack(folder_of(archive) / (capture.warc_file or ""), found, largest)
    except (OSError, *DAMAGE) as fault:
        raise CaptureMissing(
            f"The record in warc/{capture.warc_file} is damaged and cannot be read."
        ) from fault


def gzip_record(archive: Path, capture: Located) -> bytes:
    """The WARC record of a capture as a gzip member, for tools that know no other. Raises `CaptureMissing`."""
    found = record(archive, capture)
    return found if found.startswith(MEMBER_HEAD) else pack.compress(read_content(archive, capture))


def check_is_there(archive: Path, capture: Located) -> None:
    """Raises `CaptureMissing`, which says why, where a capture's record cannot be read. It asks nobody for it."""
    if is_address(capture.warc_file):
        record(archive, capture)
    else:
        locate(archive, capture)


def locate(archive: Path, capture: Located) -> tuple[Path, int, int]:
    """File, offset and length of a capture's record, which lies wholly in the file. Raises `CaptureMissing`."""
    offset, length = _span_of(capture)
    name = capture.warc_file or ""
    folder = folder_of(archive).resolve()
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder):
            raise CaptureMissing(f"Its entry names a file outside warc/: {name}.")
        if not path.is_file():
            raise CaptureMissing(
                f"The file that holds it, warc/{name}, is not beside the archive. Put the warc folder there to see "
                "the page."
            )
        size = path.stat().st_size
    except (OSError, ValueError) as fault:  # a name that no file can have, or a file that cannot be read
        raise _unreadable(fault) from fault
    if size < offset + length:
        raise CaptureMissing(f"warc/{name} is shorter than it should be: the record is cut off.")
    return path, offset, length


def _span_of(capture: Located) -> tuple[int, int]:
    """Offset and length of a capture's record. Raises `CaptureMissing` where none was kept."""
    offset, length = capture.warc_offset, capture.warc_length
    if not capture.warc_file or offset is None or not length or length < 0:
        raise CaptureMissing("The page as fetched was not kept.")
    return offset, length


def _unreadable(fault: Exception) -> CaptureMissing:
    return CaptureMissing(
        f"The file that should hold it cannot be read: {getattr(fault, 'strerror', None) or fault}."
    )


def response(archive: Path, capture: Located) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """(status, headers, body) of a capture, the body as sent: its Content-Encoding still on it.

    Raises `CaptureMissing`.
    """
    found = record(archive, capture)
    if not found.startswith(MEMBER_HEAD):
        found = read_content(archive, capture)
    return response_in(found, capture)


def response_in(found: bytes, capture: Located) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """The same of a record that was read already, as a gzip member or without compression."""
    try:
        entry = next(iter(ArchiveIterator(BytesIO(found))), None)
        if entry is not None and entry.rec_type == "conversion":
            return 200, _headers_of_conversion(entry.rec_headers.headers), entry.raw_stream.read(LARGEST)
        if entry is None or entry.http_headers is None:
            raise CaptureMissing("The record holds no page.")
        body = entry.raw_stream.read(LARGEST)
        headers = tuple(entry.http_headers.headers)
        if is_address(capture.warc_file):
            body = take_chunks_off(body, headers)
        return int(entry.http_headers.get_statuscode() or 0), headers, body
    except (ArchiveLoadFailed, OSError, EOFError, ValueError, zlib.error) as fault:
        raise CaptureMissing(
            f"The record in warc/{capture.warc_file} is damaged and cannot be read."
        ) from fault


def _headers_of_conversion(fields: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """What stands for the headers of a rendered page: its type, and what its response said of rights."""
    kept = [(name, value) for name, value in fields if name.lower() in pack.RIGHTS_HEADERS]
    mime = next((value for name, value in fields if name.lower() == "content-type"), "")
    return (("Content-Type", f"{mime}; charset=utf-8" if mime == "text/html" else mime), *kept)


def page(archive: Path, capture: LocatedPage) -> CapturedPage:
    """The page of a capture. Raises `CaptureMissing` when it is not there or cannot be read."""
    status, headers, body = response(archive, capture)
    try:
        body = decode_body(body, headers, LARGEST)
    except BodyError as fault:
        raise CaptureMissing(f"The page cannot be unpacked: {fault}.") from fault
    return CapturedPage(capture.url, status, headers, body)


def text_of(found: CapturedPage) -> str:
    """The text of a page or stylesheet. Raises `CaptureMissing` for bytes that are no text."""
    try:
        return decode_text(found.body, found.headers)[0]
    except BodyError as fault:
        raise CaptureMissing(f"The page cannot be read: {fault}.") from fault


def redirect_target(archive: Path, capture: LocatedPage) -> str:
    """Where a captured redirect leads; "" where that cannot be read."""
    try:
        _, headers, _ = response(archive, capture)
    except CaptureMissing:
        return ""
    return resolve(capture.url, next((value for name, value in headers if name.lower() == "location"), ""))
