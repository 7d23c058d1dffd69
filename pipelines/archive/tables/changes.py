"""The table `changes`: what publishers changed, with the words, noted when the change is stored.

It follows from `revisions`, but for changes without a version of their own (gone, back, a new byline or date alone).
Everything here needs an open transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from pipelines.archive.search.unsegmented import segment
from pipelines.archive.sql import insert
from pipelines.archive.triggers import CJK_TOKENIZER
from pipelines.decisions.change_kinds import ChangeKind, join_kinds, name_metadata_kinds
from pipelines.decisions.changed_words import ChangedWords, dump_places, find_changed_words, load_places
from pipelines.decisions.revisions import name_kinds
from pipelines.items import Article

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlite_utils import Database

TABLES = f"""
CREATE TABLE changes (                    -- what publishers changed
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles(id),
    number INTEGER NOT NULL,              -- the version it led to; 0: it led to none
    seen_at TEXT NOT NULL,
    source_id TEXT NOT NULL REFERENCES sources(id),
    kinds TEXT NOT NULL,                  -- headline, standfirst, text, correction, date, byline, gone, back
    title TEXT NOT NULL DEFAULT '',       -- the headline then
    words_added INTEGER NOT NULL DEFAULT 0,
    words_removed INTEGER NOT NULL DEFAULT 0,
    added TEXT NOT NULL DEFAULT '',       -- the words, a line for each place
    removed TEXT NOT NULL DEFAULT '',
    places TEXT NOT NULL DEFAULT '[]'     -- JSON: kind and runs of each place, with words around
);
CREATE INDEX changes_seen ON changes(seen_at, id, kinds, source_id);
CREATE INDEX changes_source ON changes(source_id, seen_at, kinds);
CREATE INDEX changes_article ON changes(article_id, number);
CREATE VIRTUAL TABLE _changes_fts USING fts5(
    title, added, removed, content='', tokenize="{CJK_TOKENIZER}"
);
"""

RARE = tuple(kind for kind in ChangeKind if kind is not ChangeKind.TEXT)
"""Kinds with an index of their own: in that of all changes one of them may be far away."""

INDEXES = "".join(
    f"CREATE INDEX changes_{kind} ON changes(seen_at, source_id) WHERE instr(kinds, '{kind}');\n"
    for kind in RARE
)

MOST_ALIKE = 4
"""Changes of byline or date alone that are noted of one article: more come from a page that is never the same."""


def note_change(
    db: Database,
    article_id: int,
    number: int,
    at: str,
    kinds: Iterable[str],
    words: ChangedWords | None = None,
    title: str | None = None,
) -> None:
    """Note one change of an article; `title` is the headline after it, None for the one held."""
    words = words or ChangedWords()
    sql = "SELECT source_id, coalesce(title, '') FROM articles WHERE id = ?"
    source_id, held = db.conn.execute(sql, [article_id]).fetchone()
    row: dict[str, Any] = {
        "article_id": article_id,
        "number": number,
        "seen_at": at,
        "source_id": source_id,
        "kinds": join_kinds(kinds),
        "title": held if title is None else title,
        "words_added": words.words_added,
        "words_removed": words.words_removed,
        "added": words.added,
        "removed": words.removed,
        "places": dump_places(words.places),
    }
    row_id = insert(db, "changes", row)
    db.conn.execute(
        "INSERT INTO _changes_fts (rowid, title, added, removed) VALUES (?, ?, ?, ?)",
        [row_id, *(segment(row[name]) for name in ("title", "added", "removed"))],
    )


def read_metadata(db: Database, article_id: int) -> Article:
    """Byline and date of the version held, and the rules that read them."""
    row = db.conn.execute(
        "SELECT url, authors, published_at, published_from, extractor FROM articles WHERE id = ?",
        [article_id],
    ).fetchone()
    return Article(
        url=row[0],
        authors=tuple(json.loads(row[1])),
        published_at=row[2],
        published_from=row[3],
        extractor=row[4],
    )


def note_metadata_change(db: Database, article_id: int, article: Article, at: str) -> tuple[str, ...]:
    """Note that byline or date alone have changed since the version held; returns which have.

    Nothing is noted where other rules read that version, nor of a page that changes them again and again.
    """
    held = read_metadata(db, article_id)
    if held.extractor != article.extractor:
        return ()
    kinds = name_metadata_kinds(held, article, at)
    if not kinds:
        return ()
    sql = "SELECT count(*) FROM changes WHERE article_id = ? AND number = 0 AND kinds NOT IN ('gone', 'back')"
    if db.conn.execute(sql, [article_id]).fetchone()[0] < MOST_ALIKE:
        note_change(db, article_id, 0, at, kinds, find_changed_words(held, article, kinds))
    return kinds


# --- made anew


Metadata = Mapping[str, tuple[str, str]]
"""Old and new byline and date, by the kind."""


def rebuild_changes(
    db: Database,
    article_ids: Sequence[int] | None = None,
    noted: Mapping[tuple[int, str], Metadata] = MappingProxyType({}),
) -> None:
    """Make the changes anew that led to versions of these articles, or of all, from `revisions`.

    Bylines and dates of old versions stand in `changes` alone: they are taken from there, and from `noted`, by article and
    time. Of a version that other rules read, without a note of what changed then, nobody knows who changed what: it has
    none.
    """
    if article_ids is None:
        rows = db.conn.execute("SELECT DISTINCT article_id FROM revisions ORDER BY 1").fetchall()
        article_ids = [row[0] for row in rows]
    for article_id in article_ids:
        metadata = {**noted, **read_noted_metadata(db, "main", article_id, article_id)}
        delete_changes(db, "article_id = ? AND number > 0", [article_id])
        for new, kinds, old in _read_steps(db, article_id):
            told = metadata.get((article_id, new.seen_at), {})
            words = find_changed_words(
                _with_metadata(old, told, 0), _with_metadata(new.article, told, 1), kinds
            )
            note_change(db, article_id, new.number, new.seen_at, kinds, words, new.article.title)


def read_noted_metadata(
    db: Database, schema: str, article_id: int, as_id: int
) -> dict[tuple[int, str], Metadata]:
    """The bylines and dates that changed with versions of an article, by `as_id` and time."""
    sql = (
        f"SELECT seen_at, places FROM {schema}.changes WHERE article_id = ? AND number > 0"
        " AND (instr(kinds, 'byline') OR instr(kinds, 'date'))"
    )
    return {
        (as_id, seen_at): {
            place.kind: (
                "".join(run.text for run in place.runs if run.kind != "added"),
                "".join(run.text for run in place.runs if run.kind != "removed"),
            )
            for place in load_places(places)
            if place.kind in (ChangeKind.BYLINE, ChangeKind.DATE)
        }
        for seen_at, places in db.conn.execute(sql, [article_id]).fetchall()
    }


def _with_metadata(article: Article, metadata: Metadata, side: int) -> Article:
    byline, date = (metadata.get(kind, ("", ""))[side] for kind in (ChangeKind.BYLINE, ChangeKind.DATE))
    return replace(article, authors=tuple(byline.split(", ")) if byline else (), published_at=date or None)


def note_all_gone(db: Database) -> None:
    """Note of every article that is gone that it is: for an archive that had no such notes."""
    gone = db.conn.execute(
        "SELECT id, gone_at FROM articles WHERE gone_at IS NOT NULL ORDER BY gone_at"
    ).fetchall()
    for article_id, at in gone:
        note_change(db, article_id, 0, at, [ChangeKind.GONE])


class _Version(NamedTuple):
    """`change` has the kinds of the change that followed, as noted then: a JSON list, or None."""

    number: int
    seen_at: str
    change: str | None
    article: Article


class _Step(NamedTuple):
    """A version, by what kinds it differs from the one before, and that one."""

    new: _Version
    kinds: tuple[str, ...]
    old: Article


def _read_steps(db: Database, article_id: int) -> Iterator[_Step]:
    sql = (
        "SELECT revision, seen_at, NULL, title, standfirst, text, extractor FROM unexplained_versions"
        " WHERE article_id = ? ORDER BY id DESC"
    )
    firsts = {row[0]: _version(row) for row in db.conn.execute(sql, [article_id]).fetchall()}
    for old, new in pairwise(_read_versions(db, article_id)):
        # The change led to this text, before reading by other rules put another in its place.
        after = firsts.get(new.number, new).article
        kinds = name_kinds(old.change, old.article, after)
        if kinds:
            yield _Step(new._replace(article=after), kinds, old.article)


def _read_versions(db: Database, article_id: int) -> list[_Version]:
    rows = db.conn.execute(
        "SELECT number, seen_at, change, title, standfirst, text, extractor FROM revisions WHERE article_id = :id"
        " UNION ALL SELECT revision, coalesce(revised_at, checked_at), NULL, title, standfirst, text, extractor"
        " FROM articles WHERE id = :id ORDER BY 1",
        {"id": article_id},
    )
    return [_version(row) for row in rows.fetchall()]


def _version(row: tuple[Any, ...]) -> _Version:
    number, at, change, title, standfirst, text, extractor = row
    article = Article(
        url="", title=title or "", standfirst=standfirst or "", text=text, extractor=extractor or ""
    )
    return _Version(number, at, change, article)


def index_changes(db: Database, where: str, values: Any = ()) -> None:
    """Enter rows of `changes` that were copied into the index: those that an SQL condition finds."""
    _write(db, "INSERT INTO _changes_fts (rowid, title, added, removed) VALUES (?, ?, ?, ?)", where, values)


def delete_changes(db: Database, where: str, values: Any = ()) -> None:
    """Delete rows of `changes` with their entries in the index."""
    sql = (
        "INSERT INTO _changes_fts (_changes_fts, rowid, title, added, removed) VALUES ('delete', ?, ?, ?, ?)"
    )
    try:
        _write(db, sql, where, values)
    except sqlite3.DatabaseError as error:
        if "malformed" not in str(error):
            raise
        # As in `versions_index`: another program has written rows.
        db.conn.execute("INSERT INTO _changes_fts (_changes_fts) VALUES ('delete-all')")
        index_changes(db, f"NOT coalesce(({where}), 0)", values)
    db.conn.execute(f"DELETE FROM main.changes WHERE {where}", values)


def _write(db: Database, sql: str, where: str, values: Any) -> None:
    rows = db.conn.execute(f"SELECT id, title, added, removed FROM main.changes WHERE {where}", values)
    db.conn.executemany(sql, ((row_id, *map(segment, words)) for row_id, *words in rows))
