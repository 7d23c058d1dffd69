"""Feeds, sitemaps and section pages: from bytes to addresses and hints, whatever the bytes."""

from __future__ import annotations

import gzip
import json
import random
from typing import Any

import pytest

from crawler.listings.article_urls import looks_like_article
from crawler.listings.dates import date_in_url, iso
from crawler.listings.feeds import MOST_ENTRIES, parse_feed
from crawler.listings.model import FEED_PLACES, SITEMAP_PLACES, FurtherListing, Listing, ListingEntry
from crawler.listings.section_pages import PageFacts, feed_links, page_facts, parse_section
from crawler.listings.sitemaps import parse_sitemap
from crawler.sources.model import Source
from pipelines.items import Hints

HOME = "https://www.daily.example/"
FEED_URL = "https://www.daily.example/feeds/news.xml"
MAP_URL = "https://www.daily.example/sitemap.xml"
SOURCE = Source(id="daily", home=HOME)


def urls(listing: Listing) -> list[str]:
    return [entry.url for entry in listing.entries]


def rss(items: str, head: str = "", version: str = "2.0") -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="{version}" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">'
        f"<channel><title>Daily</title><link>{HOME}</link>{head}{items}</channel></rss>"
    ).encode()


def only(listing: Listing) -> ListingEntry:
    assert listing.error == ""
    assert len(listing.entries) == 1
    return listing.entries[0]


# Feeds


def test_rss_gives_addresses_and_hints() -> None:
    body = rss(
        "<item><title>Ferries &amp;amp; trains: &lt;b&gt;what&lt;/b&gt; changes</title>"
        "<link>https://www.daily.example/2026/11/23/ferries?utm_source=rss</link>"
        "<guid isPermaLink='false'>7</guid><pubDate>Mon, 23 Nov 2026 09:30:00 +0900</pubDate>"
        "<dc:creator>Ann A. Writer</dc:creator><category>Travel</category></item>",
        head="<language>en-gb</language>",
    )
    assert only(parse_feed(body, FEED_URL)) == ListingEntry(
        "https://www.daily.example/2026/11/23/ferries?utm_source=rss",
        Hints(
            via="feed",
            title="Ferries & trains: what changes",
            published_at="2026-11-23T09:30:00+09:00",
            section="Travel",
            language="en-gb",
            authors=("Ann A. Writer",),
        ),
    )


def test_atom_gives_addresses_and_hints() -> None:
    body = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de">
    <title>Blatt</title><link rel="self" href="https://www.daily.example/atom"/>
    <link rel="next" href="/atom?page=2"/>
    <entry><title type="html">F\xc3\xa4hren &amp;amp; Z\xc3\xbcge</title><id>tag:daily.example,2026:7</id>
    <link rel="enclosure" href="/a.mp3"/><link rel="alternate" href="/a/7"/>
    <published>2026-11-23T09:30:00.123+01:00</published><updated>2026-11-23T10:00:00Z</updated>
    <author><name>Ann</name></author><author><name>Ben</name></author>
    <category term="Reise"/><category term="Meer"/></entry></feed>"""
    listing = parse_feed(body, FEED_URL)
    assert only(listing) == ListingEntry(
        "https://www.daily.example/a/7",
        Hints(
            via="feed",
            title="Fähren & Züge",
            published_at="2026-11-23T09:30:00+01:00",
            modified_at="2026-11-23T10:00:00+00:00",
            authors=("Ann", "Ben"),
            tags=("Reise", "Meer"),
            language="de",
        ),
    )
    assert listing.more == [FurtherListing("feed", "https://www.daily.example/atom?page=2")]


def test_atom_without_a_date_of_publication_says_only_when_it_changed() -> None:
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title><link href="https://x.example/a"/>
    <updated>2026-11-23T10:00:00+09:00</updated></entry></feed>"""
    hints = only(parse_feed(body, FEED_URL)).hints
    assert (hints.published_at, hints.modified_at) == ("", "2026-11-23T10:00:00+09:00")


def test_rdf_takes_its_one_date_for_publication() -> None:
    body = b"""<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
    <channel rdf:about="https://x.example/"><title>X</title></channel>
    <item rdf:about="https://x.example/a"><title>A</title><link>https://x.example/a</link>
    <dc:date>2026-11-23T10:00:00+09:00</dc:date><dc:subject>World</dc:subject></item></rdf:RDF>"""
    hints = only(parse_feed(body, FEED_URL)).hints
    assert (hints.published_at, hints.modified_at) == ("2026-11-23T10:00:00+09:00", "")
    assert hints.section == "World"


@pytest.mark.parametrize("version", ["0.90", "0.91", "0.92", "0.93", "0.94", "2.0"])
def test_every_rss(version: str) -> None:
    doctype = (
        b'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"'
        b' "http://my.netscape.com/publish/formats/rss-0.91.dtd">\n'
    )
    body = rss("<item><title>Ol&#233;</title><link>https://x.example/a</link></item>", version=version)
    body = body.replace(b"?>\n", b"?>\n" + doctype)
    assert only(parse_feed(body, FEED_URL)).hints.title == "Olé"


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("<link>/a/7</link>", "https://www.daily.example/a/7"),
        ("<link>a/7</link>", "https://www.daily.example/feeds/a/7"),
        ("<link>\n  https://x.example/a\n </link>", "https://x.example/a"),
        ("<link><![CDATA[https://x.example/a?b=1&c=2]]></link>", "https://x.example/a?b=1&c=2"),
        ("<guid>https://x.example/guid</guid>", "https://x.example/guid"),
        ("<guid isPermaLink='false'>https://x.example/guid</guid>", "https://x.example/guid"),
        (
            "<link>https://feeds.x.example/~r/1</link><feedburner:origLink>https://x.example/a</feedburner:origLink>",
            "https://x.example/a",
        ),
        ("<link>https://x.example/뉴스/가</link>", "https://x.example/뉴스/가"),
    ],
)
def test_the_address_of_an_item(item: str, url: str) -> None:
    body = rss(f"<item><title>T</title>{item}</item>")
    assert urls(parse_feed(body, FEED_URL)) == [url]


@pytest.mark.parametrize(
    "item",
    ["<guid>7</guid>", "<link></link>", "<link>javascript:void(0)</link>", "<link>http://[::1</link>", ""],
)
def test_an_item_without_an_address_is_counted(item: str) -> None:
    body = rss(f"<item><title>T</title>{item}</item><item><link>https://x.example/a</link></item>")
    listing = parse_feed(body, FEED_URL)
    assert urls(listing) == ["https://x.example/a"]
    assert listing.unusable == 1


JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "language": "en",
    "next_url": "/feed.json?page=2",
    "items": [
        {
            "id": "1",
            "url": "/a/1",
            "title": "One &amp; only",
            "date_published": "2026-11-23T09:30:00+09:00",
            "date_modified": "2026-11-23T01:00:00Z",
            "authors": [{"name": "Ann"}, {"url": "https://x.example/ben"}, 5],
            "tags": ["a", "b", 3],
        },
        {"id": "https://x.example/2", "author": {"name": "Cid"}, "title": 5},
        {"id": "3"},
        "junk",
    ],
}


def test_json_feed() -> None:
    listing = parse_feed(b"\xef\xbb\xbf" + json.dumps(JSON_FEED).encode(), FEED_URL, "application/feed+json")
    assert listing.entries == [
        ListingEntry(
            "https://www.daily.example/a/1",
            Hints(
                via="feed",
                title="One & only",
                published_at="2026-11-23T09:30:00+09:00",
                modified_at="2026-11-23T01:00:00+00:00",
                language="en",
                authors=("Ann",),
                tags=("a", "b"),
            ),
        ),
        ListingEntry("https://x.example/2", Hints(via="feed", language="en", authors=("Cid",))),
    ]
    assert listing.more == [FurtherListing("feed", "https://www.daily.example/feed.json?page=2")]
    assert listing.unusable == 2


@pytest.mark.parametrize(
    ("declared", "really"),
    [
        ("utf-8", "cp949"),
        ("utf-8", "shift_jis"),
        ("iso-8859-1", "utf-8"),
        ("euc-kr", "euc-kr"),
        ("windows-1251", "windows-1251"),
        ("no-such-charset", "utf-8"),
        ("utf-16", "utf-16"),
    ],
)
def test_a_feed_in_another_charset_than_it_says(declared: str, really: str) -> None:
    title = {
        "cp949": "국회가 새 예산안을 어제 저녁 늦게 통과시켰다",
        "euc-kr": "국회가 새 예산안을 통과시켰다",
        "shift_jis": "国会は昨夜、新しい予算案を可決した",
        "windows-1251": "Парламент принял новый бюджет",
    }.get(really, "Größe und Glück – 新しい")
    items = "".join(
        f"<item><title>{title}</title><link>https://x.example/{n}</link></item>" for n in range(8)
    )
    body = f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0"><channel>{items}</channel></rss>'
    listing = parse_feed(body.encode(really), FEED_URL, f"text/xml; charset={declared}")
    assert listing.error == ""
    assert {entry.hints.title for entry in listing.entries} == {title}


def test_a_web_page_is_no_feed_but_may_name_one() -> None:
    page = b"""<?xml version="1.0"?><!DOCTYPE html><html><head>
    <link rel="alternate" type="application/rss+xml" href="/rss.xml">
    <link rel="alternate" type="application/rss+xml" href="/comments/feed/">
    <link rel="alternate" hreflang="de" href="/de/"></head><body>Hello</body></html>"""
    listing = parse_feed(page, FEED_URL, "application/rss+xml")
    assert listing == Listing(
        "feed",
        more=[FurtherListing("feed", "https://www.daily.example/rss.xml")],
        error="is a web page, not a feed",
    )


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "is empty"),
        (b" \r\n\x00", "is empty"),
        (b"not found", "is neither RSS, Atom nor JSON Feed"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is neither RSS, Atom nor JSON Feed"),
        (b"<urlset></urlset>", "is neither RSS, Atom nor JSON Feed"),
        (b"{", "is broken JSON"),
        (b'{"a": 1}', "is JSON, but no JSON Feed"),
        (b'{"items": 5}', "is JSON, but no JSON Feed"),
        (b'{"items":' + b"[" * 100_000, "is broken JSON"),
    ],
)
def test_what_is_no_feed_says_so(body: bytes, error: str) -> None:
    listing = parse_feed(body, FEED_URL)
    assert listing.entries == []
    assert error in listing.error


def test_an_empty_feed_is_no_error() -> None:
    found = parse_feed(rss(""), FEED_URL)
    assert (found.entries, found.more, found.error) == ([], [], "")


def test_a_feed_that_breaks_off_gives_what_came_before() -> None:
    body = rss(
        "".join(f"<item><title>T{n}</title><link>https://x.example/{n}</link></item>" for n in range(5))
    )
    listing = parse_feed(body[: body.index(b"<title>T4")], FEED_URL)
    assert urls(listing)[:4] == [f"https://x.example/{n}" for n in range(4)]
    assert listing.error == "breaks off: only what came before could be read"


def test_sloppy_feeds_are_read() -> None:
    body = b"""  <?xml version="1.0"?>\n<rss version="2.0"><channel>
    <item><title>Fish & chips&nbsp;now</title><link>https://x.example/a?b=1&c=2</link></item></channel></rss>"""
    entry = only(parse_feed(body, FEED_URL))
    assert entry.url == "https://x.example/a?b=1&c=2"
    assert entry.hints.title == "Fish & chips now"


def test_a_feed_of_everything_is_cut_and_says_so() -> None:
    items = "".join(
        f"<item><title>T{n}</title><link>https://x.example/{n}</link></item>" for n in range(100_000)
    )
    listing = parse_feed(rss(items), FEED_URL)
    assert len(listing.entries) == MOST_ENTRIES
    assert listing.entries[-1].url == f"https://x.example/{MOST_ENTRIES - 1}"
    assert listing.error == "has 100,000 entries, of which the first 3,000 were read"


def laughs(root: str) -> bytes:
    entities = '<!ENTITY l0 "ha">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    head, _, tail = root.partition("TEXT")
    return f'<?xml version="1.0"?><!DOCTYPE x [{entities}]>{head}&l11;{tail}'.encode()


BOMBS = [
    laughs('<rss version="2.0"><channel><item><title>TEXT</title><link>https://x.example/a</link></item></channel></rss>'),
    laughs('<urlset><url><loc>https://x.example/a</loc><news><title>TEXT</title></news></url></urlset>'),
    laughs('<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>TEXT</title><link href="https://x.example/a"/></entry></feed>'),
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel>'
    b"<item><title>&f;</title><link>https://x.example/a</link></item></channel></rss>",
    b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><urlset><url>'
    b"<loc>https://x.example/a</loc></url></urlset>",
]  # fmt: skip


@pytest.mark.parametrize("body", BOMBS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_never_expanded(body: bytes, encoding: str) -> None:
    body = body if encoding == "utf-8" else body.decode().encode("utf-16")
    for listing in (parse_feed(body, FEED_URL), parse_sitemap(body, MAP_URL)):
        for entry in listing.entries:
            assert entry.url == "https://x.example/a"
            assert len(entry.hints.title) < 100
            assert "root:" not in entry.hints.title
    assert urls(parse_sitemap(body, MAP_URL)) == ["https://x.example/a"]


# Dates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon, 23 Nov 2026 09:30:00 +0900", "2026-11-23T09:30:00+09:00"),
        ("Mon, 23 Nov 2026 09:30:00 GMT", "2026-11-23T09:30:00+00:00"),
        ("Mon, 23 Nov 2026 09:30:00 EST", "2026-11-23T09:30:00-05:00"),
        ("Mon, 23 Nov 2026 09:30:00 KST", "2026-11-23T09:30:00+09:00"),
        ("Mon, 23 Nov 2026 09:30:00 CEST", "2026-11-23T09:30:00+02:00"),
        ("23 Nov 2026 09:30", "2026-11-23"),
        ("Mon, 23 Nov 2026 09:30:00 -0000", "2026-11-23T09:30:00+00:00"),
        ("Mon, 23 Nov 2026 09:30:00 IST", "2026-11-23"),
        ("2026-11-23T09:30:00Z", "2026-11-23T09:30:00+00:00"),
        ("2026-11-23T09:30:00.000+0900", "2026-11-23T09:30:00+09:00"),
        ("2026-11-23 09:30:00", "2026-11-23"),
        ("2026-11-23 09:30:00 +0900", "2026-11-23T09:30:00+09:00"),
        ("2026-11-23 09:30:00 KST", "2026-11-23T09:30:00+09:00"),
        ("2026-11-23 09:30 ACST", "2026-11-23T09:30:00+09:30"),
        ("2026-11-23", "2026-11-23"),
        ("  2026-11-23\n", "2026-11-23"),
        ("2026-11", ""),
        ("2026", ""),
        ("2026-13-45", ""),
        ("1970-01-01T00:00:00Z", ""),
        ("0001-01-01T00:00:00Z", ""),
        ("Mon, 99 Foo 2026", ""),
        ("yesterday", ""),
        ("", ""),
        ("Mon, 23 Nov 99999 09:30:00 +0900", ""),
        ("Mon, 23 Nov 2026 09:30:00 +9999", ""),
    ],
)
def test_times_keep_their_zone(text: str, expected: str) -> None:
    assert iso(text) == expected


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2026년 11월 23일 월요일 오전 9:30", "2026-11-23"),
        ("2026.11.3 9:30", "2026-11-03"),
        ("2026/31/3", ""),
        ("Mon, 23 Nov 2026 09:30:00 GMT", "2026-11-23T09:30:00+00:00"),
        ("Κυρ, 22 Νοέ 2026 09:30:00 EET", "2026-11-22T"),
        ("garbage", ""),
    ],
)
def test_dates_in_feeds(date: str, expected: str) -> None:
    body = rss(f"<item><link>https://x.example/a</link><pubDate>{date}</pubDate></item>")
    assert only(parse_feed(body, FEED_URL)).hints.published_at[: len(expected) or None] == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/2026/11/23/slug", "2026-11-23"),
        ("/news/2026-11-23/national/slug/2480014", "2026-11-23"),
        ("/2026/nov/23/slug", "2026-11-23"),
        ("/2026/november/3/slug", "2026-11-03"),
        ("/2026/1123/slug.html", "2026-11-23"),
        ("/202611/23/slug.html", "2026-11-23"),
        ("/20261123/slug", "2026-11-23"),
        ("/slug-20261123", "2026-11-23"),
        ("/slug_2026_11_23.html", "2026-11-23"),
        ("/view/AKR20261123001200051", "2026-11-23"),
        ("/view?no=20261123000123", "2026-11-23"),
        ("/2026/1/3/slug", "2026-01-03"),
        ("/2026/11/slug", ""),
        ("/2026/02/30/slug", ""),
        ("/2026/13/23/slug", ""),
        ("/article/201011234", ""),
        ("/article/12026112345", ""),
        ("/1789/07/14/bastille", ""),
        ("/a/20-tips-for-2026", ""),
        ("", ""),
    ],
)
def test_a_day_in_an_address(path: str, expected: str) -> None:
    assert date_in_url(f"https://daily.example{path}") == expected


def test_a_broken_address_has_no_day() -> None:
    assert date_in_url("http://[::1/2026/11/23/") == ""


# Sitemaps


def urlset(inner: str, extra: str = "") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
        f' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"{extra}>{inner}</urlset>'
    ).encode()


NEWS = urlset(
    "<url><loc>https://x.example/a</loc><lastmod>2026-11-23T10:00:00+09:00</lastmod>"
    "<news:news><news:publication><news:name>X</news:name><news:language>ko</news:language></news:publication>"
    "<news:publication_date>2026-11-23T09:30:00+09:00</news:publication_date>"
    "<news:title>Ferries &amp; trains</news:title><news:keywords>sea, travel ,</news:keywords></news:news>"
    "<image:image><image:loc>https://x.example/a.jpg</image:loc><image:title>Not this</image:title></image:image>"
    "</url>"
)


def test_a_news_sitemap_gives_title_and_publication() -> None:
    assert only(parse_sitemap(NEWS, MAP_URL)) == ListingEntry(
        "https://x.example/a",
        Hints(
            via="news-sitemap",
            title="Ferries & trains",
            published_at="2026-11-23T09:30:00+09:00",
            modified_at="2026-11-23T10:00:00+09:00",
            language="ko",
            tags=("sea", "travel"),
        ),
    )


def test_a_sitemap_says_only_when_a_page_changed() -> None:
    body = urlset(
        "<url><loc> /a </loc><lastmod>2026-11-23</lastmod></url><url><loc>https://x.example/b</loc></url>"
    )
    assert parse_sitemap(body, MAP_URL).entries == [
        ListingEntry("https://www.daily.example/a", Hints(via="sitemap", modified_at="2026-11-23")),
        ListingEntry("https://x.example/b", Hints(via="sitemap")),
    ]


def test_an_index_gives_further_sitemaps_with_their_times() -> None:
    body = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
    <sitemap><loc>https://x.example/2026-11.xml.gz</loc><lastmod>2026-11-23T10:00:00Z</lastmod></sitemap>
    <sitemap><loc>/old.xml</loc></sitemap><sitemap><loc>https://www.daily.example/sitemap.xml</loc></sitemap>
    <sitemap/></sitemapindex>"""
    listing = parse_sitemap(body, MAP_URL)
    assert listing.entries == []
    assert listing.more == [
        FurtherListing("sitemap", "https://x.example/2026-11.xml.gz", "2026-11-23T10:00:00+00:00"),
        FurtherListing("sitemap", "https://www.daily.example/old.xml"),
    ]


def test_sitemaps_with_odd_or_no_namespaces() -> None:
    for body in (
        NEWS.replace(b"http://www.google.com/schemas", b"https://example.org/other"),
        NEWS.replace(b' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"', b""),
        NEWS.replace(b' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"', b""),
    ):
        assert parse_sitemap(body, MAP_URL).entries[0].hints.title == "Ferries & trains"


def test_a_packed_sitemap_also_twice() -> None:
    once = gzip.compress(NEWS)
    for body in (once, gzip.compress(once)):
        assert urls(parse_sitemap(body, MAP_URL)) == ["https://x.example/a"]


def test_a_damaged_packed_sitemap() -> None:
    rng = random.Random(1)
    many = urlset("".join(f"<url><loc>https://x.example/{rng.random()}</loc></url>" for _ in range(2000)))
    listing = parse_sitemap(gzip.compress(many)[:-5000], MAP_URL)
    assert 100 < len(listing.entries) < 2000
    assert listing.error == "breaks off"
    assert parse_sitemap(b"\x1f\x8bnonsense", MAP_URL).error == "is damaged gzip"


def test_a_sitemap_that_unpacks_without_end_is_cut() -> None:
    head = urlset("<url><loc>https://x.example/a</loc></url>")[: -len(b"</urlset>")]
    listing = parse_sitemap(gzip.compress(head + b" " * 300_000_000, compresslevel=1), MAP_URL)
    assert urls(listing) == ["https://x.example/a"]
    assert listing.error == "is too large: the rest was not read"


def test_a_sitemap_in_plain_text() -> None:
    body = "\ufeffhttps://x.example/a\r\nhttps://x.example/뉴스\r\n\r\nnonsense\r\n".encode()
    listing = parse_sitemap(body, MAP_URL)
    assert urls(listing) == ["https://x.example/a", "https://x.example/뉴스"]
    assert listing.unusable == 1


def test_a_feed_may_serve_as_sitemap() -> None:
    listing = parse_sitemap(rss("<item><link>https://x.example/a</link></item>"), MAP_URL)
    assert listing.entries == [ListingEntry("https://x.example/a", Hints(via="feed"))]


def test_bare_ampersands_and_cdata_keep_their_addresses() -> None:
    body = urlset(
        "<url><loc>https://x.example/v?a=1&b=2</loc></url>"
        "<url><loc><![CDATA[https://x.example/v?a=3&b=4]]></loc></url>"
        "<url><loc>https://x.example/v?a=5&amp;copy=6</loc></url>"
    )
    assert urls(parse_sitemap(body, MAP_URL)) == [
        "https://x.example/v?a=1&b=2",
        "https://x.example/v?a=3&b=4",
        "https://x.example/v?a=5&copy=6",
    ]


def test_a_sitemap_that_breaks_off_gives_what_came_before() -> None:
    body = urlset("".join(f"<url><loc>https://x.example/{n}</loc></url>" for n in range(9)))
    listing = parse_sitemap(body[: body.index(b"/8</loc>")], MAP_URL)
    assert urls(listing)[:8] == [f"https://x.example/{n}" for n in range(8)]
    assert "only what came before" in listing.error


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b"<!doctype html><html><body>404</body></html>", "is a web page, not a sitemap"),
        (b"<foo/>", "its first element is <foo>"),
        (b"hello there", "is no sitemap"),
        (b"\x00\xff\xfe\x01", "is no sitemap"),
    ],
)
def test_what_is_no_sitemap_says_so(body: bytes, error: str) -> None:
    listing = parse_sitemap(body, MAP_URL)
    assert listing.entries == []
    assert error in listing.error


def test_unusable_entries_are_counted() -> None:
    body = urlset("<url><loc>ftp://x.example/a</loc></url><url/><url><loc>https://x.example/b</loc></url>")
    listing = parse_sitemap(body, MAP_URL)
    assert (urls(listing), listing.unusable) == (["https://x.example/b"], 2)


# Pages

ARTICLES = [
    ("/news/articleView.html?idxno=123456", ""),
    ("/a/12345", ""),
    ("/2026/11/23/slug", ""),
    ("/world/new-ferry-line-opens-in-autumn", ""),
    ("/story/141e61e9-8a07-42e4-a527-2f03f45e7ef0", ""),
    ("/section/slug-words", "New ferry line opens in the autumn"),
    ("/view.php?id=77", "New ferry line opens in the autumn"),
    ("/?p=1234", "New ferry line opens in the autumn"),
    ("/wiki/Ferry_line_opens_in_autumn", "Ferry line opens in autumn"),
    ("/article/AKR20261123001200051", "한겨울 항구에 새 여객선 노선이 열린다"),
    ("/%EB%89%B4%EC%8A%A4/%EC%83%88-%EC%97%AC%EA%B0%9D%EC%84%A0", "한겨울 항구에 새 여객선 노선이 열린다"),
    ("/articles/ASSBR2S0QSBRUTIL00WM.html", "港に新しいフェリー航路が開かれる見通し"),
    ("/n1/2026/1123/c1001-40368383.html", ""),
    ("/archive/2026/11/the-ferry/680123/", "The Ferry That Never Was"),
    ("/topics/world/20261123-FERRY/", "A new ferry line opens in autumn"),
    ("/ferry-line-opens-in-the-autumn.html", ""),
    ("/new-ferry-line-opens/", "New ferry line opens after all"),
]
NO_ARTICLES = [
    ("/", "The Daily Example and all of its news"),
    ("/world", "World"),
    ("/world/", "All the news from the whole world"),
    ("/world/asia", "Asia"),
    ("/tag/ferries", "Ferries"),
    ("/tags/12345", "ferries"),
    ("/author/ann-a-writer", "Ann A. Writer"),
    ("/author/ann-a-writer", "More stories by Ann A. Writer"),
    ("/about", "What we do and who we are"),
    ("/privacy-policy", "Read our new privacy policy now"),
    ("/login?next=/a/12345", "Log in to read this story"),
    ("/search?q=ferry", "Search for ferry in all our news"),
    ("/category/world/page/2", "2"),
    ("/latest/2", "2"),
    ("/2026/11/", "November"),
    ("/photos/ferry.jpg", "A ferry leaves the harbour at dawn"),
    ("/report.pdf", "The whole report as a PDF file"),
    ("/feed.xml", "All our news as an RSS feed"),
    ("/newsletter/morning-briefing", "Morning briefing"),
    ("/impressum", "Impressum"),
    ("mailto:desk@daily.example", "Write to the desk of the Daily"),
    ("https://other.example/2026/11/23/ferry-line-opens-in-autumn", "New ferry line opens in the autumn"),
    ("javascript:void(0)", "New ferry line opens in the autumn"),
    ("http://[::1", "New ferry line opens in the autumn"),
]


@pytest.mark.parametrize(("path", "text"), ARTICLES)
def test_links_that_look_like_articles(path: str, text: str) -> None:
    assert looks_like_article(f"https://www.daily.example{path}", text, HOME)


@pytest.mark.parametrize(("path", "text"), NO_ARTICLES)
def test_links_that_do_not(path: str, text: str) -> None:
    url = f"https://www.daily.example{path}" if path.startswith("/") else path
    assert not looks_like_article(url, text, HOME)


HOME_PAGE = """<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>News | The Daily Example</title>
<meta property="og:site_name" content="The Daily Example">
<link rel="alternate" type="application/rss+xml" href="/rss.xml"><link rel="canonical" href="/"></head><body>
<nav><a href="/">Home</a> <a href="/world">World</a> <a href="/sport/">Sport</a> <a href="/login">Log in</a>
<a href="https://other.example/shop">Shop</a> <a href="/video">Video</a> <a href="#top">Top</a></nav>
<a href="/2026/11/23/new-ferry?utm_source=home"><img alt="A ferry" src="/f.jpg"></a>
<h2><a href="/2026/11/23/new-ferry">New ferry line opens in the autumn</a></h2>
<a href="/2026/11/22/old-mill#comments"> 3 </a><a href=" /2026/11/22/old-mill ">The old mill is open again</a>
<a href="/tag/sea">sea</a><a href="http://[bad">What a broken link it is</a><a>no link</a>
<div class="pages"><a href="/latest/1">1</a><a href="/latest/2">2</a><a href="/latest/12">older</a></div>
</body></html>"""


def test_a_home_page_gives_articles_feeds_pages_and_sections() -> None:
    listing = parse_section(HOME_PAGE.encode(), HOME, "text/html", SOURCE)
    assert listing == Listing(
        "section",
        [
            ListingEntry(
                "https://www.daily.example/2026/11/23/new-ferry?utm_source=home",
                Hints(via="section", title="New ferry line opens in the autumn"),
            ),
            ListingEntry(
                "https://www.daily.example/2026/11/22/old-mill",
                Hints(via="section", title="The old mill is open again"),
            ),
        ],
        [
            FurtherListing("feed", "https://www.daily.example/rss.xml"),
            FurtherListing("section", "https://www.daily.example/latest/1"),
            FurtherListing("section", "https://www.daily.example/latest/2"),
            FurtherListing("section", "https://www.daily.example/latest/12"),
            FurtherListing("section", "https://www.daily.example/world"),
            FurtherListing("section", "https://www.daily.example/sport/"),
        ],
    )


def test_a_section_page_gives_no_sections_but_its_next_page() -> None:
    page = (
        '<base href="https://www.daily.example/world/"><nav><a href="/sport">Sport</a></nav>'
        '<a href="ferry-line-opens-in-the-autumn">Ferry line opens in the autumn</a>'
        '<a rel="next" href="?page=2">go on</a><a href="?page=3">3</a><a href="/2026/x">2026</a>'
    )
    listing = parse_section(page.encode(), "https://www.daily.example/world/", "text/html", SOURCE)
    assert urls(listing) == ["https://www.daily.example/world/ferry-line-opens-in-the-autumn"]
    assert listing.more == [
        FurtherListing("section", "https://www.daily.example/world/?page=2"),
        FurtherListing("section", "https://www.daily.example/world/?page=3"),
    ]


def test_the_sources_own_patterns_come_first() -> None:
    source = Source(id="x", home=HOME, article_urls=("/kurz/*",), ignore_urls=("/kurz/ad/*",))
    page = (
        '<nav><a href="/kurz/ad/">Ads</a></nav><a href="/kurz/x">x</a><a href="/kurz/ad/y">y</a>'
        '<a href="/2026/11/23/new-ferry">New ferry line opens in the autumn</a>'
        '<a href="https://other.example/kurz/z">z</a>'
    )
    listing = parse_section(page.encode(), HOME, "", source)
    assert urls(listing) == ["https://www.daily.example/kurz/x"]
    assert listing.more == []


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("cp949", "utf-8"), ("euc-kr", "euc-kr"), ("utf-8", "iso-8859-1"), ("utf-8", "")],
)
def test_a_page_in_another_charset_than_it_says(encoding: str, declared: str) -> None:
    headline = "한겨울 항구에 새 여객선 노선이 열린다"
    page = f'<a href="/a/12345">{headline}</a>' * 20
    content_type = f"text/html; charset={declared}" if declared else "text/html"
    listing = parse_section(page.encode(encoding), HOME, content_type, SOURCE)
    assert listing.entries == [
        ListingEntry("https://www.daily.example/a/12345", Hints(via="section", title=headline))
    ]


@pytest.mark.parametrize(
    ("body", "error"),
    [(b"", "is empty"), (b"hello", "is no web page"), (b"\x89PNG\r\n\x1a\n\x00", "is no web page")],
)
def test_what_is_no_page_says_so(body: bytes, error: str) -> None:
    assert parse_section(body, HOME, "text/html", SOURCE) == Listing("section", error=error)


def test_the_facts_of_a_site() -> None:
    named = page_facts(HOME_PAGE.encode())
    assert (named.name, named.language) == ("The Daily Example", "en")
    assert page_facts("<title>Blatt – Nachrichten</title>".encode()) == PageFacts(title="Blatt")
    assert page_facts(b"") == PageFacts()
    assert feed_links(HOME_PAGE.encode(), HOME) == [
        FurtherListing("feed", "https://www.daily.example/rss.xml")
    ]


# Never raise


def damaged(body: bytes, rng: random.Random) -> bytes:
    """The body with some bytes changed, doubled or cut out."""
    out = bytearray(body)
    for _ in range(rng.randrange(1, 12)):
        at, length = rng.randrange(len(out)), rng.randrange(1, 30)
        what = rng.randrange(4)
        if what == 0:
            out[at : at + length] = rng.randbytes(length)
        elif what == 1:
            del out[at : at + length]
        elif what == 2:
            out[at:at] = out[at : at + length]
        else:
            out[at:at] = rng.choice(
                [b"<", b">", b"&", b"]]>", b"<![CDATA[", b"\x00", b"<!--", b'"', b"&#x110000;"]
            )
        out = out or bytearray(b"<")
    return bytes(out)


@pytest.mark.parametrize("seed", range(8))
def test_no_damage_makes_a_parser_raise(seed: int) -> None:
    rng = random.Random(seed)
    whole: list[bytes] = [
        rss("<item><title>T</title><link>https://x.example/a</link><pubDate>2026-11-23</pubDate></item>" * 3),
        NEWS,
        HOME_PAGE.encode(),
        json.dumps(JSON_FEED).encode(),
        gzip.compress(NEWS),
        b"https://x.example/a\nhttps://x.example/b\n",
        HOME_PAGE.encode("utf-16"),
    ]
    for _ in range(60):
        body = damaged(rng.choice(whole), rng)
        results: list[Any] = [
            parse_feed(body, FEED_URL, "text/xml; charset=x"),
            parse_sitemap(body, MAP_URL),
            parse_section(body, HOME, "text/html; charset=euc-kr", SOURCE),
        ]
        for listing in results:
            assert isinstance(listing, Listing)
            assert all(entry.url.startswith(("http://", "https://")) for entry in listing.entries)


def test_usual_places_are_paths() -> None:
    places = FEED_PLACES + SITEMAP_PLACES
    assert len(set(places)) == len(places)
    assert all(place.startswith("/") for place in places)
