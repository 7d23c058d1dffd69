"""Content-Encoding as servers really send it: wrong names, wrong codings, two headers, members without end."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest

from pipelines.extraction import zlib_streams
from pipelines.extraction.decoding import BodyError, decode_body, decode_text
from pipelines.extraction.zlib_streams import MOST_MEMBERS, Fault, unpack_gzip
from pipelines.zstd import zstd

PAGE = ("<!doctype html><title>Quay</title><p>" + "The ferry left the quay at seven. " * 60 + "</p>").encode()
TEXTS = [
    PAGE,
    b"The ferry left the quay at seven.\n" * 9,
    "Fähre am Kai".encode("latin-1") * 9,
    "渡".encode("utf-16") * 40,
    b"",
]


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


PACKERS = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "raw deflate": raw_deflate,
    "br": brotli.compress,
    "zstd": zstd.compress,
    "gzip of two members": lambda data: gzip.compress(data[:99]) + gzip.compress(data[99:]),
}


@pytest.mark.parametrize("text", TEXTS, ids=["html", "plain", "latin-1", "utf-16", "empty"])
@pytest.mark.parametrize(
    "coding",
    [
        *"utf-8 UTF-8 none None null text/html aws-chunked identity binary 8bit base64 iso-8859-1 chunked amz-1.0".split(),
        "compress",
        "",
        " ",
        ",",
        "gzip",
        "deflate",
        "br",
        "zstd",
        "none, gzip",
        '"gzip"',
        "identity, identity",
        "x" * 999,
    ],
)
def test_a_coding_that_a_text_does_not_bear_is_ignored(coding: str, text: bytes) -> None:
    assert decode_body(text, [("Content-Encoding", coding)]) == text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        *(
            (sent, said)
            for sent in ("gzip", "zstd", "gzip of two members")
            for said in ("gzip", "deflate", "br", "zstd", "none")
        ),
        *((sent, said) for sent in ("zlib",) for said in ("gzip", "deflate", "x-gzip")),
        ("raw deflate", "deflate"),
        ("br", "br"),
        ("gzip", "aws-chunked, gzip"),
        ("gzip", "gzip, aws-chunked"),
        ("gzip", "GZIP"),
        ("gzip", "utf-8"),
    ],
)
def test_the_bytes_say_what_they_are(sent: str, said: str) -> None:
    assert decode_body(PACKERS[sent](PAGE), [("content-encoding", said)]) == PAGE


def test_two_header_lines_are_two_codings() -> None:
    both = brotli.compress(gzip.compress(PAGE))
    assert (
        decode_body(both, [("Content-Encoding", "gzip"), ("Content-Type", "x"), ("content-encoding", "br")])
        == PAGE
    )
    assert (
        decode_body(gzip.compress(PAGE), [("Content-Encoding", "gzip"), ("Content-Encoding", "gzip")]) == PAGE
    )
    assert (
        decode_body(gzip.compress(PAGE), [("Content-Encoding", "gzip"), ("Content-Encoding", "utf-8")])
        == PAGE
    )


def test_bytes_in_a_coding_that_nobody_knows_are_refused_in_words() -> None:
    packed = bytes(range(256)) * 40
    with pytest.raises(BodyError, match=r"^sent in a Content-Encoding that nobody knows \(sdch\)$"):
        decode_body(packed, [("content-encoding", "sdch")])
    image = decode_body(b"\x89PNG\r\n\x1a\n" + packed, [("content-encoding", "none")])
    with pytest.raises(BodyError, match="a PNG image"):
        decode_text(image)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_of_members_ends_soon(coding: str) -> None:
    bomb = gzip.compress(b"") * 500_000
    assert unpack_gzip(bomb, 1_000).fault == Fault.TOO_MANY
    with pytest.raises(BodyError, match=f"more than {MOST_MEMBERS:,} members"):
        decode_body(bomb, [("content-encoding", coding)])


def test_members_are_joined_and_what_follows_them_is_left_out() -> None:
    many = b"".join(gzip.compress(PAGE[n : n + 7]) for n in range(0, len(PAGE), 7))
    for tail in (b"", b"\0" * 512, b"<!-- cached -->", b"\x1f\x8b", b"\x1f\x8bnonsense"):
        assert unpack_gzip(many + tail, 10**6).data == PAGE
    assert unpack_gzip(many[:-9], 10**6).fault == Fault.CUT_OFF
    assert unpack_gzip(many, 100) == (PAGE[:100], Fault.TOO_LARGE)
    assert unpack_gzip(gzip.compress(bytes(10**8)), 10**6) == (bytes(10**6), Fault.TOO_LARGE)
    assert unpack_gzip(b"\x1f\x8bnonsense", 100) == (b"", Fault.DAMAGED)


def test_of_a_listing_what_came_before_the_damage_is_read() -> None:
    cut = gzip.compress(PAGE * 400, 1)[:-300]
    with pytest.raises(BodyError, match="ends too early"):
        decode_body(cut, [("content-encoding", "gzip")])
    kept = decode_body(cut, [("content-encoding", "gzip")], whole=False)
    assert kept
    assert (PAGE * 400).startswith(kept)


PACKED = gzip.compress(PAGE * 9)


@pytest.mark.parametrize(
    "body",
    [
        PACKED,
        PACKED + PACKED,
        PACKED + b"<!-- cached -->",
        PACKED + bytes(8),
        PACKED[:-3],
        PACKED[:-8] + bytes(8),
        PACKED[: len(PACKED) // 2],
        PACKED[:40] + bytes([PACKED[40] ^ 8]) + PACKED[41:],
        PACKED[:3] + b"\xff" + PACKED[4:],
        b"\x1f\x8b",
    ],
)
@pytest.mark.parametrize("limit", [10, len(PAGE) * 9 - 1, len(PAGE) * 9, 10**6])
def test_gzip_is_unpacked_the_same_without_isal(
    monkeypatch: pytest.MonkeyPatch, body: bytes, limit: int
) -> None:
    unpacked = unpack_gzip(body, limit)
    monkeypatch.setattr(zlib_streams, "FAST", None)
    assert unpack_gzip(body, limit) == unpacked
