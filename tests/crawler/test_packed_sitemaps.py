"""Sitemaps in gzip as servers make it: in members, twice, cut off, with something behind, as a bomb."""

from __future__ import annotations

import gzip

import pytest

from crawler.listings.sitemaps import parse_sitemap

URL = "https://www.harbour.example/sitemap.xml.gz"
LOCATIONS = [f"https://www.harbour.example/story/{n}" for n in range(500)]
BODY = (
    "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
    + "".join(f"<url><loc>{url}</loc></url>" for url in LOCATIONS)
    + "</urlset>"
).encode()
MEMBERS = b"".join(gzip.compress(BODY[n : n + 1000]) for n in range(0, len(BODY), 1000))


@pytest.mark.parametrize(
    "packed",
    [
        MEMBERS,
        gzip.compress(MEMBERS),
        gzip.compress(b"") + MEMBERS + gzip.compress(b""),
        MEMBERS + b"\0" * 100,
        MEMBERS + b"<!-- served by cache -->",
        "\n".join(LOCATIONS).encode(),
        b"".join(gzip.compress(f"{url}\n".encode()) for url in LOCATIONS),
    ],
    ids=["members", "twice", "empty ones", "zeros behind", "text behind", "plain", "a member a line"],
)
def test_all_members_are_read(packed: bytes) -> None:
    listing = parse_sitemap(packed, URL)
    assert [entry.url for entry in listing.entries] == LOCATIONS
    assert listing.error == ""


def test_what_ends_early_is_read_so_far_and_says_so() -> None:
    cut = parse_sitemap(MEMBERS[: len(MEMBERS) // 2], URL)
    assert 0 < len(cut.entries) < len(LOCATIONS)
    assert "breaks off" in cut.error
    bomb = parse_sitemap(MEMBERS + gzip.compress(b"") * 500_000, URL)
    assert [entry.url for entry in bomb.entries] == LOCATIONS
    assert "too many members" in bomb.error
    assert parse_sitemap(b"\x1f\x8bnothing of the kind", URL).error == "is damaged gzip"
