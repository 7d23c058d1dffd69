"""Which articles an export has: those that a search finds, in the order in which they were archived."""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from pipelines.archive.export.errors import ExportError
from pipelines.archive.file_checks import check_pages_when_read, reading_uri
from pipelines.archive.search.facets import read_facet_groups
from pipelines.archive.search.match import Filters
from pipelines.archive.search.match_in_order import match_in_order
from pipelines.archive.search.unknown_values import describe_unknown_values
from pipelines.archive.search.word_forms import describe_added, parse_with_forms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

BATCH = 200
"""Articles that are in memory at a time: 1 to 2 MB of text."""


@dataclass(frozen=True, slots=True)
class ArticleList:
    """Articles that a person chose, in that order: what the list is called, and their ids in this archive."""

    name: str
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """A search whose articles are exported, without those that repeat another of their source unless `duplicates`.

    With `chosen` there is no search: these articles are exported, in their order.
    """

    query: str = ""
    filters: Filters = field(default_factory=Filters)
    duplicates: bool = False
    chosen: ArticleList | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing narrows it."""
        return not self.query.strip() and self.filters == Filters() and self.chosen is None

    def as_dict(self) -> dict[str, object]:
        """The query and the filters that are set, for a file that describes an export."""
        names = Filters.__dataclass_fields__
        given = {name: getattr(self.filters, name) for name in names}
        return {
            "query": self.query,
            "filters": {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in given.items()
                if value not in ((), "", None)
            },
            "duplicates": self.duplicates,
            **({"dossier": self.chosen.name} if self.chosen else {}),
        }


@contextmanager
def open_shared(archive: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection for one export alone, which threads may use in turn."""
    db = sqlite3.connect(reading_uri(archive), uri=True, check_same_thread=False, isolation_level=None)
    try:
        check_pages_when_read(db)
        prepare(db)
        yield db
    finally:
        db.close()


def prepare(db: sqlite3.Connection) -> None:
    """Let no cell end an export: bytes that are no UTF-8 are replaced."""
    db.text_factory = partial(str, encoding="utf-8", errors="replace")


def check_selection(db: sqlite3.Connection, selection: Selection) -> str:
    """What is odd about the query, in a sentence for the reader, or ''. Raises `ExportError` where nothing can be meant."""
    query = parse_with_forms(db, selection.query, selection.filters)
    if query.node is None and query.problem:
        raise ExportError(query.problem)
    if unknown := describe_unknown_values(db, selection.filters, query.node):
        raise ExportError(" ".join(unknown))
    return " ".join(filter(None, [query.problem, describe_added(query.added)]))


def describe_problem(db: sqlite3.Connection, selection: Selection) -> str:
    """What is odd about the query and the filters, in sentences, or ''."""
    query = parse_with_forms(db, selection.query, selection.filters)
    unknown = describe_unknown_values(db, selection.filters, query.node)
    return " ".join([*filter(None, [query.problem]), *unknown])


def iterate_ids(db: sqlite3.Connection, selection: Selection) -> Iterator[list[int]]:
    """The ids of the articles, in their order, a batch at a time."""
    if selection.chosen:
        return _in_batches(selection.chosen.ids)
    return _in_batches(_iterate_ids(db, selection))


def _iterate_ids(db: sqlite3.Connection, selection: Selection) -> Iterator[int]:
    query = parse_with_forms(db, selection.query, selection.filters)
    if query.node is None and query.problem:
        return
    excluded = read_facet_groups(db, selection.filters).excluded
    # One by one: a span of ids reads every article in it, the column stands behind the text.
    doubles = "SELECT a.id FROM json_each(?) AS found CROSS JOIN articles a ON a.id = found.value WHERE a.duplicate_of IS NOT NULL"
    for rows in match_in_order(db, query.node, selection.filters, versions=query.versions):
        found = [row.article_id for row in rows if row.group_id not in excluded]
        if not found:
            continue
        left_out: set[int] = set()
        if not selection.duplicates:
            left_out = {number for (number,) in db.execute(doubles, [as_json(found)])}
        yield from (number for number in found if number not in left_out)


def _in_batches(ids: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while batch := list(islice(rest, BATCH)):
        yield batch


def count_articles(db: sqlite3.Connection, selection: Selection) -> int:
    """How many articles there are."""
    return sum(len(batch) for batch in iterate_ids(db, selection))


def as_json(ids: Iterable[int]) -> str:
    """Ids as SQL takes them, for `json_each`."""
    return json.dumps(list(ids))
