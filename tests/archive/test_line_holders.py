"""Texts with a line that has come to be known as boilerplate are found by the search index, and all of them are cleaned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.archive.database import Archive
from pipelines.archive.tables.boilerplate import phrase_of
from pipelines.archive.tables.facets import insert_article

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = "2026-01-09T08:00:00.000+00:00"
LINES = (
    'Sign up for our "morning letter" about what the harbour does',
    "— * — * — * — * — * — * — * — Read more: the ferry at 7.30",
    "続きを読むには、無料の会員登録をお願いします",
    "Más información aquí sobre el puerto, la ciudad y todas las noticias que publicamos cada mañana",
    "ติดตามข่าวของเราได้ทุกวัน",
)
STORIES = ("grain", "coal", "timber", "salt", "wool")


def story(word: str) -> str:
    return "\n\n".join(
        f"The {word} came to the {word} market at {n}, and {word} was sold {word}ly." for n in range(6)
    )


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive.db") as archive:
        for source in ("paper", "other"):
            archive.db["sources"].insert(
                {"id": source, "name": source, "home": "http://a.invalid/", "added_at": NOW}
            )
        yield archive


def add(archive: Archive, text: str, source: str = "paper") -> int:
    number = archive.db.execute("SELECT count(*) FROM articles").fetchone()[0]
    row = {
        "source_id": source,
        "url": f"http://a.invalid/{number}",
        "title": "A title",
        "text": text,
        "word_count": 1,
        "first_seen_at": NOW,
        "checked_at": NOW,
        "content_hash": "x",
        "extractor": "x",
    }
    return insert_article(archive.db, row, index_later=True)  # as the writer stores them


@pytest.mark.parametrize("line", LINES)
def test_a_line_goes_from_every_text_of_its_source(archive: Archive, line: str) -> None:
    """The first texts were stored before anything was learned: only the index knows that they have the line."""
    with archive.db.atomic():
        old = [add(archive, f"{story(word)}\n\n{line}") for word in ("tar", "rope")]
        within = add(archive, f"{story('sail')}\n\nThey wrote: {line} and more.")
        elsewhere = add(archive, f"{story('oar')}\n\n{line}", "other")
        cleaned = 0
        for word in STORIES:
            text = f"{story(word)}\n\n{line}"
            cleaned += archive.boilerplate.learn("paper", add(archive, text), text, NOW)
    texts = dict(archive.db.execute("SELECT id, text FROM articles").fetchall())
    assert cleaned >= len(old) + 3
    assert [texts[number] for number in old] == [story("tar"), story("rope")]
    assert line in texts[within], "a part of a line is never touched"
    assert line in texts[elsewhere]
    assert archive.db.execute("SELECT count(*) FROM boilerplate").fetchone()[0] == 1


def test_the_phrase_of_a_line_is_quoted_and_short() -> None:
    assert phrase_of('Say "no" -- now') == 'text : "Say  no  now"'
    assert phrase_of(" ".join(f"w{n}" for n in range(40))).count(" w") == 11
