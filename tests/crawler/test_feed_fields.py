"""What feeds say of an entry: its address, language, authors and categories, in the forms that programs write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from crawler.listings.feeds import parse_feed

if TYPE_CHECKING:
    from crawler.listings.model import ListingEntry

URL = "https://www.daily.example/feed.xml"
PAGE = "https://www.daily.example/news/1"


def rss(item: str, channel: str = "", root: str = "") -> bytes:
    return (
        f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" {root}>'
        f"<channel><title>Daily</title>{channel}<item><title>T</title>{item}</item></channel></rss>"
    ).encode()


def atom(entry: str, root: str = "", title: str = "<title>T</title>") -> bytes:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {root}><title>Daily</title><entry>{title}{entry}</entry></feed>'
    ).encode()


def json_feed(item: dict[str, object], **feed: object) -> bytes:
    return json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", **feed, "items": [{"url": PAGE, **item}]}
    ).encode()


def only(body: bytes) -> ListingEntry:
    listing = parse_feed(body, URL)
    assert (listing.error, len(listing.entries)) == ("", 1)
    return listing.entries[0]


@pytest.mark.parametrize(
    "links",
    [
        f"<link>at://did:plc:abc/app.bsky.feed.post/3k</link><link>{PAGE}</link>",
        f"<link>{PAGE}</link><link>at://did:plc:abc/app.bsky.feed.post/3k</link>",
        f'<link uri="at://did:plc:abc/app.bsky.feed.post/3k">{PAGE}</link>',
        f'<link uri="at://did:plc:abc/app.bsky.feed.post/3k"/><link>{PAGE}</link>',
        f'<link>{PAGE}</link><link uri="at://did:plc:abc/app.bsky.feed.post/3k"/>',
        f'<atom:link rel="alternate" href="gemini://daily.example/1"/><link>{PAGE}</link>',
        f'<link>{PAGE}</link><atom:link rel="alternate" href="gopher://daily.example/1"/>',
        f"<link>mailto:desk@daily.example</link><guid isPermaLink='true'>{PAGE}</guid>",
        f"<link>javascript:void(0)</link><guid>{PAGE}</guid>",
        f"<link>urn:uuid:1</link><link>{PAGE}</link>",
        f'<link href="{PAGE}"/>',
        f"<guid>at://did:plc:abc/1</guid><link>{PAGE}</link>",
    ],
)
def test_the_web_address_among_addresses_of_other_kinds(links: str) -> None:
    assert only(rss(links)).url == PAGE


@pytest.mark.parametrize(
    "links",
    [
        f'<link rel="alternate" href="at://did:plc:abc/1"/><link rel="alternate" href="{PAGE}"/>',
        f'<link rel="alternate" href="{PAGE}"/><link rel="alternate" href="at://did:plc:abc/1"/>',
        f'<link href="ipfs://abc"/><link href="{PAGE}"/>',
        f'<id>tag:daily.example,2026:1</id><link rel="edit" href="https://daily.example/edit/1"/><link href="{PAGE}"/>',
        f'<link uri="at://did:plc:abc/1"/><link href="{PAGE}"/>',
    ],
)
def test_the_web_address_of_an_atom_entry(links: str) -> None:
    assert only(atom(links)).url == PAGE


@pytest.mark.parametrize(
    ("body", "language"),
    [
        (atom(f'<link href="{PAGE}"/>', 'xml:lang="de"'), "de"),
        (atom(f'<link href="{PAGE}"/>', 'xml:lang="de"', '<title xml:lang="fr">T</title>'), "fr"),
        (
            atom(f'<link href="{PAGE}"/>', 'xml:lang="de"').replace(b"<entry>", b'<entry xml:lang="ko">'),
            "ko",
        ),
        (rss(f"<link>{PAGE}</link>", root='xml:lang="pl"'), "pl"),
        (rss(f"<link>{PAGE}</link>").replace(b"<channel>", b'<channel xml:lang="pl">'), "pl"),
        (rss(f"<link>{PAGE}</link>").replace(b"<item>", b'<item xml:lang="pl">'), "pl"),
        (rss(f"<link>{PAGE}</link>", "<language>it-it</language>", 'xml:lang="en"'), "it-it"),
        (rss(f"<link>{PAGE}</link>", "<dc:language>it</dc:language>"), "it"),
        (rss(f"<link>{PAGE}</link><dc:language>nl</dc:language>", "<language>fr</language>"), "nl"),
        (json_feed({}, language="sv"), "sv"),
        (json_feed({"language": "fi"}, language="sv"), "fi"),
        (rss(f"<link>{PAGE}</link>"), ""),
    ],
)
def test_the_language_of_an_entry_is_the_nearest_that_is_said(body: bytes, language: str) -> None:
    assert only(body).hints.language == language


@pytest.mark.parametrize(
    ("item", "authors"),
    [
        ({"authors": [{"name": "Ann"}, {"name": "Ann"}]}, ("Ann",)),
        ({"authors": [{"name": "Ann"}, {"name": " ANN "}, {"name": "Ben"}]}, ("Ann", "Ben")),
        ({"authors": [{"name": "Ann"}], "author": {"name": "Ann"}}, ("Ann",)),
        ({"author": {"name": "Ann"}}, ("Ann",)),
        ({"author": [{"name": "Ann"}]}, ("Ann",)),
        ({"author": "Ann"}, ("Ann",)),
        ({"authors": {"name": "Ann"}}, ("Ann",)),
        ({"authors": ["Ann", "Ben", "Ann"]}, ("Ann", "Ben")),
        ({"authors": [{"name": ""}, {"url": "https://daily.example/ann"}, None, 5]}, ()),
        ({"authors": [{"name": "desk@daily.example"}]}, ()),
    ],
)
def test_the_authors_of_a_json_feed_once_each(item: dict[str, object], authors: tuple[str, ...]) -> None:
    assert only(json_feed(item)).hints.authors == authors


@pytest.mark.parametrize(
    ("categories", "tags"),
    [
        ('<category term="pol" label="Politics"/><category term="sea" label="Sea"/>', ("Politics", "Sea")),
        (
            '<category term="p1" label="Politics"/><category term="p2" label="Politics"/><category term="sea"/>',
            ("Politics", "sea"),
        ),
        ('<category term="Sea"/><category term="sea"/><category term="Land"/>', ("Sea", "Land")),
        (
            '<category term="https://daily.example/kind#post"/><category term="Sea"/><category term="Land"/>',
            ("Sea", "Land"),
        ),
    ],
)
def test_categories_once_as_readers_see_them(categories: str, tags: tuple[str, ...]) -> None:
    assert only(atom(f'<link href="{PAGE}"/>{categories}')).hints.tags == tags


def test_tags_and_categories_of_other_feeds_once() -> None:
    item = f"<link>{PAGE}</link><category>Sea</category><category>sea</category><category domain='x'>Sea</category>"
    assert only(rss(item)).hints.section == "Sea"
    assert only(json_feed({"tags": ["Sea", "sea", " Sea ", 5, None, "Land"]})).hints.tags == ("Sea", "Land")
    assert only(json_feed({"tags": "Sea"})).hints.tags == ("Sea",)


@pytest.mark.parametrize(
    "body",
    [
        b'{"version": "https://jsonfeed.org/version/1", "items": [{"url": "%s", "title": "Quay \\ud83d",'
        b' "tags": ["a\\udc00", "b"], "authors": [{"name": "An\\u0000n"}], "language": "e\\ud83dn"}]}'
        % PAGE.encode(),
        rss(
            f"<link>{PAGE}</link><author>An\x00n</author><category>a\x07</category><category>b</category>"
        ).replace(b"<title>T<", b"<title>Quay \xed\xa0\xbd<"),
        rss(f"<link>{PAGE}</link>").replace(b"<title>T<", b"<title>Quay &#xD83D;&#27;[31m\xe2\x80\xae<"),
        rss(f"<link>{PAGE}</link>").replace(
            b"<title>T<", b"<title><![CDATA[Quay &#xD83D; \x1b]52;c;x\x07]]><"
        ),
    ],
)
def test_nothing_comes_in_that_cannot_be_stored_or_printed(body: bytes) -> None:
    entry = parse_feed(body, URL).entries[0]
    said = [entry.url, entry.hints.title, entry.hints.language, *entry.hints.authors, *entry.hints.tags]
    for text in said:
        assert text.isprintable()  # no surrogate is, and none is stored
    assert entry.hints.title.startswith("Quay")


def test_a_time_as_a_number() -> None:
    assert only(json_feed({"date_published": 1763883000})).hints.published_at == "2025-11-23T07:30:00+00:00"
    assert (
        only(json_feed({"date_published": 1763883000000})).hints.published_at == "2025-11-23T07:30:00+00:00"
    )
    assert only(json_feed({"date_published": True})).hints.published_at == ""
