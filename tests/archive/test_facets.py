"""Search and facet rows follow from `articles`, whoever writes: the writer in Python, any other tool by triggers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.archive.database import Archive
from pipelines.archive.tables.facets import index_pending, insert_article, update_article

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlite_utils import Database

NOW = "2026-01-09T08:00:00.000+00:00"
ENGLISH, JAPANESE = "The harbour wall was raised.", "東京の港で、新しいAI橋が12日に開通した。駅前も。"
ROWS = (
    {
        "title": "Harbour",
        "text": ENGLISH,
        "authors": '["Ann Lee", "Ann Lee", "Bo"]',
        "tags": '["port"]',
        "language": "en",
    },
    {
        "title": "東京の港",
        "standfirst": "橋が開通",
        "text": JAPANESE,
        "authors": '["港 太郎"]',
        "section": "社会",
    },
    {
        "title": None,
        "text": "Mixed 京都。\n\nWords ソウル서울, ก ข.",
        "published_at": "2026-01-05T23:00:00-09:00",
    },
    {"title": "。", "text": "Only a sign.", "authors": "not json", "published_at": "soon", "gone_at": NOW},
)
CHANGES: tuple[dict[str, Any], ...] = (
    {"text": JAPANESE + "追記。"},
    {"text": "No such letters now.", "title": "Harbour", "standfirst": None},
    {"section": "News", "tags": '["port", "bridge"]', "revision": 2},
    {"gone_at": NOW},
    {"authors": "[]", "published_at": "2025-12-31"},
    {"checked_at": NOW},
)
DERIVED = {
    "facets": "SELECT article_id, at, day, source_id, section, language, access, changed, gone, unspaced"
    " FROM _article_facets JOIN _facet_groups ON id = group_id",
    "groups": "SELECT source_id, section, language, access, changed, gone, unspaced, articles FROM _facet_groups WHERE articles",
    "days": "SELECT * FROM _source_days WHERE articles",
    "terms": "SELECT article_id, kind, name FROM _article_terms JOIN _terms ON id = term_id",
    "words": "SELECT * FROM temp.words",
    "letters": "SELECT * FROM temp.letters",
    "prepared": "SELECT * FROM _prepared",
    "pending": "SELECT * FROM _index_pending",
}


def row(number: int, **values: Any) -> dict[str, Any]:
    known = {
        "source_id": "daily",
        "url": f"http://daily.example/{number}",
        "word_count": 1,
        "first_seen_at": NOW,
    }
    return known | {"checked_at": NOW, "content_hash": str(number), "extractor": "test"} | values


def derived(path: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(path)) as db:
        list_words(db)
        return read_derived(db)


def list_words(db: sqlite3.Connection) -> None:
    db.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'articles_fts', 'instance')")
    db.execute("CREATE VIRTUAL TABLE temp.letters USING fts5vocab('main', '_cjk_fts', 'instance')")


def read_derived(db: sqlite3.Connection) -> dict[str, list[Any]]:
    """Everything that follows from `articles`, and the proof that no index differs from its texts."""
    for index in ("articles_fts", "_cjk_fts", "_terms_fts"):
        db.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")
    return {name: sorted(db.execute(sql).fetchall(), key=repr) for name, sql in DERIVED.items()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make(tmp_path / "plain.db")


def make(path: Path) -> Path:
    with Archive(path) as archive:
        archive.sources.save(
            [{"id": "daily", "name": "D", "home": "", "language": None, "country": None}], NOW
        )
    return path


def insert_plainly(db: sqlite3.Connection, values: dict[str, Any]) -> None:
    marks = ", ".join(f":{name}" for name in values)
    db.execute(f"INSERT INTO articles ({', '.join(values)}) VALUES ({marks})", values)


def test_any_tool_may_insert_update_and_delete(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        for number, values in enumerate(ROWS):
            insert_plainly(db, row(number, **values))
    found = derived(path)
    assert [place for place in found["letters"] if place[0] == "港"]
    assert len({place[1] for place in found["words"]}) == 4
    with closing(sqlite3.connect(path)) as db, db:
        for change in CHANGES:
            db.execute(f"UPDATE articles SET {', '.join(f'{name} = :{name}' for name in change)}", change)
    assert derived(path)["letters"] == []
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE articles SET id = id + 10, text = ?", [JAPANESE])
    assert {place[1] for place in derived(path)["letters"]} == {11, 12, 13, 14}
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM articles")
    assert not any(derived(path).values())


def change_both(db: sqlite3.Connection, archive: Archive, change: dict[str, Any]) -> None:
    """Change every article as any tool does, and as the writer does."""
    changes = ", ".join(f"{name} = :{name}" for name in change)
    for number in range(1, len(ROWS) + 1):
        db.execute(f"UPDATE articles SET {changes} WHERE id = :id", {**change, "id": number})
        update_article(archive.db, number, change)


@pytest.mark.parametrize("change", CHANGES)
def test_the_writer_and_the_triggers_make_the_same_rows(
    path: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    ours = make(tmp_path / "ours.db")
    with closing(sqlite3.connect(path)) as db, Archive(ours) as archive:
        with db, archive.db.atomic():
            for number, values in enumerate(ROWS):
                insert_plainly(db, row(number, **values))
                assert insert_article(archive.db, row(number, **values)) == number + 1
        assert derived(ours) == derived(path)
        with db, archive.db.atomic():
            change_both(db, archive, change)
        assert derived(ours) == derived(path)


@pytest.mark.parametrize("change", CHANGES)
def test_articles_are_indexed_as_they_are_when_their_batch_ends(
    path: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    """One that is changed or deleted in the transaction that stored it was not in the index yet."""
    ours = make(tmp_path / "ours.db")
    with closing(sqlite3.connect(path)) as db, Archive(ours) as archive:
        with db, archive.db.atomic():
            for number, values in enumerate(ROWS):
                insert_plainly(db, row(number, **values))
                insert_article(archive.db, row(number, **values), index_later=True)
            change_both(db, archive, change)
            for conn in (db, archive.db.conn):
                conn.execute("DELETE FROM articles WHERE id = 1")
            index_pending(archive.db)
        assert derived(ours) == derived(path)


def update_plainly(db: sqlite3.Connection, change: dict[str, Any], where: str = "1") -> None:
    db.execute(
        f"UPDATE articles SET {', '.join(f'{name} = :{name}' for name in change)} WHERE {where}", change
    )


def update_as_the_writer(db: Database, change: dict[str, Any]) -> None:
    for (number,) in db.conn.execute("SELECT id FROM articles").fetchall():
        update_article(db, number, change)


def put_another_in_its_place(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM articles WHERE id = 2")
    insert_plainly(db, row(9, id=2, **ROWS[2]))


STEPS: dict[str, Callable[[Database], object]] = {
    "ours: other letters": lambda db: update_as_the_writer(db, {"text": "大阪" + JAPANESE}),
    "ours: no letters": lambda db: update_as_the_writer(db, CHANGES[1]),
    "ours: section": lambda db: update_as_the_writer(db, {"section": "Other"}),
    "plain: revision": lambda db: update_plainly(db.conn, {"revision": 3}, "id <> 3"),
    "plain: other letters": lambda db: update_plainly(db.conn, {"text": JAPANESE + "追記。"}, "id <> 2"),
    "plain: no letters": lambda db: update_plainly(db.conn, CHANGES[1]),
    "plain: delete": lambda db: db.conn.execute("DELETE FROM articles WHERE id = 3"),
    "plain: replace": lambda db: put_another_in_its_place(db.conn),
    "index": index_pending,
}


@pytest.mark.parametrize("first", STEPS)
def test_whatever_happens_to_articles_that_wait_they_are_indexed_as_they_are(path: Path, first: str) -> None:
    """In any order, by the writer and by SQL in its transaction: all rows are as if the articles were inserted as they are now."""
    with Archive(path) as archive:
        db = archive.db
        list_words(db.conn)
        for between, last in product(((), ("index",)), STEPS):
            steps = (first, *between, last)
            db.execute("BEGIN")
            for number, values in enumerate(ROWS):
                insert_article(db, row(number, **values), index_later=True)
            for step in steps:
                STEPS[step](db)
            index_pending(db)
            found = read_derived(db.conn)
            stored = db.execute("SELECT * FROM articles")
            names = [column[0] for column in stored.description]
            rows = [dict(zip(names, values, strict=True)) for values in stored.fetchall()]
            db.execute("DELETE FROM articles")
            for values in rows:
                insert_plainly(db.conn, values)
            assert found == read_derived(db.conn), steps
            db.execute("ROLLBACK")


@pytest.mark.parametrize("later", [False, True])
def test_what_the_writer_stored_any_tool_may_change(path: Path, later: bool) -> None:
    with Archive(path) as archive, archive.db.atomic():
        for number, values in enumerate(ROWS):
            insert_article(archive.db, row(number, **values), index_later=later)
        index_pending(archive.db)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE articles SET text = text || '大阪'")
        db.execute("DELETE FROM articles WHERE id = 1")
    assert {place[1] for place in derived(path)["letters"] if place[0] == "阪"} == {2, 3, 4}
