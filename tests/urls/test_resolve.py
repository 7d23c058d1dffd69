"""Addresses from outside: what stands for a web address, what is refused, and that what is taken is usable."""

from __future__ import annotations

import random
from urllib.parse import urljoin, urlsplit

import pytest
from scrapy import Request

from pipelines.urls.normalize import LONGEST, key
from pipelines.urls.resolve import read_address, resolve

HOME = "https://www.harbour.example/news/today?edition=1"

TAKEN = {
    "https://www.harbour.example/a?b=1#c": "https://www.harbour.example/a?b=1#c",
    "HTTPS://www.harbour.example/a": "https://www.harbour.example/a",
    "/sitemap.xml": "https://www.harbour.example/sitemap.xml",
    "sitemap.xml": "https://www.harbour.example/news/sitemap.xml",
    "../sitemap.xml.gz": "https://www.harbour.example/sitemap.xml.gz",
    "?page=2": "https://www.harbour.example/news/today?page=2",
    "//cdn.harbour.example/feed": "https://cdn.harbour.example/feed",
    "////cdn.harbour.example/feed": "https://cdn.harbour.example/feed",
    "www.example.org/sitemap.xml": "https://www.example.org/sitemap.xml",
    "www.example.org": "https://www.example.org",
    "www.example.org:8080/s.xml": "https://www.example.org:8080/s.xml",
    "WWW.Example.org/s.xml?x=1": "https://WWW.Example.org/s.xml?x=1",
    "harbour.example/sitemap.xml": "https://harbour.example/sitemap.xml",
    "maps.harbour.example/sitemap.xml": "https://maps.harbour.example/sitemap.xml",
    "https:/www.harbour.example/a": "https://www.harbour.example/a",
    "https:////www.harbour.example/a": "https://www.harbour.example/a",
    "https:\\\\www.harbour.example\\a?b=\\": "https://www.harbour.example/a?b=\\",
    "\\feed\\rss": "https://www.harbour.example/feed/rss",
    " <https://www.harbour.example/a> ": "https://www.harbour.example/a",
    "<URL:https://www.harbour.example/a>": "https://www.harbour.example/a",
    '"https://www.harbour.example/a"': "https://www.harbour.example/a",
    "'/a'": "https://www.harbour.example/a",
    "\ufeffhttps://www.harbour.example/a\u200b\u00a0": "https://www.harbour.example/a",
    "https://www.harbour\n.example/\t a": "https://www.harbour.example/ a",
    "https://ann:secret@www.harbour.example/a@b": "https://www.harbour.example/a@b",
    "https://@www.harbour.example/a": "https://www.harbour.example/a",
    "https://ann%40b:p@ss@www.harbour.example:81/a": "https://www.harbour.example:81/a",
    "//ann@www.harbour.example/a": "https://www.harbour.example/a",
    "https://www.harbour.example:/a": "https://www.harbour.example/a",
    "https://www.harbour.example:443/a": "https://www.harbour.example:443/a",
    "https://[2001:db8::1]:81/a": "https://[2001:db8::1]:81/a",
    "https://www.harbour.example/\x1b[31mred\x07": "https://www.harbour.example/%1B[31mred%07",
    "https://www.harbour.example/\u202eexe.a": "https://www.harbour.example/%E2%80%AEexe.a",
    "https://www.harbour.example/a%20b%C3%A9?x=%7Bid": "https://www.harbour.example/a%20b%C3%A9?x=%7Bid",
    "https://www.harbour.example/{3F2504E0-4F89-11D3}": "https://www.harbour.example/{3F2504E0-4F89-11D3}",
    "https://www.harbour.example/%ABCDEF%20": "https://www.harbour.example/%ABCDEF%20",
    "https://www.harbour.example/100%-OFF%": "https://www.harbour.example/100%-OFF%",
    "https://dänemark.example/å": "https://dänemark.example/å",
    "/undefined-behaviour": "https://www.harbour.example/undefined-behaviour",
}

REFUSED = {
    "": "is empty",
    " \u200b\n": "is empty",
    "<>": "is empty",
    "https://[bad/": "is not a web address",
    "http://[": "is not a web address",
    "//[": "is not a web address",
    "http://h:80:/s.xml": "names two ports",
    "http://h:80:80/s.xml": "names two ports",
    "http://h:99999/s.xml": "names a port that cannot be (99999)",
    "http://h:0/s.xml": "names a port that cannot be (0)",
    "http://h:eighty/s.xml": "names a port that cannot be (eighty)",
    "http://h:８０/s.xml": "names a port that cannot be (８０)",
    "http://h:-1/s.xml": "names a port that cannot be (-1)",
    "//ann:secret@h:x/": "names a port that cannot be (x)",
    "{{ site.url }}/sitemap.xml": "is a template that was not filled in",
    "https://{{host}}/sitemap.xml": "is a template that was not filled in",
    "%SITEMAP%": "is a template that was not filled in",
    "https://www.harbour.example/%BASE_URL%/s.xml": "is a template that was not filled in",
    "%FEED_URL%": "is a template that was not filled in",
    "${base}/s.xml": "is a template that was not filled in",
    "#{root}/s.xml": "is a template that was not filled in",
    "<%= root_url %>s.xml": "is a template that was not filled in",
    "<?php echo $home; ?>/s.xml": "is a template that was not filled in",
    "{% url 'sitemap' %}": "is a template that was not filled in",
    "/{lang}/sitemap.xml": "is a template that was not filled in",
    "[[canonical]]": "is a template that was not filled in",
    "https://www.harbour.example/%7B%7Bslug%7D%7D": "is a template that was not filled in",
    "https://www.harbour.example/a\ud83d": "has half a character in it",
    "undefined": "is the word for nothing of a programming language",
    "[object Object]": "is the word for nothing of a programming language",
    "mailto:desk@harbour.example": "is no web address (mailto:)",
    "javascript:void(0)": "is no web address (javascript:)",
    "data:image/png;base64,AAAA": "is no web address (data:)",
    "at://did:plc:abc/app.post/1": "is no web address (at:)",
    "file:///etc/passwd": "is no web address (file:)",
    "localhost:8000/s.xml": "has no scheme before its host",
    "https://": "names no host",
    "https:///": "names no host",
    "https://.../a": "names no host that can exist",
    "https://exa mple.org/": "names no host that can exist",
    "https://h%2fx/": "names no host that can exist",
    "https://www.harbour.example/" + "a" * LONGEST: f"is longer than {LONGEST:,} characters",
}


@pytest.mark.parametrize(("text", "address"), TAKEN.items())
def test_what_stands_for_an_address(text: str, address: str) -> None:
    assert read_address(HOME, text) == (address, "")
    assert resolve(HOME, text) == address


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_what_is_refused_with_its_reason(text: str, reason: str) -> None:
    assert read_address(HOME, text) == ("", reason)
    assert resolve(HOME, text) == ""


@pytest.mark.parametrize("base", ["", "nonsense", "http://[", "https://h:port/", "mailto:a@b.example"])
def test_a_broken_base_refuses_what_is_relative_and_takes_the_rest(base: str) -> None:
    assert resolve(base, "/a") == ""
    assert resolve(base, "https://www.harbour.example/a") == "https://www.harbour.example/a"


def test_whatever_is_taken_can_be_asked_for_compared_and_joined() -> None:
    pieces = (
        "http https : / // \\ @ [ ] ? # % %41 %zz . .. :80 :x ::1 www. a.example é \u202e \x00 \n { } user:pw@ "
        "127.0.0.1 &amp; ; = + ~ < > \" ' | ^ ` 。 \ud83d \U0001f4f0 xn--a xn-- - _"
    ).split(" ")
    rng = random.Random(11)
    taken = 0
    for _ in range(4_000):
        text = "".join(rng.choices(pieces, k=rng.randint(1, 8)))
        text = rng.choice(("", "http://", "https://a.example", "//")) + text
        address = resolve(HOME, text)
        if address:
            taken += 1
            parts = urlsplit(Request(address).url)
            assert parts.hostname, text
            assert "@" not in parts.netloc, text
            assert parts.port != 0
            assert key(address), text
            assert resolve(urljoin(address, "/x"), "y"), text
            assert resolve(HOME, address) == address, text
    assert taken > 500
