"""Folding: the articles found that carry the same text are one hit, and counted once.

A fold is a story or a single article; it is known by the story's id, or by the article's id below zero.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.archive.search.facets import (
    COUNTED,
    FacetCounts,
    count_terms,
    count_values,
    list_counted,
    make_facet_counts,
    take_sample,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping, Sequence

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
    """The best match of each fold, in no order. Pure."""
    singles: list[Match] = []
    of_story: defaultdict[int, list[Match]] = defaultdict(list)
    for row in rows:
        story = stories.get(row.article_id)
        (singles if story is None else of_story[story]).append(row)
    return singles + [min(found, key=key) for found in of_story.values()]


def first_of_stories(ranked: Iterable[int], stories: Mapping[int, int], most: int) -> list[int]:
    """The first article of each fold, of the first `most` folds. Pure."""
    first: dict[int, int] = {}
    for article in ranked:
        if len(first) == most:
            break
        first.setdefault(stories.get(article, -article), article)
    return list(first.values())


def count_folds(articles: Sequence[int], stories: Mapping[int, int]) -> int:
    """How many stories and single articles these articles are. Pure."""
    of_stories = list(filter(None, map(stories.get, articles)))
    return len(articles) - len(of_stories) + len(set(of_stories))


def count_stories(
    db: sqlite3.Connection, found: Iterable[int], stories: Mapping[int, int], hits: Iterable[int]
) -> dict[int, StoryCount]:
    """The story of each of these hits, with how many of its articles are among those found."""
    numbers = Counter(stories[article] for article in found if article in stories)
    counts = {}
    for article in hits:
        if article in stories:
            sql = "SELECT articles, sources FROM _stories WHERE story_id = ?"
            articles, sources = db.execute(sql, [stories[article]]).fetchone() or (1, 1)
            counts[article] = StoryCount(articles, sources, numbers[stories[article]])
    return counts


def count_folded_facets(
    db: sqlite3.Connection,
    articles: list[int],
    group_ids: list[int],
    groups: FacetGroups,
    stories: Mapping[int, int],
    aliases: Aliases,
) -> FacetCounts:
    """Count as `count_facets` does, each fold once for each value that any of its articles has."""
    of_stories = list(map(stories.get, articles))
    pairs = list(zip(group_ids, of_stories, strict=True))
    by_group = Counter([group for group, story in pairs if story is None])
    found = {(group, story) for group, story in pairs if story is not None}
    folds: dict[str, defaultdict[Any, set[int]]] = {facet: defaultdict(set) for facet in COUNTED}
    of_group: defaultdict[int, set[int]] = defaultdict(set)
    for group_id, story in found:
        of_group[group_id].add(story)
    for group_id, of_this in of_group.items():
        for facet, value in list_counted(groups, group_id):
            folds[facet][value] |= of_this
    counts = {
        facet: singles + Counter({value: len(of_value) for value, of_value in folds[facet].items()})
        for facet, singles in count_values(groups, by_group).items()
    }
    sample, sampled = take_sample(articles, group_ids, groups)
    return make_facet_counts(counts, count_terms(db, sample, aliases, stories), sampled)
