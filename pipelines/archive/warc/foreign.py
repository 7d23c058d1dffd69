"""Other people's WARC files, record by record: gzip, zstd or plain, whole or damaged, however large.

Memory stays flat: files are unpacked piece by piece, and records larger than `LARGEST` are passed over without
being held. What cannot be read is counted, and reading goes on at the next record.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from warcio.bufferedreaders import ChunkedDataReader
from warcio.statusandheaders import StatusAndHeadersParser

from pipelines import timestamps
from pipelines.archive.warc.pack import time_of
from pipelines.archive.warc.pieces import HEAD, LARGEST, MemberSpans, PieceReader, Span, pieces

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator
    from pathlib import Path

FIRST_DAY = "1990-01-01"
PAGE_TYPES = ("response", "revisit")


@dataclass(frozen=True, slots=True)
class ForeignRecord:
    """An HTTP response, or with `refers_to` a word that it was the same as one before.

    `number` counts all records of the file from 1. `at` is when it was captured, as far as it says so.
    `body` has no chunks, but its Content-Encoding is still on it. `span` is where the record's gzip member lies in the
    file; None where it is not packed so.
    """

    number: int
    url: str
    at: str
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    digest: str = ""
    refers_to: tuple[str, str] | None = None
    span: Span | None = None


class RawRecord(NamedTuple):
    """A record as it was taken out of the stream: headers by lower-case name, None where it cannot be read, and content.

    `begin` is the position of its first unpacked byte.
    """

    head: dict[str, str] | None
    data: bytes
    begin: int


def read_records(
    path: Path,
    skipped: Counter[str],
    start: int = 0,
    is_wanted: Callable[[str], bool] = lambda url: True,
) -> Iterator[ForeignRecord]:
    """The HTTP responses of a file; why others were not is counted in `skipped`. The first `start` are left out.

    So are addresses that are not wanted, before their content is read: most of a file of Common Crawl may be.
    Raises `OSError`, and `ValueError` for a file that is no WARC file.
    """
    with path.open("rb") as file:
        mtime = timestamps.iso(timestamps.from_timestamp(path.stat().st_mtime))
        spans = MemberSpans()
        reader = PieceReader(pieces(file, spans))
        number, last = 0, ""
        for head, data, begin in split(reader, skipped):
            number += 1
            span = spans.find(begin)
            if number <= start or head is None:
                continue
            if head.get("warc-type", "").lower() in PAGE_TYPES and not is_wanted(address_in(head)):
                continue
            record = response_of(number, head, data, last or mtime, skipped)
            if record is not None:
                last = record.at
                yield replace(record, span=span)
        if number == 0 and path.stat().st_size:
            raise ValueError(f"{path} is no WARC file, or nothing in it can be read.")


def hash_record(path: Path, span: Span) -> str:
    """The SHA-256 of the one record in a gzip member, uncompressed; "" where the member holds anything else."""
    with path.open("rb") as file:
        file.seek(span.offset)
        packed = file.read(span.length)
    unpacker = zlib.decompressobj(31)
    try:
        content = unpacker.decompress(packed, LARGEST + HEAD)
    except zlib.error:
        return ""
    if not unpacker.eof or unpacker.unused_data or not is_one_record(content):
        return ""
    return hashlib.sha256(content).hexdigest()


def is_one_record(content: bytes) -> bool:
    """Whether this is a record and nothing behind it. Pure."""
    head, _, rest = content.partition(b"\r\n\r\n")
    length = re.search(rb"^content-length:\s*(\d+)\s*$", head, re.IGNORECASE | re.MULTILINE)
    return content.startswith(b"WARC/") and length is not None and not rest[int(length[1]) :].strip()


# --- from bytes to records


def split(reader: PieceReader, skipped: Counter[str]) -> Iterator[RawRecord]:
    """Each record of a stream."""
    in_order = True
    while True:
        begin = reader.position
        line = reader.line()
        if not line:
            return
        if not line.strip():
            continue
        if not line.startswith(b"WARC/"):
            if in_order:
                skipped["damaged, or with a wrong length"] += 1
            in_order = False
            continue
        in_order = True
        head = read_head(reader)
        length = head.get("content-length", "").strip()
        if not length.isdecimal() or len(length) > 18:
            skipped["without a length"] += 1
            yield RawRecord(None, b"", begin)
            in_order = False  # what follows is passed over in silence up to the next record
            continue
        if int(length) > LARGEST:
            skipped[f"larger than {LARGEST // 1024 // 1024} MB"] += 1
            reader.skip(int(length))
            yield RawRecord(None, b"", begin)
            continue
        data = reader.take(int(length))
        if not ends_here(reader) or len(data) < int(length):
            inside = data.find(b"\r\n\r\nWARC/1.")
            if inside < 0:
                skipped["cut off, or with a wrong length"] += 1
                yield RawRecord(None, b"", begin)
                in_order = False
                continue
            reader.put_back(data[inside + 4 :])
            data = data[:inside]
        yield RawRecord(head, data, begin)


def read_head(reader: PieceReader) -> dict[str, str]:
    """The headers of a record, the first of each name; continued lines are joined."""
    head: dict[str, str] = {}
    name, size = "", 0
    while (line := reader.line()).strip() and size < HEAD:
        size += len(line)
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if text[:1] in " \t" and name:
            head[name] += " " + text.strip()
            continue
        name, _, value = text.partition(":")
        name = name.strip().lower()
        head.setdefault(name, value.strip())
    return head


def ends_here(reader: PieceReader) -> bool:
    """Whether a record ends at this place: the end of the file, or blank lines and the next record."""
    while line := reader.line():
        if line.strip():
            reader.put_back(line)
            return line.startswith(b"WARC/")
    return True


# --- from records to responses


def response_of(
    number: int, head: dict[str, str], data: bytes, otherwise: str, skipped: Counter[str]
) -> ForeignRecord | None:
    """The response in a record; None, and counted, when there is none."""
    kind = head.get("warc-type", "").lower()
    url = address_in(head)
    if kind not in PAGE_TYPES:
        if kind not in ("warcinfo", "request", "metadata"):
            skipped[f"of type {kind[:20] or 'unknown'}"] += 1
        return None
    if not url.lower().startswith(("http://", "https://")):
        skipped["not from the web (no http address)"] += 1
        return None
    try:
        status, headers, body = http_of(data)
    except ValueError:
        if kind == "response":
            skipped["without an HTTP answer in it"] += 1
            return None
        status, headers, body = 0, (), b""
    refers_to = None
    if kind == "revisit":
        refers_to = (
            head.get("warc-refers-to-target-uri", url).strip("<> "),
            head.get("warc-refers-to-date", ""),
        )
    served = next((value for name, value in headers if name.lower() == "date"), "")
    return ForeignRecord(
        number,
        url,
        likely_time(head.get("warc-date", ""), served) or otherwise,
        status,
        headers,
        body,
        head.get("warc-payload-digest", ""),
        refers_to,
    )


def address_in(head: dict[str, str]) -> str:
    """The address that a record names."""
    return head.get("warc-target-uri", "").strip("<> ")


def http_of(data: bytes) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """(status, headers, body without chunks) of an HTTP message. Raises `ValueError`."""
    if not data.startswith(b"HTTP/"):
        raise ValueError("no HTTP message")
    stream = BytesIO(data)
    parsed: Any = StatusAndHeadersParser([], verify=False).parse(stream)
    headers = tuple((str(name), str(value)) for name, value in parsed.headers)
    body = stream.read()
    return int(parsed.get_statuscode()), headers, take_chunks_off(body, headers)


def take_chunks_off(body: bytes, headers: tuple[tuple[str, str], ...]) -> bytes:
    """The body of an HTTP message without its Transfer-Encoding."""
    if any(n.lower() == "transfer-encoding" and "chunked" in v.lower() for n, v in headers):
        return bytes(ChunkedDataReader(BytesIO(body)).read())
    return body


def likely_time(*texts: str) -> str | None:
    """The first of these times that can be one: not before the web, not after today."""
    for text in texts:
        found = time_of(text) if text else None
        if found and FIRST_DAY < found <= timestamps.later(timestamps.now(), timestamps.DAY):
            return found
    return None
