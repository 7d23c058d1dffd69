"""Rows between an archive and its shards: a source that moves brings its own along, and what a shard has found is taken in.

For the holder of the archive's lock.
"""

from __future__ import annotations

import os
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from crawler.replay.warc_import import name_import
from crawler.run.crawl_run import source_row
from crawler.shards.engine import SECONDS_FOR_LOCK
from crawler.shards.plan import folder_of_shards
from pipelines import timestamps
from pipelines.archive.admin.manifests import add_manifests
from pipelines.archive.database import Archive, open_for_reading
from pipelines.archive.errors import ArchiveLockedError, archive_errors
from pipelines.archive.lock import ArchiveLock
from pipelines.archive.merge.lag import find_lagging_sources, knows_more
from pipelines.archive.merge.merge import Merged, merge, merge_sources
from pipelines.archive.tables.replays import list_imported, note_imports, read_imports
from pipelines.archive.warc.reader import folder_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from crawler.replay.import_options import ImportOptions
    from crawler.shards.plan import Task
    from crawler.sources.model import Source


def make_folder(archive: Path) -> Path:
    """The folder of the shards, made when missing. Raises `ArchiveError`."""
    folder = folder_of_shards(archive)
    with archive_errors(archive):
        folder.mkdir(exist_ok=True)
    return folder


def prepare_archive(
    archive: Path, sources: Sequence[Source], shards: Sequence[Path], *, whole_seeds: bool
) -> list[str]:
    """Bring the archive up to date with its sources and with what its shards have found; made when missing.

    Returns lines for a person. Raises `ArchiveError`, and `ArchiveLockedError` while something else works in a shard.
    """
    known = {source.id: source for source in sources}
    for shard in shards:
        _settle(shard, known)
    with Archive(archive) as opened, opened.errors():
        now = timestamps.now()
        opened.crawls.close_killed(now)
        opened.captures.mend_files()
        opened.sources.save((source_row(source) for source in sources), now)
        if whole_seeds:
            opened.sources.mark_followed(known)
    followed = list(known) if whole_seeds else None
    return [
        problem
        for shard in shards
        if knows_more(shard, archive)
        for problem in take_in(archive, shard, followed).problems
    ]


def prepare_shard(archive: Path, task: Task) -> int:
    """Give a shard what the archive knows of its sources and the shard does not; returns of how many. As above.

    So a source that comes from another shard, or was crawled without shards, is not fetched again.
    """
    lagging = find_lagging_sources(task.shard, archive, task.sources)
    if lagging:
        with lock_patiently(task.shard), Archive(task.shard) as opened:
            merge_sources(opened, archive, lagging, link=can_link(archive))
    return len(lagging)


def take_in(archive: Path, shard: Path, followed: Collection[str] | None = None) -> Merged:
    """Merge a shard into its archive; returns what it brought. Raises `ArchiveError`.

    `followed` are the sources in seeds/, None to leave it as it is: a shard knows only of its own.
    """
    _settle(shard, {})
    with Archive(archive) as opened:
        done = merge(opened, shard, {}, link=can_link(archive))
        if followed is not None:
            opened.sources.mark_followed(followed)
        add_manifests(opened, "merge")
    return done


def take_in_import(archive: Path, shard: Path) -> Merged:
    """Merge the shard of an import. One that came to its end is noted in the archive, and its shard deleted.

    What could not be taken stays where it is. Raises `ArchiveError`.
    """
    done = take_in(archive, shard)
    with closing(open_for_reading(shard)) as db:
        imported = read_imports(db)
    if imported and not done.problems:
        with Archive(archive) as opened, opened.errors():
            note_imports(opened.db, imported)
        _delete_shard(shard)
    return done


def list_files_to_import(archive: Path, files: Sequence[Path], limits: ImportOptions) -> list[Path]:
    """The files without those that were imported to their end, within the same limits. Raises `ArchiveError`."""
    if not archive.exists():
        return list(files)
    with closing(open_for_reading(archive)) as db:
        imported = list_imported(db)
    return [file for file in files if name_import(file, "", limits) not in imported]


def _delete_shard(shard: Path) -> None:
    """Delete a shard's files. The archive has links to its WARC files, or copies."""
    for path in (*shard.parent.glob(f"{shard.stem}.*"), *folder_of(shard).glob(f"{shard.stem}-*")):
        path.unlink()


def can_link(archive: Path) -> bool:
    """Whether the disk makes hard links, so that a page in a shard and in the archive takes its room once."""
    first, second = (folder_of_shards(archive) / f"link-{os.getpid()}-{n}" for n in (1, 2))
    try:
        first.touch()
        os.link(first, second)
    except OSError:
        return False
    finally:
        first.unlink(missing_ok=True)
        second.unlink(missing_ok=True)
    return True


def _settle(shard: Path, known: dict[str, Source]) -> None:
    """End in a shard what was killed there, and tell it what is new of its sources: their homes must be the archive's."""
    with lock_patiently(shard), Archive(shard) as opened, opened.errors():
        now = timestamps.now()
        opened.crawls.close_killed(now)
        opened.captures.mend_files()
        there = [row["id"] for row in opened.rows("SELECT id FROM sources")]
        opened.sources.save((source_row(known[one]) for one in there if one in known), now)


@contextmanager
def lock_patiently(shard: Path, seconds: float = SECONDS_FOR_LOCK) -> Iterator[None]:
    """Hold a shard, as soon as a command that is about to stop lets go of it. Raises `ArchiveLockedError`."""
    end = time.monotonic() + seconds
    while True:
        lock = ArchiveLock(shard)
        try:
            lock.__enter__()
            break
        except ArchiveLockedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
    try:
        yield
    finally:
        lock.__exit__(None, None, None)
