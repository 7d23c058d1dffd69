"""An archive divided by year: each part is whole, the newest crawls on, and all parts merged are the archive again."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from datasette.app import Datasette

from bench.merged_rows import read_merged_rows
from crawler.cli import cli
from pipelines.archive.merge.split import MARK, YEAR
from pipelines.archive.search.results import Hit
from pipelines.archive.search.search import Results
from pipelines.archive.search.several import merge_hits
from tests.reading_room import page, said

if TYPE_CHECKING:
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
    output: str

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
    output = run("split", whole, "--by", "year", "--into", folder / "years")
    return Divided(whole, folder / "years", output)


def test_each_part_has_the_articles_of_its_year(divided: Divided) -> None:
    wanted = rows(divided.whole, f"SELECT {YEAR}, count(*) FROM articles GROUP BY 1")
    assert len(wanted) > 2
    for year, count in wanted:
        found = rows(divided.part(year), f"SELECT {YEAR}, count(*) FROM articles GROUP BY 1")
        assert found == [(year, count)]
        assert f"archive-{year}.db: {count} article" in divided.output
    names = {
        path.name for path in divided.folder.iterdir() if not path.name.endswith((".lock", "-shm", "-wal"))
    }
    assert names == {"warc", *(f"archive-{year}.db" for year, _ in wanted)}


def test_each_part_is_whole(divided: Divided) -> None:
    for part in divided.parts:
        run("verify", part)
        assert rows(part, "PRAGMA integrity_check") == [("ok",)]
        assert rows(part, "SELECT reason FROM manifests") == [("split",)]
        assert " article" in run("search", part, COMMON)


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


COMMON = "the OR der OR de OR 的 OR の"


def test_a_search_asks_all_parts(divided: Divided) -> None:
    whole = json.loads(run("search", divided.whole, COMMON, "--json", "-n", 500))
    found = json.loads(run("search", *divided.parts, COMMON, "--json", "-n", 500))
    assert sorted(hit["url"] for hit in found) == sorted(hit["url"] for hit in whole)
    assert {hit["archive"] for hit in found} <= set(map(str, divided.parts))
    newest = json.loads(run("search", *divided.parts, COMMON, "--json", "--newest", "-n", 5))
    whole = json.loads(run("search", divided.whole, COMMON, "--json", "--newest", "-n", 5))
    assert [(hit["published_at"] or "")[:10] for hit in newest] == [
        (hit["published_at"] or "")[:10] for hit in whole
    ]
    printed = run("search", *divided.parts, COMMON, "-n", 3)
    assert f"{len(found)} in all (showing 3; -n for more)" in printed
    assert "no source nobody" in run("search", *divided.parts, COMMON, "--source", "nobody", code=2)


def test_the_best_of_each_archive_come_in_turn() -> None:
    def results(total: int, *days: str) -> Results:
        hits = tuple(
            Hit(0, 1, day, (), "s", "S", day, day, (), "", "en", None, 1, None, day, ()) for day in days
        )
        return Results("q", total, hits)

    found = [(Path("a.db"), results(2, "2024-01-01", "2024-01-09")), (Path("b.db"), results(7, "2025-05-05"))]
    assert [one.hit.day for one in merge_hits(found, 9, "relevance")] == [
        "2025-05-05",
        "2024-01-01",
        "2024-01-09",
    ]
    assert [one.hit.day for one in merge_hits(found, 2, "newest")] == ["2025-05-05", "2024-01-09"]
    assert [one.archive.name for one in merge_hits(found, 2, "relevance")] == ["b.db", "a.db"]


async def test_the_reading_room_opens_parts_side_by_side(divided: Divided) -> None:
    room = Datasette(list(map(str, divided.parts)))
    await room.invoke_startup()
    assert "The search begins in archive-2026" in said(await page(room, "/"))
    query = urlencode({"q": COMMON})
    results = await page(room, f"/-/clippings/archive-2026/search?{query}")
    links = results.xpath("//p[contains(., 'In other archives')]/a/@href")
    assert links
    assert all(link.endswith(query) for link in links)
    elsewhere = (await room.client.get(f"/-/clippings/archive-2026/search.json?{query}")).json()["elsewhere"]
    for one in elsewhere:
        other = await room.client.get(f"/-/clippings/{one['archive']}/search.json?{query}")
        assert other.json()["total"] == one["total"]
        assert f"{one['archive']} {one['total']}" in said(results)


def test_what_is_in_the_way_is_named(divided: Divided, tmp_path: Path) -> None:
    assert "is there already" in run("split", divided.whole, "--by", "year", "--into", divided.folder, code=1)
    (tmp_path / "years.part").mkdir()
    assert "is in the way" in run(
        "split", divided.whole, "--by", "year", "--into", tmp_path / "years", code=1
    )
