"""What servers put around feeds and sitemaps, or in their place: notices, errors, half a document."""

from __future__ import annotations

import json

import pytest

from crawler.listings.feeds import parse_feed
from crawler.listings.sitemaps import parse_sitemap

URL = "https://www.daily.example/feed.xml"
PAGE = "https://www.daily.example/news/1"
RSS = f"<rss version='2.0'><channel><title>Daily</title><item><title>T</title><link>{PAGE}</link></item></channel></rss>"
ATOM = (
    f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>T</title><link href='{PAGE}'/></entry></feed>"
)
RDF = (
    "<rdf:RDF xmlns='http://purl.org/rss/1.0/' xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    f"<item rdf:about='{PAGE}'><title>T</title><link>{PAGE}</link></item></rdf:RDF>"
)
URLSET = f"<urlset><url><loc>{PAGE}</loc></url></urlset>"
JSON_FEED = json.dumps(
    {"version": "https://jsonfeed.org/version/1.1", "items": [{"url": PAGE, "title": "{T}"}]}
)

NOTICES = [
    "Warning: mysql_connect() in /var/www/x.php on line 5<br />\n",
    "<br />\n<b>Notice</b>:  Undefined index: id in <b>/srv/feed.php</b> on line <b>12</b><br />\n",
    "<br />\n<b>Deprecated</b>: x in <b>/srv/feed.php</b> on line <b>1</b><br />\n" * 200,
    "<font size='1'><table class='xdebug-error'><tr><th>( ! ) Warning</th></tr></table></font>\n",
    "[25-Nov-2026 10:00:00 UTC] PHP Warning:  x in /srv/feed.php on line 3\n",
    "<!-- served by web3 -->\n",
    "<!-- a <rss> for <html> readers <urlset> -->\n",
    "\n\n   \r\n\t",
    "\ufeff",
    "\ufeff\n\ufeff",
    "\ufeff\n<!-- cached -->",
    "Hinweis: Wartung heute Nacht.\n\n",
    "{debug} ",
    "<hr/>\n",
    "<?php echo 1 ?>\n",
    "HTTP/1.1 200 OK\nContent-Type: text/xml\n\n",
]


@pytest.mark.parametrize("declared", ["", '<?xml version="1.0" encoding="utf-8"?>\n'])
@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_before_a_feed_or_sitemap(notice: str, declared: str) -> None:
    for document in (RSS, ATOM, RDF):
        listing = parse_feed((notice + declared + document).encode(), URL)
        assert ([entry.url for entry in listing.entries], listing.error) == ([PAGE], "")
    listing = parse_sitemap((notice + declared + URLSET).encode(), URL)
    assert ([entry.url for entry in listing.entries], listing.error) == ([PAGE], "")


@pytest.mark.parametrize("notice", [n for n in NOTICES if "<!DOCTYPE" not in n])
def test_a_notice_before_a_json_feed(notice: str) -> None:
    listing = parse_feed((notice + JSON_FEED).encode(), URL)
    assert ([entry.url for entry in listing.entries], listing.error) == ([PAGE], "")


@pytest.mark.parametrize(
    "behind",
    [
        "\n<!-- Page generated in 0.3 seconds -->",
        "<br />\n<b>Fatal error</b>:  Allowed memory in <b>/srv/x.php</b><br />",
        "\n<script>track()</script>" * 200,
        "done & over",
        "\0\0\n",
        "<!-- " + "x" * 5000 + " -->",
    ],
)
def test_a_notice_behind_it(behind: str) -> None:
    for document in (RSS, ATOM, JSON_FEED):
        listing = parse_feed((document + behind).encode(), URL)
        assert ([entry.url for entry in listing.entries], listing.error) == ([PAGE], "")
    listing = parse_sitemap((URLSET + behind).encode(), URL)
    assert ([entry.url for entry in listing.entries], listing.error) == ([PAGE], "")


def test_a_notice_in_another_charset_keeps_the_declared_one() -> None:
    body = '<br />Achtung\n<?xml version="1.0" encoding="iso-8859-1"?>' + RSS.replace(">T<", ">Fähre<")
    assert parse_feed(body.encode("iso-8859-1"), URL).entries[0].hints.title == "Fähre"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("<!doctype html><html><body><h1>404</h1></body></html>", "is a web page, not a feed"),
        (f"<html><body><textarea>{RSS}</textarea></body></html>", "is a web page, not a feed"),
        ("<h1>Service Unavailable</h1>", "is a web page, not a feed"),
        ("<center><h1>502 Bad Gateway</h1></center>", "is a web page, not a feed"),
        ("<title>Just a moment...</title>", "is a web page, not a feed"),
        ('{"error": "not found", "code": 404}', "is JSON, but no JSON Feed"),
        ('{"message": "Forbidden"}', "is JSON, but no JSON Feed"),
        ('[{"error": "not found"}]', "is JSON, but no JSON Feed"),
        ("[]", "is JSON, but no JSON Feed"),
        ('{"errors": [', "is broken JSON"),
        ("<Error><Code>AccessDenied</Code></Error>", "its first element is <error>"),
        ('<?xml version="1.0"?><response><status>500</status></response>', "its first element is <response>"),
        ("Not Found", "is neither RSS, Atom nor JSON Feed"),
        ("error code: 1015", "is neither RSS, Atom nor JSON Feed"),
        ("", "is empty"),
    ],
)
def test_what_stands_in_place_of_a_feed_is_said(body: str, error: str) -> None:
    listing = parse_feed(body.encode(), URL, "application/rss+xml")
    assert listing.entries == []
    assert error in listing.error


@pytest.mark.parametrize(
    "cut", ["https://www.daily.example/ne", "<link>", "<lin", "https://www.daily.example/news/2"]
)
def test_a_feed_cut_within_an_address_gives_no_half_address(cut: str) -> None:
    second = "<item><title>U</title><link>https://www.daily.example/news/2</link></item></channel></rss>"
    body = RSS.replace("</channel></rss>", second)
    at = body.rindex(cut) + len(cut)
    listing = parse_feed(body[:at].encode(), URL)
    assert [entry.url for entry in listing.entries] == [PAGE]
    assert listing.error == "breaks off: only what came before could be read"


def test_hostile_listings_are_read_in_time() -> None:
    """Each takes minutes where a search begins again at every sign."""
    titles = "".join(f"<item><title><![CDATA[{'<!--' * 1200}]]></title></item>" for _ in range(500))
    for body in (
        b"<!--" * 200_000,
        b"<" * 400_000,
        b"{" * 400_000,
        b"</" * 400_000,
        b"<?xml " * 80_000 + b"<rss>",
        b"</rss" + b" " * 400_000,
        f"<rss><channel>{titles}</channel></rss>".encode(),
        b"jsonfeed.org/version" + b"{" * 100_000,
    ):
        parse_feed(body, URL)
        parse_sitemap(body, URL)
        parse_sitemap(b"<urlset><url><loc>" + body, URL)
