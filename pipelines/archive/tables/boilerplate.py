"""Site memory in the archive: what recurs on a source's pages is taken out of new articles and of stored ones.

Cleaning rewrites a stored text in place and makes no revision: the publisher changed nothing. A person's
veto is `UPDATE boilerplate SET vetoed = 1 WHERE ...`; texts already cleaned come back by a replay.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.archive.manifest_tables import SITE_MEMORY, note_article
from pipelines.archive.tables.facets import index_pending, update_article
from pipelines.decisions.boilerplate import WINDOW, Line, SiteMemory, strip
from pipelines.extraction import tokens

if TYPE_CHECKING:
    from sqlite_utils import Database

    from pipelines.decisions.text_lines import TextLines
    from pipelines.items import Article


MOST_ARTICLES = 30_000
"""Articles in the memories of all sources at most, 6 kB each: a WARC file may bring pages of ten thousand hosts."""


PHRASE_WORDS = 12
"""Words by which a line's texts are found."""


class Boilerplate:
    """The memory of every source met so far. Needs an open transaction for everything but `clear_memories`."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.memories: dict[str, SiteMemory] = {}

    def clear_memories(self) -> None:
        """Drop what is in memory: after a failed transaction the file knows less than it."""
        self.memories.clear()

    def strip(self, source_id: str, article: Article, read: TextLines | None = None) -> Article:
        """The article without the lines known to be boilerplate of its source. `read` are the lines of its text."""
        text = self._memory(source_id).strip(article.text, read)
        return article if text == article.text else _with_text(article, text)

    def strip_every_line(self, source_id: str, article: Article) -> Article:
        """The article without any line ever recognised, vetoed ones too: for comparing two stored texts.

        A text stored while a line was known lacks it, one met after its veto has it; neither is the publisher's doing.
        """
        memory = self._memory(source_id)
        return replace(article, text=strip(article.text, memory.known.keys() | memory.vetoed))

    def learn(
        self, source_id: str, article_id: int, text: str, now: str, read: TextLines | None = None
    ) -> int:
        """Take in a stored article's text as it was extracted; returns how many stored articles were cleaned."""
        memory = self._memory(source_id)
        new = memory.learn(str(article_id), text, read)
        self._save_lines(source_id, article_id, memory)
        lines = memory.window[str(article_id)]
        seen = [line.key for line in lines if line.key in memory.known and line.key not in new]
        self.db.conn.executemany(
            "UPDATE boilerplate SET pages = pages + 1, last_seen_at = ? WHERE source_id = ? AND block_hash = ?",
            [(now, source_id, key) for key in seen],
        )
        if not new:
            return 0
        self.db.conn.executemany(
            "INSERT OR REPLACE INTO boilerplate (source_id, block_hash, text, pages, first_seen_at, last_seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [(source_id, key, line, len(memory.holders[key]), now, now) for key, line in new.items()],
        )
        return self._clean(source_id, new, memory)

    def _memory(self, source_id: str) -> SiteMemory:
        memory = self.memories.pop(source_id, None)
        if memory is None:
            memory = self._load(source_id)
            self._evict_memories()
        self.memories[source_id] = memory  # the latest used comes last
        return memory

    def _evict_memories(self) -> None:
        """Let go of the memories not used for longest; the file has what they hold."""
        if len(self.memories) * WINDOW <= MOST_ARTICLES:
            return
        count = sum(len(memory.window) for memory in self.memories.values())
        for source_id in list(self.memories):
            if count <= MOST_ARTICLES:
                return
            count -= len(self.memories.pop(source_id).window)

    def _load(self, source_id: str) -> SiteMemory:
        memory = SiteMemory()
        for key, text, vetoed in self.db.execute(
            "SELECT block_hash, text, vetoed FROM boilerplate WHERE source_id = ?", [source_id]
        ).fetchall():
            if vetoed:
                memory.vetoed.add(key)
            else:
                memory.known[key] = text
        lines_of_article: dict[str, list[Line]] = {}
        for article_id, key, weight, opening, at_home in self.db.execute(
            "SELECT article_id, block_hash, weight, opening, at_home FROM _boilerplate_lines"
            " WHERE source_id = ? ORDER BY article_id",
            [source_id],
        ).fetchall():
            lines_of_article.setdefault(str(article_id), []).append(Line(key, weight, opening, at_home))
        texts = self.db.execute(
            "SELECT id, text FROM articles WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps([int(name) for name in lines_of_article])],
        )
        text_of = {str(article_id): text for article_id, text in texts.fetchall()}
        known = frozenset(memory.known)
        for name, lines in lines_of_article.items():
            memory.recall(name, tuple(lines), text_of.get(name, ""), known)
        return memory

    def _save_lines(self, source_id: str, article_id: int, memory: SiteMemory) -> None:
        """Store the article's lines, and drop those of articles that left the window."""
        delete = "DELETE FROM _boilerplate_lines WHERE source_id = ? AND"
        self.db.conn.execute(f"{delete} article_id = ?", [source_id, article_id])
        self.db.conn.executemany(
            "INSERT INTO _boilerplate_lines (source_id, article_id, block_hash, weight, opening, at_home)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                (source_id, article_id, line.key, line.weight, line.opening, line.at_home)
                for line in memory.window.get(str(article_id), ())
            ],
        )
        if len(memory.window) < WINDOW:  # none has left it
            return
        oldest = min(map(int, memory.window))
        self.db.conn.execute(f"{delete} article_id < ?", [source_id, oldest])

    def _clean(self, source_id: str, new: dict[str, str], memory: SiteMemory) -> int:
        """Take newly recognised lines out of the texts stored before they were known.

        All that is known is stripped, as it will be from the same pages when they are met again: a heading
        may have waited for the line under it to be recognised. Lines in other case are found by the evidence.
        """
        cleaned = 0
        holders = {int(name) for key in new for name in memory.holders.get(key, ())}
        for line in new.values():
            holders.update(self._find_holders(source_id, line))
        rows = self.db.execute(
            "SELECT id, coalesce(title, ''), coalesce(standfirst, ''), text FROM articles"
            " WHERE source_id = ? AND id IN (SELECT value FROM json_each(?))",
            [source_id, json.dumps(sorted(holders))],
        ).fetchall()
        for article_id, title, standfirst, text in rows:
            shorter = memory.strip(text)
            if shorter != text:
                cleaned += 1
                values = {
                    "text": shorter,
                    "word_count": tokens.count(shorter),
                    "content_hash": tokens.content_hash(title, standfirst, shorter),
                }
                update_article(self.db, article_id, values)
                note_article(self.db, article_id, SITE_MEMORY)
        return cleaned

    def _find_holders(self, source_id: str, line: str) -> list[int]:
        """The source's articles whose text has the line. The search index has its words: no other text is read."""
        sql = (
            "SELECT a.id FROM articles_fts f CROSS JOIN _article_facets h ON h.article_id = f.rowid"
            " CROSS JOIN articles a ON a.id = h.article_id WHERE f.articles_fts MATCH ?"
            " AND h.group_id IN (SELECT id FROM _facet_groups WHERE source_id = ?) AND instr(a.text, ?) > 0"
        )
        index_pending(self.db)
        return [row[0] for row in self.db.execute(sql, [phrase_of(line), source_id, line]).fetchall()]


def phrase_of(line: str) -> str:
    """The first words of a line in FTS5's query language: a text that has the line has them side by side. Pure."""
    words = [word for word in line.split() if any(map(str.isalnum, word))]
    return f'text : "{" ".join(words[:PHRASE_WORDS]).replace(chr(34), " ")}"'


def _with_text(article: Article, text: str) -> Article:
    """The article with another text, and what follows from it."""
    return replace(
        article,
        text=text,
        word_count=tokens.count(text),
        content_hash=tokens.content_hash(article.title, article.standfirst, text),
    )
