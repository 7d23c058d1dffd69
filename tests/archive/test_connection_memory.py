"""What is kept beside a connection: read once, and again when the archive changed, by whomever."""

from __future__ import annotations

import gc
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pipelines.archive import connection_memory
from pipelines.archive.connection_memory import remember

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript("PRAGMA journal_mode = wal; CREATE TABLE t (n); INSERT INTO t VALUES (1)")
    return path


@pytest.fixture
def reader(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        yield db


def total(db: sqlite3.Connection) -> list[int]:
    """A new list each time, so that one can see whether it was read again."""
    return [db.execute("SELECT sum(n) FROM t").fetchone()[0]]


def test_a_value_is_read_once_until_somebody_changes_the_archive(
    path: Path, reader: sqlite3.Connection
) -> None:
    first = remember(reader, "total", total)
    assert first == [1]
    assert remember(reader, "total", total) is first
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("INSERT INTO t VALUES (2)")
        assert remember(reader, "total", total) == [3]
        assert remember(reader, "other", lambda _: "x") == "x"
        writer.execute("DELETE FROM t")
        writer.execute("INSERT INTO t VALUES (4)")
    assert remember(reader, "total", total) == [4]


def test_a_connection_sees_its_own_changes_and_keeps_nothing_of_a_transaction(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        assert remember(writer, "total", total) == [1]
        writer.execute("INSERT INTO t VALUES (2)")
        assert remember(writer, "total", total) == [3]
        writer.execute("BEGIN")
        writer.execute("INSERT INTO t VALUES (5)")
        assert remember(writer, "total", total) == [8]
        writer.execute("ROLLBACK")
        assert remember(writer, "total", total) == [3]


def test_connections_have_memories_of_their_own_that_end_with_them(path: Path) -> None:
    before = set(connection_memory._memories)
    one, other = sqlite3.connect(path), sqlite3.connect(path)
    assert remember(one, "name", lambda _: "one") == "one"
    assert remember(other, "name", lambda _: "other") == "other"
    assert remember(one, "name", lambda _: "again") == "one"
    one.close()
    other.close()
    del one, other
    gc.collect()
    assert set(connection_memory._memories) <= before
