"""Notes on articles and marks on passages of them. They belong to an address, not to a row of any archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.desk.dossier_records import Note, Quotation
from pipelines.desk.dossiers import check_text
from pipelines.desk.errors import DeskError, refuse_if_changed
from pipelines.urls import normalize

if TYPE_CHECKING:
    import sqlite3

    from pipelines.desk.database import Desk
    from pipelines.desk.dossier_records import Edit, SavedArticle

MOST_NOTES = 100_000
"""Notes of a desk."""
MOST_LISTED = 500
"""Notes that a page lists."""
_NOTE = (
    "SELECT id, coalesce(url, ''), quote, before, after, words_sha256, seen_at, title, source_id, source_name, note,"
    " made_at, made_by, edited_at, edited_by, edition, forgotten_at FROM notes"
)


def add_note(desk: Desk, article: SavedArticle, quotation: Quotation, note: str, edit: Edit) -> int:
    """Keep a note on an article, or on a passage of it; returns its number. Raises `ValueError`."""
    note = check_text(note)
    if not note and not quotation.quote:
        raise ValueError("Write a note, or mark a passage.")
    row = [article.url, normalize.key(article.url), *quotation, article.words_sha256, article.seen_at]
    row += [article.title, article.source_id, article.source_name, note, edit.at, edit.by, edit.at, edit.by]
    with desk.transaction() as db:
        if db.execute("SELECT count(*) FROM notes").fetchone()[0] >= MOST_NOTES:
            raise DeskError(f"There are {MOST_NOTES:,} notes already. Remove some first.")
        made = db.execute(
            "INSERT INTO notes (url, key, quote, before, after, words_sha256, seen_at, title, source_id, source_name,"
            f" note, made_at, made_by, edited_at, edited_by) VALUES ({', '.join('?' * 15)})",
            row,
        )
    assert made.lastrowid is not None
    return made.lastrowid


def edit_note(desk: Desk, number: int, note: str, edit: Edit) -> None:
    """Set the words of a note. Raises `ValueError`, and `ChangedMeanwhileError`."""
    note = check_text(note)
    with desk.transaction() as db:
        quote = _check(db, number, edit)
        if not note and not quote:
            raise ValueError("A note needs words. To take it away, use “Remove”.")
        db.execute(
            "UPDATE notes SET note = ?, edited_at = ?, edited_by = ?, edition = edition + 1 WHERE id = ?",
            [note, edit.at, edit.by, number],
        )


def remove_note(desk: Desk, number: int, edit: Edit) -> None:
    """Remove a note. Raises `ChangedMeanwhileError` where its words are others by now."""
    with desk.transaction() as db:
        _check(db, number, edit)
        db.execute("DELETE FROM notes WHERE id = ?", [number])


def notes_on(desk: Desk, url: str) -> list[Note]:
    """The notes on an article, in the order in which they were made."""
    key = normalize.key(url)
    sql = f"{_NOTE} WHERE url IS NOT NULL AND (key = ? AND key <> '' OR url = ?) ORDER BY id"
    return [_as_note(row) for row in desk.db.execute(sql, [key, url]).fetchall()]


def list_notes(desk: Desk) -> list[Note]:
    """The latest notes, the last changed first; of those that were forgotten only the day is left."""
    sql = f"{_NOTE} ORDER BY edited_at DESC, id DESC LIMIT {MOST_LISTED}"
    return [_as_note(row) for row in desk.db.execute(sql).fetchall()]


def _as_note(row: tuple[object, ...]) -> Note:
    number, url, quote, before, after, *rest = row
    return Note(number, url, Quotation(str(quote), str(before), str(after)), *rest)  # type: ignore[arg-type]  # the columns of `_NOTE`


def _check(db: sqlite3.Connection, number: int, edit: Edit) -> str:
    """The passage of a note that still has the edition seen."""
    sql = "SELECT edition, edited_at, edited_by, quote, forgotten_at FROM notes WHERE id = ?"
    row = db.execute(sql, [number]).fetchone()
    if row is None:
        raise DeskError("This note is not there any more: somebody removed it.")
    edition, at, by, quote, forgotten = row
    if forgotten is None:
        refuse_if_changed(edition, edit.edition, at, by, number)
    return str(quote)
