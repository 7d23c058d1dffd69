"""Browsing in a real Chromium: a reader's way through, hostile values, accessibility.

On every page a violation of its policy, an error on the console, a dialog or a request to anywhere but our own
server fails the test.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from playwright.sync_api import sync_playwright

from tests.reading_room import HOSTILE, PAGE, PLACE, absent, hostile_archive, keep_page, made_up, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent.parent / "browser_tools/node_modules/axe-core/axe.min.js"
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


class Watched:
    """A page of the browser, and whatever went wrong on it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.wrong: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        page.on("dialog", self._dialog)
        page.on("request", self._request)
        page.on("requestfailed", self._refused)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"console: {message.text}")

    def _dialog(self, dialog: Any) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.wrong.append(f"request: {request.url}")

    def _refused(self, request: Any) -> None:
        """What the policy kept from being sent at all."""
        if request.failure == "csp":
            self.wrong.remove(f"request: {request.url}")

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)
        self.well()

    def well(self) -> None:
        self.page.wait_for_load_state("load")
        assert not self.wrong, (self.page.url, self.wrong)

    def heading(self) -> str:
        return self.page.inner_text("h1")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        absent("no Chromium: install Debian's package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(made_up(tmp_path_factory.mktemp("room"))) as address:
        yield address


@pytest.fixture
def reader(browser: Browser, address: str) -> Iterator[Watched]:
    context = browser.new_context()
    yield Watched(context.new_page(), address)
    context.close()


def test_a_readers_way(reader: Watched) -> None:
    """Search, narrow, read, see what changed, see the page as it was fetched: by the keyboard where one types."""
    page = reader.page
    reader.go("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("the")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=the")
    total = int(re.findall(r"\d+", page.inner_text(".total"))[0])
    page.click("#narrow >> text=The Harbour Herald")
    page.wait_for_url("**source=harbour-herald**")
    narrowed = int(re.findall(r"\d+", page.inner_text(".total"))[0])
    assert 0 < narrowed < total
    page.click("#narrow >> text=Was changed")
    page.wait_for_url("**changed=1**")
    headline = page.inner_text("article.hit h3 >> nth=0")
    page.click("article.hit h3 a >> nth=0")
    assert reader.heading() == headline
    page.click("text=Changed by its publisher: see what")
    assert reader.heading() == "What changed"
    assert page.locator("main ins, main del").count() > 2
    reader.well()
    page.go_back()
    assert reader.heading() == headline
    reader.well()


def focused(page: Page) -> str:
    """The text of what has the focus, which must be in sight with an outline around it."""
    seen = page.evaluate(
        "() => { const e = document.activeElement, box = e.getBoundingClientRect();"
        " return [e.innerText || e.value || '', box.width > 1 && box.height > 1, getComputedStyle(e).outlineStyle] }"
    )
    assert seen[1:] == [True, "solid"], seen
    return str(seen[0]).strip()


def tab_to(page: Page, text: str) -> None:
    """Press Tab until what has the focus begins so."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused(page).startswith(text):
            return
    raise AssertionError(f"the keyboard does not reach {text!r}")


def test_search_and_article_by_keyboard(reader: Watched) -> None:
    """Skip to what narrows, narrow, skip to the hits, open one, go to the next hit, and back to the search."""
    page = reader.page
    reader.go(f"{PLACE}/search?q=the")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to narrowing"
    page.keyboard.press("Enter")
    tab_to(page, "Valley Tribune")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "source=valley-tribune" in page.url
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # to the content
    first, second = page.locator("article.hit h3").all_inner_texts()[:2]
    tab_to(page, first)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert reader.heading() == first
    assert page.locator("main article mark").count() > 0
    tab_to(page, "Next hit")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert reader.heading() == second
    tab_to(page, "Back to the search")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.inner_text("article.hit h3 >> nth=0") == first
    reader.well()


def test_the_raw_page_runs_and_loads_nothing(browser: Browser, tmp_path: Path) -> None:
    """The stored page tries to run, to load, to send and to move; only its text comes through."""
    archive = made_up(tmp_path, articles=10)
    with outside() as (place, connections), served(archive) as address:
        keep_page(archive, 1, PAGE.replace(b"outside.invalid", place.encode()))
        context = browser.new_context()
        reader = Watched(context.new_page(), address)
        reader.go(f"{PLACE}/article/1")
        reader.page.click("text=The page of")
        _look_at_the_raw_page(reader)
        context.close()
    assert connections == []


@contextlib.contextmanager
def outside() -> Iterator[tuple[str, list[Any]]]:
    """A place on the web, and who connected to it."""
    connections: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        done = threading.Event()

        def accept() -> None:
            while not done.is_set():
                with contextlib.suppress(TimeoutError):
                    connection, peer = server.accept()
                    connections.append(peer)
                    connection.close()

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}", connections
        finally:
            done.set()
            thread.join()


def _look_at_the_raw_page(reader: Watched) -> None:
    frame = reader.page.frame_locator("iframe")
    assert frame.locator("h1").inner_text() == "The page as it was"
    # The page's own styles hold; that what it would have loaded and run was refused is written to the console.
    assert frame.locator("h1").evaluate("e => getComputedStyle(e).color") == "rgb(1, 2, 3)"
    reader.page.wait_for_timeout(300)
    frame.locator("a").click(no_wait_after=True)
    frame.locator("button").click(no_wait_after=True)
    reader.page.wait_for_timeout(300)
    assert "as fetched" in reader.page.title()
    assert "/article/1/page" in reader.page.url
    refused = [
        line
        for line in reader.wrong
        if not re.match(r"console: .*(violates|Blocked|sandboxed|Unsafe attempt)", line, re.DOTALL)
    ]
    assert not refused
    assert all(not line.startswith("request") for line in reader.wrong)


def test_the_chart_draws_and_leads_on(reader: Watched) -> None:
    page = reader.page
    reader.go(f"{PLACE}/attention?q=harbour&unit=month")
    assert page.locator("#chart svg a").count() > 5
    assert "The Harbour Herald" in page.text_content("#chart")
    page.locator("#chart svg a").nth(1).click()
    page.wait_for_url("**/search?q=harbour&source=**")
    reader.well()
    reader.go(f"{PLACE}/attention?q=harbour&share=1")
    reader.well()


CHECK = (
    "phone => axe.run(document, {iframes: false, resultTypes: ['violations'],"
    " rules: {'target-size': {enabled: phone}}})"
)
PAGES = [
    "/",
    f"{PLACE}/search?q=harbour+tunnel",
    f"{PLACE}/search?q=" + quote('"slip') + "&source=harbour-herald&changed=1",
    f"{PLACE}/search?q=" + quote("東京"),
    f"{PLACE}/search?q=nothing-has-this",
    f"{PLACE}/attention?q=harbour",
    f"{PLACE}/attention?q=harbour&unit=month&share=1",
    f"{PLACE}/compare?q=harbour&q=council&share=1",
    f"{PLACE}/words?q=harbour",
    f"{PLACE}/calendar",
    f"{PLACE}/day/2026-11-18",
    f"{PLACE}/article/1",
    f"{PLACE}/article/1/evidence",
    f"{PLACE}/article/2/page",
    f"{PLACE}/article/399/page",
    f"{PLACE}/changes",
    f"{PLACE}/changes?kind=headline",
    f"{PLACE}/sources",
    f"{PLACE}/sources/harbour-herald",
    f"{PLACE}/sources/market-ledger",
    f"{PLACE}/coverage",
    f"{PLACE}/coverage?source=market-ledger&since=no-day",
    f"{PLACE}/coverage?since=2030-01-01",
    f"{PLACE}/coverage/urls",
    f"{PLACE}/coverage/urls?outcome=failed&reason=403+Forbidden%2C+after+3+attempts",
    f"{PLACE}/alarms",
    f"{PLACE}/alarms?source=northern-star",
    f"{PLACE}/article/999999",
    "difference",
    "difference&show=changed",
    "difference&show=sides",
    f"{PLACE}/changes?q=sources&kind=headline",
    f"{PLACE}/search?q=sources&versions=1",
    f"{PLACE}/search?q=the&page=2",
    f"{PLACE}/article/53?q=the&hit=3",
    f"{PLACE}/article/53/story",
    f"{PLACE}/article/53/story/compare",
]


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (1280, "light"),
        (390, "dark"),
        pytest.param(1280, "dark", marks=pytest.mark.extra),
        pytest.param(390, "light", marks=pytest.mark.extra),
    ],
)
def test_nothing_bars_the_way(browser: Browser, address: str, scheme: Any, width: int) -> None:
    """axe-core's rules for WCAG 2 A and AA and good practice, on a phone targets of 24 px, and no page too wide."""
    if not AXE.is_file():
        absent("axe-core is not installed: npm ci --prefix tests/browser_tools")
    axe = AXE.read_text()
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    for path in PAGES:
        if path.startswith("difference"):
            page.goto(f"{address}{PLACE}/changes?kind=text")
            with page.expect_navigation():  # a click does not wait for the page it leads to
                page.click("article.hit a >> nth=0")
            page.goto(page.url + path.removeprefix("difference"))
        else:
            page.goto(address + path)
        for details in page.locator("main > * details").all():
            details.evaluate("details => details.open = true")
        page.evaluate(axe)
        found = page.evaluate(CHECK, width < 400)
        violations = [
            (rule["id"], rule["impact"], rule["nodes"][0]["html"])
            for rule in found["violations"]
            if rule["impact"] != "minor"
        ]
        assert not violations, (path, violations)
        assert found["passes"], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()


def test_a_change_is_copied_as_a_quotation(browser: Browser, address: str) -> None:
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    watched = Watched(context.new_page(), address)
    watched.go(f"{PLACE}/changes?kind=text")
    with watched.page.expect_navigation():
        watched.page.click("article.hit a >> nth=0")
    watched.page.click("text=Copy as quotation")
    watched.page.click("button:has-text('Copy')")
    watched.page.wait_for_selector("#copied:has-text('Copied.')")
    copied = watched.page.evaluate("navigator.clipboard.readText()")
    assert copied == watched.page.inner_text("#quoted")
    assert copied.count("archived") == 2
    watched.well()
    context.close()


def test_it_works_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.fill("#q", "harbour")
    page.click("main button")
    page.click("main nav.tools >> text=Over time")
    assert page.locator("table tbody tr").count() > 2
    assert page.locator("#chart svg a").count() > 5
    page.click("tbody a >> nth=0")
    assert page.locator("article.hit").count() > 0
    context.close()


def assert_inert_links(page: Page) -> None:
    protocols = page.evaluate("[...document.querySelectorAll('a')].map(link => link.protocol)")
    assert {"http:"} <= set(protocols) <= {"http:", "https:"}, (page.url, protocols)


@pytest.mark.parametrize("nth", [5, pytest.param(1, marks=pytest.mark.extra)])
def test_hostile_values_are_inert(browser: Browser, tmp_path: Path, nth: int) -> None:
    """Forty hostile values in every field of every table that pages show; the articles of each, or of every fifth."""
    path = tmp_path / "the clippings.db"
    hostile_archive(path, HOSTILE)
    assert len(HOSTILE) == 40
    with served(path) as address:
        context = browser.new_context()
        watched = Watched(context.new_page(), address)
        page = watched.page
        for start in (
            "/",
            f"{PLACE}/search",
            f"{PLACE}/search?page=2",
            f"{PLACE}/changes",
            f"{PLACE}/sources",
            f"{PLACE}/alarms",
            f"{PLACE}/coverage?since=0001-01-01",
            f"{PLACE}/coverage/urls?since=0001-01-01",
        ):
            watched.go(start)
            assert_inert_links(page)
            page.wait_for_timeout(50)
        watched.go(f"{PLACE}/attention?unit=month")
        watched.go(
            f"{PLACE}/compare?q=word1&unit=month&"
            + "&".join(f"source={quote(f'{value}{n}')}" for n, value in enumerate(HOSTILE[:4], 1))
        )
        watched.go(f"{PLACE}/day/2026-11-01")
        watched.go(f"{PLACE}/words?q=word1&by=source")
        sources = page.request.get(f"{address}{PLACE}/search.json").json()["counts"]["source"]
        assert len(sources) == len(HOSTILE)
        for number, value in list(enumerate(HOSTILE, 1))[::nth]:
            for shown in ("", "/changes", "/page", "?picture=1"):
                if shown == "?picture=1" and "outside.invalid" in value:
                    continue  # a reader who asks for the picture asks that place for it
                watched.go(f"{PLACE}/article/{number}{shown}")
                assert_inert_links(page)
            text = quote(value.encode("utf-8", "replace"))[:9000]
            watched.go(f"{PLACE}/search?q={text}&since={text}")
            watched.go(f"{PLACE}/search?author={text}&tag={text}&section={text}&language={text}")
            watched.go(f"{PLACE}/article/{number}")
            page.click("main .about a >> nth=0")
            watched.well()
            assert watched.heading()
            assert_inert_links(page)
            for aspect in ("alarms", "coverage"):
                watched.go(
                    f"{PLACE}/{aspect}?source={quote(f'{value}{number}'.encode('utf-8', 'replace'))[:9000]}"
                )
        context.close()
