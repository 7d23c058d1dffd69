"""Saving a search in a real Chromium, and what pages of other sites can do to it: nothing."""

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
from pipelines.desk.searches import list_searches
from tests.archives import build
from tests.browse.test_browse_chromium import AXE, FLAGS
from tests.conftest import ROOT
from tests.reading_room import absent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

EVIL = """<!doctype html><title>Evil</title><body>
<form id=f method=post action="{saved}?q=evil" enctype="{kind}"><input name=name value=Evil><input name=on value=new>
<input name=to value=feed><input name=csrftoken value=x></form>
<script>
const body = new URLSearchParams({{name: 'Evil', on: 'new', to: 'feed', csrftoken: 'x'}});
Promise.allSettled([
  fetch('{saved}?q=evil', {{method: 'POST', mode: 'no-cors', credentials: 'include', body}}),
  fetch('{saved}?q=evil', {{method: 'POST', credentials: 'include', body}}),
  new Promise(done => done(navigator.sendBeacon('{saved}?q=evil', body))),
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
    """A page of another origin that tries all a page can; the path chooses how its form is encoded."""
    saved = f"{address}/-/clippings/archive/saved"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind = {"/plain": "text/plain", "/parts": "multipart/form-data"}.get(
                self.path, "application/x-www-form-urlencoded"
            )
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(EVIL.format(saved=saved, kind=kind).encode())

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
        for path in ("/", "/plain", "/parts"):  # with the cookie of the visit before
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


def test_a_reader_corrects_an_article_and_asks_for_a_page_by_the_bookmark(folder: Path, address: str) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        absent("no Chromium: install Debian's package chromium")
    ours = f"{address}/-/clippings/archive"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_context().new_page()
        page.goto(f"{ours}/article/1")
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


def check_access(page: Any) -> None:
    """axe-core's rules, and no page wider than its window, in both widths and both schemes."""
    if not AXE.is_file():
        absent("axe-core is not installed: npm ci --prefix tests/browser_tools")
    for width in (1280, 390):
        for scheme in ("light", "dark"):
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
