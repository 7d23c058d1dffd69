"""Addresses that cannot be, wherever a publisher writes one: each costs itself, and the source and its host go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.crawler.politeness.test_private_homes import crawl, feed, story
from tests.crawler.test_safety import serving

if TYPE_CHECKING:
    from pathlib import Path

ROBOTS = """User-agent: *
Sitemap: /maps.xml
Sitemap: second.xml
Sitemap: https://[bad/
Sitemap: http://h:80:/s.xml
Sitemap: {{ site.url }}/sitemap.xml
Sitemap: %SITEMAP%
"""
HEAD = """<!doctype html><base href="http://["><title>Harbour</title>
<link rel="alternate" type="application/rss+xml" href="http://["><link rel="next" href="http://h:99999/">
<link rel="alternate" type="application/rss+xml" href="/feed"><a href="https://[bad/">News of the harbour today</a>"""
BAD = (
    "http://{host}:99999/a",
    "http://{host}:x/a",
    "http://[/a",
    "http://",
    "javascript:1",
    "{{{{ url }}}}",
    "http://{host}:0/a",
)


def urlset(*urls: str) -> tuple[int, str, str]:
    entries = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return 200, "text/xml", f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{entries}</urlset>"


def test_a_bad_address_costs_itself(tmp_path: Path) -> None:
    pages: dict[str, tuple[int, str, str]] = {}
    with serving("127.0.0.5", pages) as (port, asked):
        host, home = "127.0.0.5", f"http://127.0.0.5:{port}"
        bad = [address.format(host=host) for address in BAD]
        dead = [f"http://{host}:9/{n}" for n in range(8)]
        pages["/robots.txt"] = 200, "text/plain", ROBOTS
        pages["/"] = 200, "text/html", HEAD
        pages["/maps.xml"] = urlset(f"{home}/mapped", *bad)
        pages["/second.xml"] = urlset(f"{home}/second")
        moved = [*bad, f"http://ann:pw@{host}:{port}/behind-a-name", *dead]
        named = f"http://bob:pw@{host}:{port}/named"
        pages["/feed"] = feed(
            [*bad, *dead, named, *(f"{home}/to/{n}" for n in range(len(moved))), f"{home}/last"]
        )
        pages.update({f"/to/{n}": (302, "text/plain", target) for n, target in enumerate(moved)})
        for path in ("mapped", "second", "behind-a-name", "named", "last"):
            pages[f"/{path}"] = story(f"The {path} pier at {path}")
        found = crawl(tmp_path, {"daily": f'home = "{home}/"\n'}, failures=3)
    log = (tmp_path / "archive.log").read_text()
    assert [found[f"{home}/{path}"][0] for path in ("mapped", "second", "last")] == ["new"] * 3, log
    assert {"/behind-a-name", "/named"} <= set(asked)
    assert "a fault in Clippings" not in log
    assert "Traceback" not in log
    for n, target in enumerate(bad):
        outcome, reason = found[f"{home}/to/{n}"]
        assert outcome == "failed", (target, outcome, reason)
        assert reason.startswith("redirected to an address that "), reason
    for line in (
        "https://[bad/ is not a web address",
        "http://h:80:/s.xml names two ports",
        "%SITEMAP% is a template",
    ):
        assert f"Sitemap: {line}" in log
    assert {found[f"{home}/to/{n}"][0] for n in range(len(bad) + 1, len(moved))} == {"failed"}
    assert {found[url][0] for url in dead} <= {"failed", "deferred"}
