"""Collections of WARC files: which files, days and domains; where records lie in them; how they are fetched."""

from __future__ import annotations

import gzip
import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from crawler.replay.collection_fetcher import (
    CollectionFetcher,
    FetchError,
    first_byte,
    wait_of,
)
from crawler.replay.collection_files import WarcFile, list_files, may_hold, read_lines
from crawler.replay.import_options import ImportOptions, read_domains
from pipelines.archive.warc.foreign import hash_record, read_records
from tests.collection_server import CollectionServer
from tests.crawler.test_replay import Foreign, records, story

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
