"""Records as they lie in WARC files: gzip members and zstd frames behind one door."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, BinaryIO

from pipelines.archive.warc import frames
from pipelines.archive.warc.members import MEMBER_HEAD, Member, read_members

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAMAGE = (zlib.error, frames.ZstdError, EOFError)
"""What is raised for a record that cannot be unpacked."""


def read_stored(file: BinaryIO, largest: int) -> Iterator[Member]:
    """The records of an open file from where it stands, each of at most `largest` bytes unpacked.

    Damaged and cut-off ones are named, not raised; behind one nothing is read. Erased frames are left out.
    """
    start = file.tell()
    file.seek(0)
    packed_by_gzip = file.read(len(MEMBER_HEAD)) == MEMBER_HEAD
    file.seek(start)
    if packed_by_gzip:
        yield from read_members(file, largest)
        return
    try:
        dictionary = frames.read_dictionary(file)
    except frames.ZstdError as error:
        yield Member(0, 0, b"", f"damaged ({error})")
        return
    file.seek(max(start, file.tell()))
    yield from frames.read_frames(file, largest, dictionary)


def unpack(path: Path, data: bytes, largest: int) -> bytes:
    """The content of one record of this file, `largest` bytes at most. Raises `DAMAGE`, and `OSError` for the dictionary."""
    if not data.startswith(MEMBER_HEAD):
        return frames.decompress(data, frames.dictionary_of(path), largest)
    unpacker = zlib.decompressobj(31)
    content = unpacker.decompress(data, largest)
    if not unpacker.eof or unpacker.unused_data:
        raise zlib.error("it is cut off, too large, or several")
    return content
