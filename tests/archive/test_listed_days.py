"""The stored counts of listed URLs are those of the view `listed`, whoever writes, and there for all days and months when the archive is closed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pipelines.archive.database import Archive
from pipelines.archive.merge.derived import put_triggers_aside
from pipelines.archive.views.coverage import count_outcomes, read_coverage_sums, sum_coverage
from tests.archives import build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = "2026-11-18"
MISSING = "SELECT url FROM urls WHERE article_id IS NULL AND coalesce(via, '') NOT IN ('alias', 'given') ORDER BY id"
OUTCOME = "INSERT INTO outcomes (crawl_id, source_id, url, outcome, reason, at) SELECT {crawl}, source_id, url, '{outcome}', 'new', '{at}' FROM urls WHERE url = ({url})"
ONE, OTHER = f"{MISSING} LIMIT 1", f"{MISSING} LIMIT 1 OFFSET 1"
WRITES = {
    "a URL": "INSERT INTO urls (url, key, source_id, found_at, hints) SELECT 'u:1', 'u:1', id, '2026-11-18T05:00:00', '{{}}' FROM sources LIMIT 1",
    "its day": "UPDATE urls SET hints = '{\"published_at\": \"2026-11-19\"}' WHERE url = 'u:1'",
    "when it was found": "UPDATE urls SET found_at = '2026-11-02T05:00:00' WHERE url = 'u:1'",
    "its source": "UPDATE urls SET source_id = (SELECT max(id) FROM sources) WHERE url = 'u:1'",
    "how it was found": "UPDATE urls SET via = 'alias' WHERE url = 'u:1'",
    "again": "UPDATE urls SET via = 'feed' WHERE url = 'u:1'",
    "an outcome": OUTCOME.format(crawl="(SELECT min(id) FROM crawls)", outcome="failed", at="2026-11-18", url="'u:1'"),
    "a later one": OUTCOME.format(crawl="(SELECT max(id) FROM crawls)", outcome="gone", at="2026-11-19", url="'u:1'"),
    "its reason": "UPDATE outcomes SET reason = 'another' WHERE url = 'u:1' AND latest = 1",
    "another outcome": "UPDATE outcomes SET outcome = 'deferred' WHERE url = 'u:1' AND latest = 1",
    "the later one goes": "DELETE FROM outcomes WHERE url = 'u:1' AND latest = 1",
    "an earlier outcome of another URL": f"UPDATE outcomes SET reason = 'else' WHERE url = ({ONE})",
    "all outcomes of it go": f"DELETE FROM outcomes WHERE url = ({ONE})",
    "the URL of an outcome": f"UPDATE outcomes SET url = ({OTHER}) || '?' WHERE url = ({OTHER})",
    "its article": "UPDATE urls SET article_id = 1 WHERE url = 'u:1'",
    "no article": "UPDATE urls SET article_id = NULL WHERE url = 'u:1'",
    "the URL goes": "DELETE FROM urls WHERE url = 'u:1'",
}  # fmt: skip
"""Writes by any program, in this order."""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = build(tmp_path_factory.mktemp("listed") / "archive.db", 120)
    with closing(sqlite3.connect(found)) as db:
        assert {day for (day,) in db.execute("SELECT DISTINCT day FROM listed")} >= {DAY}
    return found


@pytest.fixture(scope="module")
def db(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as found:
        yield found


def read_view(db: sqlite3.Connection, since: str) -> Counter[tuple[str, str, str, str]]:
    sql = (
        "SELECT source_id, day, iif(outcome = 'deferred', 'pending', outcome), coalesce(reason, '') FROM listed"
        " WHERE day >= :since AND found_at >= date(:since, '-1 day')"
    )
    return Counter(db.execute(sql, {"since": since}).fetchall())


def check(db: sqlite3.Connection, what: str) -> None:
    for since in ("2000-01-01", "2026-10-31", "2026-11-01", "2026-11-03", "2026-11-04", DAY):
        counts = count_outcomes(db, since, "9999-12-31")
        found = {(one.source_id, one.day, one.outcome, one.reason): one.urls for one in counts}
        assert found == read_view(db, since), what
        sums = read_coverage_sums(db, since, "9999-12-31")
        assert sums.by_source == sum_coverage(counts, lambda one: one.source_id), what
        assert sums.by_day == sum_coverage(counts, lambda one: one.day), what


def read_missing_days(db: sqlite3.Connection) -> set[str]:
    sql = "SELECT DISTINCT listed_day FROM urls EXCEPT SELECT day FROM _listed_days"
    return {day for (day,) in db.execute(sql)}


def read_missing_months(db: sqlite3.Connection) -> set[str]:
    sql = "SELECT DISTINCT substr(listed_day, 1, 7) FROM urls EXCEPT SELECT month FROM _listed_months"
    return {month for (month,) in db.execute(sql)}


@pytest.mark.parametrize("what", WRITES)
def test_whatever_is_written_the_counts_are_those_of_the_view(
    path: Path, db: sqlite3.Connection, what: str
) -> None:
    Archive(path).close()
    assert read_missing_days(db) == read_missing_months(db) == set()
    check(db, "closed")
    assert db.execute(WRITES[what].replace("{{}}", "{}")).rowcount > 0
    assert len(read_missing_days(db)) < 8
    check(db, what)


def test_only_months_in_which_something_changed_are_added_up_again(
    path: Path, db: sqlite3.Connection
) -> None:
    Archive(path).close()
    months = {month for (month,) in db.execute("SELECT month FROM _listed_months")}
    add = "INSERT INTO urls (url, key, source_id, found_at, hints) SELECT 'u:2', 'u:2', id, '{}T05:00:00', '{{}}' FROM sources LIMIT 1"
    db.execute(add.format(DAY))
    assert read_missing_months(db) == {DAY[:7]} < months
    db.execute("DELETE FROM urls WHERE url = 'u:2'")
    Archive(path).close()
    db.execute(add.format("2031-05-07"))
    assert read_missing_months(db) == {"2031-05"}
    check(db, "a day that no row has yet")
    db.execute("DELETE FROM urls WHERE url = 'u:2'")


@pytest.mark.parametrize("table", ["urls", "outcomes"])
def test_a_merge_that_puts_triggers_aside_leaves_no_old_counts(
    path: Path, db: sqlite3.Connection, table: str
) -> None:
    with Archive(path) as archive, archive.db.atomic(), put_triggers_aside(archive.db, table):
        archive.db.execute(
            "UPDATE urls SET via = 'alias' WHERE id IN (SELECT max(id) FROM urls WHERE via = 'feed')"
        )
        archive.db.execute(f"UPDATE outcomes SET reason = '{table}' WHERE latest = 1")
    assert read_missing_days(db) == read_missing_months(db) == set()
    check(db, table)


def test_an_archive_of_an_earlier_clippings_has_the_same_counts(
    db: sqlite3.Connection, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "older.db")) as older:
        db.backup(older)
        older.execute("DROP TABLE _listed_days")
        older.execute("DROP TABLE _listed_months")
        assert read_coverage_sums(older, DAY, "9999-12-31") == read_coverage_sums(db, DAY, "9999-12-31")
        check(older, "older")
