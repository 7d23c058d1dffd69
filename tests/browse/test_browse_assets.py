"""Pages whose stylesheets and pictures are kept: one crawl, and the page as fetched from the archive alone."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING, NamedTuple

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from pipelines.archive.admin.verify import verify
from tests.conftest import ROOT
from tests.reading_room import absent, page, served
from tests.web import Web

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette

HOME = "http://daily.example"
CDN = "http://pictures.example"
PLACE = "/-/clippings/archive"
CSS = (200, {"Content-Type": "text/css; charset=utf-8"})


def png(red: int) -> bytes:
    """A picture of 40 by 30 pixels in one colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + bytes((red, 40, 60)) * 40) * 30
    head = struct.pack(">IIBBBBB", 40, 30, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def picture(red: int) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "image/png"}, png(red)


def story(title: str, body: str = "", head: str = "") -> str:
    text = "".join(
        f"<p>{title}: in year {n} the ferry carried {n * 37} people over the sound.</p>" for n in range(9)
    )
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{title}</title>{head}'
        f'<link rel="stylesheet" href="/style.css"><link rel="preconnect" href="{CDN}"><script src="/app.js"></script></head>'
        f"<body><nav><img src='/logo.png' alt='The Daily'></nav><article><h1>{title}</h1>{body}{text}</article>"
        f"<script>fetch('{HOME}/beacon')</script><img src='{HOME}/count.gif' width='1' height='1'></body></html>"
    )


LEAD = f'<meta property="og:image" content="{HOME}/lead.png">'


def fill(web: Web) -> None:
    """A paper of four stories: two that share assets, one that asks for no copy, one of which nothing is there."""
    stories = {
        "ferry": story(
            "The ferry is back",
            f'<img src="data:," data-src="/moved.png" alt="Ferry"><img src="{CDN}/big.png" alt="Too big">'
            '<p style="background:url(/strip.png)">A strip.</p><img src="/page-as-picture" alt="No picture">',
            LEAD,
        ),
        "pier": story("The pier is closed", '<img src="/pier.png" alt="Pier">'),
        "secret": story(
            "No copy of this",
            '<img src="/secret.png" alt="Secret">',
            '<meta name="robots" content="noarchive">',
        ),
        "bare": story("Nothing is left", "".join(f'<img src="/many/{n}.png" alt="">' for n in range(20))),
    }
    items = "".join(f"<item><title>{name}</title><link>{HOME}/news/{name}</link></item>" for name in stories)
    web.pages[f"{HOME}/feed"] = (
        200,
        {"Content-Type": "application/rss+xml"},
        f"<rss version='2.0'><channel><title>D</title>{items}</channel></rss>",
    )
    web.pages |= {f"{HOME}/news/{name}": html for name, html in stories.items()}
    web.pages |= {
        f"{HOME}/style.css": (
            *CSS,
            '@import "print.css" print; h1 { color: rgb(1, 2, 3); background: url(/dot.png) }',
        ),
        f"{HOME}/print.css": (*CSS, "@import url(style.css); body { color: black }"),
        f"{HOME}/logo.png": picture(10),
        f"{HOME}/dot.png": picture(20),
        f"{HOME}/pier.png": picture(30),
        f"{HOME}/strip.png": picture(40),
        f"{HOME}/lead.png": picture(50),
        f"{HOME}/secret.png": picture(60),
        f"{HOME}/moved.png": (302, {"Location": f"{CDN}/moved/to.png"}, b""),
        f"{CDN}/moved/to.png": picture(70),
        f"{CDN}/big.png": (200, {"Content-Type": "image/png"}, png(80) + bytes(3_000_000)),
        f"{HOME}/page-as-picture": "<html>no picture</html>",
    }


class Paper(NamedTuple):
    folder: Path
    asked: list[tuple[str, int]]

    @property
    def archive(self) -> Path:
        return self.folder / "archive.db"

    def rows(self, sql: str) -> list[tuple[str, ...]]:
        db = sqlite3.connect(self.archive)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()


def crawl(folder: Path, web: Web) -> None:
    environment = {"http_proxy": web.proxy, "no_proxy": "", "PYTHONPATH": str(ROOT)}
    options = "DOWNLOAD_DELAY=0 RETRY_TIMES=0 ASSET_MAXSIZE=1000000 ASSETS_MAX=12".split()
    words = [word for option in options for word in ("-s", option)]
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "crawl", "archive.db", *words],
        cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Paper:
    folder = tmp_path_factory.mktemp("assets")
    (folder / "seeds").mkdir()
    (folder / "seeds" / "daily.toml").write_text(
        f'home = "{HOME}/"\nfeeds = ["/feed"]\ndiscover = false\nassets = true\nimages = true\nrecheck = []\n'
    )
    with Web() as web:
        fill(web)
        crawl(folder, web)
        first = list(web.asked)
        # A fourth story that shows what is held already.
        web.pages[f"{HOME}/news/quay"] = story("The quay is new", '<img src="/pier.png" alt="Pier">')
        web.pages[f"{HOME}/feed"] = (
            200,
            {"Content-Type": "application/rss+xml"},
            f"<rss version='2.0'><channel><title>D</title><item><link>{HOME}/news/quay</link></item></channel></rss>",
        )
        crawl(folder, web)
        again = [url for url, _ in web.asked[len(first) :]]
    assert not [url for url in again if url.endswith((".png", ".css"))], "held assets were asked for again"
    return Paper(folder, first)


@pytest.fixture
def archive(crawled: Paper) -> Path:
    return crawled.archive


def number_of(crawled: Paper, name: str) -> int:
    return int(crawled.rows(f"SELECT id FROM articles WHERE url LIKE '%/{name}'")[0][0])


def test_each_asset_is_asked_for_once_and_kept(crawled: Paper) -> None:
    asked = [url for url, _ in crawled.asked]
    kept = dict(crawled.rows("SELECT url, mime FROM captures WHERE url NOT LIKE '%/news/%'"))
    names = {url.rpartition("/")[2] for url in kept}
    assert names == {
        "style.css", "print.css", "logo.png", "dot.png", "pier.png", "strip.png", "lead.png", "moved.png", "to.png",
    }  # fmt: skip
    for url in kept:
        assert asked.count(url) == 1, url
    assert not [url for url in asked if url.endswith((".js", "beacon", "count.gif", "secret.png"))]
    assert len([url for url in asked if "/many/" in url]) <= 12
    assert crawled.rows("SELECT count(*) FROM captures WHERE url LIKE '%.css' AND url_id IS NOT NULL") == [
        (0,)
    ]


def test_its_records_are_well(crawled: Paper) -> None:
    assert not verify(crawled.archive).problems


async def test_the_page_leads_to_the_archive(crawled: Paper, room: Datasette) -> None:
    number = number_of(crawled, "ferry")
    told = await page(room, f"{PLACE}/article/{number}/page")
    assert "Of its 6 pictures and stylesheets the archive holds 4." in " ".join(told.text_content().split())
    framed = await room.client.get(f"{PLACE}/article/{number}/page/as-fetched")
    assert framed.headers["content-security-policy"].startswith(
        "sandbox; default-src 'none'; style-src 'self'"
    )
    for outside in (CDN, "app.js", "beacon", "<link", 'href="http'):
        assert outside not in framed.text, outside
    sources = dict(re.findall(r'<img alt="([^"]*)"(?: src="([^"]*)")?>', framed.text))
    assert sources["Ferry"].startswith(f"{PLACE}/asset/"), "a redirected picture"
    assert sources["Too big"] == sources["No picture"] == ""
    assert (await room.client.get(sources["Ferry"])).content == png(70)
    sheet = re.search(r'@import url\("([^"]+)"\)', framed.text)
    assert sheet is not None
    css = await room.client.get(sheet[1])
    assert css.headers["content-type"] == "text/css; charset=utf-8"
    dot = re.search(r'background: url\("([^"]+)"\)', css.text)
    assert dot is not None
    found = await room.client.get(dot[1])
    assert (found.headers["content-type"], found.content) == ("image/png", png(20))
    assert "sandbox" in found.headers["content-security-policy"]


async def test_only_assets_are_served_as_such(crawled: Paper, room: Datasette) -> None:
    (capture,) = crawled.rows("SELECT id FROM captures WHERE url LIKE '%/news/ferry'")[0]
    for number in (capture, 999_999, "9" * 30):
        assert (await room.client.get(f"{PLACE}/asset/{number}")).status_code == 404


async def test_a_page_without_kept_assets_says_how_to_keep_them(crawled: Paper, room: Datasette) -> None:
    number = number_of(crawled, "secret")
    assert crawled.rows(f"SELECT capture_id FROM articles WHERE id = {number}") == [(None,)]
    told = await page(room, f"{PLACE}/article/{number}/page")
    assert "asked that no copy be kept" in told.text_content() or "no copy" in told.text_content()


async def test_the_lead_image_is_shown_from_the_archive(crawled: Paper, room: Datasette) -> None:
    number = number_of(crawled, "ferry")
    tree = await page(room, f"{PLACE}/article/{number}")
    [source] = tree.xpath("//figure//img/@src")
    assert (await room.client.get(source)).content == png(50)
    found = await page(room, f"{PLACE}/search?q=ferry")
    pictures = found.xpath(f"//article[@class='hit'][.//a[contains(@href, '/article/{number}')]]//img")
    assert [(image.get("src"), image.get("alt")) for image in pictures] == [(source, "")]


def test_what_is_forgotten_takes_its_pictures_along(crawled: Paper, tmp_path: Path) -> None:
    shutil.copytree(crawled.folder, tmp_path / "copy")
    archive = tmp_path / "copy" / "archive.db"
    result = CliRunner().invoke(cli, ["forget", str(archive), f"{HOME}/news/ferry", "--yes"])
    assert result.exit_code == 0, result.output
    db = sqlite3.connect(archive)
    left = {url for (url,) in db.execute("SELECT url FROM captures")}
    db.close()
    assert f"{HOME}/lead.png" not in left
    assert f"{HOME}/style.css" in left
    assert f"{HOME}/pier.png" in left


@pytest.mark.browser
def test_a_browser_shows_it_and_asks_nobody_else(crawled: Paper) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        absent("no Chromium: install Debian's package chromium")
    from playwright.sync_api import sync_playwright

    number = number_of(crawled, "ferry")
    with Web() as outside, served(crawled.archive) as address, sync_playwright() as playwright:
        flags = ["--no-sandbox", f"--proxy-server={outside.proxy}"]
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        tab = browser.new_page()
        tab.goto(f"{address}{PLACE}/article/{number}/page")
        frame = tab.frame_locator("iframe")
        assert frame.locator("h1").evaluate("e => getComputedStyle(e).color") == "rgb(1, 2, 3)"
        widths = frame.locator("img").evaluate_all("all => all.map(image => [image.alt, image.naturalWidth])")
        assert dict(widths) == {"The Daily": 40, "Ferry": 40, "Too big": 0, "No picture": 0}
        tab.goto(f"{address}{PLACE}/article/{number}/page/as-fetched")
        assert tab.locator("h1").evaluate("e => getComputedStyle(e).color") == "rgb(1, 2, 3)"
        browser.close()
    assert [url for url, _ in outside.asked if "example" in url] == []
