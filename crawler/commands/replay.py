"""What `clippings replay` and `clippings status --verify` print, and their exit codes."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING, NoReturn

import click

from crawler.replay.reextract import Reextraction
from crawler.replay.warc_import import WarcImport
from crawler.run.exit_codes import ALL_WELL, ERROR, LOCKED, SOME_FAILED
from crawler.run.progress import clock_of
from crawler.sources.load import load_sources
from pipelines.archive.admin.verify import Verification, verify
from pipelines.archive.errors import ArchiveError, archive_errors
from pipelines.archive.lock import ArchiveLockedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from scrapy.settings import BaseSettings

    from crawler.replay.report import ReplayReport

WARC_NAMES = (".warc", ".warc.gz", ".warc.zst", ".warc.bz2", ".warc.open")
SHOWN = 20


def archive_and_files(names: Sequence[Path]) -> tuple[Path, list[Path]]:
    """Split `[ARCHIVE] [WARC...]`: the first is the archive unless it is named like a WARC file. Pure."""
    if names and not names[0].name.lower().endswith(WARC_NAMES):
        return names[0], list(names[1:])
    return Path("archive.db"), list(names)


def replay_command(
    names: Sequence[Path], seeds: Path, settings: BaseSettings, dry_run: bool, silent: bool
) -> int:
    """Run a replay; returns the exit code. Raises `ArchiveError` and `ValueError` with the remedy."""
    archive, files = archive_and_files(names)
    with archive_errors(archive):
        for file in files:
            if not file.is_file():
                raise ValueError(f"{file} does not exist, or is no file.")
        if not archive.is_file() and not files:
            raise ArchiveError(f"{archive} does not exist. Make it with: clippings crawl {archive}")
    loaded = load_sources(seeds).sources if seeds.is_dir() and any(seeds.iterdir()) else []
    try:
        with stopped_by_sigterm(), place_for(archive, dry_run) as path:
            with Reextraction(path, loaded, settings, dry_run, silent) as replay:
                for file in files:
                    WarcImport(replay, file).run()
                if not files:
                    replay.read_again()
            seconds = monotonic() - replay.began
    except KeyboardInterrupt:
        click.echo("Stopped. The same command goes on where this one ended.", err=True)
        return ERROR
    except ArchiveLockedError as error:
        click.echo(f"Error: {error}", err=True)
        return LOCKED
    if not silent:
        lines = taken_in_lines if files else read_again_lines
        for line in lines(replay.report, seconds, dry_run):
            click.echo(line)
    for reason, count in replay.report.unread.most_common(SHOWN):
        click.echo(f"{count} captures could not be read: {reason}", err=True)
    return SOME_FAILED if replay.report.unread else ALL_WELL


@contextmanager
def place_for(archive: Path, dry_run: bool) -> Iterator[Path]:
    """The archive; for a dry run without one, an empty one that goes away again."""
    if archive.is_file() or not dry_run:
        yield archive
        return
    with TemporaryDirectory(prefix="clippings-") as folder:
        yield Path(folder) / archive.name


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """SIGTERM (systemd, `timeout`, a shutdown) ends a replay as Ctrl-C does: workers stopped, position kept."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def read_again_lines(report: ReplayReport, seconds: float, dry_run: bool) -> Iterator[str]:
    """The end of a replay of our own captures."""
    pace = f" ({report.done / seconds:.0f} a second)" if seconds > 1 else ""
    yield f"{report.done} captures read again in {clock_of(timedelta(seconds=seconds))}{pace}"
    would = "would change" if dry_run else "changed"
    fields = ", ".join(f"{name} {count}" for name, count in report.columns.most_common())
    yield f"{report.articles} articles and {report.versions} old versions {would}" + (
        f": {fields}" if fields else ""
    )
    if report.outcomes:
        yield f"{report.outcomes.total()} pages that held no article {'would be' if dry_run else 'are'} articles now"
    for reason, count in report.no_longer.most_common(SHOWN):
        yield f"{count} articles are none by today's rules and were left as they are ({reason})"
    if dry_run and report.largest:
        yield "the largest differences:"
        for words, url, difference in sorted(report.largest, reverse=True):
            yield f"  {url}: {words} words"
            yield difference


def taken_in_lines(report: ReplayReport, seconds: float, dry_run: bool) -> Iterator[str]:
    """The end of taking in WARC files."""
    counts = ", ".join(
        f"{count} {outcome.replace('_', ' ')}" for outcome, count in report.outcomes.most_common()
    )
    done = "would be taken in" if dry_run else "taken in"
    yield f"{report.done} pages {done} in {clock_of(timedelta(seconds=seconds))}: {counts or 'none'}"
    if report.held:
        yield f"{report.held} were held already"
    for reason, count in report.skipped.most_common():
        yield f"{count} records passed over: {reason}"


def verify_command(archive: Path, as_json: bool) -> int:
    """Check captures against rows; returns the exit code: 1 when anything is wrong."""
    began, drawn = monotonic(), sys.stderr.isatty()

    def tell(so_far: Verification) -> None:
        if drawn and so_far.records % 500 == 0:
            print(f"\r\x1b[K{so_far.records} records", end="", file=sys.stderr, flush=True)

    found = verify(archive, tell)
    if drawn:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
    else:
        kinds = ", ".join(f"{count} {kind}" for kind, count in found.types.most_common())
        click.echo(
            f"{found.captures} captures; {found.records} records ({kinds or 'none'}) in {found.files} files,"
            f" {found.size / 1_000_000:.1f} MB, read in {clock_of(timedelta(seconds=monotonic() - began))}"
        )
        if found.spare:
            click.echo(
                f"{found.spare} whole records belong to no capture: written just before a crash. They do no harm."
            )
        for problem in found.problems:
            click.echo(f"Error: {problem}", err=True)
        if not found.problems:
            click.echo("all well")
    return ERROR if found.problems else ALL_WELL
