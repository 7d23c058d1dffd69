"""`clippings backfill`: a source's articles out of a public web archive."""

from __future__ import annotations

import sys
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import click

from crawler.command_line.errors import UsageProblem, errors_in_a_line, require_known
from crawler.command_line.options import archive_argument, crawl_options, read_settings
from crawler.command_line.output import print_lines
from crawler.commands.replay import archive_or_empty
from crawler.terminal import echo

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.settings import Settings

    from crawler.backfill.index import Window
    from crawler.backfill.run import Backfill
    from crawler.sources.model import Source


class Wanted(NamedTuple):
    """What a backfill is to do; `limit` is 0 for none."""

    source: str
    window: Window
    limit: int
    listing: bool


@click.command(short_help="Take a source's older articles out of a public web archive.")
@archive_argument
@click.option("--source", required=True, metavar="ID", help="The source whose articles are wanted.")
@click.option(
    "--from", "begin", required=True, metavar="WHEN", help="Captured then or later: 2019, 2019-01-01."
)
@click.option("--to", "end", default="", metavar="WHEN", help="Captured up to then.  [default: today]")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Ask for so many pages at most.")
@click.option(
    "--list", "listing", is_flag=True, help="Fetch nothing; list what would be asked for, and how many."
)
@click.option("--cdx", default="", metavar="URL", help="The web archive's CDX index.")
@click.option("--replay", default="", metavar="URL", help="Its copies, with {timestamp} and {url} in it.")
@crawl_options
def backfill(
    archive: Path,
    source: str,
    begin: str,
    end: str,
    limit: int | None,
    listing: bool,
    cdx: str,
    replay: str,
    seeds: Path,
    settings: tuple[str, ...],
    silent: bool,
) -> None:
    """Take the articles of a source out of a public web archive, as they were captured there.

    The Internet Archive is asked unless clippings.toml or --cdx and --replay name another one: one request at a time,
    with the manners of a crawl; the publisher is not asked. Of each page the first capture in the span is taken. It can
    be stopped at any time, and the same command goes on.

    Example: clippings backfill archive.db --source globalvoices --from 2019-01-01 --list
    """
    with errors_in_a_line():
        wanted = Wanted(source, read_window(begin, end), limit or 0, listing)
        sources = load_sources_with(seeds, source)
        overrides = [f"BACKFILL_CDX={cdx}"] if cdx else []
        overrides += [f"BACKFILL_REPLAY={replay}"] if replay else []
        configured = read_settings((*settings, *overrides), silent)
        check_addresses(configured)
        asked = "\n".join((configured["BACKFILL_CDX"], begin, end))
        with archive_or_empty(archive, listing) as path:
            code = run(path, sources, wanted, asked, configured, silent)
    sys.exit(code)


def read_window(begin: str, end: str) -> Window:
    """The span as windows of the index name it. Raises `DurationError`, and `UsageProblem` for one that is empty."""
    from datetime import datetime, time

    from crawler.backfill.index import window_of
    from pipelines.timestamps import local_now, parse_when

    now = local_now()
    first = parse_when(begin, now).begin
    last = datetime.combine(parse_when(end, now).last_day, time.max, tzinfo=now.tzinfo) if end else now
    if first > last:
        raise UsageProblem(f"--from {begin} is later than {'--to ' + end if end else 'today'}.")
    return window_of(first, last)


def load_sources_with(seeds: Path, wanted: str) -> list[Source]:
    """The sources in seeds/. Raises `ValueError` when the one that is wanted is there and cannot be used."""
    from crawler.sources.load import load_sources

    if not seeds.is_dir():
        return []
    loaded = load_sources(seeds)
    if wanted not in {source.id for source in loaded.sources}:
        for problem in loaded.problems:
            if problem.file.stem == wanted:
                raise ValueError(str(problem))
    return loaded.sources


def check_addresses(settings: Settings) -> None:
    """Raises `UsageProblem` for an address of the web archive that cannot be one."""
    from crawler.sources.toml_values import BadValueError
    from crawler.user_settings import KEYS

    for key in KEYS:
        if key.section == "backfill":
            try:
                key.read(settings[str(key.setting)])
            except BadValueError as wrong:
                raise UsageProblem(
                    f"--{key.name} {settings[str(key.setting)]} {wrong.message}. {wrong.remedy}"
                ) from wrong


def run(
    archive: Path, sources: list[Source], wanted: Wanted, asked: str, settings: Settings, silent: bool
) -> int:
    """Run the backfill; returns the exit code. Raises `ArchiveError`, `ArchiveLockedError` and `UsageProblem`."""
    from crawler.backfill.run import Backfill, WebArchive
    from crawler.command_line.process import run_backfill
    from crawler.replay.replay_run import ReplayRun

    began = monotonic()
    with ReplayRun(archive, sources, settings, wanted.listing, silent) as replay_run:
        replay_run.command = "backfill"
        require_known("source", wanted.source, sorted(replay_run.sources), f"seeds/ with {archive}")
        backfill = Backfill(
            replay_run,
            replay_run.sources[wanted.source],
            WebArchive(settings["BACKFILL_CDX"], settings["BACKFILL_REPLAY"]),
            wanted.window,
            limit=wanted.limit,
            listing=wanted.listing,
        )
        run_backfill(backfill, asked, settings)
        backfill.finish()
        if wanted.listing:
            print_lines(f"{copy.captured} {copy.url}" for copy in backfill.copies())
    return end(backfill, settings, monotonic() - began, silent)


def end(backfill: Backfill, settings: Settings, seconds: float, silent: bool) -> int:
    """Say what came of it; returns the exit code."""
    from crawler.backfill.report import backfill_lines, list_lines
    from crawler.run.exit_codes import ALL_WELL, ERROR, SOME_FAILED

    report, name = backfill.report, backfill.web_archive.name
    if not silent:
        lines = (
            list_lines(report, name, settings.getfloat("DOWNLOAD_DELAY"))
            if backfill.listing
            else backfill_lines(report, name, seconds)
        )
        for line in lines:
            echo(line, err=True)
    if backfill.problem:
        echo(f"Error: {backfill.problem}", err=True)
        return ERROR
    if not report.index_is_read:  # Ctrl-C
        return ERROR
    return SOME_FAILED if report.outcomes["failed"] else ALL_WELL
