"""A crawl or an import in shards, as the commands start it: its options, its engine, its lines and its exit code."""

from __future__ import annotations

import contextlib
import functools
import logging
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.command_line.alert_round import tell_alerts
from crawler.command_line.errors import UsageProblem
from crawler.command_line.options import config_file
from crawler.terminal import LogFormatter, draw, echo, print_json_line
from crawler.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from crawler.replay.collection_files import WarcFile
    from crawler.replay.import_options import ImportOptions
    from crawler.run.progress_lines import CrawlState
    from crawler.shards.engine import Engine
    from crawler.shards.plan import Task
    from crawler.shards.run import ShardedRun
    from crawler.sources.load import LoadedSources
    from crawler.sources.model import Source

ENGINES = ("local", "ray")
LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"


@dataclass(frozen=True, slots=True)
class Sharding:
    """What the options say: the engine, or "" for one process; how many shards, None for the usual number; the Ray to join."""

    on: str = ""
    shards: int | None = None
    by: str = "domain"
    address: str = ""


def shards_option(name: str = "shards") -> Callable[..., Any]:
    """The option `--shards`, given to the command as `name`."""
    return click.option(
        "--shards",
        name,
        type=click.IntRange(1, 1000),
        default=None,
        metavar="N",
        help="How many shards, or imports at a time.",
    )


by_option = click.option(
    "--by",
    type=click.Choice(("domain", "address")),
    default="domain",
    show_default=True,
    help="What sources share that one shard crawls: their registered domain, or also their address.",
)


def sharding_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that can be divided; it gets them as one argument, `sharding`."""

    @functools.wraps(command)
    def with_sharding(
        *, on: str | None, shards: int | None, address: str, by: str = "domain", **others: Any
    ) -> Any:
        if not on and (shards or address or by != "domain"):
            raise UsageProblem("--shards, --by and --address go with --on local or --on ray.")
        if address and on != "ray":
            raise UsageProblem("--address goes with --on ray.")
        return command(sharding=Sharding(on or "", shards, by, address), **others)

    for option in (
        click.option(
            "--address",
            default="",
            metavar="HOST:PORT",
            help="With --on ray: the Ray to join.  [default: one of its own]",
        ),
        shards_option(),
        click.option(
            "--on",
            type=click.Choice(ENGINES),
            default=None,
            help="Divide the work over processes, or over Ray.",
        ),
    ):
        with_sharding = option(with_sharding)
    return with_sharding


def forwarded_options(seeds: Path, settings: Sequence[str], since: str = "") -> list[str]:
    """What the person said, as the words of each shard's command."""
    words = ["--seeds", str(seeds)]
    config = config_file()
    words += ["--config", str(config)] if config else []
    words += ["--since", since] if since else []
    return [*words, *(word for pair in settings for word in ("-s", pair))]


def plan_shards(
    archive: Path, sources: Sequence[Source], shards: int | None, by: str, options: Sequence[str]
) -> list[Task]:
    """The crawls of the shards. The archive's own listings say where else a source is read. Raises `ArchiveError`."""
    from crawler.shards.assignment import assign_groups, group_sources, sites_of
    from crawler.shards.hosts import find_listings, resolve_sites
    from crawler.shards.plan import choose_number, plan_crawl

    listings = find_listings(archive)
    sites = {source.id: sites_of(source, listings.get(source.id, ())) for source in sources}
    addresses = resolve_sites(sources) if by == "address" else None
    assigned = assign_groups(group_sources(sites, addresses), shards or choose_number(archive))
    return plan_crawl(archive, assigned, options)


def prepare_tasks(
    archive: Path,
    sources: Sequence[Source],
    sharding: Sharding,
    options: Sequence[str],
    *,
    whole_seeds: bool,
    alerts: bool = False,
) -> tuple[list[Task], list[str]]:
    """Bring the archive and its shards together; returns the crawls to be made, and lines for a person.

    For the holder of the archive's lock. Raises `ArchiveError`, and `ArchiveLockedError` while a shard is crawled.
    """
    from crawler.alerts.run import begin_alerts
    from crawler.shards.archives import make_folder, prepare_archive, prepare_shard
    from crawler.shards.plan import list_shards

    make_folder(archive)
    lines = prepare_archive(archive, sources, list_shards(archive), whole_seeds=whole_seeds)
    if alerts:
        begin_alerts(archive, config_file())
    tasks = plan_shards(archive, sources, sharding.shards, sharding.by, options)
    for task in tasks:
        prepare_shard(archive, task)
    return tasks, lines


def crawl_in_shards(
    archive: Path,
    loaded: LoadedSources,
    sharding: Sharding,
    options: Sequence[str],
    form: str,
    *,
    whole_seeds: bool,
    alerts: bool,
) -> int:
    """Crawl in shards, each merged as it ends; returns the exit code. Raises `ArchiveError` and `ArchiveLockedError`."""
    from crawler.alerts.config import has_alerts
    from crawler.run.exit_codes import ALL_WELL, SOME_FAILED, combine_exit_codes
    from crawler.shards.archives import make_folder, take_in
    from crawler.shards.plan import divide_processors
    from pipelines.archive.lock import ArchiveLock

    sources = loaded.sources
    followed = [source.id for source in sources] if whole_seeds else None
    alerts = alerts and has_alerts(archive, config_file())
    with ArchiveLock(archive), log_to_folder(make_folder(archive)):
        if form == "line":
            draw("0:00 bringing the archive and its shards together")
        tasks, lines = prepare_tasks(
            archive, sources, sharding, options, whole_seeds=whole_seeds, alerts=alerts
        )
        share = ["--json", *divide_processors(options, len(tasks))]
        tasks = [task.with_options(share) for task in tasks]
        with make_engine(sharding, len(tasks)) as engine:
            run = run_tasks(
                tasks, engine, len(tasks), lambda task: take_in(archive, task.shard, followed).problems, form
            )
    code = combine_exit_codes(list(run.codes.values()))
    if code == ALL_WELL and (loaded.problems or run.stopped):
        code = SOME_FAILED
    print_end(run, [*lines, *map(str, loaded.problems)], form, code)
    if alerts:
        tell_alerts(archive, as_json=form == "json")
    return code


def import_in_shards(
    archive: Path,
    files: Sequence[WarcFile],
    limits: ImportOptions,
    sharding: Sharding,
    options: Sequence[str],
    form: str,
) -> int:
    """Import each WARC file into a shard of its own, merged and deleted when it is done; returns the exit code.

    Raises `ArchiveError` and `ArchiveLockedError`.
    """
    from crawler.run.exit_codes import ALL_WELL, SOME_FAILED, combine_exit_codes
    from crawler.shards.archives import (
        list_files_to_import,
        make_folder,
        prepare_archive,
        take_in_import,
    )
    from crawler.shards.plan import divide_processors, list_shards, plan_import, usual_number
    from crawler.shards.progress import write_import_progress
    from pipelines.archive.lock import ArchiveLock

    counts = Counter[str]()

    def take_in(task: Task) -> Sequence[str]:
        done = take_in_import(archive, task.shard)
        counts.update(articles=done.articles, captures=done.captures)
        return done.problems

    with ArchiveLock(archive), log_to_folder(make_folder(archive)):
        lines = prepare_archive(archive, [], list_shards(archive), whole_seeds=False)
        left = list_files_to_import(archive, [Path(file.name) for file in files], limits)
        slots = min(sharding.shards or usual_number(), max(len(left), 1))
        tasks = plan_import(archive, left, [*options, "--silent", *divide_processors(options, slots)])
        with make_engine(sharding, slots) as engine:
            run = run_tasks(tasks, engine, slots, take_in, form, write_import_progress)
    code = combine_exit_codes(list(run.codes.values()))
    if form == "line":
        draw()
    for line in dict.fromkeys([*lines, *run.lines]):
        echo(line, err=True)
    if form == "line":
        known = len(files) - len(left)
        more = f"; {count(known, 'file', 'were')} imported before" if known else ""
        echo(
            f"{count(len(run.codes), 'WARC file')}: {count(counts['articles'], 'new article')}, {count(counts['captures'], 'capture')}{more}"
        )
    return SOME_FAILED if code == ALL_WELL and run.stopped else code


def run_tasks(
    tasks: Sequence[Task],
    engine: Engine,
    at_a_time: int,
    take_in: Callable[[Task], Sequence[str]],
    form: str,
    write: Callable[[str, CrawlState, dict[str, str]], None] | None = None,
) -> ShardedRun:
    """Run a plan until it is done, or a person stops it."""
    from crawler.shards.progress import write_progress
    from crawler.shards.run import ShardedRun, StopRequest

    with StopRequest() as stop:
        run = ShardedRun(tasks, engine, at_a_time, take_in, form, write or write_progress)
        run.run(stop)
    return run


@contextlib.contextmanager
def make_engine(sharding: Sharding, slots: int) -> Iterator[Engine]:
    """The engine by its name; afterwards nothing of it is left. Raises `ValueError` with the remedy where Ray is missing."""
    if sharding.on == "ray":
        from crawler.shards.ray_engine import RayEngine

        engine: Engine = RayEngine(sharding.address, slots)
    else:
        from crawler.shards.engine import LocalEngine

        engine = LocalEngine()
    try:
        yield engine
    finally:
        engine.close()


@contextlib.contextmanager
def log_to_folder(folder: Path) -> Iterator[None]:
    """Note in `shards.log`, beside the logs of the crawls, what was begun again and what could not be merged."""
    log = logging.getLogger("clippings")
    handler = logging.FileHandler(folder / "shards.log", encoding="utf-8")
    handler.setFormatter(LogFormatter(LOG_FORMAT))
    log.addHandler(handler)
    before = log.level
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.setLevel(before)
        log.removeHandler(handler)
        handler.close()


def print_end(run: ShardedRun, lines: Sequence[str], form: str, code: int) -> None:
    """What a person must know, and at a terminal what came of it; for programs the last line of JSON."""
    from crawler.run.progress_lines import clock_of, counts_in_words
    from crawler.shards.progress import write_progress

    state = run.read_state()
    told = list(dict.fromkeys([*lines, *run.lines]))
    if form == "json":
        write_progress(form, state, run.shards)
        print_json_line({"exit_code": code, "failing": told, "shards": run.codes})
    elif form == "plain":
        write_progress(form, state, run.shards)
    if form == "line":
        draw()
    with contextlib.suppress(OSError):  # whoever reads it has gone; the exit code says the same
        for line in told:
            echo(line, err=True)
    if form != "json" and sys.stdout.isatty() and form:
        echo(
            f"{clock_of(run.elapsed)}, {len(run.shards)} shards: {counts_in_words(state.counts, 'nothing new')}"
        )
