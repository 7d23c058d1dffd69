"""Asks for each source's listings and puts the URLs that they name on the frontier.

Which listings to ask for is decided in `plan`, which of their entries to take up in `window`; here requests go out,
responses come in, and the archive remembers both.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from scrapy import Request

from crawler.discovery.plan import RETRY_GUESS_DAYS, DiscoveryPlan
from crawler.discovery.window import Selection, filter_by_window, likely_newest
from crawler.listings.model import SECTION, SITEMAP
from crawler.listings.read import read_listing
from crawler.listings.section_pages import is_further_page
from crawler.outcomes import UNASKED_304, classify_status, describe_error
from crawler.responses import (
    conditional,
    error_of,
    header_of,
    is_conditional,
    manners_of,
    moved_for_good,
)
from crawler.run.exit_codes import FailedListing
from pipelines import timestamps
from pipelines.archive.tables.listings import ListingCheck
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from scrapy.http import Response
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

    from crawler.discovery.plan import ListingRequest, Step
    from crawler.listings.model import Listing
    from crawler.run.crawl_run import CrawlRun
    from crawler.sources.model import Source
    from pipelines.archive.records import FoundUrl

log = logging.getLogger("clippings")

PRIORITY = 10
"""Before article pages, whose priority is 0: a listing says which of them are fresh."""


class ListingFetcher:
    """The listings of one crawl. `wake` is called with a source's id when the frontier has something for it."""

    def __init__(self, crawl_run: CrawlRun, settings: BaseSettings, wake: Callable[[str], None]) -> None:
        self.crawl_run = crawl_run
        self.archive = crawl_run.archive
        self.wake = wake
        self.undated_max = settings.getint("UNDATED_MAX")
        self.maxsize = settings.getint("LISTING_MAXSIZE")
        self.listings_max = settings.getint("LISTINGS_MAX")
        self.sections_max = settings.getint("SECTION_PAGES_MAX")
        self.plans: dict[str, DiscoveryPlan] = {}
        self.left_out: dict[str, set[int]] = defaultdict(set)
        """Hashes of keys older than the window that no listing of the source has brought in, by source."""

    def begin(self, source: Source) -> Iterator[Request]:
        """The first requests for a source."""
        plan = self.plans[source.id] = DiscoveryPlan(
            source,
            self.archive.listings.get_all(source.id),
            self._since(source),
            timestamps.iso(datetime.now(UTC) - timedelta(days=RETRY_GUESS_DAYS)),
            self.listings_max,
            self.sections_max,
        )
        for wanted in plan.begin():
            yield self._request(source, wanted)

    def is_busy(self, source_id: str) -> bool:
        """Whether responses of a source's listings are still to come."""
        return self.crawl_run.source_counts[source_id].listings_left > 0

    def _since(self, source: Source) -> str:
        return timestamps.iso(self.crawl_run.since(source))

    def _request(self, source: Source, wanted: ListingRequest) -> Request:
        # A page of links is read each time: what follows from it is decided only when the rest has answered.
        validators = self.archive.listings.get_validators(source.id, wanted.url, self._since(source))
        etag, modified = validators if wanted.kind != SECTION else ("", "")
        self.crawl_run.source_counts[source.id].listings_left += 1
        return Request(
            wanted.url,
            callback=self.listing_answered,
            errback=self.listing_failed,
            headers=conditional(etag, modified),
            priority=PRIORITY,
            meta={"download_maxsize": self.maxsize, **manners_of(source)},
            cb_kwargs={"source": source, "wanted": wanted},
            dont_filter=True,
        )

    # --- responses

    def listing_answered(
        self, response: Response, source: Source, wanted: ListingRequest
    ) -> Iterator[Request]:
        """Read a listing, whatever its status, and ask for what follows from it."""
        plan = self.plans[source.id]
        sitemaps = self._robots_sitemaps(response.url)
        if response.status == 304 and not is_conditional(response.request):
            yield from self._go_on_without(source, wanted, UNASKED_304, response.status)
            return
        if response.status == 304:
            self.crawl_run.source_counts[source.id].answered += 1
            self._record(source, wanted, response)
            if wanted.kind == SECTION:
                self.archive.placements.extend_stays(source.id, wanted.url, timestamps.now())
            yield from self._go_on(source, wanted, plan.unchanged(wanted, sitemaps))
            return
        ended = classify_status(response.status)
        if ended is not None:
            yield from self._go_on_without(source, wanted, ended[1], response.status)
            return
        listing = read_listing(
            wanted.kind, response.body, response.url, header_of(response, "Content-Type"), source
        )
        if listing.error:
            self._note_failure(source, wanted, listing.error)
        else:
            self.crawl_run.source_counts[source.id].answered += 1
        step = plan.answer(wanted, listing, sitemaps)
        yield from self._go_on(source, wanted, step, response, listing)

    def listing_failed(self, failure: Failure) -> Iterator[Request]:
        """Go on without a listing that could not be fetched."""
        request: Request = failure.request  # type: ignore[attr-defined]
        source, wanted = request.cb_kwargs["source"], request.cb_kwargs["wanted"]
        yield from self._go_on_without(source, wanted, describe_error(error_of(failure)))

    def _go_on_without(
        self, source: Source, wanted: ListingRequest, error: str, status: int | None = None
    ) -> Iterator[Request]:
        self._note_failure(source, wanted, error)
        with self.archive.errors():
            self.archive.listings.save_check(
                ListingCheck(source.id, wanted.url, wanted.kind, wanted.parent, status, error),
                timestamps.now(),
            )
        step = self.plans[source.id].answer(wanted, None, self._robots_sitemaps(wanted.url))
        yield from self._go_on(source, wanted, step)

    def _robots_sitemaps(self, url: str) -> tuple[str, ...]:
        return self.crawl_run.hosts.sitemaps.get(normalize.host_of(url), ())

    def _note_failure(self, source: Source, wanted: ListingRequest, error: str) -> None:
        """Log a listing that failed, and count it unless it was a guess."""
        guess = wanted.via == "guess"
        if not guess:
            self.crawl_run.source_counts[source.id].failed_listings.append(FailedListing(wanted.url, error))
        level = logging.DEBUG if guess else logging.WARNING
        log.log(level, "listing %s %s: %s", source.id, normalize.without_secrets(wanted.url), error)

    # --- what follows

    def _go_on(
        self,
        source: Source,
        wanted: ListingRequest,
        step: Step,
        response: Response | None = None,
        listing: Listing | None = None,
    ) -> Iterator[Request]:
        """Put the entries on the frontier, record the check, and ask for further listings, in this order:
        after a crash the listing is then read again rather than taken for read.
        """
        with self.archive.errors():
            selection, added = self._take_up(source, wanted, step)
            if response is not None and listing is not None:
                self._record(
                    source,
                    wanted,
                    response,
                    len(listing.entries),
                    len(selection.outside_window),
                    selection.newest_at,
                    listing.error,
                )
                self._note_places(source, wanted, listing)
        if added:
            self.wake(source.id)
        requests = [self._request(source, further) for further in step.requests]
        counts = self.crawl_run.source_counts[source.id]
        counts.listings_left -= 1
        counts.listings_read += 1
        if not self.is_busy(source.id):
            crawl_run = self.crawl_run
            crawl_run.outside_window += len(self.left_out.pop(source.id, ()))
            self.wake(source.id)  # now articles may be fetched again
        yield from requests

    def _note_places(self, source: Source, wanted: ListingRequest, listing: Listing) -> None:
        """Note what stands on a home or section page, which must be known as a listing."""
        if wanted.kind == SECTION and not is_further_page(wanted.url):
            self.archive.placements.save_look(
                source.id, wanted.url, (entry.url for entry in listing.entries), timestamps.now()
            )

    def _take_up(self, source: Source, wanted: ListingRequest, step: Step) -> tuple[Selection, int]:
        """Put the entries inside the window on the frontier; (the selection, how many were not known before)."""
        crawl_run = self.crawl_run
        selection = filter_by_window(step.entries, wanted.kind, crawl_run.since(source), datetime.now(UTC))
        found = [*selection.found, *self._new_undated(source, wanted, selection.undated)]
        added = self.archive.frontier.add(source.id, found, timestamps.now(), crawl_run.as_of)
        crawl_run.found += added
        crawl_run.source_counts[source.id].taken_up += added
        self._note_left_out(source, wanted, selection.outside_window)
        self.left_out[source.id].difference_update(normalize.key_hash(f.key) for f in found)
        if wanted.kind == SITEMAP and step.requests:
            children = [(child.kind, child.url, child.parent) for child in step.requests if child.parent]
            self.archive.listings.add_expected(source.id, children, timestamps.now())
        return selection, added

    def _note_left_out(self, source: Source, wanted: ListingRequest, keys: Collection[str]) -> None:
        """Note what is older than the window and not known; of a listing that was read before, it was noted then."""
        if not keys or self._was_read(source, wanted):
            return
        unknown = self.archive.frontier.find_unknown_keys(keys)
        self.left_out[source.id].update(normalize.key_hash(key) for key in unknown)

    def _was_read(self, source: Source, wanted: ListingRequest) -> bool:
        """Whether an earlier crawl has read a listing in full."""
        known = self.plans[source.id].known
        return any(listing.url == wanted.url and listing.entries is not None for listing in known)

    def _new_undated(self, source: Source, wanted: ListingRequest, undated: list[FoundUrl]) -> list[FoundUrl]:
        """Undated sitemap URLs that are not known yet; when the sitemap is read first, only the likely newest."""
        if not undated:
            return []
        frontier = self.archive.frontier
        unknown = frontier.find_unknown_keys(f.key for f in undated)
        by_hash = {normalize.key_hash(f.key): f for f in undated if f.key in unknown}
        skipped = frontier.get_skipped(by_hash)
        fresh = [f for key_hash, f in by_hash.items() if key_hash not in skipped]
        if self._was_read(source, wanted):
            return fresh
        chosen = likely_newest(fresh, self.undated_max)
        keys = {f.key for f in chosen}
        left = [normalize.key_hash(f.key) for f in fresh if f.key not in keys]
        frontier.add_skipped(left)
        self.left_out[source.id].update(left)
        return chosen

    def _record(
        self,
        source: Source,
        wanted: ListingRequest,
        response: Response,
        entries: int | None = None,
        outside_window: int | None = None,
        newest_at: str = "",
        error: str = "",
    ) -> None:
        """Record the check. A listing that was read only in part keeps no validators: it is to be read again."""
        whole = not error
        self.archive.listings.save_check(
            ListingCheck(
                source.id,
                wanted.url,
                wanted.kind,
                wanted.parent,
                response.status,
                error,
                header_of(response, "ETag") if whole else "",
                header_of(response, "Last-Modified") if whole else "",
                entries,
                outside_window,
                newest_at,
                self._since(source),
                moved_for_good(response) if wanted.via == "seed" else "",
            ),
            timestamps.now(),
        )
