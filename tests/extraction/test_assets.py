"""The assets that a page names, and the page with other addresses in their place."""

from __future__ import annotations

import pytest

from pipelines.extraction.assets import find_assets, relink, relink_stylesheet
from pipelines.items import Page

BASE = "http://daily.example/news/story"


def named(html: str, content_type: str = "text/html; charset=utf-8") -> tuple[str, ...]:
    return find_assets(Page(BASE, html.encode(), headers=(("Content-Type", content_type),)))


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<link rel="stylesheet" href="/a.css">', ["http://daily.example/a.css"]),
        ('<link rel="Stylesheet preload" href="a.css">', ["http://daily.example/news/a.css"]),
        ('<link rel="alternate stylesheet" href="/a.css">', []),
        ('<link rel="icon" href="/favicon.ico"><link rel="preload" as="font" href="/a.woff2">', []),
        ('<script src="/a.js"></script><iframe src="/frame"></iframe><embed src="/film">', []),
        ('<base href="http://cdn.example/x/"><img src="a.jpg">', ["http://cdn.example/x/a.jpg"]),
        ('<img src="/a.jpg"><img src="/a.jpg">', ["http://daily.example/a.jpg"]),
        ('<img src="/pixel.gif" width="1" height="1">', []),
        ('<img src="data:image/gif;base64,R0" data-src="/lazy.jpg">', ["http://daily.example/lazy.jpg"]),
        ('<img src="/blurred.jpg" data-src="/sharp.jpg">', ["http://daily.example/sharp.jpg"]),
        ('<img src="data:image/gif;base64,R0">', []),
        (
            '<img srcset="/s.jpg 320w, /m.jpg 800w, /l.jpg 2400w" src="data:,">',
            ["http://daily.example/m.jpg"],
        ),
        ('<img srcset="/one.jpg, /two.jpg 2x">', ["http://daily.example/one.jpg"]),
        (
            '<picture><source srcset="/a.webp"><img src="/a.jpg"></picture>',
            ["http://daily.example/a.jpg"],
        ),
        ('<video poster="/p.jpg" src="/film.mp4"></video>', ["http://daily.example/p.jpg"]),
        ('<p style="background: url(&quot;/b.png&quot;)">x', ["http://daily.example/b.png"]),
        (
            "<style>@import 'c.css'; p { background: url( d.png ) }</style>",
            ["http://daily.example/news/c.css", "http://daily.example/news/d.png"],
        ),
        ("<noscript><img src='/n.jpg'></noscript>", ["http://daily.example/n.jpg"]),
        ('<img src="javascript:alert(1)"><img src=""><img src="file:///etc/passwd">', []),
        ("", []),
    ],
)
def test_what_a_page_names(html: str, found: list[str]) -> None:
    assert list(named(html)) == found


def test_a_stylesheet_names_what_it_imports_and_its_pictures_but_no_fonts() -> None:
    css = """@import url(base.css) screen; /* url(/old.png) */
    @font-face { font-family: X; src: url("/x.woff2") format("woff2"), url(/x.ttf) }
    a { background: url('/i/b.png') } b { background: url(data:image/png;base64,AA) } c { mask: url(#m) }"""
    assert named(css, "text/css") == ("http://daily.example/news/base.css", "http://daily.example/i/b.png")


def test_a_page_is_relinked() -> None:
    page = """<!DOCTYPE html><html><head><meta charset="koi8-r"><meta http-equiv="refresh" content="0;url=http://evil.example/">
    <meta name="author" content="A. Writer"><link rel="stylesheet" href="/a.css" media="screen"><link rel="stylesheet" href="/b.css">
    <link rel="preconnect" href="http://cdn.example"><script>alert(1)</script></head>
    <body><img src="/a.jpg" srcset="/big.jpg 2000w" loading="lazy" alt="A pier"> and after <img src="/gone.jpg" alt="Gone">
    <p style="background:url(/gone.png)">Žluťoučký</p></body></html>"""
    held = {"http://daily.example/a.css": "/own/1", "http://daily.example/a.jpg": "/own/2"}
    written = relink(page, BASE, held.get)
    assert written.startswith("<!DOCTYPE html>")
    assert '<style media="screen">@import url("/own/1");</style>' in written
    assert '<img alt="A pier" src="/own/2">' in written
    assert '<img alt="Gone">' in written
    assert 'url("data:,")' in written
    assert "Žluťoučký" in written
    assert "A. Writer" in written
    for gone in ("b.css", "preconnect", "cdn.example", "script", "refresh", "koi8", "big.jpg", "/gone"):
        assert gone not in written, gone


def test_an_import_that_is_not_held_leaves_the_rules_after_it() -> None:
    css = "@import '/none.css' screen;\np { color: red }"
    assert relink_stylesheet(css, BASE, {}.get) == '@import url("data:,") screen;\np { color: red }'


def test_a_stylesheet_cannot_break_out_of_its_address() -> None:
    css = "p { background: url(/a\")b.png) } q { background: url('/c\\'d.png') }"
    assert "evil" not in relink_stylesheet(css, BASE, lambda url: None)
    assert relink_stylesheet(
        "p{background:url(/x.png)}", BASE, {"http://daily.example/x.png": "/own/3"}.get
    ) == ('p{background:url("/own/3")}')


def test_a_page_of_many_assets_is_read_in_part() -> None:
    assert len(named("".join(f'<img src="/{n}.jpg">' for n in range(1500)))) == 1000


@pytest.mark.parametrize("body", [b"\x89PNG\r\n\x1a\n" + bytes(40), b"", b"\0" * 50])
def test_what_is_no_text_names_nothing(body: bytes) -> None:
    assert find_assets(Page(BASE, body, headers=(("Content-Type", "text/html"),))) == ()
