"""Erasing leaves nothing and lasts; pruning keeps the reasons; a backup is whole while a crawl writes."""

from __future__ import annotations

import gzip
import sqlite3
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from warcio.archiveiterator import ArchiveIterator

from pipelines.archive.admin.erase import blank_record
from pipelines.urls.normalize import key

if TYPE_CHECKING:
    from tests.conftest import Desk


def bytes_of(desk: Desk) -> bytes:
    """Every byte of every file beside the archive, gzip members unpacked as well."""
    found = b""
    for path in desk.folder.rglob("*"):
        if path.is_file() and path.suffix != ".toml":
            data = path.read_bytes()
            found += data
            while data[:2] == b"\x1f\x8b":
                unpacker = zlib.decompressobj(31)
                text = unpacker.decompress(data)
                found += text
                if b"\x1f\x8b\x08" in text:  # the page was sent packed
                    found += zlib.decompressobj(31).decompress(text[text.find(b"\x1f\x8b\x08") :])
                data = unpacker.unused_data
    return found


@pytest.mark.parametrize(
    "length", [*range(120, 420, 7), 1000, 65_530, 65_541, 65_558, 65_560, 65_570, 131_100, 300_001]
)
def test_a_blank_record_has_the_length_asked_for_and_is_whole(length: int) -> None:
    member = blank_record(length)
    assert len(member) == length
    text = gzip.decompress(member)
    assert not text.strip(b" \r\n") or text.startswith(b"WARC/1.1")
    if length > 250:
        (record,) = ArchiveIterator(BytesIO(member))
        assert record.rec_type == "metadata"


def test_nothing_is_left_of_what_was_forgotten_and_it_does_not_come_back(desk: Desk) -> None:
    desk.follow("morning")
    url = next(u for u in desk.newspaper.articles("morning.example") if "council" in u or u)
    desk.crawl()
    desk.newspaper.revise(url)
    desk.run("fetch", str(desk.archive), url, "-s", "DOWNLOAD_DELAY=0")
    row = desk.rows("SELECT * FROM articles WHERE url = ?", url)[0]
    others = desk.column("SELECT count(*) FROM articles WHERE text <> ?", row["text"])[0]
    sentence = row["text"].split("\n\n")[1][:60].encode()
    assert sentence in bytes_of(desk)
    result = desk.run("forget", str(desk.archive), url, "--yes")
    assert (result.code, result.err) == (0, "")
    assert sentence not in bytes_of(desk)
    # Other pages may name the headline in a link; what we wrote of it is gone.
    left = b"".join(path.read_bytes() for path in desk.folder.glob("archive.*"))
    for gone in (row["title"].encode(), url.encode(), row["text"].split("\n\n")[0][:40].encode()):
        assert gone not in left, gone
    assert desk.run("verify", str(desk.archive)).code == 0
    desk.crawl("--since", "20y")
    desk.run("fetch", str(desk.archive), url, "-s", "DOWNLOAD_DELAY=0")
    assert desk.outcomes()[url] == ("excluded", "forgotten on request")
    assert sentence not in bytes_of(desk)
    assert desk.column("SELECT count(*) FROM articles")[0] >= others
    assert key(url) not in {key(u) for u in desk.column("SELECT url FROM articles")}


def test_a_source_is_forgotten_whole(copy_of: Desk) -> None:
    before = copy_of.column("SELECT count(*) FROM articles WHERE source_id <> 'tagblatt'")[0]
    result = copy_of.run("forget", str(copy_of.archive), "--source", "tagblatt", "--yes")
    assert result.code in (0, 1), result.err
    assert copy_of.column("SELECT count(*) FROM articles WHERE source_id = 'tagblatt'") == [0]
    assert copy_of.column("SELECT count(*) FROM articles") == [before]
    assert copy_of.column("SELECT count(*) FROM outcomes WHERE url LIKE '%tagblatt%'") == [0]
    assert copy_of.column("PRAGMA integrity_check") == ["ok"]
    assert copy_of.column("PRAGMA foreign_key_check") == []


def test_pruning_keeps_the_last_word_on_each_url(copy_of: Desk) -> None:
    urls = set(copy_of.column("SELECT url FROM outcomes"))
    with sqlite3.connect(copy_of.archive) as db:
        db.execute("INSERT INTO crawls (id, started_at) VALUES (99, '2020-01-01'), (100, '2020-01-02')")
        db.execute(
            "INSERT INTO outcomes (crawl_id, source_id, url, outcome, reason, at)"
            " SELECT 99, source_id, url, 'failed', 'x', '2020-01-01' FROM outcomes WHERE crawl_id = 1"
        )
        db.execute(
            "INSERT INTO outcomes (crawl_id, source_id, url, outcome, reason, at)"
            " SELECT 100, source_id, url, 'failed', 'x', '2026-01-02' FROM outcomes WHERE crawl_id = 99"
        )
    db.close()
    result = copy_of.run("prune", str(copy_of.archive), "--older", "30d")
    assert result.code == 0, result.err
    assert copy_of.column("SELECT count(*) FROM outcomes WHERE crawl_id = 99") == [0]
    assert set(copy_of.column("SELECT url FROM outcomes")) == urls


def test_a_backup_is_whole_while_a_crawl_writes(desk: Desk) -> None:
    desk.follow()
    crawl = desk.start("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=0.05")
    copies = []
    while crawl.poll() is None:
        result = desk.run("backup", str(desk.archive), str(desk.folder / f"copy{len(copies)}.db"))
        if result.code == 0:
            copies.append(desk.folder / f"copy{len(copies)}.db")
    _, errors = crawl.communicate()
    assert "locked" not in errors
    assert copies
    for copy in copies:
        db = sqlite3.connect(copy)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        db.close()
    assert desk.run("backup", str(desk.archive), str(desk.archive)).code == 1


def test_forgetting_while_a_crawl_runs_is_refused(desk: Desk) -> None:
    from pipelines.archive.lock import ArchiveLock

    desk.follow("morning")
    desk.crawl()
    with ArchiveLock(desk.archive):
        assert desk.run("forget", str(desk.archive), "--source", "morning", "--yes").code == 75


@pytest.mark.parametrize("row", ["outside", "link", "too long", "before the beginning"])
def test_forgetting_overwrites_nothing_but_records_in_warc(copy_of: Desk, row: str) -> None:
    secret = copy_of.folder / "secret"
    secret.write_bytes(b"mine" * 1000)
    warc = copy_of.folder / "warc"
    warc.mkdir()
    (warc / "whole.warc.gz").write_bytes(b"mine" * 1000)
    (warc / "link.warc.gz").symlink_to(secret)
    file, offset, length = {
        "outside": ("../secret", 0, 400),
        "link": ("link.warc.gz", 0, 400),
        "too long": ("whole.warc.gz", 3000, 10**12),
        "before the beginning": ("whole.warc.gz", -5, 400),
    }[row]
    url = copy_of.column("SELECT url FROM articles LIMIT 1")[0]
    with sqlite3.connect(copy_of.archive) as db:
        db.execute(
            "UPDATE captures SET warc_file = ?, warc_offset = ?, warc_length = ?", [file, offset, length]
        )
    db.close()
    result = copy_of.run("forget", str(copy_of.archive), url, "--yes")
    assert result.code == 1
    assert "Traceback" not in result.err
    assert secret.read_bytes() == (warc / "whole.warc.gz").read_bytes() == b"mine" * 1000
    assert copy_of.run("verify", str(copy_of.archive)).code == 1
