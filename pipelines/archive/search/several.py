"""One search over several archives, such as the parts of one that was divided by year."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from pipelines.timestamps import parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipelines.archive.search.results import Hit
    from pipelines.archive.search.search import Results, Sort


@dataclass(frozen=True, slots=True)
class FoundIn:
    """A hit, and the archive that has the article."""

    archive: Path
    hit: Hit


def merge_hits(found: Sequence[tuple[Path, Results]], limit: int, sort: Sort) -> list[FoundIn]:
    """The best hits of all archives. Pure.

    The newest first; else the best of each archive in turn, the archive with most hits first: how rare a word is, and so
    how much it counts, differs from one archive to the next.
    """
    by_archive = [
        [FoundIn(archive, hit) for hit in results.hits]
        for archive, results in sorted(found, key=lambda one: -one[1].total)
    ]
    if sort != "relevance":
        hits = list(chain.from_iterable(by_archive))
        return sorted(hits, key=lambda one: _time_of(one.hit), reverse=True)[:limit]
    in_turn = chain.from_iterable(zip_longest(*by_archive))
    return [one for one in in_turn if one is not None][:limit]


def _time_of(hit: Hit) -> tuple[float, str]:
    moment = parse(hit.published_at) or parse(hit.first_seen_at)
    return (moment.timestamp() if moment is not None else 0.0, hit.url)
