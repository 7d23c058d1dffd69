"""Searching through the real thing: an archive made by the migrations, read back from its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlite_utils import Database

from pipelines.archive.migrations import migrations
from pipelines.archive.search import search

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
    assert search(archive, "mayor", source="b").hits[0].title == (("Mayor", True), (" resigns", False))
