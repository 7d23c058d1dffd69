"""The gzip members of a file: each WARC record is one. Damaged and cut-off members are named, not raised."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = 1 << 18


@dataclass(frozen=True, slots=True)
class GzipMember:
    """A member, from byte `start` up to `end`. With a `fault` (a sentence without its stop) it is the last one.

    A faulty member ends where it starts, and `content` is what could be unpacked of it.
    """

    start: int
    end: int
    content: bytes
    fault: str = ""

    @property
    def length(self) -> int:
        """Bytes in the file."""
        return self.end - self.start


def read_members(file: BinaryIO, largest: int) -> Iterator[GzipMember]:
    """The members of an open file from where it stands, each of at most `largest` bytes unpacked."""
    start = file.tell()
    unpacker, parts, size, data = zlib.decompressobj(31), list[bytes](), 0, b""

    def end_with(fault: str) -> GzipMember:
        return GzipMember(start, start, b"".join(parts), fault)

    while data or (data := file.read(PIECE)):
        try:
            parts.append(unpacker.decompress(data, largest + 1 - size))
        except zlib.error as error:
            yield end_with(f"damaged ({error})")
            return
        size += len(parts[-1])
        if size > largest:
            yield end_with("a record too large to be one of ours")
            return
        data = unpacker.unconsumed_tail
        if unpacker.eof:
            data = unpacker.unused_data
            end = file.tell() - len(data)
            yield GzipMember(start, end, b"".join(parts))
            start, unpacker, parts, size = end, zlib.decompressobj(31), [], 0
    if parts:
        yield end_with("cut off: the next crawl mends it")
