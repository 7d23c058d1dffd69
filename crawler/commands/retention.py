"""`clippings forget`, `prune`, `backup` and `restore`: what an archive keeps, and copies of it."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.command_line.errors import UsageProblem, errors_in_a_line, require_archive
from crawler.command_line.options import (
    DEFAULT_ARCHIVE,
    archive_and_rest,
    archive_argument,
    names_archive,
    require_source,
)
from crawler.terminal import draw, echo, one_line
from crawler.wording import count, size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipelines.archive.admin.backup import Copied
    from pipelines.archive.admin.rewrite import Repacked
    from pipelines.archive.database import Archive


@contextmanager
def opened_for_change(path: Path) -> Iterator[Archive]:
    """The archive, with its lock held so that no crawl runs; errors become a line and an exit code."""
    from pipelines.archive.database import Archive
    from pipelines.archive.lock import ArchiveLock

    with errors_in_a_line(), ArchiveLock(path), Archive(path) as archive:
        yield archive


@click.command(short_help="Take articles out for good, as for a privacy request.")
@click.argument("words", nargs=-1, metavar="[ARCHIVE] [URL...]")
@click.option("--source", default=None, metavar="ID", help="Everything of this source.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(words: tuple[str, ...], source: str | None, yes: bool) -> None:
    """Take articles out for good, as for a takedown or privacy request.

    Articles, their versions, search index entries, captures and log lines go, and do not come back; what alerts
    keep of them in desk.db and feeds/ goes too, and so do the archive's shards. Copies, backups and sent reports are not
    reached.

    Example: clippings forget archive.db https://globalvoices.org/2026/11/20/some-story/
    """
    from crawler.alerts.forget import forget_in_reports
    from crawler.shards.plan import list_shards
    from pipelines.archive.admin.erase import erase
    from pipelines.archive.admin.manifests import add_manifests

    archive, urls = archive_and_rest(words)
    for url in urls:
        if "://" not in url:
            raise UsageProblem(
                f"{url} is neither an archive nor a web address. To forget a source: --source ID"
            )
    if bool(urls) == bool(source):
        raise UsageProblem("Name URLs or --source. Example: clippings forget https://example.org/a-story")
    require_archive(archive)
    if source:
        require_source(archive, source)
    if not yes:
        what = f"all articles of {source}" if source else count(len(urls), "page")
        click.confirm(one_line(f"Take {what} out of {archive} for good?"), abort=True)
    problems: list[str] = []
    addresses = set(urls)
    with opened_for_change(archive) as opened:
        for url in urls or [""]:
            done = erase(opened, url, source or "")
            problems += done.problems
            echo(
                f"{source or url}: {count(done.articles, 'article')}, {count(done.captures, 'capture')} forgotten"
            )
            addresses |= done.addresses
        add_manifests(opened, "forget")
        for shard in list_shards(archive):
            with opened_for_change(shard) as part:
                problems += [line for url in urls or [""] for line in erase(part, url, source or "").problems]
                add_manifests(part, "forget")
        for line in forget_in_reports(archive, addresses, source or ""):
            echo(line)
    for problem in problems:
        echo(problem, err=True)
    sys.exit(1 if problems else 0)


@click.command(short_help="Delete old outcomes and logs, or repack WARC files.")
@archive_argument
@click.option(
    "--older", default=None, metavar="WHEN", help="What is older goes: 90d, 12h, 2025.  [default: 180d]"
)
@click.option(
    "--repack",
    type=click.Choice(("gzip", "zstd")),
    default=None,
    help="Bring all WARC files into this format, and delete nothing but what --older names.",
)
def prune(archive: Path, older: str | None, repack: str | None) -> None:
    """Delete old outcomes and old parts of the log, or bring WARC files into another format.

    Articles, versions and captures stay. The last outcome of each URL stays as well: it says why there is no article.
    With --repack every record is kept byte for byte, and read back before the old file goes; docs/captures.md says what
    the formats are good for.

    Example: clippings prune archive.db --older 90d
    """
    from crawler.shards.plan import list_shards
    from pipelines.archive.admin.backup import prune as delete_old
    from pipelines.timestamps import local_now, parse_since

    now = local_now()
    older = older or ("" if repack else "180d")
    with errors_in_a_line():
        age = now - parse_since(older, now) if older else timedelta(0)
    if age < timedelta(0):
        raise UsageProblem(f"--older {older} lies in the future: everything would go.")
    require_archive(archive)
    with opened_for_change(archive) as opened:
        if older:
            outcomes, logs = delete_old(opened, age)
            for shard in list_shards(archive):  # else they would bring back what went
                with opened_for_change(shard) as part:
                    delete_old(part, age)
            echo(f"{count(outcomes, 'outcome')} and {count(logs, 'log file')} deleted")
        if repack:
            _repack(opened, repack)


def _repack(archive: Archive, format: str) -> None:
    from pipelines.archive.admin.rewrite import repack
    from pipelines.items import CaptureFormat

    def tell(so_far: Repacked) -> None:
        if sys.stderr.isatty():
            draw(f"{count(so_far.files, 'WARC file')}, {count(so_far.records, 'record')}")

    done = repack(archive, CaptureFormat(format), tell)
    if sys.stderr.isatty():
        draw()
    line = f"{count(done.files, 'WARC file')} repacked as {format}: {count(done.records, 'record')}, all read back and the same"
    echo(f"{line}; {size(done.before)} before, {size(done.after)} now" if done.files else line)
    for problem in done.problems:
        echo(f"Error: {problem}", err=True)
    if done.problems:
        sys.exit(1)


@click.command(short_help="Copy the archive and what belongs to it, and check the copy.")
@click.argument("words", nargs=-1, required=True, metavar="[ARCHIVE] TARGET")
@click.option("--no-warc", is_flag=True, help="The database alone, without the pages as fetched.")
def backup(words: tuple[str, ...], no_warc: bool) -> None:
    """Copy the archive with its WARC files and desk.db, also while a crawl runs, and check the copy.

    TARGET is a file or a folder; the WARC files go to warc/ beside it, and so does desk.db. A database there is replaced, WARC files that are
    the same stay. Every copy is read back and compared.

    Example: clippings backup archive.db /media/disk/archive.db
    """
    from pipelines.archive.admin.backup import backup as copy_archive

    named = names_archive(words[0])
    archive, targets = (Path(words[0]), words[1:]) if named else (DEFAULT_ARCHIVE, words)
    if len(targets) != 1:
        raise UsageProblem("Name one archive and one target: clippings backup archive.db /media/disk/")
    target = Path(targets[0])
    if targets[0].endswith(("/", os.sep)) and not target.is_dir():
        raise click.ClickException(f"The folder {targets[0]} does not exist. Make it, or name another.")
    with errors_in_a_line():
        done = copy_archive(archive, target, warc=not no_warc, tell=draw_files(sys.stderr.isatty()))
        desk = copy_desk_beside(archive, done.path, replace=True)
    _tell_copied(done, desk)


def copy_desk_beside(archive: Path, copy: Path, *, replace: bool) -> str:
    """Copy the desk of an archive to its copy's folder; returns a line about it, "" where there is none to copy.

    Raises `DeskError`. Without `replace` a desk that is there stays.
    """
    from pipelines.desk.database import copy_desk, desk_path

    source, target = desk_path(archive), desk_path(copy)
    if not source.is_file() or source == target:
        return ""
    if target.exists() and not replace:
        return f"{target} was there already and stays; the copy's is {source}"
    copy_desk(source, target)
    return f"{target}: {size(target.stat().st_size)}"


@click.command(short_help="Bring a backup back, and check it.")
@click.argument("source", type=click.Path(path_type=Path), metavar="COPY")
@click.argument("archive", type=click.Path(path_type=Path), default=DEFAULT_ARCHIVE)
def restore(source: Path, archive: Path) -> None:
    """Bring a backup back as ARCHIVE, with its WARC files and desk.db, and check them.

    COPY is the backup's database, or the folder or bag with it. Nothing that is there is overwritten.

    Example: clippings restore /media/disk/archive.db archive.db
    """
    from pipelines.archive.admin.backup import find_database
    from pipelines.archive.admin.backup import restore as restore_archive

    with errors_in_a_line():
        done = restore_archive(source, archive, tell=draw_files(sys.stderr.isatty()))
        desk = copy_desk_beside(find_database(source), done.path, replace=False)
    _tell_copied(done, desk)


def draw_files(drawn: bool) -> Callable[[int], None]:
    """A function that draws the number of files so far, on a terminal."""

    def tell(files: int) -> None:
        if drawn:
            draw(f"{files:,} WARC files")

    return tell


def _tell_copied(done: Copied, desk: str) -> None:
    if sys.stderr.isatty():
        draw()
    line = f"{done.path}: {size(done.size)}"
    if done.files:
        new = sum(file.new for file in done.files)
        octets = sum(file.size for file in done.files)
        line += f"; {count(len(done.files), 'WARC file')}, {size(octets)}, {new:,} new; all read back and the same"
    echo(line)
    if desk:
        echo(desk)
    for problem in done.problems:
        echo(f"Error: {problem}", err=True)
    sys.exit(1 if done.problems else 0)
