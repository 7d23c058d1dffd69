"""The gzip members of a file: WARC files have one record to a member, so that each can be read alone.

`stored.py` reads zstd frames in the same way.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = 1 << 16
SLICE = 1 << 14
"""Bytes given to zlib at once: it copies what it leaves over, so that with more, many members would cost their square."""
MOST_EMPTY = 1000
"""Empty members in a row, above which a file is a trap. Some programs end a file with one or two."""
MEMBER_HEAD = b"\x1f\x8b\x08"
CUT_OFF = "cut off: the next crawl mends it"


class UnpackedPiece(NamedTuple):
    """Some unpacked bytes, 64 kB at most; `end` is where their member ends in the file when they are its last."""

    data: bytes
    end: int | None


def unpack_members(file: BinaryIO, *, skip_damage: bool = False) -> Iterator[UnpackedPiece]:
    """Unpack the members of a file from its position on. A member that is cut off ends without an `end`.

    Raises `zlib.error` where no member is. With `skip_damage` it goes on at the next one that it can find, and
    skips zeros between members. After `MOST_EMPTY` empty members in a row it raises in either case.
    """
    read = file.tell()
    unpacker, empty, filled = zlib.decompressobj(31), 0, False
    while data := file.read(SLICE):
        read += len(data)
        while data:
            try:
                piece = unpacker.decompress(data, PIECE)
                filled = filled or bool(piece)
                while unpacker.unconsumed_tail and not unpacker.eof:
                    yield UnpackedPiece(piece, None)
                    piece = unpacker.decompress(unpacker.unconsumed_tail, PIECE)
            except zlib.error:
                if not skip_damage:
                    raise
                found = data.find(MEMBER_HEAD, 1)
                data = data[found:] if found > 0 else b""
                unpacker = zlib.decompressobj(31)
                continue
            if not unpacker.eof:
                yield UnpackedPiece(piece, None)
                break
            empty, filled = 0 if filled else empty + 1, False
            if empty > MOST_EMPTY:
                raise zlib.error(f"more than {MOST_EMPTY:,} empty members in a row")
            data = unpacker.unused_data
            yield UnpackedPiece(piece, read - len(data))
            if skip_damage:
                data = data.lstrip(b"\0")
            unpacker = zlib.decompressobj(31)


@dataclass(frozen=True, slots=True)
class Member:
    """A gzip member or zstd frame, from byte `start` up to `end`. With a `fault` (a sentence without its stop) it is the last one.

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


def read_members(file: BinaryIO, largest: int) -> Iterator[Member]:
    """The members of an open file from where it stands, each of at most `largest` bytes unpacked.

    Damaged and cut-off members are named, not raised.
    """
    start, parts, size = file.tell(), list[bytes](), 0
    try:
        for piece in unpack_members(file):
            parts.append(piece.data)
            size += len(piece.data)
            if size > largest:
                yield Member(start, start, b"".join(parts), "a record too large to be one of ours")
                return
            if piece.end is not None:
                yield Member(start, piece.end, b"".join(parts))
                start, parts, size = piece.end, [], 0
    except zlib.error as error:
        yield Member(start, start, b"".join(parts), f"damaged ({error})")
        return
    if parts:
        yield Member(start, start, b"".join(parts), CUT_OFF)
