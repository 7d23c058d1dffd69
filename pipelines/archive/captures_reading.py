"""Read one captured page back out of its WARC file: the record as it lies there, or the page within."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

if TYPE_CHECKING:
    from pathlib import Path

    from .reading import Capture

LARGEST = 50_000_000
"""Bytes of a page unpacked that are shown at most; a small record can hold an endless page."""


class CaptureMissing(Exception):  # noqa: N818 - it is an answer, not a fault
    """The page cannot be shown; the message says why, for the reader."""


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


def record(archive: Path, capture: Capture) -> bytes:
    """The WARC record of a capture, a whole gzip member as `warc_length` has it.

    `archive` is the database file; its WARC files lie in `warc/` beside it. Raises `CaptureMissing`.
    """
    if not capture.warc_file or capture.warc_offset is None or not capture.warc_length:
        raise CaptureMissing("The page as fetched was not kept.")
    try:
        found = _slice(archive.parent / "warc", capture.warc_file, capture.warc_offset, capture.warc_length)
    except (OSError, ValueError) as fault:  # a name that no file can have, or a file that cannot be read
        raise CaptureMissing(f"The file that should hold it cannot be read: {fault}.") from fault
    if len(found) < capture.warc_length:
        raise CaptureMissing(f"warc/{capture.warc_file} is shorter than it should be: the record is cut off.")
    return found


def _slice(folder: Path, name: str, offset: int, length: int) -> bytes:
    path = (folder.resolve() / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise CaptureMissing(f"Its entry names a file outside warc/: {name}.")
    if not path.is_file():
        raise CaptureMissing(
            f"The file that holds it, warc/{name}, is not beside the archive. Put the warc folder there to see "
            "the page."
        )
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(length)


def page(archive: Path, capture: Capture) -> CapturedPage:
    """The page of a capture. Raises `CaptureMissing` when it is not there or cannot be read."""
    found = record(archive, capture)
    try:
        entry = next(iter(ArchiveIterator(BytesIO(found))), None)
        if entry is None or entry.http_headers is None:
            raise CaptureMissing("The record holds no page.")
        body = entry.raw_stream.read(LARGEST)
        headers = tuple(entry.http_headers.headers)
        status = int(entry.http_headers.get_statuscode() or 0)
    except (ArchiveLoadFailed, OSError, EOFError, ValueError, zlib.error) as fault:
        raise CaptureMissing(f"The record in warc/{capture.warc_file} cannot be read: {fault}.") from fault
    answer = CapturedPage(capture.url, status, headers, body)
    try:
        body = _unpacked(body, answer.header("content-encoding"))
    except (
        Exception
    ) as fault:  # each library has errors of its own; any means the bytes are not what they say
        raise CaptureMissing(f"The page's {answer.header('content-encoding')} cannot be unpacked.") from fault
    return CapturedPage(capture.url, status, headers, body)


def _unpacked(body: bytes, encodings: str) -> bytes:
    """Take off the encodings, the last one first, as they were put on."""
    for name in reversed([part.strip().lower() for part in encodings.split(",") if part.strip()]):
        if name in ("gzip", "x-gzip"):
            body = gzip.GzipFile(fileobj=BytesIO(body)).read(LARGEST)
        elif name == "deflate":
            body = _inflated(body)
        elif name == "br":
            body = _unbrotlied(body)
        elif name == "zstd":
            body = _unzstded(body)
        elif name != "identity":
            raise ValueError(name)
    return body


def _inflated(body: bytes) -> bytes:
    """Servers send `deflate` with and without zlib's header."""
    try:
        return zlib.decompressobj().decompress(body, LARGEST)
    except zlib.error:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, LARGEST)


def _unbrotlied(body: bytes) -> bytes:
    import brotli

    return bytes(brotli.Decompressor().process(body, output_buffer_limit=LARGEST))


def _unzstded(body: bytes) -> bytes:
    try:
        from compression.zstd import ZstdFile  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        from backports.zstd import ZstdFile
    with ZstdFile(BytesIO(body)) as file:
        return bytes(file.read(LARGEST))
