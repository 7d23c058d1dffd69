"""Shared by the tests of stories: texts made of phrases, and articles put into an archive without a crawl."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pipelines.archive.tables.facets import insert_article

from .phrases import LANGUAGES

if TYPE_CHECKING:
    from pipelines.archive.database import Archive

NOW = "2026-11-20T09:00:00+00:00"


def make_text(language: str, seed: int, blocks: int = 8) -> str:
    """A text of so many paragraphs, the same for the same seed."""
    chance = random.Random(f"{language}{seed}")
    paragraphs: list[str] = []
    while len(paragraphs) < blocks:
        paragraphs += LANGUAGES[language].story(chance, day=seed)[2].split("\n\n")
    return "\n\n".join(paragraphs[:blocks])


TEXT = make_text("en", 1)


def add_article(archive: Archive, url: str, text: str, published_at: str = NOW, source: str = "daily") -> int:
    """Insert an article; needs an open transaction. Returns its id."""
    row = {
        "source_id": source,
        "url": url,
        "title": url,
        "text": text,
        "word_count": len(text.split()),
        "published_at": published_at,
        "first_seen_at": NOW,
        "checked_at": NOW,
        "content_hash": f"1:{url}",
        "extractor": "test",
    }
    return insert_article(archive.db, row)
