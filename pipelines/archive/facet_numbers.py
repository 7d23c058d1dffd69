"""The day and the facet group of each article as numbers, 1,024 articles a row: what counts over many articles read.

Looking up each article found in `_article_facets` takes twice as long as finding it. A row of `_facet_numbers` is deleted
by triggers when any of its articles changes, and made again when the archive is closed. Meanwhile readers make it
themselves, so that these numbers are always those of `_article_facets`.
"""

from __future__ import annotations

import json
import struct
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from pipelines.archive.file_checks import has_table
from pipelines.timestamps import is_day

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator

CHUNK = 1024
"""Articles of a row: the 8 kB are read at once, and take half a millisecond to make."""

TABLE = f"""
CREATE TABLE _facet_numbers (             -- day and group of so many articles in a row; a row that is missing follows from _article_facets
    chunk INTEGER PRIMARY KEY,            -- article_id / {CHUNK}, rounded down
    numbers BLOB NOT NULL                 -- little-endian, 4 bytes each: {CHUNK} days since the year 1, then {CHUNK} groups; 0 for none
);
"""

_SHIFT = CHUNK.bit_length() - 1
_DELETE = f"DELETE FROM _facet_numbers WHERE chunk = {{row}}.article_id >> {_SHIFT};"
TRIGGERS = f"""
CREATE TRIGGER _article_facets_numbers_ai AFTER INSERT ON _article_facets
BEGIN {_DELETE.format(row="new")} END;
CREATE TRIGGER _article_facets_numbers_au AFTER UPDATE ON _article_facets
BEGIN {_DELETE.format(row="old")} {_DELETE.format(row="new")} END;
CREATE TRIGGER _article_facets_numbers_ad AFTER DELETE ON _article_facets
BEGIN {_DELETE.format(row="old")} END;
"""


def fill_facet_numbers(db: sqlite3.Connection) -> None:
    """Make the rows that are missing."""
    held = {chunk for (chunk,) in db.execute("SELECT chunk FROM _facet_numbers")}
    for chunk in _iterate_missing(db, held):
        db.execute("INSERT INTO _facet_numbers VALUES (?, ?)", [chunk, _make_numbers(db, chunk)])


def read_facet_numbers(db: sqlite3.Connection, chunks: list[int]) -> list[bytes]:
    """The numbers of these chunks, in their order."""
    sql = "SELECT f.chunk, f.numbers FROM json_each(?) AS wanted CROSS JOIN _facet_numbers f ON f.chunk = wanted.value"
    held = dict(db.execute(sql, [json.dumps(chunks)]).fetchall()) if has_table(db, "_facet_numbers") else {}
    return [held.get(chunk) or _make_numbers(db, chunk) for chunk in chunks]


def read_all_facet_numbers(db: sqlite3.Connection) -> list[bytes]:
    """The numbers of all articles."""
    held = (
        dict(db.execute("SELECT chunk, numbers FROM _facet_numbers").fetchall())
        if has_table(db, "_facet_numbers")
        else {}
    )
    missing = [_make_numbers(db, chunk) for chunk in _iterate_missing(db, held.keys())]
    return [*held.values(), *missing]


def _iterate_missing(db: sqlite3.Connection, held: Collection[int]) -> Iterator[int]:
    """The chunks that have any article, but those held."""
    sql = "SELECT min(article_id) FROM _article_facets WHERE article_id >= ?"
    (article,) = db.execute("SELECT min(article_id) FROM _article_facets").fetchone()
    while article is not None:
        chunk = article >> _SHIFT
        if chunk not in held:
            yield chunk
        (article,) = db.execute(sql, [(chunk + 1) << _SHIFT]).fetchone()


def _make_numbers(db: sqlite3.Connection, chunk: int) -> bytes:
    numbers = [0] * (2 * CHUNK)
    first = chunk << _SHIFT
    sql = "SELECT article_id, group_id, day FROM _article_facets WHERE article_id BETWEEN ? AND ?"
    for article, group, day in db.execute(sql, [first, first + CHUNK - 1]):
        numbers[article - first] = _number_day(day)
        numbers[article - first + CHUNK] = group
    return struct.pack(f"<{2 * CHUNK}i", *numbers)


@lru_cache(maxsize=10_000)
def _number_day(day: str) -> int:
    """Days since the year 1; 0 for one that is in no calendar, which nothing counts by day."""
    return date.fromisoformat(day).toordinal() if is_day(day) else 0
