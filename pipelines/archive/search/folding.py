"""Folding: the articles found that carry the same text are one hit, and counted once.

A fold is a story or a single article; it is known by the story's id, or by the article's id below zero.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from pipelines.archive.search.facets import (
    COUNTED,
    LIST_FACETS,
    SAMPLE,
    FacetCounts,
    count_terms,
    join_authors,
    spell_tags,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping

    from pipelines.archive.search.authors import Aliases
    from pipelines.archive.search.facets import FacetGroups
    from pipelines.archive.search.match import Match


@dataclass(frozen=True, slots=True)
class StoryCount:
    """The story of a hit: how many articles carry it, in how many papers, and how many of them were found."""

    articles: int
    sources: int
    found: int


def read_story_ids(db: sqlite3.Connection, articles: Iterable[int]) -> dict[int, int]:
    """The story of each of these articles that belongs to one."""
    # By its own index: the column stands behind the text in the table, and the planner prefers the table.
    sql = (
        "SELECT a.id, a.story_id FROM json_each(?) AS wanted CROSS JOIN articles AS a INDEXED BY articles_in_stories"
        " ON a.id = wanted.value WHERE a.story_id IS NOT NULL"
    )
    return dict(db.execute(sql, [json.dumps(list(articles))]))


def fold(
    rows: Iterable[Match], stories: Mapping[int, int], key: Callable[[Match], Any] | None
) -> list[Match]:
    """The best match of each fold, best first. Pure."""
    best: dict[int, Match] = {}
    for row in sorted(rows, key=key):
        best.setdefault(stories.get(row.article_id, -row.article_id), row)
    return list(best.values())


def count_stories(
    db: sqlite3.Connection, rows: Iterable[Match], stories: Mapping[int, int], hits: Iterable[int]
) -> dict[int, StoryCount]:
    """The story of each of these articles, with how many of its articles are among the rows."""
    found = Counter(stories[row.article_id] for row in rows if row.article_id in stories)
    counts = {}
    for article in hits:
        if article in stories:
            sql = "SELECT articles, sources FROM _stories WHERE story_id = ?"
            articles, sources = db.execute(sql, [stories[article]]).fetchone() or (1, 1)
            counts[article] = StoryCount(articles, sources, found[stories[article]])
    return counts


def count_folded_facets(
    db: sqlite3.Connection,
    matches: list[Match],
    groups: FacetGroups,
    stories: Mapping[int, int],
    aliases: Aliases,
) -> FacetCounts:
    """Count as `count_facets` does, each fold once for each value that any of its articles has."""
    folds: dict[str, defaultdict[Any, set[int]]] = {facet: defaultdict(set) for facet in COUNTED}
    for group_id, one in {(row.group_id, stories.get(row.article_id, -row.article_id)) for row in matches}:
        group, failed = groups.groups[group_id], groups.excluded.get(group_id, ())
        if len(failed) < 2 and "access" not in failed:
            for facet in failed or COUNTED:
                folds[facet][getattr(group, facet)].add(one)
    allowed = (row.article_id for row in matches if row.group_id not in groups.excluded)
    sample = list(islice(allowed, SAMPLE + 1))
    by_article = {article: stories.get(article, -article) for article in sample[:SAMPLE]}
    lists = {
        facet: tuple(Counter({value: len(found) for value, found in folds[facet].items()}).most_common())
        for facet in LIST_FACETS
    }
    return FacetCounts(
        source=lists["source"],
        section=lists["section"],
        language=lists["language"],
        changed=len(folds["changed"][1]),
        gone=len(folds["gone"][1]),
        paywalled=len(folds["paywalled"][1]),
        author=count_terms(db, by_article, "author", partial(join_authors, aliases)),
        tag=count_terms(db, by_article, "tag", spell_tags),
        sampled=SAMPLE if len(sample) > SAMPLE else 0,
    )
