"""robots.txt files as publishers write them: who is named, what is forbidden, how long to wait, which sitemaps."""

from __future__ import annotations

import codecs

import pytest

from crawler.politeness.robots_txt import RobotsTxt, find_sitemaps, parse_delay

AGENT = "Clippings/0.1 (personal news archive; +https://desk.example/bot/1)"
URL = "https://www.harbour.example"


def read(text: str | bytes) -> RobotsTxt:
    return RobotsTxt(text if isinstance(text, bytes) else text.encode(), "Clippings", AGENT)


@pytest.mark.parametrize(
    "value",
    [
        "Clippings",
        "clippings",
        "CLIPPINGS",
        "Clippings/0.1",
        "Clippings/*",
        "Clippings 2",
        "Clippings*",
        "*Clippings*",
        "clippings;q=1",
        "Clippings # the archiver",
        '"Clippings"',
        AGENT,
        AGENT.upper(),
        "Mozilla/5.0 (compatible; Clippings/0.1; +https://desk.example/)",
        "OtherBot, Clippings",
        "OtherBot/2.0,Clippings/0.1,Third",
    ],
)
@pytest.mark.parametrize(
    "line", ["User-agent: {}", "user-agent:{}", "USER-AGENT : {}", "Useragent {}", "User agent: {}"]
)
def test_a_refusal_that_names_us_is_obeyed(line: str, value: str) -> None:
    robots = read(f"User-agent: *\nAllow: /\n\n{line.format(value)}\nDisallow: /\n")
    assert not robots.allows(f"{URL}/a")
    assert robots.names_us


@pytest.mark.parametrize(
    "value",
    [
        "Clip",
        "Clippings-Press",
        "Clippings_Pro",
        "MyClippings",
        "News Clippings Bot",
        "Press-Clippings",
        "C",
        "Mozilla/5.0",
        "example/1",
        "personal",
        "",
    ],
)
def test_a_refusal_that_names_another_is_not_ours(value: str) -> None:
    assert read(f"User-agent: {value}\nDisallow: /\n").allows(f"{URL}/a")


def test_the_agent_that_a_person_sets_is_named_too() -> None:
    body = b"User-agent: DeskBot\nDisallow: /\n"
    assert not RobotsTxt(body, "Clippings", "Mozilla/5.0 (compatible; DeskBot/2.1)").allows(f"{URL}/a")
    assert not RobotsTxt(body, "Clippings", "DeskBot (a person)").allows(f"{URL}/a")
    assert not RobotsTxt(body, "DeskBot/1.0", "").allows(f"{URL}/a")
    assert RobotsTxt(body, "Clippings", AGENT).allows(f"{URL}/a")


@pytest.mark.parametrize(
    "between",
    [
        "Foo: bar",
        "Noindex: /x",
        "Host: h.example",
        "Sitemap: /s.xml",
        "",
        "# talk",
        "<p>",
        "Content-Usage: a",
    ],
)
def test_a_line_that_is_no_rule_does_not_end_the_names_of_a_group(between: str) -> None:
    robots = read(f"User-agent: Clippings\n{between}\nUser-agent: OtherBot\nDisallow: /\n")
    assert not robots.allows(f"{URL}/a")


@pytest.mark.parametrize(
    "rule", ["Disallow:", "Allow: /b", "Disallow: /b", "Crawl-delay: 2", "Request-rate: 1/5"]
)
def test_a_rule_ends_the_names_of_a_group(rule: str) -> None:
    robots = read(f"User-agent: Clippings\n{rule}\nUser-agent: OtherBot\nDisallow: /\n")
    assert robots.allows(f"{URL}/a")


def test_groups_that_name_us_are_one_and_leave_everybodys_aside() -> None:
    robots = read(
        "User-agent: *\nDisallow: /c\n\nUser-agent: clippings\nDisallow: /a\n\nUser-agent: Clippings/1\nDisallow: /b"
    )
    assert [robots.allows(f"{URL}/{path}") for path in "abc"] == [False, False, True]


TEXT = "User-agent: *\nDisallow: /secret/é\nCrawl-delay: 3\nSitemap: /s.xml\n"


@pytest.mark.parametrize(
    "body",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
        codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("latin-1"),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace("\n", "\r\n").encode(),
        ("\ufeff" * 2 + TEXT).encode(),
        ("\x00" + TEXT).encode(),
    ],
)
def test_every_charset_and_line_end_is_read(body: bytes) -> None:
    robots = read(body)
    assert not robots.allows(f"{URL}/secret/%C3%A9")
    assert robots.allows(f"{URL}/secret/e")
    assert robots.allows(f"{URL}/secret/story")
    assert (robots.delay, robots.sitemaps) == (3, ["/s.xml"])


@pytest.mark.parametrize("charset", ["latin-1", "cp1252", "cp1251", "big5", "euc-kr", "shift_jis"])
def test_a_rule_that_is_no_utf8_forbids_its_bytes_and_no_more(charset: str) -> None:
    letter = {"latin-1": "é", "cp1252": "œ", "cp1251": "ж"}.get(charset, "日")
    robots = read(b"User-agent: *\nDisallow: /a/" + letter.encode(charset) + b"\nDisallow: /b\n")
    escaped = "".join(f"%{byte:02X}" for byte in letter.encode(charset))
    assert not robots.allows(f"{URL}/a/{escaped}")
    assert robots.allows(f"{URL}/a/story")
    assert not robots.allows(f"{URL}/b")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("10", 10),
        ("10s", 10),
        ("10 s", 10),
        ("10sec", 10),
        ("10 seconds", 10),
        ("1.5", 1.5),
        ("0,5", 0.5),
        ("500ms", 0.5),
        ("2m", 120),
        ("2 minutes", 120),
        ("1h", 3600),
        ('"10"', 10),
        ("10 # slowly", 10),
        ("soon", None),
        ("", None),
        ("-1", None),
        ("inf", None),
        ("nan", None),
        ("1e9", 1),
    ],
)
def test_delays(value: str, seconds: float | None) -> None:
    assert parse_delay(value) == seconds
    assert read(f"User-agent: *\nCrawl-delay: {value}").delay == seconds


def test_the_longest_of_our_delays_counts() -> None:
    assert (
        read(
            "User-agent: *\nCrawl-delay: 9\nUser-agent: clippings\nCrawl-delay: 4\nCrawl-delay: x\nCrawl-delay: 2"
        ).delay
        == 4
    )


def test_sitemaps_are_resolved_and_the_unusable_refused_with_a_reason() -> None:
    lines = (
        "https://maps.example/a.xml /sitemap.xml sitemap.xml www.harbour.example/w.xml https://[bad/ http://h:80:/s.xml "
        "%SITEMAP% ftp://h/s.xml //cdn.harbour.example/c.xml https://ann:pw@h.example/p.xml"
    ).split()
    text = "\n".join(
        f"Sitemap: {line}" for line in [*lines, "{{ site.url }}/sitemap.xml", "", "/sitemap.xml # again"]
    )
    found = find_sitemaps(read(text).sitemaps, f"{URL}/robots.txt")
    assert found.urls == (
        "https://maps.example/a.xml",
        f"{URL}/sitemap.xml",
        f"{URL}/w.xml",
        "https://cdn.harbour.example/c.xml",
        "https://h.example/p.xml",
    )
    assert dict(found.refused) == {
        "https://[bad/": "is not a web address",
        "http://h:80:/s.xml": "names two ports",
        "%SITEMAP%": "is a template that was not filled in",
        "ftp://h/s.xml": "is no web address (ftp:)",
        "{{ site.url }}/sitemap.xml": "is a template that was not filled in",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00" * 999,
        b"\xff\xfe",
        b"\xff" * 999,
        b"User-agent",
        b"Disallow: /",
        b"<html>User-agent: *</html>",
        b": : :",
        b"User-agent: *\nDisallow: \n",
        b"User-agent: *\nDisallow: " + b"*a" * 9000,
    ],
)
def test_what_says_nothing_allows(body: bytes) -> None:
    assert read(body).allows(f"{URL}/a")


def test_the_usual_matching_is_kept() -> None:
    robots = read(
        "User-agent: *\nDisallow: /a\nAllow: /a/open\nDisallow: /*.pdf$\nDissallow: /typo\nDisallow /bare\n"
    )
    said = {
        path: robots.allows(f"{URL}{path}")
        for path in ("/a/x", "/a/open/x", "/x.pdf", "/x.pdf?y", "/typo", "/bare", "/")
    }
    assert said == {
        "/a/x": False,
        "/a/open/x": True,
        "/x.pdf": False,
        "/x.pdf?y": True,
        "/typo": False,
        "/bare": False,
        "/": True,
    }
