"""What a search can be narrowed by, and how many articles each would leave."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    from .matching import Filters, Row

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


@dataclass(frozen=True, slots=True)
class Shelf:
    """One combination of what articles are counted by."""

    source: str
    section: str
    language: str
    paywalled: bool
    changed: bool
    gone: bool

    def passes(self, filters: Filters, without: str = "") -> bool:
        """Whether its articles pass the filters, one kind of them left out."""
        for kind in ("source", "section", "language"):
            wanted = getattr(filters, kind)
            if wanted and kind != without and getattr(self, kind) not in wanted:
                return False
        for kind in ("paywalled", "changed", "gone"):
            wanted = getattr(filters, kind)
            if wanted is not None and kind != without and getattr(self, kind) != wanted:
                return False
        return True


def shelf_states(db: sqlite3.Connection) -> dict[int, Shelf]:
    """Every shelf by its id."""
    sql = "SELECT id, source_id, section, language, access = 'paywalled', changed, gone FROM shelves"
    return {
        row[0]: Shelf(row[1], row[2], row[3], bool(row[4]), bool(row[5]), bool(row[6]))
        for row in db.execute(sql)
    }


def count(db: sqlite3.Connection, rows: list[Row], shelves: dict[int, Shelf], filters: Filters) -> Counts:
    """The counts of what was found, before shelves were left out."""
    on_shelf = Counter(map(itemgetter(3), rows))
    allowed = {shelf for shelf in on_shelf if shelves[shelf].passes(filters)}
    sample = [row[2] for row in islice((row for row in rows if row[3] in allowed), FACETED + 1)]
    sampled = FACETED if len(sample) > FACETED else 0
    return counted(db, on_shelf, sample[:FACETED], shelves, filters, sampled=sampled)


def counted(
    db: sqlite3.Connection,
    on_shelf: Counter[int],
    sample: list[int],
    shelves: dict[int, Shelf],
    filters: Filters,
    *,
    sampled: int,
) -> Counts:
    """The counts of articles by shelf; authors and tags of the `sample` of ids."""
    by: dict[str, Counter[str]] = {}
    for kind in ("source", "section", "language"):
        by[kind] = Counter()
        for shelf, articles in on_shelf.items():
            if shelves[shelf].passes(filters, without=kind):
                by[kind][getattr(shelves[shelf], kind)] += articles
    state = {
        kind: sum(
            articles
            for shelf, articles in on_shelf.items()
            if getattr(shelves[shelf], kind) and shelves[shelf].passes(filters, without=kind)
        )
        for kind in ("changed", "gone", "paywalled")
    }
    return Counts(
        source=tuple(by["source"].most_common()),
        section=tuple(by["section"].most_common()),
        language=tuple(by["language"].most_common()),
        author=_names(db, sample, "article_people", "people", "person_id"),
        tag=_names(db, sample, "article_labels", "labels", "label_id"),
        changed=state["changed"],
        gone=state["gone"],
        paywalled=state["paywalled"],
        sampled=sampled,
    )


def _names(
    db: sqlite3.Connection, ids: list[int], link: str, many: str, one: str
) -> tuple[tuple[str, int], ...]:
    sql = f"""
        SELECT name, articles FROM (
            SELECT {one} AS id, count(*) AS articles
            FROM json_each(?) CROSS JOIN {link} ON article_id = value
            GROUP BY {one} ORDER BY articles DESC, {one} LIMIT 20
        ) JOIN {many} USING (id) ORDER BY articles DESC, name
    """
    return tuple(db.execute(sql, [json.dumps(ids)]))
