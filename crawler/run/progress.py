"""The progress of a crawl: a line on stderr, rewritten twice a second; plain lines; or lines of JSON on stdout."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import create_looping_call

from crawler.run.crawl_run import crawl_run_of
from crawler.run.progress_lines import (
    CrawlState,
    HostWork,
    Phase,
    plain_line,
    progress_json,
    progress_line,
)
from crawler.terminal import columns, draw, echo, print_json_line
from pipelines import timestamps
from pipelines.urls import normalize

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.run.crawl_run import CrawlRun

SECONDS = {"line": 0.5, "json": 1.0, "plain": 10.0}
"""How often each form is written."""
MINUTE = 60.0
TELLING = 5.0
"""Seconds of crawling after which a rate is worth a guess."""


class Sample(NamedTuple):
    """Pages done at a moment of the monotonic clock."""

    at: float
    done: int


class HostPace:
    """How long a page of one host takes: measured from its first page on, and never less than its delay."""

    def __init__(self) -> None:
        self.first: Sample | None = None

    def measure(self, now: Sample, delay: float) -> float:
        """Seconds a page."""
        if self.first is None and now.done:
            self.first = now
        if self.first is None or now.done <= self.first.done:
            return delay
        return max(delay, (now.at - self.first.at) / (now.done - self.first.done))


def read_totals(crawl_run: CrawlRun, phase: Phase = Phase.ENDED) -> CrawlState:
    """What a crawl has done, without what is yet to come."""
    counts = crawl_run.source_counts.values()
    return CrawlState(
        phase,
        crawl_run.elapsed,
        crawl_run.counts.total(),
        crawl_run.pending + crawl_run.found,
        dict(crawl_run.counts),
        listings_read=sum(count.listings_read for count in counts),
        listings_left=sum(count.listings_left for count in counts),
        waiting=tuple(
            source_id for source_id, count in crawl_run.source_counts.items() if count.listings_left
        ),
    )


class Progress:
    """Writes the state of the crawl while the spider runs. The setting PROGRESS names the form; without, it is off."""

    def __init__(self, crawler: Crawler, crawl_run: CrawlRun, form: str) -> None:
        self.crawler = crawler
        self.crawl_run = crawl_run
        self.form = form
        self.default_delay = crawler.settings.getfloat("DOWNLOAD_DELAY")
        self.pages_max = crawler.settings.getint("PAGES_PER_SOURCE")
        self.ran = False
        self.samples: deque[Sample] = deque()
        self.paces: dict[str, HostPace] = {}
        self.loop = create_looping_call(self.write)
        crawler.signals.connect(self.opened, signal=signals.spider_opened)
        crawler.signals.connect(self.closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        crawl_run, form = crawl_run_of(crawler), str(crawler.settings["PROGRESS"])
        if crawl_run is None or form not in SECONDS:
            raise NotConfigured
        return cls(crawler, crawl_run, form)

    def opened(self) -> None:
        self.loop.start(SECONDS[self.form], now=True)

    def closed(self) -> None:
        if self.loop.running:
            self.loop.stop()
        if self.form == "line":
            draw()

    def write(self, phase: Phase | None = None) -> None:
        """Write the state in the form that was asked for."""
        state = self.read_state(phase)
        if self.form == "line":
            draw(progress_line(state, columns() - 1))
        elif self.form == "plain":
            echo(plain_line(state), err=True)
        else:
            print_json_line(progress_json(state, timestamps.now()))

    # --- reading the state

    def read_state(self, phase: Phase | None = None) -> CrawlState:
        """The crawl as it is now."""
        now, totals = monotonic(), read_totals(self.crawl_run)
        return replace(
            totals,
            phase=phase or self._phase(totals.listings_left),
            per_minute=self._per_minute(Sample(now, totals.done)),
            hosts=tuple(self._hosts(now)),
        )

    def _phase(self, listings_left: int) -> Phase:
        running = self.crawler.engine is not None and self.crawler.engine.running
        if not running:
            return Phase.STOPPING if self.ran else Phase.STARTING
        self.ran = True
        return Phase.LISTINGS if listings_left else Phase.PAGES

    def _per_minute(self, now: Sample) -> float | None:
        self.samples.append(now)
        while now.at - self.samples[0].at > MINUTE:
            self.samples.popleft()
        first = self.samples[0]
        if now.at - first.at < TELLING or now.done == first.done:
            return None
        return (now.done - first.done) * MINUTE / (now.at - first.at)

    def _hosts(self, now: float) -> list[HostWork]:
        """What is left of each host that is open, by the sources that live there."""
        left, done = Counter[str](), Counter[str]()
        for source_id, counts in self.crawl_run.source_counts.items():
            source = self.crawl_run.sources.get(source_id)
            if source is None:
                continue
            host, settled = normalize.host_of(source.home), counts.outcomes.total()
            left[host] += max(min(counts.taken_up, source.limit or self.pages_max) - settled, 0)
            done[host] += settled
        work = []
        for host, pages in left.items():
            if not pages or host in self.crawl_run.hosts.closed:
                continue
            slot = self.crawler.engine.downloader.slots.get(host) if self.crawler.engine else None
            delay = slot.delay if slot else self.default_delay
            pause = max(slot.lastseen + delay - now, 0.0) if slot and slot.lastseen else 0.0
            pace = self.paces.setdefault(host, HostPace()).measure(Sample(now, done[host]), delay)
            work.append(HostWork(host, pages, pace, pause))
        return work
