"""Probes a site once, for `clippings add`: a handful of requests, as polite as a crawl."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import Request, Spider

from crawler.discovery.site_probe import ProbedSite, probe_listing, site_root
from crawler.listings.feeds import parse_feed
from crawler.listings.model import FEED, FEED_PLACES, SECTION, SITEMAP, SITEMAP_PLACES, Listing
from crawler.listings.section_pages import page_facts, parse_section
from crawler.listings.sitemaps import parse_sitemap
from crawler.listings.text import first_tag
from crawler.outcomes import classify_status, describe_error
from crawler.politeness.hosts import Hosts, set_hosts
from crawler.politeness.user_agent import name_contact
from crawler.responses import header_of
from crawler.sources.model import Source, http_url
from pipelines.urls.normalize import host_of, key
from pipelines.urls.resolve import read_address, resolve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings

MOST_NAMED = 8
"""Feeds, and again sitemaps, fetched of those that a site names: some name one a tag."""

HOST_HEALTH = "crawler.politeness.hosts.HostHealthMiddleware"

NOTHING: tuple[Request, ...] = ()
"""Requests for Scrapy's scheduler: none, but `start` must be a generator."""


class ProbeSpider(Spider):
    """Fills the `ProbedSite` objects it is given: home page, what it and robots.txt name, usual places if need be."""

    name = "probe"

    def __init__(self, sites: list[ProbedSite], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sites = sites
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
        source = Source(id="probe", home=site.home)
        page = parse_section(home.body, site.home, header_of(home, "Content-Type"), source)
        name, language = page_facts(home.body, header_of(home, "Content-Type"))
        site.name, site.language = site.name or name, language or site.language
        site.articles = len(page.entries)
        site.sections = [more.url for more in page.more if more.kind == SECTION]
        named = (more.url for more in page.more if more.kind == FEED)
        await self._try(site, FEED, named)
        await self._try(site, SITEMAP, self.hosts.sitemaps.get(host_of(site.home), ()))
        for kind, places in ((FEED, FEED_PLACES), (SITEMAP, SITEMAP_PLACES)):
            if not site.working(kind):
                await self._guess(site, kind, places)

    async def _home(self, site: ProbedSite) -> Response | None:
        """The home page's response; None, with the reason in `site.error`, when there is none."""
        address = http_url(site.given)
        response, error = await self._get(site, address)
        if response is None and "://" not in site.given:
            response, again = await self._get(site, address.replace("https://", "http://", 1))
            error = error if again else ""
        if response is not None and first_tag(response.body) in ("rss", "feed", "rdf"):
            # A feed was given: keep it, and probe the site from its front page.
            site.listings.append(probe_listing(FEED, response.url, _parse(FEED, response)))
            response, error = await self._get(site, site_root(response.url))
        if response is None:
            site.error = error
            return None
        site.home = response.url if urlsplit(response.url).path else f"{response.url}/"
        return response

    async def _try(self, site: ProbedSite, kind: str, urls: Iterable[str]) -> None:
        """Fetch listings that the site names itself."""
        seen = {key(found.url) for found in site.listings}
        fresh = [url for url in dict.fromkeys(urls) if key(url) and key(url) not in seen]
        for url in fresh[:MOST_NAMED]:
            response, error = await self._get(site, url)
            listing = _parse(kind, response) if response is not None else Listing(kind, error=error)
            site.listings.append(probe_listing(kind, url, listing))
            site.language = site.language or next(
                (e.hints.language for e in listing.entries if e.hints.language), ""
            )

    async def _guess(self, site: ProbedSite, kind: str, places: Iterable[str]) -> None:
        """Fetch the usual places, one after the other, until one holds something."""
        for place in places:
            response, _ = await self._get(site, resolve(site.home, place))
            if response is None:
                continue
            found = probe_listing(kind, response.url, _parse(kind, response))
            if found.works:
                site.listings.append(found)
                return

    async def _get(self, site: ProbedSite, url: str) -> tuple[Response | None, str]:
        """(response, ""), or (None, why there is none)."""
        engine = self.crawler.engine
        assert engine is not None
        meta = {
            "pace": (None, None),
            "homes": (host_of(http_url(site.given)),),
            "download_maxsize": self.crawler.settings.getint("LISTING_MAXSIZE"),
        }
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
