"""Under which name a WARC file of the shard lies beside the target: one that no other file has, whether it is there or not.

Files are compared by their beginnings where both are there, and by the records that the rows of both archives name in
them: one of the two may be missing, and two copies of an archive may have gone on with the same file.
"""

from __future__ import annotations

import hashlib
from itertools import chain, count, pairwise
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.merge.rules import SHARD
from pipelines.archive.warc.files import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from sqlite_utils import Database

HEAD = 512
"""Bytes at a file's beginning by which it is known: the warcinfo record there, or the page of its dictionary, has an id of its own."""


class Span(NamedTuple):
    """Where a record lies in its file, in bytes, and the SHA-256 of the page it holds or repeats."""

    offset: int
    length: int
    sha256: str


def overlap(ours: Collection[Span], theirs: Collection[Span]) -> bool:
    """Whether a record that one archive names in a file begins within another that the other names there. Pure."""
    both = pairwise(sorted({*ours, *theirs}))
    met = ({a, b} for a, b in both if a.offset + a.length > b.offset)
    return any(not two.issubset(ours) and not two.issubset(theirs) for two in met)


def read_spans(db: Database, schema: str, name: str) -> set[Span]:
    """The records of a file that the rows of an archive name; `schema` is `main` or the attached one."""
    columns = "coalesce({0}_offset, 0), coalesce({0}_length, 0), coalesce(sha256, '')"
    parts = (
        f"SELECT {columns.format(kind)} FROM {schema}.captures WHERE {kind}_file = :name"
        for kind in ("warc", "revisit")
    )
    return {Span(*row) for row in db.conn.execute(" UNION ".join(parts), {"name": name})}


def read_head(path: Path) -> bytes:
    """The beginning of a file."""
    with path.open("rb") as file:
        return file.read(HEAD)


def choose_name(
    db: Database, name: str, path: Path | None, folder: Path, own_prefix: str, used: Collection[str] = ()
) -> str:
    """The name in the target's folder of the shard's file `name`: its own where that is free. `path` is None where it is missing.

    A name is another file's when a file or a row of the target has it, or one of this merge (`used`), or it is like the
    names of the target's own files (`own_prefix`), one of which may come to have it.
    """
    theirs = read_spans(db, SHARD, name)
    head = read_head(path) if path is not None else b""
    mark = hashlib.sha256(head or str(min(theirs, default=name)).encode()).hexdigest()[:10]

    def is_free(wanted: str) -> bool:
        there = folder / wanted
        is_there = there.exists()
        if path is not None and is_there and there.samefile(path):
            return True
        if wanted == name and name.startswith(f"{own_prefix}-"):
            return False
        is_same = path is not None and is_there and read_head(there) == head
        ours = read_spans(db, "main", wanted)
        if not ours:
            return is_same or not is_there
        if overlap(ours, theirs):  # two copies of an archive went on with one file
            return False
        # Where one of the two is missing, nothing but a record that both name says that it is the same file.
        return is_same or ((path is None or not is_there) and not ours.isdisjoint(theirs))

    return next(wanted for wanted in _list_names(name, mark) if wanted not in used and is_free(wanted))


def _list_names(name: str, mark: str) -> Iterator[str]:
    suffix = next((suffix for suffix in SUFFIXES.values() if name.endswith(suffix)), "")
    stem = name.removesuffix(suffix)
    return chain([name, f"{stem}.{mark}{suffix}"], (f"{stem}.{mark}-{n}{suffix}" for n in count(2)))
