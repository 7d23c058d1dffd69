"""What a sitemap lists: pages, further listings among pages, pages among sitemaps, and half of it."""

from __future__ import annotations

import gzip

import pytest

from crawler.listings.listing_urls import is_page_of_index, listing_kind
from crawler.listings.model import FEED, SITEMAP
from crawler.listings.sitemaps import MOST_UNNAMED, parse_sitemap

HOME = "https://www.daily.example"
URL = f"{HOME}/maps/sitemap.xml"


def urlset(*entries: str) -> bytes:
    return f"<urlset>{''.join(f'<url>{entry}</url>' for entry in entries)}</urlset>".encode()


def loc(*addresses: str) -> str:
    return "".join(f"<loc>{address}</loc>" for address in addresses)


def pages(body: bytes) -> list[str]:
    return [entry.url.removeprefix(HOME) for entry in parse_sitemap(body, URL).entries]


def further(body: bytes) -> list[tuple[str, str]]:
    return [(more.kind, more.url.removeprefix(HOME)) for more in parse_sitemap(body, URL).more]


@pytest.mark.parametrize("cut", range(1, 140))
def test_a_sitemap_cut_anywhere_gives_whole_addresses(cut: int) -> None:
    body = b"<?xml version='1.0'?>" + urlset(
        loc(f"{HOME}/news/1") + "<lastmod>2026-11-23</lastmod>",
        loc(f"{HOME}/news/2") + "<lastmod>2026-11-24</lastmod>",
    )
    for whole in (body[:-cut], gzip.compress(body[:-cut])):
        listing = parse_sitemap(whole, URL)
        assert set(pages(whole)) <= {"/news/1", "/news/2"}
        assert "/news/1" in pages(whole) or f"{HOME}/news/1</loc>".encode() not in body[:-cut]
        assert {entry.hints.modified_at for entry in listing.entries} <= {"", "2026-11-23", "2026-11-24"}
        assert listing.error


def test_a_packed_list_that_breaks_off_gives_no_half_line() -> None:
    body = gzip.compress("\n".join(f"{HOME}/news/{n * n}" for n in range(5000)).encode())
    listing = parse_sitemap(body[: len(body) // 2], URL)
    assert listing.error == "breaks off"
    assert {entry.url for entry in listing.entries} <= {f"{HOME}/news/{n * n}" for n in range(5000)}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (loc(f"{HOME}/a", f"{HOME}/b"), ["/a", "/b"]),
        (loc("/a"), ["/a"]),
        (loc("a/b.html"), ["/maps/a/b.html"]),
        (loc("//www.daily.example/a"), ["/a"]),
        (loc(f"\n   {HOME}/a\n  "), ["/a"]),
        (f"<loc><![CDATA[{HOME}/a]]></loc>", ["/a"]),
        (f"<LOC>{HOME}/a</LOC>", ["/a"]),
        (loc(f"{HOME}/a") + f"<image:loc>{HOME}/a.jpg</image:loc>", ["/a"]),
        (loc(f"{HOME}/a") + f"<image:image><image:loc>{HOME}/a.jpg</image:loc></image:image>", ["/a"]),
        (loc(""), []),
        (loc("javascript:void(0)"), []),
        (loc("mailto:desk@daily.example", f"{HOME}/a"), ["/a"]),
    ],
)
def test_the_addresses_of_an_entry(entry: str, expected: list[str]) -> None:
    assert pages(urlset(entry)) == expected


def test_two_addresses_in_an_entry_of_an_index() -> None:
    body = f"<sitemapindex><sitemap>{loc('/sitemap-1.xml', '/sitemap-2.xml')}</sitemap></sitemapindex>"
    assert further(body.encode()) == [(SITEMAP, "/sitemap-1.xml"), (SITEMAP, "/sitemap-2.xml")]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/sitemap.xml", SITEMAP),
        ("/sitemap.xml.gz", SITEMAP),
        ("/parts/7.xml.gz", SITEMAP),
        ("/parts/7.xml", SITEMAP),
        ("/news-sitemap.xml", SITEMAP),
        ("/post-sitemap12.xml", SITEMAP),
        ("/sitemap_index.xml", SITEMAP),
        ("/sitemap-index", SITEMAP),
        ("/sitemap_index", SITEMAP),
        ("/sitemap-2026-11.xml", SITEMAP),
        ("/sitemap_3", SITEMAP),
        ("/sitemap.txt", SITEMAP),
        ("/sitemap.txt.gz", SITEMAP),
        ("/sitemap.php", SITEMAP),
        ("/sitemap.aspx?part=2", SITEMAP),
        ("/sitemap.xml?yyyy=2026&mm=11", SITEMAP),
        ("/sitemap?page=2", SITEMAP),
        ("/?sitemap=post&paged=2", SITEMAP),
        ("/get.php?file=sitemap-2.xml", SITEMAP),
        ("/index.php?option=map&view=sitemap", SITEMAP),
        ("/SiteMap.XML", SITEMAP),
        ("/feed/sitemap.xml", SITEMAP),
        ("/feed.xml", FEED),
        ("/rss.xml", FEED),
        ("/news/atom.xml", FEED),
        ("/news.rss", FEED),
        ("/index.rdf", FEED),
        ("/feed.json", FEED),
        ("/feed/", FEED),
        ("/sport/feed", FEED),
        ("/?feed=rss2", FEED),
        ("/sitemap", ""),
        ("/sitemap.html", ""),
        ("/site-map/", ""),
        ("/news/1", ""),
        ("/news/new-sitemap-of-the-universe-found", ""),
        ("/news/the-new-sitemap-of-the-universe.php", ""),
        ("/2026/11/23/ferries-stop/feed/", ""),
        ("/news/what-the-feed-says-about-us-all.php", ""),
        ("/news/atom-splitting", ""),
        ("/maps/rss-explained", ""),
        ("/article.php?id=7", ""),
        ("/news/feed-prices-rise-again-for-farmers.aspx", ""),
        ("/a.txt", ""),
        ("/data.json", ""),
        ("/", ""),
        ("", ""),
    ],
)
def test_listings_among_pages(path: str, kind: str) -> None:
    assert listing_kind(HOME + path) == kind
    body = urlset(loc(f"{HOME}/news/1"), loc((HOME + path).replace("&", "&amp;")))
    if kind:
        assert (pages(body), further(body)) == (["/news/1"], [(kind, path)] if HOME + path != URL else [])
    else:
        assert (pages(body), further(body)) == (["/news/1", path], [])


def test_a_list_in_plain_text_may_name_sitemaps_too() -> None:
    body = f"{HOME}/news/1\n{HOME}/sitemap-2.xml\n".encode()
    assert (pages(body), further(body)) == (["/news/1"], [(SITEMAP, "/sitemap-2.xml")])


def test_pages_that_end_in_xml_stay_pages() -> None:
    paths = [f"/news/{n}.xml" for n in range(MOST_UNNAMED + 1)]
    body = urlset(*(loc(HOME + path) for path in paths), loc(f"{HOME}/sitemap-2.xml"))
    assert (pages(body), further(body)) == (paths, [(SITEMAP, "/sitemap-2.xml")])


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/news/ferries-stop-in-the-storm", True),
        ("/2026/11/23/ferries-stop-in-the-storm/", True),
        ("/news/1.html", True),
        ("/news/1.shtml", True),
        ("/sitemaps/2026/11/23", False),
        ("/sitemap-of-all-the-news-pages", False),
        ("/map/20261123", False),
        ("/2026/11/23", False),
        ("/news/1", False),
        ("/all-the-archive-of-news", False),
        ("/export/xml/news-of-the-last-week", False),
    ],
)
def test_pages_among_sitemaps(path: str, page: bool) -> None:
    assert is_page_of_index(HOME + path) is page
    body = f"<sitemapindex><sitemap>{loc(HOME + path)}<lastmod>2026-11-23</lastmod></sitemap></sitemapindex>".encode()
    assert pages(body) == ([path] if page else [])
    assert further(body) == ([] if page else [(SITEMAP, path)])
