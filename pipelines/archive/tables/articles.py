"""The tables `articles` and `revisions`: the rows that decisions read, and the rows that follow from a decision."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.archive.manifest_tables import MOVED, OTHER_RULES, REVISED, note_article
from pipelines.archive.records import Place, PreviousCapture
from pipelines.archive.tables.changes import (
    note_change,
    note_metadata_change,
)
from pipelines.archive.tables.facets import insert_article, update_article
from pipelines.archive.tables.further_pages import get_further_pages
from pipelines.archive.tables.versions_index import index_versions
from pipelines.decisions.articles import ArticleState
from pipelines.decisions.changed_words import find_changed_words
from pipelines.decisions.presence import Presence, judge_answer
from pipelines.items import Article, Outcome
from pipelines.urls import normalize

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

    from pipelines.decisions.articles import Decision


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """The version of an article that the archive holds.

    `seen_at` is when that page was fetched: at the time of its capture, else at the last look that found it.
    """

    article: Article
    extractor: str
    seen_at: str


def article_row(article: Article) -> dict[str, Any]:
    """The columns that extraction fills; empty strings become NULL."""
    return {
        "title": article.title or None,
        "standfirst": article.standfirst or None,
        "authors": json.dumps(article.authors, ensure_ascii=False),
        "published_at": article.published_at,
        "published_from": article.published_from,
        "modified_at": article.modified_at,
        "section": article.section or None,
        "tags": json.dumps(article.tags, ensure_ascii=False),
        "language": article.language or None,
        "description": article.description or None,
        "image_url": article.image_url or None,
        "image_caption": article.image_caption or None,
        "image_credit": article.image_credit or None,
        "text": article.text,
        "word_count": article.word_count,
        "access": article.access,
        "tdm_reservation": article.tdm_reservation,
        "tdm_policy": article.tdm_policy or None,
        "rights": "; ".join(article.rights) or None,
        "content_hash": article.content_hash,
        "extractor": article.extractor,
        "continues_at": article.continues_at or None,
    }


STATE_SQL = "SELECT id, url, coalesce(title, ''), content_hash, revision FROM articles"


class Articles:
    def __init__(self, db: Database) -> None:
        self.db = db

    def _find(self, where: str, *values: Any) -> ArticleState | None:
        row = self.db.execute(f"{STATE_SQL} WHERE {where} ORDER BY id LIMIT 1", values).fetchone()
        return ArticleState(*row) if row else None

    def find_by_id(self, article_id: int | None) -> ArticleState | None:
        """The article of this id."""
        return None if article_id is None else self._find("id = ?", article_id)

    def find_by_url(self, url: str) -> ArticleState | None:
        """The article of this canonical URL, with its text."""
        row = self.db.execute(f"{STATE_SQL.replace(' FROM', ', text FROM')} WHERE url = ?", [url]).fetchone()
        return ArticleState(*row) if row else None

    def find_by_text(self, source_id: str, content_hash: str) -> ArticleState | None:
        """The first article of the source with this content."""
        return self._find(
            "source_id = ? AND content_hash = ? AND duplicate_of IS NULL", source_id, content_hash
        )

    def get_previous_capture(self, article_id: int, archive: Path) -> PreviousCapture | None:
        """What a worker must know of an article to compare a new look at it."""
        row = self.db.execute(
            "SELECT a.content_hash, c.fetched_at, c.warc_file, c.warc_offset, c.warc_length FROM articles a"
            " LEFT JOIN captures c ON c.id = a.capture_id WHERE a.id = ?",
            [article_id],
        ).fetchone()
        if row is None:
            return None
        place = Place(*row[2:]) if row[2] else None
        further = get_further_pages(self.db, article_id)
        return PreviousCapture(row[0], str(archive), place, row[1] or "", further)

    def get_stored_version(self, article_id: int) -> StoredVersion:
        """The version held."""
        row = self.db.execute(
            "SELECT coalesce(c.fetched_at, a.checked_at), a.url, coalesce(a.title, ''), coalesce(a.standfirst, ''), a.text,"
            " a.authors, a.published_at, a.published_from, a.extractor"
            " FROM articles a LEFT JOIN captures c ON c.id = a.capture_id WHERE a.id = ?",
            [article_id],
        ).fetchone()
        article = Article(
            url=row[1],
            title=row[2],
            standfirst=row[3],
            text=row[4],
            authors=tuple(json.loads(row[5])),
            published_at=row[6],
            published_from=row[7],
            extractor=row[8],
        )
        return StoredVersion(article, article.extractor, row[0])

    def get_source_id(self, article_id: int) -> str:
        """The id of the source an article is of."""
        row = self.db.execute("SELECT source_id FROM articles WHERE id = ?", [article_id]).fetchone()
        return str(row[0])

    def get_content_hashes(self, article_id: int) -> list[str]:
        """The content hashes of all versions, the one held last."""
        rows = self.db.execute(
            "SELECT content_hash FROM (SELECT number, content_hash FROM revisions WHERE article_id = :id"
            " UNION ALL SELECT revision, content_hash FROM articles WHERE id = :id) ORDER BY number",
            {"id": article_id},
        ).fetchall()
        return [row[0] for row in rows]

    def save(
        self, decision: Decision, article: Article, source_id: str, now: str, capture_id: int | None = None
    ) -> int:
        """Write the row that a decision asks for; returns the article's id.

        Needs an open transaction, and at its end `index_pending`: a new article's words are found from then on.
        """
        if decision.outcome == Outcome.NEW or decision.duplicate_of is not None:
            row = {
                "source_id": source_id,
                "url": decision.url,
                "first_seen_at": now,
                "checked_at": now,
                "duplicate_of": decision.duplicate_of,
                "capture_id": capture_id,
                **article_row(article),
            }
            return insert_article(self.db, row, index_later=True)
        article_id = decision.article_id
        if article_id is None:
            raise AssertionError(f"nothing to update for {decision}")
        if decision.outcome == Outcome.DUPLICATE:
            return article_id
        row = article_row(article) | {"capture_id": capture_id}
        if decision.outcome == Outcome.REVISED:
            before = decision.before or self.get_stored_version(article_id).article
            self._insert_revision(article_id, decision)
            update_article(self.db, article_id, row | {"revised_at": now})
            self._note_revision(article_id, decision, before, article, now)
            note_article(self.db, article_id, REVISED)
        elif decision.rewrite:
            note_metadata_change(self.db, article_id, article, now)
            if decision.unexplained:
                self._insert_unexplained_version(article_id, now)
            update_article(self.db, article_id, row)
            note_article(self.db, article_id, OTHER_RULES)
        else:
            self._note_look(article_id, article, now, capture_id)
        self.mark_seen(article_id, now)
        return article_id

    def _note_look(self, article_id: int, article: Article, now: str, capture_id: int | None) -> None:
        """Note what a look that left the article's words alone has told of it.

        What its page asks for may have changed, its byline, its date. Where no capture was kept, and today's rules read the very words
        held, they count as read by these; and a copy of the page, now that it may be kept, is their capture.
        """
        row = article_row(article)
        values = {
            "id": article_id,
            "now": now,
            "hash": article.content_hash,
            "extractor": article.extractor,
            "capture": capture_id,
            **{name: row[name] for name in ("rights", "tdm_reservation", "tdm_policy")},
        }
        if self._is_newest_look(article_id, now) and note_metadata_change(self.db, article_id, article, now):
            update_article(
                self.db,
                article_id,
                {name: row[name] for name in ("authors", "published_at", "published_from")},
            )
        self.db.conn.execute(
            "UPDATE articles SET rights = :rights, tdm_reservation = :tdm_reservation, tdm_policy = :tdm_policy"
            " WHERE id = :id AND checked_at <= :now AND (rights IS NOT :rights"
            " OR tdm_reservation IS NOT :tdm_reservation OR tdm_policy IS NOT :tdm_policy)",
            values,
        )
        self.db.conn.execute(
            "UPDATE articles SET extractor = :extractor, capture_id = :capture WHERE id = :id AND capture_id IS NULL"
            " AND content_hash = :hash AND (extractor <> :extractor OR :capture IS NOT NULL)",
            values,
        )

    def _is_newest_look(self, article_id: int, now: str) -> bool:
        sql = "SELECT checked_at <= ? FROM articles WHERE id = ?"
        return bool(self.db.execute(sql, [now, article_id]).fetchone()[0])

    def _note_revision(
        self, article_id: int, decision: Decision, before: Article, article: Article, now: str
    ) -> None:
        (number,) = self.db.execute("SELECT revision FROM articles WHERE id = ?", [article_id]).fetchone()
        index_versions(self.db, "article_id = ? AND number = ?", [article_id, number - 1])
        words = find_changed_words(before, article, decision.change)
        note_change(self.db, article_id, number, now, decision.change, words)

    def _insert_unexplained_version(self, article_id: int, now: str) -> None:
        """The words held become a row of `unexplained_versions`."""
        self.db.conn.execute(
            """
            INSERT INTO unexplained_versions (article_id, revision, seen_at, replaced_at, title, standfirst, text,
                                              modified_at, content_hash, extractor)
            SELECT id, revision, coalesce(
                       (SELECT max(replaced_at) FROM unexplained_versions WHERE article_id = a.id AND revision = a.revision),
                       revised_at, first_seen_at),
                   :now, title, standfirst, text, modified_at, content_hash, extractor
            FROM articles a WHERE id = :id
            """,
            {"id": article_id, "now": now},
        )

    def _insert_revision(self, article_id: int, decision: Decision) -> None:
        """The version held becomes a row of `revisions`."""
        before = decision.before
        self.db.conn.execute(
            """
            INSERT INTO revisions (article_id, number, seen_at, title, standfirst, text, modified_at, content_hash,
                                   extractor, capture_id, change)
            SELECT a.id, a.revision,
                   coalesce(a.revised_at, a.first_seen_at),
                   CASE WHEN :other THEN nullif(:title, '') ELSE a.title END,
                   CASE WHEN :other THEN nullif(:standfirst, '') ELSE a.standfirst END,
                   CASE WHEN :other THEN :text ELSE a.text END,
                   a.modified_at,
                   CASE WHEN :other THEN :hash ELSE a.content_hash END,
                   CASE WHEN :other THEN :extractor ELSE a.extractor END,
                   a.capture_id, :change
            FROM articles a WHERE a.id = :id
            """,
            {
                "id": article_id,
                "other": before is not None,
                "title": before.title if before else "",
                "standfirst": before.standfirst if before else "",
                "text": before.text if before else "",
                "hash": before.content_hash if before else "",
                "extractor": before.extractor if before else "",
                "change": json.dumps(decision.change),
            },
        )
        self.db.conn.execute("UPDATE articles SET revision = revision + 1 WHERE id = ?", [article_id])

    def move_to_own_address(self, article_id: int) -> bool:
        """Store an article under the address where it was found, in place of the one its canonical link named.

        False, and nothing changes, when another article has that address or it has no other.
        """
        row = self.db.execute(
            "SELECT url FROM urls WHERE article_id = ? AND via IS NOT 'alias' ORDER BY id LIMIT 1",
            [article_id],
        ).fetchone()
        if row is None or self.find_by_url(normalize.clean(row[0])) is not None:
            return False
        self.db.conn.execute(
            "UPDATE articles SET url = ? WHERE id = ?", [normalize.clean(row[0]), article_id]
        )
        note_article(self.db, article_id, MOVED)
        return True

    def set_continuation(self, article_id: int, article: Article) -> None:
        """Note where the text held continues, as its page says now."""
        self.db.conn.execute(
            "UPDATE articles SET continues_at = ?1 WHERE id = ?2 AND content_hash = ?3 AND continues_at IS NOT ?1",
            [article.continues_at or None, article_id, article.content_hash],
        )

    def mark_seen(self, article_id: int, at: str) -> None:
        """Note that an article was there at the time `at`."""
        self._note_answer(article_id, at, found=True)

    def mark_gone(self, article_id: int, at: str) -> bool:
        """Note that an article was not on its site at the time `at`; it stays here. False when a later look found it there."""
        return self._note_answer(article_id, at, found=False).gone_at is not None

    def _note_answer(self, article_id: int, at: str, *, found: bool) -> Presence:
        sql = "SELECT checked_at, gone_at FROM articles WHERE id = ?"
        judged = judge_answer(Presence._make(self.db.execute(sql, [article_id]).fetchone()), at, found=found)
        for event in judged.events:
            note_change(self.db, article_id, 0, event.at, [event.kind])
        self.db.conn.execute(
            "UPDATE articles SET checked_at = ?, gone_at = ? WHERE id = ?", [*judged.presence, article_id]
        )
        return judged.presence
