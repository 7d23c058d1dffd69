"""A gzip file member by member: WARC files have one record to a member, so that each can be read alone."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = 1 << 16
MEMBER_HEAD = b"\x1f\x8b\x08"


class UnpackedPiece(NamedTuple):
    """Some unpacked bytes, 64 kB at most; `end` is where their member ends in the file when they are its last."""

    data: bytes
    end: int | None


def unpack_members(file: BinaryIO, *, skip_damage: bool = False) -> Iterator[UnpackedPiece]:
    """Unpack the members of a file from its position on. A member that is cut off ends without an `end`.

    Raises `zlib.error` where no member is. With `skip_damage` it goes on at the next one that it can find, and
    skips zeros between members.
    """
    read = file.tell()
    unpacker = zlib.decompressobj(31)
    while data := file.read(PIECE):
        read += len(data)
        while data:
            try:
                piece = unpacker.decompress(data, PIECE)
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
            data = unpacker.unused_data
            yield UnpackedPiece(piece, read - len(data))
            if skip_damage:
                data = data.lstrip(b"\0")
            unpacker = zlib.decompressobj(31)
