"""WARC 1.1 records as bytes, compressed one by one, ready to be appended to a file.

Workers build them, because compressing costs more than everything else that is done with a capture.
"""

from __future__ import annotations

import hashlib
import zlib
from base64 import b32encode
from contextlib import suppress
from dataclasses import replace
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipelines import VERSION, timestamps
from pipelines.archive.records import WarcRecords
from pipelines.archive.warc import frames
from pipelines.extraction.decoding import BodyError, decode_body
from pipelines.items import CaptureFormat, Packing

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.items import Page

Headers = tuple[tuple[str, str], ...]

ISAL_LEVEL, ZLIB_LEVEL = 3, 6
"""isal's best takes a fifth of the time of zlib's usual and makes a page 12 % larger (`bench captures`)."""

FAST: Any = import_module("isal.isal_zlib") if find_spec("isal") else None
"""isal, or None where it has no wheel for the platform."""

ORIGIN_FIELD = "WARC-Source-URI"
"""The field of a record with the web archive's copy that it was taken from, as pywb writes it too."""

HOP_BY_HOP = ("transfer-encoding", "connection", "keep-alive")
"""Headers about the connection; the body as we have it is no longer in chunks."""


OF_THE_SENT_BODY = ("content-encoding", "content-length")
"""Headers that no longer say how the body is read once its encoding is taken off."""


class AsSent(StatusAndHeaders):  # type: ignore[misc]
    """warcio rewrites headers that are not ASCII; evidence keeps the bytes."""

    def to_ascii_bytes(self, filter_func: Any = None) -> bytes:
        return bytes(self.to_str(filter_func).encode("latin-1", "replace")) + b"\r\n"


class Coder(NamedTuple):
    """What compresses a record, and the packing that comes of it."""

    packing: Packing
    compress: Callable[[bytes], bytes]


def coder_of(packing: Packing) -> Coder:
    """The coder for a packing. Where its dictionary cannot be read, or is not made yet, records stay as they are."""
    if packing.format is CaptureFormat.GZIP:
        return Coder(packing, compress)
    with suppress(OSError, frames.ZstdError):
        if packing.dictionary and (dictionary := frames.dictionary_of(Path(packing.dictionary))) is not None:
            return Coder(packing, lambda data: frames.compress(data, dictionary))
    return Coder(Packing(CaptureFormat.NONE), lambda data: data)


def pack(page: Page, coder: Coder | None = None) -> WarcRecords:
    """The records of a page."""
    coder = coder or coder_of(page.packing)
    if coder.packing.format is not CaptureFormat.GZIP:
        page = take_encoding_off(page)
    sha256 = hashlib.sha256(page.body).hexdigest()
    record_id = f"<urn:uuid:{uuid4()}>"
    head = tuple((name, value) for name, value in page.headers if name.lower() not in HOP_BY_HOP)
    fields = {"WARC-Payload-Digest": digest_of(sha256)}
    if page.ip:
        fields["WARC-IP-Address"] = page.ip
    if page.origin:
        fields[ORIGIN_FIELD] = page.origin
    response = record(
        "response",
        page.address,
        page.fetched_at,
        record_id,
        fields,
        (f"{page.status} {phrase(page.status)}", head, "HTTP/1.1"),
        page.body,
    )
    request = b""
    if page.request_headers:
        parts = urlsplit(page.address)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = (("Host", parts.netloc.rpartition("@")[2]), *page.request_headers)
        concurrent = {"WARC-Concurrent-To": record_id}
        request = record(
            "request",
            page.address,
            page.fetched_at,
            f"<urn:uuid:{uuid4()}>",
            concurrent,
            (f"{target} HTTP/1.1", sent, "GET"),
        )
    return WarcRecords(
        page.address,
        page.fetched_at,
        page.status,
        mime_of(page),
        sha256,
        len(page.body),
        record_id,
        coder.compress(response),
        coder.compress(request) if request else b"",
        head,
        tuple(pack(replace(hop, source_id=page.source_id), coder) for hop in page.hops),
        hashlib.sha256(response).hexdigest(),
        page.source_id,
        coder.packing,
        origin=page.origin,
    )


RIGHTS_HEADERS = ("x-robots-tag", "tdm-reservation", "tdm-policy")
"""Headers of a response that say what may be done with it: a rendered page keeps them, as fields of its record."""


def pack_shown(page: Page) -> WarcRecords:
    """The records of a page, and where it was rendered the HTML that a browser made of it, as a `conversion`.

    The records of the page as sent come before it, as those of redirects do.
    """
    sent = pack(page)
    if not page.rendered:
        return sent
    fields = {name: value for name, value in page.headers if name.lower() in RIGHTS_HEADERS}
    shown = pack_made(page, "conversion", page.address, "text/html", page.rendered, sent.record_id, fields)
    return replace(shown, hops=(*sent.hops, replace(sent, hops=())))


def pack_screenshot(page: Page, refers_to: str) -> WarcRecords:
    """The record of the picture of a page: a `conversion` at an address of its own, as other web archives name it."""
    return pack_made(
        page, "conversion", f"urn:fullPage:{page.address}", "image/png", page.screenshot, refers_to, {}
    )


def pack_made(
    page: Page, kind: str, url: str, mime: str, payload: bytes, refers_to: str, fields: dict[str, str]
) -> WarcRecords:
    """The record of something that was made of a page."""
    coder = coder_of(page.packing)
    sha256 = hashlib.sha256(payload).hexdigest()
    record_id = f"<urn:uuid:{uuid4()}>"
    named = {
        "WARC-Refers-To": refers_to,
        "Content-Type": mime,
        "WARC-Payload-Digest": digest_of(sha256),
        **fields,
    }
    data = record(kind, url, page.fetched_at, record_id, named, payload=payload)
    return WarcRecords(
        url,
        page.fetched_at,
        200,
        mime,
        sha256,
        len(payload),
        record_id,
        coder.compress(data),
        record_sha256=hashlib.sha256(data).hexdigest(),
        source_id=page.source_id,
        packing=coder.packing,
    )


def take_encoding_off(page: Page) -> Page:
    """The page without its Content-Encoding, whose headers say so by the names that Common Crawl gives them.

    What a server packed no dictionary makes smaller. A body that cannot be unpacked as a whole stays as it was sent.
    """
    try:
        body = decode_body(page.body, page.headers)
    except BodyError:
        return page
    if body == page.body:
        return page
    headers = tuple(
        (f"X-Crawl-{name}" if name.lower() in OF_THE_SENT_BODY else name, value)
        for name, value in page.headers
    )
    return replace(page, body=body, headers=headers)


def revisit(packed: WarcRecords, first_url: str, first_at: str) -> bytes:
    """The record that says: the same payload as that of `first_url`, fetched at `first_at`. Not compressed."""
    fields = {
        "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
        "WARC-Refers-To-Target-URI": first_url,
        "WARC-Refers-To-Date": warc_date(first_at),
        "WARC-Payload-Digest": digest_of(packed.sha256),
        **({ORIGIN_FIELD: packed.origin} if packed.origin else {}),
    }
    http = (f"{packed.status} {phrase(packed.status)}", packed.head, "HTTP/1.1")
    return record("revisit", packed.url, packed.fetched_at, packed.record_id, fields, http)


def warcinfo(file_name: str, at: str, archive: str) -> bytes:
    """The first record of a file: who wrote it and how. Not compressed."""
    info = {
        "software": f"Clippings/{VERSION}",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "isPartOf": archive,
        "robots": "obey",
        "description": "News pages as fetched; the database beside this folder says what was read from them",
    }
    body = "".join(f"{name}: {value}\r\n" for name, value in info.items()).encode()
    return record("warcinfo", "", at, f"<urn:uuid:{uuid4()}>", {"WARC-Filename": file_name}, payload=body)


def record(
    kind: str,
    url: str,
    at: str,
    record_id: str,
    fields: dict[str, str],
    http: tuple[str, Headers, str] | None = None,
    payload: bytes = b"",
) -> bytes:
    """One record, not compressed. `http` is (status or request line, headers, protocol or method)."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=False, warc_version="1.1")
    head = {"WARC-Type": kind, "WARC-Record-ID": record_id, "WARC-Date": warc_date(at), **fields}
    http_headers = AsSent(http[0], list(http[1]), protocol=http[2]) if http else None
    built = writer.create_warc_record(
        url,
        kind,
        payload=BytesIO(payload),
        length=len(payload),
        warc_headers_dict=head,
        http_headers=http_headers,
    )
    writer.write_record(built)
    return out.getvalue()


def compress(data: bytes) -> bytes:
    """One gzip member."""
    if FAST is not None:
        fast = FAST.compressobj(ISAL_LEVEL, FAST.DEFLATED, 31)
        return bytes(fast.compress(data) + fast.flush())
    plain = zlib.compressobj(ZLIB_LEVEL, zlib.DEFLATED, 31)
    return plain.compress(data) + plain.flush()


def digest_of(sha256: str) -> str:
    """A SHA-256 in hexadecimal as WARC files have it: named, and in base 32."""
    return f"sha256:{b32encode(bytes.fromhex(sha256)).decode()}"


def warc_date(at: str) -> str:
    """An ISO 8601 time as WARC-Date, in UTC; to the millisecond when it is known to it."""
    moment = timestamps.parse(at)
    if moment is None:
        raise ValueError(f"not a time: {at!r}")
    text = timestamps.iso(moment).removesuffix("+00:00").removesuffix(".000")
    return f"{text}Z"


def time_of(*texts: str) -> str | None:
    """The first that is a time (ISO 8601, 14 digits or as in HTTP headers), as `clock.now` writes it."""
    for text in texts:
        moment = None
        if text.isdecimal() and len(text) == 14:
            text = f"{text[:8]}T{text[8:]}+00:00"
        try:
            moment = timestamps.parse(text.strip()) or parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            continue
        return timestamps.iso(moment)
    return None


def mime_of(page: Page) -> str:
    """The media type that the response names."""
    return page.header("Content-Type").partition(";")[0].strip().lower()


def phrase(status: int) -> str:
    """`OK` for 200; Scrapy does not hand on the words the server chose."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"


def is_page(mime: str, body: bytes) -> bool:
    """Whether a body is a page that text could be read from, rather than an image, a font or a program."""
    if mime:
        return "html" in mime or mime in (
            "text/plain",
            "application/xml",
            "text/xml",
            "application/octet-stream",
        )
    return body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or body.startswith(b"\x1f\x8b")
