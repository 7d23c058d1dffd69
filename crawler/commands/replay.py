"""`clippings replay`: stored pages extracted again, and WARC files imported."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING, NoReturn

import click

from crawler.commands.errors import UsageProblem, errors_in_a_line
from crawler.commands.options import archive_and_warcs, crawl_options, progress_form, read_settings
from crawler.commands.output import print_lines
from crawler.commands.sharding import Sharding, forwarded_options, import_in_shards, sharding_options
from crawler.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from scrapy.settings import Settings


@click.command()
@click.argument("names", nargs=-1, metavar="[ARCHIVE] [WARC...]", type=click.Path(path_type=Path))
@click.option(
    "--dry-run", is_flag=True, help="Change nothing; print what would change, the most changed first."
)
@sharding_options
@crawl_options
def replay(
    names: tuple[Path, ...],
    dry_run: bool,
    sharding: Sharding,
    seeds: Path,
    settings: tuple[str, ...],
    silent: bool,
) -> None:
    """Extract stored pages again by today's rules, or import WARC files.

    Without WARC files, every article and old version is extracted again from its capture, and replaced
    without a revision. WARC files of others (CC-NEWS, wget, browsertrix) are imported as if their pages had
    been crawled when they were captured. It makes no request. A replay that was stopped goes on where it was. With --on
    several WARC files are imported at a time (docs/scaling.md).

    Example: clippings replay archive.db --dry-run
    """
    archive, files = archive_and_warcs(names)
    if sharding.on and (dry_run or not files):
        raise UsageProblem("--on goes with WARC files that are imported, and without --dry-run.")
    with errors_in_a_line():
        configured = read_settings(settings, silent)
        if sharding.on:
            check_files(archive, files)
            options = forwarded_options(seeds, settings)
            sys.exit(import_in_shards(archive, files, sharding, options, progress_form(silent=silent)))
        code = replay_files(archive, files, seeds, configured, dry_run, silent)
    sys.exit(code)


def replay_files(
    archive: Path, files: Sequence[Path], seeds: Path, settings: Settings, dry_run: bool, silent: bool
) -> int:
    """Run a replay; returns the exit code. Raises `ArchiveError`, `ArchiveLockedError` and `ValueError`."""
    from crawler.replay.reextract import Reextraction
    from crawler.replay.replay_run import ReplayRun
    from crawler.replay.report import SHOWN_REASONS, import_lines, reextraction_lines
    from crawler.replay.warc_import import WarcImport
    from crawler.run.exit_codes import ALL_WELL, ERROR, SOME_FAILED
    from crawler.sources.load import load_sources

    check_files(archive, files)
    sources = load_sources(seeds).sources if seeds.is_dir() and any(seeds.iterdir()) else []
    try:
        with sigterm_as_interrupt(), archive_or_empty(archive, dry_run) as path:
            with ReplayRun(path, sources, settings, dry_run, silent) as replay_run:
                replay_run.command = "import" if files else "replay"
                for file in files:
                    WarcImport(replay_run, file).run()
                if not files:
                    Reextraction(replay_run).run()
            seconds = monotonic() - replay_run.began
    except KeyboardInterrupt:
        echo("Stopped. The same command goes on where this one ended.", err=True)
        return ERROR
    report = replay_run.report
    if not silent:
        lines = import_lines if files else reextraction_lines
        print_lines(lines(report, seconds, dry_run))
    for reason, count in report.unread.most_common(SHOWN_REASONS):
        echo(f"{count} captures could not be read: {reason}", err=True)
    return SOME_FAILED if report.unread else ALL_WELL


def check_files(archive: Path, files: Sequence[Path]) -> None:
    """Raises `ValueError` for a WARC file that is not there, and `ArchiveError` when there is nothing to replay."""
    from pipelines.archive.errors import ArchiveError, archive_errors
    from pipelines.archive.file_checks import describe_missing

    with archive_errors(archive):
        for file in files:
            if not file.is_file():
                raise ValueError(f"{file} does not exist, or is no file.")
        if not archive.is_file() and not files:
            raise ArchiveError(describe_missing(archive))


@contextmanager
def archive_or_empty(archive: Path, dry_run: bool) -> Iterator[Path]:
    """The archive; for a dry run without one, an empty archive that is deleted afterwards."""
    if archive.is_file() or not dry_run:
        yield archive
        return
    with TemporaryDirectory(prefix="clippings-") as folder:
        yield Path(folder) / archive.name


@contextmanager
def sigterm_as_interrupt() -> Iterator[None]:
    """SIGTERM (systemd, `timeout`, a shutdown) ends a replay as Ctrl-C does: workers stopped, position kept."""

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
