"""Where the shards of an archive lie, and the command line that fills each. Pure but for looking which files there are."""

from __future__ import annotations

import hashlib
import os
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SUFFIX = ".shards"
PROCESSORS = 4
"""Processors that one crawl keeps busy: its own process and three that extract (docs/scaling.md has the figures)."""


@dataclass(frozen=True, slots=True)
class Task:
    """One command line, and the archive that it fills. `words` are those behind `clippings`, `file` the WARC file of an import."""

    shard: Path
    words: tuple[str, ...]
    sources: tuple[str, ...] = ()
    file: Path | None = None

    def with_options(self, options: Sequence[str]) -> Task:
        """The same with more options."""
        return replace(self, words=(*self.words, *options))

    @property
    def name(self) -> str:
        """How the shard is called where it is told about."""
        return self.shard.stem

    @property
    def output(self) -> Path:
        """What the command writes to standard output: its progress."""
        return self.shard.with_suffix(".out")

    @property
    def errors(self) -> Path:
        """What it writes to standard error."""
        return self.shard.with_suffix(".err")


def folder_of_shards(archive: Path) -> Path:
    """The folder with the shards of an archive, their logs and their WARC files: `archive.db.shards`."""
    return archive.with_name(archive.name + SUFFIX)


def shard_path(archive: Path, number: int) -> Path:
    """The file of a shard, by its number from 0."""
    return folder_of_shards(archive) / f"{number:02}.db"


def list_shards(archive: Path) -> list[Path]:
    """The files of all shards that there are, of crawls and of imports."""
    return sorted(folder_of_shards(archive).glob("*.db"))


def usual_number(processors: int | None = None) -> int:
    """How many commands at a time where nobody says: one for each four processors, and two at least."""
    return max((processors or os.cpu_count() or 1) // PROCESSORS, 2)


def choose_number(archive: Path) -> int:
    """How many shards where nobody says: as many as there are, else the usual number."""
    return sum(path.stem.isdecimal() for path in list_shards(archive)) or usual_number()


def plan_crawl(archive: Path, assigned: Sequence[Sequence[str]], options: Sequence[str]) -> list[Task]:
    """The crawls of all shards that have a source; `options` are those of every one of them."""
    tasks = []
    for number, ids in enumerate(assigned):
        if ids:
            shard = shard_path(archive, number)
            named = [word for source_id in ids for word in ("--source", source_id)]
            words = ("crawl", str(shard), "--no-alerts", *options, *named)
            tasks.append(Task(shard, words, tuple(ids)))
    return tasks


def plan_import(archive: Path, files: Iterable[Path], options: Sequence[str]) -> list[Task]:
    """The import of each WARC file into a shard of its own, which has the same name whenever it is begun."""
    folder = folder_of_shards(archive)
    tasks = []
    for file in dict.fromkeys(path.absolute() for path in files):
        mark = hashlib.sha256(str(file).encode("utf-8", "surrogateescape")).hexdigest()[:8]
        shard = folder / f"import-{file.name.partition('.')[0][:60]}-{mark}.db"
        tasks.append(Task(shard, ("replay", str(shard), str(file), *options), file=file))
    return tasks


def divide_processors(options: Sequence[str], at_a_time: int, processors: int | None = None) -> list[str]:
    """The option that gives each of so many commands its share of the workers; none where `options` set them."""
    if any(word.startswith("EXTRACT_WORKERS=") for word in options):
        return []
    return ["-s", f"EXTRACT_WORKERS={max((processors or os.cpu_count() or 1) // max(at_a_time, 1), 1)}"]


def print_plan(archive: Path, tasks: Sequence[Task]) -> list[str]:
    """The lines for a shell or a job array: one for each shard, then the one that joins them."""
    lines = [shlex.join(("clippings", *task.words)) for task in tasks]
    shards = [str(task.shard) for task in tasks]
    return [*lines, shlex.join(("clippings", "merge", *shards, "--link", "--into", str(archive)))]
