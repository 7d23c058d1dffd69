"""The import of many WARC files into one archive: one after the other, those on the web fetched first, each once."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.replay.collection_fetcher import FetchError
from crawler.replay.collection_files import may_hold
from crawler.replay.held_pages import join_held_pages
from crawler.replay.warc_import import WarcImport, name_import
from pipelines.archive.errors import ArchiveError
from pipelines.archive.tables import replays
from pipelines.archive.warc.files import prefix_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.replay.collection_fetcher import CollectionFetcher
    from crawler.replay.collection_files import WarcFile
    from crawler.replay.import_options import ImportOptions
    from crawler.replay.replay_run import ReplayRun


def import_files(
    replay_run: ReplayRun, files: Sequence[WarcFile], options: ImportOptions, fetcher: CollectionFetcher
) -> None:
    """Import files to their ends, and go on with the next where one of a list cannot be had; the report names it.

    Raises `ArchiveError` for a file that was named alone.
    """
    report = replay_run.report
    for number, file in enumerate(files, 1):
        replay_run.doing = f"file {number}/{len(files)} " if len(files) > 1 else ""
        if not may_hold(file.name, options.since, options.until):
            report.outside += 1
            continue
        try:
            if file.listed and _was_imported(replay_run, file, options):
                report.done_before += 1
                if file.is_remote:  # the run before was killed after its last record
                    (downloads_of(replay_run.path) / name_download(file.name)).unlink(missing_ok=True)
                continue
            _import_file(replay_run, file, options, fetcher)
            report.files += 1
        except (ArchiveError, FetchError) as error:
            if not file.listed:
                raise
            report.failed_files.append(
                f"{file.name}: {error}" if isinstance(error, FetchError) else str(error)
            )
    if not replay_run.dry_run:
        join_held_pages(replay_run)


def _was_imported(replay_run: ReplayRun, file: WarcFile, options: ImportOptions) -> bool:
    try:
        what = name_import(Path(file.name), file.name if file.is_remote else "", options)
    except OSError:
        return False  # reading it says why
    return replays.is_finished(replay_run.archive.db, what)


def _import_file(
    replay_run: ReplayRun, file: WarcFile, options: ImportOptions, fetcher: CollectionFetcher
) -> None:
    if not file.is_remote:
        WarcImport(replay_run, Path(file.name), options).run()
        return
    target = downloads_of(replay_run.path) / name_download(file.name)
    try:
        target.parent.mkdir(exist_ok=True)
        if not target.is_file():
            fetcher.download(file.name, target, replay_run.draw_download)
    except FetchError:
        raise
    except OSError as error:
        raise ArchiveError(
            f"{file.name} cannot be fetched to {target}: {error.strerror or error}. The same command goes on where this"
            " one ended."
        ) from error
    WarcImport(replay_run, target, options, file.name).run()
    target.unlink()
    with suppress(OSError):  # parts of other files are in it
        target.parent.rmdir()


def downloads_of(archive: Path) -> Path:
    """The folder beside an archive in which files of collections lie while they are fetched and imported."""
    return archive.parent / f"{prefix_of(archive)}-downloads"


def name_download(address: str) -> str:
    """The name of a file while it is here: that of its address, and a mark, since two folders may have files of one name. Pure."""
    mark = hashlib.sha256(address.encode()).hexdigest()[:8]
    return f"{mark}-{address.rstrip('/').rpartition('/')[2].partition('?')[0][-120:] or 'file'}"
