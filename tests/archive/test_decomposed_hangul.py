"""Korean that a page, or a reader, writes in single letters (jamo) is found like any other."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from pipelines.archive.database import Archive
from pipelines.archive.search.search import search
from pipelines.archive.search.unsegmented import decompose_hangul
from pipelines.archive.tables.facets import insert_article

if TYPE_CHECKING:
    from pathlib import Path

AT = "2026-11-20T09:00:00.000+00:00"
COMPOSED = "항구는 월요일에 다시 문을 연다고 시청이 밝혔다."
OTHER = "도서관 앞 광장에서 겨울 장터가 열린다."


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("jamo") / "archive.db"
    with Archive(path) as opened:
        opened.sources.save(
            [{"id": "d", "name": "D", "home": "http://d.example/", "language": "ko", "country": None}], AT
        )
        with opened.db.atomic():
            for name, text in (
                ("composed", COMPOSED),
                ("jamo", unicodedata.normalize("NFD", COMPOSED)),
                ("other", unicodedata.normalize("NFD", OTHER)),
            ):
                insert_article(
                    opened.db,
                    {
                        "source_id": "d",
                        "url": f"http://d.example/{name}",
                        "title": name,
                        "text": text,
                        "word_count": 9,
                        "first_seen_at": AT,
                        "checked_at": AT,
                        "content_hash": name,
                        "extractor": "test",
                        "language": "ko",
                    },
                )
    return path


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("항구", {"composed", "jamo"}),
        ("월요일에", {"composed", "jamo"}),
        ("항구 시청", {"composed", "jamo"}),
        ('"다시 문을"', {"composed", "jamo"}),
        ("title:항구", set()),
        ("항구 OR 장터", {"composed", "jamo", "other"}),
        ("항구 NOT 시청", set()),
        ("장터", {"other"}),
        ("바다", set()),
    ],
)
def test_both_forms_are_found_by_both_forms(archive: Path, form: str, query: str, found: set[str]) -> None:
    hits = search(archive, unicodedata.normalize(form, query)).hits
    assert {hit.url.rpartition("/")[2] for hit in hits} == found


@pytest.mark.parametrize(
    ("text", "jamo"),
    [
        ("항구", unicodedata.normalize("NFD", "항구")),
        ("KBS뉴스", "KBS" + unicodedata.normalize("NFD", "뉴스")),
        ("harbour", ""),
        ("港口", ""),
        ("서울港", ""),
    ],
)
def test_syllables_as_single_letters(text: str, jamo: str) -> None:
    assert decompose_hangul(text) == jamo
