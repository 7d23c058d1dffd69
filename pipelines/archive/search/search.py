"""Search the archive: one piece of code for the browser, the command and JSON. Opens the file read-only.

The language of queries is in `query.py`; how words of every script are found, in `matching.py`.
"""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipelines.archive.file_checks import check_pages_when_read
from pipelines.archive.search import facets, results
from pipelines.archive.search.match import Filters, Matches, match
from pipelines.archive.search.query import parse
from pipelines.archive.search.results import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.archive.search.facets import Counts, FacetGroups

__all__ = ["Hit", "Results", "Sort", "find", "reading", "search"]

Sort = Literal["relevance", "newest", "archived"]
"""Best first; by when they were published; by when they were archived."""


@dataclass(frozen=True, slots=True)
class Results:
    """`total` counts all that was found, or, if `capped`, what was found among the latest looked at.

    `problem` is a sentence for the reader when the query's syntax was off, else empty.
    """

    query: str
    total: int
    hits: tuple[Hit, ...]
    problem: str = ""
    capped: bool = False
    counts: Counts | None = None


def search(
    archive: str | Path | sqlite3.Connection,
    query: str,
    *,
    limit: int = 20,
    offset: int = 0,
    source: str | Sequence[str] | None = None,
    section: str | Sequence[str] | None = None,
    author: str | Sequence[str] | None = None,
    language: str | Sequence[str] | None = None,
    tag: str | Sequence[str] | None = None,
    since: str | None = None,
    until: str | None = None,
    changed: bool | None = None,
    gone: bool | None = None,
    paywalled: bool | None = None,
    sort: Sort = "relevance",
    count: bool = False,
    ceiling: int | None = None,
) -> Results:
    """Find articles. No query text can make it fail; an empty one finds everything, newest first.

    `since` and `until` are days (`YYYY-MM-DD`), both inclusive. `count` adds what the results can be
    narrowed by. `ceiling` bounds the work on words that nearly every article has: no more than so many
    matches are looked at, the latest archived first.
    """
    filters = Filters(
        _several(source),
        _several(section),
        _several(author),
        _several(language),
        _several(tag),
        since or "",
        until or "",
        changed,
        gone,
        paywalled,
    )
    with reading(archive) as db:
        return find(db, query, filters, limit=limit, offset=offset, sort=sort, count=count, ceiling=ceiling)


def find(
    db: sqlite3.Connection,
    query: str,
    filters: Filters,
    *,
    limit: int = 20,
    offset: int = 0,
    sort: Sort = "relevance",
    count: bool = False,
    ceiling: int | None = None,
) -> Results:
    """`search` on an open connection with the filters in one piece."""
    asked = parse(query)
    if asked.node is None and asked.problem:
        return Results(
            query,
            0,
            (),
            asked.problem,
            counts=facets.count(db, [], facets.FacetGroups({}, {})) if count else None,
        )
    shelves = facets.read_facet_groups(db, filters)
    if asked.node is None and not (filters.author or filters.tag or filters.since or filters.until):
        return _newest(db, query, shelves, limit=limit, offset=offset, count=count, sort=sort)
    ranked = sort == "relevance" and asked.node is not None
    found = match(db, asked.node, filters, ranked=ranked, ceiling=ceiling)
    rows = [row for row in found.rows if row[3] not in shelves.out] if shelves.out else found.rows
    by = (lambda row: -row[2]) if sort == "archived" else None
    best = heapq.nsmallest(offset + limit, rows, key=by)[offset:]
    return Results(
        query,
        len(rows),
        tuple(results.read(db, [row[2] for row in best], found, offset)),
        asked.problem,
        found.capped,
        facets.count(db, found.rows, shelves) if count else None,
    )


def _newest(
    db: sqlite3.Connection,
    query: str,
    shelves: FacetGroups,
    *,
    limit: int,
    offset: int,
    count: bool,
    sort: Sort,
) -> Results:
    """With nothing to look for: the shelves know how many there are, an index which are the newest."""
    on_shelf = Counter(dict(db.execute("SELECT id, articles FROM _facet_groups WHERE articles")))
    allowed = [shelf for shelf in on_shelf if shelf not in shelves.out]
    where = ""
    if len(allowed) < len(on_shelf):
        where = " WHERE group_id IN (SELECT value FROM json_each(:allowed))"
    order = "article_id DESC" if sort == "archived" else "at DESC, article_id DESC"
    sql = f"SELECT article_id FROM _article_facets{where} ORDER BY {order} LIMIT :limit OFFSET :offset"
    values = {"allowed": json.dumps(allowed), "limit": facets.FACETED if count else limit, "offset": offset}
    ids = [row[0] for row in db.execute(sql, values)]
    total = sum(on_shelf[shelf] for shelf in allowed)
    counts = None
    if count:
        sample = ids if not offset else [row[0] for row in db.execute(sql, {**values, "offset": 0})]
        counts = facets.counted(
            db, on_shelf, sample, shelves, sampled=facets.FACETED if total > facets.FACETED else 0
        )
    return Results(query, total, tuple(results.read(db, ids[:limit], Matches([]), offset)), counts=counts)


@contextmanager
def reading(archive: str | Path | sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A read-only connection to the archive, or the one given."""
    if isinstance(archive, sqlite3.Connection):
        yield archive
        return
    db = sqlite3.connect(f"{Path(archive).absolute().as_uri()}?mode=ro", uri=True)
    try:
        check_pages_when_read(db)
        yield db
    finally:
        db.close()


def _several(value: str | Sequence[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
