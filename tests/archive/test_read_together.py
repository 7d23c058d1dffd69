"""Reading by several connections at once: the same results as by one, and nothing left over."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pipelines.archive import read_together as module
from pipelines.archive.connection import time_limit
from pipelines.archive.errors import ArchiveError
from pipelines.archive.read_together import limit_reading, read_together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Job = Callable[[sqlite3.Connection], object]

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "two words #1.db"
    with closing(sqlite3.connect(path)) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("CREATE TABLE numbers AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000) SELECT i FROM n")  # fmt: skip
        made.commit()
    return path


@pytest.fixture
def db(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file)) as found:
        yield found


@pytest.fixture(autouse=True)
def processors(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    """Three idle ones, on whatever machine; all are idle again and no thread is left when a test ends."""
    idle, threads = threading.Semaphore(3), threading.active_count()
    monkeypatch.setattr(module, "_idle", idle)
    monkeypatch.setattr(module, "PATIENCE", 0)
    yield idle
    assert threading.active_count() == threads
    assert sum(idle.acquire(blocking=False) for _ in range(4)) == 3


class Meeting:
    """Jobs that wait for one another, and so are done by a thread each; they note who did them."""

    def __init__(self, jobs: int, do: Job = lambda db: None) -> None:
        self.barrier, self.do = threading.Barrier(jobs, timeout=10), do
        self.connections: list[sqlite3.Connection] = []
        self.threads: set[int] = set()
        self.jobs = [self.job] * jobs

    def job(self, db: sqlite3.Connection) -> object:
        self.connections.append(db)
        self.threads.add(threading.get_ident())
        self.barrier.wait()
        return self.do(db)


def sum_span(place: int) -> Job:
    sql = "SELECT sum(i) FROM numbers WHERE i BETWEEN ? AND ?"
    return lambda db: db.execute(sql, [place * 100 + 1, place * 100 + 100]).fetchone()[0]


SUMS = [5050 + 10_000 * place for place in range(10)]


def test_results_come_in_the_order_of_the_jobs(db: sqlite3.Connection) -> None:
    assert read_together(db, [sum_span(place) for place in range(10)]) == SUMS
    assert read_together(db, []) == []


def test_each_thread_reads_by_a_connection_of_its_own_that_is_closed_and_cannot_write(
    db: sqlite3.Connection,
) -> None:
    def write(connection: sqlite3.Connection) -> str:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM numbers")
        return "no"

    meeting = Meeting(4, lambda connection: "caller" if connection is db else write(connection))
    assert sorted(map(str, read_together(db, meeting.jobs))) == ["caller", "no", "no", "no"]
    assert len(meeting.threads) == len({id(one) for one in meeting.connections}) == 4
    for one in meeting.connections:
        if one is not db:
            with pytest.raises(sqlite3.ProgrammingError, match="thread"):
                one.execute("SELECT 1")


def count_threads(db: sqlite3.Connection) -> int:
    """How many do jobs that take a moment each."""

    def note(connection: sqlite3.Connection) -> int:
        time.sleep(0.02)
        assert connection.execute("SELECT count(*) FROM numbers").fetchone()[0] >= 1000
        return threading.get_ident()

    return len(set(read_together(db, [note] * 6)))


def test_where_others_would_see_other_rows_the_caller_reads_alone(
    db: sqlite3.Connection, file: Path, tmp_path: Path
) -> None:
    assert read_together(db, Meeting(4).jobs) == [None] * 4  # they would wait for one another in vain
    db.execute("INSERT INTO numbers VALUES (0)")
    assert (
        read_together(db, [lambda one: one.execute("SELECT count(*) FROM numbers").fetchone()[0]] * 3)
        == [1001] * 3
    )
    assert count_threads(db) == 1
    db.rollback()
    db.execute("CREATE TEMP TABLE chosen (i)")
    assert count_threads(db) == 1
    with closing(sqlite3.connect(file)) as attached:
        attached.execute("ATTACH ? AS other", [str(tmp_path / "other.db")])
        assert count_threads(attached) == 1
    with closing(sqlite3.connect(":memory:")) as memory:
        db.rollback()
        db.backup(memory)
        assert count_threads(memory) == 1


def test_without_an_idle_processor_the_caller_reads_alone(
    db: sqlite3.Connection, processors: threading.Semaphore
) -> None:
    for _ in range(3):
        processors.acquire()
    assert count_threads(db) == 1
    assert read_together(db, [sum_span(place) for place in range(10)]) == SUMS
    processors.release(3)


def test_what_is_read_at_once_takes_no_other_connection(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 60)
    assert read_together(db, [lambda one: one is db] * 3) == [True] * 3


def test_another_file_of_the_same_name_is_not_read(db: sqlite3.Connection, file: Path) -> None:
    other = file.with_name("new.db")
    with closing(sqlite3.connect(other)) as made:
        made.execute("CREATE TABLE numbers (i)")
    other.replace(file)
    assert count_threads(db) == 1
    file.unlink()
    assert count_threads(db) == 1


def test_an_error_ends_the_other_jobs_and_is_raised(db: sqlite3.Connection) -> None:
    def fail_or_read(connection: sqlite3.Connection) -> object:
        return connection.execute("SELECT nothing" if connection is db else ENDLESS).fetchone()

    with pytest.raises(sqlite3.OperationalError, match="nothing"):
        read_together(db, Meeting(4, fail_or_read).jobs)


def test_helpers_keep_to_the_time_limit(db: sqlite3.Connection) -> None:
    def read(connection: sqlite3.Connection) -> object:
        return connection is db or connection.execute(ENDLESS).fetchone()

    with limit_reading(db, 0.01), pytest.raises(sqlite3.OperationalError, match="interrupted"):
        read_together(db, Meeting(2, read).jobs)
    with pytest.raises(ArchiveError, match=r"longer than 0\.01 seconds"), time_limit(db, 0.01, "This"):
        read_together(db, Meeting(2, read).jobs)


def test_text_and_rows_are_read_as_by_the_callers_connection(db: sqlite3.Connection) -> None:
    jobs = Meeting(2, lambda one: one.execute("SELECT CAST(x'ff' AS TEXT) AS odd").fetchone()["odd"]).jobs
    db.row_factory, db.text_factory = sqlite3.Row, bytes
    assert read_together(db, jobs) == [b"\xff"] * 2


@pytest.mark.skipif(os.name == "nt", reason="folders are closed by other means there")
def test_a_file_in_a_folder_that_cannot_be_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.archive.file_checks._can_be_written", lambda folder: False)
    file.parent.chmod(0o500)
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?immutable=1", uri=True)) as db:
            assert read_together(db, Meeting(3, sum_span(9)).jobs) == [SUMS[9]] * 3
    finally:
        file.parent.chmod(0o700)
    assert [path.name for path in file.parent.iterdir()] == [file.name]
