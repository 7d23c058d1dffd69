"""Coverage is counted from indexes: the same rows as the view `listed` has, whatever the span, source and filter."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pipelines.archive.database import Archive
from pipelines.archive.views.coverage import (
    count_outcomes,
    read_coverage_sums,
    read_listed_urls,
    sum_coverage,
)
from tests.archives import build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPANS = [("2000-01-01", "9999-12-31"), ("2026-11-01", "2026-11-19"), ("2026-11-19", "2026-11-19")]
VIEW = """
    SELECT source_id, day, url, via, found_at, article_id, iif(outcome = 'deferred', 'pending', outcome) AS became,
           coalesce(reason, '') AS why
    FROM listed WHERE found_at >= date(:since, '-1 day') AND day >= :since AND day <= :until
      AND source_id IN (SELECT id FROM sources WHERE :source = '' OR id = :source)
    ORDER BY day DESC, source_id, became, url
"""


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = build(tmp_path_factory.mktemp("coverage") / "archive.db", 300)
    with closing(sqlite3.connect(path, isolation_level=None)) as found:
        found.execute("UPDATE urls SET via = 'alias' WHERE id % 11 = 0")
        found.execute("UPDATE urls SET via = NULL WHERE id % 13 = 0")
        found.execute("UPDATE outcomes SET outcome = 'deferred', reason = NULL WHERE rowid % 7 = 0")
        found.execute("UPDATE urls SET found_at = '2026-10-01T00:00:00+00:00' WHERE id % 17 = 0")
        yield found


@pytest.mark.parametrize(("since", "until"), SPANS)
@pytest.mark.parametrize("source", ["", "elbe-kurier", "nobody"])
def test_counts_and_lists_are_those_of_the_view(
    db: sqlite3.Connection, since: str, until: str, source: str
) -> None:
    rows = db.execute(VIEW, {"since": since, "until": until, "source": source}).fetchall()
    expected = Counter((row[0], row[1], row[6], row[7]) for row in rows)
    counts = count_outcomes(db, since, until, source)
    assert {(one.source_id, one.day, one.outcome, one.reason): one.urls for one in counts} == expected
    sums = read_coverage_sums(db, since, until, source)
    assert sums.by_source == sum_coverage(counts, lambda one: one.source_id)
    assert sums.by_day == sum_coverage(counts, lambda one: one.day)
    reasons = Counter[tuple[str, str]]()
    for one in counts:
        if one.outcome != "held":
            reasons[one.outcome, one.reason] += one.urls
    assert [tuple(one) for one in sums.reasons] == sorted(
        ((*key, urls) for key, urls in reasons.items()), key=lambda one: (-one[2], one[0], one[1])
    )
    listed = read_listed_urls(db, since, until, source, limit=-1)
    assert [tuple(getattr(one, name) for name in one.__slots__) for one in listed] == rows
    for outcome in ("held", "failed", "pending"):
        found = read_listed_urls(db, since, until, source, outcome, limit=-1)
        assert [one.url for one in found] == [row[2] for row in rows if row[6] == outcome]
    missing = read_listed_urls(db, since, until, source, missing=True, limit=5, offset=2)
    wanted = [row[2] for row in rows if row[6] not in ("held", "not_article")]
    assert [one.url for one in missing] == wanted[2:7]


def test_an_archive_without_the_indexes_has_the_same_rows(db: sqlite3.Connection, tmp_path: Path) -> None:
    """One that no crawl has opened lately, on media that cannot be written."""
    since, until = SPANS[0]
    with closing(sqlite3.connect(tmp_path / "older.db")) as older:
        db.backup(older)
        for name in (
            "urls_listed",
            "urls_missing",
            "urls_exhausted",
            "articles_source_seen",
            "_article_facets_group",
        ):
            older.execute(f"DROP INDEX {name}")
        assert read_listed_urls(older, since, until, limit=50) == read_listed_urls(db, since, until, limit=50)
        assert read_coverage_sums(older, since, until) == read_coverage_sums(db, since, until)


def test_the_indexes_are_used(tmp_path: Path) -> None:
    """A span of days is read from an index alone, not from all URLs."""
    with Archive(tmp_path / "archive.db") as archive:
        held = "SELECT source_id, count(*) FROM urls u WHERE u.article_id IS NOT NULL AND u.listed_day BETWEEN 'a' AND 'b' GROUP BY u.listed_day, u.source_id"
        plan = " ".join(row[3] for row in archive.db.execute(f"EXPLAIN QUERY PLAN {held}").fetchall())
        assert "COVERING INDEX urls_listed" in plan
        newest = "SELECT max(first_seen_at) FROM articles WHERE source_id = 'a'"
        plan = " ".join(row[3] for row in archive.db.execute(f"EXPLAIN QUERY PLAN {newest}").fetchall())
        assert "COVERING INDEX articles_source_seen" in plan
