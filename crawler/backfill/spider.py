"""Asks a web archive for its index and its copies, one request at a time, with the manners of a crawl."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request, Spider
from scrapy.exceptions import ResponseDataLossError

from crawler.backfill.copies import copy_address, is_final, original_headers, read_copy_address
from crawler.backfill.index import CutOffIndexError, NoIndexError, index_address, read_index
from crawler.backfill.run import Answer
from crawler.exceptions import HostClosed, RobotsForbid, RobotsUnreachable
from crawler.outcomes import describe_error
from crawler.politeness.hosts import Hosts, set_hosts
from crawler.politeness.user_agent import name_contact
from crawler.responses import header_of, headers_of
from pipelines.archive.errors import ArchiveError
from pipelines.urls.normalize import host_of, same_site, site_of
from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings

    from crawler.backfill.run import Backfill
    from pipelines.archive.tables.backfills import CopyToAsk

log = logging.getLogger("clippings")

INDEX_TIMEOUT = 180  # seconds: an index of a large site is searched for a minute and more
SMALLEST_ANSWER = 100
"""Rows that are asked for at least; an answer that breaks off is asked for again with half as many."""
REDIRECTS = (301, 302, 303, 307, 308)
NOTHING: tuple[Request, ...] = ()
"""Requests for Scrapy's scheduler: none, but `start` must be a generator."""

GOES_ON = "What came so far is kept, and the same command goes on."


class StoppedError(Exception):
    """The backfill cannot go on; the message says why, and what to do."""


class BackfillSpider(Spider):
    """Reads the index of a `Backfill` to its end, then asks for the copies; what stops it is the backfill's `problem`."""

    name = "backfill"

    def __init__(self, backfill: Backfill, asked: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.backfill = backfill
        self.asked = asked
        archive = backfill.web_archive
        self.homes = tuple(dict.fromkeys(map(host_of, (archive.index, archive.copies))))
        self.hosts = Hosts([archive.index, archive.copies])

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """No frontier here, and pages are stored by the backfill."""
        super().update_settings(settings)
        name_contact(settings)
        settings.set("SCHEDULER", "scrapy.core.scheduler.Scheduler", priority="spider")
        settings.set("ITEM_PIPELINES", {}, priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        set_hosts(crawler, spider.hosts)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        try:
            await self._read_index()
            if not self.backfill.listing:
                await self._ask_for_copies()
        except (StoppedError, ArchiveError) as error:
            self.backfill.problem = str(error)
        except Exception as error:  # a fault of ours must not end in silence
            log.exception("a fault in Clippings during a backfill")
            self.backfill.problem = (
                f"a fault in Clippings ({type(error).__name__}: {error}). {GOES_ON} Please report it."
            )
        for request in NOTHING:
            yield request

    # --- the index

    async def _read_index(self) -> None:
        backfill, limit = self.backfill, self.settings.getint("BACKFILL_ROWS")
        with backfill.archive.errors():
            windows = backfill.begin(self.asked)
        while windows and self.crawler.crawling:
            address = index_address(
                backfill.web_archive.index, site_of(backfill.source.home), windows[0], limit
            )
            meta = {
                "download_timeout": INDEX_TIMEOUT,
                "download_maxsize": self.settings.getint("LISTING_MAXSIZE"),
            }
            response, error = await self._get(address, meta)
            try:
                if isinstance(error, ResponseDataLossError):
                    raise CutOffIndexError
                answer = read_index(self._index_body(response, error))
            except CutOffIndexError:
                if limit <= SMALLEST_ANSWER:
                    raise StoppedError(
                        f"{host_of(address)} sent an answer of its index that breaks off, also with {limit} rows."
                        f" {GOES_ON}"
                    ) from None
                limit = max(SMALLEST_ANSWER, limit // 2)
                continue
            except NoIndexError as error_of_form:
                raise StoppedError(
                    f'{backfill.web_archive.index} is no CDX index: it answered "{error_of_form}". Write the address of'
                    " one: --cdx URL, or cdx in [backfill] of clippings.toml."
                ) from None
            with backfill.archive.errors():
                windows = backfill.add_answer(windows, answer, limit)
            backfill.replay_run.report.total = backfill.table.count()
            backfill.replay_run.draw()
        backfill.report.index_is_read = not windows

    def _index_body(self, response: Response | None, error: BaseException | None) -> bytes:
        if response is None:
            raise StoppedError(self._describe_trouble(error))
        archive, site = self.backfill.web_archive, site_of(self.backfill.source.home)
        refused = describe_index_status(response.status, response.body, archive.index, site)
        if refused:
            raise StoppedError(refused)
        return response.body

    # --- the copies

    async def _ask_for_copies(self) -> None:
        backfill = self.backfill
        waiting = backfill.table.count()
        backfill.replay_run.report.total = min(waiting, backfill.limit) if backfill.limit else waiting
        for copy in backfill.copies():
            if not self.crawler.crawling:
                return
            answer = await self._ask_for_copy(copy)
            await backfill.store(copy, answer)

    async def _ask_for_copy(self, copy: CopyToAsk) -> Answer:
        """The answer for a copy. Redirects are followed within the web archive: the publisher's own site is not asked."""
        template, captured = self.backfill.web_archive.copies, copy.captured
        address = copy_address(template, captured, copy.url)
        for _ in range(self.settings.getint("REDIRECT_MAX_TIMES") + 1):
            response, error = await self._get(address, {"raw": True, "dont_redirect": True})
            if isinstance(error, (HostClosed, RobotsForbid, RobotsUnreachable)):
                raise StoppedError(self._describe_trouble(error))
            location = header_of(response, "Location") if response is not None else ""
            if response is None or not location or response.status not in REDIRECTS:
                return answer_of(response, error, address)
            target = resolve(address, location)
            there = read_copy_address(template, target)
            captured = there.captured if there else captured
            address = target if there else copy_address(template, captured, target)
            if not same_site(there.url if there else target, self.backfill.source.home):
                return Answer(address)
        return Answer(address, error="the web archive: endless redirects", final=True)

    async def _get(self, address: str, meta: dict[str, Any]) -> tuple[Response | None, BaseException | None]:
        """(the answer after redirects, None), or (None, why there is none)."""
        engine = self.crawler.engine
        assert engine is not None
        meta = {"pace": (None, None), "homes": self.homes, **meta}
        try:
            return await engine.download_async(Request(address, meta=meta, dont_filter=True)), None
        except Exception as error:  # whatever the network and the middlewares raise
            return None, error

    def _describe_trouble(self, error: BaseException | None) -> str:
        host = self.homes[-1]
        if isinstance(error, RobotsForbid):
            return (
                f"the robots.txt of {host} forbids programs to ask for this. Where its operators let you all the same, add:"
                " -s ROBOTSTXT_OBEY=False"
            )
        words = describe_error(error) if error is not None else "no answer"
        return f"{host} could not be asked: {words}. {GOES_ON}"


def describe_index_status(status: int, body: bytes, index: str, site: str) -> str:
    """Why an answer of the index cannot be read, and what to do; "" for one that can. Pure."""
    if status in (401, 403, 451):
        words = " ".join(body[:200].decode("utf-8", "replace").split())
        return (
            f"{host_of(index)} does not give out what it has of {site} ({status}{': ' + words if words else ''})."
            " Its publisher may have asked for that. Another web archive is asked by --cdx and --replay."
        )
    if 400 <= status < 500 and status not in (408, 429):
        return (
            f"{index} answered {status}. Is it the address of a CDX index? Write it as --cdx URL, or as cdx in [backfill]"
            " of clippings.toml."
        )
    return f"{host_of(index)} answered {status} for its index. {GOES_ON}" if status != 200 else ""


def answer_of(response: Response | None, error: BaseException | None, address: str) -> Answer:
    """What came of the request for the copy at an address."""
    if response is None:
        words = describe_error(error) if error is not None else "no answer"
        return Answer(address, error=f"the web archive: {words}")
    headers = original_headers(headers_of(response))
    return Answer(response.url, response.status, headers, response.body, final=is_final(response.status))
