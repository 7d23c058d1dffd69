"""The scheduler: hands the downloader one request a host at a time, in turn, so that nobody waits for a slow host.

Requests for listings come from the spider and live in memory. Article pages come from the frontier in
archive.db, a few at a time, so that memory stays flat however many URLs are due.
"""

from __future__ import annotations

import heapq
from collections import deque
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Protocol, Self, cast

from scrapy.core.scheduler import BaseScheduler

from crawler.politeness.hosts import hosts_of
from pipelines.urls import normalize

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Request

LONG_WAIT = 5.0
"""Seconds. The engine asks again every five seconds; shorter waits are left to the downloader's own delay."""

BUFFER = 8
"""Article pages of a source held in memory, waiting for their host."""


class PageRequests(Protocol):
    """What the scheduler needs of its spider."""

    def next_pages(self, source_id: str, room: int) -> list[Request]:
        """Requests for the next due pages of this source, at most `room`."""


class HostQueue:
    """The requests that wait for one host, and those the downloader has."""

    def __init__(self) -> None:
        self.waiting: list[tuple[int, int, Request]] = []
        self.sent: set[Request] = set()

    def push(self, request: Request, order: int) -> None:
        heapq.heappush(self.waiting, (-request.priority, order, request))

    def pop(self) -> Request:
        request = heapq.heappop(self.waiting)[2]
        self.sent.add(request)
        return request


class FairScheduler(BaseScheduler):
    """Round robin over hosts; a host is ready when it has no more requests in the downloader than it may have."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.hosts = hosts_of(crawler)
        self.wait_max = crawler.settings.getfloat("HOST_WAIT_MAX")
        self.queues: dict[str, HostQueue] = {}
        self.turns: deque[str] = deque()
        self.order = count()
        self.source_turns: deque[str] = deque()
        self.buffered: dict[str, int] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def open(self, spider: Spider) -> None:
        self.spider = cast("PageRequests", spider)

    def close(self, reason: str) -> None:
        self.queues.clear()
        self.turns.clear()

    # --- what Scrapy calls

    def enqueue_request(self, request: Request) -> bool:
        host = normalize.host_of(request.url)
        queue = self.queues.get(host)
        if queue is None:
            queue = self.queues[host] = HostQueue()
        if not queue.waiting:
            self.turns.append(host)
        queue.push(request, next(self.order))
        return True

    def has_pending_requests(self) -> bool:
        if not self.turns:
            self._refill()
        return bool(self.turns)

    def next_request(self) -> Request | None:
        self._refill()
        for _ in range(len(self.turns)):
            host = self.turns.popleft()
            queue = self.queues[host]
            request = self._take(host, queue)
            if queue.waiting:
                self.turns.append(host)
            if request is not None:
                return request
        return None

    # --- hosts

    def _take(self, host: str, queue: HostQueue) -> Request | None:
        """The next request of a host that is ready for it; requests to a closed host go out to be refused."""
        downloader = self.crawler.engine.downloader
        queue.sent &= downloader.active
        if host not in self.hosts.closed:
            slot = downloader.slots.get(host)
            room = slot.concurrency if slot else downloader.domain_concurrency
            if len(queue.sent) >= room:
                return None
            wait = slot.lastseen + slot.delay - monotonic() if slot else 0.0
            if slot and wait > self.wait_max:
                self.hosts.close(host, f"{host} asks for {slot.delay:g} s between requests")
            elif wait > LONG_WAIT:
                return None
        request = queue.pop()
        self._leave(request)
        return request

    # --- sources

    def wake(self, source_id: str) -> None:
        """Note that the frontier has something for this source."""
        if source_id not in self.source_turns:
            self.source_turns.append(source_id)

    def _leave(self, request: Request) -> None:
        source_id = request.meta.get("buffered")
        if source_id and not request.meta.get("retry_times") and not request.meta.get("redirect_times"):
            self.buffered[source_id] -= 1
            self.wake(source_id)

    def _refill(self) -> None:
        """Bring in pages of every source that has room; a source with nothing due leaves the turns."""
        for _ in range(len(self.source_turns)):
            source_id = self.source_turns.popleft()
            room = BUFFER - self.buffered.get(source_id, 0)
            if room < BUFFER // 2:
                continue  # `_leave` wakes it again
            requests = self.spider.next_pages(source_id, room)
            for request in requests:
                request.meta["buffered"] = source_id
                self.buffered[source_id] = self.buffered.get(source_id, 0) + 1
                self.enqueue_request(request)
