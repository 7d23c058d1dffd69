"""Renders the pages of sources with `render = true` or `"auto"`: an extension that gives the crawl's run its renderer."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Self
from weakref import WeakValueDictionary

from scrapy import Request, signals
from scrapy.exceptions import NotConfigured

from crawler.render.browser import Answer, HeadlessBrowser, RenderError, RenderLimits
from crawler.responses import headers_of, manners_of
from crawler.run.crawl_run import crawl_run_for_extension
from pipelines.extraction.decoding import BodyError, decode_body
from pipelines.items import Rendering

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scrapy.crawler import Crawler

    from crawler.render.requests import Wanted
    from crawler.run.crawl_run import CrawlRun
    from crawler.sources.model import Source
    from pipelines.archive.records import Task
    from pipelines.items import Page

log = logging.getLogger("clippings")

NOT_INSTALLED = 'rendering needs the extra "render": pip install "clippings-archive[render]"'
DROPPED = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive", "set-cookie"}
)
"""Headers that are not handed to the browser: the body has been unpacked, and the downloader keeps the cookies."""
CACHED = 200
"""Scripts and stylesheets that are kept for the pages to come."""


class RenderPages:
    """The renderer of a crawl: `crawl_run.renderer`, as the item pipelines know it."""

    def __init__(self, crawler: Crawler, crawl_run: CrawlRun) -> None:
        settings = crawler.settings
        self.crawler = crawler
        self.sources = crawl_run.sources
        self.default = Rendering(settings["RENDER"])
        self.limits = RenderLimits(
            settings.getfloat("RENDER_TIMEOUT"),
            settings.getint("RENDER_REQUESTS"),
            settings.getint("DOWNLOAD_MAXSIZE"),
        )
        self.browser: HeadlessBrowser | None = None
        self.scripts: dict[str, Answer] = {}
        self.asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        crawl_run = crawl_run_for_extension(crawler)
        renderer = cls(crawler, crawl_run)
        if not any(
            renderer.rendering_of(source.id) != Rendering.NEVER for source in crawl_run.sources.values()
        ):
            raise NotConfigured
        crawl_run.renderer = renderer
        crawler.signals.connect(renderer.spider_closed, signal=signals.spider_closed)
        return renderer

    def rendering_of(self, source_id: str) -> Rendering:
        """When the pages of a source are rendered. A picture of a page needs it rendered."""
        source = self.sources.get(source_id)
        if source is None:
            return Rendering.NEVER
        if self.wants_picture(source_id):
            return Rendering.ALWAYS
        return self.default if source.render is None else source.render

    def wants_picture(self, source_id: str) -> bool:
        """Whether a picture of each page of a source is kept."""
        source = self.sources.get(source_id)
        default = self.crawler.settings.getbool("SCREENSHOT")
        return source is not None and (default if source.screenshot is None else source.screenshot)

    async def render(self, page: Page, task: Task) -> tuple[Page, str]:
        """The page with what the browser made of it, and ""; or the page as it was, and why."""
        if find_spec("playwright") is None:
            return page, NOT_INSTALLED
        source = self.sources.get(task.source_id)
        try:
            first = Answer(
                page.status, self._shown_headers(page.headers), decode_body(page.body, page.headers)
            )
            if self.browser is None:
                self.browser = HeadlessBrowser(self.limits, self.crawler.settings["BROWSER"])
            shown = await self.browser.render(
                page.address,
                first,
                lambda wanted, headers: self._fetch(wanted, headers, source),
                picture=self.wants_picture(task.source_id),
            )
        except (RenderError, BodyError) as error:
            log.info("not rendered: %s (%s)", task.url, error)
            return page, f"could not be rendered: {error}"
        if shown.refused:
            words = ", ".join(f"{number} {reason}" for reason, number in sorted(shown.refused.items()))
            log.info("rendered %s without %s", task.url, words)
        return replace(page, rendered=shown.html, screenshot=shown.picture), ""

    async def _fetch(self, wanted: Wanted, headers: dict[str, str], source: Source | None) -> Answer:
        """Ask for what a page wants as a crawl asks for everything; scripts and stylesheets once a crawl."""
        if wanted.kind not in ("script", "stylesheet"):
            return await self._ask(wanted, headers, source)
        async with self.asking.setdefault(wanted.url, asyncio.Lock()):  # two pages may want it at a time
            if wanted.url in self.scripts:
                return self.scripts[wanted.url]
            answer = await self._ask(wanted, headers, source)
            if answer.status == 200 and len(self.scripts) < CACHED:
                self.scripts[wanted.url] = answer
            return answer

    async def _ask(self, wanted: Wanted, headers: dict[str, str], source: Source | None) -> Answer:
        request = Request(
            wanted.url,
            headers=headers,
            meta={**manners_of(source), "download_maxsize": self.limits.bytes},
            dont_filter=True,
        )
        response = await self.crawler.engine.download_async(request)
        return Answer(response.status, self._shown_headers(headers_of(response)), response.body)

    @staticmethod
    def _shown_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        return {name: value for name, value in headers if name.lower() not in DROPPED}

    async def spider_closed(self) -> None:
        if self.browser is not None:
            await self.browser.close()
