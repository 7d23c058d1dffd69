"""Texts of single articles as `_cjk_fts` indexes them, in memory, to mark words in them.

FTS5 reads the text that it marks from the view `_cjk_articles`, which spaces it in SQL: 5 ms an article of 2,000
characters. Spacing it in Python and indexing it in memory takes 0.6 to 0.8 ms. What FTS5 marks depends on the one text
alone, so an index of one article marks the same.
"""

from __future__ import annotations

import sqlite3
from typing import Self

from pipelines.archive.search.unsegmented import has_unsegmented_script, segment
from pipelines.archive.triggers import CJK_TOKENIZER


class CjkTexts:
    """An index `_cjk_fts` in memory with the articles that were loaded; a context manager."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.memory: sqlite3.Connection | None = None

    def load(self, article: int) -> sqlite3.Connection:
        """Return the connection to the index, with this article in it when it has such letters."""
        row = self.db.execute(
            "SELECT title, standfirst, text FROM articles WHERE id = ?", [article]
        ).fetchone()
        words = [cell or "" for cell in row or ()]
        return self.load_words(article, words if any(map(has_unsegmented_script, words)) else [])

    def load_words(self, row_id: int, words: list[str]) -> sqlite3.Connection:
        """Return the connection to the index, with this title, standfirst and text in it; nothing for none."""
        if self.memory is None:
            self.memory = sqlite3.connect(":memory:", isolation_level=None)
            self.memory.execute(
                f'CREATE VIRTUAL TABLE _cjk_fts USING fts5(title, standfirst, text, tokenize="{CJK_TOKENIZER}")'
            )
            self.memory.execute("BEGIN")  # and no commit: each one would cost as much as the INSERT
        if words:
            sql = "INSERT OR REPLACE INTO _cjk_fts (rowid, title, standfirst, text) VALUES (?, ?, ?, ?)"
            self.memory.execute(sql, [row_id, *map(segment, words)])
        return self.memory

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self.memory is not None:
            self.memory.close()
