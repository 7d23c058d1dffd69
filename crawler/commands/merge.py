"""`clippings merge`: takes other archives into one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.command_line.errors import errors_in_a_line, require_archive
from crawler.terminal import echo

if TYPE_CHECKING:
    from pipelines.archive.merge.merge import Merged


@click.command(short_help="Take other archives in, such as those of other machines.")
@click.argument("shards", nargs=-1, required=True, metavar="SHARD...", type=click.Path(path_type=Path))
@click.option(
    "--into",
    "target",
    required=True,
    metavar="ARCHIVE",
    type=click.Path(path_type=Path),
    help="The archive that takes them in; made when missing.",
)
@click.option(
    "--as", "renames", multiple=True, metavar="OLD=NEW", help="Give a source of the shards another id."
)
@click.option("--link", is_flag=True, help="Link WARC files (hard links) rather than copy them.")
@click.option("--silent", is_flag=True, help="Print nothing when all went well.")
def merge(shards: tuple[Path, ...], target: Path, renames: tuple[str, ...], link: bool, silent: bool) -> None:
    """Take other archives in: a colleague's, or those that other machines filled. They are read and not changed.

    What both have is there once: articles with all versions that either saw, URLs with their outcomes, pages with their
    WARC files. What one of them has forgotten is forgotten. It can be repeated, and stopped at any time.

    Example: clippings merge berlin.db paris.db --into archive.db
    """
    from pipelines.archive.admin.manifests import add_manifests
    from pipelines.archive.database import Archive
    from pipelines.archive.lock import ArchiveLock
    from pipelines.archive.merge.merge import merge as take_in

    renamed = _read_renames(renames)
    for shard in shards:
        if shard.absolute() == target.absolute() or (
            shard.exists() and target.exists() and shard.samefile(target)
        ):
            raise click.UsageError(f"{shard} is the archive to merge into, and cannot be taken in as well")
    for shard in shards:
        require_archive(shard)
    problems: list[str] = []
    with errors_in_a_line(), ArchiveLock(target), Archive(target) as archive:
        for shard in shards:
            done = take_in(archive, shard, renamed, link=link)
            problems += done.problems
            if not silent:
                echo(_describe(shard, done))
        add_manifests(archive, "merge")
    for problem in problems:
        echo(problem, err=True)
    sys.exit(1 if problems else 0)


def _read_renames(pairs: tuple[str, ...]) -> dict[str, str]:
    renamed = {}
    for pair in pairs:
        old, equals, new = pair.partition("=")
        if not (old and equals and new):
            raise click.UsageError(f"--as wants OLD=NEW, two ids of sources, not {pair}")
        renamed[old] = new
    return renamed


def _describe(shard: Path, done: Merged) -> str:
    counts = (
        (done.articles, "new articles"),
        (done.united, "brought up to date"),
        (done.forgotten, "forgotten here as there"),
        (done.captures, "captures"),
        (done.files, "WARC files"),
    )
    said = ", ".join(f"{count:,} {words}" for count, words in counts if count)
    return f"{shard}: {said or 'nothing new'}"
