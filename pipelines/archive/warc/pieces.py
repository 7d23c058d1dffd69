"""The bytes of other people's WARC files, unpacked piece by piece: gzip, zstd or plain, whole or damaged."""

from __future__ import annotations

import zlib
from collections import deque
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from pipelines.archive.warc.members import MEMBER_HEAD, PIECE, unpack_members
from pipelines.zstd import zstd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.archive.warc.members import UnpackedPiece

LARGEST = 10 * 1024 * 1024
"""Bytes of a record that is read, as DOWNLOAD_MAXSIZE of a crawl."""

HEAD = 1 << 16
"""Bytes of a record's own headers at most; real ones have a few hundred."""

_ZSTD, _ZSTD_DICTIONARY = b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18"


class Span(NamedTuple):
    """Where something lies in a file, in bytes."""

    offset: int
    length: int


class MemberSpans:
    """Where the gzip members of a file lie, found by the position of their first unpacked byte."""

    def __init__(self) -> None:
        self.members: deque[tuple[int, Span]] = deque()
        self.unpacked, self.begin, self.offset = 0, 0, 0

    def note(self, piece: UnpackedPiece) -> None:
        """Take note of the next piece of the file."""
        self.unpacked += len(piece.data)
        if piece.end is not None:
            self.members.append((self.begin, Span(self.offset, piece.end - self.offset)))
            self.begin, self.offset = self.unpacked, piece.end

    def find(self, position: int) -> Span | None:
        """The member that begins with this unpacked byte, if one does. Positions must not go back."""
        while self.members and self.members[0][0] < position:
            self.members.popleft()
        found = None
        while self.members and self.members[0][0] == position:  # before it, empty ones
            found = self.members.popleft()[1]
        return found


def pieces(file: BinaryIO, spans: MemberSpans | None = None) -> Iterator[bytes]:
    """The unpacked bytes of a file, by pieces of at most 64 kB. `spans` learns where its gzip members lie."""
    begin = file.read(4)
    file.seek(0)
    if begin.startswith(MEMBER_HEAD[:2]):
        try:
            for piece in unpack_members(file, skip_damage=True):
                if spans is not None:
                    spans.note(piece)
                yield piece.data
        except zlib.error as error:
            raise ValueError(f"{file.name}: {error}. Its rest was not read.") from error
    elif begin in (_ZSTD, _ZSTD_DICTIONARY):
        yield from zstd_pieces(file)
    else:
        while data := file.read(PIECE):
            yield data


def zstd_pieces(file: BinaryIO) -> Iterator[bytes]:
    """Frames one after the other; the dictionary that some files begin with is used for all of them.

    https://iipc.github.io/warc-specifications/specifications/warc-zstd/
    """
    dictionary = None
    if file.read(4) == _ZSTD_DICTIONARY:
        content = file.read(min(int.from_bytes(file.read(4), "little"), LARGEST))
        if content.startswith(_ZSTD):
            content = zstd.ZstdDecompressor().decompress(content, max_length=LARGEST)
        dictionary = zstd.ZstdDict(content, is_raw=not content.startswith(b"\x37\xa4\x30\xec"))
    else:
        file.seek(0)
    unpacker = zstd.ZstdDecompressor(zstd_dict=dictionary)
    while data := file.read(PIECE):
        while data or not (unpacker.eof or unpacker.needs_input):
            try:
                yield unpacker.decompress(data, max_length=PIECE)
            except zstd.ZstdError:
                found = data.find(_ZSTD, 1)
                data = data[found:] if found > 0 else b""
                unpacker = zstd.ZstdDecompressor(zstd_dict=dictionary)
                continue
            data = b""
            if unpacker.eof:
                data = unpacker.unused_data
                unpacker = zstd.ZstdDecompressor(zstd_dict=dictionary)


class PieceReader:
    """Lines and blocks from pieces; what was read too far can be put back."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self.source = source
        self.buffer = bytearray()
        self.filled = 0

    @property
    def position(self) -> int:
        """How many unpacked bytes of the file were read so far."""
        return self.filled - len(self.buffer)

    def _fill(self, size: int) -> bool:
        while len(self.buffer) < size:
            piece = next(self.source, None)
            if piece is None:
                return False
            self.buffer += piece
            self.filled += len(piece)
        return True

    def line(self, limit: int = HEAD) -> bytes:
        """The next line with its end, or `limit` bytes of it; empty at the end."""
        size = 0
        while True:
            found = self.buffer.find(b"\n", size, limit)
            if found >= 0:
                return self.take(found + 1)
            size = len(self.buffer)
            if size >= limit or not self._fill(size + 1):
                return self.take(min(size, limit))

    def take(self, size: int) -> bytes:
        """The next `size` bytes, fewer at the end."""
        self._fill(size)
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def skip(self, size: int) -> bool:
        """Pass over `size` bytes; False when there are fewer."""
        while size > len(self.buffer):
            size -= len(self.buffer)
            self.buffer.clear()
            if not self._fill(1):
                return False
        del self.buffer[:size]
        return True

    def put_back(self, data: bytes) -> None:
        """Read this again next."""
        self.buffer[:0] = data
