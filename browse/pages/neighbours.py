"""Where an article stands in the search that led to it: the hits before and after it, and the way back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from browse.context import TooSlowError
from browse.pages.search import hit_params, run_search
from browse.params import PER_PAGE, SEARCH_NAMES, parse_hit, parse_search_params
from browse.shown_desk import read_shown
from pipelines.archive.read_together import limit_reading
from pipelines.archive.search.authors import show_names

if TYPE_CHECKING:
    import sqlite3

    from browse.context import ArchiveContext
    from browse.params import Pairs, SearchParams
    from pipelines.archive.search.results import Hit
    from pipelines.archive.search.search import Results

LONGEST_MS = 1000
"""Milliseconds that finding the neighbours may take: an article is read without them too."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The search, the place of the article among its `total` hits (0 when it is not known), and the hits beside it."""

    search: SearchParams
    back: Pairs
    place: int = 0
    total: int = 0
    capped: bool = False
    before: Hit | None = None
    after: Hit | None = None

    def params(self, hit: Hit) -> Pairs:
        """The parameters with which the page of a neighbour knows its own neighbours."""
        return hit_params(self.search, hit)


async def find_neighbours(archive: ArchiveContext, article: int) -> Neighbours | None:
    """The neighbours of an article in the search that its address names; None when it names none."""
    args = archive.request.args
    if not any(name in args for name in (*SEARCH_NAMES, "hit")):
        return None
    aliases = (await read_shown(archive, ())).values.aliases
    search = parse_search_params(archive.request)
    search = replace(search, filters=show_names(search.filters, aliases))
    place = parse_hit(args.get("hit"))
    back = replace(search, page=(place - 1) // PER_PAGE + 1 if place else 1).params
    if not place:
        return Neighbours(search, back)

    def read(db: sqlite3.Connection) -> Results:
        with limit_reading(db, LONGEST_MS / 1000):
            return run_search(db, search, aliases, limit=3, offset=max(place - 2, 0))

    try:
        found = await archive.read(read)
    except TooSlowError:
        return Neighbours(search, back)
    at = next((n for n, hit in enumerate(found.hits) if hit.id == article), None)
    if at is None:  # the archive has grown since
        return Neighbours(search, back)
    before = found.hits[at - 1] if at else None
    after = found.hits[at + 1] if at + 1 < len(found.hits) else None
    return Neighbours(search, back, found.hits[at].rank, found.total, found.capped, before, after)
