"""Gzip members of WARC files: many, empty ones, and traps made of them."""

from __future__ import annotations

import gzip
import zlib
from io import BytesIO

import pytest

from pipelines.archive.warc.members import MOST_EMPTY, SLICE, read_members, unpack_members


def test_members_across_slices_are_whole() -> None:
    contents = [bytes([n % 251]) * (n * 37) for n in range(1, 400)]
    packed = [gzip.compress(content, 0) for content in contents]
    file = BytesIO(b"".join(packed))
    members = list(read_members(file, 10**6))
    assert [member.content for member in members] == contents
    assert [member.length for member in members] == [len(one) for one in packed]
    assert len(b"".join(packed)) > 3 * SLICE


def test_a_bomb_of_empty_members_ends() -> None:
    good, empty = gzip.compress(b"record"), gzip.compress(b"")
    members = list(read_members(BytesIO(good + empty * 500_000), 10**6))
    assert members[0].content == b"record"
    assert len(members) <= MOST_EMPTY + 2
    assert members[-1].fault == f"damaged (more than {MOST_EMPTY:,} empty members in a row)"
    for skip in (False, True):
        with pytest.raises(zlib.error, match="empty members"):
            list(unpack_members(BytesIO(empty * 500_000), skip_damage=skip))


def test_a_few_empty_members_do_no_harm() -> None:
    good, empty = gzip.compress(b"record"), gzip.compress(b"")
    file = BytesIO((good + empty * 2) * 2_000)
    assert sum(bool(member.content) for member in read_members(file, 10**6)) == 2_000
