"""Knowing a URL again: what is folded, what is kept, and that nothing raises."""

from __future__ import annotations

import hashlib
import random

import pytest
from tldextract import TLDExtract

from pipelines.urls import normalize
from pipelines.urls.normalize import clean, host_of, is_http, key, key_hash, same_site, site_of
from pipelines.urls.public_suffixes import read_rules
from pipelines.urls.resolve import canonical

SAME = [
    # Scheme, host, port, fragment, slash.
    ("http://www.daily.example/a/b/", "https://daily.example/a/b"),
    ("https://DAILY.Example:443/a/b#comments", "https://daily.example/a/b"),
    ("http://daily.example:80/a/b", "https://daily.example/a/b"),
    ("https://daily.example./a/b", "https://daily.example/a/b"),
    ("https://daily.example//a///b", "https://daily.example/a/b"),
    ("https://daily.example/a/./c/../b", "https://daily.example/a/b"),
    ("https://daily.example", "https://daily.example/"),
    ("https://daily.example/?", "https://daily.example/"),
    ("https://daily.example/index.html", "https://daily.example/"),
    ("https://daily.example/world/index.html", "https://daily.example/world/"),
    ("https://reader:secret@daily.example/a", "https://daily.example/a"),
    ("  https://daily.example/a\n", "https://daily.example/a"),
    # Tracking and sessions.
    ("https://daily.example/a?utm_source=rss&utm_medium=feed", "https://daily.example/a"),
    ("https://daily.example/a?fbclid=IwAR0&id=7", "https://daily.example/a?id=7"),
    ("https://daily.example/a?UTM_Source=x", "https://daily.example/a"),
    ("https://daily.example/a?id=7&amp;utm_source=x", "https://daily.example/a?id=7"),
    ("https://daily.example/a?x=1&amp;id=7", "https://daily.example/a?id=7&x=1"),
    ("https://daily.example/a?utm%5Fsource=x", "https://daily.example/a"),
    ("https://daily.example/a?from=rss", "https://daily.example/a"),
    ("https://daily.example/a?ref=home&cmpid=99", "https://daily.example/a"),
    ("https://daily.example/a;jsessionid=0A1B2C?id=7", "https://daily.example/a?id=7"),
    ("https://daily.example/a?id=7&replytocom=12#respond", "https://daily.example/a?id=7"),
    # Order of parameters.
    ("https://daily.example/a?b=2&a=1", "https://daily.example/a?a=1&b=2"),
    # Spelling.
    ("https://daily.example/%7Eann/caf%c3%a9", "https://daily.example/~ann/café"),
    ("https://daily.example/a b", "https://daily.example/a%20b"),
    ("https://zeitung.example/M%C3%A4rz?q=%e4%b8%ad", "https://zeitung.example/März?q=中"),
    ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
    ("https://新闻.example/一", "https://xn--efvy88h.example/%E4%B8%80"),
    ("http://[2001:DB8:0::1]:80/a", "https://[2001:db8::1]/a"),
    # AMP.
    ("https://daily.example/a/story/amp", "https://daily.example/a/story"),
    ("https://daily.example/a/story/amp/", "https://daily.example/a/story"),
    ("https://daily.example/amp/a/story", "https://daily.example/a/story"),
    ("https://daily.example/amp/a/story/amp/index.html", "https://daily.example/a/story"),
    ("https://daily.example/a/story?amp=1", "https://daily.example/a/story"),
    ("https://daily.example/a/story?amp", "https://daily.example/a/story"),
    ("https://daily.example/a/story?outputType=amp", "https://daily.example/a/story"),
    ("https://daily.example/a/story.amp.html", "https://daily.example/a/story.html"),
    ("https://daily.example/a/story.amp", "https://daily.example/a/story"),
    ("https://amp.daily.example/a/story", "https://www.daily.example/a/story"),
    ("https://amp.daily.co.uk/a/story", "https://www.daily.co.uk/a/story"),
    # Mobile and print.
    ("https://m.daily.example/a", "https://daily.example/a"),
    ("https://mobile.daily.co.kr/a", "https://www.daily.co.kr/a"),
    ("https://en.m.daily.example/wiki/A", "https://en.daily.example/wiki/A"),
    ("https://www.m.daily.example/a", "https://daily.example/a"),
    ("https://daily.example/a?print=1&id=7", "https://daily.example/a?id=7"),
    ("https://daily.example/a?view=print", "https://daily.example/a"),
]

DIFFERENT = [
    ("https://daily.example/News/A", "https://daily.example/news/a"),
    ("https://daily.example/view?id=123", "https://daily.example/view?id=124"),
    ("https://daily.example/articleView.html?idxno=1", "https://daily.example/articleView.html?idxno=2"),
    ("https://daily.example/read?oid=1&aid=10", "https://daily.example/read?oid=1&aid=11"),
    ("https://daily.example/view?cid=1", "https://daily.example/view?cid=2"),
    ("https://daily.example/view?uid=1", "https://daily.example/view?uid=2"),
    ("https://daily.example/view?gallery=1", "https://daily.example/view?gallery=2"),
    ("https://daily.example/view?p=1", "https://daily.example/view?p=2"),
    ("https://daily.example/view?type=1", "https://daily.example/view?type=2"),
    ("https://daily.example/a?page=2", "https://daily.example/a"),
    ("https://daily.example/stamp", "https://daily.example/st"),
    ("https://daily.example/a%2Fb", "https://daily.example/a/b"),
    ("https://daily.example:8080/a", "https://daily.example/a"),
    ("https://sport.daily.example/a", "https://daily.example/a"),
    ("https://amp.dev/a", "https://dev.example/a"),
    ("https://m.example/a", "https://example/a"),
    ("https://one.blogspot.com/a", "https://two.blogspot.com/a"),
    ("https://daily.example/a?from=1999", "https://daily.example/a?from=2005"),
]

JUNK = [
    "",
    " ",
    "daily.example/a",
    "//daily.example/a",
    "mailto:desk@daily.example",
    "javascript:void(0)",
    "ftp://daily.example/a",
    "http://",
    "http:///a",
    "http:/daily.example",
    "http://daily.example:port/",
    "http://daily.example:99999/",
    "http://[::1/a",
    "http://[not-an-address]/",
    "http://a b/c",
    "http://da|ly.example/",
    "http://..",
    "http://.daily.example/",
    "http://daily..example/",
    "http://" + "a" * 300 + ".example/",
    "http://\u2100.example/",  # a host that changes under NFKC, which urlsplit refuses
    "http://\ud800.example/",
    "\ud800",
    "http://daily.example/" + "a" * 100_000,
    "http://xn--\u00e9.example/\x00",
    "%00http://daily.example",
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_forms_of_one_page_share_a_key(one: str, other: str) -> None:
    assert key(one) == key(other) != ""


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_pages_never_share_a_key(one: str, other: str) -> None:
    assert key(one) != key(other)
    assert key(one)
    assert key(other)


@pytest.mark.parametrize("url", JUNK)
def test_junk_has_no_key_and_raises_nowhere(url: str) -> None:
    assert key(url) == ""
    assert host_of(url) == ""
    assert site_of(url) == ""
    assert not is_http(url)
    assert not same_site(url, url)
    assert canonical("https://daily.example/a", url) is None or not url.startswith("http")
    assert isinstance(clean(url), str)


def test_a_key_reads_as_an_address_without_its_scheme() -> None:
    assert key("https://www.daily.example/news/View.html?idxno=7&utm_source=x#top") == (
        "daily.example/news/View.html?idxno=7"
    )
    assert key("http://localhost:8899/a/") == "localhost:8899/a"


def _words(text: str) -> list[str]:
    return text.split()


def _some_urls(count: int) -> list[str]:
    """URLs put together at random from pieces seen in the wild, the nasty ones among them."""
    draw = random.Random(20261123)
    hosts = _words(
        "www.daily.example m.daily.co.kr en.m.daily.org amp.daily.co.uk bücher.example [::1] 127.0.0.1"
        " a_b.daily.com WWW.M.Daily.Example. u:p@daily.example münchen.daily.de"
    )
    ports = ["", "", "", ":80", ":443", ":8080"]
    segments = _words(
        "2026 11 amp index.html index.htm Story-Title a%20b caf%C3%A9 日本 100% %zz %61mp %2F %2e%2e .. ."
        " x.amp.html x.amp view.php ü;sid=1 a;jsessionid=2 %6asessionid + ~ann %7Eann %2541 \ud800"
    )
    segments += ["", "a b"]
    params = _words(
        "id=7 ID=7 utm_source=a amp amp=1 amp;id=3 amp;amp;x=1 print=1 a=%41 b=a+b q=日本 = & x from=rss"
        " utm%5Fa=1 %61mp=1 p=100% outputType=amp"
    )
    urls = []
    for _ in range(count):
        path = "".join("/" + draw.choice(segments) for _ in range(draw.randrange(6)))
        query = "&".join(draw.choice(params) for _ in range(draw.randrange(4)))
        tail = draw.choice(["", "/", "//", "#f", "?", "/;", "/#"])
        urls.append(
            draw.choice(["http://", "https://", "HTTP://"])
            + draw.choice(hosts)
            + draw.choice(ports)
            + path
            + (f"?{query}" if query else "")
            + tail
        )
    return urls


def test_a_key_is_its_own_key() -> None:
    urls = [url for pair in SAME + DIFFERENT for url in pair] + _some_urls(20_000)
    for url in urls:
        once = key(url)
        assert once, url
        assert key("https://" + once) == once, url
        assert key(clean(url)) == once, url
        assert clean(clean(url)) == clean(url), url


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        ("https://www.Daily.example/A/?utm_source=x&id=7#top", "https://www.Daily.example/A/?id=7"),
        ("https://daily.example/a?b=2&a=1", "https://daily.example/a?b=2&a=1"),
        ("https://daily.example/a/amp/?amp=1", "https://daily.example/a/amp/?amp=1"),
        ("https://daily.example/caf%c3%a9?gclid=1", "https://daily.example/caf%c3%a9"),
        ("https://reader:secret@daily.example/a", "https://daily.example/a"),
        (" https://daily.example/a ", "https://daily.example/a"),
        ("not a url", "not a url"),
    ],
)
def test_clean_takes_away_tracking_and_nothing_else(url: str, cleaned: str) -> None:
    assert clean(url) == cleaned


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://news.bbc.co.uk/a", "bbc.co.uk"),
        ("https://www.daily.com/a", "daily.com"),
        ("https://a.b.daily.example/a", "daily.example"),
        ("https://news.site.invalid/a", "site.invalid"),
        ("http://127.0.0.1:8899/a", "127.0.0.1"),
        ("http://[::1]:8899/a", "::1"),
        ("http://localhost/a", "localhost"),
        ("https://one.blogspot.com/", "one.blogspot.com"),
        ("https://blogspot.com/", "blogspot.com"),
        ("https://daily.한국/a", "daily.xn--3e0b707e"),
        ("https://www.daily.公司.cn/a", "daily.xn--55qx5d.cn"),
        ("https://www.daily.com.np/a", "daily.com.np"),
        ("https://sport.daily.kobe.jp/a", "sport.daily.kobe.jp"),
        ("https://www.city.kobe.jp/a", "city.kobe.jp"),
        ("https://www.ck/a", "www.ck"),
    ],
)
def test_the_site_is_the_registrable_domain(url: str, site: str) -> None:
    assert site_of(url) == site


def test_the_list_of_public_suffixes_is_that_of_tldextract() -> None:
    packed = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
    assert read_rules() == set(packed.tlds)
    hosts = {f"a.b.{rule.lstrip('*.!')}" for rule in read_rules() if rule.isascii() and len(rule) % 9 == 0}
    assert len(hosts) > 500
    wrong = {
        host: site_of(f"http://{host}/")
        for host in hosts
        if site_of(f"http://{host}/") != site_as_tldextract_says(packed, host)
    }
    assert wrong == {}


def site_as_tldextract_says(packed: TLDExtract, host: str) -> str:
    found = packed.extract_str(host)
    return f"{found.domain}.{found.suffix}" if found.domain else host


def test_sites_are_compared_by_registrable_domain() -> None:
    assert same_site("https://www.daily.co.uk/a", "http://sport.daily.co.uk/b")
    assert not same_site("https://daily.co.uk/a", "https://weekly.co.uk/a")
    assert not same_site("http://127.0.0.1/", "http://127.0.0.2/")


@pytest.mark.parametrize(
    ("page", "said", "believed"),
    [
        ("https://daily.example/a?x=1", "https://daily.example/a", "https://daily.example/a"),
        (
            "https://m.daily.example/a",
            "https://www.daily.example/a?utm_source=x",
            "https://www.daily.example/a",
        ),
        ("https://daily.example/a?x=1", "/a", "https://daily.example/a"),
        ("https://daily.example/a/b", "//www.daily.example/c", "https://www.daily.example/c"),
        ("https://daily.example/", "https://daily.example/", "https://daily.example/"),
        ("https://daily.example/", "https://www.daily.example", "https://www.daily.example"),
        ("https://daily.example/?p=5", "https://daily.example/story", "https://daily.example/story"),
        ("https://daily.example/a", "https://daily.example/", None),
        ("https://daily.example/a", "https://daily.example/?utm_source=x", None),
        ("https://daily.example/?p=5", "https://daily.example/", None),
        ("https://daily.example/a", "https://agency.example/a", None),
        ("https://daily.example/a", "", None),
        ("https://daily.example/a", "  ", None),
        ("https://daily.example/a", "javascript:void(0)", None),
        ("https://daily.example/a", "http://[::1", None),
        ("https://daily.example/a", "ftp://daily.example/a", None),
    ],
)
def test_a_canonical_link_is_believed_within_its_site(page: str, said: str, believed: str | None) -> None:
    assert canonical(page, said) == believed


def test_the_hash_of_a_key_fits_an_sqlite_integer() -> None:
    wanted = hashlib.sha256(b"daily.example/a").digest()[:8]
    assert key_hash("daily.example/a").to_bytes(8, "big", signed=True) == wanted
    assert -(2**63) <= key_hash(key("https://daily.example/\ud800")) < 2**63
    assert isinstance(key_hash("\ud800"), int)


def test_secrets_are_taken_out_of_messages() -> None:
    text = "https://ann:hunter2@daily.example/a and ftp://bob@x.example"
    assert normalize.without_secrets(text) == "https://daily.example/a and ftp://x.example"
    assert normalize.without_secrets("https://daily.example/@ann") == "https://daily.example/@ann"
