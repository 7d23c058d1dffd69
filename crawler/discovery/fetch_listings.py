"""Asks for each source's listings and puts what they name on the frontier.

Where to look is decided in `discovery`, what to take up in `selection`; here requests go out, answers come
in, and the archive remembers both.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from scrapy import Request

from crawler.discovery.plan import GUESS_AGAIN_DAYS, DiscoveryPlan
from crawler.discovery.plan import ListingRequest as Ask
from crawler.discovery.window import Selection, filter_by_window, likely_newest
from crawler.listings.model import SECTION, SITEMAP
from crawler.listings.read import read_listing
from crawler.outcomes import classify_status, describe_error
from crawler.responses import conditional, error_of, header_of, moved_for_good, pace_of
from pipelines import timestamps
from pipelines.archive.tables.listings import ListingCheck
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser
    from twisted.python.failure import Failure

    from crawler.discovery.plan import Step
    from crawler.run.crawl_run import CrawlRun
    from crawler.sources.model import Source
    from pipelines.archive.records import FoundUrl

log = logging.getLogger("clippings")

PRIORITY = 10
"""Before article pages, whose priority is 0: a listing says which of them are fresh."""


class Sender(Protocol):
    """What a lookout needs of the spider that sends its requests."""

    crawler: Crawler
    session: CrawlRun

    def host_is_well(self, response: Response) -> None:
        """An answer came."""

    def host_in_trouble(self, request: Request, error: BaseException) -> None:
        """None came."""

    def wake(self, source_id: str) -> None:
        """The frontier has something for this source."""


class ListingFetcher:
    """The listings of one crawl. The spider lends its session, and hears of each host's health."""

    def __init__(self, spider: Sender) -> None:
        settings = spider.crawler.settings
        self.spider = spider
        self.session = spider.session
        self.archive = spider.session.archive
        self.undated_max = settings.getint("UNDATED_MAX")
        self.maxsize = settings.getint("LISTING_MAXSIZE")
        self.listings_max = settings.getint("LISTINGS_MAX")
        self.sections_max = settings.getint("SECTION_PAGES_MAX")
        self.discoveries: dict[str, DiscoveryPlan] = {}
        self.sitemaps: dict[str, tuple[str, ...]] = {}
        self.open: Counter[str] = Counter()

    def begin(self, source: Source) -> Iterator[Request]:
        """The first requests for a source."""
        forgotten = timestamps.iso(datetime.now(UTC) - timedelta(days=GUESS_AGAIN_DAYS))
        discovery = self.discoveries[source.id] = DiscoveryPlan(
            source,
            self.archive.listings.get_all(source.id),
            timestamps.iso(self.session.since(source)),
            forgotten,
            self.listings_max,
            self.sections_max,
        )
        for look in discovery.begin():
            yield self._request(source, look)

    def is_busy(self, source_id: str) -> bool:
        """Whether listings of a source are still to answer."""
        return self.open[source_id] > 0

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Keep the sitemaps that a host's robots.txt names."""
        rp = getattr(robotparser, "rp", None)
        self.sitemaps[normalize.host_of(request.url)] = tuple(getattr(rp, "sitemaps", None) or ())

    def _request(self, source: Source, look: Ask) -> Request:
        # A page of links is read each time: what follows from it is decided only when the rest has answered.
        since = timestamps.iso(self.session.since(source))
        validators = self.archive.listings.get_validators(source.id, look.url, since)
        etag, modified = validators if look.kind != SECTION else ("", "")
        self.open[source.id] += 1
        return Request(
            look.url,
            callback=self.answered,
            errback=self.failed,
            headers=conditional(etag, modified),
            priority=PRIORITY,
            meta={"download_maxsize": self.maxsize, "pace": pace_of(source)},
            cb_kwargs={"source": source, "look": look},
            dont_filter=True,
        )

    # --- answers

    def answered(self, response: Response, source: Source, look: Ask) -> Iterator[Request]:
        """A listing's answer, whatever its status."""
        self.spider.host_is_well(response)
        sitemaps = self.sitemaps.get(normalize.host_of(response.url), ())
        if response.status == 304:
            self.session.tallies[source.id].answered += 1
            self._record(source, look, response)
            yield from self._go_on(source, look, self.discoveries[source.id].unchanged(look, sitemaps))
            return
        ended = classify_status(response.status)
        if ended is not None:
            yield from self.failed_listings(source, look, ended[1], response.status)
            return
        listing = read_listing(
            look.kind, response.body, response.url, header_of(response, "Content-Type"), source
        )
        if listing.error:
            self._complain(source, look, listing.error)
        else:
            self.session.tallies[source.id].answered += 1
        following = self.discoveries[source.id].answer(look, listing, sitemaps)
        yield from self._go_on(source, look, following, response, len(listing.entries), listing.error)

    def failed(self, failure: Failure) -> Iterator[Request]:
        """A listing that could not be fetched."""
        request: Request = failure.request  # type: ignore[attr-defined]
        error = error_of(failure)
        self.spider.host_in_trouble(request, error)
        yield from self.failed_listings(
            request.cb_kwargs["source"], request.cb_kwargs["look"], describe_error(error)
        )

    def failed_listings(
        self, source: Source, look: Ask, error: str, status: int | None = None
    ) -> Iterator[Request]:
        """Note a listing that gave nothing, and go on without it."""
        self._complain(source, look, error)
        with self.archive.errors():
            self.archive.listings.save_check(
                ListingCheck(source.id, look.url, look.kind, look.parent, status, error), timestamps.now()
            )
        sitemaps = self.sitemaps.get(normalize.host_of(look.url), ())
        yield from self._go_on(source, look, self.discoveries[source.id].answer(look, None, sitemaps))

    def _complain(self, source: Source, look: Ask, error: str) -> None:
        guess = look.via == "guess"
        if not guess:
            self.session.tallies[source.id].failed_listings.append((look.url, error))
        level = logging.DEBUG if guess else logging.WARNING
        log.log(level, "listing %s %s: %s", source.id, normalize.without_secrets(look.url), error)

    # --- what follows

    def _go_on(
        self,
        source: Source,
        look: Ask,
        following: Step,
        response: Response | None = None,
        entries: int = 0,
        error: str = "",
    ) -> Iterator[Request]:
        """Put the entries on the frontier, remember the look, and ask for what else there is, in this order:
        after a crash the listing is then read again rather than taken for read.
        """
        with self.archive.errors():
            chosen, added = self._take_up(source, look, following)
            if response is not None:
                self._record(source, look, response, entries, chosen.outside_window, chosen.newest_at, error)
        if added:
            self.spider.wake(source.id)
        requests = [self._request(source, further) for further in following.looks]
        self.open[source.id] -= 1
        if not self.is_busy(source.id):
            self.spider.wake(source.id)  # now articles may be looked at again
        yield from requests

    def _take_up(self, source: Source, look: Ask, following: Step) -> tuple[Selection, int]:
        """Put the entries that are wanted on the frontier; what was chosen, and how many were not known."""
        session = self.session
        chosen = filter_by_window(following.entries, look.kind, session.since(source), datetime.now(UTC))
        found = [*chosen.found, *self._undated(source, look, chosen.undated)]
        added = self.archive.frontier.add(source.id, found, timestamps.now(), session.as_of)
        session.found += added
        session.outside_window += chosen.outside_window
        if look.kind == SITEMAP and following.looks:
            children = [(f.kind, f.url, f.parent) for f in following.looks if f.parent]
            self.archive.listings.add_expected(source.id, children, timestamps.now())
        return chosen, added

    def _undated(self, source: Source, look: Ask, undated: list[FoundUrl]) -> list[FoundUrl]:
        """Undated sitemap URLs not known yet; at the first look at the sitemap, only the likely newest."""
        if not undated:
            return []
        frontier = self.archive.frontier
        unknown = frontier.find_unknown_keys(f.key for f in undated)
        hashes = {normalize.key_hash(f.key): f for f in undated if f.key in unknown}
        old = frontier.get_skipped(hashes)
        fresh = [f for number, f in hashes.items() if number not in old]
        known = self.discoveries[source.id].known
        if any(k.url == look.url and k.entries is not None for k in known):
            return fresh
        chosen = likely_newest(fresh, self.undated_max)
        keys = {f.key for f in chosen}
        left = [normalize.key_hash(f.key) for f in fresh if f.key not in keys]
        frontier.add_skipped(left)
        self.session.outside_window += len(left)
        return chosen

    def _record(
        self,
        source: Source,
        look: Ask,
        response: Response,
        entries: int | None = None,
        outside: int | None = None,
        newest_at: str = "",
        error: str = "",
    ) -> None:
        """Remember the look. One that was only partly readable keeps no validators: it is to be read again."""
        whole = not error
        self.archive.listings.save_check(
            ListingCheck(
                source.id,
                look.url,
                look.kind,
                look.parent,
                response.status,
                error,
                header_of(response, "ETag") if whole else "",
                header_of(response, "Last-Modified") if whole else "",
                entries,
                outside,
                newest_at,
                timestamps.iso(self.session.since(source)),
                moved_for_good(response) if look.via == "seed" else "",
            ),
            timestamps.now(),
        )
