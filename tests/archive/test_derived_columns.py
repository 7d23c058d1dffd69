"""Columns that follow from others of their row are the same, whoever writes: the writer, another tool, the upgrade."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from sqlite_utils import Database

from pipelines.archive.database import Archive
from pipelines.archive.derived_columns import ARTICLE_COLUMNS
from pipelines.archive.migrations import migrations
from pipelines.archive.records import FoundUrl, Task
from pipelines.archive.tables.facets import insert_article, update_article
from pipelines.items import Hints, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SEEN = "2026-03-09T08:00:00.000+00:00"
DATES: dict[str | None, tuple[str | None, str | None]] = {
    None: (None, None),
    "2026-03-08": ("2026-03-08", None),
    "2026-03-08T23:30:00-05:00": ("2026-03-08", "2026-03-09 04:30:00"),
    "2026-03-08T00:10:00+09:00": ("2026-03-08", "2026-03-07 15:10:00"),
    "2026-03-08T12:00:00.750Z": ("2026-03-08", "2026-03-08 12:00:00"),
    "2026-03-08T12:00:00": ("2026-03-08", None),  # of no zone
    "2026-03-08T25:00:00+00:00": ("2026-03-08", None),
    "0001-01-01T00:00:00+05:00": ("0001-01-01", None),  # a year that other tools do not have
    "2026-02-31": (None, None),
    "2026-02-31T10:00:00+00:00": (None, None),
    "0000-01-01": (None, None),
    "12:30": (None, None),
    "2460000.5": (None, None),
    "now": (None, None),
    "soon": (None, None),
    "": (None, None),
}
LISTS: dict[str, str | None] = {
    "[]": None,
    '["Ann Lee"]': "Ann Lee",
    '["Zoë", "Ann Lee", "港 太郎"]': "Zoë; Ann Lee; 港 太郎",
    '["Ann", 7, null, "Bo"]': "Ann; Bo",
    '{"name": "Ann"}': None,
    '"Ann"': None,
    "Ann Lee": None,
}
CASES = [(date, "[]", (*expected, None)) for date, expected in DATES.items()] + [
    (None, cell, (None, None, joined)) for cell, joined in LISTS.items()
]


def row(date: str | None, cell: str) -> dict[str, Any]:
    values = {"source_id": "daily", "url": "http://daily.example/1", "text": "Tide.", "word_count": 1}
    values |= {"first_seen_at": SEEN, "checked_at": SEEN, "content_hash": "1", "extractor": "test"}
    return values | {"published_at": date, "authors": cell, "tags": cell}


def written(archive: Archive, values: dict[str, Any]) -> None:
    with archive.db.atomic():
        insert_article(archive.db, values)


def rewritten(archive: Archive, values: dict[str, Any]) -> None:
    with archive.db.atomic():
        number = insert_article(archive.db, row("1999-01-01T00:00:00+00:00", '["Old"]'))
        update_article(archive.db, number, values)


def inserted_by_another(archive: Archive, values: dict[str, Any]) -> None:
    with closing(sqlite3.connect(archive.path)) as db, db:
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        db.execute(f"INSERT INTO articles ({names}) VALUES ({marks})", list(values.values()))


def updated_by_another(archive: Archive, values: dict[str, Any]) -> None:
    inserted_by_another(archive, row("1999-01-01T00:00:00+00:00", '["Old"]'))
    with closing(sqlite3.connect(archive.path)) as db, db:
        db.execute(
            "UPDATE articles SET published_at = :published_at, authors = :authors, tags = :tags", values
        )


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive.db") as opened:
        add_source(opened.db)
        for number in (1, 2, 3):
            opened.crawls.start(SEEN, ["daily"], 0, "crawl", str(number))
        yield opened


def add_source(db: Database) -> None:
    db["sources"].insert({"id": "daily", "name": "Daily", "home": "http://daily.example/", "added_at": SEEN})


@pytest.mark.parametrize("write", [written, rewritten, inserted_by_another, updated_by_another])
def test_an_article_has_its_columns_whoever_writes_it(
    archive: Archive, write: Callable[[Archive, dict[str, Any]], None]
) -> None:
    for date, cell, (day, utc, joined) in CASES:
        write(archive, row(date, cell))
        found = archive.db.execute(f"SELECT {', '.join(ARTICLE_COLUMNS)} FROM articles").fetchall()
        assert found == [(day, utc, joined, joined)], (date, cell)
        archive.db.execute("DELETE FROM articles")


def test_the_writer_writes_an_article_once(archive: Archive) -> None:
    archive.db.execute("CREATE TEMP TABLE fired (name TEXT)")
    for event in ("AFTER UPDATE OF published_day ON articles", "AFTER UPDATE OF listed_day ON urls"):
        name = event.split()[-1]
        archive.db.execute(
            f"CREATE TEMP TRIGGER {name}_again {event} BEGIN INSERT INTO fired VALUES ('{name}'); END"
        )
    written(archive, row("2026-03-08T23:30:00-05:00", '["Ann Lee"]'))
    assert archive.frontier.add("daily", [found_url("2026-03-08T23:30:00-05:00")], SEEN, SEEN) == 1
    assert archive.db.execute("SELECT name FROM fired").fetchall() == []
    inserted_by_another(archive, row("2026-03-08", "[]") | {"url": "http://daily.example/2"})


def found_url(date: str | None) -> FoundUrl:
    return FoundUrl("http://daily.example/1", "daily.example/1", Hints(via="feed", published_at=date), 0)


@pytest.mark.parametrize(
    ("date", "day"),
    [
        (None, "2026-03-09"),
        ("2026-03-07", "2026-03-07"),
        ("2026-03-07T23:30:00-05:00", "2026-03-07"),
        ("2026-02-31", "2026-03-09"),
        ("soon", "2026-03-09"),
    ],
)
def test_a_url_has_its_listed_day_whoever_writes_it(archive: Archive, date: str | None, day: str) -> None:
    archive.frontier.add("daily", [found_url(date)], SEEN, SEEN)
    url = {"url": "http://daily.example/2", "key": "2", "source_id": "daily", "found_at": SEEN, "via": "feed"}
    archive.db["urls"].insert(url | {"hints": json.dumps({"published_at": date})})
    archive.db["urls"].insert(url | {"key": "3", "hints": "{}"})
    archive.db["urls"].update(3, {"hints": json.dumps({"published_at": date})})
    archive.db["urls"].insert(url | {"key": "4", "hints": "no JSON"})
    days = archive.db.execute("SELECT listed_day FROM urls ORDER BY id").fetchall()
    assert days == [(day,), (day,), (day,), ("2026-03-09",)]


def latest(archive: Archive) -> list[tuple[str, int]]:
    return archive.db.execute("SELECT url, crawl_id FROM latest_outcomes ORDER BY url").fetchall()


def test_one_outcome_of_a_url_is_the_latest(archive: Archive) -> None:
    outcomes = archive.db["outcomes"]
    for crawl, url in ((2, "a"), (1, "a"), (1, "b"), (3, "a"), (2, "c")):  # a shard may come later
        outcomes.insert({"crawl_id": crawl, "source_id": "daily", "url": url, "outcome": "new", "at": SEEN})
    assert latest(archive) == [("a", 3), ("b", 1), ("c", 2)]
    task = Task(1, "daily", "a", Hints(), 0, "", "", None, SEEN)
    with archive.db.atomic():
        archive.outcomes.save(1, task, Outcome.REVISED, "", SEEN, None)
    assert latest(archive) == [("a", 3), ("b", 1), ("c", 2)]
    outcomes.delete((3, "a"))
    assert latest(archive) == [("a", 2), ("b", 1), ("c", 2)]
    archive.db.execute("UPDATE outcomes SET url = 'forgotten' WHERE url = 'a'")
    assert latest(archive) == [("b", 1), ("c", 2), ("forgotten", 2)]
    archive.db.execute("UPDATE outcomes SET url = 'a' WHERE url = 'forgotten' AND crawl_id = 2")
    assert latest(archive) == [("a", 2), ("b", 1), ("c", 2), ("forgotten", 1)]


def test_the_upgrade_fills_the_columns_of_old_rows(tmp_path: Path) -> None:
    db = Database(tmp_path / "archive.db")
    migrations.apply(db, stop_before="m005_columns_and_views_for_every_tool")
    add_source(db)
    for number, (date, cell, _) in enumerate(CASES):
        db["articles"].insert(row(date, cell) | {"url": f"http://daily.example/{number}"})
    url = {"url": "a", "key": "a", "source_id": "daily", "found_at": SEEN}
    db["urls"].insert(url | {"hints": json.dumps({"published_at": "2026-03-07T23:30:00-05:00"})})
    for crawl in (1, 2, 3):
        db["crawls"].insert({"started_at": SEEN})
        db["outcomes"].insert(
            {"crawl_id": crawl, "source_id": "daily", "url": "a", "outcome": "new", "at": SEEN}
        )
    db.close()
    with Archive(tmp_path / "archive.db") as archive:
        found = archive.db.execute(f"SELECT {', '.join(ARTICLE_COLUMNS)} FROM articles ORDER BY id")
        assert found.fetchall() == [(day, utc, joined, joined) for _, _, (day, utc, joined) in CASES]
        assert archive.db.execute("SELECT listed_day FROM urls").fetchall() == [("2026-03-07",)]
        assert latest(archive) == [("a", 3)]
