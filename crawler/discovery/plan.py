"""Which listings of one source to ask for, and in which order. Pure: `ListingFetcher` asks and reports the answers.

    1. what its file in seeds/ lists; its home page, and the sitemaps of its robots.txt
    2. the feeds that the home page names; the usual places for what is still missing
    3. when no sitemap gave anything: the links of the home page; when no feed did either: its sections

Of a source whose file says `discover = false`, only the listings in the file are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.listings.model import FEED, FEED_PLACES, SECTION, SITEMAP, SITEMAP_PLACES
from pipelines.urls import normalize
from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.listings.model import FurtherListing, Listing, ListingEntry
    from crawler.sources.model import Source
    from pipelines.archive.tables.listings import KnownListing

RETRY_GUESS_DAYS = 30
"""How long a usual place that held nothing is not asked again."""


@dataclass(frozen=True, slots=True)
class ListingRequest:
    """A listing to ask for. `via`: seed, home, robots, page, index, guess, known or section."""

    kind: str
    url: str
    via: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from an answer: entries to take up, and further listings to ask for."""

    entries: tuple[ListingEntry, ...] = ()
    requests: tuple[ListingRequest, ...] = ()


class DiscoveryPlan:
    """One source's listings in one crawl.

    `known` is what the archive remembers; `since` the window's start as ISO text; `tried_since` the time
    (ISO text) from which failed guesses count.
    """

    def __init__(
        self,
        source: Source,
        known: Sequence[KnownListing],
        since: str,
        tried_since: str,
        listings_max: int,
        sections_max: int,
    ) -> None:
        self.source = source
        self.known = known
        self.since = since
        self.tried_since = tried_since
        self.listings_max = listings_max
        self.sections_left = sections_max
        self.asked: set[str] = set()
        self.waiting = 0
        self.guesses = {} if self.explicit else self._usual_places()
        self.home_is_due = not self.explicit
        self.works = {FEED: False, SITEMAP: False, SECTION: False}
        self.home_entries: list[ListingEntry] = []
        self.sections: list[ListingRequest] = []

    @property
    def explicit(self) -> bool:
        """Whether only the listings in the source's file are asked for."""
        return not self.source.discover

    def begin(self) -> list[ListingRequest]:
        """The first listings to ask for."""
        requests = [ListingRequest(kind, url, "seed") for kind, urls in self._listed() for url in urls]
        if not self.explicit:
            requests.append(ListingRequest(SECTION, self.source.home, "home"))
            requests += [ListingRequest(k.kind, k.url, "known") for k in self.known if self._is_root(k)]
        return self._ask(requests)

    def _listed(self) -> list[tuple[str, Iterable[str]]]:
        source = self.source
        return [(FEED, source.feeds), (SITEMAP, source.sitemaps), (SECTION, source.sections)]

    def _is_root(self, known: KnownListing) -> bool:
        return bool(known.answered_at) and not known.parent and known.kind in (FEED, SITEMAP)

    def answer(self, request: ListingRequest, listing: Listing | None, sitemaps: Iterable[str] = ()) -> Step:
        """What follows from a listing, which is None when it could not be read.

        `sitemaps` are those of the robots.txt, given with the home page's answer.
        """
        self.waiting -= 1
        entries: list[ListingEntry] = []
        requests: list[ListingRequest] = []
        if listing is not None:
            if listing.entries or listing.more:
                self.works[request.kind] = True
            if request.via == "home":
                self.home_entries = listing.entries
            else:
                entries += listing.entries
            requests += self._follow(request, listing.more)
        if request.via == "home":
            requests += [ListingRequest(SITEMAP, url, "robots") for url in sitemaps]
        return self._go_on(entries, requests)

    def unchanged(self, request: ListingRequest, sitemaps: Iterable[str] = ()) -> Step:
        """What follows from a 304: the listing works, and the recent children of an index are asked for."""
        self.waiting -= 1
        self.works[request.kind] = True
        children = [k for k in self.known if k.parent == request.url]
        requests = [
            ListingRequest(k.kind, k.url, "known", k.parent)
            for k in children
            if (k.newest_at or self.since) >= self.since
        ]
        if request.via == "home":
            requests += [ListingRequest(SITEMAP, url, "robots") for url in sitemaps]
        return self._go_on([], requests)

    def _follow(self, request: ListingRequest, more: Iterable[FurtherListing]) -> list[ListingRequest]:
        requests = []
        for further in more:
            if further.kind == SECTION:
                self.sections.append(ListingRequest(SECTION, further.url, "section", request.url))
            elif request.kind == SITEMAP:
                if not further.modified_at or further.modified_at >= self.since[: len(further.modified_at)]:
                    requests.append(ListingRequest(further.kind, further.url, "index", request.url))
            elif not self.explicit:
                requests.append(ListingRequest(further.kind, further.url, "page"))
        return requests

    def _go_on(self, entries: list[ListingEntry], requests: list[ListingRequest]) -> Step:
        """When no request is under way, take the next resort: a usual place, the home page's links, a section."""
        asked = self._ask(requests)
        while self.waiting == 0 and not asked and (kinds := [k for k in self.guesses if self._missing(k)]):
            asked += self._ask(self.guesses[kind].pop(0) for kind in kinds)
        if self.waiting == 0 and self.home_is_due:
            self.home_is_due = False
            if not self.works[SITEMAP]:
                entries += self.home_entries
        if self.waiting == 0 and self._sections_wanted():
            asked += self._next_section()
        return Step(tuple(entries), tuple(asked))

    def _usual_places(self) -> dict[str, list[ListingRequest]]:
        """The usual places by kind, without those that held nothing a short while ago."""
        tried = {k.url for k in self.known if not k.answered_at and k.checked_at >= self.tried_since}
        places = ((FEED, FEED_PLACES), (SITEMAP, SITEMAP_PLACES))
        return {
            kind: [
                ListingRequest(kind, url, "guess")
                for path in paths
                if (url := resolve(self.source.home, path)) not in tried
            ]
            for kind, paths in places
        }

    def _missing(self, kind: str) -> bool:
        return not self.works[kind] and bool(self.guesses[kind])

    def _sections_wanted(self) -> bool:
        if self.explicit:
            return bool(self.source.sections)
        return not self.works[FEED] and not self.works[SITEMAP]

    def _next_section(self) -> list[ListingRequest]:
        """One more section page, until there are enough: pages beyond the first few hold old news."""
        while self.sections and self.sections_left > 0:
            asked = self._ask([self.sections.pop(0)])
            if asked:
                self.sections_left -= 1
                return asked
        return []

    def _ask(self, wanted: Iterable[ListingRequest]) -> list[ListingRequest]:
        """Those of `wanted` that were not asked for yet, within the limit."""
        fresh = []
        for request in wanted:
            key = normalize.clean(resolve(self.source.home, request.url))
            if key and key not in self.asked and len(self.asked) < self.listings_max:
                self.asked.add(key)
                self.waiting += 1
                fresh.append(request)
        return fresh
