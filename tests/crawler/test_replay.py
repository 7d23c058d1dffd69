"""Replay: stored pages read again by today's rules, and WARC files of others taken in."""

from __future__ import annotations

import gzip
import os
import random
import re
import shutil
import signal
import sqlite3
import time
from collections import Counter, defaultdict
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipelines.archive.admin.verify import verify
from pipelines.archive.database import Archive
from pipelines.archive.errors import ArchiveError
from pipelines.archive.warc import foreign as warc_reading
from pipelines.archive.warc.foreign import ForeignRecord, read_records
from pipelines.archive.warc.pieces import zstd
from tests.web import Web

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.conftest import Desk

WORDS = (
    "ferry island harbour winter council ticket boat night pier storm office engine crew rope anchor".split()
)


def story(n: int) -> str:
    luck = random.Random(n)
    sentences = [" ".join(luck.choices(WORDS, k=12)).capitalize() + "." for _ in range(12)]
    text = "".join(f"<p>{' '.join(sentences[i : i + 3])}</p>" for i in range(0, 12, 3))
    return f"<html lang=en><head><title>Story {n}</title></head><body><article><h1>Story {n} of the harbour</h1>{text}</article></body></html>"


class Foreign:
    """A WARC file as another tool writes it."""

    def __init__(self, compressed: bool = True) -> None:
        self.out = BytesIO()
        self.writer = WARCWriter(self.out, gzip=compressed)

    def add(
        self,
        url: str,
        body: bytes | str = b"",
        kind: str = "response",
        status: str = "200 OK",
        headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html"),),
        date: str | None = "2026-11-20T10:00:00Z",
        **fields: str,
    ) -> Foreign:
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        if date is not None:
            named["WARC-Date"] = date
        http = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1") if kind != "metadata" else None
        data = body.encode() if isinstance(body, str) else body
        record = self.writer.create_warc_record(
            url, kind, payload=BytesIO(data), length=len(data), http_headers=http, warc_headers_dict=named
        )
        if date is None:
            record.rec_headers.remove_header("WARC-Date")
        self.writer.write_record(record)
        return self

    @property
    def data(self) -> bytes:
        return self.out.getvalue()


def records(tmp_path: Path, data: bytes, name: str = "x.warc.gz") -> tuple[list[ForeignRecord], Counter[str]]:
    file = tmp_path / name
    file.write_bytes(data)
    skipped: Counter[str] = Counter()
    return list(read_records(file, skipped)), skipped


def three(compressed: bool = True) -> bytes:
    foreign = Foreign(compressed)
    for n in range(3):
        foreign.add(f"http://paper.example/{n}", story(n))
        foreign.add(f"http://paper.example/{n}", b"fetchTimeMs: 1\r\n", kind="metadata")
    return foreign.data


PLAIN = three(False)


@pytest.mark.parametrize(
    "data",
    [
        three(),
        PLAIN,
        gzip.compress(PLAIN),
        zstd.compress(PLAIN),
        b"".join(zstd.compress(part) for part in (PLAIN[:1000], PLAIN[1000:])),
        PLAIN.replace(b"\r\n\r\n\r\nWARC", b"\r\n\r\nWARC"),
    ],
    ids=["gzip", "plain", "one gzip", "zstd", "zstd frames", "few blank lines"],
)
def test_every_packing_is_read(tmp_path: Path, data: bytes) -> None:
    found, skipped = records(tmp_path, data)
    assert [record.url for record in found] == [f"http://paper.example/{n}" for n in range(3)]
    assert [record.body.decode() for record in found] == [story(n) for n in range(3)]
    assert found[0].at == "2026-11-20T10:00:00.000+00:00"
    assert not +skipped


def test_zstd_with_a_dictionary(tmp_path: Path) -> None:
    content = (story(1) * 3).encode()
    dictionary = zstd.ZstdDict(content, is_raw=True)
    head = b"\x5d\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content
    found, _ = records(tmp_path, head + zstd.compress(PLAIN, zstd_dict=dictionary), "x.warc.zst")
    assert len(found) == 3


def test_bodies_in_chunks_and_in_codings(tmp_path: Path) -> None:
    packed = gzip.compress(story(1).encode())
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (packed[:100], packed[100:])) + b"0\r\n\r\n"
    headers = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked"))
    found, _ = records(tmp_path, Foreign().add("http://paper.example/a", chunked, headers=headers).data)
    assert found[0].body == packed


@pytest.mark.parametrize("cut", [1, 10, 100, 400])
def test_a_file_cut_off_gives_what_is_whole(tmp_path: Path, cut: int) -> None:
    foreign = Foreign()
    for n in range(3):
        foreign.add(f"http://paper.example/{n}", story(n))
    found, _ = records(tmp_path, foreign.data[:-cut])
    assert [record.url for record in found][:2] == ["http://paper.example/0", "http://paper.example/1"]


def test_damage_in_the_middle_costs_one_record(tmp_path: Path) -> None:
    parts = [Foreign().add(f"http://paper.example/{n}", story(n)).data for n in range(3)]
    broken = bytearray(parts[1])
    broken[len(broken) // 2] ^= 0xFF
    broken[len(broken) // 2 + 1] ^= 0xFF
    found, _ = records(tmp_path, parts[0] + bytes(broken) + parts[2])
    assert {record.url for record in found} >= {"http://paper.example/0", "http://paper.example/2"}
    assert len(found) <= 3


@pytest.mark.parametrize("lie", [b"5", b"99999", b"-1", b"x", b"", b"99999999999999999999", b"800000000"])
def test_wrong_lengths_cost_one_record(tmp_path: Path, lie: bytes) -> None:
    first, second, third = (Foreign(False).add(f"http://paper.example/{n}", story(n)).data for n in range(3))
    at = second.index(b"Content-Length: ") + len(b"Content-Length: ")
    second = second[:at] + lie + second[second.index(b"\r\n", at) :]
    found, skipped = records(tmp_path, first + second + third, "x.warc")
    urls = [record.url for record in found]
    assert urls[0] == "http://paper.example/0"
    if lie != b"800000000":  # it claims all the rest of the file, as a film would
        assert urls[-1] == "http://paper.example/2"
        assert all(
            record.body in (story(0).encode(), story(1).encode(), story(2).encode()) for record in found
        )
    else:
        assert skipped


def test_a_bomb_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc_reading, "LARGEST", 1_000_000)
    big = Foreign().add("http://paper.example/bomb", b"\0" * 40_000_000).data
    assert len(big) < 200_000
    found, skipped = records(tmp_path, big + three())
    assert len(found) == 3
    assert sum(skipped.values()) == 1


def test_endless_headers_are_not_held(tmp_path: Path) -> None:
    hostile = gzip.compress(b"WARC/1.1\r\nX: " + b"a" * 30_000_000 + b"\r\n\r\n")
    found, _ = records(tmp_path, hostile + three())
    assert len(found) == 3


@pytest.mark.parametrize("data", [b"", b"\n\n"])
def test_nothing_is_nothing(tmp_path: Path, data: bytes) -> None:
    if data:
        with pytest.raises(ValueError, match="no WARC file"):
            records(tmp_path, data)
    else:
        assert records(tmp_path, data)[0] == []


@pytest.mark.parametrize("data", [b"PK\x03\x04 a zip file", os.urandom(5000), b"<html>no</html>"])
def test_other_files_are_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ValueError, match="no WARC file"):
        records(tmp_path, data)


def test_times(tmp_path: Path) -> None:
    served = (("Content-Type", "text/html"), ("Date", "Fri, 20 Nov 2026 08:00:00 GMT"))
    foreign = Foreign()
    for n, (date, headers) in enumerate(
        [
            ("2026-11-19T10:00:00.5Z", served),
            ("20261118100000", served),
            ("3026-11-20T10:00:00Z", served),
            ("1970-01-01T00:00:00Z", served),
            (None, served),
            ("nonsense", (("Content-Type", "text/html"),)),
        ]
    ):
        foreign.add(f"http://paper.example/{n}", story(n), headers=headers, date=date)
    found, _ = records(tmp_path, foreign.data)
    served_at = "2026-11-20T08:00:00.000+00:00"
    assert [record.at for record in found] == [
        "2026-11-19T10:00:00.500+00:00",
        "2026-11-18T10:00:00.000+00:00",
        served_at,
        served_at,
        served_at,
        served_at,  # as the record before
    ]


def test_what_is_no_answer_from_the_web(tmp_path: Path) -> None:
    foreign = Foreign()
    foreign.add("dns:paper.example", b"1.2.3.4", kind="metadata")
    foreign.add("http://paper.example/r", b"GET / HTTP/1.1\r\n\r\n", kind="metadata")
    foreign.add("ftp://paper.example/x", story(1))
    raw = Foreign(False).add("http://paper.example/raw", story(1)).data
    bare = raw.replace(b"HTTP/1.0 200", b"XXXX/1.0 200").replace(b"HTTP/1.1 200", b"XXXX/1.1 200")
    found, skipped = records(tmp_path, gzip.decompress(foreign.data) + bare, "x.warc")
    assert found == []
    assert skipped["not from the web (no http address)"] == 1
    assert skipped["without an HTTP answer in it"] == 1


# --- taking in, as a command


def take_in(desk: Desk, *files: Path, archive: str = "taken.db", options: tuple[str, ...] = ()) -> Any:
    return desk.run("replay", str(desk.folder / archive), *map(str, files), *options)


def stories_by_url(rows: Mapping[str, Mapping[str, Any]]) -> set[frozenset[str]]:
    """Which URLs share a story: its number is the lowest id, which the order of arrival gives."""
    members = defaultdict(set)
    for url, row in rows.items():
        if row["story_id"] is not None:
            members[row["story_id"]].add(url)
    return {frozenset(urls) for urls in members.values()}


def test_the_pages_of_a_crawl_give_the_same_rows(copy_of: Desk, crawled: Desk) -> None:
    files = sorted((crawled.folder / "warc").glob("*.warc.gz"))
    result = take_in(copy_of, *files)
    assert result.code == 0, result.err
    # Of pages that ask for no copy there is none to take in.
    crawl = {row["url"]: row for row in crawled.rows("SELECT * FROM articles WHERE capture_id IS NOT NULL")}
    copy_of.archive = copy_of.folder / "taken.db"
    taken = {row["url"]: row for row in copy_of.rows("SELECT * FROM articles")}
    assert set(taken) <= set(crawl)
    assert len(set(crawl) - set(taken)) <= 3  # galleries and videos that only a feed called articles
    # What a feed said besides the page is not in a WARC file.
    told = {"published_at", "published_from", "modified_at", "section", "language", "tags", "authors"}
    told |= {"published_day", "published_utc", "tags_text", "authors_text"}
    for url, row in taken.items():
        differing = {name for name in row if row[name] != crawl[url][name]}
        assert differing <= told | {"id", "capture_id", "duplicate_of", "story_id"}, (url, differing)
    assert stories_by_url(taken) == stories_by_url(crawl)
    assert (
        sum(row["published_at"] == crawl[url]["published_at"] for url, row in taken.items())
        > len(taken) * 0.8
    )
    copy_of.assert_adds_up()
    assert verify(copy_of.archive).problems == []
    # a second time: nothing
    again = take_in(copy_of, *files)
    assert "in the archive already" in again.out
    assert copy_of.column("SELECT count(*) FROM revisions") == [0]
    assert {row["url"]: row for row in copy_of.rows("SELECT * FROM articles")} == taken


def test_what_is_in_a_mixed_file_gets_its_outcome(desk: Desk) -> None:
    (desk.seeds / "daily.toml").write_text('home = "http://www.daily.example/"\nignore_urls = ["/video/"]\n')
    foreign = Foreign()
    foreign.add("http://www.daily.example/story-1", story(1))
    foreign.add("http://www.daily.example/video/2", story(2))
    foreign.add("http://www.daily.example/", story(3))
    foreign.add("http://other.example/story-4", story(4))
    foreign.add("http://other.example/empty", "<html></html>")
    foreign.add(
        "http://other.example/robot", story(5).replace("<head>", "<head><meta name=robots content=noarchive>")
    )
    foreign.add("http://other.example/logo.png", b"\x89PNG", headers=(("Content-Type", "image/png"),))
    foreign.add("http://other.example/moved", b"", status="301 Moved")
    foreign.add("http://other.example/broken", b"no", status="500 Error")
    foreign.add("http://other.example/unknown", b"no", status="404 Not Found")
    foreign.add("http://other.example/story-4", b"gone", status="410 Gone", date="2026-11-21T10:00:00Z")
    file = desk.folder / "mixed.warc.gz"
    file.write_bytes(foreign.data)
    result = take_in(desk, file, options=("--dry-run",))
    assert result.code == 0, result.err
    assert result.out.startswith("7 pages would be imported")
    assert not (desk.folder / "taken.db").exists()
    result = take_in(desk, file)
    assert result.code == 0, result.err
    desk.archive = desk.folder / "taken.db"
    outcomes = {url: outcome for url, (outcome, _) in desk.outcomes().items()}
    assert outcomes == {
        "http://www.daily.example/story-1": "new",
        "http://www.daily.example/video/2": "excluded",
        "http://www.daily.example/": "not_article",
        "http://other.example/story-4": "new",
        "http://other.example/empty": "empty",
        "http://other.example/robot": "new",
    }
    assert {row["id"]: row["home"] for row in desk.rows("SELECT * FROM sources")} == {
        "daily": "http://www.daily.example/",
        "other-example": "http://other.example/",
    }
    assert desk.column("SELECT url FROM captures WHERE url LIKE '%robot'") == []
    rows = desk.rows("SELECT * FROM articles ORDER BY url")
    assert rows[1]["first_seen_at"] == "2026-11-20T10:00:00.000+00:00"
    # The next crawl asks for none of them, also of a source that is followed.
    planned = "SELECT url FROM urls WHERE due_at <= (SELECT max(finished_at) FROM crawls)"
    assert desk.column(planned) == []
    desk.assert_adds_up()


def test_pages_that_ask_for_no_copy_are_taken_in_once_and_not_copied(desk: Desk) -> None:
    url = "http://paper.example/story"
    asking = story(1).replace("<head>", "<head><meta name=robots content=noarchive>")
    later = asking.replace("</article>", "<p>Correction: the boat had a crew of five.</p></article>")
    foreign = Foreign().add(url, asking).add(url, later, date="2026-11-21T10:00:00Z")
    file = desk.folder / "asking.warc.gz"
    file.write_bytes(foreign.data)
    assert "1 new, 1 revised" in take_in(desk, file).out
    assert "2 were in the archive already" in take_in(desk, file).out
    desk.archive = desk.folder / "taken.db"
    assert desk.column("SELECT change FROM revisions") == ['["text", "correction"]']
    assert desk.rows("SELECT rights, revision, capture_id FROM articles") == [
        {"rights": "noarchive", "revision": 2, "capture_id": None}
    ]
    assert desk.column("SELECT count(*) FROM captures") == [0]
    desk.assert_adds_up()


def test_a_page_captured_twice_is_revised_and_an_older_one_is_not(desk: Desk) -> None:
    url = "http://paper.example/story"
    later = story(1).replace(
        "</article>", "<p>Correction: the boat had a crew of five, not of four.</p></article>"
    )
    foreign = Foreign().add(url, story(1)).add(url, later, date="2026-11-21T10:00:00Z")
    older = Foreign().add(url, story(2), date="2026-11-19T10:00:00Z")
    for name, one in (("a.warc.gz", foreign), ("b.warc.gz", older)):
        (desk.folder / name).write_bytes(one.data)
        assert take_in(desk, desk.folder / name).code == 0
    desk.archive = desk.folder / "taken.db"
    assert desk.column("SELECT change FROM revisions") == ['["text", "correction"]']
    row = desk.rows("SELECT * FROM articles")[0]
    assert "crew of five" in row["text"]
    assert row["revision"] == 2
    assert desk.column("SELECT count(*) FROM captures") == [3]
    desk.assert_adds_up()


def test_revisits_find_their_page(desk: Desk) -> None:
    url, digest = "http://paper.example/story", "sha1:AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH"
    foreign = Foreign().add(url, story(1), WARC_Payload_Digest=digest)
    foreign.add(
        "http://paper.example/again", b"", kind="revisit", date="2026-11-21T10:00:00Z", WARC_Payload_Digest=digest,
        WARC_Refers_To_Target_URI=url, WARC_Refers_To_Date="2026-11-20T10:00:00Z",
    )  # fmt: skip
    foreign.add(
        "http://paper.example/lost", b"", kind="revisit", date="2026-11-21T10:00:00Z",
        WARC_Payload_Digest="sha1:ZZZZBBBBCCCCDDDDEEEEFFFFGGGGHHHH", WARC_Refers_To_Target_URI="http://paper.example/no",
    )  # fmt: skip
    file = desk.folder / "r.warc.gz"
    file.write_bytes(foreign.data)
    result = take_in(desk, file)
    assert result.code == 0, result.err
    desk.archive = desk.folder / "taken.db"
    outcomes = desk.outcomes()
    assert outcomes[url][0] == "new"
    assert outcomes["http://paper.example/again"][0] == "duplicate"
    assert outcomes["http://paper.example/lost"][0] == "failed"
    assert "same as one before" in str(outcomes["http://paper.example/lost"][1])
    assert desk.column("SELECT count(*) FROM captures WHERE revisit_file IS NOT NULL") == [1]


def test_a_file_that_is_none_is_an_error_that_says_so(desk: Desk) -> None:
    file = desk.folder / "x.warc"
    file.write_text("no WARC at all")
    result = take_in(desk, file)
    assert result.code == 1
    assert "no WARC file" in result.err
    assert take_in(desk, desk.folder / "missing.warc").code == 1


@pytest.mark.skipif(os.name == "nt", reason="sends signals")
@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGTERM, id="SIGTERM", marks=pytest.mark.extra),
        pytest.param(signal.SIGINT, id="Ctrl-C"),
    ],
)
def test_a_replay_that_is_stopped_says_so_and_nothing_else(desk: Desk, number: int) -> None:
    foreign = Foreign()
    for n in range(600):
        foreign.add(f"http://paper.example/story-{n}", story(n))
    file = desk.folder / "many.warc.gz"
    file.write_bytes(foreign.data)
    desk.archive = desk.folder / "taken.db"
    process = desk.start("replay", str(desk.archive), str(file), start_new_session=True)
    while not stored(desk):
        time.sleep(0.02)
    # As a service manager and a terminal do it: to every process of the group; SIGTERM also comes to one alone.
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, "Stopped. The same command goes on where this one ended.\n")
    assert desk.column("SELECT reason FROM crawls") == ["interrupted"]
    assert 0 < stored(desk) < 600
    again = take_in(desk, file)
    assert again.code == 0, again.err
    held = re.search(r"(\d+) were in the archive already", again.out)
    assert int(held[1] if held else 0) <= 50  # it went on where it was: a batch at most was read twice
    assert stored(desk) == 600
    desk.assert_adds_up()


def stored(desk: Desk) -> int:
    """How many outcomes there are, also while the archive is being made."""
    try:
        return int(desk.column("SELECT count(*) FROM outcomes")[0])
    except (ArchiveError, sqlite3.OperationalError):
        return 0


# --- our own captures


def test_a_new_rule_changes_articles_in_place(copy_of: Desk, crawled: Desk) -> None:
    shutil.copytree(crawled.folder / "warc", copy_of.folder / "warc")
    before = {row["id"]: row for row in copy_of.rows("SELECT * FROM articles")}
    nothing = copy_of.run("replay", str(copy_of.archive), "--dry-run")
    assert nothing.code == 0, nothing.err
    assert "0 articles and 0 old versions would change" in nothing.out
    file = copy_of.seeds / "hangang.toml"
    file.write_text(file.read_text() + '\n[[rules]]\ntitle = "title"\nprune = "h1"\n')
    copy_of.newspaper.forget()
    with Archive(copy_of.archive) as archive:  # as if an older version had read it
        archive.db.execute("UPDATE articles SET text = 'Zyzzyva.', title = 'Old' WHERE source_id = 'plaza'")
    dry = copy_of.run("replay", str(copy_of.archive), "--dry-run")
    assert "would change" in dry.out
    assert "the largest differences:" in dry.out
    assert copy_of.column("SELECT DISTINCT text FROM articles WHERE source_id = 'plaza'") == ["Zyzzyva."]
    assert copy_of.run("replay", str(copy_of.archive)).code == 0
    after = {row["id"]: row for row in copy_of.rows("SELECT * FROM articles")}
    plaza = [n for n, row in after.items() if row["source_id"] == "plaza"]
    assert plaza
    for n in plaza:
        assert after[n] == before[n]
    assert copy_of.column("SELECT count(*) FROM revisions") == [0]
    assert copy_of.newspaper.log() == []
    assert copy_of.column("SELECT count(*) FROM _replays WHERE finished_at IS NOT NULL") == [1]
    assert copy_of.run("search", str(copy_of.archive), "Zyzzyva").out.startswith("0 ")


def test_a_replay_that_was_killed_goes_on(copy_of: Desk, crawled: Desk) -> None:
    shutil.copytree(crawled.folder / "warc", copy_of.folder / "warc")
    before = copy_of.rows("SELECT id, title, text FROM articles ORDER BY id")
    with Archive(copy_of.archive) as archive:
        archive.db.execute("UPDATE articles SET text = 'Little.' WHERE capture_id IS NOT NULL")
    for seconds in (0.5, 1.0, 1.5):
        process = copy_of.start("replay", str(copy_of.archive), start_new_session=True)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert copy_of.run("replay", str(copy_of.archive)).code == 0
    assert copy_of.rows("SELECT id, title, text FROM articles ORDER BY id") == before
    assert verify(copy_of.archive).problems == []


def test_old_versions_are_read_again_too(desk: Desk) -> None:
    url = "http://paper.example/story"
    with Web() as web:
        desk.newspaper = web  # type: ignore[assignment]
        desk.seed("paper.toml", 'home = "http://paper.example/"\n')
        for n in (1, 2):
            web.pages[url] = story(n)
            assert desk.run("fetch", str(desk.archive), "-s", "DOWNLOAD_DELAY=0", url).code == 0
    before = desk.rows("SELECT * FROM revisions")
    assert len(before) == 1
    with Archive(desk.archive) as archive:
        archive.db.execute("UPDATE revisions SET text = 'Little.', content_hash = 'x'")
    result = desk.run("replay", str(desk.archive))
    assert "0 articles and 1 old versions changed" in result.out
    assert desk.rows("SELECT * FROM revisions") == before


def test_a_page_without_an_article_becomes_one_when_rules_improve(desk: Desk) -> None:
    url = "http://paper.example/story"
    with Web() as web:
        desk.newspaper = web  # type: ignore[assignment]
        desk.seed("paper.toml", 'home = "http://paper.example/"\n')
        web.pages[url] = story(1)
        desk.run("fetch", str(desk.archive), "-s", "DOWNLOAD_DELAY=0", url)
    with Archive(desk.archive) as archive:  # as if no text had been found
        archive.db.execute("PRAGMA foreign_keys = OFF")
        archive.db.execute("UPDATE urls SET article_id = NULL")
        archive.db.execute("UPDATE outcomes SET article_id = NULL, outcome = 'empty'")
        archive.db.execute("DELETE FROM articles")
    result = desk.run("replay", str(desk.archive))
    assert result.code == 0, result.err
    assert "1 pages that had no article are articles now" in result.out
    rows = desk.rows("SELECT a.title, c.url FROM articles a JOIN captures c ON c.id = a.capture_id")
    assert [row["url"] for row in rows] == [url]
    desk.assert_adds_up()
