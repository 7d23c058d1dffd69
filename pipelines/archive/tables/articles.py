"""Articles: what a page that came in is to the archive (decided), and the rows that follow (written)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.archive.sql import insert, update
from pipelines.archive.warc.reader import Place, PreviousCapture
from pipelines.items import Article, Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class ArticleState:
    """What the archive holds of an article, as far as decisions need it."""

    id: int
    url: str
    title: str
    content_hash: str
    revision: int = 1


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """The version of an article that the archive holds; `captured_at` is when that page was fetched."""

    article: Article
    extractor: str
    captured_at: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with an article: its outcome, under which URL it is kept, and whose double it is.

    Of a revision, `change` says its kinds; `before` is the old version by today's rules, when those held were
    made by others. `rewrite` puts the new words in place without a revision. With `pending`, a change waits to
    be seen a second time.
    """

    outcome: Outcome
    url: str
    reason: str = ""
    article_id: int | None = None
    duplicate_of: int | None = None
    change: tuple[str, ...] = ()
    before: Article | None = None
    rewrite: bool = False
    unconfirmed: bool = False


def decide(
    article: Article,
    own_url: str,
    own: ArticleState | None,
    same_url: ArticleState | None,
    same_text: ArticleState | None,
) -> Decision:
    """What an incoming article is. Pure.

    `own` is the article this frontier row led to before; `same_url` the one held under the page's
    canonical URL; `same_text` the first one of the source with the same content. `own_url` is the page's
    own address: where a canonical URL leads to a different text, the publisher's template is wrong (it
    names one page for many), and the page is kept under its own address rather than lost.
    """
    if own is not None:
        return _decide_again(article, own)
    if same_url is None:
        if same_text is not None:
            return Decision(
                Outcome.DUPLICATE, article.url, f"same text as {same_text.url}", duplicate_of=same_text.id
            )
        return Decision(Outcome.NEW, article.url)
    if same_url.content_hash == article.content_hash or same_url.title == article.title:
        return Decision(Outcome.DUPLICATE, same_url.url, f"another address of {same_url.url}", same_url.id)
    if own_url == article.url:
        # Somebody's canonical link put this text here before its own URL was looked at.
        return _decide_again(article, same_url)
    if same_text is not None:
        return Decision(
            Outcome.DUPLICATE, own_url, f"same text as {same_text.url}", duplicate_of=same_text.id
        )
    return Decision(Outcome.NEW, own_url, f"its canonical link names a different article, {article.url}")


def _decide_again(article: Article, held: ArticleState) -> Decision:
    if held.content_hash == article.content_hash:
        return Decision(Outcome.UNCHANGED, held.url, article_id=held.id)
    return Decision(Outcome.REVISED, held.url, article_id=held.id)


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
        "content_hash": article.content_hash,
        "extractor": article.extractor,
    }


HELD = "SELECT id, url, coalesce(title, ''), content_hash, revision FROM articles"


class Articles:
    def __init__(self, db: Database) -> None:
        self.db = db

    def _held(self, where: str, *values: Any) -> ArticleState | None:
        row = self.db.execute(f"{HELD} WHERE {where} ORDER BY id LIMIT 1", values).fetchone()
        return ArticleState(*row) if row else None

    def by_id(self, article_id: int | None) -> ArticleState | None:
        """The article of this id."""
        return None if article_id is None else self._held("id = ?", article_id)

    def by_url(self, url: str) -> ArticleState | None:
        """The article of this canonical URL."""
        return self._held("url = ?", url)

    def by_text(self, source_id: str, content_hash: str) -> ArticleState | None:
        """The first article of the source with this content."""
        return self._held(
            "source_id = ? AND content_hash = ? AND duplicate_of IS NULL", source_id, content_hash
        )

    def before(self, article_id: int, archive: Path) -> PreviousCapture | None:
        """What a worker must know of an article to compare a new look at it."""
        row = self.db.execute(
            "SELECT a.content_hash, c.fetched_at, c.warc_file, c.warc_offset, c.warc_length FROM articles a"
            " LEFT JOIN captures c ON c.id = a.capture_id WHERE a.id = ?",
            [article_id],
        ).fetchone()
        if row is None:
            return None
        return PreviousCapture(row[0], str(archive), Place(*row[2:]) if row[2] else None, row[1] or "")

    def version(self, article_id: int) -> StoredVersion:
        """The version held."""
        row = self.db.execute(
            "SELECT a.url, coalesce(a.title, ''), coalesce(a.standfirst, ''), a.text, a.extractor,"
            " coalesce(c.fetched_at, '') FROM articles a LEFT JOIN captures c ON c.id = a.capture_id WHERE a.id = ?",
            [article_id],
        ).fetchone()
        article = Article(url=row[0], title=row[1], standfirst=row[2], text=row[3], extractor=row[4])
        return StoredVersion(article, row[4], row[5])

    def source_of(self, article_id: int) -> str:
        """The id of the source an article is of."""
        row = self.db.execute("SELECT source_id FROM articles WHERE id = ?", [article_id]).fetchone()
        return str(row[0])

    def hashes(self, article_id: int) -> list[str]:
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
        """Write the row that a decision asks for; returns the article's id. Needs an open transaction."""
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
            return insert(self.db, "articles", row)
        article_id = decision.article_id
        if article_id is None:
            raise AssertionError(f"nothing to update for {decision}")
        if decision.outcome == Outcome.DUPLICATE:
            return article_id
        if decision.outcome == Outcome.REVISED:
            self._put_away(article_id, decision)
            update(self.db, "articles", article_id, article_row(article) | {"capture_id": capture_id})
        elif decision.rewrite:
            update(self.db, "articles", article_id, article_row(article) | {"capture_id": capture_id})
        self.seen(article_id, now)
        return article_id

    def _put_away(self, article_id: int, decision: Decision) -> None:
        """The version held becomes a row of `revisions`."""
        before = decision.before
        self.db.conn.execute(
            """
            INSERT INTO revisions (article_id, number, seen_at, title, standfirst, text, modified_at, content_hash,
                                   capture_id, change)
            SELECT a.id, a.revision,
                   CASE WHEN a.revision = 1 THEN a.first_seen_at ELSE coalesce(c.fetched_at, a.checked_at) END,
                   CASE WHEN :other THEN nullif(:title, '') ELSE a.title END,
                   CASE WHEN :other THEN nullif(:standfirst, '') ELSE a.standfirst END,
                   CASE WHEN :other THEN :text ELSE a.text END,
                   a.modified_at,
                   CASE WHEN :other THEN :hash ELSE a.content_hash END,
                   a.capture_id, :change
            FROM articles a LEFT JOIN captures c ON c.id = a.capture_id WHERE a.id = :id
            """,
            {
                "id": article_id,
                "other": before is not None,
                "title": before.title if before else "",
                "standfirst": before.standfirst if before else "",
                "text": before.text if before else "",
                "hash": before.content_hash if before else "",
                "change": json.dumps(decision.change),
            },
        )
        self.db.conn.execute("UPDATE articles SET revision = revision + 1 WHERE id = ?", [article_id])

    def seen(self, article_id: int, now: str) -> None:
        """Note that an article was looked at, and is there."""
        self.db.conn.execute(
            "UPDATE articles SET checked_at = max(checked_at, ?), gone_at = NULL WHERE id = ?",
            [now, article_id],
        )

    def gone(self, article_id: int, now: str) -> None:
        """Note that an article is no longer on its site; it stays here."""
        self.db.conn.execute(
            "UPDATE articles SET checked_at = max(checked_at, ?), gone_at = coalesce(gone_at, ?) WHERE id = ?",
            [now, now, article_id],
        )
