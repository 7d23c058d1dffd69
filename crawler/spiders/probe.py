"""Looks at a site once, for `clippings add`: a handful of requests, by the same manners as a crawl."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from scrapy import Request, Spider, signals

from crawler.discovery.site_probe import ProbedSite, probe_listing, site_root
from crawler.listings.feeds import parse_feed
from crawler.listings.model import FEED, FEED_PLACES, SECTION, SITEMAP, SITEMAP_PLACES, Listing
from crawler.listings.section_pages import page_facts, parse_section
from crawler.listings.sitemaps import parse_sitemap
from crawler.listings.text import first_tag
from crawler.outcomes import classify_status, describe_error
from crawler.politeness.user_agent import name_contact
from crawler.sources.model import Source, http_url
from pipelines.urls.normalize import host_of, key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser
    from scrapy.settings import BaseSettings

MOST_NAMED = 8
"""Feeds, and again sitemaps, looked at of those a site names itself: some name one a tag."""

NOTHING: tuple[Request, ...] = ()
"""What the look leaves to Scrapy's scheduler, which wants a generator of requests."""


class ProbeSpider(Spider):
    """Fills the `ProbedSite` objects it is given: home page, what it and robots.txt name, usual places if need be."""

    name = "look"

    def __init__(self, sites: list[ProbedSite], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sites = sites
        self.home_hosts = {host_of(http_url(site.given)) for site in sites}  # see politeness/addresses.py
        self.robots: dict[str, tuple[str, ...]] = {}

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """No frontier and no archive here."""
        super().update_settings(settings)
        name_contact(settings)
        settings.set("SCHEDULER", "scrapy.core.scheduler.Scheduler", priority="spider")
        settings.set("ITEM_PIPELINES", {}, priority="spider")
        settings.set("RETRY_TIMES", 1, priority="spider")
        settings.set("HOST_WAIT_MAX", 30.0, priority="spider")  # a person is waiting

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> ProbeSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.robots_parsed, signal=signals.robots_parsed)
        return spider

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        sitemaps = getattr(getattr(robotparser, "rp", None), "sitemaps", None) or ()
        self.robots[host_of(request.url)] = tuple(sitemaps)

    def rest_host(self, host: str, wait: float, reason: str) -> None:
        """Called when a host asks for a longer wait than anyone at a terminal has; its answer tells the rest."""

    async def start(self) -> AsyncIterator[Any]:
        await asyncio.gather(*(self._look(site) for site in self.sites))
        for request in NOTHING:
            yield request

    async def _look(self, site: ProbedSite) -> None:
        home = await self._home(site)
        if home is None:
            return
        source = Source(id="look", home=site.home)
        page = parse_section(home.body, site.home, _type(home), source)
        name, language = page_facts(home.body, _type(home))
        site.name, site.language = site.name or name, language or site.language
        site.articles = len(page.entries)
        site.sections = [more.url for more in page.more if more.kind == SECTION]
        named = (more.url for more in page.more if more.kind == FEED)
        await self._try(site, FEED, named)
        await self._try(site, SITEMAP, self._robots_sitemaps(site))
        for kind, places in ((FEED, FEED_PLACES), (SITEMAP, SITEMAP_PLACES)):
            if not site.working(kind):
                await self._guess(site, kind, places)

    async def _home(self, site: ProbedSite) -> Response | None:
        """The home page's answer; None, and the reason in `site.error`, when there is none."""
        address = http_url(site.given)
        response, error = await self._get(address)
        if response is None and "://" not in site.given:
            response, again = await self._get(address.replace("https://", "http://", 1))
            error = error if again else ""
        if response is not None and first_tag(response.body) in ("rss", "feed", "rdf"):
            # A feed was given: it is taken, and the site looked at from its front page.
            site.listings.append(probe_listing(FEED, response.url, _parse(FEED, response)))
            response, error = await self._get(site_root(response.url))
        if response is None:
            site.error = error
            return None
        site.home = response.url if urlsplit(response.url).path else f"{response.url}/"
        return response

    def _robots_sitemaps(self, site: ProbedSite) -> Iterable[str]:
        return (urljoin(site.home, url) for url in self.robots.get(host_of(site.home), ()))

    async def _try(self, site: ProbedSite, kind: str, urls: Iterable[str]) -> None:
        """Listings the site names itself."""
        seen = {key(found.url) for found in site.listings}
        fresh = [url for url in dict.fromkeys(urls) if key(url) and key(url) not in seen]
        for url in fresh[:MOST_NAMED]:
            response, error = await self._get(url)
            listing = _parse(kind, response) if response is not None else Listing(kind, error=error)
            site.listings.append(probe_listing(kind, url, listing))
            site.language = site.language or next(
                (e.hints.language for e in listing.entries if e.hints.language), ""
            )

    async def _guess(self, site: ProbedSite, kind: str, places: Iterable[str]) -> None:
        """The usual places, one after the other, until one holds something."""
        for place in places:
            response, _ = await self._get(urljoin(site.home, place))
            if response is None:
                continue
            found = probe_listing(kind, response.url, _parse(kind, response))
            if found.works:
                site.listings.append(found)
                return

    async def _get(self, url: str) -> tuple[Response | None, str]:
        """The answer and ""; or None and what went wrong."""
        engine = self.crawler.engine
        assert engine is not None
        meta = {"pace": (None, None), "download_maxsize": self.crawler.settings.getint("LISTING_MAXSIZE")}
        try:
            response = await engine.download_async(Request(url, meta=meta, dont_filter=True))
        except Exception as error:  # whatever the network and its middlewares raise, it is told
            return None, describe_error(error)
        refused = classify_status(response.status)
        return (None, refused[1]) if refused else (response, "")


def _parse(kind: str, response: Response) -> Listing:
    if kind == SITEMAP:
        return parse_sitemap(response.body, response.url)
    return parse_feed(response.body, response.url, _type(response))


def _type(response: Response) -> str:
    return (response.headers.get("Content-Type") or b"").decode("latin-1")
