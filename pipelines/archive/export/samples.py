"""A sample that anyone can draw again: by a hash of seed and address, so that it does not depend on the archive's numbers."""

from __future__ import annotations

import hashlib
import heapq
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal

from pipelines.archive.export.fields import article_fields, pick
from pipelines.archive.export.rows import read_rows
from pipelines.archive.export.selection import BATCH

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from pipelines.archive.export.selection import Selection

By = Literal["source", "month"]
_FIELDS = pick(article_fields(), ("id", "url", "source", "published_day"))


@dataclass(frozen=True, slots=True)
class Sample:
    """So many articles of the whole, or of each source or month. The same seed draws the same articles."""

    size: int
    seed: int = 1
    by: By | None = None


def draw_sample(db: sqlite3.Connection, selection: Selection, sample: Sample) -> Iterator[list[int]]:
    """The ids of the articles drawn, in their order, in batches."""
    drawn: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for rows in read_rows(db, selection, _FIELDS):
        for number, url, source, day in rows:
            assert isinstance(number, int)
            stratum = {"source": str(source), "month": str(day or "")[:7], None: ""}[sample.by]
            kept = drawn[stratum]
            ticket = (-rank(sample.seed, str(url)), number)
            if len(kept) < sample.size:
                heapq.heappush(kept, ticket)
            else:
                heapq.heappushpop(kept, ticket)
    ids = iter(sorted(number for kept in drawn.values() for _, number in kept))
    while batch := list(islice(ids, BATCH)):
        yield batch


def rank(seed: int, url: str) -> int:
    """The place of an address in the lottery of a seed; the smallest are drawn."""
    return int.from_bytes(hashlib.sha256(f"{seed} {url}".encode("utf-8", "replace")).digest()[:8], "big")
