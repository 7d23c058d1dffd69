"""What was forgotten and must not come back: known by a hash of its address and one of its text."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.items import Outcome
from pipelines.timestamps import now
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlite_utils import Database

    from pipelines.archive.records import UrlResult

REASON = "forgotten on request"


def hashed(text: str) -> str:
    """What remains of an address or a text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


class Erasures:
    """The `_erasures` table."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.any = bool(db.execute("SELECT 1 FROM _erasures LIMIT 1").fetchone())

    def has(self, kind: str, text: str) -> bool:
        """Whether this URL key (`url`) or content hash (`text`) was forgotten."""
        sql = "SELECT 1 FROM _erasures WHERE kind = ? AND hash = ?"
        return self.any and bool(self.db.execute(sql, [kind, hashed(text)]).fetchone())

    def exclude_erased(self, result: UrlResult) -> UrlResult:
        """The same, or, when it brings back what was forgotten, its exclusion: without its text and capture."""
        if not self.any:
            return result
        urls = [result.task.url, result.own_url, result.article.url if result.article else ""]
        known = any(self.has("url", normalize.key(url)) for url in urls if url)
        text = result.article is not None and self.has("text", result.article.content_hash)
        if not known and not text:
            return result
        return replace(
            result,
            outcome=Outcome.EXCLUDED,
            reason=REASON,
            article=None,
            capture=None,
            capture_id=None,
            links=(),
            further=(),
            keys=(),
        )

    def add(self, kind: str, texts: Iterable[str]) -> None:
        """Remember what must not come back. Needs an open transaction."""
        rows = [(kind, hashed(text), now()) for text in texts]
        self.db.conn.executemany("INSERT OR IGNORE INTO _erasures (kind, hash, at) VALUES (?, ?, ?)", rows)
        self.any = self.any or bool(rows)
