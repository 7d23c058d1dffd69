"""What hostile publishers may try: addresses that are not theirs to lead us to, and files that are traps."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from ipaddress import IPv4Address
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest

from pipelines.urls.private_addresses import is_private
from tests.conftest import ROOT
from tests.faulty import page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOSTS = """
127.0.0.1 127.0.0.2 127.1 127.0.1 127.255.255.254 0 0.0.0.0 0x7f000001 0x7f.0.0.1 0x7f.1 0177.0.0.1 017700000001
2130706433 0x7f.0x0.0x0.0x1 127.0.0.1. 00127.0.0.1 127.000.000.001 [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1]
[::ffff:7f00:1] [::127.0.0.1] [64:ff9b::127.0.0.1] [2002:7f00:1::] [fe80::1] [fe80::1%25lo] [fc00::1] [fd00:ec2::254]
[ff02::1] [2001:0:7f00:1::] 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.1.254 169.254.169.254
169.254.170.2 100.100.100.200 100.64.0.1 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1
239.255.255.250 240.0.0.1 255.255.255.255 0xa9fea9fe 2852039166 0251.0376.0251.0376 169.254.43518 3232235521
localhost LOCALHOST localhost. a.localhost localhost.localdomain ip6-localhost ip6-loopback router intranet metadata
metadata.google.internal instance-data.ec2.internal printer.local nas.lan fritz.box.home wiki.corp db.intranet gw.home.arpa
①②⑦.⓪.⓪.① １２７.０.０.１ 127。0。0。1 127．0．0．1 ⓛⓞⓒⓐⓛⓗⓞⓢⓣ 127%2e0%2e0%2e1 %6cocalhost loc%61lhost
rebind.example one.rebind.example two.rebind.example inside.example cloud.example loop.example daily.example.loop.example
""".split()  # the last are names that a resolver sends to private addresses


def written(address: str) -> list[str]:
    """The ways to write an IPv4 address that one resolver or another understands."""
    n = int(IPv4Address(address))
    a, b, c, d = address.split(".")
    high, low = f"{n >> 16:x}", f"{n & 0xFFFF:x}"
    return [
        str(n),
        hex(n),
        f"0{n:o}",
        f"{hex(int(a))}.{hex(int(b))}.{hex(int(c))}.{hex(int(d))}",
        f"0{int(a):o}.0{int(b):o}.0{int(c):o}.0{int(d):o}",
        f"{a}.{n & 0xFFFFFF}",
        f"{a}.{b}.{n & 0xFFFF}",
        f"{hex(int(a))}.{b}.0{int(c):o}.{d}",
        f"[::ffff:{address}]",
        f"[0:0:0:0:0:ffff:{high}:{low}]",
        f"[64:ff9b::{high}:{low}]",
        f"[2002:{high}:{low}::1]",
        f"{address}%00",
        address.replace(".", "\u3002"),
    ]


HOSTS = list(
    dict.fromkeys(
        [
            *HOSTS,
            *(
                w
                for ip in (
                    "127.0.0.1",
                    "10.0.0.1",
                    "169.254.169.254",
                    "192.168.0.1",
                    "172.16.0.1",
                    "100.64.0.1",
                )
                for w in written(ip)
            ),
        ]
    )
)
SCHEMES = """
file:///etc/passwd file://127.0.0.5/etc/passwd file:/etc/passwd ftp://127.0.0.1/x ftp://{c}/x data:text/html,<p>hello
gopher://{c}/_GET javascript:fetch('http://{c}/') jar:http://{c}!/ dict://{c}/ ldap://{c}/ ws://{c}/ s3://bucket/key
view-source:http://{c}/ blob:http://{c}/ about:blank http:///{c}/ http:{c}/ //{c}/ http://good.example@{c}/
http://user:secret@{c}/ http://{c}\\@good.example/ http://good.example\\@{c}/ http://good.example#@{c}/
http://good.example?@{c}/ http://{c}%00.good.example/ http://{c}%23.good.example/ http://good.example%2f@{c}/
http://{c}&@good.example#@good.example/ http://\u200b{c}/ http://{c}\u200b/ http://[{c}]/ HTTP://{c}/ hTTp://{c}:/ http://{c}:80:80/
https://{c}/ http://127.0.0.1:6379/ http://127.0.0.1:22/ http://127.0.0.1:25/ http://[::1]:22/ http://0:22/ http://localhost:11211/
""".split()
DNS = """
import itertools, socket
turns = itertools.cycle(["10.0.0.1", "127.0.0.1"])  # real public ones would be asked
known = {"inside.example": "10.1.2.3", "cloud.example": "169.254.169.254", "loop.example": "127.0.0.1"}
def gethostbyname(name):
    for end, address in known.items():
        if name.endswith(end):
            return address
    if name == "rebind.example":
        return "127.0.0.1"
    if name.endswith("rebind.example"):
        return next(turns)
    if name.replace(".", "").isdigit() or name == "localhost":
        return real(name)
    raise socket.gaierror(-2, "Name or service not known")
real, socket.gethostbyname = socket.gethostbyname, gethostbyname
"""


class Canary(http.server.BaseHTTPRequestHandler):
    """Answers everything, and remembers it."""

    pages: dict[str, tuple[int, str, str]]
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, content_type, body = self.pages.get(self.path, (404, "text/plain", ""))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", body.encode("utf-8").decode("latin-1"))
            body = ""
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(address: str, pages: dict[str, tuple[int, str, str]]) -> Iterator[tuple[int, list[str]]]:
    """A server; its port and the paths asked for."""
    asked: list[str] = []
    handler = type("Handler", (Canary,), {"pages": pages, "asked": asked})
    server = http.server.ThreadingHTTPServer((address, 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_two_hundred_tricks_reach_nothing(tmp_path: Path) -> None:
    pages: dict[str, tuple[int, str, str]] = {}
    with serving("0.0.0.0", {}) as (port, reached), serving("127.0.0.5", pages) as (home_port, asked):
        targets = [f"http://{host}:{port}/hit/{n}" for n, host in enumerate(HOSTS)]
        targets += [trick.replace("{c}", f"127.0.0.1:{port}") for trick in SCHEMES]
        home = f"http://127.0.0.5:{home_port}"
        links = [f"{home}/story/own", *targets]
        for n, target in enumerate(targets):
            pages[f"/story/{n}"] = (302, "text/plain", target)
            links.append(f"{home}/story/{n}")
        items = "".join(
            f"<item><title>Story {n}</title><link>{escape(u)}</link></item>" for n, u in enumerate(links)
        )
        pages["/feed"] = (
            200,
            "application/rss+xml",
            f"<rss version='2.0'><channel><title>D</title>{items}</channel></rss>",
        )
        pages["/story/own"] = (200, "text/html", page("The ferry pier").decode())
        (tmp_path / "seeds").mkdir()
        (tmp_path / "seeds" / "daily.toml").write_text(
            f'home = "{home}/"\nfeeds = ["{home}/feed"]\ndiscover = false\n'
        )
        (tmp_path / "sitecustomize.py").write_text(DNS)
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        environment["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{ROOT}"
        options = "DOWNLOAD_DELAY=0 RETRY_TIMES=0 DOWNLOAD_TIMEOUT=5 HOST_FAILURES_MAX=999".split()
        words = [word for option in options for word in ("-s", option)]
        command = [sys.executable, "-m", "crawler", "crawl", "archive.db", *words]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, text=True, capture_output=True, timeout=120
        )
    assert len(set(targets)) >= 200, "each is tried twice, as a link and as a redirect"
    assert reached == []
    assert "/story/own" in asked, done.stderr
    assert len([path for path in asked if path.startswith("/story/")]) > 100, "the redirects were not tried"
    import sqlite3

    db = sqlite3.connect(tmp_path / "archive.db")
    assert db.execute("SELECT count(*) FROM articles").fetchone() == (1,)
    owed, outcomes = db.execute("SELECT found, (SELECT count(*) FROM outcomes) FROM crawls").fetchone()
    assert owed == outcomes
    kinds = dict(db.execute("SELECT outcome, count(*) FROM outcomes GROUP BY 1").fetchall())
    assert kinds["excluded"] > 150, kinds
    reasons = [r for (r,) in db.execute("SELECT reason FROM outcomes WHERE url LIKE '%rebind.example%'")]
    assert any("leads to a private address" in (reason or "") for reason in reasons), reasons
    db.close()
    assert "secret" not in (tmp_path / "archive.log").read_text()


def test_no_other_door_leads_to_private_addresses(tmp_path: Path) -> None:
    """Listings that are named by a page or by robots.txt, children of a sitemap, images, refreshes, canonical links."""
    pages: dict[str, tuple[int, str, str]] = {}
    with serving("0.0.0.0", {}) as (port, reached), serving("127.0.0.5", pages) as (home_port, asked):
        evil, home = f"http://127.0.0.1:{port}", f"http://127.0.0.5:{home_port}"
        links = f"""<link rel="alternate" type="application/rss+xml" href="{evil}/alternate">
            <link rel="canonical" href="{evil}/canonical"><link rel="amphtml" href="{evil}/amp">
            <link rel="next" href="{evil}/next"><meta property="og:image" content="{evil}/image.jpg">"""
        story = (
            page("The ferry pier")
            .decode()
            .replace("<article>", f"{links}<article><img src='{evil}/img.png'>")
        )
        maps = f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>{evil}/child.xml</loc>"
        items = "".join(
            f"<item><title>S</title><link>{home}/{name}</link><guid>{evil}/guid</guid><enclosure url='{evil}/e.jpg' type='image/jpeg'/></item>"
            for name in ("story", "refresh")
        )
        pages["/robots.txt"] = (200, "text/plain", f"Sitemap: {evil}/robots.xml\nSitemap: {home}/maps.xml\n")
        pages["/maps.xml"] = (200, "text/xml", f"{maps}</sitemap></sitemapindex>")
        feed = f"<rss version='2.0' xmlns:a='http://www.w3.org/2005/Atom'><channel><a:link rel='next' href='{evil}/next'/>"
        pages["/feed"] = (200, "application/rss+xml", f"{feed}<title>D</title>{items}</channel></rss>")
        pages["/"] = (
            200,
            "text/html",
            f"<html><head>{links}</head><body><nav><a href='{evil}/news/'>News</a></nav></body>",
        )
        pages["/story"] = (200, "text/html", story)
        pages["/refresh"] = (
            200,
            "text/html",
            f"<meta http-equiv='refresh' content='0; url={evil}/refreshed'>",
        )
        (tmp_path / "seeds").mkdir()
        seed = f'home = "{home}/"\nfeeds = ["{home}/feed"]\nimages = true\n'
        (tmp_path / "seeds" / "daily.toml").write_text(seed)
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        words = "-s DOWNLOAD_DELAY=0 -s RETRY_TIMES=0 -s HOST_FAILURES_MAX=999".split()
        command = [sys.executable, "-m", "crawler", "crawl", "archive.db", *words]
        for _ in range(2):  # what the first found, the second would follow
            done = subprocess.run(
                command,
                cwd=tmp_path,
                env={**environment, "PYTHONPATH": str(ROOT)},
                text=True,
                capture_output=True,
            )
    assert {"/", "/feed", "/maps.xml", "/story", "/refresh"} <= set(asked), done.stderr
    assert reached == []


@pytest.mark.parametrize("host", [host for host in HOSTS if "example" not in host])
def test_private_hosts_are_known_as_written(host: str) -> None:
    assert is_private(host)


@pytest.mark.parametrize(
    "host",
    "news.example.org daily.co.uk 8.8.8.8 [2606:4700::1111] bücher.example xn--bcher-kva.example 24ur.com 1.fm 0x.org".split(),
)
def test_public_hosts_are_not(host: str) -> None:
    assert not is_private(host)


# --- files that are traps

SECRET_FILE = "the-innermost-secret"


def traps(folder: Path) -> dict[str, bytes]:
    """Feeds and sitemaps that want to read our files, ask other hosts, or never end."""
    (folder / "secret.txt").write_text(SECRET_FILE)
    file = (folder / "secret.txt").as_uri()
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    entity = f'<!DOCTYPE r [<!ENTITY x SYSTEM "{file}">]>'
    remote = (
        '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/evil.dtd" [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>'
    )
    item = "<item><title>{0}</title><link>http://daily.example/a</link></item>"
    rss = "<rss version='2.0'><channel><title>D</title>" + item + "</channel></rss>"
    url = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>http://daily.example/a{0}</loc></url></urlset>"
    found = {}
    for name, shape in (("feed", rss), ("sitemap", url)):
        found[f"{name}-file"] = (entity + shape.format("&x;")).encode()
        found[f"{name}-remote"] = (remote + shape.format("&p;")).encode()
        found[f"{name}-laughs"] = (
            f'<!DOCTYPE r [<!ENTITY a0 "ha">{laughs}]>' + shape.format("&a11;")
        ).encode()
        found[f"{name}-quadratic"] = (
            f'<!DOCTYPE r [<!ENTITY a "{"h" * 90000}">]>' + shape.format("&a;" * 9000)
        ).encode()
        found[f"{name}-deep"] = b"<a>" * 200_000
        found[f"{name}-attributes"] = b"<rss " + b" ".join(b"a%d='x'" % n for n in range(50_000)) + b"/>"
        found[f"{name}-spaces"] = (shape.format(" " * 300_000) + "<").encode()
        found[f"{name}-angles"] = b"<" * 200_000
        found[f"{name}-comment"] = b"<!--" + b"-" * 200_000
        found[f"{name}-cdata"] = b"<![CDATA[" * 30_000
    return found


KINDS = (
    "file",
    "remote",
    "laughs",
    "quadratic",
    "deep",
    "attributes",
    "spaces",
    "angles",
    "comment",
    "cdata",
)


@pytest.mark.parametrize("name", [f"{kind}-{trap}" for kind in ("feed", "sitemap") for trap in KINDS])
def test_listings_that_are_traps_are_read_or_named(tmp_path: Path, name: str) -> None:
    from crawler.listings.read import read_listing
    from crawler.sources.model import Source

    body = traps(tmp_path)[name]
    source = Source("daily", "http://daily.example/")
    listing = read_listing(name.split("-")[0], body, "http://daily.example/x", "application/xml", source)
    assert listing.error or len(listing.entries) <= 1
    assert SECRET_FILE not in repr(listing)
    assert len(repr(listing)) < 2_000_000


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..", "a/b", "a\\b", "C:\\x", "con\0x", "-rf", "~root", "x" * 400, "é/..", "."],
)
def test_names_from_the_web_never_become_paths(tmp_path: Path, name: str) -> None:
    from crawler.sources.model import source_id

    for url in (f"http://{name}/", f"http://daily.example/{name}", f"http://{name}.example/"):
        found = source_id(url)
        assert (tmp_path / f"{found}.toml").resolve().parent == tmp_path.resolve()
        assert len(found) < 260


@pytest.mark.parametrize(
    "url",
    [
        "http://me:hunter2@daily.example/a",
        "http://daily.example/feed?token=hunter2&page=2",
        "https://daily.example/rss?a=1&api_key=hunter2",
        "https://daily.example/rss?access_token=hunter2#top",
    ],
)
def test_secrets_are_not_said(url: str) -> None:
    from pipelines.urls.normalize import without_secrets

    assert "hunter2" not in without_secrets(f"listing {url}: answered 500")
    assert "daily.example" in without_secrets(url)


# --- the audit of what we depend on


@pytest.mark.parametrize(
    ("says", "code", "words"),
    [
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', 0, "knows 1 of 1"),
        (
            '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}]}',
            1,
            "a 1: CVE-1, mended in 2",
        ),
        (
            '{"dependencies": [{"name": "a", "skip_reason": "not found"}]}',
            0,
            "no vulnerability database could be asked",
        ),
        ("", 0, "no vulnerability database could be asked"),
    ],
    ids=["nothing", "a weakness", "packages that it does not know", "no answer"],
)
def test_the_audit_fails_on_what_is_known_and_only_then(
    tmp_path: Path, says: str, code: int, words: str
) -> None:
    tool = tmp_path / "pip-audit"
    tool.write_text(f"#!/bin/sh\necho '{says}'\n")
    tool.chmod(0o755)
    command = [sys.executable, str(ROOT / ".ci" / "audit"), "--tool", str(tool)]
    done = subprocess.run(command, text=True, capture_output=True)
    assert done.returncode == code, done.stderr
    assert words in done.stdout + done.stderr
