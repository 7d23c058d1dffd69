"""What the views for people say of articles, versions and URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipelines.archive.database import Archive

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS = [f"2026-03-0{day}T08:00:00.000+00:00" for day in range(1, 6)]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive(tmp_path_factory.mktemp("views") / "archive.db") as opened:
        db = opened.db
        db["sources"].insert(
            {"id": "daily", "name": "Daily", "home": "http://d.example/", "added_at": DAYS[0]}
        )
        article = {
            "source_id": "daily",
            "text": "Third.",
            "word_count": 1,
            "content_hash": "",
            "extractor": "x",
        }
        article |= {"first_seen_at": DAYS[0], "checked_at": DAYS[4]}
        revised = {"title": "Dam bursts", "revision": 4, "revised_at": DAYS[3], "published_at": DAYS[0]}
        db["articles"].insert(article | revised | {"url": "http://d.example/1", "authors": '["Ann", "Bo"]'})
        db["articles"].insert(article | {"url": "http://d.example/2", "duplicate_of": 1, "revision": 2})
        db["articles"].insert(article | {"url": "http://d.example/3"})
        old = {"article_id": 1, "text": "First.", "content_hash": ""}
        db["revisions"].insert_all(
            [
                old | {"number": 1, "seen_at": DAYS[0], "title": None, "change": '["headline"]'},
                old | {"number": 2, "seen_at": DAYS[1], "title": "Dam leaks", "change": '["text"]'},
                old | {"number": 3, "seen_at": DAYS[2], "title": "Dam leaks", "change": None},
                old | {"article_id": 2, "number": 1, "seen_at": DAYS[0], "title": "Dam", "change": None},
            ]
        )
        opened.crawls.start(DAYS[0], ["daily"], 0, "crawl", "1")
        url = {"source_id": "daily", "found_at": DAYS[1], "article_id": None, "hints": "{}"}
        listed = {"held": 1, "pending": None, "deferred": None, "failed": None}
        for number, (name, held) in enumerate(listed.items()):
            db["urls"].insert(
                url | {"url": name, "key": name, "article_id": held, "via": ("feed", None)[number % 2]}
            )
            if name != "pending":
                row = {"crawl_id": 1, "source_id": "daily", "url": name, "at": DAYS[1], "reason": "as it is"}
                db["outcomes"].insert(row | {"outcome": "new" if held else name})
        for via in ("alias", "given"):
            db["urls"].insert(url | {"url": "held", "key": via, "via": via})
        yield opened


def read(archive: Archive, sql: str) -> list[tuple[Any, ...]]:
    return archive.db.execute(sql).fetchall()


def test_clippings_are_the_articles_without_duplicates(archive: Archive) -> None:
    assert read(
        archive, "SELECT id, source, published_day, published_utc, authors, tags FROM clippings ORDER BY id"
    ) == [
        (1, "daily", "2026-03-01", "2026-03-01 08:00:00", "Ann; Bo", None),
        (3, "daily", None, None, None, None),
    ]


def test_versions_are_all_of_an_article_each_with_the_time_it_was_first_seen(archive: Archive) -> None:
    columns = "article_id, version, is_current, seen_at, title, text"
    assert read(archive, f"SELECT {columns} FROM versions ORDER BY article_id, version") == [
        (1, 1, 0, DAYS[0], None, "First."),
        (1, 2, 0, DAYS[1], "Dam leaks", "First."),
        (1, 3, 0, DAYS[2], "Dam leaks", "First."),
        (1, 4, 1, DAYS[3], "Dam bursts", "Third."),
        (3, 1, 1, DAYS[0], None, "Third."),
    ]


def test_headline_changes_have_both_headlines_and_when_the_new_one_was_seen(archive: Archive) -> None:
    columns = "article_id, version, seen_at, headline_before, headline_after, published_day"
    assert read(archive, f"SELECT {columns} FROM headline_changes ORDER BY version") == [
        (1, 2, DAYS[1], None, "Dam leaks", "2026-03-01"),
        (1, 4, DAYS[3], "Dam leaks", "Dam bursts", "2026-03-01"),
    ]


def test_listed_urls_have_their_last_outcome_and_coverage_adds_them_up(archive: Archive) -> None:
    assert read(archive, "SELECT url, outcome, reason FROM listed ORDER BY url") == [
        ("deferred", "deferred", "as it is"),
        ("failed", "failed", "as it is"),
        ("held", "held", None),
        ("pending", "pending", None),
    ]
    counted = read(archive, "SELECT day, listed, held, failed, pending, gone FROM coverage")
    assert counted == [("2026-03-02", 4, 1, 1, 2, 0)]
