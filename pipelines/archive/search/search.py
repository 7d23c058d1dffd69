"""Search the archive: one function for the browser, the command and JSON. It opens the file read-only.

`query.py` has the language of queries; `match.py` finds words of every script.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from pipelines.archive.file_checks import check_pages_when_read, reading_uri
from pipelines.archive.search.authors import join_names
from pipelines.archive.search.facets import (
    NO_ALIASES,
    SAMPLE,
    FacetCounts,
    FacetGroups,
    count_facets,
    count_facets_by_group,
    read_facet_groups,
)
from pipelines.archive.search.folding import count_folded_facets, count_folds, count_stories
from pipelines.archive.search.found import Page, find_articles, keep_best
from pipelines.archive.search.match import Filters, Matches, describe_bound, match
from pipelines.archive.search.results import Hit, read_hits
from pipelines.archive.search.stories import OLDER, knows_stories
from pipelines.archive.search.unknown_values import describe_unknown_values
from pipelines.archive.search.wide_prefixes import RANKED_PAGES, describe_unranked, find_wide, parse_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.archive.search.authors import Aliases
    from pipelines.archive.search.found import Found
    from pipelines.archive.search.query import AddedForms, Node, Query

__all__ = ["NO_FILTERS", "Filters", "Hit", "Results", "Sort", "search"]

Sort = Literal["relevance", "newest", "archived"]
"""Best first; last published first; last archived first."""

NO_FILTERS = Filters()

FEW = 0.1
"""What a row of a walk in order costs, beside a row that is looked up and sorted."""


@dataclass(frozen=True, slots=True)
class Results:
    """`total` counts all articles found, or, if `capped`, those found among the latest that were examined.

    Where hits are folded, `total` counts stories and single articles, and `articles` what they have together; else both are
    the same. `problem` is in sentences for the reader: the query's syntax is wrong, or the archive knows no such source or value.
    """

    query: str
    total: int
    hits: tuple[Hit, ...]
    problem: str = ""
    capped: bool = False
    counts: FacetCounts | None = None
    articles: int = 0
    added: tuple[AddedForms, ...] = ()
    """The forms of words that `in:forms` added."""
    node: Node | None = None
    """What was searched for."""


def search(
    archive: str | Path | sqlite3.Connection,
    query: str,
    filters: Filters = NO_FILTERS,
    *,
    limit: int = 20,
    offset: int = 0,
    sort: Sort = "relevance",
    count: bool = False,
    ceiling: int | None = None,
    widest: int | None = None,
    latest: int | None = None,
    folded: bool = False,
    aliases: Aliases = NO_ALIASES,
) -> Results:
    """Find articles, in a file or on an open connection.

    No query text raises an error; an empty one finds everything, newest first. `count` adds the counts of
    facets. `ceiling` bounds the work on words that nearly every article has: so many matches are examined, the
    latest archived first. `widest` bounds the work on `begin*`: one that needs more pages of the index is left out, and
    `problem` says so. `latest` bounds all work: so many articles are examined, the latest archived. `aliases` are names of
    authors that stand for another: the filter finds both, the facet counts them as one. `folded` makes articles of one story one hit, the best of them,
    and counts each story once. Raises `sqlite3.Error` for a file that cannot be read.
    """
    with _connect(archive) as db:
        return _search(
            db,
            query,
            filters,
            limit=limit,
            offset=offset,
            sort=sort,
            count=count,
            ceiling=ceiling,
            widest=widest,
            latest=latest,
            folded=folded,
            aliases=aliases,
        )


def _search(
    db: sqlite3.Connection,
    text: str,
    filters: Filters,
    *,
    limit: int,
    offset: int,
    sort: Sort,
    count: bool,
    ceiling: int | None,
    widest: int | None,
    latest: int | None,
    folded: bool,
    aliases: Aliases,
) -> Results:
    filters = join_names(db, filters, aliases)
    query = parse_for(db, text, widest, filters)
    if query.node is None and query.problem:
        counts = count_facets(db, [], [], FacetGroups({}, {})) if count else None
        return Results(text, 0, (), query.problem, counts=counts)
    groups = read_facet_groups(db, filters)
    unknown = describe_unknown_values(db, filters, query.node)
    if folded and not knows_stories(db):
        folded, unknown = False, [*unknown, OLDER]
    problem = " ".join([*filter(None, [query.problem]), *unknown, *describe_bound(latest)])
    narrowed = filters.author or filters.tag or filters.since or filters.until or filters.archived_since
    if query.node is None and not folded and not narrowed:
        newest = _list_newest(
            db, text, groups, limit=limit, offset=offset, count=count, sort=sort, aliases=aliases
        )
        return replace(newest, problem=problem)
    ranked = sort == "relevance" and query.node is not None
    page = Page(limit, offset, groups.excluded, archived=sort == "archived", folded=folded)
    found, marks, unranked = _find(db, query, filters, page, ranked=ranked, ceiling=ceiling, latest=latest)
    problem = f"{problem} {unranked}".strip()
    hits = tuple(read_hits(db, found.best, marks, offset))
    allowed = found.allowed(groups.excluded)
    total, counts = len(allowed), None
    if folded:
        stories = count_stories(db, allowed, found.stories, found.best)
        hits = tuple(replace(hit, story=stories.get(hit.id)) for hit in hits)
        total = count_folds(allowed, found.stories)
    if count and folded:
        counts = count_folded_facets(db, found.ids, found.groups, groups, found.stories, aliases)
    elif count:
        counts = count_facets(db, found.ids, found.groups, groups, aliases)
    return Results(
        text,
        total,
        hits,
        problem,
        found.capped,
        counts,
        articles=len(allowed),
        added=query.added,
        node=query.node,
    )


class _Finding(NamedTuple):
    """What was found, what marks its words, and a sentence that says why it is not ranked, or ""."""

    found: Found
    marks: Matches
    unranked: str


def _find(
    db: sqlite3.Connection,
    query: Query,
    filters: Filters,
    page: Page,
    *,
    ranked: bool,
    ceiling: int | None,
    latest: int | None,
) -> _Finding:
    wide = find_wide(db, query.node, RANKED_PAGES) if ranked and ceiling is not None else []
    if not wide:
        found, marks = find_articles(
            db,
            query.node,
            filters,
            page,
            ranked=ranked,
            ceiling=ceiling,
            versions=query.versions,
            latest=latest,
        )
        return _Finding(found, marks, "")
    find = partial(match, db, query.node, filters, ceiling=ceiling, versions=query.versions, latest=latest)
    matches = find(ranked=False)
    if not matches.capped:  # hits that can all be examined are ranked, whatever it takes
        matches = find(ranked=True)
    unranked = describe_unranked(wide) if matches.capped else ""
    return _Finding(keep_best(db, matches, page), matches, unranked)


def _list_newest(
    db: sqlite3.Connection,
    text: str,
    groups: FacetGroups,
    *,
    limit: int,
    offset: int,
    count: bool,
    sort: Sort,
    aliases: Aliases,
) -> Results:
    """A search without words: the facet groups have the total, an index has the newest."""
    by_group = Counter(dict(db.execute("SELECT id, articles FROM _facet_groups WHERE articles")))
    allowed = [group for group in by_group if group not in groups.excluded]
    total = sum(by_group[group] for group in allowed)
    needed = max(SAMPLE, offset + limit) if count else offset + limit
    newest = _newest_ids(db, allowed, sort, needed, articles=total, whole=by_group.total())
    ids = newest[offset : offset + limit]
    counts = None
    if count:
        sampled = SAMPLE if total > SAMPLE else 0
        counts = count_facets_by_group(
            db, by_group, newest[:SAMPLE], groups, sampled=sampled, aliases=aliases
        )
    hits = tuple(read_hits(db, ids, Matches([]), offset))
    return Results(text, total, hits, counts=counts, articles=total)


def _newest_ids(
    db: sqlite3.Connection, groups: list[int], sort: Sort, needed: int, *, articles: int, whole: int
) -> list[int]:
    """The newest of the `articles` in these groups, of `whole` in all."""
    order = "article_id DESC" if sort == "archived" else "at DESC, article_id DESC"
    values = {"groups": json.dumps(groups), "needed": needed}
    if articles == whole:
        rows = "_article_facets"
    elif articles * articles < FEW * needed * whole:
        # All rows of small groups, sorted, are fewer than those that are walked through in order until enough are found.
        rows = "json_each(:groups) CROSS JOIN _article_facets ON group_id = value"
    else:
        rows = "_article_facets WHERE +group_id IN (SELECT value FROM json_each(:groups))"
    sql = f"SELECT article_id FROM {rows} ORDER BY {order} LIMIT :needed"
    return [article for (article,) in db.execute(sql, values)]


@contextmanager
def _connect(archive: str | Path | sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A read-only connection to the file, closed afterwards; or the connection that was given."""
    if isinstance(archive, sqlite3.Connection):
        yield archive
        return
    db = sqlite3.connect(reading_uri(Path(archive)), uri=True)
    try:
        check_pages_when_read(db)
        yield db
    finally:
        db.close()
