"""Searching through the real thing: an archive made by the migrations, read back from its file."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from sqlite_utils import Database

from pipelines.archive.database import Archive
from pipelines.archive.migrations import migrations
from pipelines.archive.search.results import parse_list
from pipelines.archive.search.search import Filters, search
from pipelines.archive.search.unsegmented import has_unsegmented, segment, unsegment
from tests.faulty import OLD_ARCHIVE

if TYPE_CHECKING:
    from pathlib import Path

ARTICLES: list[dict[str, Any]] = [
    {"title": "Harbour bridge opens", "text": "The mayor cut the ribbon.", "authors": '["Ann Lee"]'},
    {
        "title": "Mayor resigns",
        "text": "She left the harbour office.",
        "authors": '["Bo Ek"]',
        "source_id": "b",
    },
    {"title": "東京の橋", "text": "NHKは、東京都の新しい橋。京都は雨。iPhoneを発売。"},
    {"title": "서울 소식", "text": "서울에서 최대 구간 시장이 말했다."},
    {"title": "ข่าววันนี้", "text": "กรุงเทพมหานครมีฝนตกหนัก"},
    {"title": "Mixed", "text": "An article on Tokyo, in Japanese 東京, and its mayor."},
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("search") / "any name.db"
    db = Database(path)
    migrations.apply(db)
    db["sources"].insert_all(
        {"id": key, "name": name, "home": f"https://{key}.test/", "added_at": "2026-01-01T00:00:00+00:00"}
        for key, name in (("a", "The Argus"), ("b", "Bay Bugle"))
    )
    db["articles"].insert_all(
        {
            "id": number,
            "source_id": "a",
            "url": f"https://a.test/{number}",
            "published_at": f"2026-01-0{number}T10:00:00+09:00",
            "word_count": 5,
            "first_seen_at": "2026-01-09T00:00:00+00:00",
            "checked_at": "2026-01-09T00:00:00+00:00",
            "content_hash": str(number),
            "extractor": "test",
            "section": None,
            "authors": "[]",
        }
        | article
        for number, article in enumerate(ARTICLES, 1)
    )
    db.close()
    return path


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("harbour", {1, 2}),
        ("HARBOUR mayor", {1, 2}),
        ("harbour NOT ribbon", {2}),
        ("harbour -ribbon", {2}),
        ("ribbon OR office", {1, 2}),
        ('"the ribbon"', {1}),
        ('"ribbon the"', set()),
        ("ribb*", {1}),
        ("title:harbour", {1}),
        ("text:harbour", {2}),
        ("title:(harbour OR mixed)", {1, 6}),
        ("author:lee", {1}),
        ('author:"bo ek" harbour', {2}),
        ("author:ek OR ribbon", {1, 2}),
        ("mayor NOT author:lee", {2, 6}),
        ("source:bugle", {2}),
        ("source:a mayor", {1, 6}),
        ("東京", {3, 6}),
        ("京都", {3}),
        ("橋 京都", {3}),
        ('"橋。京都"', {3}),
        ("橋京都", set()),
        ("iphone", {3}),
        ("NHK 東京", {3}),
        ("東京 OR harbour", {1, 2, 3, 6}),
        ("harbour NOT 東京", {1, 2}),
        ("mayor -東京", {1, 2}),
        ("서울", {4}),
        ("대구", set()),
        ('"최대 구간"', {4}),
        ('"서울 에서"', {4}),
        ('"橋 京都"', {3}),
        ('"橋 京都は雨 iphone"', {3}),
        ('"雨 iphone"', {3}),
        ("กรุงเทพ", {5}),
        ("ฝน", {5}),
        ("", {1, 2, 3, 4, 5, 6}),
    ],
)
def test_what_a_query_finds(archive: Path, query: str, found: set[int]) -> None:
    results = search(archive, query)
    assert ({hit.id for hit in results.hits}, results.problem) == (found, "")
    assert results.total == len(found)


def test_snippets_are_marked_and_read_naturally(archive: Path) -> None:
    hit = next(hit for hit in search(archive, "東京都").hits if hit.id == 3)
    assert hit.headline == "東京の橋"
    assert "".join(text for text, _ in hit.snippet) == "NHKは、東京都の新しい橋。京都は雨。iPhoneを発売。"
    assert [text for text, marked in hit.snippet if marked] == ["東京都"]
    assert search(archive, "mayor", Filters(source=("b",))).hits[0].title == (
        ("Mayor", True),
        (" resigns", False),
    )


def test_filters_orders_and_counts(archive: Path) -> None:
    by_day = search(
        archive, "mayor", Filters(since="2026-01-02", until="2026-01-06"), sort="newest", count=True
    )
    assert [hit.id for hit in by_day.hits] == [6, 2]
    assert [hit.rank for hit in by_day.hits] == [1, 2]
    assert by_day.counts is not None
    assert dict(by_day.counts.source) == {"a": 1, "b": 1}
    only_b = search(archive, "mayor", Filters(source=("b",)), count=True)
    assert only_b.total == 1
    assert only_b.counts is not None
    assert dict(only_b.counts.source) == {"a": 2, "b": 1}, "a kind's counts leave its own filter out"
    assert only_b.counts.author == (("Bo Ek", 1),)
    assert search(archive, "", Filters(author=("Ann Lee",))).total == 1
    assert [hit.id for hit in search(archive, "", sort="archived", limit=2, offset=1).hits] == [5, 4]


def test_a_headline_counts_more_than_text(archive: Path) -> None:
    assert [hit.id for hit in search(archive, "harbour").hits] == [1, 2]


def test_a_ceiling_bounds_the_work_and_says_so(archive: Path) -> None:
    results = search(archive, "mayor", ceiling=2)
    assert (results.total, results.capped) == (2, True)
    assert {hit.id for hit in results.hits} == {2, 6}, "the latest archived are looked at"
    assert not search(archive, "mayor", ceiling=3).capped


TEXTS = [
    "",
    "plain words, and signs!",
    "東京。大阪 NHKは2020年「引用」です",
    "서울 시장이 말했다. Korean과 English",
    "ราคาน้ำมัน 35 บาท/ลิตร",
    "𠮷野家で食べる🙂 ｱｲｳ ＡＢＣ",
    "ends with 東京",
    "東京\n\n大阪\n- 京都",
    "あ" * 350 + " x" * 130,
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_archive_and_queries_space_letters_alike(tmp_path: Path, text: str) -> None:
    """The trigger's SQL and `segment` give the same, to the letter."""
    db = empty(tmp_path)
    db["articles"].insert(row(1, title="東", text=text))
    entered = db.execute("SELECT text FROM _cjk_fts WHERE rowid = 1").fetchone()[0]
    assert entered == segment(text)
    assert unsegment(entered) == text
    db.close()


def test_counts_and_indexes_keep_in_step(tmp_path: Path) -> None:
    """Whatever is written, and however, the narrow tables say what a look at all articles says."""
    chance = random.Random(3)
    db = empty(tmp_path)
    db.conn.execute("PRAGMA recursive_triggers = on")

    def some(number: int) -> dict[str, Any]:
        return row(
            number,
            source_id=chance.choice("ab"),
            section=chance.choice([None, "", "News", "政治"]),
            language=chance.choice([None, "en", "ja"]),
            access=chance.choice([None, "free", "paywalled"]),
            authors=chance.choice(
                ["[]", '["Ann Lee", "Ann Lee", "Bo"]', "not json", '[1, {"a": 2}]', "null"]
            ),
            tags=chance.choice(["[]", '["x"]', '["y", "x"]']),
            title=chance.choice([None, "Word", "東京"]),
            text=chance.choice(["word", "京都 word"]),
            published_at=chance.choice([None, "2026-01-05", "2026-01-05T23:00:00-09:00", "soon"]),
            revision=chance.choice([1, 2]),
            gone_at=chance.choice([None, "2026-02-01"]),
        )

    for step in range(300):
        number = chance.randrange(1, 30)
        match step % 5:
            case 0 | 1:
                db["articles"].insert(some(number), replace=True)
            case 2:
                db["articles"].upsert(some(number), pk="id")
            case 3:
                db.execute(
                    "UPDATE articles SET revision = revision + 1, gone_at = NULL WHERE id = ?", [number]
                )
            case 4:
                db.execute("DELETE FROM articles WHERE id = ?", [number])
    db.conn.commit()
    in_step(db)
    db.close()


def test_an_older_file_is_brought_up_to_date(tmp_path: Path) -> None:
    shutil.copy(OLD_ARCHIVE, tmp_path / "old.db")
    old = Database(tmp_path / "old.db")
    old.execute("DELETE FROM articles")  # `in_step` knows the rows written here only
    for source in "ab":
        old["sources"].insert({"id": source, "name": source, "home": "", "added_at": ""})
    old["articles"].insert_all(row(number, text="京都 word", authors='["Ann"]') for number in range(91, 99))
    old.close()
    Archive(tmp_path / "old.db").close()
    db = Database(tmp_path / "old.db")
    in_step(db)
    assert search(db.conn, "京都 author:ann").total == 8
    db.close()


def in_step(db: Database) -> None:
    """Compare the narrow tables with the articles."""
    articles = {row["id"]: row for row in db["articles"].rows}
    assert articles
    assert {row[0] for row in db.execute("SELECT article_id FROM _article_facets")} == set(articles)
    shelves = {row["id"]: row for row in db["_facet_groups"].rows}
    standing = Counter(row["group_id"] for row in db["_article_facets"].rows)
    for shelf in shelves.values():
        assert shelf["articles"] == standing[shelf["id"]]
    days: Counter[tuple[str, str]] = Counter()
    for place in db["_article_facets"].rows:
        article, shelf = articles[place["article_id"]], shelves[place["group_id"]]
        days[article["source_id"], place["day"]] += 1
        assert shelf["source_id"] == article["source_id"]
        assert (shelf["section"], shelf["language"]) == (article["section"] or "", article["language"] or "")
        assert shelf["changed"] == (article["revision"] > 1)
        assert shelf["gone"] == (article["gone_at"] is not None)
        assert shelf["unspaced"] == has_unsegmented(f"{article['title']}{article['text']}")
        bare = article["published_at"] in (None, "soon")
        assert place["day"] == ("2026-01-09" if bare else "2026-01-05")
    assert {
        (r["source_id"], r["day"]): r["articles"] for r in db["_source_days"].rows if r["articles"]
    } == days
    entered = {r[0]: r[1] for r in db.execute("SELECT rowid, text FROM _cjk_fts")}
    assert {number: unsegment(text) for number, text in entered.items()} == {
        number: article["text"]
        for number, article in articles.items()
        if has_unsegmented(f"{article['title']}{article['text']}")
    }
    linked = db.execute(
        "SELECT article_id, name FROM _article_terms JOIN _terms ON id = term_id AND kind = 'author'"
    ).fetchall()
    assert set(linked) == {(n, name) for n, a in articles.items() for name in parse_list(a["authors"])}
    db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")
    db.execute("INSERT INTO _cjk_fts (_cjk_fts) VALUES ('integrity-check')")
    db.execute("INSERT INTO _terms_fts (_terms_fts) VALUES ('integrity-check')")


def empty(folder: Path) -> Database:
    db = Database(folder / "archive.db")
    migrations.apply(db)
    for source in "ab":
        db["sources"].insert({"id": source, "name": source, "home": "", "added_at": ""})
    return db


def row(number: int, **values: Any) -> dict[str, Any]:
    return {
        "id": number,
        "source_id": "a",
        "url": f"https://a.test/{number}",
        "title": "Word",
        "text": "word",
        "word_count": 1,
        "first_seen_at": "2026-01-09T00:00:00+00:00",
        "checked_at": "2026-01-09T00:00:00+00:00",
        "content_hash": "",
        "extractor": "",
        "authors": "[]",
        "tags": "[]",
    } | values
