"""What a search can be narrowed by, and how many articles each would leave."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3

    from pipelines.archive.search.match import Filters, Row

FACETED = 2000
"""Of how many articles found authors and tags are counted; the other counts are of all."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of the articles found have each value, most first; each kind leaves its own filter out.

    `sampled` is 0, or of how many articles authors and tags were counted when there were too many for all.
    """

    source: tuple[tuple[str, int], ...]
    section: tuple[tuple[str, int], ...]
    language: tuple[tuple[str, int], ...]
    author: tuple[tuple[str, int], ...]
    tag: tuple[tuple[str, int], ...]
    changed: int
    gone: int
    paywalled: int
    sampled: int = 0


class FacetGroup(NamedTuple):
    """One combination of what articles are counted by; the states are 0 or 1."""

    source: str
    section: str
    language: str
    paywalled: int
    changed: int
    gone: int


@dataclass(frozen=True, slots=True)
class FacetGroups:
    """All shelves by id, and for those that filters leave out, which kinds of filter do."""

    all: dict[int, FacetGroup]
    out: dict[int, tuple[str, ...]]


LISTED = ("source", "section", "language")
STATES = ("paywalled", "changed", "gone")


def read_facet_groups(db: sqlite3.Connection, filters: Filters) -> FacetGroups:
    """Every shelf, judged by the filters."""
    sql = "SELECT source_id, section, language, access = 'paywalled', changed, gone, id FROM _facet_groups"
    every = {row[6]: FacetGroup._make(row[:6]) for row in db.execute(sql)}
    asked: list[tuple[str, int, set[Any]]] = []
    for place, kind in enumerate(FacetGroup._fields):
        wanted = getattr(filters, kind)
        if kind in LISTED and wanted:
            asked.append((kind, place, set(wanted)))
        elif kind in STATES and wanted is not None:
            asked.append((kind, place, {int(wanted)}))
    out = {}
    for key, shelf in every.items() if asked else ():
        if failed := tuple(kind for kind, place, wanted in asked if shelf[place] not in wanted):
            out[key] = failed
    return FacetGroups(every, out)


def count(db: sqlite3.Connection, rows: list[Row], shelves: FacetGroups) -> Counts:
    """The counts of what was found, before shelves were left out."""
    on_shelf = Counter(map(itemgetter(3), rows))
    inside = (row[2] for row in rows if row[3] not in shelves.out)
    sample = list(islice(inside, FACETED + 1))
    return counted(db, on_shelf, sample[:FACETED], shelves, sampled=FACETED if len(sample) > FACETED else 0)


def counted(
    db: sqlite3.Connection, on_shelf: Counter[int], sample: list[int], shelves: FacetGroups, *, sampled: int
) -> Counts:
    """The counts of articles by shelf; authors and tags of the `sample` of ids."""
    by: dict[str, Counter[str]] = {kind: Counter() for kind in LISTED}
    state = Counter[str]()
    for key, articles in on_shelf.items():
        shelf, failed = shelves.all[key], shelves.out.get(key, ())
        if len(failed) > 1:
            continue
        for kind in failed or FacetGroup._fields:
            value = getattr(shelf, kind)
            if kind in LISTED:
                by[kind][value] += articles
            elif value:
                state[kind] += articles
    return Counts(
        source=tuple(by["source"].most_common()),
        section=tuple(by["section"].most_common()),
        language=tuple(by["language"].most_common()),
        author=_terms(db, sample, "author"),
        tag=_terms(db, sample, "tag"),
        changed=state["changed"],
        gone=state["gone"],
        paywalled=state["paywalled"],
        sampled=sampled,
    )


def _terms(db: sqlite3.Connection, ids: list[int], kind: str) -> tuple[tuple[str, int], ...]:
    """The 20 terms of a kind (`author`, `tag`) that most of these articles have, and how many have each."""
    sql = """
        SELECT name, articles FROM (
            SELECT name, articles FROM (
                SELECT term_id, count(*) AS articles
                FROM json_each(?) CROSS JOIN _article_terms ON article_id = value GROUP BY term_id
            ) JOIN _terms ON id = term_id WHERE kind = ? ORDER BY articles DESC, term_id LIMIT 20
        ) ORDER BY articles DESC, name
    """
    return tuple(db.execute(sql, [json.dumps(ids), kind]))
