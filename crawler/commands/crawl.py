"""`clippings crawl`: the sources in seeds/ into an archive."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

import click

from crawler.command_line.alert_round import tell_alerts
from crawler.command_line.errors import UsageProblem, archive_errors_in_a_line, errors_in_a_line
from crawler.command_line.options import (
    announce_start,
    archive_argument,
    config_file,
    crawl_options,
    parse_settings,
    progress_form,
    read_settings,
)
from crawler.command_line.sharding import (
    Sharding,
    by_option,
    crawl_in_shards,
    forwarded_options,
    sharding_options,
)
from crawler.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scrapy.settings import Settings

    from crawler.run.crawl_run import CrawlRun
    from crawler.sources.load import LoadedSources


@click.command(short_help="Crawl the sources in seeds/ into the archive.")
@archive_argument
@click.option("--source", "only", multiple=True, metavar="ID", help="Only this source; may be repeated.")
@click.option(
    "--since",
    default="",
    metavar="WHEN",
    help="How far back to look: 12h, 7d, 2026-11-01, yesterday.  [default: 7d]",
)
@click.option(
    "--progress",
    "plain",
    is_flag=True,
    help="Print progress also without a terminal, a line every ten seconds.",
)
@click.option("--json", "as_json", is_flag=True, help="Print progress as lines of JSON, and no summary.")
@click.option(
    "--no-alerts", "mute", is_flag=True, help="Let no alert report: for a shard that is merged later."
)
@sharding_options
@by_option
@crawl_options
def crawl(
    archive: Path,
    only: tuple[str, ...],
    since: str,
    plain: bool,
    as_json: bool,
    mute: bool,
    sharding: Sharding,
    seeds: Path,
    settings: tuple[str, ...],
    silent: bool,
) -> None:
    """Crawl the sources in seeds/ into ARCHIVE (archive.db, made when missing).

    Incremental: articles in the archive are not fetched again but to look for changes, failed pages are
    tried again later, and a crawl that was stopped goes on where it was. Made for cron: it prints nothing
    when all is well. With --on several processes share the work (docs/scaling.md).

    Example: clippings crawl archive.db --source globalvoices --since 2d
    """
    with errors_in_a_line():
        check_since(since)
        parse_settings(settings)
        loaded = load_or_exit(seeds, only)
        form = progress_form(silent=silent, plain=plain, as_json=as_json)
        announce_start(form)
        configured = read_settings(settings, silent, progress=form)
        if sharding.on:
            options = forwarded_options(seeds, settings, since)
            code = crawl_in_shards(
                archive, loaded, sharding, options, form, whole_seeds=not only, alerts=not mute
            )
            sys.exit(code)
        from crawler.run.crawl_run import CrawlRun, run_settings  # after the settings: see process.py
        from crawler.run.wanted_pages import take_wanted
        from crawler.sources.load import load_sources

        chosen = {source.id for source in loaded.sources} if only else set()
        wanted = take_wanted(archive, lambda: load_sources(seeds).sources if only else loaded.sources, chosen)
        crawl_run = CrawlRun(
            archive,
            loaded.sources,
            loaded.problems,
            since=since,
            command=" ".join(["clippings", *sys.argv[1:]]),
            whole_seeds=not only,
            wanted=wanted.given,
            guests=wanted.guests,
            **run_settings(configured),
        )
    if sys.stderr.isatty() and not silent:
        for source in loaded.sources:
            for note in source.notes:
                echo(f"Note: {source.file}: {note}", err=True)
    run_and_exit(crawl_run, configured, silent, mute=mute)


def check_since(since: str) -> None:
    """Raises `DurationError`, and `UsageProblem` for a time to come, which every listed article is older than."""
    from pipelines.timestamps import local_now, parse_since

    now = local_now()
    if since and parse_since(since, now) > now:
        raise UsageProblem(f"--since {since} lies in the future: every article would be older.")


def load_or_exit(seeds: Path, only: Sequence[str]) -> LoadedSources:
    """The sources; exits when there is none to crawl, with code 2 when `only` names none that there is, else 1."""
    from crawler.sources.load import load_sources

    loaded = load_sources(seeds, only)
    if not loaded.sources:
        for problem in loaded.problems:
            echo(f"Error: {problem}", err=True)
        if not loaded.problems:
            echo(f"Error: {seeds} lists no source. Add one with: clippings add URL", err=True)
        sys.exit(2 if only and set(only) == set(loaded.unknown) else 1)
    return loaded


def run_and_exit(crawl_run: CrawlRun, settings: Settings, silent: bool, *, mute: bool = False) -> NoReturn:
    """Run a crawl with its archive open, and exit with its code. With `mute` no alert looks at it."""
    from crawler.alerts.config import has_alerts
    from crawler.command_line.process import run_crawl

    alerts = not mute and has_alerts(crawl_run.path, config_file())
    with archive_errors_in_a_line(), crawl_run:
        if alerts:
            from crawler.alerts.run import begin_alerts

            begin_alerts(crawl_run.path, config_file())
        code = run_crawl(crawl_run, settings, quiet=silent)
        if crawl_run.wanted:
            from crawler.run.wanted_pages import settle_wanted

            settle_wanted(crawl_run)
    # The lock is free again: a slow mail server keeps no other crawl waiting.
    if alerts:
        tell_alerts(crawl_run.path, as_json=settings["PROGRESS"] == "json")
    sys.exit(code)
