"""Facets: the values that a search can be narrowed by, and how many of the articles found have each."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from pipelines.archive.search.spellings import choose_spellings, fold_spelling

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping

    from pipelines.archive.search.authors import Aliases
    from pipelines.archive.search.match import Filters, Match

    ValueCounts = tuple[tuple[str, int], ...]

NO_ALIASES: Aliases = {}
SAMPLE = 2000
"""Authors and tags are counted in so many of the articles found; the other facets in all of them."""

SHOWN_TERMS = 20
"""Authors and tags that are counted, those of most articles."""

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
    """Read every group and apply the filters to it. All spellings of a section are the commonest one of them."""
    sql = (
        "SELECT source_id, section, language, access = 'paywalled', changed, gone, access, id, articles"
        " FROM _facet_groups"
    )
    groups, counts = {}, []
    for *values, key, articles in db.execute(sql):
        groups[key] = FacetGroup(*values)
        counts.append((groups[key].section, articles))
    sections = choose_spellings(counts)
    for key, group in groups.items():
        if (section := sections[fold_spelling(group.section)]) != group.section:
            groups[key] = group._replace(section=section)
    wanted: dict[str, set[Any]] = {}
    for facet in FacetGroup._fields:
        value = getattr(filters, facet)
        if facet in (*LIST_FACETS, "access") and value:
            wanted[facet] = set(value)
            if facet == "section":
                wanted[facet] = {sections.get(fold_spelling(name), name) for name in value}
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
    itself = {article: article for article in sample}
    return FacetCounts(
        source=tuple(by_value["source"].most_common()),
        section=tuple(by_value["section"].most_common()),
        language=tuple(by_value["language"].most_common()),
        author=count_terms(db, itself, "author", partial(join_authors, aliases)),
        tag=count_terms(db, itself, "tag", spell_tags),
        changed=by_state["changed"],
        gone=by_state["gone"],
        paywalled=by_state["paywalled"],
        sampled=sampled,
    )


def count_terms(
    db: sqlite3.Connection,
    folds: Mapping[int, int],
    kind: str,
    choose_names: Callable[[Iterable[tuple[str, int]]], Mapping[str, str]],
) -> ValueCounts:
    """The `SHOWN_TERMS` terms of a kind (`author`, `tag`) that most of these articles have.

    `folds` maps each article to what is counted once: itself, or its story. `choose_names` maps terms, given with how many
    articles have each, to the name that several of them share; such a name counts once a fold too.
    """
    wanted = json.dumps(folds)
    terms = db.execute(_TERMS, [wanted, kind]).fetchall()
    chosen = choose_names((name, articles) for name, articles, _ in terms)
    names = {term: chosen[name] for name, _, term in terms}
    shared = {name for name, written in Counter(names.values()).items() if written > 1}
    several = {term: name for term, name in names.items() if name in shared}
    pairs = db.execute(_FOLDS_OF_TERMS, [wanted, json.dumps(list(several))]) if several else ()
    folds_of = {(one, several[term]) for one, term in pairs}
    counts = {names[term]: articles for _, articles, term in terms if term not in several}
    counts |= Counter(name for _, name in folds_of)
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:SHOWN_TERMS])


_TERMS = """
    SELECT name, articles, term_id FROM (
        SELECT term_id, count(DISTINCT wanted.value) AS articles FROM json_each(?) AS wanted
        CROSS JOIN _article_terms ON article_id = CAST(wanted.key AS INTEGER) GROUP BY term_id
    ) JOIN _terms ON id = term_id WHERE kind = ?
"""
_FOLDS_OF_TERMS = """
    SELECT wanted.value, term_id FROM json_each(?) AS wanted
    CROSS JOIN _article_terms ON article_id = CAST(wanted.key AS INTEGER)
    WHERE term_id IN (SELECT value FROM json_each(?))
"""


def spell_tags(counted: Iterable[tuple[str, int]]) -> dict[str, str]:
    """Tags by the commonest of their spellings. Pure."""
    tags = list(counted)
    spelled = choose_spellings(tags)
    return {name: spelled[fold_spelling(name)] for name, _ in tags}


def join_authors(aliases: Aliases, counted: Iterable[tuple[str, int]]) -> dict[str, str]:
    """Authors by the name that their aliases stand for. Pure."""
    return {name: aliases.get(name, name) for name, _ in counted}
