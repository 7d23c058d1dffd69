"""`clippings replay` of collections: many files, some of them on the web, killed and gone on with; pages that stay where they are."""

from __future__ import annotations

import gzip
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from pipelines.archive.warc.collection_records import fetching_by
from pipelines.archive.warc.reader import CaptureMissing, page
from tests.collection_server import CollectionServer
from tests.crawler.test_replay import Foreign, story

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
HOUSE_NOTE = "Read our harbour letter every morning before the first ferry leaves the island."


def write_collection(folder: Path) -> None:
    """Three files of three pages of two papers, one cut off, one that is not there, and the list of them all."""
    paths = []
    for n in range(3):
        foreign = Foreign()
        for page_number in range(3 * n, 3 * n + 3):
            host = "north.example" if page_number % 2 else "south.example"
            text = story(page_number).replace("</article>", f"<p>{HOUSE_NOTE}</p></article>")
            date = f"2026-11-2{n}T10:00:0{page_number}Z"
            foreign.add(f"http://{host}/story-{page_number}", text, date=date)
        if n == 2:
            asking = story(50).replace("<head>", "<head><meta name=robots content=noarchive>")
            foreign.add("http://south.example/asking", asking, date="2026-11-22T11:00:00Z")
        paths.append(f"crawl-data/CC-NEWS-2026112{n}100000-0000{n}.warc.gz")
        file = folder / paths[-1]
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(foreign.data)
    cut = folder / "crawl-data" / "cut.warc.gz"
    data = Foreign().add("http://north.example/cut-1", story(60)).data
    whole = len(data)
    data += Foreign().add("http://north.example/cut-2", story(61)).data
    cut.write_bytes(data[: whole + 300])
    paths += ["crawl-data/gone.warc.gz", "crawl-data/cut.warc.gz"]
    (folder / "warc.paths.gz").write_bytes(gzip.compress("\n".join(paths).encode() + b"\n"))


def run(*words: object, code: int = 0) -> str:
    """A command in this process; what it printed on both streams."""
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result.output


def query(archive: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(archive)) as db:
        return db.execute(sql).fetchall()


QUICK = ("-s", "EXTRACT_WORKERS=1", "-s", "DOWNLOAD_DELAY=0")


class Pointed:
    """An archive whose pages lie in a collection on the web, and what its import said."""

    def __init__(self, server: CollectionServer, archive: Path, said: str) -> None:
        self.server, self.archive, self.said = server, archive, said


@pytest.fixture(scope="module")
def pointed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pointed]:
    root = tmp_path_factory.mktemp("pointed")
    served = root / "served"
    served.mkdir()
    write_collection(served)
    with CollectionServer(served) as server:
        archive = root / "pointed.db"
        words = (archive, f"{server.url}/warc.paths.gz", "--base", server.url, "--point-back", *QUICK)
        yield Pointed(server, archive, run("replay", *words, code=3))


def test_files_of_a_list_are_imported_and_those_that_fail_are_named(pointed: Pointed) -> None:
    assert "11 pages imported" in pointed.said
    assert "11 new" in pointed.said
    assert (
        f"not imported: {pointed.server.url}/crawl-data/gone.warc.gz: its server answered 404."
        in pointed.said
    )
    assert "1 record skipped: cut off" in pointed.said
    assert not (pointed.archive.parent / "pointed-downloads").exists()
    assert not list(pointed.archive.parent.glob("warc/*.warc.gz"))


def test_a_page_that_asks_for_no_copy_is_not_pointed_at(pointed: Pointed) -> None:
    rows = query(pointed.archive, "SELECT capture_id, rights FROM articles WHERE url LIKE '%asking'")
    assert rows == [(None, "noarchive")]
    assert query(pointed.archive, "SELECT count(*) FROM captures WHERE url LIKE '%asking'") == [(0,)]


def test_the_same_command_asks_only_for_what_it_has_not(pointed: Pointed) -> None:
    before = len(pointed.server.asked)
    words = (pointed.archive, f"{pointed.server.url}/warc.paths.gz", "--base", pointed.server.url)
    said = run("replay", *words, "--point-back", *QUICK, code=3)
    assert "4 files were imported before" in said
    assert [path for path, _ in pointed.server.asked[before:]] == ["warc.paths.gz", "crawl-data/gone.warc.gz"]
    assert query(pointed.archive, "SELECT count(*), count(DISTINCT url) FROM captures") == [(10, 10)]


def test_pages_in_a_collection_are_read_when_asked_alone(pointed: Pointed) -> None:
    before = len(pointed.server.asked)
    assert "10 captures lie in 4 files of collections on the web and were not read" in run(
        "verify", pointed.archive
    )
    assert "10 articles were left unchanged: the pages lie in a collection" in run(
        "replay", pointed.archive, *QUICK
    )
    refused = run("export", pointed.archive, "-o", pointed.archive.with_suffix(".wacz"), code=1)
    assert "clippings export --fetch reads such pages there" in refused
    assert len(pointed.server.asked) == before
    checked = run("verify", pointed.archive, "--fetch", "--config", quick_settings(pointed))
    assert "10 records (10 response) in 4 files" in checked
    assert "all well" in checked
    again = run("replay", pointed.archive, "--fetch", *QUICK)
    assert "10 captures extracted again" in again
    assert "0 articles and 0 old versions changed" in again
    run("export", pointed.archive, "--fetch", "-o", pointed.archive.with_suffix(".wacz"))
    assert pointed.archive.with_suffix(".wacz").stat().st_size > 4000
    assert {wanted[:6] for _, wanted in pointed.server.asked[before:]} == {"bytes="}


def quick_settings(pointed: Pointed) -> Path:
    file = pointed.archive.parent / "clippings.toml"
    file.write_text('[manners]\ndelay = "0s"\n')
    return file


def test_a_capture_that_cannot_be_had_says_why(pointed: Pointed) -> None:
    words = "SELECT url, warc_file, warc_offset, warc_length FROM captures ORDER BY id LIMIT 1"
    [(url, file, offset, length)] = query(pointed.archive, words)
    with pytest.raises(CaptureMissing, match=f"curl -s -r {offset}-{offset + length - 1} "):
        page(pointed.archive, Row(url, file, offset, length))
    with (
        fetching_by(lambda address, begin, size: b"x" * size),
        pytest.raises(CaptureMissing, match="something else at byte"),
    ):
        page(pointed.archive, Row(url, file, offset, length))
    assert "no WARC file" in str(_missing(pointed, Row(url, "file:///etc/passwd", 0, 10)))
    assert "is not there" in str(_missing(pointed, Row(url, "file:///nowhere/a.warc.gz", 0, 10)))


def _missing(pointed: Pointed, row: Row) -> CaptureMissing:
    with pytest.raises(CaptureMissing) as raised:
        page(pointed.archive, row)
    return raised.value


class Row:
    """A row of `captures`."""

    def __init__(self, url: str, warc_file: str, warc_offset: int, warc_length: int) -> None:
        self.url, self.warc_file = url, warc_file
        self.warc_offset, self.warc_length = warc_offset, warc_length


def test_merge_and_forget_know_pages_that_lie_elsewhere(pointed: Pointed, tmp_path: Path) -> None:
    target = tmp_path / "target.db"
    run("merge", pointed.archive, "--into", target)
    run("merge", pointed.archive, "--into", target)
    places = "SELECT url, warc_file, warc_offset, warc_length FROM captures ORDER BY url"
    assert query(target, places) == query(pointed.archive, places) != []
    assert "all well" in run("verify", target)
    run("forget", target, "http://south.example/story-0", "--yes")
    assert query(target, "SELECT count(*) FROM captures WHERE url LIKE '%/story-0'") == [(0,)]
    assert "all well" in run("verify", target)


def test_a_merge_prefers_the_copy_of_a_page_whichever_comes_first(pointed: Pointed, tmp_path: Path) -> None:
    served = pointed.server.folder / "crawl-data"
    file = served / "CC-NEWS-20261120100000-00000.warc.gz"
    copied = tmp_path / "copied.db"
    run("replay", copied, file, *QUICK)
    own = "SELECT url, warc_offset FROM captures WHERE warc_file NOT LIKE '%://%' ORDER BY url"
    for name, shards in (("a.db", (pointed.archive, copied)), ("b.db", (copied, pointed.archive))):
        target = tmp_path / name
        run("merge", *shards, "--into", target)
        assert query(target, own) == query(copied, own) != []
        assert query(target, "SELECT count(*) FROM captures") == [(10,)]
        assert "all well" in run("verify", target)


def test_days_domains_and_the_place_of_local_files(tmp_path: Path) -> None:
    write_collection(tmp_path)
    (tmp_path / "domains.txt").write_text("north.example\n")
    archive, folder = tmp_path / "some.db", tmp_path / "crawl-data"
    limits = ("--since", "2026-11-21", "--until", "2026-11-21", "--domains", tmp_path / "domains.txt")
    said = run("replay", archive, folder, *limits, "--point-back", *QUICK)
    assert "2 new" in said
    assert "1 file was passed over: by their names they are of other days" in said
    rows = query(archive, "SELECT url, warc_file FROM captures ORDER BY url")
    named = (folder / "CC-NEWS-20261121100000-00001.warc.gz").resolve()
    assert rows == [(f"http://north.example/story-{n}", named.as_uri()) for n in (3, 5)]
    assert "2 records (2 response)" in run("verify", archive)
    assert "2 captures extracted again" in run("replay", archive, *QUICK)
    named.unlink()
    assert f"{named} is not there; pages of --point-back lie in it" in run("verify", archive, code=1)
    assert "is after --until" in run(
        "replay", archive, folder, "--since", "2026-11-22", "--until", "2026-11-21", code=2
    )
    assert "is for the import of WARC files" in run("replay", archive, "--point-back", code=2)


def test_the_second_step_makes_one_import_and_shards_the_same(tmp_path: Path) -> None:
    write_collection(tmp_path)
    files = sorted((tmp_path / "crawl-data").glob("CC-NEWS*.warc.gz"))
    one, merged = tmp_path / "one.db", tmp_path / "merged.db"
    run("replay", one, *files, *QUICK)
    shards = [tmp_path / f"shard{n}.db" for n in range(len(files))]
    for shard, file in zip(shards, files, strict=True):
        run("replay", shard, file, *QUICK)
    run("merge", *shards, "--into", merged)
    texts = "SELECT url, text, content_hash FROM articles ORDER BY url"
    assert query(one, texts) != query(merged, texts)
    for archive in (one, merged):
        assert "second step: 9 captures read again" in run("replay", archive, "--second-step", *QUICK)
    assert query(one, texts) == query(merged, texts)
    assert not any(HOUSE_NOTE in text for _, text, _ in query(merged, texts))
    learned = "SELECT source_id, text, pages, first_seen_at, last_seen_at FROM boilerplate ORDER BY 1, 2"
    assert query(one, learned) == query(merged, learned) != []
    assert "0 articles and 0 old versions changed" in run("replay", merged, "--second-step", *QUICK)


def test_an_import_killed_between_two_files_goes_on_and_doubles_nothing(tmp_path: Path) -> None:
    served = tmp_path / "served"
    served.mkdir()
    write_collection(served)
    archive = tmp_path / "killed.db"
    with CollectionServer(served) as server:
        words = [str(archive), f"{server.url}/warc.paths.gz", "--base", server.url, *QUICK]
        process = subprocess.Popen(
            [sys.executable, "-m", "crawler", "replay", *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        reached: list[float] = []

        def kill(path: str) -> None:
            if path.endswith("00001.warc.gz") and not reached:
                reached.append(time.monotonic())
                os.kill(process.pid, signal.SIGKILL)

        server.on_request = kill
        process.wait(timeout=60)
        assert reached
        assert query(archive, "SELECT count(*) FROM articles") == [(3,)]
        said = run("replay", *words, code=3)
        assert "1 file was imported before" in said
        assert [path for path, _ in server.asked].count(
            "crawl-data/CC-NEWS-20261120100000-00000.warc.gz"
        ) == 1
    assert query(archive, "SELECT count(*), count(DISTINCT url) FROM articles") == [(11, 11)]
    assert query(archive, "SELECT count(*), count(DISTINCT url) FROM outcomes") == [(11, 11)]
    assert "all well" in run("verify", archive)
