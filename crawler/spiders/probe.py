"""Probes a site once, for `clippings add`: a handful of requests, as polite as a crawl."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import Request, Spider

from crawler.discovery.site_probe import ProbedSite, probe_listing, site_root
from crawler.discovery.trial import Trial, choose_pages
from crawler.listings.feeds import parse_feed
from crawler.listings.model import FEED, FEED_PLACES, SECTION, SITEMAP, SITEMAP_PLACES, Listing
from crawler.listings.section_pages import page_facts, parse_section
from crawler.listings.sitemaps import parse_sitemap
from crawler.listings.text import first_tag
from crawler.outcomes import classify_status, describe_error
from crawler.politeness.hosts import Hosts, set_hosts
from crawler.politeness.user_agent import name_contact
from crawler.responses import header_of, page_of
from crawler.sources.model import Source, http_url
from pipelines.archive.records import Task
from pipelines.items import Noarchive
from pipelines.urls.normalize import host_of, key
from pipelines.urls.resolve import read_address, resolve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings

    from crawler.listings.model import ListingEntry
    from pipelines.items import Hints, Page

MOST_NAMED = 8
"""Feeds, and again sitemaps, fetched of those that a site names: some name one a tag."""

MOST_ENTRIES = 1000
"""Entries of a listing among which the newest is looked for."""

HOST_HEALTH = "crawler.politeness.hosts.HostHealthMiddleware"

NOTHING: tuple[Request, ...] = ()
"""Requests for Scrapy's scheduler: none, but `start` must be a generator."""


class ProbeSpider(Spider):
    """Fills the `ProbedSite` objects it is given: home page, what it and robots.txt name, usual places if need be."""

    name = "probe"

    def __init__(self, sites: list[ProbedSite], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sites = sites
        self.listed: dict[str, list[ListingEntry]] = defaultdict(list)
        self.feed_names: dict[str, str] = {}
        self.hosts = Hosts(http_url(site.given) for site in sites)

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """No frontier and no archive here."""
        super().update_settings(settings)
        name_contact(settings)
        settings.set("SCHEDULER", "scrapy.core.scheduler.Scheduler", priority="spider")
        settings.set("ITEM_PIPELINES", {}, priority="spider")
        settings.set("RETRY_TIMES", 1, priority="spider")
        settings.set("HOST_WAIT_MAX", 30.0, priority="spider")  # a person is waiting
        # A host that fails a few guesses still gets the others: there are only a handful.
        middlewares = settings.getdict("DOWNLOADER_MIDDLEWARES") | {HOST_HEALTH: None}
        settings.set("DOWNLOADER_MIDDLEWARES", middlewares, priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> ProbeSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        set_hosts(crawler, spider.hosts)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        await asyncio.gather(*(self._probe(site) for site in self.sites))
        for request in NOTHING:
            yield request

    async def _probe(self, site: ProbedSite) -> None:
        home = await self._home(site)
        if home is None:
            return
        source = self._source(site)
        page = parse_section(home.body, site.home, header_of(home, "Content-Type"), source)
        facts = page_facts(home.body, header_of(home, "Content-Type"))
        site.language = facts.language or site.language
        site.articles = len(page.entries)
        sections = [more.url for more in page.more if more.kind == SECTION]
        site.sections = [url for url in sections if self.hosts.is_allowed(url)]
        site.forbidden = len(sections) - len(site.sections)
        named = (more.url for more in page.more if more.kind == FEED)
        await self._try(site, FEED, named)
        await self._try(site, SITEMAP, self.hosts.sitemaps.get(host_of(site.home), ()))
        for kind, places in ((FEED, FEED_PLACES), (SITEMAP, SITEMAP_PLACES)):
            if not site.working(kind):
                await self._guess(site, kind, places)
        site.name = facts.name or self.feed_names.get(site.home, "") or facts.title
        await self._try_articles(site, choose_pages(self.listed[site.home], page.entries))

    async def _try_articles(self, site: ProbedSite, entries: Iterable[ListingEntry]) -> None:
        """Read one article as a crawl would: the first of these pages that is one; else the last that was tried."""
        for entry in entries:
            site.trial = await self._try_article(site, entry)
            if site.trial.worked:
                return

    async def _try_article(self, site: ProbedSite, entry: ListingEntry) -> Trial:
        response, error = await self._get(site, entry.url, raw=True)
        if response is None:
            return Trial(entry.url, error=error)
        # Scrapy imports every spider at each crawl, and the crawl's own process must not load extraction.
        from pipelines.extraction.extract import extract

        page = self.page_of(response, self._source(site), entry.url, entry.hints)
        # Extraction takes a second at most, and nothing else waits for this process.
        return Trial(entry.url, extract(page))

    def _source(self, site: ProbedSite) -> Source:
        return Source(id="probe", home=site.home, language=site.language)

    def page_of(self, response: Response, source: Source, url: str, hints: Hints) -> Page:
        """A page as a crawl would read it."""
        noarchive = source.noarchive or Noarchive(self.settings["NOARCHIVE"])
        task = Task(0, source.id, url, hints)
        return page_of(response, task, source, noarchive, self.settings["EXTRACTOR"])

    async def _home(self, site: ProbedSite) -> Response | None:
        """The home page's response; None, with the reason in `site.error`, when there is none."""
        address = http_url(site.given)
        response, error = await self._get(site, address)
        if response is None and "://" not in site.given:
            response, again = await self._get(site, address.replace("https://", "http://", 1))
            error = error if again else ""
        given = Listing(FEED)
        if response is not None and first_tag(response.body) in ("rss", "feed", "rdf"):
            # A feed was given: keep it, and probe the site from its front page.
            given = _parse(FEED, response)
            site.listings.append(probe_listing(FEED, response.url, given))
            response, error = await self._get(site, site_root(response.url))
        if response is None:
            site.error = error
            return None
        site.home = response.url if urlsplit(response.url).path else f"{response.url}/"
        self._note_entries(site, given)
        return response

    async def _try(self, site: ProbedSite, kind: str, urls: Iterable[str]) -> None:
        """Fetch listings that the site names itself."""
        seen = {key(found.url) for found in site.listings}
        fresh = [url for url in dict.fromkeys(urls) if key(url) and key(url) not in seen]
        for url in fresh[:MOST_NAMED]:
            response, error = await self._get(site, url)
            listing = _parse(kind, response) if response is not None else Listing(kind, error=error)
            site.listings.append(probe_listing(kind, url, listing))
            self._note_entries(site, listing)
            site.language = site.language or next(
                (e.hints.language for e in listing.entries if e.hints.language), ""
            )

    async def _guess(self, site: ProbedSite, kind: str, places: Iterable[str]) -> None:
        """Fetch the usual places, one after the other, until one holds something."""
        for place in places:
            response, _ = await self._get(site, resolve(site.home, place))
            if response is None:
                continue
            listing = _parse(kind, response)
            found = probe_listing(kind, response.url, listing)
            if found.works:
                site.listings.append(found)
                self._note_entries(site, listing)
                return

    def _note_entries(self, site: ProbedSite, listing: Listing) -> None:
        self.listed[site.home] += listing.entries[:MOST_ENTRIES]
        if listing.name:
            self.feed_names.setdefault(site.home, listing.name[:100])

    async def _get(self, site: ProbedSite, url: str, raw: bool = False) -> tuple[Response | None, str]:
        """(response, ""), or (None, why there is none)."""
        engine = self.crawler.engine
        assert engine is not None
        meta: dict[str, Any] = {
            "pace": (None, None),
            "homes": (host_of(http_url(site.given)),),
            "download_maxsize": self.crawler.settings.getint("LISTING_MAXSIZE"),
        }
        if raw:
            meta |= {"raw": True, "download_maxsize": self.crawler.settings.getint("DOWNLOAD_MAXSIZE")}
        address, refused = read_address("", url)
        if refused:
            return None, f"the address {refused}"
        try:
            response = await engine.download_async(Request(address, meta=meta, dont_filter=True))
        except Exception as error:  # whatever the network and the middlewares raise
            return None, describe_error(error)
        ended = classify_status(response.status)
        return (None, ended[1]) if ended else (response, "")


def _parse(kind: str, response: Response) -> Listing:
    if kind == SITEMAP:
        return parse_sitemap(response.body, response.url)
    return parse_feed(response.body, response.url, header_of(response, "Content-Type"))
