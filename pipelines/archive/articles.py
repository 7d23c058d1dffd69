"""Articles: what a page that came in is to the archive (decided), and the rows that follow (written)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.archive.rows import insert, update
from pipelines.items import Article, Outcome

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Held:
    """What the archive holds of an article, as far as decisions need it."""

    id: int
    url: str
    title: str
    content_hash: str
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with an article: its outcome, under which URL it is kept, and whose double it is."""

    outcome: Outcome
    url: str
    reason: str = ""
    article_id: int | None = None
    duplicate_of: int | None = None


def decide(
    article: Article, own_url: str, own: Held | None, same_url: Held | None, same_text: Held | None
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


def _decide_again(article: Article, held: Held) -> Decision:
    if held.content_hash == article.content_hash:
        return Decision(Outcome.UNCHANGED, held.url, article_id=held.id)
    return Decision(Outcome.REVISED, held.url, article_id=held.id)


def row_of(article: Article) -> dict[str, Any]:
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
        "content_hash": article.content_hash,
        "extractor": article.extractor,
    }


HELD = "SELECT id, url, coalesce(title, ''), content_hash, revision FROM articles"


class Articles:
    def __init__(self, db: Database) -> None:
        self.db = db

    def _held(self, where: str, *values: Any) -> Held | None:
        row = self.db.execute(f"{HELD} WHERE {where} ORDER BY id LIMIT 1", values).fetchone()
        return Held(*row) if row else None

    def by_id(self, article_id: int | None) -> Held | None:
        """The article of this id."""
        return None if article_id is None else self._held("id = ?", article_id)

    def by_url(self, url: str) -> Held | None:
        """The article of this canonical URL."""
        return self._held("url = ?", url)

    def by_text(self, source_id: str, content_hash: str) -> Held | None:
        """The first article of the source with this content."""
        return self._held(
            "source_id = ? AND content_hash = ? AND duplicate_of IS NULL", source_id, content_hash
        )

    def save(self, decision: Decision, article: Article, source_id: str, now: str) -> int:
        """Write the row that a decision asks for; returns the article's id. Needs an open transaction."""
        if decision.outcome == Outcome.NEW or decision.duplicate_of is not None:
            row = {
                "source_id": source_id,
                "url": decision.url,
                "first_seen_at": now,
                "checked_at": now,
                "duplicate_of": decision.duplicate_of,
                **row_of(article),
            }
            return insert(self.db, "articles", row)
        article_id = decision.article_id
        if article_id is None:
            raise AssertionError(f"nothing to update for {decision}")
        values: dict[str, Any] = {"checked_at": now}
        if decision.outcome == Outcome.REVISED:
            values |= row_of(article)
        if decision.outcome != Outcome.DUPLICATE:
            update(self.db, "articles", article_id, values)
        return article_id
