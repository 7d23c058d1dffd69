"""Facets: the values that a search can be narrowed by, and how many of the articles found have each."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from pipelines.archive.connection_memory import remember
from pipelines.archive.search.spellings import choose_spellings, fold_spelling

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Mapping

    from pipelines.archive.search.authors import Aliases
    from pipelines.archive.search.match import Filters

    ValueCounts = tuple[tuple[str, int], ...]

NO_ALIASES: Aliases = {}
SAMPLE = 2000
"""Authors and tags are counted in so many of the articles found; the other facets in all of them."""

SHOWN_TERMS = 20
"""Authors and tags that are counted, those of most articles."""

LIST_FACETS = ("source", "section", "language")
COUNTED = ("source", "section", "language", "paywalled", "changed", "gone")
"""In the order in which `FacetGroup` has them."""
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


as_group = partial(tuple.__new__, FacetGroup)


@dataclass(frozen=True, slots=True)
class FacetGroups:
    """All groups by id; `excluded` maps the id of each group that filters exclude to the facets that exclude it."""

    groups: dict[int, FacetGroup]
    excluded: dict[int, tuple[str, ...]]


class _SpelledGroups(NamedTuple):
    """All groups by id, each with the commonest spelling of its section; `sections` has these spellings."""

    groups: dict[int, FacetGroup]
    sections: dict[str, str]


def _read_spelled_groups(db: sqlite3.Connection) -> _SpelledGroups:
    sql = (
        "SELECT source_id, section, language, access = 'paywalled', changed, gone, access, id, articles"
        " FROM _facet_groups"
    )
    rows = db.execute(sql).fetchall()
    sections = choose_spellings((row[1], row[-1]) for row in rows)
    spelled = {section: sections[fold_spelling(section)] for section in {row[1] for row in rows}}
    groups: dict[int, FacetGroup] = {
        key: as_group((source, spelled[section], language, paywalled, changed, gone, access))
        for source, section, language, paywalled, changed, gone, access, key, _ in rows
    }
    return _SpelledGroups(groups, sections)


def read_facet_groups(db: sqlite3.Connection, filters: Filters) -> FacetGroups:
    """Read every group and apply the filters to it. All spellings of a section are the commonest one of them."""
    groups, sections = remember(db, "facet groups", _read_spelled_groups)
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
    db: sqlite3.Connection,
    articles: list[int],
    group_ids: list[int],
    groups: FacetGroups,
    aliases: Aliases = NO_ALIASES,
) -> FacetCounts:
    """Count the facets of these articles, each with its group, those in excluded groups among them; all names of an author as one."""
    sample, sampled = take_sample(articles, group_ids, groups)
    return count_facets_by_group(db, Counter(group_ids), sample, groups, sampled=sampled, aliases=aliases)


class Sample(NamedTuple):
    """Articles in which authors and tags are counted; `sampled` is their number when there are more, else 0."""

    articles: list[int]
    sampled: int


def take_sample(articles: list[int], group_ids: list[int], groups: FacetGroups) -> Sample:
    """The first `SAMPLE` articles that are in no excluded group. Pure."""
    first = articles[: SAMPLE + 1]
    if groups.excluded:
        pairs = zip(articles, group_ids, strict=True)
        allowed = (article for article, group in pairs if group not in groups.excluded)
        first = list(islice(allowed, SAMPLE + 1))
    return Sample(first[:SAMPLE], SAMPLE if len(first) > SAMPLE else 0)


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
    return make_facet_counts(count_values(groups, by_group), count_terms(db, sample, aliases), sampled)


def count_values(groups: FacetGroups, by_group: Mapping[int, int]) -> dict[str, Counter[Any]]:
    """For each facet the articles with each value, from the number of articles in each group. Pure."""
    rows = [
        (groups.groups[key], groups.excluded.get(key, ()), articles) for key, articles in by_group.items()
    ]
    counts: dict[str, Counter[Any]] = {}
    for place, facet in enumerate(COUNTED):
        counted = dict[Any, int]()  # a Counter takes twice as long for each group
        for group, failed, articles in rows:
            if not failed or failed == (facet,):  # each facet ignores its own filter
                value = group[place]
                counted[value] = counted.get(value, 0) + articles
        counts[facet] = Counter(counted)
    return counts


def make_facet_counts(counts: Mapping[str, Counter[Any]], terms: TermCounts, sampled: int) -> FacetCounts:
    """The counts as they are shown. Pure."""
    return FacetCounts(
        source=tuple(counts["source"].most_common()),
        section=tuple(counts["section"].most_common()),
        language=tuple(counts["language"].most_common()),
        author=terms.author,
        tag=terms.tag,
        changed=counts["changed"][1],
        gone=counts["gone"][1],
        paywalled=counts["paywalled"][1],
        sampled=sampled,
    )


def list_counted(groups: FacetGroups, group_id: int) -> list[tuple[str, Any]]:
    """The facets, with their values, by which articles of a group count: each facet ignores its own filter. Pure."""
    group, failed = groups.groups[group_id], groups.excluded.get(group_id, ())
    if not failed:
        return list(zip(COUNTED, group, strict=False))  # the fields of a group, but for `access`
    return [(facet, getattr(group, facet)) for facet in failed if len(failed) == 1 and facet != "access"]


class TermCounts(NamedTuple):
    """The `SHOWN_TERMS` authors and tags that most articles have."""

    author: ValueCounts
    tag: ValueCounts


def count_terms(
    db: sqlite3.Connection, articles: list[int], aliases: Aliases, stories: Mapping[int, int] | None = None
) -> TermCounts:
    """Count authors, all names of one as one, and tags, all spellings of one as one.

    With `stories` articles of one story count once.
    """
    if stories is None:
        counts = Counter(json.loads(db.execute(_TERMS_OF, [json.dumps(articles)]).fetchone()[0]))
    else:
        counts = Counter(map(itemgetter(1), _read_pairs(db, articles, stories)))
    terms = _read_terms(db, counts)
    found = []
    for kind, choose in (("author", partial(_join_authors, aliases)), ("tag", _spell_tags)):
        of_kind = {term: terms[term] for term in counts if term in terms and terms[term].kind == kind}
        names = choose(of_kind, counts)
        written = Counter(names.values())
        several = {term: name for term, name in names.items() if written[name] > 1}
        pairs = _read_pairs(db, articles, stories or {}, several) if several else set()
        found.append(_count_names(names, counts, pairs))
    return TermCounts(*found)


def _read_pairs(
    db: sqlite3.Connection, articles: list[int], stories: Mapping[int, int], terms: Collection[int] = ()
) -> set[tuple[int, int]]:
    """Each story or single article (its id below zero) with each of its terms, or with those of these terms."""
    wanted, values = _PAIRS, [json.dumps(articles)]
    if terms:
        wanted, values = (
            f"{wanted} AND term_id IN (SELECT value FROM json_each(?))",
            [*values, json.dumps(list(terms))],
        )
    cells = db.execute(wanted, values).fetchone()
    of_articles, found = map(json.loads, cells)  # a third of the time that rows take
    folds = [stories.get(one, -one) for one in of_articles]
    return set(zip(folds, found, strict=True))


def _count_names(names: dict[int, str], counts: Counter[int], pairs: set[tuple[int, int]]) -> ValueCounts:
    """The names of most articles. `pairs` has the terms that share a name: what has several of them counts once. Pure."""
    several = {term for _, term in pairs}
    by_name = {name: counts[term] for term, name in names.items() if term not in several}
    by_name |= Counter(name for _, name in {(one, names[term]) for one, term in pairs})
    # Of a thousand names those with too few articles need no place in the order.
    least = min(sorted(by_name.values(), reverse=True)[:SHOWN_TERMS], default=0)
    most = [one for one in by_name.items() if one[1] >= least]
    return tuple(sorted(most, key=lambda one: (-one[1], one[0]))[:SHOWN_TERMS])


class _Term(NamedTuple):
    """An author or a tag; `folded` is what all spellings of a tag have in common."""

    kind: str
    name: str
    folded: str


def _read_terms(db: sqlite3.Connection, wanted: Iterable[int]) -> dict[int, _Term]:
    """These terms by id, and others that were asked for before."""
    terms: dict[int, _Term] = remember(db, "terms", lambda _: {})
    if missing := [term for term in wanted if term not in terms]:
        rows = db.execute(_TERMS, [json.dumps(missing)])
        terms |= {term: _Term(kind, name, fold_spelling(name)) for term, kind, name in rows}
    return terms


_TERMS_OF = """
    SELECT json_group_array(term_id) FROM json_each(?) AS wanted CROSS JOIN _article_terms ON article_id = wanted.value
"""
_PAIRS = """
    SELECT json_group_array(article_id), json_group_array(term_id)
    FROM json_each(?) AS wanted CROSS JOIN _article_terms ON article_id = wanted.value
"""
_TERMS = "SELECT t.id, t.kind, t.name FROM json_each(?) AS wanted CROSS JOIN _terms t ON t.id = wanted.value"


def _spell_tags(tags: Mapping[int, _Term], counts: Counter[int]) -> dict[int, str]:
    """Each tag by the commonest of its spellings. Pure."""
    written = Counter(tag.folded for tag in tags.values())
    several = [(tag.name, counts[term]) for term, tag in tags.items() if written[tag.folded] > 1]
    chosen = choose_spellings(several)
    return {term: chosen.get(tag.folded, tag.name) for term, tag in tags.items()}


def _join_authors(aliases: Aliases, authors: Mapping[int, _Term], _: Counter[int]) -> dict[int, str]:
    """Each author by the name that the author's alias stands for. Pure."""
    return {term: aliases.get(author.name, author.name) for term, author in authors.items()}
