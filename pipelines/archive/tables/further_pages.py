"""The table `article_captures`, and the frontier rows of the further pages of articles in several.

A further page is an address of its article. Its outcome in a crawl is `duplicate`, and its row on the frontier is an
alias, so that it never becomes an article of its own; what it was as one is marked as a duplicate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from pipelines.archive.manifest_tables import FURTHER_PAGE, note_article
from pipelines.archive.records import FurtherRole, HeldPage, Place, StoredResult
from pipelines.archive.tables.changes import delete_changes
from pipelines.archive.tables.versions_index import delete_versions
from pipelines.items import Outcome
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlite_utils import Database

    from pipelines.archive.records import FurtherPage, StoredCapture, UrlResult
    from pipelines.archive.warc.writer import Captures
    from pipelines.decisions.articles import Decision
    from pipelines.items import Article


class PartOf(NamedTuple):
    """A URL is this page of an article."""

    article_id: int
    url: str
    number: int


class WrittenTables(Protocol):
    """The tables that are written here, all of one file."""

    db: Database
    captures: Captures


def describe_end(result: UrlResult, article: Article) -> str:
    """Where an article continues and why we cannot follow; "" when it is whole. Pure."""
    if not article.continues_at:
        return ""
    words = f"continues at {article.continues_at}"
    missing = next((page for page in result.further if page.role == FurtherRole.MISSING), None)
    return f"{words} ({missing.reason})" if missing is not None and missing.reason else words


def is_in_pages(result: UrlResult) -> bool:
    """Whether an article has further pages, held or not. Pure."""
    parts = any(page.role in (FurtherRole.PART, FurtherRole.MISSING) for page in result.further)
    return parts or (result.article is not None and bool(result.article.continues_at))


def is_worth_another_look(result: UrlResult) -> bool:
    """Whether a further page could not be had for a reason that may pass. Pure."""
    return any(
        page.role == FurtherRole.MISSING and page.outcome in (Outcome.FAILED, Outcome.DEFERRED)
        for page in result.further
    )


class FurtherPages:
    """Stores the further pages of articles during one crawl. Everything here needs an open transaction."""

    def __init__(self, tables: WrittenTables, crawl_id: int, as_of: str) -> None:
        self.tables = tables
        self.db = tables.db
        self.crawl_id = crawl_id
        self.as_of = as_of

    def find_article(self, url_id: int) -> PartOf | None:
        """The article of which a frontier row's URL is a further page."""
        row = self.db.execute(
            "SELECT a.id, a.url, p.part FROM urls u JOIN articles a ON a.id = u.article_id"
            " JOIN article_captures p ON p.article_id = a.id AND p.part > 1 JOIN captures c ON c.id = p.capture_id"
            " WHERE u.id = ? AND c.url_id = u.id ORDER BY p.revision DESC LIMIT 1",
            [url_id],
        ).fetchone()
        return PartOf(*row) if row else None

    def store(
        self,
        result: UrlResult,
        decision: Decision,
        article_id: int,
        capture_id: int | None,
        on_disk: Mapping[str, StoredCapture],
    ) -> tuple[StoredResult, ...]:
        """Store the further pages of an article that was just stored; returns their outcomes."""
        stored = []
        ids = [capture_id]
        for page in result.further:
            if page.role == FurtherRole.OTHER:
                continue
            if page.capture_id is not None:
                ids.append(page.capture_id)
                continue
            held = None if page.role == FurtherRole.MISSING else article_id
            row = self._row_of(result, page)
            if row.is_new or held is not None:
                self._adopt(row, held, page.reason)
            kept = self._insert_captures(page, row.id, on_disk)
            if page.role == FurtherRole.PART:
                ids.append(kept)
            if self._save_outcome(result, page, row, held):
                stored.append(
                    StoredResult(result.task.source_id, row.url, page.outcome, page.reason, None, held)
                )
        if is_written(decision):
            save_article_captures(self.db, article_id, ids)
        return tuple(stored)

    def _row_of(self, result: UrlResult, page: FurtherPage) -> _FrontierRow:
        """The frontier row of a further page, which is made when missing."""
        conn, key = self.db.conn, normalize.key(page.url)
        is_new = conn.execute(
            "INSERT OR IGNORE INTO urls (url, key, source_id, found_at, via, state) VALUES (?, ?, ?, ?, 'alias', 'done')",
            [page.url, key, result.task.source_id, result.at],
        ).rowcount
        found = conn.execute(
            "SELECT u.id, u.url, :new, o.url IS NOT NULL, u.id IN (SELECT id FROM taken),"
            " u.state = 'due' AND u.due_at <= :as_of AND u.source_id IN (SELECT value FROM json_each(c.sources))"
            " FROM urls u JOIN crawls c ON c.id = :crawl LEFT JOIN outcomes o ON o.crawl_id = c.id AND o.url = u.url"
            " WHERE u.key = :key",
            {"new": is_new > 0, "as_of": self.as_of, "crawl": self.crawl_id, "key": key},
        ).fetchone()
        return _FrontierRow(found[0], found[1], *map(bool, found[2:]))

    def _adopt(self, row: _FrontierRow, article_id: int | None, reason: str) -> None:
        """Make a row an alias of the article. One that is under way in this crawl stays due until its own answer."""
        if article_id is not None:
            adopt_url(self.db, row.id, article_id, self.crawl_id, reason)
        if not row.is_under_way:
            self.db.conn.execute("UPDATE urls SET state = 'done', due_at = NULL WHERE id = ?", [row.id])

    def _insert_captures(
        self, page: FurtherPage, url_id: int, on_disk: Mapping[str, StoredCapture]
    ) -> int | None:
        if page.capture is None:
            return None
        for hop in page.capture.hops:
            self.tables.captures.insert(on_disk[hop.record_id], url_id)
        return self.tables.captures.insert(on_disk[page.capture.record_id], url_id)

    def _save_outcome(
        self, result: UrlResult, page: FurtherPage, row: _FrontierRow, article_id: int | None
    ) -> bool:
        """Store a page's outcome unless its URL has one in this crawl, or its own answer will bring it.

        A URL that was not due is counted among those that were: the pages of an article are due with it.
        """
        if row.has_outcome or row.is_under_way or (page.role == FurtherRole.MISSING and row.is_pending):
            return False
        values = [page.outcome, page.reason or None, result.at, article_id]
        self.db.conn.execute(
            "INSERT INTO outcomes (crawl_id, source_id, url, outcome, reason, at, article_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [self.crawl_id, result.task.source_id, row.url, *values],
        )
        if not row.is_pending:
            self.db.conn.execute(
                "UPDATE crawls SET pending_at_start = pending_at_start + 1 WHERE id = ?", [self.crawl_id]
            )
        return True


class _FrontierRow(NamedTuple):
    """A further page's row: whether it was just made, has an outcome in this crawl, was handed out, is pending."""

    id: int
    url: str
    is_new: bool
    has_outcome: bool
    is_taken: bool
    is_pending: bool

    @property
    def is_under_way(self) -> bool:
        return self.is_taken and not self.has_outcome


def is_written(decision: Decision) -> bool:
    """Whether a decision puts the text of the page into the archive. Pure."""
    if decision.outcome == Outcome.DUPLICATE:
        return decision.article_id is None
    return decision.outcome in (Outcome.NEW, Outcome.REVISED) or decision.rewrite


def adopt_url(db: Database, url_id: int, article_id: int, crawl_id: int, reason: str) -> None:
    """Make a frontier row lead to an article of which its page is a part.

    What its page was as an article of its own becomes a duplicate of that; one that this very crawl made is withdrawn.
    """
    (before,) = db.execute("SELECT article_id FROM urls WHERE id = ?", [url_id]).fetchone()
    if before == article_id:
        return
    db.conn.execute("UPDATE urls SET article_id = ? WHERE id = ?", [article_id, url_id])
    values = {"before": before, "article": article_id, "crawl": crawl_id, "reason": reason}
    elsewhere = "SELECT 1 FROM urls WHERE article_id = :before AND via IS NOT 'alias'"
    if before is None or db.execute(elsewhere, values).fetchone():
        return
    older = "SELECT 1 FROM outcomes WHERE article_id = :before AND (crawl_id <> :crawl OR outcome <> 'new')"
    if db.execute(older, values).fetchone() or not crawl_id:
        db.conn.execute("UPDATE articles SET duplicate_of = :article WHERE id = :before", values)
        return
    db.conn.execute("UPDATE urls SET article_id = :article WHERE article_id = :before", values)
    db.conn.execute(
        "UPDATE outcomes SET outcome = 'duplicate', reason = :reason, article_id = :article"
        " WHERE article_id = :before",
        values,
    )
    db.conn.execute("UPDATE articles SET duplicate_of = :article WHERE duplicate_of = :before", values)
    delete_versions(db, "article_id = :before", values)
    delete_changes(db, "article_id = :before", values)
    for table in ("_boilerplate_lines", "_unstable_articles", "article_captures"):
        db.conn.execute(f"DELETE FROM {table} WHERE article_id = :before", values)
    db.conn.execute("DELETE FROM articles WHERE id = :before", values)
    note_article(db, before, FURTHER_PAGE)


def adopt_captures(
    db: Database, capture_ids: Sequence[int], article_id: int, url: str, crawl_id: int = 0
) -> None:
    """Make the URLs of captured pages, in their order from the second, aliases of an article; none is due again."""
    for number, capture_id in enumerate(capture_ids, 2):
        row = db.execute("SELECT url_id FROM captures WHERE id = ?", [capture_id]).fetchone()
        if row and row[0] is not None:
            adopt_url(db, row[0], article_id, crawl_id, f"page {number} of {url}")
            db.conn.execute("UPDATE urls SET state = 'done', due_at = NULL WHERE id = ?", [row[0]])


def save_article_captures(db: Database, article_id: int, capture_ids: Sequence[int | None]) -> None:
    """Store of which captures the version held is made; none where it has one page, or a page was not kept."""
    (revision,) = db.execute("SELECT revision FROM articles WHERE id = ?", [article_id]).fetchone()
    db.conn.execute(
        "DELETE FROM article_captures WHERE article_id = ? AND revision = ?", [article_id, revision]
    )
    if len(capture_ids) > 1 and None not in capture_ids:
        db.conn.executemany(
            "INSERT INTO article_captures (article_id, part, capture_id, revision) VALUES (?, ?, ?, ?)",
            [(article_id, part, capture, revision) for part, capture in enumerate(capture_ids, 1)],
        )


def get_further_pages(db: Database, article_id: int, revision: int | None = None) -> tuple[HeldPage, ...]:
    """The pages after the first of an article's version, by default of the one held."""
    rows = db.execute(
        "SELECT c.id, c.url, c.fetched_at, c.warc_file, c.warc_offset, c.warc_length FROM article_captures p"
        " JOIN captures c ON c.id = p.capture_id JOIN articles a ON a.id = p.article_id"
        " WHERE p.article_id = ? AND p.revision = coalesce(?, a.revision) AND p.part > 1 ORDER BY p.part",
        [article_id, revision],
    )
    return tuple(HeldPage(row[0], row[1], row[2], Place(*row[3:]) if row[3] else None) for row in rows)


def find_page_at(db: Database, url: str) -> HeldPage | None:
    """The newest page that was captured at an address."""
    row = db.execute(
        "SELECT c.id, c.url, c.fetched_at, c.warc_file, c.warc_offset, c.warc_length FROM urls u"
        " JOIN captures c ON c.url_id = u.id WHERE u.key = ? AND c.warc_file IS NOT NULL AND c.status = 200"
        " AND coalesce(c.mime, '') NOT LIKE 'image/%' ORDER BY c.id DESC LIMIT 1",
        [normalize.key(url)],
    ).fetchone()
    return HeldPage(row[0], row[1], row[2], Place(*row[3:])) if row else None
