"""The delay between requests to a host: its source's own or the default, and never less than its robots.txt asks for."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Self

from scrapy import signals

from pipelines.urls import normalize

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request
    from scrapy.robotstxt import RobotParser


NO_DELAY = 0.001
"""Seconds. Scrapy ignores the clock of a slot without a delay, so Retry-After could not hold it."""


class Throttle:
    """Reads the Crawl-delay of each robots.txt, and sets the delays of the downloader's slots.

    Requests carry their source's `delay` (seconds) and `concurrency` in `meta["pace"]`, None for the
    defaults. Scrapy forgets an idle slot and makes it again with the default delay, so the
    delay is set whenever a request reaches the downloader.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.obey = crawler.settings.getbool("CRAWL_DELAY_OBEY")
        self.user_agent = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self.delay = crawler.settings.getfloat("DOWNLOAD_DELAY")
        self.crawl_delays: dict[str, float] = {}
        crawler.signals.connect(self.robots_parsed, signal=signals.robots_parsed)
        crawler.signals.connect(self.request_reached_downloader, signal=signals.request_reached_downloader)
        crawler.signals.connect(self.headers_received, signal=signals.headers_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        asked = robotparser.crawl_delay(self.user_agent)
        if asked and self.obey:
            host = normalize.host_of(request.url)
            self.crawl_delays[host] = max(asked, self.crawl_delays.get(host, 0.0))
            slot = self.crawler.engine.downloader.slots.get(host)
            if slot:
                slot.delay = max(slot.delay, asked)

    def request_reached_downloader(self, request: Request) -> None:
        host = str(request.meta.get("download_slot", ""))
        slot = self.crawler.engine.downloader.slots.get(host)
        if slot and "pace" in request.meta:
            delay, concurrency = request.meta["pace"]
            slot.delay = max(
                self.delay if delay is None else delay, self.crawl_delays.get(host, 0.0), NO_DELAY
            )
            slot.concurrency = concurrency or slot.concurrency

    def headers_received(self, request: Request) -> None:
        """Count the delay from the beginning of the response: then the host sees no shorter gap, however slow the network."""
        slot = self.crawler.engine.downloader.slots.get(str(request.meta.get("download_slot", "")))
        if slot:
            slot.lastseen = max(slot.lastseen, monotonic())
