"""Texts of single articles as the search indexes have them, in memory, to mark words in them.

What FTS5 marks depends on the one text alone, so an index of one article marks the same.

- It reads the text that it marks in `_cjk_fts` from the view `_cjk_articles`, which spaces it in SQL: 5 ms an article of
  2,000 characters. Spacing it in Python and indexing it in memory takes 0.6 to 0.8 ms.
- For `begin*` it reads all words that begin so, with all their places, before it comes to the one article: at a
  million articles, .1 to 6 s for each hit. Indexing the hit in memory takes 0.3 ms.
"""

from __future__ import annotations

import sqlite3
from typing import Self

from pipelines.archive.search.unsegmented import segment
from pipelines.archive.triggers import CJK_TOKENIZER

TOKENIZERS = {"articles_fts": "unicode61", "_cjk_fts": CJK_TOKENIZER}


class HitTexts:
    """Indexes `articles_fts` and `_cjk_fts` in memory with the articles that were loaded; a context manager."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.memory: sqlite3.Connection | None = None

    def load(self, article: int, table: str) -> sqlite3.Connection:
        """Return the connection to the index, with this article in it, which that index must have."""
        row = self.db.execute(
            "SELECT title, standfirst, text FROM articles WHERE id = ?", [article]
        ).fetchone()
        words = [cell or "" for cell in row or ()]
        return self.load_words(article, words, table)

    def load_words(self, row_id: int, words: list[str], table: str = "_cjk_fts") -> sqlite3.Connection:
        """Return the connection to the index, with this title, standfirst and text in it; nothing for none."""
        memory = self.memory or self._open()
        if words:
            indexed = map(segment, words) if table == "_cjk_fts" else words
            sql = f"INSERT OR REPLACE INTO {table} (rowid, title, standfirst, text) VALUES (?, ?, ?, ?)"
            memory.execute(sql, [row_id, *indexed])
        return memory

    def _open(self) -> sqlite3.Connection:
        self.memory = sqlite3.connect(":memory:", isolation_level=None)
        for table, tokenizer in TOKENIZERS.items():
            self.memory.execute(
                f'CREATE VIRTUAL TABLE {table} USING fts5(title, standfirst, text, tokenize="{tokenizer}")'
            )
        self.memory.execute("BEGIN")  # and no commit: each one would cost as much as the INSERT
        return self.memory

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self.memory is not None:
            self.memory.close()
