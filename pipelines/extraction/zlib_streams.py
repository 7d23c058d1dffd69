"""Gzip and deflate from strangers: all members of a stream, bounded in bytes, members and time. Pure."""

from __future__ import annotations

import zlib
from enum import Enum
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

FAST: Any = import_module("isal.isal_zlib") if find_spec("isal") else None
"""isal, or None where it has no wheel for the platform."""

MOST_MEMBERS = 10_000
"""A 50 MB sitemap that is packed in blocks (bgzip, pigz) has 800; a bomb of empty ones has a million."""

_PIECE = 1 << 14
"""Bytes given to zlib at once: it copies what it leaves over, so that with more, many members would cost their square."""
_GZIP, _ZLIB, _RAW = 31, 15, -15
_MEMBER_HEAD = b"\x1f\x8b"


class Fault(Enum):
    """What was wrong with a stream; what came before the fault was unpacked."""

    NONE = ""
    TOO_LARGE = "too large"
    TOO_MANY = "too many members"
    CUT_OFF = "it ends too early"
    DAMAGED = "damaged"


class Unpacked(NamedTuple):
    data: bytes
    fault: Fault = Fault.NONE


def unpack_gzip(body: bytes, limit: int) -> Unpacked:
    """All members of a gzip stream; what is no member behind the last is left out, as some servers append it."""
    whole = _unpack_whole(body, limit) if FAST is not None else None
    return _unpack(body, limit, _GZIP) if whole is None else Unpacked(whole)


def _unpack_whole(body: bytes, limit: int) -> bytes | None:
    """A stream of one sound member, as nearly all are, by isal in half the time; None for others, which zlib judges."""
    stream = FAST.decompressobj(_GZIP)
    try:
        data: bytes = stream.decompress(body, limit + 1)
    except FAST.error:
        return None
    return data if stream.eof and not stream.unused_data and len(data) <= limit else None


def unpack_deflate(body: bytes, limit: int) -> Unpacked:
    """A deflate stream, with the zlib wrapper of the standard or raw as many servers send it."""
    if not is_zlib(body):
        return _unpack(body, limit, _RAW)
    wrapped = _unpack(body, limit, _ZLIB)
    if wrapped.fault == Fault.DAMAGED and not wrapped.data:
        return _unpack(body, limit, _RAW)  # its first bytes look like a wrapper by chance
    return wrapped


def is_gzip(body: bytes) -> bool:
    """Whether the bytes begin as gzip does."""
    return body.startswith(_MEMBER_HEAD)


def is_zlib(body: bytes) -> bool:
    """Whether the bytes begin as deflate with the zlib wrapper does."""
    return len(body) > 1 and body[0] & 0x8F == 8 and int.from_bytes(body[:2]) % 31 == 0


def _unpack(body: bytes, limit: int, wbits: int) -> Unpacked:
    out, members, begin = bytearray(), 0, 0
    view = memoryview(body)
    while begin < len(body) and (begin == 0 or wbits == _GZIP):
        if members == MOST_MEMBERS:
            return Unpacked(bytes(out), Fault.TOO_MANY)
        before = len(out)
        stream = zlib.decompressobj(wbits)
        try:
            begin = _unpack_member(stream, view, begin, out, limit)
        except zlib.error:
            if members and len(out) == before:  # not a member but something appended
                break
            return Unpacked(bytes(out), Fault.DAMAGED)
        members += 1
        if len(out) > limit:
            return Unpacked(bytes(out[:limit]), Fault.TOO_LARGE)
        if not stream.eof:
            return Unpacked(bytes(out), Fault.CUT_OFF)
    return Unpacked(bytes(out))


def _unpack_member(stream: zlib._Decompress, view: memoryview, begin: int, out: bytearray, limit: int) -> int:
    """Unpack one member from `begin` on, at most one byte above the limit; returns where it ends."""
    while begin < len(view) and not stream.eof and len(out) <= limit:
        piece = view[begin : begin + _PIECE]
        begin += len(piece)
        out += stream.decompress(piece, limit + 1 - len(out))
        while stream.unconsumed_tail and len(out) <= limit:
            out += stream.decompress(stream.unconsumed_tail, limit + 1 - len(out))
    if not stream.eof and len(out) <= limit:
        out += stream.flush()
    return begin - len(stream.unused_data)
