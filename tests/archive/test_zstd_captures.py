"""Captures compressed by zstd: the specification's files, torn and whole, repacked, forgotten, merged and taken out."""

from __future__ import annotations

import gzip
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import lxml.html
import pytest
from click.testing import CliRunner
from datasette.app import Datasette
from fastwarc.stream_io import ZstdReader
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from crawler.cli import cli
from pipelines.archive.admin.backup import backup, restore
from pipelines.archive.admin.erase import erase
from pipelines.archive.admin.rewrite import repack
from pipelines.archive.admin.verify import verify, verify_sample
from pipelines.archive.database import Archive, open_for_reading
from pipelines.archive.records import Place
from pipelines.archive.warc import frames, pack
from pipelines.archive.warc.foreign import read_records
from pipelines.archive.warc.reader import read_content, response
from pipelines.items import CaptureFormat, Page
from pipelines.urls.normalize import key
from tests.archive.test_manifests import documented_checker
from tests.browse.test_evidence_sheet import run_checks
from tests.conftest import ROOT, Desk
from tests.newspaper.client import Newspaper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORDS = [f"word{n}" for n in range(3000)]
BOTH = (CaptureFormat.GZIP, CaptureFormat.ZSTD)


def body_of(source: str, number: int) -> bytes:
    """A page: what all pages of its source have, and a text of its own."""
    frame, own = random.Random(source), random.Random(f"{source} {number}")
    text = f"<p>The text of {source} {number}: {' '.join(own.choices(WORDS, k=80))}</p>"
    return f"<html>{' '.join(frame.choices(WORDS, k=900))}{text}</html>".encode()


def page(source: str, number: int, **named: object) -> Page:
    values = {
        "body": body_of(source, number),
        "source_id": source,
        "fetched_at": f"2026-11-{number % 28 + 1:02}T09:30:00.123+00:00",
        "headers": (("Content-Type", "text/html"),),
        "request_headers": (("User-Agent", "Clippings"),),
        **named,
    }
    return Page(url=f"http://{source}.example/{number}", **values)  # type: ignore[arg-type]


def keep(archive: Archive, *pages: Page) -> list[int]:
    """Pack, append and insert, as a crawl does: a row of the frontier says whose page it is."""
    files = archive.captures.files
    packed = [pack.pack(replace(one, packing=files.packing_of(one.source_id))) for one in pages]
    stored = archive.captures.append(packed)
    ids = []
    with archive.db.atomic():
        for one in stored.values():
            row = {
                "id": one.packed.source_id,
                "name": "x",
                "home": "http://x.example/",
                "language": "",
                "country": "",
            }
            archive.sources.save([row], "2026")
            sql = "INSERT INTO urls (url, key, source_id, found_at, via) VALUES (?, ?, ?, ?, 'given') ON CONFLICT DO NOTHING"
            archive.db.execute(sql, [one.packed.url, key(one.packed.url), one.packed.source_id, "2026"])
            (url_id,) = archive.db.execute("SELECT id FROM urls WHERE url = ?", [one.packed.url]).fetchone()
            ids.append(archive.captures.insert(one, url_id))
    return ids


def fill(path: Path, format: CaptureFormat, pages: int = 12) -> Path:
    """An archive with pages of two sources, some of them kept twice."""
    path.parent.mkdir(exist_ok=True)
    with Archive(path) as archive:
        archive.captures.set_format(format)
        for start in range(0, pages, 4):
            keep(archive, *(page(("paper", "other")[n % 2], n) for n in range(start, start + 4)))
        keep(archive, page("paper", 0, fetched_at="2026-12-01T00:00:00+00:00"))
    return path


class Held(NamedTuple):
    """A record by what lies in the file uncompressed; `rows` are those that lead to it."""

    digest: str
    rows: tuple[int, ...]


def held(path: Path) -> Counter[Held]:
    """The records to which rows lead."""
    places: dict[Place, list[int]] = {}
    db = open_for_reading(path)
    rows = db.execute(
        "SELECT id, warc_file, warc_offset, warc_length FROM captures WHERE warc_file IS NOT NULL"
        " UNION ALL SELECT -id, revisit_file, revisit_offset, revisit_length FROM captures WHERE revisit_file IS NOT NULL"
    ).fetchall()
    db.close()
    for number, *place in rows:
        places.setdefault(Place(*place), []).append(number)
    return Counter(
        Held(hashlib.sha256(read_content(path, place)).hexdigest(), tuple(sorted(numbers)))
        for place, numbers in places.items()
    )


def all_records(path: Path) -> Counter[str]:
    """Every record of every file but those that tell of the file itself, by its digest; read by FastWARC and by gzip."""
    found: Counter[str] = Counter()
    for file in files_of(path):
        with file.open("rb") as stream:
            plain = gzip.decompress(stream.read()) if file.suffix == ".gz" else ZstdReader(stream).read()
        for one in re.split(rb"(?=WARC/1\.1\r\nWARC-Type: )", plain):
            if one and b"WARC-Type: warcinfo" not in one[:200]:
                found[hashlib.sha256(one).hexdigest()] += 1
    return found


def files_of(path: Path) -> list[Path]:
    return sorted((path.parent / "warc").glob("*.warc.*"))


def every_byte(folder: Path) -> bytes:
    """Every byte of a folder's files, and of what is compressed in them, dictionaries too."""
    found = b""
    for file in folder.rglob("*"):
        if not file.is_file():
            continue
        found += file.read_bytes()
        if file.name.endswith(".warc.zst"):
            with file.open("rb") as stream:
                dictionary = frames.read_dictionary(stream)
                found += dictionary.dict_content if dictionary else b""
                found += b"".join(one.content for one in frames.read_frames(stream, 10**8, dictionary))
        elif file.name.endswith(".warc.gz"):
            found += gzip.decompress(file.read_bytes())
    return found


# --- the files


def test_each_source_and_month_has_a_file_with_a_dictionary_that_makes_pages_small(tmp_path: Path) -> None:
    path = fill(tmp_path / "a.db", CaptureFormat.ZSTD)
    packed = fill(tmp_path / "b" / "a.db", CaptureFormat.GZIP)
    files = files_of(path)
    assert [re.sub(r"\d{6}", "MONTH", file.name) for file in files] == [
        "a-MONTH-other-00000.warc.zst",
        "a-MONTH-paper-00000.warc.zst",
    ]
    for file in files:
        assert file.read_bytes().startswith(frames.DICTIONARY_FRAME)
    size, size_of_gzip = (sum(file.stat().st_size for file in files_of(at)) for at in (path, packed))
    assert size < size_of_gzip / 2
    found = verify(path)
    assert (found.problems, found.spare) == ([], 0)
    assert (found.types["response"], found.types["revisit"], found.types["request"]) == (12, 1, 13)
    assert (found.captures, found.files) == (13, 2)
    assert (verify_sample(path, 20).records, verify_sample(path, 20).problems) == (13, [])
    assert len(held(path)) == 13


def test_a_reader_of_others_reads_the_files(tmp_path: Path) -> None:
    path = fill(tmp_path / "a.db", CaptureFormat.ZSTD)
    read = {}
    for file in files_of(path):
        with file.open("rb") as stream:
            for record in FastIterator(stream):
                if record.headers["WARC-Type"] == "response":
                    read[record.headers["WARC-Target-URI"]] = record.reader.read()
    assert read == {
        f"http://{s}.example/{n}": body_of(s, n) for n in range(12) for s in (("paper", "other")[n % 2],)
    }


@pytest.mark.skipif(not shutil.which("zstd"), reason="the command zstd is not installed")
def test_the_docs_say_how_the_command_zstd_opens_a_file(tmp_path: Path) -> None:
    path = fill(tmp_path / "a.db", CaptureFormat.ZSTD)
    file = files_of(path)[1]
    shutil.copy(file, tmp_path / "FILE.warc.zst")
    (commands,) = re.findall(
        r"```sh\n(size=.*?)```", (ROOT / "docs" / "captures.md").read_text("utf-8"), re.S
    )
    subprocess.run(["bash", "-ec", commands], cwd=tmp_path, check=True, capture_output=True)
    check = [sys.executable, "-m", "warcio.cli", "check", "FILE.warc"]
    assert subprocess.run(check, cwd=tmp_path, check=False).returncode == 0
    with (tmp_path / "FILE.warc").open("rb") as stream:
        kinds = Counter(record.rec_type for record in ArchiveIterator(stream))
    assert kinds == {"warcinfo": 1, "response": 6, "revisit": 1, "request": 7}


def test_what_a_server_packed_lies_unpacked_and_its_headers_say_so(tmp_path: Path) -> None:
    sent = page("paper", 1, body=gzip.compress(body_of("paper", 1)))
    sent = replace(sent, headers=(*sent.headers, ("Content-Encoding", "gzip"), ("Content-Length", "77")))
    broken = replace(sent, url="http://paper.example/broken", body=sent.body[:-2000])
    with Archive(tmp_path / "a.db") as archive:
        archive.captures.set_format(CaptureFormat.ZSTD)
        keep(archive, sent, broken)
        answers = [
            response(archive.path, Place(*row))
            for row in archive.db.execute(
                "SELECT warc_file, warc_offset, warc_length FROM captures ORDER BY id"
            ).fetchall()
        ]
    assert verify(tmp_path / "a.db").problems == []
    (_, headers, body), (_, as_sent, torn) = answers
    assert body == body_of("paper", 1)
    assert {("X-Crawl-Content-Encoding", "gzip"), ("X-Crawl-Content-Length", "77")} < set(headers)
    assert (torn, as_sent) == (broken.body, broken.headers)


@pytest.mark.parametrize(
    ("record", "made"),
    [
        (page("paper", 1), True),
        (page("paper", 1, body=b"<html>short</html>"), False),
        (page("paper", 1, status=404), False),
        (page("paper", 1, headers=(("Content-Type", "image/png"),)), False),
        (page("paper", 1, body=os.urandom(5000)), True),
        (page("paper", 1, headers=(("Content-Type", "text/html"), ("Content-Encoding", "br"))), False),
    ],
    ids=["page", "short", "error", "picture", "noise", "packed"],
)
def test_a_dictionary_is_made_of_a_page_that_others_are_like(record: Page, made: bool) -> None:
    plain = gzip.decompress(pack.pack(record).response)
    dictionary = frames.make_dictionary(plain)
    assert (dictionary is not None) is made
    if dictionary is not None:
        about = frames.page_of_dictionary(dictionary)
        assert about == (record.url, pack.digest_of(hashlib.sha256(record.body).hexdigest()))
        packed = frames.pack_dictionary(dictionary)
        again = frames.read_dictionary(BytesIO(packed))
        assert again is not None
        assert again.dict_content == dictionary.dict_content
        assert again.dict_id != 0


@pytest.mark.parametrize("lost", [1, 40, 200])
def test_a_torn_end_is_cut_off_and_the_file_goes_on(tmp_path: Path, lost: int) -> None:
    path = fill(tmp_path / "a.db", CaptureFormat.ZSTD)
    file = files_of(path)[1]
    with Archive(path) as archive:
        archive.captures.set_format(CaptureFormat.ZSTD)
        packing = archive.captures.files.packing_of("paper")
        assert packing.dictionary == str(file)
        archive.captures.append(
            [pack.pack(replace(page("paper", 50), packing=packing))]
        )  # no row: killed before
    os.truncate(file, file.stat().st_size - lost)
    assert any("cut off" in problem for problem in verify(path).problems)
    with Archive(path) as archive:
        archive.captures.mend_files()
        assert verify(path).problems == []
        archive.captures.set_format(CaptureFormat.ZSTD)
        keep(archive, page("paper", 51))
    assert files_of(path)[1] == file
    assert len(files_of(path)) == 2
    assert verify(path).problems == []


def test_a_failed_write_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fill(tmp_path / "a.db", CaptureFormat.ZSTD)
    before = {file: file.read_bytes() for file in files_of(path)}
    with Archive(path) as archive:
        archive.captures.set_format(CaptureFormat.ZSTD)

        def full(handle: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("pipelines.archive.warc.files.os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            keep(archive, page("paper", 60), page("third", 61), page("other", 62))
        monkeypatch.undo()
        assert {file: file.read_bytes() for file in files_of(path)} == before
        keep(archive, page("paper", 60), page("third", 61))
    assert verify(path).problems == []
    assert len(files_of(path)) == 3


@pytest.mark.parametrize("place", ["the dictionary", "a record"])
def test_a_changed_byte_is_found(tmp_path: Path, place: str) -> None:
    path = fill(tmp_path / "a.db", CaptureFormat.ZSTD)
    file = files_of(path)[1]
    data = bytearray(file.read_bytes())
    data[200 if place == "the dictionary" else -1500] ^= 1
    file.write_bytes(data)
    assert any(str(file) in problem for problem in verify(path).problems)
    with Archive(path) as archive:
        done = repack(archive, CaptureFormat.GZIP)
    assert done.files == 1
    assert len(done.problems) == 1
    assert str(file) in done.problems[0]
    assert file.read_bytes() == data


def test_files_of_others_are_read_with_their_dictionary(tmp_path: Path) -> None:
    path = fill(tmp_path / "a.db", CaptureFormat.ZSTD)
    skipped: Counter[str] = Counter()
    found = [record for file in files_of(path) for record in read_records(file, skipped) if record.body]
    assert {record.url: record.body for record in found} == {
        f"http://{s}.example/{n}": body_of(s, n) for n in range(12) for s in (("paper", "other")[n % 2],)
    }
    assert skipped == {}


# --- another format


def test_there_and_back_no_record_changes(tmp_path: Path) -> None:
    path = fill(tmp_path / "a.db", CaptureFormat.GZIP)
    records, rows = all_records(path), held(path)
    assert sum(records.values()) == 26
    for format in (CaptureFormat.ZSTD, CaptureFormat.GZIP, CaptureFormat.ZSTD):
        result = CliRunner().invoke(cli, ["prune", str(path), "--repack", str(format)])
        assert result.exit_code == 0, result.output
        assert "all read back and the same" in result.output
        assert "outcomes" not in result.output
        assert {file.suffix for file in files_of(path)} == {".zst" if format is CaptureFormat.ZSTD else ".gz"}
        assert (all_records(path), held(path)) == (records, rows)
        found = verify(path)
        assert (found.problems, found.spare) == ([], 0)
    # By the month of their pages, and the page of December a file of its own.
    assert [file.name for file in files_of(path)] == [
        "a-202611-other-00000.warc.zst",
        "a-202611-paper-00000.warc.zst",
        "a-202612-paper-00000.warc.zst",
    ]
    again = CliRunner().invoke(cli, ["prune", str(path), "--repack", "zstd"])
    assert again.output.startswith("0 WARC files repacked")


KILLED = """
import os, signal, sys
from pathlib import Path
from pipelines.archive.admin.rewrite import repack
from pipelines.archive.database import Archive
from pipelines.archive.warc import files, writer
from pipelines.items import CaptureFormat
path, format, where, left = Path(sys.argv[1]), CaptureFormat(sys.argv[2]), sys.argv[3], int(sys.argv[4])
owner, name = {"sync": (files.WarcFiles, "sync"), "write": (files.WarcFiles, "_write"), "cut": (writer.Captures, "finish_rewriting")}[where]
real = getattr(owner, name)
def kill(*arguments):
    global left
    left -= 1
    if left == 0:
        for file in getattr(arguments[0], "open", {}).values():
            file.file.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments)
setattr(owner, name, kill)
with Archive(path) as archive:
    repack(archive, format)
"""


@pytest.mark.parametrize(
    ("where", "times", "format"),
    [
        ("sync", 1, "zstd"),
        ("write", 3, "zstd"),
        ("write", 14, "zstd"),
        ("cut", 2, "zstd"),
        ("write", 20, "gzip"),
        ("cut", 2, "gzip"),
    ],
)
def test_a_kill_in_the_middle_leaves_the_old_or_the_new(
    tmp_path: Path, where: str, times: int, format: str
) -> None:
    other = BOTH[format == "gzip"]
    path = fill(tmp_path / "a.db", other)
    records, rows = all_records(path), held(path)
    command = [sys.executable, "-c", KILLED, str(path), format, where, str(times)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert held(path) == rows
    with Archive(path) as archive:
        archive.captures.mend_files()
        assert archive.rows("SELECT * FROM _warc_cuts") == []
    found = verify(path)
    assert (found.problems, found.spare) == ([], 0)
    assert (all_records(path), held(path)) == (records, rows)
    with Archive(path) as archive:
        done = repack(archive, CaptureFormat(format))
    assert done.problems == []
    assert (all_records(path), held(path)) == (records, rows)


def test_a_crawl_goes_on_beside_repacked_files(tmp_path: Path) -> None:
    path = fill(tmp_path / "a.db", CaptureFormat.GZIP)
    with Archive(path) as archive:
        repack(archive, CaptureFormat.ZSTD)
        archive.captures.mend_files()
        keep(archive, page("paper", 70))
        archive.captures.set_format(CaptureFormat.ZSTD)
        keep(archive, page("paper", 71), page("paper", 1))
    found = verify(path)
    assert (found.problems, found.captures) == ([], 16)


# --- forgotten


@pytest.mark.parametrize("number", [0, 8])
def test_nothing_is_left_of_a_forgotten_page_in_a_dictionary_or_elsewhere(
    tmp_path: Path, number: int
) -> None:
    path = fill(tmp_path / "a.db", CaptureFormat.ZSTD)
    own = f"The text of paper {number}:".encode()
    assert (b"The text of paper 0:" in every_byte(tmp_path)) is True
    left = [held(path)]
    with Archive(path) as archive:
        gone = archive.db.execute(
            "SELECT id FROM captures WHERE url LIKE ?", [f"%paper.example/{number}"]
        ).fetchall()
        done = erase(archive, f"http://paper.example/{number}")
    assert done.problems == []
    assert own not in every_byte(tmp_path)
    assert f"paper.example/{number}".encode() not in every_byte(tmp_path / "warc")
    assert verify(path).problems == []
    ids = {abs(row[0]) for row in gone}
    assert held(path) == Counter({one: n for one, n in left[0].items() if not ids & set(map(abs, one.rows))})
    names = [file.name for file in files_of(path)]
    assert [name for name in names if "-paper-" in name] == [
        re.sub(r"-\d{5}\.", "-00001." if number == 0 else "-00000.", name)
        for name in names
        if "-paper-" in name
    ]
    for file in files_of(path):
        with file.open("rb") as stream:
            assert sum(1 for _ in FastIterator(stream)) > 10
    with Archive(path) as archive:
        archive.captures.set_format(CaptureFormat.ZSTD)
        keep(archive, page("paper", 80))
        repack(archive, CaptureFormat.GZIP)
    assert own not in every_byte(tmp_path)
    assert verify(path).problems == []


def test_a_source_that_is_forgotten_leaves_no_file(tmp_path: Path) -> None:
    path = fill(tmp_path / "a.db", CaptureFormat.ZSTD)
    with Archive(path) as archive:
        assert erase(archive, "http://paper.example/0").problems == []
        assert erase(archive, "http://paper.example/2").problems == []
        assert verify(path).problems == []
        assert next(file.name for file in files_of(path) if "-paper-" in file.name).endswith(
            "-00002.warc.zst"
        )
        assert erase(archive, source="paper").problems == []
    assert [re.sub(r"\d{6}", "MONTH", file.name) for file in files_of(path)] == [
        "a-MONTH-other-00000.warc.zst"
    ]
    found = verify(path)
    assert (found.problems, found.captures) == ([], 6)


def test_a_merge_takes_the_files_and_forgets_what_the_target_has_forgotten(tmp_path: Path) -> None:
    target = fill(tmp_path / "one" / "a.db", CaptureFormat.ZSTD)
    shard = fill(tmp_path / "two" / "a.db", CaptureFormat.ZSTD, pages=16)
    with Archive(target) as archive:
        erase(archive, "http://paper.example/0")
    result = CliRunner().invoke(cli, ["merge", str(shard), "--into", str(target)])
    assert result.exit_code == 0, result.output
    assert b"The text of paper 0:" not in every_byte(target.parent)
    assert b"The text of paper 0:" in every_byte(shard.parent)
    found = verify(target)
    assert (found.problems, found.captures) == ([], 15)
    with Archive(target) as archive:
        repack(archive, CaptureFormat.GZIP)
    before = files_of(target)
    again = CliRunner().invoke(cli, ["merge", str(shard), "--into", str(target)])
    assert again.exit_code == 0, again.output
    assert files_of(target) == before  # all its pages are there, in other files
    assert b"The text of paper 0:" not in every_byte(target.parent)
    linked = tmp_path / "three" / "b.db"
    linked.parent.mkdir()
    result = CliRunner().invoke(cli, ["merge", str(shard), "--into", str(linked), "--link"])
    assert result.exit_code == 0, result.output
    assert [file.stat().st_nlink for file in files_of(linked)] == [2, 2]
    assert held(linked).keys() == held(shard).keys()


# --- taken out


def test_a_backup_comes_back_whole(tmp_path: Path) -> None:
    path = fill(tmp_path / "a.db", CaptureFormat.ZSTD)
    copied = backup(path, tmp_path / "copy.db")
    assert (copied.problems, len(copied.files)) == ([], 0)  # it lies in the same folder
    (tmp_path / "disk").mkdir()
    backup(path, tmp_path / "disk")
    restored = restore(tmp_path / "disk", tmp_path / "disk" / "back.db")
    assert restored.problems == []
    assert held(tmp_path / "disk" / "back.db") == held(path)


# --- through the real thing


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A paper crawled with the setting in clippings.toml; one page looked at again."""
    folder = tmp_path_factory.mktemp("zstd")
    with Newspaper(crawl_delay=0) as press:
        desk = Desk(folder, press)
        desk.follow("morning")
        (folder / "clippings.toml").write_text('[captures]\nformat = "zstd"\n', encoding="utf-8")
        assert desk.crawl().code == 0
        yield desk


def test_a_crawl_writes_zstd_and_everything_reads_it(desk: Desk, tmp_path: Path) -> None:
    assert {file.suffix for file in files_of(desk.archive)} == {".zst"}
    found = verify(desk.archive)
    assert (found.problems, found.spare) == ([], 0)
    assert found.captures > 5
    assert any(file.read_bytes().startswith(frames.DICTIONARY_FRAME) for file in files_of(desk.archive))
    dry = desk.run("replay", str(desk.archive), "--dry-run")
    assert (dry.code, dry.err) == (0, "")
    assert "0 articles and 0 old versions would change" in dry.out
    result = desk.run("export", str(desk.archive), "-o", str(tmp_path / "pages.wacz"))
    assert result.code == 0, result.err
    with zipfile.ZipFile(tmp_path / "pages.wacz") as wacz:
        warc = wacz.read("archive/data.warc.gz")
    kinds = Counter(record.rec_type for record in ArchiveIterator(BytesIO(warc), check_digests="raise"))
    assert kinds["response"] == len(
        desk.column(
            "SELECT DISTINCT capture_id FROM articles WHERE capture_id IS NOT NULL AND duplicate_of IS NULL"
        )
    )


async def test_the_reading_room_shows_the_page_and_hands_out_its_record(desk: Desk) -> None:
    room = Datasette([str(desk.archive)])
    number = desk.column("SELECT id FROM articles WHERE capture_id IS NOT NULL ORDER BY id LIMIT 1")[0]
    place = f"/-/clippings/archive/article/{number}/page"
    shown = await room.client.get(f"{place}/as-fetched")
    assert "<p" in shown.text
    record = await room.client.get(f"{place}/record.warc.gz")
    (entry,) = ArchiveIterator(BytesIO(record.content), check_digests="raise")
    assert entry.rec_type == "response"


def test_another_archive_imports_the_files(desk: Desk) -> None:
    files = [str(file) for file in files_of(desk.archive)]
    result = desk.run("replay", "imported.db", *files, "-s", "CAPTURES_FORMAT=gzip")
    assert result.code == 0, result.err
    imported = desk.folder / "imported.db"
    assert verify(imported).problems == []
    assert any(file.name.startswith("imported-") and file.suffix == ".gz" for file in files_of(imported))


@pytest.mark.skipif(not shutil.which("zstd"), reason="the command zstd is not installed")
async def test_an_evidence_sheet_is_checked_in_a_shell(desk: Desk, tmp_path: Path) -> None:
    shutil.copytree(desk.folder / "warc", tmp_path / "warc")
    shutil.copy(desk.archive, tmp_path)
    sql = (
        "SELECT min(a.id) FROM articles a JOIN captures c ON c.id = a.capture_id WHERE c.revisit_file IS NULL"
    )
    sheet = await Datasette([str(tmp_path / "archive.db")]).client.get(
        f"/-/clippings/archive/article/{desk.column(sql)[0]}/evidence"
    )
    tree = lxml.html.fromstring(sheet.text)
    assert "<code>zstd</code>" in sheet.text
    assert run_checks(tree, tmp_path) > 3


def test_a_checker_written_from_the_docs_agrees(desk: Desk, tmp_path: Path) -> None:
    command = [sys.executable, "-I", str(documented_checker(tmp_path)), str(desk.archive)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "all well\n"), done.stderr


def test_what_manifests_cover_is_the_same_in_another_format(desk: Desk) -> None:
    assert desk.column("SELECT count(*) FROM _manifest_leaves WHERE kind = 'capture'")[0] > 5
    before = held(desk.archive)
    result = desk.run("prune", str(desk.archive), "--repack", "gzip")
    assert (result.code, result.err) == (0, "")
    assert held(desk.archive) == before
    assert verify(desk.archive).problems == []
