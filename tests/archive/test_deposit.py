"""A backup has the pages too and is checked; restoring overwrites nothing; a bag and a WACZ open in other tools."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

import bagit
import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database
from warcio.archiveiterator import ArchiveIterator

from crawler.cli import cli
from pipelines.archive.admin.backup import find_database
from pipelines.archive.database import Archive
from pipelines.archive.errors import ArchiveError
from pipelines.archive.export.wacz import surt
from tests.reading_room import made_up

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Desk

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
    assert "1 WARC file," in result.output
    assert "1 new; all read back and the same" in result.output
    assert files(disk) == files(archive.parent) != {}
    assert ", 0 new;" in run("backup", archive, disk).output
    result = run("restore", disk, again / "archive.db")
    assert result.exit_code == 0, result.output
    assert files(again) == files(archive.parent)
    with closing(Database(again / "archive.db")) as db, closing(Database(archive)) as old:
        assert list(db.query("SELECT * FROM articles")) == list(old.query("SELECT * FROM articles"))
    assert run("verify", again / "archive.db").exit_code == 0
    # A copy is one file, whoever reads it; a bag with another would be none.
    assert [path.name for path in sorted(disk.iterdir()) if path.is_file()] == [archive.name]
    with Archive(again / "archive.db") as written:
        assert written.db.journal_mode == "wal"


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
    assert result.output.startswith("3 captures; 3 records (3 response) in 1 file,")
    with closing(Database(archive)) as db:
        db["captures"].update(2, {"sha256": "0" * 64})
        db["captures"].update(3, {"warc_offset": 10})
        db["captures"].update(4, {"warc_file": "2026/none.warc.gz"})
    result = run("verify", archive, "--sample", "100")
    assert result.exit_code == 1
    assert "the page is not the one that was stored (capture 2)" in result.output
    assert "(capture 3)" in result.output
    assert "is not beside the archive" in result.output


def test_a_bag_is_valid_and_comes_back(archive: Path, tmp_path: Path) -> None:
    bag_folder = tmp_path / "bag"
    result = run("export", archive, "--format", "bagit", "-o", bag_folder)
    assert result.exit_code == 0, result.output
    bag = bagit.Bag(str(bag_folder))
    bag.validate()
    assert {"data/the clippings.db", "data/articles.csv", "data/methods.md", f"data/{WARC}"} == set(
        bag.payload_entries()
    )
    assert (bag_folder / "data" / WARC).read_bytes() == (archive.parent / WARC).read_bytes()
    assert run("restore", bag_folder, tmp_path / "again.db").exit_code == 0
    assert run("verify", tmp_path / "again.db").exit_code == 0
    assert bag.is_valid()
    result = run("export", archive, "council", "--format", "bagit", "-o", tmp_path / "other")
    assert "A bag holds the whole archive" in result.output
    (archive.parent / WARC).unlink()
    result = run("export", archive, "--format", "bagit", "-o", tmp_path / "other")
    assert result.exit_code == 1
    assert "A bag must have every page" in result.output
    assert not (tmp_path / "other").exists()
    assert not (tmp_path / "other.part").exists()


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://www.Example.com/a/B.html?b=2&a=1#x", "com,example)/a/b.html?a=1&b=2"),
        ("https://sub.example.co.uk:8443/Path/", "uk,co,example,sub:8443)/path"),
        ("http://xn--mnchen-3ya.example/\u00fc", "example,xn--mnchen-3ya)/%c3%bc"),
        ("http://127.0.0.1:8000/x", "1,0,0,127:8000)/x"),
        ("https://www2.example.org:443", "org,example)/"),
        ("http://wwwx.example/?", "example,wwwx)/"),
    ],
)
def test_addresses_are_sorted_as_the_internet_archive_does(url: str, key: str) -> None:
    assert surt(url) == key  # but for the last, what the library surt 0.3.1 gives


def read_wacz(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The pages by address, and the lines of the index; every digest of the package is compared."""
    with zipfile.ZipFile(path) as pack:
        assert pack.testzip() is None
        package = json.loads(pack.read("datapackage.json"))
        digest = json.loads(pack.read("datapackage-digest.json"))["hash"]
        assert digest == "sha256:" + hashlib.sha256(pack.read("datapackage.json")).hexdigest()
        for resource in package["resources"]:
            data = pack.read(resource["path"])
            assert resource["hash"] == "sha256:" + hashlib.sha256(data).hexdigest()
            assert resource["bytes"] == len(data)
            assert pack.getinfo(resource["path"]).compress_type == zipfile.ZIP_STORED
        lines = gzip.decompress(pack.read("indexes/index.cdx.gz")).decode().splitlines()
        assert lines == sorted(lines)
        blocks = pack.read("indexes/index.idx").decode().splitlines()[1:]
        for block in blocks:
            about = json.loads(block.split(" ", 2)[2])
            part = pack.read("indexes/index.cdx.gz")[about["offset"] : about["offset"] + about["length"]]
            assert gzip.decompress(part).decode().startswith(" ".join(block.split(" ", 2)[:2]))
        pages = [json.loads(line) for line in pack.read("pages/pages.jsonl").decode().splitlines()]
        warc = pack.read("archive/data.warc.gz")
    index = []
    for line in lines:
        key, stamp, about = line.split(" ", 2)
        entry = json.loads(about) | {"key": key, "stamp": stamp}
        start = int(entry["offset"])
        (found,) = ArchiveIterator(
            io.BytesIO(warc[start : start + int(entry["length"])]), check_digests="raise"
        )
        assert found.rec_headers.get_header("WARC-Target-URI") == entry["url"]
        assert found.rec_type == ("revisit" if entry["mime"] == "warc/revisit" else "response")
        found.content_stream().read()
        if found.rec_type == "revisit":
            entry["refers_to"] = found.rec_headers.get_header("WARC-Refers-To-Target-URI")
        index.append(entry)
    return {page["url"]: page for page in pages[1:]}, index


def test_a_wacz_has_every_page_that_was_kept(crawled: Desk, tmp_path: Path) -> None:
    target = tmp_path / "pages.wacz"
    result = crawled.run("export", str(crawled.archive), "--duplicates", "-o", str(target))
    assert result.code == 0, result.err
    pages, index = read_wacz(target)
    kept = crawled.rows(
        "SELECT c.url, a.title FROM articles a JOIN captures c ON c.id = a.capture_id WHERE c.warc_file IS NOT NULL"
        " UNION SELECT c.url, a.title FROM articles a JOIN article_captures p ON p.article_id = a.id"
        " JOIN captures c ON c.id = p.capture_id WHERE c.warc_file IS NOT NULL"
    )
    assert f"{len(kept)} pages" in result.out
    assert {url: page["title"] for url, page in pages.items()} == {row["url"]: row["title"] for row in kept}
    addresses = {entry["url"] for entry in index}
    assert set(pages) <= addresses
    assert {entry["refers_to"] for entry in index if "refers_to" in entry} <= addresses
