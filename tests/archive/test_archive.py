"""The archive's own rules: which files it opens, what it decides, and that a batch is all or nothing."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

import pytest

from pipelines.archive.database import Archive, open_for_reading
from pipelines.archive.errors import ArchiveError, ArchiveLockedError
from pipelines.archive.lock import ArchiveLock
from pipelines.archive.migrations import migrations
from pipelines.archive.records import FoundUrl, Task, UrlResult
from pipelines.archive.tables.frontier import pack_hints, unpack_hints
from pipelines.archive.writer import BATCH, Writer
from pipelines.decisions.articles import ArticleState, decide
from pipelines.decisions.recrawl import PAUSES, next_fetch, retry_pause
from pipelines.items import Article, Hints, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = "2026-11-23T09:00:00.000+00:00"
URL = "https://daily.example/a/ferry"
SOURCE = {"id": "daily", "name": "Daily", "home": "https://daily.example/", "language": "en", "country": None}


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive.db") as opened:
        opened.sources.save([SOURCE], NOW)
        yield opened


@pytest.fixture
def writer(archive: Archive) -> Writer:
    return Writer(archive, archive.crawls.start(NOW, ["daily"], 0, "test", "0"), NOW)


def article(
    url: str = URL, title: str = "Ferry back", text: str = "The ferry is back.", **more: str
) -> Article:
    return Article(
        url=url, title=title, text=text, content_hash=f"1:{title}|{text}", extractor="test", **more
    )


def task(archive: Archive, url: str = URL) -> Task:
    archive.frontier.add("daily", [FoundUrl(url, url, Hints(via="feed"), 1)], NOW, NOW)
    return archive.frontier.take("daily", NOW, 1)[0]


# --- which files are opened


def test_a_new_archive_is_ours_and_in_wal_mode(tmp_path: Path) -> None:
    with Archive(tmp_path / "new.db") as archive:
        assert archive.rows("PRAGMA journal_mode") == [{"journal_mode": "wal"}]
        assert archive.rows("PRAGMA foreign_keys") == [{"foreign_keys": 1}]
    assert (tmp_path / "new.db").read_bytes()[68:72] == b"Clip"


def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    with Archive(tmp_path / "a.db") as archive:
        before = archive.rows("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'")
    with Archive(tmp_path / "a.db") as archive:
        assert archive.rows("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'") == before
        assert not migrations.pending(archive.db)


@pytest.mark.parametrize(
    "content", [b"not a database at all, but longer than a header " * 40, b"\x00" * 5000]
)
def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.db"
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match=r"notes\.db is not an SQLite file"):
        Archive(path)
    assert path.read_bytes() == content


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE books (title TEXT)")
    db.close()
    with pytest.raises(ArchiveError, match="SQLite file of something else"):
        Archive(path)


@pytest.mark.parametrize(
    "trap",
    [
        "DROP TABLE crawls; CREATE VIEW crawls AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n",
        "DROP TABLE outcomes; CREATE VIRTUAL TABLE outcomes USING fts5(crawl_id, source_id, url, outcome)",
    ],
)
def test_a_trap_in_a_tables_place_is_refused(tmp_path: Path, trap: str) -> None:
    path = tmp_path / "archive.db"
    Archive(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA foreign_keys = OFF")
    db.executescript(trap)
    db.close()
    for opens in (Archive, open_for_reading):
        with pytest.raises(ArchiveError, match="SQLite file of something else"):
            opens(path)


@pytest.mark.parametrize(
    "call",
    ["load_extension('x')", "writefile('x', 'y')", "readfile('x')", "fts3_tokenizer('x')", "edit('x')"],
)
def test_what_a_strangers_archive_brings_cannot_leave_its_file(tmp_path: Path, call: str) -> None:
    path = tmp_path / "archive.db"
    Archive(path).close()
    db = sqlite3.connect(path)
    db.execute(f"CREATE VIEW bait AS SELECT {call} AS x")
    db.execute(f"CREATE TRIGGER trap AFTER INSERT ON sources BEGIN SELECT {call}; END")
    db.close()
    with Archive(path) as archive, pytest.raises(ArchiveError, match=call.split("(")[0]), archive.errors():
        archive.sources.save([SOURCE], NOW)
    reader = open_for_reading(path)
    with pytest.raises(sqlite3.OperationalError, match=call.split("(")[0]):
        reader.execute("SELECT * FROM bait")
    reader.close()


def test_an_archive_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        row = {"migration_set": "clippings", "name": "m999_from_the_future", "applied_at": NOW}
        archive.db["_sqlite_migrations"].insert(row)
    with pytest.raises(ArchiveError, match="newer Clippings"):
        Archive(path)


def test_a_folder_and_a_missing_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="is a folder"):
        Archive(tmp_path)
    with pytest.raises(ArchiveError, match="does not exist"):
        Archive(tmp_path / "nowhere" / "archive.db")


def test_a_full_disk_is_said_and_loses_nothing(archive: Archive, writer: Writer) -> None:
    writer.add(UrlResult(task(archive), NOW, article=article()))
    writer.flush()
    pages = archive.db.execute("PRAGMA page_count").fetchone()[0]
    archive.db.execute(f"PRAGMA max_page_count = {pages}").fetchall()  # what a full disk looks like to SQLite
    second = "https://daily.example/b"
    archive.db.execute("PRAGMA cache_spill = 0")
    big = article(second, text="long " * 400_000)
    with archive.errors():
        due = task(archive, second)
    writer.add(UrlResult(due, NOW, article=big))
    with pytest.raises(ArchiveError, match="full"):
        writer.flush()
    assert archive.rows("SELECT url FROM articles") == [{"url": URL}]
    assert archive.rows("SELECT state FROM urls WHERE url = ?", [second]) == [{"state": "due"}]


def test_the_lock_names_its_holder_and_ends_with_it(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with (
        ArchiveLock(path),
        pytest.raises(ArchiveLockedError, match=f"process {os.getpid()}"),
        ArchiveLock(path),
    ):
        pass
    with ArchiveLock(path):
        pass


# --- what is decided

HELD = ArticleState(7, URL, "Ferry back", article().content_hash)
OTHER = ArticleState(8, "https://daily.example/x", "Other", "1:other")


@pytest.mark.parametrize(
    ("own_url", "own", "same_url", "same_text", "outcome", "kept_under"),
    [
        (URL, None, None, None, Outcome.NEW, URL),
        (URL, HELD, HELD, HELD, Outcome.UNCHANGED, URL),
        (URL, ArticleState(7, URL, "Ferry back", "1:before"), None, None, Outcome.REVISED, URL),
        ("https://daily.example/amp/ferry", None, HELD, HELD, Outcome.DUPLICATE, URL),
        (URL, None, None, OTHER, Outcome.DUPLICATE, URL),
        (
            "https://daily.example/mine",
            None,
            ArticleState(9, URL, "Else", "1:else"),
            None,
            Outcome.NEW,
            "https://daily.example/mine",
        ),
    ],
)
def test_decide(
    own_url: str,
    own: ArticleState | None,
    same_url: ArticleState | None,
    same_text: ArticleState | None,
    outcome: Outcome,
    kept_under: str,
) -> None:
    decision = decide(article(), own_url, own, same_url, same_text)
    assert (decision.outcome, decision.url) == (outcome, kept_under)


def test_a_canonical_link_that_names_one_page_for_many_loses_none(archive: Archive, writer: Writer) -> None:
    for n in range(3):
        url = f"https://daily.example/story-{n}"
        writer.add(
            UrlResult(
                task(archive, url), NOW, article=article(title=f"Story {n}", text=f"Text {n}"), own_url=url
            )
        )
    recorded = writer.flush()
    assert [row.outcome for row in recorded] == [Outcome.NEW] * 3
    assert len(archive.rows("SELECT DISTINCT url FROM articles")) == 3


def test_a_batch_sees_its_own_articles(archive: Archive, writer: Writer) -> None:
    first = UrlResult(task(archive), NOW, article=article(), own_url=URL)
    amp = "https://daily.example/amp/ferry"
    second = UrlResult(task(archive, amp), NOW, article=article(), own_url=amp)
    writer.add(first)
    writer.add(second)
    assert [row.outcome for row in writer.flush()] == [Outcome.NEW, Outcome.DUPLICATE]
    assert len(archive.rows("SELECT url FROM articles")) == 1


def test_the_same_text_under_another_address_points_to_the_first(archive: Archive, writer: Writer) -> None:
    for url in (URL, "https://daily.example/again"):
        writer.add(UrlResult(task(archive, url), NOW, article=article(url), own_url=url))
    writer.flush()
    rows = archive.rows("SELECT id, duplicate_of FROM articles ORDER BY id")
    assert rows[1]["duplicate_of"] == rows[0]["id"]


def test_a_full_batch_is_stored_by_itself(archive: Archive, writer: Writer) -> None:
    stored = []
    for n in range(BATCH):
        url = f"https://daily.example/{n}"
        stored = writer.add(UrlResult(task(archive, url), NOW, Outcome.GONE, "answered 404"))
    assert len(stored) == BATCH


def test_search_finds_what_was_stored(archive: Archive, writer: Writer) -> None:
    writer.add(UrlResult(task(archive), NOW, article=article()))
    writer.flush()
    assert archive.rows("SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'ferry'") == [{"rowid": 1}]


def test_a_batch_enters_the_search_index_as_one_segment(archive: Archive, writer: Writer) -> None:
    for n in range(12):
        url = f"https://daily.example/{n}"
        one = article(url, text=f"The ferry came back on day {n}.", section=f"Part {n}")
        writer.add(UrlResult(task(archive, url), NOW, article=one, own_url=url))
    writer.flush()
    assert len(archive.rows("SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'ferry'")) == 12
    assert archive.rows("SELECT * FROM _index_pending") == []
    segments = "SELECT count(DISTINCT id >> 37) AS count FROM articles_fts_data WHERE id > 10"  # 1 and 10: totals, structure
    assert archive.rows(segments) == [{"count": 1}]


# --- the frontier


@pytest.mark.parametrize(
    ("outcome", "attempts", "final", "state", "due"),
    [
        (Outcome.NEW, 0, False, "done", None),
        (Outcome.GONE, 2, False, "done", None),
        (Outcome.FAILED, 0, False, "due", "2026-11-23T10:00:00.000+00:00"),
        (Outcome.FAILED, 1, False, "due", "2026-11-23T13:00:00.000+00:00"),
        (Outcome.EMPTY, 0, False, "due", "2026-11-23T10:00:00.000+00:00"),
        (Outcome.FAILED, len(PAUSES), False, "exhausted", None),
        (Outcome.FAILED, 0, True, "exhausted", None),
        (Outcome.DEFERRED, 1, False, "due", NOW),
    ],
)
def test_next_visit(outcome: Outcome, attempts: int, final: bool, state: str, due: str | None) -> None:
    assert next_fetch(outcome, at=NOW, as_of=NOW, attempts=attempts, final=final)[:2] == (state, due)


def test_pauses_grow_and_end() -> None:
    pauses = [retry_pause(n) for n in range(1, len(PAUSES) + 2)]
    assert pauses[-1] is None
    assert pauses[:-1] == sorted(pauses[:-1])


def test_a_url_is_taken_once_and_known_by_its_key(archive: Archive) -> None:
    found = [FoundUrl(f"{URL}?utm_source={n}", "one key", Hints(), 1) for n in range(3)]
    assert archive.frontier.add("daily", found, NOW, NOW) == 1
    assert archive.frontier.add("daily", found, NOW, NOW) == 0
    assert len(archive.frontier.take("daily", NOW, 10)) == 1
    assert archive.frontier.take("daily", NOW, 10) == []


def test_the_freshest_come_first(archive: Archive) -> None:
    found = [FoundUrl(f"{URL}/{n}", f"k{n}", Hints(), n) for n in (3, 1, 2)]
    archive.frontier.add("daily", found, NOW, NOW)
    assert [t.url[-1] for t in archive.frontier.take("daily", NOW, 10)] == ["3", "2", "1"]


def test_hints_survive_the_frontier() -> None:
    hints = Hints(via="feed", title="Überfähre", authors=("Kim", "李"), tags=("a",))
    assert unpack_hints(pack_hints(hints)) == hints
    assert unpack_hints('{"via": "feed", "from_another_version": 1}') == Hints(via="feed")


def test_a_killed_crawl_is_closed_with_all_its_urls(archive: Archive) -> None:
    started = "2026-11-23T08:00:00.000+00:00"
    crawl = archive.crawls.start(started, ["daily"], 0, "crawl", "0")
    archive.frontier.add("daily", [FoundUrl(URL, URL, Hints(), 1)], NOW, started)
    assert archive.crawls.close_killed(NOW) == [crawl]
    assert archive.rows("SELECT crawl_id, outcome FROM outcomes") == [
        {"crawl_id": crawl, "outcome": "deferred"}
    ]
    row = archive.rows("SELECT pending_at_start + found AS taken, reason FROM crawls")[0]
    assert (row["taken"], row["reason"]) == (1, "killed")


def test_a_name_too_long_for_the_disk_is_an_error_with_its_remedy():
    with pytest.raises(
        ArchiveError, match=r"too long for this disk \(303 characters\).*Choose a shorter one"
    ):
        Archive("a" * 300 + ".db")
