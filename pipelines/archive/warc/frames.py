"""zstd frames as WARC files have them: one frame a record, one dictionary a file, in a skippable frame at its head.

https://iipc.github.io/warc-specifications/specifications/warc-zstd/
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from pipelines.archive.warc.members import CUT_OFF, PIECE, Member
from pipelines.zstd import zstd

if TYPE_CHECKING:
    from collections.abc import Iterator

ZstdDict = zstd.ZstdDict
ZstdError = zstd.ZstdError

FRAME, DICTIONARY_FRAME, DICTIONARY = b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18", b"\x37\xa4\x30\xec"
BLANK_FRAME = b"\x50\x2a\x4d\x18"
"""Of the sixteen kinds of skippable frames the first: where a record was erased, one of its length is in its place."""

LEVEL, DICTIONARY_LEVEL = 5, 12
"""With another page of its site as dictionary a page takes 23 kB at level 3 and 19 kB at 5, for .7 ms of CPU more (1.6,
where gzip by isal takes 2); 18 kB at 9 for twice that (`bench captures FOLDER formats`, 234 pages of 66 sites)."""

LARGEST_DICTIONARY = 1 << 19
"""Bytes of a page that become the dictionary; every reader must take 8 MB."""
SMALLEST_DICTIONARY = 4000
"""A shorter page is an error or a note, and no example of the site's pages."""
TABLES = 1 << 14
"""Bytes for the statistics before a dictionary's content; some hundreds are used."""
SAMPLES = 64
HEAD = 512
LARGEST = 8 << 20
"""Bytes of a dictionary that is read, packed and unpacked: what the specification asks of readers."""


class DictionaryPage(NamedTuple):
    """The page from which a dictionary was made: its address and its payload's digest as WARC headers have them."""

    url: str
    digest: str


def compress(data: bytes, dictionary: ZstdDict | None, level: int = LEVEL) -> bytes:
    """One frame, with its content's size, its checksum and its dictionary's number, as the specification asks."""
    options: dict[int, int] = {
        zstd.CompressionParameter.compression_level: level,
        zstd.CompressionParameter.checksum_flag: 1,
        zstd.CompressionParameter.dict_id_flag: 1,
    }
    return zstd.compress(data, options=options, zstd_dict=dictionary and dictionary.as_digested_dict)


def decompress(data: bytes, dictionary: ZstdDict | None, largest: int) -> bytes:
    """The content of one frame, of at most `largest` bytes. Raises `ZstdError` for another, and for what is none."""
    unpacker = zstd.ZstdDecompressor(zstd_dict=dictionary)
    content = unpacker.decompress(data, max_length=largest)
    if not unpacker.eof or unpacker.unused_data:
        raise ZstdError("it is cut off, too large, or several")
    return content


def make_dictionary(record: bytes) -> ZstdDict | None:
    """A dictionary of a page's record; None where the page is no example of others: short, packed by its server, an error.

    It begins with the record's own headers, so that it can be told whose page it is.
    """
    head, _, page = record.partition(b"\r\n\r\n")
    answer = page[:8192].partition(b"\r\n\r\n")[0].lower()
    fit = b"WARC-Type: response" in head and answer.startswith(b"http/1.1 200")
    if (
        not fit
        or b"html" not in answer
        or b"\r\ncontent-encoding:" in answer
        or len(page) < SMALLEST_DICTIONARY
    ):
        return None
    content = record[:LARGEST_DICTIONARY]
    step = -(-len(content) // SAMPLES)
    pieces = [content[start : start + step] for start in range(0, len(content), step)]
    try:
        return zstd.finalize_dict(
            ZstdDict(content, is_raw=True), pieces, dict_size=len(content) + TABLES, level=LEVEL
        )
    except ZstdError:  # the statistics of some pages cannot be made
        return None


def pack_dictionary(dictionary: ZstdDict) -> bytes:
    """The skippable frame with which a file begins."""
    packed = compress(dictionary.dict_content, None, DICTIONARY_LEVEL)
    return DICTIONARY_FRAME + len(packed).to_bytes(4, "little") + packed


def read_dictionary(file: BinaryIO) -> ZstdDict | None:
    """The dictionary at a file's head; the file then stands behind it. None, at the file's beginning, where there is none.

    Raises `ZstdError` for a dictionary that cannot be read.
    """
    file.seek(0)
    head = file.read(8)
    if not head.startswith(DICTIONARY_FRAME):
        file.seek(0)
        return None
    size = int.from_bytes(head[4:], "little")
    content = file.read(size) if size <= LARGEST else b""
    if len(content) < size or size > LARGEST:
        raise ZstdError("the dictionary at its head is cut off or too large")
    if content.startswith(FRAME):
        content = decompress(content, None, LARGEST)
    return ZstdDict(content, is_raw=not content.startswith(DICTIONARY))


def dictionary_of(path: Path) -> ZstdDict | None:
    """The dictionary of a file, kept for the next call. Raises `ZstdError` and `OSError`."""
    with path.open("rb") as file:
        return _dictionary_of(str(path), file.read(HEAD))


@lru_cache(maxsize=64)
def _dictionary_of(path: str, head: bytes) -> ZstdDict | None:
    """By the file's head too, in which the page of the dictionary has an id: another file may have this name by now."""
    with Path(path).open("rb") as file:
        return read_dictionary(file)


def page_of_dictionary(dictionary: ZstdDict) -> DictionaryPage | None:
    """The page from which we made a dictionary; None for one that others made otherwise."""
    content = dictionary.dict_content
    start = content.find(b"WARC/1.")
    if start < 0:
        return None
    fields = {}
    for line in content[start : start + 8192].partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        name, _, value = line.decode("utf-8", "replace").partition(":")
        fields[name.lower()] = value.strip()
    return DictionaryPage(fields.get("warc-target-uri", ""), fields.get("warc-payload-digest", ""))


def blank_frame(length: int) -> bytes:
    """A skippable frame of exactly this length, 8 at least, with nothing in it."""
    return BLANK_FRAME + (length - 8).to_bytes(4, "little") + b"\0" * (length - 8)


def is_skippable(head: bytes) -> bool:
    """Whether a skippable frame begins with these bytes."""
    return head[1:4] == BLANK_FRAME[1:] and head[:1] >= b"\x50" and head[:1] < b"\x60"


def read_frames(file: BinaryIO, largest: int, dictionary: ZstdDict | None) -> Iterator[Member]:
    """The frames of an open file from where it stands, as `read_members` gives gzip members; skippable ones are left out."""
    start, data = file.tell(), b""
    while True:
        if len(data) < 8:
            data += file.read(PIECE)
        if not data:
            return
        if is_skippable(data):
            end = start + 8 + int.from_bytes(data[4:8], "little")
            if len(data) < 8 or file.seek(0, 2) < end:
                yield Member(start, start, b"", CUT_OFF)
                return
            start, data = file.seek(end), b""
            continue
        unpacker, parts, size = zstd.ZstdDecompressor(zstd_dict=dictionary), list[bytes](), 0
        try:
            while not unpacker.eof and size <= largest:
                if unpacker.needs_input and not data and not (data := file.read(PIECE)):
                    yield Member(start, start, b"".join(parts), CUT_OFF)
                    return
                parts.append(unpacker.decompress(data, max_length=PIECE))
                data, size = b"", size + len(parts[-1])
        except ZstdError as error:
            yield Member(start, start, b"".join(parts), f"damaged ({error})")
            return
        if size > largest:
            yield Member(start, start, b"".join(parts), "a record too large to be one of ours")
            return
        data = unpacker.unused_data
        end = file.tell() - len(data)
        yield Member(start, end, b"".join(parts))
        start = end
