"""Days and groups as numbers: always those of `_article_facets`, whoever writes, and stored for all articles when the archive is closed."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pipelines.archive.database import Archive
from pipelines.archive.facet_numbers import CHUNK, read_all_facet_numbers, read_facet_numbers
from pipelines.archive.search.day_counts import count_by_day_and_source
from pipelines.archive.search.facets import read_facet_groups
from pipelines.archive.search.match import Filters
from pipelines.archive.search.query import parse
from pipelines.archive.tables.facets import update_article
from pipelines.timestamps import is_day
from tests.archives import build

if TYPE_CHECKING:
    from pathlib import Path

FAR = 5_000_000_000
"""An id far from all others."""
WRITES = (
    "UPDATE articles SET published_at = '2026-03-01' WHERE id = 2",
    "UPDATE articles SET published_at = '2026-02-31', first_seen_at = '2026-02-31' WHERE id = 3",
    "UPDATE articles SET section = 'Made up' WHERE id = 4",
    f"INSERT INTO articles SELECT {FAR}, source_id, url || '?2'{{}} FROM articles WHERE id = 5",
    f"UPDATE articles SET published_at = '2026-03-02' WHERE id = {FAR}",
    f"DELETE FROM articles WHERE id IN ({FAR}, 6)",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = build(tmp_path / "archive.db", 60)
    Archive(found).close()
    return found


def unpack(blobs: list[bytes]) -> list[tuple[int, int]]:
    """Day and group of each article, the days as numbers, in order."""
    found = []
    for blob in blobs:
        numbers = struct.unpack(f"<{2 * CHUNK}i", blob)
        found += [pair for pair in zip(numbers[:CHUNK], numbers[CHUNK:], strict=True) if pair[1]]
    return sorted(found)


def read_pairs(db: sqlite3.Connection) -> list[tuple[int, int]]:
    """The same by SQLite."""
    rows = db.execute(
        "SELECT day, group_id, CAST(julianday(day) + 0.5 AS INTEGER) - 1721425 FROM _article_facets"
    )
    return sorted((number if is_day(day) else 0, group) for day, group, number in rows)


def count_missing(db: sqlite3.Connection) -> int:
    chunks = "SELECT DISTINCT article_id / ? FROM _article_facets"
    sql = f"SELECT count(*) FROM ({chunks} EXCEPT SELECT chunk FROM _facet_numbers)"
    return int(db.execute(sql, [CHUNK]).fetchone()[0])


def test_the_numbers_are_those_of_the_articles_whoever_writes(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(articles)")]
        others = "".join(f", {name}" for name in columns if name not in ("id", "source_id", "url"))
        assert columns[:3] == ["id", "source_id", "url"]
        assert count_missing(db) == 0
        for sql in WRITES:
            db.execute(sql.format(others))
            db.commit()
            assert count_missing(db) > 0 or "DELETE" in sql, sql
            assert unpack(read_all_facet_numbers(db)) == read_pairs(db), sql
        wide = parse("the OR council").node
        groups = read_facet_groups(db, Filters())
        counted = count_by_day_and_source(db, wide, Filters(), groups)
        assert counted
        Archive(path).close()
        assert count_missing(db) == 0
        assert count_by_day_and_source(db, wide, Filters(), groups) == counted
        db.execute("DROP TABLE _facet_numbers")  # as an archive of an earlier Clippings has none
        assert count_by_day_and_source(db, wide, Filters(), groups) == counted
        assert unpack(read_all_facet_numbers(db)) == read_pairs(db)


def test_the_writer_empties_what_its_articles_are_in(path: Path) -> None:
    with Archive(path) as archive:
        db = archive.db.conn
        assert count_missing(db) == 0
        with archive.db.atomic():
            update_article(archive.db, 7, {"section": "Made up"})
        assert count_missing(db) == 1
        assert unpack(read_facet_numbers(db, [0])) == read_pairs(db)
        with archive.db.atomic():
            db.execute("UPDATE articles SET checked_at = '2027-01-01' WHERE id = 7")
    with closing(sqlite3.connect(path)) as db:
        assert count_missing(db) == 0
        assert unpack(read_facet_numbers(db, [0])) == read_pairs(db)


def test_an_article_of_a_group_made_after_the_groups_were_read_counts_nowhere(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        groups, node = read_facet_groups(db, Filters()), parse("the").node
        before = count_by_day_and_source(db, node, Filters(), groups)
        db.execute(
            "UPDATE articles SET section = 'Made up' WHERE id IN (SELECT rowid FROM articles_fts('the') LIMIT 1)"
        )
        after = count_by_day_and_source(db, node, Filters(), groups)
        total = [sum(sum(days.values()) for days in counts.values()) for counts in (before, after)]
        assert total[0] == total[1] + 1
