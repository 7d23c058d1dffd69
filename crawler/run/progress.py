"""The progress of a crawl at a terminal: one line on stderr, rewritten twice a second."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import create_looping_call

from crawler.run.crawl_run import crawl_run_of
from crawler.terminal import draw
from pipelines.items import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from scrapy.crawler import Crawler

    from crawler.run.crawl_run import CrawlRun

SECONDS = 0.5


def counts_in_words(counts: Mapping[Outcome, int]) -> str:
    """`12 new, 3 unchanged`, in the order of DESIGN's list; `nothing yet` when there is none. Pure."""
    return ", ".join(f"{counts[o]} {o.replace('_', ' ')}" for o in Outcome if counts.get(o)) or "nothing yet"


def clock_of(elapsed: timedelta) -> str:
    """`4:05`, or `1:04:05`. Pure."""
    minutes, seconds = divmod(int(elapsed.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def bar(done: int, total: int, width: int = 20) -> str:
    """A bar of `width` signs. The total grows while listings are read, so it is an honest guess only."""
    filled = width * done // total if total else 0
    return "[" + "#" * filled + "." * (width - filled) + "]"


class Progress:
    """Draws the line while the spider runs; off without a terminal, and under cron."""

    def __init__(self, crawler: Crawler, crawl_run: CrawlRun) -> None:
        self.crawl_run = crawl_run
        self.loop = create_looping_call(self.draw)
        crawler.signals.connect(self.opened, signal=signals.spider_opened)
        crawler.signals.connect(self.closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        crawl_run = crawl_run_of(crawler)
        if crawl_run is None or not crawler.settings.getbool("PROGRESS") or not sys.stderr.isatty():
            raise NotConfigured
        return cls(crawler, crawl_run)

    def opened(self) -> None:
        self.loop.start(SECONDS, now=False)

    def closed(self) -> None:
        if self.loop.running:
            self.loop.stop()
        draw()

    def draw(self) -> None:
        crawl_run = self.crawl_run
        done, total = crawl_run.counts.total(), crawl_run.pending + crawl_run.found
        counts = counts_in_words(crawl_run.counts)
        draw(f"{bar(done, total)} {done}/{total} {clock_of(crawl_run.elapsed)}  {counts}")
