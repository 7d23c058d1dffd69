"""The work behind `clippings add`: look at a site, say what was found, write its file.

What is found and what is written of it is decided here, by pure functions; `spiders/look.py` asks the site.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.discovery.site_probe import ProbedListing, ProbedSite
from crawler.sources.load import load_sources, write_source
from crawler.sources.model import Source, http_url, source_id
from pipelines.urls.normalize import is_http, key, without_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


SHOWN_SECTIONS = 10


def look(urls: Sequence[str], seeds: Path, settings: Any) -> int:
    """Looks at each site, prints what it has, and writes its file into `seeds`; returns the exit code.

    `settings` are Scrapy's, as a crawl has them. 0: every site was added. 1: one was not; why is on stderr.
    """
    sites = []
    failed = False
    for url in dict.fromkeys(urls):
        problem = unusable(url) or followed(url, seeds)
        if problem:
            failed = True
            print(f"Error: {problem}", file=sys.stderr)
        else:
            sites.append(ProbedSite(given=url))
    if sites:
        _ask(sites, settings)
    for site in sites:
        problem = finish(site, seeds)
        if problem:
            failed = True
            print(f"Error: {problem}", file=sys.stderr)
    return int(failed)


def unusable(url: str) -> str:
    """What is wrong with an address as it was typed, or ""."""
    shown = without_secrets(url)[:200]
    address = http_url(url)
    if not is_http(address):
        return f"{shown!r} is not a web address. Give it as the browser shows it: https://www.example.org/"
    if "@" in urlsplit(address).netloc:
        return f"{shown} has a password in it. Leave it out: Clippings reads public pages only."
    return ""


def followed(url: str, seeds: Path) -> str:
    """Which file follows this site already, in a sentence; "" when none does."""
    if not seeds.is_dir():
        return ""
    address = http_url(url)
    for source in load_sources(seeds).sources:
        own_file = source.file is not None and source.file.suffix == ".toml"
        if own_file and (key(source.home) == key(address) or source.id == source_id(address)):
            return f"{source.file} follows {source.home} already. Change that file, or delete it and add it again."
    return ""


def finish(site: ProbedSite, seeds: Path) -> str:
    """Prints what was found and writes the file; returns what went wrong, or ""."""
    shown = without_secrets(site.given)
    if site.error:
        return f"{shown}: {site.error}. Check the address in a browser; nothing was written."
    if problem := followed(site.home, seeds):
        return problem
    print("\n".join(report(site)))
    if not (site.working("feed") or site.working("sitemap") or site.articles or site.sections):
        return (
            f"{shown}: no feed, no sitemap and no link to an article was found; nothing was written. "
            "Give the address of the page that lists its news, or of its feed."
        )
    try:
        path = write_source(to_source(site), seeds)
    except FileExistsError as error:
        return f"{error.filename} is there already. Change that file, or delete it and add the site again."
    except OSError as error:
        return f"{error.filename} cannot be written ({error.strerror}). Choose another folder with --seeds."
    print(f"wrote {path}")
    return ""


def to_source(site: ProbedSite) -> Source:
    """The source to write: what works, and sections only where there is nothing better."""
    feeds, sitemaps = site.working("feed"), site.working("sitemap")
    return Source(
        id=source_id(site.home),
        home=site.home,
        name=site.name,
        language=site.language,
        feeds=feeds,
        sitemaps=sitemaps,
        sections=() if feeds or sitemaps else (site.home, *site.sections),
    )


def report(site: ProbedSite) -> list[str]:
    """What was found, a line each, for a person."""
    about = f"{site.name or 'a site without a name'}  {site.home}"
    lines = [f"{about}  ({site.language})" if site.language else about]
    lines += [f"  {found.kind:8} {found.url}  {_holds(found)}" for found in site.listings]
    lines += [f"  section  {url}" for url in site.sections[:SHOWN_SECTIONS]]
    if len(site.sections) > SHOWN_SECTIONS:
        lines.append(f"  and {len(site.sections) - SHOWN_SECTIONS} more sections")
    lines.append(f"  {site.articles} links to articles on the home page")
    return lines


def _holds(found: ProbedListing) -> str:
    if found.error and not found.works:
        return f"of no use: {found.error}"
    if found.children and not found.entries:
        words = f"an index of {found.children} sitemaps"
    else:
        words = f"{found.entries:,} {'entry' if found.entries == 1 else 'entries'}"
    return f"{words}, newest {found.newest}" if found.newest else words


def _ask(sites: list[ProbedSite], settings: Any) -> None:
    # Late, so that reading about the sources loads no Scrapy.
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler.spiders.probe import ProbeSpider

    if logging.getLogger().level > logging.DEBUG:
        # What fails is said once, in our words.
        logging.getLogger("scrapy").setLevel(logging.CRITICAL)
    process = AsyncCrawlerProcess(settings)
    process.crawl(ProbeSpider, sites=sites)
    process.start()
    for site in sites:
        if not site.home and not site.error:
            site.error = "the look was interrupted"
