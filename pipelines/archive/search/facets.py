"""Facets: the values that a search can be narrowed by, and how many of the articles found have each."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from pipelines.archive.search.authors import Aliases
    from pipelines.archive.search.match import Filters, Match

    ValueCounts = tuple[tuple[str, int], ...]

NO_ALIASES: Aliases = {}
SAMPLE = 2000
"""Authors and tags are counted in so many of the articles found; the other facets in all of them."""

LIST_FACETS = ("source", "section", "language")
COUNTED = ("source", "section", "language", "paywalled", "changed", "gone")
STATE_FACETS = ("paywalled", "changed", "gone")


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """How many of the articles found have each value, most first; each facet ignores its own filter.

    `sampled` is `SAMPLE` when authors and tags were counted in a sample, else 0.
    """

    source: ValueCounts
    section: ValueCounts
    language: ValueCounts
    author: ValueCounts
    tag: ValueCounts
    changed: int
    gone: int
    paywalled: int
    sampled: int = 0


class FacetGroup(NamedTuple):
    """The articles that have all these values in common; the states are 0 or 1."""

    source: str
    section: str
    language: str
    paywalled: int
    changed: int
    gone: int
    access: str


@dataclass(frozen=True, slots=True)
class FacetGroups:
    """All groups by id; `excluded` maps the id of each group that filters exclude to the facets that exclude it."""

    groups: dict[int, FacetGroup]
    excluded: dict[int, tuple[str, ...]]


def read_facet_groups(db: sqlite3.Connection, filters: Filters) -> FacetGroups:
    """Read every group and apply the filters to it."""
    sql = "SELECT source_id, section, language, access = 'paywalled', changed, gone, access, id FROM _facet_groups"
    groups = {key: FacetGroup(*values) for *values, key in db.execute(sql)}
    wanted: dict[str, set[Any]] = {}
    for facet in FacetGroup._fields:
        value = getattr(filters, facet)
        if facet in (*LIST_FACETS, "access") and value:
            wanted[facet] = set(value)
        elif facet in STATE_FACETS and value is not None:
            wanted[facet] = {int(value)}
    excluded = {}
    for key, group in groups.items() if wanted else ():
        if failed := tuple(facet for facet, values in wanted.items() if getattr(group, facet) not in values):
            excluded[key] = failed
    return FacetGroups(groups, excluded)


def count_facets(
    db: sqlite3.Connection, matches: list[Match], groups: FacetGroups, aliases: Aliases = NO_ALIASES
) -> FacetCounts:
    """Count the facets of all matches, those in excluded groups among them; all names of an author as one."""
    by_group = Counter(map(attrgetter("group_id"), matches))
    allowed = (match.article_id for match in matches if match.group_id not in groups.excluded)
    sample = list(islice(allowed, SAMPLE + 1))
    sampled = SAMPLE if len(sample) > SAMPLE else 0
    return count_facets_by_group(db, by_group, sample[:SAMPLE], groups, sampled=sampled, aliases=aliases)


def count_facets_by_group(
    db: sqlite3.Connection,
    by_group: Counter[int],
    sample: list[int],
    groups: FacetGroups,
    *,
    sampled: int,
    aliases: Aliases = NO_ALIASES,
) -> FacetCounts:
    """Count facets from the number of articles in each group, and authors and tags in a `sample` of article ids."""
    by_value: dict[str, Counter[str]] = {facet: Counter() for facet in LIST_FACETS}
    by_state = Counter[str]()
    for key, articles in by_group.items():
        group, failed = groups.groups[key], groups.excluded.get(key, ())
        if len(failed) > 1:
            continue
        for facet in failed or COUNTED:
            value = getattr(group, facet)
            if facet == "access":
                continue
            if facet in LIST_FACETS:
                by_value[facet][value] += articles
            elif value:
                by_state[facet] += articles
    return FacetCounts(
        source=tuple(by_value["source"].most_common()),
        section=tuple(by_value["section"].most_common()),
        language=tuple(by_value["language"].most_common()),
        author=count_authors(db, {article: article for article in sample}, aliases)
        if aliases
        else _count_terms(db, sample, "author"),
        tag=_count_terms(db, sample, "tag"),
        changed=by_state["changed"],
        gone=by_state["gone"],
        paywalled=by_state["paywalled"],
        sampled=sampled,
    )


_TERMS = """
    SELECT name, articles FROM (
        SELECT name, articles FROM (
            SELECT term_id, count({counted}) AS articles
            FROM json_each(?) AS wanted CROSS JOIN _article_terms ON article_id = {article} GROUP BY term_id
        ) JOIN _terms ON id = term_id WHERE kind = ? ORDER BY articles DESC, term_id LIMIT 20
    ) ORDER BY articles DESC, name
"""


def _count_terms(db: sqlite3.Connection, ids: list[int], kind: str) -> ValueCounts:
    """The 20 terms of a kind (`author`, `tag`) that most of these articles have."""
    sql = _TERMS.format(counted="*", article="wanted.value")
    return tuple(db.execute(sql, [json.dumps(ids), kind]))


def count_terms_by_fold(db: sqlite3.Connection, folds: Mapping[int, int], kind: str) -> ValueCounts:
    """The same, counted by the folds that these articles belong to (`folding.py`)."""
    sql = _TERMS.format(counted="DISTINCT wanted.value", article="CAST(wanted.key AS INTEGER)")
    return tuple(db.execute(sql, [json.dumps(folds), kind]))


def count_authors(db: sqlite3.Connection, folds: Mapping[int, int], aliases: Aliases) -> ValueCounts:
    """As `count_terms_by_fold`, with a fold that has two names of one author counted once."""
    sql = """
        SELECT article_id, name FROM json_each(?) CROSS JOIN _article_terms ON article_id = value
        JOIN _terms t ON t.id = term_id WHERE kind = 'author'
    """
    written = {
        (folds[article], aliases.get(name, name))
        for article, name in db.execute(sql, [json.dumps(list(folds))])
    }
    counted = Counter(name for _, name in written)
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:20])
