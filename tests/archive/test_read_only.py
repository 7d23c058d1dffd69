"""An archive on media that cannot be written can be read, by every command that reads; a crawl says why not."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pipelines.archive import file_checks
from pipelines.archive.admin.verify import verify
from pipelines.archive.database import Archive, open_for_reading
from pipelines.archive.errors import ArchiveError
from pipelines.archive.file_checks import reading_uri
from pipelines.archive.lock import ArchiveLock
from pipelines.archive.search.search import search

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    Archive(folder / "archive.db").close()
    folder.chmod(0o555)
    yield folder / "archive.db"
    folder.chmod(0o755)


@pytest.fixture
def unwritable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for root, who may write everywhere."""
    monkeypatch.setattr(file_checks, "_can_be_written", lambda folder: False)


@pytest.mark.usefixtures("unwritable")
def test_it_is_read(path: Path) -> None:
    with closing(open_for_reading(path)) as db:
        assert db.execute("SELECT count(*) FROM articles").fetchone() == (0,)
    assert search(path, "harbour").total == 0
    assert verify(path).problems == []
    assert sorted(file.name for file in path.parent.iterdir()) == ["archive.db"]


@pytest.mark.usefixtures("unwritable")
def test_what_a_wal_file_holds_is_never_left_out(path: Path) -> None:
    wal = path.with_name("archive.db-wal")
    path.parent.chmod(0o755)
    wal.write_bytes(b"")
    assert "immutable" in reading_uri(path)
    wal.write_bytes(b"x" * 40)
    assert "immutable" not in reading_uri(path)


def test_a_folder_that_can_be_written_is_read_as_ever(tmp_path: Path) -> None:
    Archive(tmp_path / "archive.db").close()
    assert reading_uri(tmp_path / "archive.db").endswith("?mode=ro")


@pytest.mark.usefixtures("unwritable")
def test_it_is_not_written_through_such_a_connection(path: Path) -> None:
    with (
        closing(sqlite3.connect(reading_uri(path), uri=True)) as db,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        db.execute("DELETE FROM sources")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_crawl_says_why_not(path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"cannot be written .*Check the permissions"):
        ArchiveLock(path).__enter__()
