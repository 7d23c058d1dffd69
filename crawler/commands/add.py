"""`clippings add`: a source's file for a site."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from crawler.command_line.errors import errors_in_a_line
from crawler.command_line.options import crawl_options, read_settings

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@crawl_options
def add(urls: tuple[str, ...], seeds: Path, settings: tuple[str, ...], silent: bool) -> None:
    """Look at a site and write a file for it into seeds/.

    Finds its feeds, sitemaps and sections, tries one article, and prints what it found: words, date, author,
    access, and what the site asks for.

    Example: clippings add https://globalvoices.org/
    """
    from crawler.command_line.process import probe_sites
    from crawler.discovery.add_site import add_sites
    from pipelines.items import Noarchive

    with errors_in_a_line():
        configured = read_settings(settings, silent)
    noarchive = Noarchive(configured["NOARCHIVE"])
    sys.exit(add_sites(urls, seeds, lambda sites: probe_sites(sites, configured), noarchive))
