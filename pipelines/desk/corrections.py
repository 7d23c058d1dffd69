"""Corrections by a person: title, authors or date of an article, by its address, with who, when and why.

The last correction of a field that was not undone counts; those before it stay as its history. What was read from the
page is in the archive alone, which no correction touches: so a replay, a merge or another archive loses none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pipelines import timestamps
from pipelines.clean_text import clean_text, quote_value
from pipelines.items import Corrected

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Mapping

    from pipelines.desk.database import Desk

FIELDS: Final = ("title", "authors", "published")
LONGEST_TITLE: Final = 500
LONGEST_NAME: Final = 120
MOST_AUTHORS: Final = 50
LONGEST_WHY: Final = 500
_COLUMNS: Final = (
    "id, url, field, value, was, why, made_at, made_by, coalesce(undone_at, ''), coalesce(undone_by, '')"
)


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction of one field. `value` and `was` are as `check_value` gives them; `undone_at` is "" while it holds."""

    id: int
    url: str
    field: str
    value: str
    was: str
    why: str
    made_at: str
    made_by: str
    undone_at: str
    undone_by: str


@dataclass(frozen=True, slots=True)
class Change:
    """A correction to be kept: the new value of a field, and what the page gave."""

    field: str
    value: str
    was: str


def check_value(field: str, text: str) -> str:
    """The value of a field as it is kept, from what a person typed: authors, one a line, as a JSON list.

    Raises `ValueError` with the remedy.
    """
    if field == "authors":
        return pack_authors(one_line(name) for name in text.replace(";", "\n").splitlines())
    value = one_line(text)
    if field == "title":
        if not value:
            raise ValueError(
                "The headline is empty. To go back to what was read from the page, undo the correction."
            )
        if len(value) > LONGEST_TITLE:
            raise ValueError(f"The headline is too long: {LONGEST_TITLE} characters at most.")
        return value
    return check_time(value)


def pack_authors(names: Iterable[str]) -> str:
    """Names as the desk keeps them. Raises `ValueError` for too long or too many."""
    kept = list(dict.fromkeys(name for name in names if name))
    if len(kept) > MOST_AUTHORS or any(len(name) > LONGEST_NAME for name in kept):
        raise ValueError(
            f"{MOST_AUTHORS} authors at most, each on a line of its own, and {LONGEST_NAME} characters a name."
        )
    return json.dumps(kept, ensure_ascii=False)


def check_time(text: str) -> str:
    """A day or a time as archives write them (`2026-11-20`, `2026-11-20T09:30:00+09:00`). Raises `ValueError`."""
    day = timestamps.parse_day(text)
    moment = timestamps.parse(text)
    if day is None or moment is None or not text[:4].isdigit():
        raise ValueError(
            f"{quote_value(text[:40])} is no date. Write 2026-11-20, or 2026-11-20 09:30+09:00 with the time and its zone."
        )
    if moment > timestamps.local_now() + timedelta(days=2):
        raise ValueError(f"{text} lies in the future.")
    return day.isoformat() if len(text) <= len("2026-11-20") else text.replace(" ", "T", 1)


def one_line(text: str) -> str:
    """What was typed, on one line."""
    return " ".join(clean_text(text).split())


def correct(
    desk: Desk, url: str, source: str, changes: Collection[Change], *, by: str, at: str, why: str = ""
) -> None:
    """Keep corrections of an article. Raises `DeskError`."""
    reason = one_line(why)[:LONGEST_WHY]
    with desk.transaction() as db:
        db.executemany(
            "INSERT INTO corrections (url, source_id, field, value, was, why, made_at, made_by)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(url, source, one.field, one.value, one.was, reason, at, by) for one in changes],
        )


def undo(desk: Desk, number: int, *, by: str, at: str) -> None:
    """Let a correction count no longer; the one before it, if any, counts again. Raises `DeskError`."""
    with desk.transaction() as db:
        db.execute(
            "UPDATE corrections SET undone_at = ?, undone_by = ? WHERE id = ? AND undone_at IS NULL",
            [at, by, number],
        )


def list_corrections(desk: Desk, url: str = "", limit: int = 500) -> list[Correction]:
    """The corrections of an article, or of all, the last first, undone ones among them."""
    sql = f"SELECT {_COLUMNS} FROM corrections WHERE ? IN ('', url) ORDER BY id DESC LIMIT ?"
    rows = desk.db.execute(sql, [url, limit])
    return [Correction(*row) for row in rows]


def holding(corrections: Iterable[Correction]) -> dict[str, Correction]:
    """By field, the correction of one article that counts; they come the last first. Pure."""
    found: dict[str, Correction] = {}
    for one in corrections:
        if not one.undone_at:
            found.setdefault(one.field, one)
    return {field: found[field] for field in FIELDS if field in found}


def read_corrected(db: sqlite3.Connection, urls: Collection[str] | None = None) -> dict[str, Corrected]:
    """What counts, by the address of the article: of these addresses, or of all for None."""
    sql = "SELECT url, field, value FROM corrections WHERE undone_at IS NULL"
    values: list[str] = []
    if urls is not None:
        sql += " AND url IN (SELECT value FROM json_each(?))"
        values = [json.dumps(sorted(urls))]
    by_url: dict[str, dict[str, str]] = {}
    for url, field, value in db.execute(f"{sql} ORDER BY id", values):
        by_url.setdefault(url, {})[field] = value
    return {url: as_corrected(fields) for url, fields in by_url.items()}


def as_corrected(values: Mapping[str, str]) -> Corrected:
    """Values by field, as they are kept, in their own types. Pure."""
    authors = values.get("authors")
    return Corrected(
        values.get("title"), unpack_authors(authors) if authors is not None else None, values.get("published")
    )


def unpack_authors(text: str) -> tuple[str, ...]:
    """The inverse of `pack_authors`."""
    return tuple(json.loads(text or "[]"))


def forget_corrections(desk: Desk, urls: Collection[str], source: str = "") -> int:
    """Take out all corrections of these articles, or of a source, and returns how many. Raises `DeskError`."""
    with desk.transaction() as db:
        return _delete(db, urls, source)


def _delete(db: sqlite3.Connection, urls: Collection[str], source: str) -> int:
    cursor = db.execute(
        "DELETE FROM corrections WHERE url IN (SELECT value FROM json_each(?)) OR (? <> '' AND source_id = ?)",
        [json.dumps(sorted(urls)), source, source],
    )
    return cursor.rowcount
