"""A second look at an article that the archive holds, and whose words are not those held: a revision or not?"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pipelines.decisions.articles import keep_stored
from pipelines.decisions.change_kinds import name_metadata_kinds
from pipelines.decisions.doubts import Doubt, find_doubt, next_doubt
from pipelines.decisions.revisions import RevisionMemory, compare, judge

if TYPE_CHECKING:
    from sqlite_utils import Database

    from pipelines.archive.tables.articles import Articles
    from pipelines.archive.tables.boilerplate import Boilerplate
    from pipelines.decisions.articles import Decision
    from pipelines.decisions.revisions import Comparison
    from pipelines.items import Article

COMPLETED = "its further pages are held now"

UNTOLD = (
    "read by other rules, without a copy of the page as it was: nothing tells whether the publisher changed it; the"
    " old text is kept in unexplained_versions"
)


def second_look(
    articles: Articles,
    boilerplate: Boilerplate,
    decision: Decision,
    article: Article,
    comparison: Comparison | None,
    at: str,
) -> Decision:
    """The decision again, once the versions have been compared. Needs an open transaction.

    Without a `comparison` (no old capture) the words held are compared, if today's rules made them;
    lines that site memory has learned are left out of both, as it may have known them at one look only.
    If other rules made them, nobody can tell who changed what: today's words take their place, the old ones are kept.
    """
    assert decision.article_id is not None
    article_id = decision.article_id
    version = articles.get_stored_version(article_id)
    if at < version.seen_at:
        return keep_stored(decision, "older than the version held")
    words = find_doubt(comparison.before if comparison else version.article, article)
    if words:
        doubt = next_doubt(load_doubt(articles.db, article_id), article, at)
        if doubt is not None:
            save_doubt(articles.db, article_id, doubt)
            return keep_stored(decision, f"doubted: {words}", unconfirmed=True)
    forget_doubt(articles.db, article_id)
    if comparison is None:
        bare = partial(boilerplate.strip_every_line, articles.get_source_id(article_id))
        comparison = compare(bare(version.article), bare(article))
        if version.extractor != article.extractor:
            differs = comparison.differs
            reason = UNTOLD if differs else "read by other rules, which find the same"
            return keep_stored(decision, reason, rewrite=True, unexplained=differs)
    memory = load_memory(articles.db, article_id)
    verdict = judge(comparison, memory, article.content_hash, articles.get_content_hashes(article_id))
    if verdict.memory != memory:
        save_memory(articles.db, article_id, verdict.memory)
    if not verdict.revised:
        pending = bool(verdict.memory.unconfirmed)
        reason = verdict.reason or (COMPLETED if comparison.completed else "")
        return keep_stored(decision, reason, rewrite=comparison.completed, unconfirmed=pending)
    # What is put away as the old version was read by the same rules as the new one, or the difference between
    # the two would show our changes as the publisher's.
    before = comparison.before if version.extractor != article.extractor else None
    # Byline and date may have been noted without a capture of their own since the old page was captured.
    metadata = name_metadata_kinds(version.article, article, at)
    if before is not None:
        metadata = tuple(kind for kind in metadata if kind in name_metadata_kinds(before, article, at))
    kinds = (*verdict.kinds, *metadata)
    return replace(decision, reason=", ".join(kinds), change=kinds, before=before)


def load_doubt(db: Database, article_id: int) -> Doubt | None:
    """What was last seen in an article's place and doubted."""
    row = db.execute("SELECT doubt FROM _unstable_articles WHERE article_id = ?", [article_id]).fetchone()
    return Doubt(*json.loads(row[0])) if row and row[0] else None


def save_doubt(db: Database, article_id: int, doubt: Doubt) -> None:
    """Remember what is seen in an article's place, to know it again at the next look."""
    db.conn.execute(
        "INSERT INTO _unstable_articles (article_id, doubt) VALUES (?, ?)"
        " ON CONFLICT (article_id) DO UPDATE SET doubt = excluded.doubt",
        [article_id, json.dumps([doubt.mark, doubt.since])],
    )


def forget_doubt(db: Database, article_id: int) -> None:
    """Note that an article's page is the article again, or has become another for good."""
    db.conn.execute(
        "UPDATE _unstable_articles SET doubt = NULL WHERE article_id = ? AND doubt IS NOT NULL", [article_id]
    )


def load_memory(db: Database, article_id: int) -> RevisionMemory:
    """What earlier looks have learned of an article."""
    row = db.execute(
        "SELECT unconfirmed, places FROM _unstable_articles WHERE article_id = ?", [article_id]
    ).fetchone()
    return RevisionMemory(*(frozenset(json.loads(cell)) for cell in row)) if row else RevisionMemory()


def save_memory(db: Database, article_id: int, memory: RevisionMemory) -> None:
    """Keep what a look has learned."""
    db.conn.execute(
        "INSERT INTO _unstable_articles (article_id, unconfirmed, places) VALUES (?, ?, ?) ON CONFLICT (article_id)"
        " DO UPDATE SET unconfirmed = excluded.unconfirmed, places = excluded.places",
        [article_id, json.dumps(sorted(memory.unconfirmed)), json.dumps(sorted(memory.places))],
    )
