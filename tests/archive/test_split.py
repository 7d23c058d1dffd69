"""An archive divided by year: each part is whole, the newest crawls on, and all parts merged are the archive again."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import pytest
from click.testing import CliRunner

from bench.merged_rows import read_merged_rows
from crawler.cli import cli
from pipelines.archive.merge.split import MARK, YEAR

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from tests.conftest import Desk


def run(*words: object, code: int = 0) -> str:
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result.output


def rows(archive: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{archive}?mode=ro", uri=True)) as db:
        return db.execute(sql).fetchall()


class Divided(NamedTuple):
    """An archive, the folder with its parts, and what the command said."""

    whole: Path
    folder: Path
    said: str

    def part(self, year: str) -> Path:
        return self.folder / f"archive-{year}.db"

    @property
    def parts(self) -> list[Path]:
        """The oldest first."""
        return sorted(self.folder.glob("archive-*.db"))


@pytest.fixture(scope="module")
def divided(crawled: Desk, tmp_path_factory: pytest.TempPathFactory) -> Divided:
    """The newspaper's archive, divided."""
    folder = tmp_path_factory.mktemp("split")
    shutil.copy(crawled.archive, folder)
    shutil.copytree(crawled.folder / "warc", folder / "warc")
    whole = folder / "archive.db"
    (folder / "years.part").mkdir()
    (folder / "years.part" / MARK).touch()
    (folder / "years.part" / "of a split that was killed").touch()
    said = run("split", whole, "--by", "year", "--into", folder / "years")
    return Divided(whole, folder / "years", said)


def test_each_part_has_the_articles_of_its_year(divided: Divided) -> None:
    wanted = rows(divided.whole, f"SELECT {YEAR}, count(*) FROM articles GROUP BY 1")
    assert len(wanted) > 2
    for year, count in wanted:
        found = rows(divided.part(year), f"SELECT {YEAR}, count(*) FROM articles GROUP BY 1")
        assert found == [(year, count)]
        assert f"archive-{year}.db: {count} articles" in divided.said
    names = {
        path.name for path in divided.folder.iterdir() if not path.name.endswith((".lock", "-shm", "-wal"))
    }
    assert names == {"warc", *(f"archive-{year}.db" for year, _ in wanted)}


def test_each_part_is_whole(divided: Divided) -> None:
    for part in divided.parts:
        run("verify", part)
        assert rows(part, "PRAGMA integrity_check") == [("ok",)]
        assert rows(part, "SELECT reason FROM manifests") == [("split",)]
        assert " article" in run("search", part, "the OR der OR de OR 的 OR の")


def test_all_parts_merged_are_the_archive_again(divided: Divided, tmp_path: Path) -> None:
    run("merge", *divided.parts[::-1], "--into", tmp_path / "archive.db")
    assert read_merged_rows(tmp_path / "archive.db") == read_merged_rows(divided.whole)
    run("verify", tmp_path / "archive.db")


def test_the_newest_part_knows_the_pages_of_the_others_and_all_that_waits(divided: Divided) -> None:
    oldest, *_, newest = divided.parts
    assert rows(newest, "SELECT key FROM urls ORDER BY key") == rows(
        divided.whole, "SELECT key FROM urls ORDER BY key"
    )
    due = "SELECT key FROM urls WHERE state = 'due' AND article_id IS NULL ORDER BY key"
    assert rows(newest, due) == rows(divided.whole, due)
    assert rows(newest, "SELECT url FROM listings ORDER BY 1") == rows(
        divided.whole, "SELECT url FROM listings ORDER BY 1"
    )
    assert rows(oldest, "SELECT count(*) FROM listings") == [(0,)]
    assert rows(oldest, "SELECT DISTINCT followed FROM sources") == [(0,)]


def test_files_are_linked_and_the_whole_is_untouched(divided: Divided, crawled: Desk) -> None:
    for path in (divided.folder / "warc").glob("*.warc.gz"):
        assert path.samefile(divided.whole.parent / "warc" / path.name)
    assert divided.whole.read_bytes() == crawled.archive.read_bytes()


def test_what_is_in_the_way_is_named(divided: Divided, tmp_path: Path) -> None:
    assert "is there already" in run("split", divided.whole, "--by", "year", "--into", divided.folder, code=1)
    (tmp_path / "years.part").mkdir()
    assert "is in the way" in run(
        "split", divided.whole, "--by", "year", "--into", tmp_path / "years", code=1
    )
    run("split", divided.whole, code=2)
