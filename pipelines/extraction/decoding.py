"""From the bytes of a response to text, of pages and of listings: undo Content-Encoding, then find the charset.

Servers lie about both. What they declare is believed only as far as the bytes bear it out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import brotli
from charset_normalizer import from_bytes
from w3lib.encoding import read_bom

from pipelines.extraction.charsets import SAMPLE, find_declared, guess_charset
from pipelines.extraction.zlib_streams import (
    MOST_MEMBERS,
    Fault,
    is_gzip,
    is_zlib,
    unpack_deflate,
    unpack_gzip,
)
from pipelines.zstd import zstd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.extraction.zlib_streams import Unpacked

MAX_BYTES = 20_000_000
"""Bytes a page may have when unpacked: four times the largest articles seen, a fraction of a bomb."""

_UTF16_HEAD, _UTF16_ZEROS = 400, 100  # so many zeros in so many first bytes are UTF-16 without its mark
_BINARY_HEAD = 4000  # bytes that show whether a body is text
_CONTROL_BYTES = bytes([*range(9), *range(14, 27), *range(28, 32)])
_BINARY_SHARE = 20  # bytes for each control byte, below which it is none
_BAD_SHARE = 1 / 500  # replaced characters of a listing: a stray byte is an accident, more is another charset

# The first bytes of files that are sometimes served as text/html.
_MAGIC = (
    (b"%PDF-", "a PDF file"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"PK\x03\x04", "a ZIP file"),
    (b"Rar!\x1a\x07", "a RAR file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
    (b"\x1f\x8b\x08", "a gzip file"),
    (b"OggS", "an Ogg file"),
    (b"ID3", "an MP3 file"),
    (b"\xd0\xcf\x11\xe0", "an Office file"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
)
_ZSTD = b"\x28\xb5\x2f\xfd"
_CODINGS = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd"})
_NO_TEXT_TYPE = re.compile(
    r"^(image|audio|video|font)/|^application/(pdf|zip|octet-stream|msword|vnd\.)", re.I
)


class BodyError(ValueError):
    """A body that cannot be turned into text; the message says why in words a person can act on."""


class NotTextError(BodyError):
    """The bytes are an image, a PDF, a program: no page at all."""


def _header(headers: Iterable[tuple[str, str]], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def decode_body(
    body: bytes, headers: Iterable[tuple[str, str]] = (), limit: int = MAX_BYTES, *, whole: bool = True
) -> bytes:
    """Return `body` without its Content-Encoding (gzip, deflate, br, zstd, or several of them, in one header or more).

    The header is believed as far as the bytes bear it out: many servers leave it on a body that was unpacked before,
    name one coding and send another, or write a charset or a type where a coding belongs. Raises `BodyError` for
    damaged data, bytes in a coding that is not known, and more than `limit` bytes. Without `whole`, what came before
    damage in gzip and deflate is returned: of a feed that breaks off, the first entries count.
    """
    lines = (value for name, value in headers if name.lower() == "content-encoding")
    codings = [coding.strip().strip("\"'").lower() for line in lines for coding in line.split(",")]
    for coding in reversed([coding for coding in codings if coding and coding != "identity"]):
        body = _undo(coding, body, limit, whole)
    if len(body) > limit:
        raise BodyError(f"larger than {limit:,} bytes")
    return body


def _undo(coding: str, body: bytes, limit: int, whole: bool) -> bytes:
    """Undo the coding that the bytes bear: what begins as gzip or zstd is that, whatever its header says."""
    if is_gzip(body):
        return _whole("gzip", unpack_gzip(body, limit), limit, whole)
    if body.startswith(_ZSTD):
        return _unzstd(body, limit)
    if _looks_like_text(body):
        return body
    if coding == "br":
        try:
            return _unbrotli(body, limit)
        except BodyError:
            if _is_binary(body):
                raise
            return body
    if coding in ("deflate", "gzip", "x-gzip") and (is_zlib(body) or coding == "deflate"):
        unpacked = unpack_deflate(body, limit)
        return body if _is_readable(body, unpacked) else _whole("deflate", unpacked, limit, whole)
    if coding not in _CODINGS and _is_binary(body) and not _is_known_format(body):
        raise BodyError(f"sent in a Content-Encoding that nobody knows ({coding[:40]})")
    return body


def _is_readable(body: bytes, unpacked: Unpacked) -> bool:
    """Whether a body is text as it stands: nothing came out of it, and it has no bytes that text has not."""
    return unpacked.fault == Fault.DAMAGED and not unpacked.data and not _is_binary(body)


def _whole(coding: str, unpacked: Unpacked, limit: int, whole: bool) -> bytes:
    """Return what was unpacked; raise for what is too large, and, if it must be whole, for what cannot be."""
    if unpacked.fault == Fault.TOO_LARGE:
        raise BodyError(f"larger than {limit:,} bytes when unpacked")
    if unpacked.data and not whole:
        return unpacked.data
    if unpacked.fault == Fault.TOO_MANY:
        raise BodyError(f"damaged {coding} data (more than {MOST_MEMBERS:,} members)")
    if unpacked.fault == Fault.CUT_OFF:
        _check_whole(unpacked.data, coding)
    if unpacked.fault == Fault.DAMAGED:
        raise BodyError(f"damaged {coding} data")
    return unpacked.data


def _check_whole(out: bytes, coding: str) -> None:
    """Raise when a stream and its text both lack their ends. Some servers leave only the trailer out."""
    if not out.rstrip().endswith((b">", b"}", b"]")):
        raise BodyError(f"damaged {coding} data (it ends too early)")


def _looks_like_text(body: bytes) -> bool:
    head = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith((b"<", b"{", b"["))


def _unbrotli(body: bytes, limit: int) -> bytes:
    return _bounded(brotli.Decompressor(), body, limit)


def _bounded(stream: Any, body: bytes, limit: int) -> bytes:
    """Decompress in steps of at most 1 MB, so that a bomb is noticed before it is in memory."""
    out, data = [], body
    size = 0
    try:
        while not stream.is_finished():
            piece = stream.process(data, output_buffer_limit=1_000_000)
            data = b""
            size += len(piece)
            out.append(piece)
            if size > limit:
                raise BodyError(f"larger than {limit:,} bytes when unpacked")
            if not piece and stream.can_accept_more_data():
                _check_whole(b"".join(out[-2:]), "br")
                break
    except brotli.error as error:
        raise BodyError(f"damaged br data ({error})") from error
    return b"".join(out)


def _unzstd(body: bytes, limit: int) -> bytes:
    stream = zstd.ZstdDecompressor()
    try:
        out: bytes = stream.decompress(body, max_length=limit + 1)
    except zstd.ZstdError as error:
        raise BodyError(f"damaged zstd data ({error})") from error
    if len(out) > limit:
        raise BodyError(f"larger than {limit:,} bytes when unpacked")
    if not stream.eof:
        _check_whole(out, "zstd")
    return out


class DecodedText(NamedTuple):
    """The text of a body and its charset. `utf8` are the bytes of that very text, where the body was no more than these: else empty."""

    text: str
    charset: str
    utf8: bytes = b""


def decode_text(body: bytes, headers: Iterable[tuple[str, str]] = ()) -> DecodedText:
    """Return the text of an unpacked body and its charset.

    A byte order mark decides; then valid UTF-8 is UTF-8 whatever is declared; then what is declared
    or detected is believed if the text comes out as somebody's writing. Raises `NotTextError` for
    bytes that are no text.
    """
    content_type = _header(headers, "content-type")
    refuse_binary(body, content_type)
    charset, bom = read_bom(body)
    if charset:
        return DecodedText(body[len(bom or b"") :].decode(charset, "replace"), charset)
    if body[:_UTF16_HEAD].count(b"\0") > _UTF16_ZEROS:
        charset = "utf-16-le" if body[1:2] == b"\0" else "utf-16-be"
        return DecodedText(body.decode(charset, "replace"), charset)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        charset = guess_charset(body, content_type)
        return DecodedText(body.decode(charset, "replace"), charset)
    # One sign is looked for at ten times the pace of two.
    if b"\x1b" in body and b"\x1b$" in body and (japanese := _read_iso2022_jp(body, content_type)):
        return DecodedText(japanese, "iso2022_jp")
    return DecodedText(text, "utf-8", body)


def _read_iso2022_jp(body: bytes, content_type: str) -> str:
    """Return the text of bytes in ISO-2022-JP, which are valid ASCII too: when it is declared, or every sign is one."""
    declared = "iso2022_jp" in find_declared(body, content_type)
    try:
        return body.decode("iso2022_jp", "replace" if declared else "strict")
    except UnicodeDecodeError:
        return ""


def decode_listing(body: bytes, content_type: str = "") -> str:
    """Return the text of an unpacked feed, sitemap or section page. Never raises.

    As `decode_text`, but a charset that is declared is believed when nearly all bytes bear it out: programs write
    listings, and a listing is read at every visit. The guess from the bytes costs a hundred times as much.
    """
    charset, mark = read_bom(body)
    if charset:
        return body[len(mark or b"") :].decode(charset, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    for name in (*find_declared(body, content_type), "utf-8"):
        try:
            text = body.decode(name, "replace")
        except (LookupError, UnicodeError):
            continue
        if text.count("\ufffd") <= len(text) * _BAD_SHARE + 1:
            return text
    # `guess_charset` reads five of 28 pages otherwise, one of them better; see docs/extraction.md.
    guess = from_bytes(body[:SAMPLE]).best()
    return body.decode(guess.encoding if guess else "utf-8", "replace")


def refuse_binary(body: bytes, content_type: str = "") -> None:
    """Raise `NotTextError` when the body is a known binary format or is made of control bytes."""
    for magic, what in _MAGIC:
        if body.startswith(magic):
            raise NotTextError(f"the address serves {what}, not a page")
    if body[4:8] == b"ftyp" or (body.startswith(b"RIFF") and body[8:12] in (b"WEBP", b"WAVE", b"AVI ")):
        raise NotTextError("the address serves an image or a film, not a page")
    if _NO_TEXT_TYPE.match(content_type) and not _looks_like_text(body):
        raise NotTextError(f"the address serves {content_type.split(';')[0]}, not a page")
    if _is_binary(body):
        raise NotTextError("the address serves binary data, not a page")


def _is_known_format(body: bytes) -> bool:
    return (
        any(body.startswith(magic) for magic, _ in _MAGIC) or body[4:8] == b"ftyp" or body.startswith(b"RIFF")
    )


def _is_binary(body: bytes) -> bool:
    """Whether the first bytes are none that a text has."""
    head = body[:_BINARY_HEAD]
    zeros = head.count(b"\0")
    if read_bom(head)[0] or len(head) < zeros * 3 <= len(head) * 2:  # UTF-16 has its own zeros
        return False
    controls = len(head) - len(head.translate(None, _CONTROL_BYTES))
    return controls * _BINARY_SHARE > len(head)
