"""Retry-After on 429 and 503: no request to the whole host for as long as it asks, by the downloader's own clock."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Self

from crawler.politeness.hosts import hosts_of
from crawler.politeness.throttle import NO_DELAY
from crawler.responses import header_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response

DEFAULT_WAIT = 5.0
"""Seconds without a request after a 429 or 503 without Retry-After; doubled each time in a row."""


def parse_retry_after(value: str, now: datetime) -> float | None:
    """Seconds that a Retry-After value asks for (a number or an HTTP date); None when it is neither. Pure."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


class RetryAfterMiddleware:
    """Holds a host's slot; closes the host when the wait is too long for this crawl."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.hosts = hosts_of(crawler)
        self.wait_max = crawler.settings.getfloat("HOST_WAIT_MAX")
        self.in_a_row: dict[str, int] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        host = str(request.meta.get("download_slot", ""))
        if response.status not in (429, 503):
            self.in_a_row.pop(host, None)
            return response
        tries = self.in_a_row[host] = self.in_a_row.get(host, 0) + 1
        asked = parse_retry_after(header_of(response, "Retry-After"), datetime.now(UTC))
        wait = asked if asked is not None else min(DEFAULT_WAIT * 2 ** (tries - 1), self.wait_max)
        if wait > self.wait_max:
            request.meta["dont_retry"] = True
            self.hosts.rest(
                self.hosts.key_of(request.url), wait, f"{response.status}, asks to come back in {wait:g} s"
            )
        else:
            self._hold(host, wait)
        return response

    def _hold(self, host: str, wait: float) -> None:
        slot = self.crawler.engine.downloader.slots.get(host)
        if slot:
            # The slot sends its next request `delay` after `lastseen`.
            slot.delay = max(slot.delay, NO_DELAY)
            slot.lastseen = max(slot.lastseen, monotonic() + wait - slot.delay)
