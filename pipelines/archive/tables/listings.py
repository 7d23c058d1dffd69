"""The `listings` table: feeds, sitemaps and section pages, when they last answered and what they held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.clean_text import clean_fields, clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class ListingCheck:
    """One look at a listing. `error` is empty when it could be read; `entries` is None for a 304.

    `moved_to` is the address to follow in its place, when the site says that it has moved for good.
    """

    source_id: str
    url: str
    kind: str
    parent: str = ""
    status: int | None = None
    error: str = ""
    etag: str = ""
    last_modified: str = ""
    entries: int | None = None
    outside_window: int | None = None
    newest_at: str = ""
    since: str = ""
    moved_to: str = ""

    def __post_init__(self) -> None:
        clean_fields(self, "url", "parent", "error", "etag", "last_modified", "newest_at", "moved_to")


@dataclass(frozen=True, slots=True)
class KnownListing:
    """A listing looked at before. `answered_at` is empty when it never could be read."""

    kind: str
    url: str
    parent: str
    answered_at: str
    checked_at: str
    newest_at: str
    entries: int | None


class Listings:
    def __init__(self, db: Database) -> None:
        self.db = db

    def get_all(self, source_id: str) -> list[KnownListing]:
        """Every listing of a source that was ever looked at, oldest first."""
        rows = self.db.execute(
            "SELECT kind, url, coalesce(parent, ''), coalesce(answered_at, ''), coalesce(checked_at, ''),"
            " coalesce(newest_at, ''), entries FROM listings WHERE source_id = ? ORDER BY id",
            [source_id],
        )
        return [KnownListing(*row) for row in rows]

    def get_validators(self, source_id: str, url: str, since: str) -> tuple[str, str]:
        """ETag and Last-Modified of the last full answer, empty when there were none.

        Also empty when that was read for a shorter window than one from `since` on: an unchanged listing
        then still holds what was left out.
        """
        row = self.db.execute(
            "SELECT etag, last_modified FROM listings WHERE source_id = ? AND url = ? AND since <= ?",
            [source_id, url, since],
        ).fetchone()
        return (row[0] or "", row[1] or "") if row else ("", "")

    def add_expected(self, source_id: str, listings: Iterable[tuple[str, str, str]], now: str) -> None:
        """Remember (kind, url, parent) listings that are named but not looked at yet.

        The one that names them may answer "unchanged" the next time, after a crash in between.
        """
        with self.db.atomic():
            self.db.conn.executemany(
                "INSERT OR IGNORE INTO listings (source_id, kind, url, parent, found_at) VALUES (?, ?, ?, ?, ?)",
                [
                    (source_id, kind, clean_text(url), clean_text(parent) or None, now)
                    for kind, url, parent in listings
                ],
            )

    def save_check(self, look: ListingCheck, now: str) -> None:
        """Store a look. A failed look keeps what the last good one knew; a 304 keeps its counts."""
        good = not look.error
        values = {
            "source_id": look.source_id,
            "url": look.url,
            "kind": look.kind,
            "parent": look.parent or None,
            "now": now,
            "answered": now if good else None,
            "status": look.status,
            "error": look.error or None,
            "etag": look.etag or None,
            "last_modified": look.last_modified or None,
            "entries": look.entries,
            "outside_window": look.outside_window,
            "newest": look.newest_at or None,
            "since": look.since or None,
            "moved_to": look.moved_to or None,
            "read": good and look.entries is not None,
        }
        self.db.execute(
            """
            INSERT INTO listings (source_id, url, kind, parent, found_at, checked_at, answered_at, status, error,
                                  etag, last_modified, entries, outside_window, newest_at, since, moved_to)
            VALUES (:source_id, :url, :kind, :parent, :now, :now, :answered, :status, :error,
                    :etag, :last_modified, :entries, :outside_window, :newest, :since, :moved_to)
            ON CONFLICT (source_id, url) DO UPDATE SET
                kind = excluded.kind, checked_at = excluded.checked_at, status = excluded.status,
                error = excluded.error, answered_at = coalesce(excluded.answered_at, answered_at),
                etag = CASE WHEN :read THEN excluded.etag ELSE etag END,
                last_modified = CASE WHEN :read THEN excluded.last_modified ELSE last_modified END,
                entries = coalesce(excluded.entries, entries), outside_window = coalesce(excluded.outside_window, outside_window),
                newest_at = coalesce(excluded.newest_at, newest_at),
                since = CASE WHEN :read THEN excluded.since ELSE since END,
                moved_to = excluded.moved_to
            """,
            values,
        )
