"""`clippings shards`: which shard crawls which sources, and the command lines for a job array."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.command_line.errors import errors_in_a_line
from crawler.command_line.options import archive_argument, config_option, parse_settings
from crawler.command_line.output import print_lines, table
from crawler.command_line.sharding import (
    Sharding,
    by_option,
    forwarded_options,
    plan_shards,
    prepare_tasks,
    shards_option,
)
from crawler.commands.crawl import check_since, load_or_exit
from crawler.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crawler.shards.plan import Task


@click.command(short_help="Divide the sources over several archives, for many machines.")
@archive_argument
@shards_option("number")
@by_option
@click.option("--print", "printed", is_flag=True, help="Print the command lines, and change nothing.")
@click.option("--since", default="", metavar="WHEN", help="How far back the crawls are to look.")
@click.option("-s", "settings", multiple=True, metavar="NAME=VALUE", help="A setting of the crawls.")
@click.option(
    "--seeds",
    type=click.Path(path_type=Path),
    default=Path("seeds"),
    show_default=True,
    help="The folder with the list of sources.",
)
@config_option
def shards(
    archive: Path,
    number: int | None,
    by: str,
    printed: bool,
    since: str,
    settings: tuple[str, ...],
    seeds: Path,
) -> None:
    """Divide the sources in seeds/ over shards of ARCHIVE, to be crawled by job arrays or by hand.

    It brings shards and archive together: what a shard has found is merged, and a source that moves to another shard takes
    along what is known of it. With --print it prints a command line for each shard, and a last one that merges them.

    Example: clippings shards archive.db --shards 8 --print
    """
    from crawler.shards.plan import list_shards, print_plan
    from pipelines.archive.lock import ArchiveLock

    with errors_in_a_line():
        check_since(since)
        parse_settings(settings)
        sources = load_or_exit(seeds, ()).sources
        options = forwarded_options(seeds, settings, since)
        if printed or not (archive.exists() or list_shards(archive)):
            tasks = plan_shards(archive, sources, number, by, options)
        else:
            with ArchiveLock(archive):
                sharding = Sharding(shards=number, by=by)
                tasks, lines = prepare_tasks(archive, sources, sharding, options, whole_seeds=True)
            for line in lines:
                echo(line, err=True)
    print_lines(print_plan(archive, tasks) if printed else list_tasks(tasks))


def list_tasks(tasks: Sequence[Task]) -> Iterator[str]:
    """A row for each shard: its file, how many sources it crawls, and the first of them."""
    rows = [
        ("shard", "sources", ""),
        *((str(t.shard), str(len(t.sources)), _first(t.sources)) for t in tasks),
    ]
    return table(rows, {1})


def _first(ids: Sequence[str], shown: int = 4) -> str:
    return ", ".join(ids[:shown]) + (", ..." if len(ids) > shown else "")
