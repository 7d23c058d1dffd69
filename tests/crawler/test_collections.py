"""Collections of WARC files: which files, days and domains; fetched, killed, gone on with; and pages that stay where they are."""

from __future__ import annotations

import gzip
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from crawler.replay.collection_fetcher import (
    CollectionFetcher,
    FetchError,
    first_byte,
    wait_of,
)
from crawler.replay.collection_files import WarcFile, list_files, may_hold, read_lines
from crawler.replay.import_options import ImportOptions, read_domains
from pipelines.archive.warc.collection_records import fetching_by
from pipelines.archive.warc.foreign import hash_record, read_records
from pipelines.archive.warc.reader import CaptureMissing, page
from tests.collection_server import CollectionServer
from tests.crawler.test_replay import Foreign, records, story

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


def no_web(address: str) -> bytes:
    raise AssertionError(f"asked for {address}")


# --- which files


def test_a_list_names_files_beside_it_and_under_a_base(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(b"")
    folder = tmp_path / "folder" / "deep"
    folder.mkdir(parents=True)
    (folder / "b.warc.gz").write_bytes(b"")
    (folder / "notes.md").write_text("no")
    listed = tmp_path / "files.txt"
    listed.write_text("# ours\na.warc.gz\n\ncrawl-data/CC-NEWS/x.warc.gz\nhttps://example.org/y.warc.gz\n")
    words = [str(listed), str(tmp_path / "folder"), str(tmp_path / "a.warc.gz")]
    found = list_files(words, "", "https://data.example/", no_web)
    assert found == [
        WarcFile(str(tmp_path / "a.warc.gz"), True),
        WarcFile("https://data.example/crawl-data/CC-NEWS/x.warc.gz", True),
        WarcFile("https://example.org/y.warc.gz", True),
        WarcFile(str(folder / "b.warc.gz"), True),
    ]
    [first, *_] = list_files([str(listed)], "/mirror", "https://data.example/", no_web)
    assert first.name == "/mirror/a.warc.gz"


def test_a_list_on_the_web_is_read_there() -> None:
    packed = gzip.compress(b"crawl-data/1.warc.gz\ncrawl-data/2.warc.gz\n")
    found = list_files(["https://d.example/m/warc.paths.gz"], "", "https://data.example", lambda url: packed)
    assert [file.name for file in found] == [
        "https://data.example/crawl-data/1.warc.gz",
        "https://data.example/crawl-data/2.warc.gz",
    ]


def test_a_list_on_the_web_leads_to_no_other_host() -> None:
    with pytest.raises(ValueError, match=r"paths.gz, line 2: http://10.0.0.1/a.warc.gz is on another host"):
        list_files(
            ["https://d.example/paths.gz"],
            "",
            "https://data.example",
            lambda url: b"crawl-data/1.warc.gz\nhttp://10.0.0.1/a.warc.gz\n",
        )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("gone.warc.gz\n", "line 1: gone.warc.gz is not there"),
        (
            "# files\nhttps://example.org/index.html\n",
            "line 2: https://example.org/index.html is not named like",
        ),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, says: str) -> None:
    listed = tmp_path / "files.txt"
    listed.write_text(text)
    with pytest.raises(ValueError, match=says):
        list_files([str(listed)], "", "https://data.example/", no_web)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("nothing", "does not exist"),
        ("ftp://x.example/a.warc.gz", "no address on the web"),
        (".", "no WARC file"),
    ],
)
def test_a_wrong_word_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, says: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=says):
        list_files([word], "", "https://data.example/", no_web)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (gzip.compress(b"a.warc.gz\n" * 99)[:-9], "cut off"),
        (b"\x1f\x8bno", "unpacked"),
        (b"\xff\xfe", "text"),
    ],
)
def test_a_damaged_list_is_named(data: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_lines("warc.paths.gz", data)


@pytest.mark.parametrize(
    ("since", "until", "held"),
    [
        ("", "", True),
        ("2026-11-20", "2026-11-20", True),
        ("2026-11-22", "", True),  # its records may be later than the time in its name
        ("2026-11-23", "", False),
        ("", "2026-11-19", False),
    ],
)
def test_files_of_other_days_are_told_by_their_names(since: str, until: str, held: bool) -> None:
    assert may_hold("x/CC-NEWS-20261120013233-00042.warc.gz", since, until) is held
    assert may_hold("x/any.warc.gz", since, until)


# --- which records


def test_domains_are_registered_ones(tmp_path: Path) -> None:
    file = tmp_path / "domains.txt"
    file.write_text("# ours\nExample.org  # a paper\n\nmünchen.de\nbbc.co.uk\n")
    options = ImportOptions(domains=read_domains(file))
    assert options.wants("https://news.example.org/a")
    assert options.wants("http://www.bbc.co.uk/news")
    assert options.wants("https://münchen.de/")
    assert not options.wants("https://example.com/")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("https://example.org/", "is no domain"),
        ("news.example.org", "is a host of example.org"),
        ("two words", "is no domain"),
        ("localhost", "is no domain"),
    ],
)
def test_a_wrong_domain_is_named_with_file_and_line(tmp_path: Path, line: str, says: str) -> None:
    file = tmp_path / "domains.txt"
    file.write_text(f"example.org\n{line}\n")
    with pytest.raises(ValueError, match=f"domains.txt, line 2: .*{says}"):
        read_domains(file)


def test_days_are_both_included() -> None:
    options = ImportOptions("2026-11-20", "2026-11-21")
    assert [options.includes(f"2026-11-{day}T23:59:59.000+00:00") for day in (19, 20, 21, 22)] == [
        False,
        True,
        True,
        False,
    ]
    assert ImportOptions().key == "" != options.key != ImportOptions("2026-11-20").key


# --- where records lie


def test_every_record_is_found_again_at_its_place(tmp_path: Path) -> None:
    foreign = Foreign()
    for n in range(4):
        foreign.add(f"http://a.example/{n}", b"", "metadata").add(f"http://a.example/{n}", story(n) * 20)
    file = tmp_path / "x.warc.gz"
    file.write_bytes(foreign.data)
    found, _ = records(tmp_path, foreign.data)
    assert len(found) == 4
    for n, one in enumerate(found):
        assert one.span is not None
        assert story(n).encode() in gzip.decompress(
            foreign.data[one.span.offset : one.span.offset + one.span.length]
        )
        assert hash_record(file, one.span)


def test_records_packed_otherwise_have_no_place(tmp_path: Path) -> None:
    foreign = Foreign(compressed=False)
    for n in range(3):
        foreign.add(f"http://a.example/{n}", story(n))
    assert [one.span for one in records(tmp_path, foreign.data, "plain.warc")[0]] == [None] * 3
    file = tmp_path / "all.warc.gz"
    file.write_bytes(gzip.compress(foreign.data))
    spans = [one.span for one in read_records(file, Counter())]
    assert len(spans) == 3
    assert not any(hash_record(file, span) for span in spans if span is not None)


# --- from a server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[CollectionServer]:
    (tmp_path / "served").mkdir()
    with CollectionServer(tmp_path / "served") as running:
        yield running


@pytest.fixture
def fetcher() -> CollectionFetcher:
    return CollectionFetcher("Clippings test", 0.0)


def no_word(done: int, total: int) -> None:
    pass


def test_a_download_goes_on_where_it_broke_off(
    server: CollectionServer, fetcher: CollectionFetcher, tmp_path: Path
) -> None:
    data = os.urandom(50_000)
    (server.folder / "a.warc.gz").write_bytes(data)
    server.breaks["a.warc.gz"] = 20_000
    server.statuses["a.warc.gz"] = [503]
    fetcher.download(f"{server.url}/a.warc.gz", tmp_path / "a.warc.gz", no_word)
    assert (tmp_path / "a.warc.gz").read_bytes() == data
    assert server.asked == [("a.warc.gz", ""), ("a.warc.gz", ""), ("a.warc.gz", "bytes=20000-")]
    assert server.agents == {"Clippings test"}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.warc.gz", "served"]


@pytest.mark.parametrize("change", ["no ranges", "another file", "all there"])
def test_a_part_of_another_run_is_gone_on_with_or_fetched_anew(
    server: CollectionServer, fetcher: CollectionFetcher, tmp_path: Path, change: str
) -> None:
    data = b"first" * 9000
    (server.folder / "a.warc.gz").write_bytes(data)
    target = tmp_path / "a.warc.gz"
    part = target.with_name("a.warc.gz.part")
    part.write_bytes(data if change == "all there" else data[:7000])
    if change == "another file":
        part.with_name("a.warc.gz.part.etag").write_text('"of an earlier one"')
    server.ranges = change != "no ranges"
    fetcher.download(f"{server.url}/a.warc.gz", target, no_word)
    assert target.read_bytes() == data


def test_a_record_is_read_by_its_range(server: CollectionServer, fetcher: CollectionFetcher) -> None:
    (server.folder / "a").write_bytes(b"0123456789")
    assert fetcher.read_range(f"{server.url}/a", 3, 4) == b"3456"
    server.ranges = False
    with pytest.raises(FetchError, match="whole files only"):
        fetcher.read_range(f"{server.url}/a", 3, 4)
    with pytest.raises(FetchError, match="answered 404"):
        fetcher.read_range(f"{server.url}/b", 3, 4)


def test_a_server_that_is_not_there_is_named(
    fetcher: CollectionFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.replay.collection_fetcher.ATTEMPTS", 2)
    with pytest.raises(FetchError, match="could not be reached"):
        fetcher.read_range("http://127.0.0.1:1/a", 0, 4)


def test_what_servers_say_of_parts_and_waits() -> None:
    assert (first_byte("bytes 20-29/30"), first_byte(None), first_byte("items 1")) == (20, None, None)
    assert (wait_of("7"), wait_of(None), wait_of("soon")) == (7.0, 0.0, 0.0)
    assert wait_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


# --- the command


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
    assert "1 records skipped: cut off" in pointed.said
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
    assert "10 articles were left as they are: their pages lie in a collection" in run(
        "replay", pointed.archive, *QUICK
    )
    run("export", pointed.archive, "-o", pointed.archive.with_suffix(".wacz"), code=1)
    assert len(pointed.server.asked) == before
    checked = run("verify", pointed.archive, "--fetch", "--config", quick_settings(pointed))
    assert "10 records (10 response)" in checked
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
    assert "1 files were passed over: by their names they are of other days" in said
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
        assert "1 files were imported before" in said
        assert [path for path, _ in server.asked].count(
            "crawl-data/CC-NEWS-20261120100000-00000.warc.gz"
        ) == 1
    assert query(archive, "SELECT count(*), count(DISTINCT url) FROM articles") == [(11, 11)]
    assert query(archive, "SELECT count(*), count(DISTINCT url) FROM outcomes") == [(11, 11)]
    assert "all well" in run("verify", archive)
