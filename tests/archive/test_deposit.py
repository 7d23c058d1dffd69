"""A backup has the pages too and is checked; restoring overwrites nothing; a bag and a WACZ open in other tools."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database

from crawler.cli import cli
from pipelines.archive.admin.backup import find_database
from pipelines.archive.errors import ArchiveError
from tests.reading_room import made_up

if TYPE_CHECKING:
    from pathlib import Path

WARC = "warc/2026/kept.warc.gz"


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    return made_up(tmp_path / "here", 5)


def files(folder: Path) -> dict[str, bytes]:
    """The files of a folder by name, those of SQLite aside."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm", ".db"))
    }


def test_a_backup_takes_the_pages_along_and_comes_back(archive: Path, tmp_path: Path) -> None:
    disk, again = tmp_path / "disk", tmp_path / "again"
    disk.mkdir()
    again.mkdir()
    result = run("backup", archive, disk)
    assert result.exit_code == 0, result.output
    assert "1 WARC files" in result.output
    assert "1 of them new; all read back and the same" in result.output
    assert files(disk) == files(archive.parent) != {}
    assert "0 of them new" in run("backup", archive, disk).output
    result = run("restore", disk, again / "archive.db")
    assert result.exit_code == 0, result.output
    assert files(again) == files(archive.parent)
    with closing(Database(again / "archive.db")) as db, closing(Database(archive)) as old:
        assert list(db.query("SELECT * FROM articles")) == list(old.query("SELECT * FROM articles"))
    assert run("verify", again / "archive.db").exit_code == 0


def test_restoring_overwrites_nothing(archive: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    assert run("backup", archive, disk).exit_code == 0
    result = run("restore", disk, archive)
    assert result.exit_code == 1
    assert "is there already, and is not overwritten" in result.output
    other = tmp_path / "other"
    shutil.copytree(archive.parent, other)
    (other / archive.name).unlink()
    (other / WARC).write_bytes(b"another's")
    result = run("restore", disk, other / "archive.db")
    assert result.exit_code == 1
    assert "is there already, and is another file" in result.output
    assert not (other / "archive.db").exists()
    assert (other / WARC).read_bytes() == b"another's"
    with pytest.raises(ArchiveError, match="There is no archive in"):
        find_database(tmp_path / "here" / "warc")


def test_a_copy_that_lacks_pages_says_so(archive: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    whole = (archive.parent / WARC).read_bytes()
    (archive.parent / WARC).write_bytes(whole[:-10])
    result = run("backup", archive, disk)
    assert result.exit_code == 1
    assert "is shorter than the captures in it" in result.output
    (archive.parent / WARC).unlink()
    result = run("backup", archive, disk)
    assert result.exit_code == 1
    assert "kept.warc.gz is not there; captures lie in it" in result.output
    assert run("backup", archive, disk, "--no-warc").exit_code == 0


def test_a_backup_leaves_no_write_ahead_log_of_an_older_one(archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    (tmp_path / "copy.db-wal").write_bytes(b"of an older copy")
    assert run("backup", archive, target, "--no-warc").exit_code == 0
    assert not (tmp_path / "copy.db-wal").exists()


def test_a_sample_of_captures_is_verified(archive: Path) -> None:
    result = run("verify", archive, "--sample", "3")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("3 captures; 3 records (3 response) in 1 files")
    with closing(Database(archive)) as db:
        db["captures"].update(2, {"sha256": "0" * 64})
        db["captures"].update(3, {"warc_offset": 10})
        db["captures"].update(4, {"warc_file": "2026/none.warc.gz"})
    result = run("verify", archive, "--sample", "100")
    assert result.exit_code == 1
    assert "the page is not the one that was stored (capture 2)" in result.output
    assert "(capture 3)" in result.output
    assert "is not beside the archive" in result.output
