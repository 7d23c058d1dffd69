"""`clippings replay`: stored pages extracted again, and WARC files imported."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

import click

from crawler.command_line.errors import UsageProblem, errors_in_a_line
from crawler.command_line.fetch_option import fetch_option
from crawler.command_line.options import archive_and_warcs, crawl_options, progress_form, read_settings
from crawler.command_line.output import print_lines
from crawler.command_line.sharding import Sharding, forwarded_options, import_in_shards, sharding_options
from crawler.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from scrapy.settings import Settings

    from crawler.replay.collection_fetcher import CollectionFetcher
    from crawler.replay.collection_files import WarcFile
    from crawler.replay.import_options import ImportOptions
    from crawler.replay.replay_run import ReplayRun
    from crawler.replay.report import ReplayReport


@click.command(short_help="Extract stored pages again, or import WARC files.")
@click.argument("names", nargs=-1, metavar="[ARCHIVE] [WARC...]")
@click.option(
    "--dry-run", is_flag=True, help="Change nothing; print what would change, the most changed first."
)
@click.option(
    "--base",
    default="",
    metavar="URL",
    help="What comes before the lines of lists: an address or a folder.  [default for Common Crawl's: https://data.commoncrawl.org/]",
)
@click.option(
    "--since", default="", metavar="WHEN", help="Records of WARC files captured then or later (UTC)."
)
@click.option("--until", default="", metavar="WHEN", help="Records captured then or earlier (UTC).")
@click.option(
    "--domains",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Only pages of these registered domains, one a line.",
)
@click.option(
    "--point-back",
    is_flag=True,
    help="Keep no copy of imported pages, but their place in the file they come from.",
)
@click.option(
    "--second-step",
    is_flag=True,
    help="Learn again what recurs on the pages of each imported source: after a merge of shards, or an import.",
)
@fetch_option
@sharding_options
@crawl_options
def replay(
    names: tuple[str, ...],
    sharding: Sharding,
    seeds: Path,
    settings: tuple[str, ...],
    silent: bool,
    **options: Any,
) -> None:
    """Extract stored pages again by today's rules, or import WARC files.

    Without WARC files, every article and old version is extracted again from its capture, and replaced
    without a revision; it makes no request. WARC files of others (CC-NEWS, wget, browsertrix) are imported as if their
    pages had been crawled when they were captured: files, folders, lists of files, and addresses of files and lists, such
    as Common Crawl's warc.paths.gz. A replay that was stopped goes on where it was. With --on several files are imported
    at a time (docs/scaling.md).

    Example: clippings replay archive.db --dry-run
    """
    archive, words = archive_and_warcs(names)
    if sharding.on and (options["dry_run"] or not words):
        raise UsageProblem("--on goes with WARC files that are imported, and without --dry-run.")
    with errors_in_a_line():
        configured = read_settings(settings, silent)
        request = read_request(archive, words, seeds, silent, configured, options)
        if sharding.on:
            code = replay_in_shards(
                request, configured, sharding, forwarded_options(seeds, settings), options
            )
        else:
            code = run_replay(request, configured)
    sys.exit(code)


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """What was asked for on the command line, checked."""

    archive: Path
    files: Sequence[WarcFile]
    seeds: Path
    limits: ImportOptions
    fetcher: CollectionFetcher
    dry_run: bool
    second_step: bool
    fetch: bool
    silent: bool


def read_request(
    archive: Path,
    words: Sequence[str],
    seeds: Path,
    silent: bool,
    settings: Settings,
    options: dict[str, Any],
) -> ReplayRequest:
    """Read the options; fetches lists of files. Raises `UsageProblem`, `ArchiveError` and `ValueError`."""
    from crawler.replay.collection_fetcher import FetchError, fetcher_of
    from crawler.replay.collection_files import list_files

    if options["second_step"] and options["dry_run"]:
        raise UsageProblem("--second-step has no dry run: leave out --dry-run.")
    if not words:
        for name in ("base", "since", "until", "domains", "point_back"):
            if options[name]:
                raise UsageProblem(
                    f"--{name.replace('_', '-')} is for the import of WARC files: name them after the archive."
                )
    limits = read_limits(options)
    fetcher = fetcher_of(settings)
    try:
        files = list_files(words, options["base"], settings["COLLECTIONS_BASE"], fetcher.read_list)
    except FetchError as error:
        raise ValueError(f"The list of files cannot be fetched: {error}.") from error
    check_files(archive, files)
    return ReplayRequest(
        archive,
        files,
        seeds,
        limits,
        fetcher,
        options["dry_run"],
        options["second_step"],
        options["fetch"],
        silent,
    )


def read_limits(options: dict[str, Any]) -> ImportOptions:
    """What of the files is wanted. Raises `UsageProblem`, `DurationError` and `ValueError`."""
    from crawler.replay.import_options import ImportOptions, read_domains
    from pipelines.timestamps import local_now, parse_since_day, parse_until_day

    since, until, now = options["since"], options["until"], local_now()
    first = parse_since_day(since, now) if since else ""
    last = parse_until_day(until, now) if until else ""
    if first and last and first > last:
        raise UsageProblem(f"--since {since} ({first}) is after --until {until} ({last}).")
    domains = read_domains(options["domains"]) if options["domains"] else None
    return ImportOptions(first, last, domains, options["point_back"])


def replay_in_shards(
    request: ReplayRequest,
    settings: Settings,
    sharding: Sharding,
    forwarded: list[str],
    options: dict[str, Any],
) -> int:
    """Import files side by side, then make the second step where it is asked for; returns the exit code. Raises as `run_replay`."""
    for file in request.files:
        if file.is_remote:
            raise UsageProblem(
                f"--on imports files of this machine, and {file.name} lies on the web, whose host would be asked by several"
                " imports at once. Download it first, or leave out --on."
            )
    limits = request.limits
    for name, value in (
        ("--since", limits.since),
        ("--until", limits.until),
        ("--domains", options["domains"]),
    ):
        forwarded += [name, str(value)] if value else []
    forwarded += ["--point-back"] if limits.point_back else []
    form = progress_form(silent=request.silent)
    code = import_in_shards(request.archive, request.files, limits, sharding, forwarded, form)
    if request.second_step and code in (0, 3):
        code = run_replay(replace(request, files=()), settings) or code
    return code


def run_replay(request: ReplayRequest, settings: Settings) -> int:
    """Run a replay; returns the exit code. Raises `ArchiveError`, `ArchiveLockedError` and `ValueError`."""
    from crawler.replay.replay_run import ReplayRun
    from crawler.run.exit_codes import ALL_WELL, ERROR, SOME_FAILED
    from crawler.sources.load import load_sources
    from pipelines.archive.warc.collection_records import fetching_by

    seeds, dry_run = request.seeds, request.dry_run
    sources = load_sources(seeds).sources if seeds.is_dir() and any(seeds.iterdir()) else []
    try:
        with sigterm_as_interrupt(), archive_or_empty(request.archive, dry_run) as path:
            with (
                ReplayRun(path, sources, settings, dry_run, request.silent) as replay_run,
                fetching_by(request.fetcher.read_range if request.fetch else None),
            ):
                do_request(replay_run, request)
            seconds = monotonic() - replay_run.began
    except KeyboardInterrupt:
        echo("Stopped. The same command goes on where this one ended.", err=True)
        return ERROR
    report = replay_run.report
    if not request.silent:
        print_report(report, request, seconds)
    for problem in print_failures(report):
        echo(problem, err=True)
    return SOME_FAILED if report.unread or report.failed_files else ALL_WELL


def do_request(replay_run: ReplayRun, request: ReplayRequest) -> None:
    """Import the files, then the second step, where these are asked for; else extract what is held again."""
    from crawler.replay.import_run import import_files
    from crawler.replay.reextract import Reextraction
    from crawler.replay.second_step import SecondStep

    replay_run.command = "import" if request.files else "replay"
    if request.files:
        import_files(replay_run, request.files, request.limits, request.fetcher)
    if request.second_step:
        replay_run.begin_second_step()
        SecondStep(replay_run).run()
    elif not request.files:
        Reextraction(replay_run).run()


def print_report(report: ReplayReport, request: ReplayRequest, seconds: float) -> None:
    """What was done, in lines for a person."""
    from crawler.replay.report import import_lines, reextraction_lines, second_step_lines

    if request.files:
        print_lines(import_lines(report.imported or report, seconds, request.dry_run))
    if request.second_step:
        print_lines(second_step_lines(report))
    elif not request.files:
        print_lines(reextraction_lines(report, seconds, request.dry_run))


def print_failures(report: ReplayReport) -> Iterator[str]:
    """Lines on what could not be read or had."""
    from crawler.replay.report import SHOWN_REASONS

    for line in report.failed_files[:SHOWN_REASONS]:
        yield f"not imported: {line.removesuffix('.')}."
    if report.failed_files:
        yield f"{len(report.failed_files)} files were not imported; the same command asks for them again."
    for reason, count in report.unread.most_common(SHOWN_REASONS):
        yield f"{count} captures could not be read: {reason}"


def check_files(archive: Path, files: Sequence[WarcFile]) -> None:
    """Raises `ArchiveError` when there is nothing to replay."""
    from pipelines.archive.errors import ArchiveError, archive_errors
    from pipelines.archive.file_checks import describe_missing

    with archive_errors(archive):
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
