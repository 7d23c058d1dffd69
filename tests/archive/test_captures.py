"""Captures: every page is in a WARC file before a row says so, and can be read back byte for byte."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pipelines.archive.admin.verify import read_records, verify
from pipelines.archive.database import Archive
from pipelines.archive.errors import ArchiveError
from pipelines.archive.records import Place
from pipelines.archive.warc import pack
from pipelines.archive.warc.files import prefix_of, trim_torn_end
from pipelines.archive.warc.reader import CaptureMissing, response
from pipelines.archive.warc.writer import Captures
from pipelines.items import Page
from tests.web import Web

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Desk

AT = "2026-11-23T09:30:00.123+00:00"


def page(
    url: str = "http://paper.example/a?b=c", body: bytes = b"<html><p>A page.</p></html>", **named: object
) -> Page:
    headers = (
        ("Content-Type", "text/html"),
        ("X-Mayor", "Jos\xe9"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    )
    values = {
        "headers": headers,
        "fetched_at": AT,
        "request_headers": (("User-Agent", "Clippings"),),
        **named,
    }
    return Page(url=url, body=body, **values)  # type: ignore[arg-type]


def warcio_check(*files: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "warcio.cli", "check", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def keep(archive: Archive, *pages: Page) -> list[int]:
    stored = archive.captures.append([pack.pack(page) for page in pages])
    with archive.db.atomic():
        return [archive.captures.insert(one, None) for one in stored.values()]


def place_of(archive: Archive, capture: int) -> Place:
    (row,) = archive.rows("SELECT warc_file, warc_offset, warc_length FROM captures WHERE id = ?", [capture])
    found = Place(**row)
    assert found is not None
    return found


def files_of(archive: Path) -> list[Path]:
    return sorted((archive.parent / "warc").glob("*.warc.gz"))


def test_a_page_comes_back_as_it_was_sent(tmp_path: Path) -> None:
    sent = page(body=gzip.compress(b"<html>packed</html>"))
    with Archive(tmp_path / "a.db") as archive:
        (capture,) = keep(archive, sent)
        status, headers, body = response(archive.path, place_of(archive, capture))
    assert (status, body) == (200, sent.body)
    assert headers == sent.headers
    assert warcio_check(*files_of(tmp_path / "a.db")).returncode == 0


def test_chunks_are_not_claimed_for_a_body_without_them(tmp_path: Path) -> None:
    sent = page(headers=(("Transfer-Encoding", "chunked"), ("Content-Type", "text/html")))
    with Archive(tmp_path / "a.db") as archive:
        (capture,) = keep(archive, sent)
        assert response(archive.path, place_of(archive, capture))[1] == (("Content-Type", "text/html"),)


def test_the_records_say_what_happened(tmp_path: Path) -> None:
    with Archive(tmp_path / "a.db") as archive:
        keep(archive, page())
    text = gzip.decompress(files_of(tmp_path / "a.db")[0].read_bytes()).decode("latin-1")
    first, second, third = text.split("WARC/1.1\r\n")[1:]
    assert "WARC-Type: warcinfo" in first
    assert "software: Clippings/" in first
    assert "WARC-Type: response" in second
    assert "WARC-Date: 2026-11-23T09:30:00.123Z" in second
    assert "WARC-Target-URI: http://paper.example/a?b=c" in second
    assert "HTTP/1.1 200 OK\r\n" in second
    assert "X-Mayor: Jos\xe9\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n" in second
    assert "WARC-Type: request" in third
    assert "GET /a?b=c HTTP/1.1\r\nHost: paper.example\r\nUser-Agent: Clippings\r\n" in third
    identity = second.split("WARC-Record-ID: ")[1].split("\r\n")[0]
    assert f"WARC-Concurrent-To: {identity}" in third


def test_the_same_payload_is_kept_once(tmp_path: Path) -> None:
    with Archive(tmp_path / "a.db") as archive:
        first, second = keep(archive, page(), page("http://paper.example/other"))
    with Archive(tmp_path / "a.db") as archive:  # also in another crawl
        (third,) = keep(archive, page(fetched_at="2026-11-24T09:30:00.000+00:00"))
        rows = {row["id"]: row for row in archive.rows("SELECT * FROM captures")}
        assert place_of(archive, first) == place_of(archive, second) == place_of(archive, third)
    assert [rows[n]["revisit_file"] is not None for n in (first, second, third)] == [False, True, True]
    found = verify(tmp_path / "a.db")
    assert (found.types["response"], found.types["revisit"], found.problems) == (1, 2, [])
    text = gzip.decompress(files_of(tmp_path / "a.db")[0].read_bytes()).decode("latin-1")
    assert text.count("A page.") == 1
    assert (
        "WARC-Refers-To-Target-URI: http://paper.example/a?b=c\r\nWARC-Refers-To-Date: 2026-11-23T09:30:00.123Z"
        in text
    )


def test_zlib_does_where_isal_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = pack.compress(b"a page " * 1000)
    monkeypatch.setattr(pack, "FAST", None)
    assert gzip.decompress(fast) == gzip.decompress(pack.compress(b"a page " * 1000)) == b"a page " * 1000


def test_a_full_file_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.archive.warc.files.LARGEST_FILE", 20_000)
    with Archive(tmp_path / "a.db") as archive:
        for n in range(12):
            keep(archive, page(f"http://paper.example/{n}", random.Random(n).randbytes(5000)))
    files = files_of(tmp_path / "a.db")
    assert len(files) > 3
    assert all(file.stat().st_size <= 20_000 for file in files)
    assert warcio_check(*files).returncode == 0
    assert verify(tmp_path / "a.db").problems == []


def test_two_archives_share_a_folder(tmp_path: Path) -> None:
    for name in ("a.db", "a.sqlite", "a-b.db", "a.db"):
        with Archive(tmp_path / name) as archive:
            keep(archive, page(f"http://{name}.example/{time.monotonic_ns()}", os.urandom(100)))
    prefixes = {prefix_of(tmp_path / name) for name in ("a.db", "a.sqlite", "a-b.db")}
    assert len(prefixes) == len(files_of(tmp_path / "a.db")) == 3
    for name, captures in (("a.db", 2), ("a.sqlite", 1), ("a-b.db", 1)):
        found = verify(tmp_path / name)
        assert (found.captures, found.problems) == (captures, [])


@pytest.mark.parametrize("lost", [1, 40, 200])
def test_a_torn_end_is_cut_off_and_the_file_goes_on(tmp_path: Path, lost: int) -> None:
    path = tmp_path / "a.db"
    with Archive(path) as archive:
        keep(archive, page())
        archive.captures.append(
            [pack.pack(page("http://paper.example/torn", os.urandom(500)))]
        )  # no row: killed before
    (file,) = files_of(path)
    os.truncate(file, file.stat().st_size - lost)
    assert any("cut off" in problem for problem in verify(path).problems)
    with Archive(path) as archive:
        archive.captures.mend_files()
        assert verify(path).problems == []
        keep(archive, page("http://paper.example/next", os.urandom(500)))
    assert files_of(path) == [file]
    assert verify(path).problems == []
    assert warcio_check(file).returncode == 0


def test_a_file_that_lost_what_rows_point_to_is_left_and_said(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Archive(path) as archive:
        keep(archive, page(), page("http://paper.example/b", b"<p>Another.</p>"))
    (file,) = files_of(path)
    size = file.stat().st_size
    os.truncate(file, size // 2)
    before = file.read_bytes()
    with Archive(path) as archive:
        archive.captures.mend_files()
        keep(archive, page("http://paper.example/c", b"<p>A third.</p>"))
    assert file.read_bytes() == before
    assert len(files_of(path)) == 2
    assert len(verify(path).problems) >= 1


def test_mend_tells_garbage_from_members(tmp_path: Path) -> None:
    file = tmp_path / "x.warc.gz"
    whole = gzip.compress(b"one") + gzip.compress(b"two" * 100_000)
    file.write_bytes(whole + b"not gzip at all")
    assert trim_torn_end(file, 0) == len(whole) == file.stat().st_size
    assert trim_torn_end(file, len(whole) + 1) is None
    assert trim_torn_end(file, len(whole)) == len(whole)


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Archive(path) as archive:
        keep(archive, page(body=os.urandom(3000)), page("http://paper.example/b", b"<p>Another.</p>"))
        place = place_of(archive, 1)
    (file,) = files_of(path)
    data = bytearray(file.read_bytes())
    data[place.warc_offset + place.warc_length // 2] ^= 1
    file.write_bytes(data)
    assert verify(path).problems


def test_a_disk_that_is_full_is_said_and_leaves_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    with Archive(path) as archive:
        keep(archive, page())
        (file,) = files_of(path)
        size = file.stat().st_size

        def full(handle: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("pipelines.archive.warc.files.os.fsync", full)
        with pytest.raises(ArchiveError, match="is full"), archive.errors():
            archive.captures.append([pack.pack(page("http://paper.example/big", os.urandom(100_000)))])
        monkeypatch.undo()
        assert file.stat().st_size == size
        keep(archive, page("http://paper.example/b", b"<p>Another.</p>"))
    assert verify(path).problems == []


def test_a_hostile_row_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "warc").mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    for place in (Place("../secret", 0, 6), Place("missing", 0, 6), Place("a\0b", 0, 1)):
        with pytest.raises(CaptureMissing):
            response(tmp_path / "a.db", place)


# --- through the real thing


def test_every_article_of_a_crawl_has_its_page(crawled: Desk) -> None:
    rows = crawled.rows(
        "SELECT a.url, a.title, c.*, u.url AS found FROM articles a LEFT JOIN captures c ON c.id = a.capture_id"
        " LEFT JOIN urls u ON u.id = c.url_id WHERE a.rights IS NULL"
    )
    for row in rows:
        status, _, body = response(
            crawled.archive, Place(row["warc_file"], row["warc_offset"], row["warc_length"])
        )
        assert status == row["status"] == 200
        assert hashlib.sha256(body).hexdigest() == row["sha256"]
        assert row["found"]
    found = verify(crawled.archive)
    assert found.problems == []
    assert found.types["request"] == found.captures
    assert warcio_check(*files_of(crawled.archive)).returncode == 0


def test_status_verify_is_a_command(copy_of: Desk) -> None:
    (copy_of.folder / "warc").mkdir()
    missing = copy_of.run("verify", str(copy_of.archive), "--json")
    assert missing.code == 1
    assert json.loads(missing.out)["problems"]
    (copy_of.folder / "warc").rmdir()
    gone = copy_of.run("verify", str(copy_of.archive))
    assert gone.code == 1
    assert "Put it back" in gone.err
    assert copy_of.run("status", str(copy_of.archive)).code == 0
    assert copy_of.run("search", str(copy_of.archive), "harbour").code == 0
    replay = copy_of.run("replay", str(copy_of.archive))
    assert replay.code == 1
    assert "put it back" in replay.err


def test_kill_9_leaves_every_row_with_its_page(desk: Desk) -> None:
    desk.follow()
    for number in range(4):
        process = desk.start("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=0.01", start_new_session=True)
        deadline = time.monotonic() + 30
        warcs = desk.folder / "warc"
        while not warcs.is_dir() and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(random.Random(number).uniform(0.1, 1.5))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        torn = [
            p
            for p in verify(desk.archive).problems
            if "cut off" not in p or "capture" in p.split("mends it")[1]
        ]
        assert torn == []
    assert desk.crawl().code in (0, 3)
    assert verify(desk.archive).problems == []
    desk.assert_adds_up()
    without = (
        "SELECT url FROM articles WHERE capture_id IS NULL AND coalesce(rights, '') NOT LIKE '%noarchive%'"
    )
    assert desk.column(without) == []


def test_images_are_kept_where_the_source_wants_them(desk: Desk) -> None:
    with Web() as web:
        desk.newspaper = web  # type: ignore[assignment]
        story = "http://paper.example/2026/11/23/ferry-to-sail-hourly"
        text = (
            "<p>The ferry to the islands will sail every hour from Monday, the harbour office said.</p>" * 6
        )
        head = '<meta property="og:image" content="http://paper.example/ferry.jpg"><title>Ferry</title>'
        web.pages[story] = (
            f"<html><head>{head}</head><body><article><h1>Ferry</h1>{text}</article></body></html>"
        )
        image = b"\xff\xd8\xff" + random.Random(1).randbytes(3000)
        web.pages["http://paper.example/ferry.jpg"] = lambda count: (
            200,
            {"Content-Type": "image/jpeg"},
            image,
        )
        for images, stored in (("false", []), ("true", [image])):
            desk.seed("paper.toml", f'home = "http://paper.example/"\nimages = {images}\n')
            for _ in range(2):
                assert desk.run("fetch", str(desk.archive), "-s", "DOWNLOAD_DELAY=0", story).code == 0
            rows = desk.rows("SELECT * FROM captures WHERE mime = 'image/jpeg'")
            bodies = [
                response(desk.archive, Place(r["warc_file"], r["warc_offset"], r["warc_length"]))[2]
                for r in rows
            ]
            assert bodies == stored
        assert web.counts["http://paper.example/ferry.jpg"] == 1
        desk.assert_adds_up()


def test_the_redirects_that_led_to_a_page_are_kept_with_it(desk: Desk) -> None:
    found, middle, last = (f"http://paper.example/{part}" for part in ("2026/11/23/found", "moved", "ferry"))
    text = "".join(f"<p>{' '.join(f'word{n}x{k}' for k in range(30))}.</p>" for n in range(8))
    with Web() as web:
        desk.newspaper = web  # type: ignore[assignment]
        desk.seed("paper.toml", 'home = "http://paper.example/"\n')
        web.pages[found] = lambda count: (301, {"Location": middle}, "Moved.")
        web.pages[middle] = lambda count: (302, {"Location": "/ferry"}, "")
        web.pages[last] = (
            f"<html><head><title>Ferry</title></head><body><article><h1>Ferry</h1>{text}</article></body></html>"
        )
        for _ in range(2):
            result = desk.run("fetch", str(desk.archive), "-s", "DOWNLOAD_DELAY=0", found)
            assert result.code == 0, result.err
    rows = desk.rows("SELECT * FROM captures ORDER BY id")
    assert [(row["url"], row["status"]) for row in rows] == [(found, 301), (middle, 302), (last, 200)] * 2
    for row, target in zip(rows, [middle, "/ferry"], strict=False):
        status, headers, body = response(
            desk.archive, Place(row["warc_file"], row["warc_offset"], row["warc_length"])
        )
        assert status == row["status"]
        assert dict(headers)["Location"] == target
        assert body == (b"Moved." if status == 301 else b"")
    assert desk.column("SELECT capture_id FROM articles") == [rows[2]["id"]]
    assert [row["revisit_file"] is not None for row in rows] == [False] * 5 + [True]
    checked = verify(desk.archive)
    assert (checked.problems, checked.spare) == ([], 0)
    assert warcio_check(*files_of(desk.archive)).returncode == 0
    # They are no pages of their own to replay or to anyone who takes the file in.
    assert desk.run("replay", str(desk.archive)).out.startswith("1 capture extracted again")
    taken = desk.run("replay", str(desk.folder / "taken.db"), *map(str, files_of(desk.archive)))
    assert taken.out.startswith("2 pages imported"), taken.out
    assert "4 records skipped: with status 3xx" in taken.out
    # Forgetting the article forgets the way to it as well.
    assert desk.run("forget", str(desk.archive), found, "--yes").code == 0
    assert desk.column("SELECT url FROM captures WHERE warc_file IS NOT NULL") == []


def test_members_are_found_one_by_one(crawled: Desk) -> None:
    (file,) = files_of(crawled.archive)
    found = list(read_records(file))
    assert found[0].kind == "warcinfo"
    assert sum(member.place.warc_length for member in found) == file.stat().st_size


def test_captures_without_a_folder(tmp_path: Path) -> None:
    with Archive(tmp_path / "a.db") as archive:
        assert Captures(archive.db, archive.path).append([]) == {}
    assert not (tmp_path / "warc").exists()
    assert verify(tmp_path / "a.db").problems == []
