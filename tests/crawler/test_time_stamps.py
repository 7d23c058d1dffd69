"""Time stamps by an authority of our own: kept, checked without a network, and tried again where the authority was down."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from crawler.run.time_stamp import stamp_newest
from pipelines.archive.admin import time_stamps
from pipelines.archive.database import Archive
from tests.authority import Authority, running_authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Desk


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with running_authority(tmp_path_factory.mktemp("authority")) as running:
        yield running


@pytest.fixture
def archive(crawled: Desk, tmp_path: Path) -> Path:
    """A copy of the newspaper's archive with its files."""
    shutil.copy(crawled.archive, tmp_path)
    shutil.copytree(crawled.folder / "warc", tmp_path / "warc")
    return tmp_path / "archive.db"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def stamp(archive: Path, url: str, certificate: object = "") -> str:
    with Archive(archive) as opened:
        return stamp_newest(opened, url, str(certificate))


def verify(archive: Path, *options: object) -> tuple[int, dict[str, Any]]:
    words = ["verify", str(archive), "--json", *map(str, options)]
    result = CliRunner().invoke(cli, words)
    return result.exit_code, json.loads(result.output)


def test_the_last_manifest_is_stamped_once_and_checked_without_a_network(
    archive: Path, authority: Authority
) -> None:
    before = authority.asked
    assert stamp(archive, authority.url, authority.root) == ""
    assert stamp(archive, authority.url, authority.root) == ""
    assert authority.asked == before + 1
    (manifest,) = (archive.parent / "warc").glob("*.json")
    (token,) = (archive.parent / "warc").glob("*.tsr")
    with closing(sqlite3.connect(archive)) as db:
        name, kept = db.execute("SELECT authority, token FROM manifests").fetchone()
    assert (name, kept) == ("Test-authority", token.read_bytes())
    command = ["openssl", "ts", "-verify", "-data", manifest, "-in", token, "-CAfile", authority.root]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    code, found = verify(archive, "--certificate", authority.root)
    assert (code, found["stamps"], found["problems"], found["notes"]) == (0, 1, [], [])
    # Whose certificate nobody vouches for is said, and is no fault of the archive.
    code, found = verify(archive)
    assert (code, found["stamps"], found["problems"]) == (0, 0, [])
    assert "Test-authority, whom no root certificate vouches for" in found["notes"][0]


def test_a_changed_stamp_is_named(archive: Path, authority: Authority) -> None:
    assert stamp(archive, authority.url, authority.root) == ""
    with closing(sqlite3.connect(archive)) as db, db:
        token = bytearray(db.execute("SELECT token FROM manifests").fetchone()[0])
        token[-5] ^= 1
        db.execute("UPDATE manifests SET token = ?, stamped_at = '2020-01-01T00:00:00+00:00'", [bytes(token)])
    code, found = verify(archive, "--certificate", authority.root)
    assert code == 1
    said = " ".join(found["problems"])
    assert "its signature is wrong" in said
    assert ".tsr is not what the table has" in said


def test_a_stamp_of_something_else_is_named(archive: Path, authority: Authority) -> None:
    other = authority.stamp(time_stamps.ask(b"another manifest").der)
    with closing(sqlite3.connect(archive)) as db, db:
        db.execute("UPDATE manifests SET token = ?, stamped_at = '2020'", [other])
    assert "is of something else" in " ".join(verify(archive)[1]["problems"])
    assert "it is of something else" in " ".join(
        verify(archive, "--certificate", authority.root)[1]["problems"]
    )


def test_what_an_authority_gets_wrong_costs_a_later_try(archive: Path, authority: Authority) -> None:
    assert "Connection refused. The next crawl tries again" in stamp(archive, "http://127.0.0.1:9/tsa")
    authority.broken = [
        b"http://127.0.0.1:9/elsewhere",
        b"<html>we are closed</html>",
        authority.stamp(time_stamps.ask(b"another manifest").der),
    ]
    assert "it is of something else" in stamp(archive, authority.url, authority.root)
    assert "its answer is no time stamp" in stamp(archive, authority.url)
    assert "it answered 302" in stamp(archive, authority.url)
    assert "whom no root certificate vouches for" in stamp(archive, authority.url, other_root(archive.parent))
    assert "cannot be read as a certificate" in stamp(archive, authority.url, archive.parent / "none.pem")
    assert stamp(archive, authority.url) == ""
    assert verify(archive, "--certificate", authority.root)[1]["stamps"] == 1


def other_root(folder: Path) -> Path:
    with running_authority(folder / "other") as another:
        return another.root


def test_a_crawl_has_its_manifest_stamped(desk: Desk, authority: Authority) -> None:
    desk.follow("minato")
    (desk.folder / "clippings.toml").write_text(
        f'[evidence]\ntimestamp = "http://127.0.0.1:9/down"\ncertificate = "{authority.root}"\n'
    )
    first = desk.crawl()
    assert first.code == 0
    # The newspaper's proxy stands before everything in these tests, and knows no authority.
    assert "No time stamp from http://127.0.0.1:9/down" in first.err
    assert desk.column("SELECT count(*) FROM manifests WHERE token IS NULL") == [1]
    with Archive(desk.archive) as opened:
        assert stamp_newest(opened, authority.url, str(authority.root)) == ""
    code, found = verify(desk.archive, "--config", desk.folder / "clippings.toml")
    assert (code, found["stamps"]) == (0, 1)
