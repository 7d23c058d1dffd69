"""One headless Chromium, a tab of its own for each page; every request of a page is answered by a function of ours.

Chromium's own proxy is a closed port: what does not pass that function (sockets, workers, looked-up names) reaches nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from crawler.render.requests import Wanted, why_refuse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Browser, BrowserContext, Playwright, Route

    Fetch = Callable[[Wanted, dict[str, str]], Awaitable["Answer"]]
    """Answers a request of a page with these headers; raises what keeps it from that."""

CLOSED_PORT = "http://127.0.0.1:1"
FLAGS = (
    f"--proxy-server={CLOSED_PORT}",
    "--proxy-bypass-list=<-loopback>",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--mute-audio",
    "--js-flags=--max-old-space-size=512",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PAGES_OF_A_BROWSER = 200
"""Pages before a browser is started anew: its memory grows."""
QUIET = 1.0
"""Seconds without a request under way after which a page counts as complete."""
PARSING = 15.0
"""Seconds that a page may take until its HTML is parsed."""
ATTEMPTS = 2
"""How often a page is shown whose browser crashed."""
CLOSING = 5.0
"""Seconds that a tab has to close before its browser is ended."""
SCREEN = {"width": 1280, "height": 1600}
TALLEST_PICTURE = 20_000
"""Pixels of a picture's height at most."""
SENT = ("accept", "accept-language", "origin", "referer", "content-type", "x-requested-with")
"""Headers of a page's own requests that are handed on; cookies are not: the downloader has its own."""


class RenderError(Exception):
    """A page that could not be rendered; the message says why, for the outcome."""


class Answer(NamedTuple):
    """What a request is answered with; the body has no Content-Encoding on it."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """Seconds, requests and bytes of one page; `tabs` at a time."""

    seconds: float = 60.0
    requests: int = 100
    bytes: int = 10_000_000
    tabs: int = 2


@dataclass(slots=True)
class Rendered:
    """A page as the browser shows it: its HTML, a picture where one is wanted, and what was refused, by reason."""

    html: bytes
    picture: bytes = b""
    refused: dict[str, int] = field(default_factory=dict)


class _Tab:
    """The requests of one page: how many were made, and how many are under way."""

    def __init__(self, url: str, first: Answer, fetch: Fetch, limits: RenderLimits, pictured: bool) -> None:
        self.url = url
        self.first: Answer | None = first
        self.fetch = fetch
        self.limits = limits
        self.pictured = pictured
        self.made = self.size = self.under_way = 0
        self.refused: dict[str, int] = {}
        self.last = asyncio.get_running_loop().time()

    async def answer(self, route: Route) -> None:
        """Answer a request: the page itself by what was fetched, others by the downloader, the rest by nothing."""
        request, frame = route.request, _frame_of(route.request)
        main = frame is not None and request.is_navigation_request() and frame.parent_frame is None
        if main and self.first is not None:
            first, self.first = self.first, None
            await route.fulfill(status=first.status, headers=first.headers, body=first.body)
            return
        framed = request.is_navigation_request() or (frame is not None and frame.parent_frame is not None)
        wanted = Wanted(request.url, request.resource_type, request.method, framed)
        away = main or frame is None
        reason = why_refuse(wanted, self.url, self.pictured)
        if not reason and self.made >= self.limits.requests:
            reason = "too many requests"
        if not reason and self.size >= self.limits.bytes:
            reason = "too many bytes"
        if away:
            await route.fulfill(status=204)  # the tab stays where it is
            return
        if reason:
            self.refused[reason] = self.refused.get(reason, 0) + 1
            with contextlib.suppress(Exception):  # the tab may be closed already
                await route.abort("blockedbyclient")
            return
        self.made += 1
        await self._hand_on(route, wanted)

    async def _hand_on(self, route: Route, wanted: Wanted) -> None:
        self.under_way += 1
        try:
            headers = {name: value for name, value in route.request.headers.items() if name in SENT}
            answer = await self.fetch(wanted, headers)
            self.size += len(answer.body)
            await route.fulfill(status=answer.status, headers=answer.headers, body=answer.body)
        except (
            Exception
        ):  # whatever the network, the middlewares or a closed tab raise: the page does without
            with contextlib.suppress(Exception):
                await route.abort("failed")
        finally:
            self.under_way -= 1
            self.last = asyncio.get_running_loop().time()

    async def wait_until_quiet(self, until: float) -> None:
        """Wait until no request has been under way for a while, or the time is over."""
        clock = asyncio.get_running_loop().time
        while clock() < until and (self.under_way or clock() - self.last < QUIET):
            await asyncio.sleep(0.1)


class HeadlessBrowser:
    """Starts Chromium for the first page, and anew when it has crashed or shown many. Not for several event loops."""

    def __init__(self, limits: RenderLimits, executable: str = "") -> None:
        self.limits = limits
        self.executable = executable
        self.playwright: Playwright | None = None
        self.browser: Browser | None = None
        self.shown = 0
        self.starting = asyncio.Lock()
        self.tabs = asyncio.Semaphore(limits.tabs)

    async def render(self, url: str, first: Answer, fetch: Fetch, *, picture: bool = False) -> Rendered:
        """Show a page that was fetched, and return what it has become. Raises `RenderError`.

        A browser that crashed is started again, and the page shown once more: another tab may have been the cause.
        """
        async with self.tabs:
            for _ in range(ATTEMPTS):
                browser = await self._open()
                try:
                    shown = self._show(browser, url, first, fetch, picture)
                    return await asyncio.wait_for(shown, self.limits.seconds)
                except RenderError:
                    raise
                except TimeoutError:
                    raise RenderError(f"took longer than {self.limits.seconds:g} seconds") from None
                except Exception as error:
                    if "Timeout" in type(error).__name__:
                        raise RenderError(f"took longer than {self.limits.seconds:g} seconds") from None
                    if browser.is_connected():
                        raise RenderError(str(error).partition("\n")[0]) from error
            raise RenderError("the browser crashed")

    async def _show(self, browser: Browser, url: str, first: Answer, fetch: Fetch, picture: bool) -> Rendered:
        until = asyncio.get_running_loop().time() + self.limits.seconds
        tab = _Tab(url, first, fetch, self.limits, picture)
        context = await browser.new_context(
            viewport=SCREEN,  # type: ignore[arg-type]
            service_workers="block",
            accept_downloads=False,
        )
        try:
            return await self._read(context, tab, until)
        finally:
            try:
                await asyncio.wait_for(context.close(), CLOSING)
            except Exception:  # a tab that cannot be closed goes with its browser
                if self.browser is browser:
                    await self._end()

    async def _read(self, context: BrowserContext, tab: _Tab, until: float) -> Rendered:
        clock = asyncio.get_running_loop().time
        await context.route("**/*", tab.answer)
        await context.route_web_socket("**/*", lambda socket: socket.close())
        page = await context.new_page()
        context.on(
            "page", lambda opened: asyncio.ensure_future(_close(opened)) if opened is not page else None
        )
        page.on("dialog", lambda dialog: asyncio.ensure_future(_close(dialog)))
        await page.goto(tab.url, wait_until="commit", timeout=max(until - clock(), 1) * 1000)
        with contextlib.suppress(Exception):  # a page that goes away at once never comes to this state
            least = min(until - clock(), PARSING)
            await page.wait_for_load_state("domcontentloaded", timeout=max(least, 1) * 1000)
        tab.last = max(tab.last, clock())
        await tab.wait_until_quiet(until)
        html = (await page.content()).encode("utf-8", "replace")
        if len(html) > self.limits.bytes:
            raise RenderError(f"grew larger than {self.limits.bytes // 1_000_000} MB")
        shown = Rendered(html, refused=tab.refused)
        if tab.pictured:
            shown.picture = await _take_picture(page)
        return shown

    async def _open(self) -> Browser:
        async with self.starting:
            if self.browser is not None and (
                not self.browser.is_connected() or (self.shown >= PAGES_OF_A_BROWSER and self._is_free())
            ):
                await self._end()
            if self.browser is None:
                self.browser = await self._start()
            self.shown += 1
            return self.browser

    def _is_free(self) -> bool:
        return self.browser is not None and not self.browser.contexts

    async def _start(self) -> Browser:
        from playwright.async_api import Error, async_playwright

        path = find_browser(self.executable)
        flags = [*FLAGS, "--no-sandbox"] if _is_root() else [*FLAGS]
        self.shown = 0
        try:
            if self.playwright is None:
                self.playwright = await async_playwright().start()
            return await self.playwright.chromium.launch(
                executable_path=path, args=flags, chromium_sandbox=not _is_root()
            )
        except Error as error:
            raise RenderError(f"{path} could not be started: {str(error).partition(chr(10))[0]}") from error

    async def _end(self) -> None:
        browser, self.browser = self.browser, None
        if browser is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(browser.close(), CLOSING)

    async def close(self) -> None:
        """End the browser and its driver."""
        await self._end()
        playwright, self.playwright = self.playwright, None
        if playwright is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(playwright.stop(), CLOSING)


def find_browser(executable: str) -> str:
    """The path of Chromium: as named, else Debian's or the system's. Raises `RenderError`."""
    names = (executable,) if executable else NAMES
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        named = executable or "Chromium"
        raise RenderError(
            f"{named} is not there: install it (on Debian: apt install chromium), or name it by browser below [machine] in clippings.toml"
        )
    return path


def _frame_of(request: Any) -> Any:
    """The frame that a request comes from; None where it is of a window that is about to open."""
    from playwright.async_api import Error

    try:
        return request.frame
    except Error:
        return None


def _is_root() -> bool:
    """Chromium's sandbox does not work for root."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


async def _close(opened: Any) -> None:
    """Close a window or a dialog that a page has opened."""
    with contextlib.suppress(Exception):
        await (opened.dismiss() if hasattr(opened, "dismiss") else opened.close())


async def _take_picture(page: Any) -> bytes:
    """A picture of the whole page as PNG, of its first part where it is very tall."""
    height = await page.evaluate("Math.ceil(document.documentElement.scrollHeight)")
    if height <= TALLEST_PICTURE:
        return bytes(await page.screenshot(full_page=True, animations="disabled"))
    clip = {"x": 0, "y": 0, "width": SCREEN["width"], "height": TALLEST_PICTURE}
    return bytes(await page.screenshot(full_page=True, clip=clip, animations="disabled"))
