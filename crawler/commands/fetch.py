"""`clippings fetch`: pages that a person names."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from crawler.command_line.errors import UsageProblem, errors_in_a_line
from crawler.command_line.options import (
    announce_start,
    archive_and_rest,
    crawl_options,
    progress_form,
    read_settings,
)
from crawler.command_line.output import print_lines
from crawler.commands.crawl import run_and_exit

if TYPE_CHECKING:
    from pathlib import Path


@click.command(short_help="Archive single pages, by their addresses.")
@click.argument("urls", nargs=-1, required=True, metavar="[ARCHIVE] URL... | -")
@click.option(
    "--explain", is_flag=True, help="Archive nothing; say what extraction keeps and drops, and why."
)
@click.option(
    "--compare",
    is_flag=True,
    help="With --explain: the text by our rules and by trafilatura, as a difference.",
)
@crawl_options
def fetch(
    urls: tuple[str, ...], explain: bool, compare: bool, seeds: Path, settings: tuple[str, ...], silent: bool
) -> None:
    """Archive the pages given, as arguments or on standard input (-), one URL a line.

    A page is filed under the source in seeds/ whose site it is on, or under its host's name. A page that is
    in the archive is fetched again.

    Example: clippings fetch archive.db https://globalvoices.org/2026/11/20/some-story/
    """
    from crawler.sources.load import assign_sources
    from pipelines.extraction_pool import start_fork_server
    from pipelines.urls.normalize import is_http

    archive, rest = archive_and_rest(urls)
    lines = [line.strip() for part in rest for line in (sys.stdin if part == "-" else [part])]
    wanted = list(dict.fromkeys(url for url in lines if url and not url.startswith("#")))
    if not wanted:
        raise UsageProblem("No URL was given. Example: clippings fetch https://example.org/a-story")
    for url in wanted:
        if not is_http(url):
            raise UsageProblem(f"{url} is not a web address; it must begin with http:// or https://")
    explained = explain or compare
    with errors_in_a_line():
        sources, given = assign_sources(wanted, seeds)
        if not explained:
            # Pages come for certain. Workers load for a second, as Scrapy does below: the first page need not wait for both.
            start_fork_server()
        form = "" if explained else progress_form(silent=silent)
        announce_start(form)
        configured = read_settings(settings, silent, progress=form)
    if explained:
        from crawler.command_line.process import explain_pages

        print_lines(explain_pages(sources, given, configured, compared=compare))
        return
    from crawler.run.crawl_run import CrawlRun, run_settings

    crawl_run = CrawlRun(
        archive,
        sources,
        command="fetch",
        given=given,
        **run_settings(configured),
    )
    run_and_exit(crawl_run, configured, silent)
