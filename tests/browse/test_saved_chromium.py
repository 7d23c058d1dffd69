"""Saving a search and making a dossier in a real Chromium, and what pages of other sites can do to them: nothing."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

from pipelines.desk.database import Desk
from pipelines.desk.dossiers import list_dossiers, list_items
from pipelines.desk.searches import list_searches
from tests.archives import build
from tests.browse.test_browse_chromium import AXE, FLAGS
from tests.conftest import ROOT
from tests.reading_room import absent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

VIEWS = ((1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"))
SOME = ((1280, "light"), (390, "dark"))
EVIL = """<!doctype html><title>Evil</title><body>
<form id=f method=post action="{target}?q=evil" enctype="{kind}"><input name=name value=Evil><input name=on value=new>
<input name=to value=feed><input name=url value="{url}"><input name=dossier value=1><input name=csrftoken value=x></form>
<script>
const body = new URLSearchParams({{name: 'Evil', on: 'new', to: 'feed', url: '{url}', csrftoken: 'x'}});
Promise.allSettled([
  fetch('{target}?q=evil', {{method: 'POST', mode: 'no-cors', credentials: 'include', body}}),
  fetch('{target}?q=evil', {{method: 'POST', credentials: 'include', body}}),
  new Promise(done => done(navigator.sendBeacon('{target}?q=evil', body))),
]).then(() => document.getElementById('f').submit());
</script>"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("desk")
    build(path / "archive.db", 60)
    return path


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "crawler", "browse", "archive.db", "-p", "0"]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)}
    )
    assert process.stdout is not None
    yield process.stdout.readline().split()[1].rstrip("/")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)


@pytest.fixture
def evil(address: str) -> Iterator[str]:
    """A page of another origin that tries all a page can; the path chooses what it writes to and how its form is encoded."""
    place = f"{address}/-/clippings/archive"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            target, _, kind = self.path.strip("/").partition(":")
            kind = {"plain": "text/plain", "parts": "multipart/form-data"}.get(
                kind, "application/x-www-form-urlencoded"
            )
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            evil = EVIL.format(target=f"{place}/{target}", kind=kind, url="https://evil.example/")
            self.wfile.write(evil.encode())

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def names(folder: Path) -> list[str]:
    with Desk(folder / "desk.db") as desk:
        return [search.name for search in list_searches(desk)]


def test_a_reader_saves_a_search_and_other_sites_do_not(folder: Path, address: str, evil: str) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        absent("no Chromium: install Debian's package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}/-/clippings/archive/search?q=harbour")
        page.click("text=Tell me about this search")
        page.fill("#name", "My harbour")
        page.click("text=Save this search")
        page.wait_for_url("**/saved")
        assert "My harbour" in page.inner_text("table")
        assert names(folder) == ["My harbour"]
        for path in ("/saved", "/saved:plain", "/saved:parts"):  # with the cookie of the visit before
            page.goto(evil + path)
            page.wait_for_url(f"{address}/**")
            assert "was not done" in page.inner_text("body")
        assert names(folder) == ["My harbour"]
        page.goto(f"{address}/-/clippings/archive/saved?q=tunnel")
        check_access(page)
        page.click("td button")
        page.wait_for_url("**/saved")
        assert "There is none yet" in page.inner_text("main")
        browser.close()
    assert names(folder) == []


def check_print(page: Any) -> None:
    """What only works on a screen is not printed: forms, ticks, keys. No column of a table is cut off by a page's width."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 900})
    wide = "[...document.querySelectorAll('.scrolled')].filter(one => one.scrollWidth > one.parentElement.clientWidth)"
    assert page.evaluate(f"{wide}.length") == 0
    page.set_viewport_size({"width": 1280, "height": 900})
    for controls in page.query_selector_all("main :is(form, .keys, .tick-one, button, summary:not(.cite *))"):
        assert not controls.is_visible(), controls.inner_html()
    assert page.query_selector("main h1, main h2").is_visible()
    page.emulate_media(media="screen")


def test_a_reader_corrects_an_article_and_asks_for_a_page_by_the_bookmark(folder: Path, address: str) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        absent("no Chromium: install Debian's package chromium")
    ours = f"{address}/-/clippings/archive"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_context().new_page()
        for path in ("", "changes", "sources", "search?q=harbour", "article/1"):
            page.goto(f"{ours}/{path}")
            check_print(page)
        page.click("text=Correct headline, authors or date")
        check_access(page)
        page.fill("#title", "Right headline")
        page.fill("#authors", "John Smith")
        page.click("button:has-text('Correct')")
        page.wait_for_url("**/article/1")
        assert page.inner_text("h1") == "Right headline"
        page.goto(f"{ours}/wanted")
        bookmark = page.get_attribute("a:has-text('Archive this page')", "href") or ""
        page.goto(f"{address}/-/clippings/archive/sources?from=https://a.example.org/")
        with page.expect_navigation():
            page.evaluate(bookmark.removeprefix("javascript:"))
        assert page.input_value("#wanted-url") == f"{ours}/sources?from=https://a.example.org/"
        page.click("main form button >> nth=0")
        page.wait_for_selector("[role=alert]:has-text('no address on the public internet')")
        page.fill("#wanted-url", "https://a.example.org/story")
        page.click("main form button >> nth=0")
        page.wait_for_selector("td:has-text('Waits for the next crawl')")
        check_access(page)
        browser.close()


def test_a_dossier_from_ticks_to_paper_and_a_file(
    folder: Path, address: str, evil: str, tmp_path: Path
) -> None:
    """Thirty articles by the keyboard and by a page, a mark by the mouse, a press review as PDF, one file from the disk."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        absent("no Chromium: install Debian's package chromium")
    place = f"{address}/-/clippings/archive"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{place}/search?sort=newest")
        for _ in range(10):
            page.keyboard.press("j")
            page.keyboard.press("s")
        page.keyboard.press("k")
        page.keyboard.press("s")
        page.keyboard.press("s")
        assert page.inner_text("#keep button:not([name])") == "Save the ticked (10)"
        page.keyboard.press("/")
        page.keyboard.type("js")  # typed, not obeyed
        assert page.input_value("#top-q") == "js"
        page.fill("#keep input[name=name]", "Port")
        page.click("#keep button:not([name])")
        page.wait_for_url("**/dossier/1**")
        page.goto(f"{place}/search?sort=newest&page=2")
        page.click("#keep button[name=all]")
        page.wait_for_url("**/dossier/1**")
        assert "20 articles saved" in page.inner_text("main")
        check_access(page, SOME)
        with Desk(folder / "desk.db") as desk:
            urls = [item.url for item in list_items(desk, 1)]
        assert len(set(urls)) == 30
        page.goto(f"{place}/day/2026-11-17")
        for key in "jsk":
            page.keyboard.press(key)
        assert page.inner_text("#keep button:not([name])") == "Save the ticked (1)"
        assert page.evaluate("document.activeElement.hasAttribute('data-headline')")
        check_access(page, SOME)
        page.goto(f"{place}/article/1")
        page.locator(".text p").first.dblclick(position={"x": 8, "y": 8})
        page.click("button.mark-it")
        page.keyboard.type("Ask them")
        page.click("#mark-form button")
        page.wait_for_url("**/article/1#notes")
        assert "Ask them" in page.inner_text(".noted")
        check_access(page, SOME)
        for path in ("/keep", "/keep:plain", "/keep:parts", "/dossier/1", "/dossiers", "/notes"):
            page.goto(evil + path)
            page.wait_for_url(f"{address}/**")
        with Desk(folder / "desk.db") as desk:
            assert [dossier.name for dossier in list_dossiers(desk)] == ["Port"]
            assert [item.url for item in list_items(desk, 1)] == urls
        page.goto(f"{place}/notes")
        check_access(page, SOME)
        page.goto(f"{place}/dossier/1/review")
        check_access(page, SOME)
        assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") >= 30
        with page.expect_download() as download:
            page.goto(f"{place}/dossier/1")
            page.click("text=One HTML file to hand on")
        download.value.save_as(tmp_path / "port.html")
        context.close()
        alone = browser.new_context(offline=True, java_script_enabled=False)
        page, asked = alone.new_page(), list[str]()
        page.on("request", lambda request: asked.append(request.url))
        page.goto((tmp_path / "port.html").as_uri())
        page.click("nav a >> nth=29")
        assert page.url.endswith("#a30")
        assert page.locator("article .text").count() == 30
        assert [url for url in asked if not url.startswith((tmp_path / "port.html").as_uri())] == []
        browser.close()


def check_access(page: Any, views: tuple[tuple[int, str], ...] = VIEWS) -> None:
    """axe-core's rules, and no page wider than its window, in both widths and both schemes."""
    if not AXE.is_file():
        absent("axe-core is not installed: npm ci --prefix tests/browser_tools")
    for width, scheme in views:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.evaluate(AXE.read_text())
        found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        assert not [
            (rule["id"], rule["nodes"][0]["html"])
            for rule in found["violations"]
            if rule["impact"] in ("serious", "critical")
        ]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
