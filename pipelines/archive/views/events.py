"""What happened in an archive after a position: articles that came, changed or went. For alerts.

A position is the last row of each table, with what tells whether it is still that row. Where it is not, the file was
replaced, or rows were forgotten and their ids given to others: then the time decides.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from pipelines import timestamps
from pipelines.decisions.change_kinds import split_kinds

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

OTHER_ARCHIVE = timedelta(days=1)
"""How far before its last look an alert looks again in an archive that took the place of another."""
SAME_ARCHIVE = timedelta(days=30)
"""How far where it is the same archive, whose last article or change is another now: a merge may have brought older ones.

What was told is not told again, so that a look too far back costs a moment."""


@dataclass(frozen=True, slots=True)
class Position:
    """The last article and the last change, each with a mark of what it is; the time of the look."""

    at: str
    article: int = 0
    article_mark: str = ""
    change: int = 0
    change_mark: str = ""

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Position:
        return cls(**json.loads(text))


class ArchiveEvent(NamedTuple):
    """One thing that happened to an article. `number` is the version that a change led to.

    `key` is the same in every archive that has it. `places` are the words that changed: the part and its runs of (op, words).
    """

    kind: str
    article_id: int
    at: str
    kinds: tuple[str, ...]
    number: int
    key: str
    places: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()


def read_position(db: sqlite3.Connection, at: str) -> Position:
    """The position at the end of the archive. Needs a transaction, so that the tables fit each other."""
    article = db.execute("SELECT max(id) FROM articles").fetchone()[0] or 0
    change = db.execute("SELECT max(id) FROM changes").fetchone()[0] or 0
    return Position(at, article, _mark_article(db, article), change, _mark_change(db, change))


def _look_from(db: sqlite3.Connection, position: Position, since: str, table: str) -> tuple[int, str]:
    """The id after which, and the time from which, rows of a table are new since the position.

    Where the last row is another now, its id says nothing. When the other table goes on, it is the same archive, in
    which rows were forgotten or made anew by a merge; else another archive took its place.
    """
    goes_on = {
        "articles": _mark_article(db, position.article) == position.article_mark,
        "changes": _mark_change(db, position.change) == position.change_mark,
    }
    if goes_on[table]:
        return (position.article if table == "articles" else position.change), since
    moment = timestamps.parse(position.at)
    margin = SAME_ARCHIVE if any(goes_on.values()) else OTHER_ARCHIVE
    return 0, max(since, timestamps.iso(moment - margin) if moment else position.at)


def _mark_article(db: sqlite3.Connection, number: int) -> str:
    row = db.execute("SELECT url, first_seen_at FROM articles WHERE id = ?", [number]).fetchone()
    return _mark(row) if row else ""


def _mark_change(db: sqlite3.Connection, number: int) -> str:
    row = db.execute(
        "SELECT a.url, c.number, c.seen_at FROM changes c JOIN articles a ON a.id = c.article_id WHERE c.id = ?",
        [number],
    ).fetchone()
    return _mark(row) if row else ""


def _mark(row: tuple[object, ...]) -> str:
    return hashlib.sha256(json.dumps(row).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def read_new(db: sqlite3.Connection, position: Position, since: str) -> list[ArchiveEvent]:
    """Articles that came after the position and were first seen at `since` or later, in the order of their ids.

    Without those that repeat another of their source.
    """
    after, from_time = _look_from(db, position, since, "articles")
    sign = "+" if after else ""  # a plus keeps SQLite from walking the index of times
    sql = (
        "SELECT id, first_seen_at, url FROM articles"
        f" WHERE id > ? AND {sign}first_seen_at >= ? AND duplicate_of IS NULL ORDER BY id"
    )
    return [
        ArchiveEvent("new", number, at, (), 1, f"new {url}")
        for number, at, url in db.execute(sql, [after, from_time])
    ]


def read_changed(db: sqlite3.Connection, position: Position, since: str) -> Iterator[ArchiveEvent]:
    """Changes that came after the position and were seen at `since` or later: revised articles, and those gone."""
    after, from_time = _look_from(db, position, since, "changes")
    sign = "+" if after else ""
    sql = (
        "SELECT c.id, c.article_id, c.seen_at, c.kinds, c.number, c.places, a.url, a.revision, a.content_hash"
        " FROM changes c JOIN articles a ON a.id = c.article_id"
        f" WHERE c.id > ? AND {sign}c.seen_at >= ? ORDER BY c.seen_at, c.id"
    )
    for _, article, at, kinds, number, places, url, revision, content_hash in db.execute(
        sql, [after, from_time]
    ):
        names = split_kinds(kinds)
        if "gone" in names:
            yield ArchiveEvent("gone", article, at, names, revision, f"gone {url} {at}")
        elif number > 1:
            digest = content_hash if number == revision else _hash_of(db, article, number)
            yield ArchiveEvent(
                "revised",
                article,
                at,
                names,
                number,
                f"revised {url} {digest or number}",
                _read_places(places),
            )


def _hash_of(db: sqlite3.Connection, article: int, number: int) -> str:
    row = db.execute(
        "SELECT content_hash FROM revisions WHERE article_id = ? AND number = ?", [article, number]
    ).fetchone()
    return str(row[0]) if row else ""


def read_titles(db: sqlite3.Connection, event: ArchiveEvent) -> tuple[str, str]:
    """The headline of the version that an event led to, and of the one before it; "" for none."""
    sql = (
        "SELECT title FROM (SELECT number, title FROM revisions WHERE article_id = :article"
        " UNION ALL SELECT revision, title FROM articles WHERE id = :article) WHERE number = :number"
    )
    titles = []
    for number in (event.number, event.number - (event.kind == "revised")):
        row = db.execute(sql, {"article": event.article_id, "number": number}).fetchone()
        titles.append(row[0] or "" if row else "")
    return titles[0], titles[1]


def _read_places(cell: str | None) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return tuple((part, tuple((op, words) for op, words in runs)) for part, runs in json.loads(cell or "[]"))
