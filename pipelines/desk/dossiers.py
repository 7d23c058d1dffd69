"""Dossiers: articles that a person puts together, each with a note and tags, in an order.

Two people may write at once. Whatever replaces words or an order names the edition that it was made from, and is refused
where that is no longer the last one: then nobody's words are lost unseen.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from typing import TYPE_CHECKING

from pipelines.clean_text import clean_text
from pipelines.desk.dossier_records import Added, Dossier, DossierItem
from pipelines.desk.errors import ChangedMeanwhileError, DeskError, refuse_if_changed
from pipelines.desk.searches import check_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.desk.database import Desk
    from pipelines.desk.dossier_records import Edit, SavedArticle

MOST_DOSSIERS = 500
MOST_ITEMS = 1000
"""Articles of a dossier: its page and its files are made in one piece."""
LONGEST_NOTE = 20_000
LONGEST_TAG = 60
MOST_TAGS = 20

_DOSSIER = (
    "SELECT id, uid, name, about, made_at, made_by, edited_at, edited_by, edition,"
    " (SELECT count(*) FROM dossier_items i WHERE i.dossier_id = d.id) FROM dossiers d"
)
_ITEM = (
    "SELECT id, dossier_id, coalesce(url, ''), fixed, words_sha256, seen_at, title, source_id, source_name, published_at,"
    " note, tags, added_at, added_by, edited_at, edited_by, edition, forgotten_at FROM dossier_items"
)


def check_text(text: str, what: str = "The note") -> str:
    """A text of several lines, cleaned. Raises `ValueError` with the remedy for one that is too long."""
    text = "\n".join(clean_text(line).rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip()
    if len(text) > LONGEST_NOTE:
        raise ValueError(f"{what} is too long: {LONGEST_NOTE:,} characters at most.")
    return text


def split_tags(text: str) -> tuple[str, ...]:
    """The tags of a line, with commas between them, each once. Raises `ValueError` for too many or too long ones."""
    tags = dict.fromkeys(" ".join(clean_text(part).split()) for part in text.replace("、", ",").split(","))
    found = tuple(tag for tag in tags if tag)
    if len(found) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in found):
        raise ValueError(f"At most {MOST_TAGS} tags, each of at most {LONGEST_TAG} characters.")
    return found


def list_dossiers(desk: Desk) -> list[Dossier]:
    """All dossiers, the last changed first."""
    return read_dossiers(desk.db)


def read_dossiers(db: sqlite3.Connection) -> list[Dossier]:
    """The same from a connection of one's own."""
    return [Dossier(*row) for row in db.execute(f"{_DOSSIER} ORDER BY edited_at DESC, id DESC").fetchall()]


def get_dossier(desk: Desk, number: int) -> Dossier | None:
    """A dossier; None when there is none of that number."""
    row = desk.db.execute(f"{_DOSSIER} WHERE id = ?", [number]).fetchone()
    return Dossier(*row) if row else None


def find_dossier(desk: Desk, name: str) -> Dossier:
    """The dossier of this name. Raises `DeskError` that names the others."""
    row = desk.db.execute(f"{_DOSSIER} WHERE name = ?", [" ".join(name.split())]).fetchone()
    if row is None:
        names = ", ".join(dossier.name for dossier in list_dossiers(desk)) or "none yet"
        raise DeskError(f"There is no dossier named {name}. There are: {names}.")
    return Dossier(*row)


def find_number(db: sqlite3.Connection, name: str) -> int:
    """The number of the dossier of this name, 0 where there is none."""
    row = db.execute("SELECT id FROM dossiers WHERE name = ?", [" ".join(name.split())]).fetchone()
    return int(row[0]) if row else 0


def make_dossier(db: sqlite3.Connection, name: str, edit: Edit) -> int:
    """Make a dossier; returns its number. Needs an open transaction. Raises `ValueError`."""
    name = check_name(name)
    if db.execute("SELECT count(*) FROM dossiers").fetchone()[0] >= MOST_DOSSIERS:
        raise DeskError(f"There are {MOST_DOSSIERS} dossiers already. Delete one first.")
    try:
        made = db.execute(
            "INSERT INTO dossiers (uid, name, made_at, made_by, edited_at, edited_by) VALUES (?, ?, ?, ?, ?, ?)",
            [uuid.uuid4().hex, name, edit.at, edit.by, edit.at, edit.by],
        )
    except sqlite3.IntegrityError:
        raise DeskError(f"There is a dossier named {name} already. Choose it, or another name.") from None
    assert made.lastrowid is not None
    return made.lastrowid


def edit_dossier(desk: Desk, number: int, name: str, about: str, edit: Edit) -> None:
    """Rename a dossier, and set its introduction. Raises `ValueError`, and `ChangedMeanwhileError`."""
    name, about = check_name(name), check_text(about, "The introduction")
    with desk.transaction() as db:
        _check_edition(db, number, edit)
        taken = "SELECT 1 FROM dossiers WHERE name = ? AND id <> ?"
        if db.execute(taken, [name, number]).fetchone():
            raise DeskError(f"There is a dossier named {name} already. Choose another name.")
        db.execute("UPDATE dossiers SET name = ?, about = ? WHERE id = ?", [name, about, number])
        _touch(db, number, edit, counts=True)


def delete_dossier(desk: Desk, number: int, items: int, edit: Edit) -> None:
    """Delete a dossier that has so many articles. Raises `ChangedMeanwhileError` where it was changed or has others now."""
    with desk.transaction() as db:
        _check_edition(db, number, edit)
        held = db.execute("SELECT count(*) FROM dossier_items WHERE dossier_id = ?", [number]).fetchone()[0]
        if held != items:
            raise _changed(db, number, f"It has {held:,} articles now, and had {items:,}.")
        db.execute("DELETE FROM dossier_items WHERE dossier_id = ?", [number])
        db.execute("DELETE FROM dossiers WHERE id = ?", [number])


def add_items(
    db: sqlite3.Connection,
    number: int,
    articles: Iterable[SavedArticle],
    edit: Edit,
    *,
    note: str = "",
    tags: Sequence[str] = (),
) -> Added:
    """Put articles at the end of a dossier; those that are in it stay as they are. Needs an open transaction.

    Raises `ValueError`.
    """
    note = check_text(note)
    if not db.execute("SELECT 1 FROM dossiers WHERE id = ?", [number]).fetchone():
        raise DeskError("This dossier is not there any more. Choose another one.")
    count, place = db.execute(
        "SELECT count(*), coalesce(max(place), 0) FROM dossier_items WHERE dossier_id = ?", [number]
    ).fetchone()
    new = had = 0
    for one in articles:
        row = [number, place + new + 1, one.url, one.fixed, one.words_sha256, one.seen_at, one.title]
        row += [one.source_id, one.source_name, one.published_at, note]
        row += [json.dumps(list(tags), ensure_ascii=False), edit.at, edit.by, edit.at, edit.by]
        done = db.execute(
            "INSERT OR IGNORE INTO dossier_items (dossier_id, place, url, fixed, words_sha256, seen_at, title, source_id,"
            f" source_name, published_at, note, tags, added_at, added_by, edited_at, edited_by) VALUES ({', '.join('?' * 16)})",
            row,
        )
        new, had = new + done.rowcount, had + 1 - done.rowcount
    if count + new > MOST_ITEMS:
        raise DeskError(f"A dossier holds {MOST_ITEMS:,} articles at most. Begin another one.")
    _touch(db, number, edit)
    return Added(new, had)


def list_items(desk: Desk, number: int) -> list[DossierItem]:
    """The articles of a dossier, in their order."""
    rows = desk.db.execute(f"{_ITEM} WHERE dossier_id = ? ORDER BY place, id", [number]).fetchall()
    return [_as_item(row) for row in rows]


def find_dossiers_of(desk: Desk, url: str) -> list[tuple[int, str]]:
    """Number and name of the dossiers that an article is in."""
    sql = (
        "SELECT DISTINCT d.id, d.name FROM dossier_items i JOIN dossiers d ON d.id = i.dossier_id"
        " WHERE i.url = ? ORDER BY d.name"
    )
    return [(number, name) for number, name in desk.db.execute(sql, [url]).fetchall()]


def edit_item(desk: Desk, item: int, note: str, tags: Sequence[str], edit: Edit) -> None:
    """Set note and tags of an article in a dossier. Raises `ValueError`, and `ChangedMeanwhileError`."""
    note = check_text(note)
    with desk.transaction() as db:
        number = _check_item(db, item, edit)
        db.execute(
            "UPDATE dossier_items SET note = ?, tags = ?, edited_at = ?, edited_by = ?, edition = edition + 1 WHERE id = ?",
            [note, json.dumps(list(tags), ensure_ascii=False), edit.at, edit.by, item],
        )
        _touch(db, number, edit)


def remove_item(desk: Desk, item: int, edit: Edit) -> None:
    """Take an article out of its dossier. Raises `ChangedMeanwhileError` where its note is another by now."""
    with desk.transaction() as db:
        number = _check_item(db, item, edit)
        db.execute("DELETE FROM dossier_items WHERE id = ?", [item])
        _touch(db, number, edit, counts=True)


def move_item(desk: Desk, number: int, item: int, place: int, edit: Edit) -> None:
    """Put an article at a place of its dossier, 1 for the first. Raises `ChangedMeanwhileError` where the order is another."""
    with desk.transaction() as db:
        _check_edition(db, number, edit)
        sql = "SELECT id FROM dossier_items WHERE dossier_id = ? ORDER BY place, id"
        ids = [found for (found,) in db.execute(sql, [number]).fetchall()]
        if item not in ids:
            raise _changed(db, number, "This article is not in it any more.")
        ids.remove(item)
        ids.insert(min(max(place, 1) - 1, len(ids)), item)
        db.executemany("UPDATE dossier_items SET place = ? WHERE id = ?", list(enumerate(ids, 1)))
        _touch(db, number, edit, counts=True)


def _as_item(row: tuple[object, ...]) -> DossierItem:
    values = list(row)
    values[3], values[11] = bool(values[3]), tuple(json.loads(str(values[11])))
    return DossierItem(*values)  # type: ignore[arg-type]  # the columns of `_ITEM`


def _touch(db: sqlite3.Connection, number: int, edit: Edit, *, counts: bool = False) -> None:
    """Note who changed a dossier last; `counts` makes it another edition."""
    db.execute(
        "UPDATE dossiers SET edited_at = ?, edited_by = ?, edition = edition + ? WHERE id = ?",
        [edit.at, edit.by, counts, number],
    )


def _check_edition(db: sqlite3.Connection, number: int, edit: Edit) -> None:
    row = db.execute("SELECT edition FROM dossiers WHERE id = ?", [number]).fetchone()
    if row is None:
        raise DeskError("This dossier is not there any more: somebody deleted it.")
    if row[0] != edit.edition:
        raise _changed(db, number)


def _changed(db: sqlite3.Connection, number: int, what: str = "") -> ChangedMeanwhileError:
    at, by = db.execute("SELECT edited_at, edited_by FROM dossiers WHERE id = ?", [number]).fetchone()
    return ChangedMeanwhileError(
        f"Somebody else changed this dossier meanwhile. {what}".strip() + " Nothing was done.", at, by
    )


def _check_item(db: sqlite3.Connection, item: int, edit: Edit) -> int:
    """The dossier of an item that still has the edition seen."""
    sql = "SELECT dossier_id, edition, edited_at, edited_by, forgotten_at FROM dossier_items WHERE id = ?"
    row = db.execute(sql, [item]).fetchone()
    if row is None:
        raise DeskError("This article is not in the dossier any more: somebody took it out.")
    number, edition, at, by, forgotten = row
    if forgotten is None:
        refuse_if_changed(edition, edit.edition, at, by, item)
    return int(number)
