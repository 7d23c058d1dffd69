"""From a site's address to a source's file, for `clippings add`: check the address, report what was found, write it.

`spiders/probe.py` asks the site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.discovery.site_probe import ProbedListing, ProbedSite
from crawler.discovery.trial import describe_trial
from crawler.sources.load import load_sources, write_source
from crawler.sources.model import Source, http_url, source_id
from crawler.terminal import echo
from pipelines.clean_text import quote_value
from pipelines.items import Noarchive
from pipelines.urls.normalize import is_http, key, without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


SHOWN_SECTIONS = 10


def add_sites(
    urls: Sequence[str],
    seeds: Path,
    probe: Callable[[list[ProbedSite]], None],
    noarchive: Noarchive = Noarchive.TEXT,
) -> int:
    """Probe each site, print what was found, and write its file into `seeds`; returns the exit code.

    0: every site was added. 1: one was not; why is on stderr.
    """
    sites = []
    problems = []
    for url in dict.fromkeys(urls):
        problem = check_address(url) or find_existing(url, seeds)
        if problem:
            problems.append(problem)
            echo(f"Error: {problem}", err=True)
        else:
            sites.append(ProbedSite(given=url))
    if sites:
        probe(sites)
    for site in sites:
        problem = report_and_write(site, seeds, noarchive)
        if problem:
            problems.append(problem)
            echo(f"Error: {problem}", err=True)
    return 1 if problems else 0


def check_address(url: str) -> str:
    """What is wrong with an address as it was typed, or ""."""
    shown = without_secrets(url)[:200]
    address = http_url(url)
    if not is_http(address):
        return f"{quote_value(shown)} is not a web address. Give it as the browser shows it: https://www.example.org/"
    if "@" in urlsplit(address).netloc:
        return f"{shown} has a password in it. Leave it out: Clippings reads public pages only."
    return ""


def find_existing(url: str, seeds: Path) -> str:
    """A sentence that names the file that follows this site already; "" when none does."""
    if not seeds.is_dir():
        return ""
    address = http_url(url)
    for source in load_sources(seeds).sources:
        own_file = source.file is not None and source.file.suffix == ".toml"
        if own_file and (key(source.home) == key(address) or source.id == source_id(address)):
            return f"{source.file} follows {source.home} already. Change that file, or delete it and add it again."
    return ""


def report_and_write(site: ProbedSite, seeds: Path, noarchive: Noarchive = Noarchive.TEXT) -> str:
    """Print what was found and write the file; returns what went wrong, or ""."""
    shown = without_secrets(site.given)
    if site.error:
        return f"{shown}: {site.error}. Check the address in a browser; nothing was written."
    if problem := find_existing(site.home, seeds):
        return problem
    for line in report(site):
        echo(line)
    for line in describe_trial(site.trial, noarchive) if site.trial else ():
        echo(line)
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
    echo(f"wrote {path}")
    return ""


def to_source(site: ProbedSite) -> Source:
    """The source to write: listings that work, and sections only where there are none."""
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
    if site.forbidden:
        one = site.forbidden == 1
        words = "one section is" if one else f"{site.forbidden} sections are"
        lines.append(f"  {words} left out: robots.txt forbids {'it' if one else 'them'}")
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
