"""Two names of one author, joined by a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.desk.corrections import LONGEST_NAME, one_line

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from pipelines.desk.database import Desk


@dataclass(frozen=True, slots=True)
class Alias:
    """Two names of one author; `name` is the one that is shown."""

    alias: str
    name: str
    made_at: str
    made_by: str


def join_names(desk: Desk, alias: str, name: str, *, by: str, at: str) -> None:
    """Note that an author has these two names. Raises `ValueError` with the remedy, and `DeskError`."""
    alias, name = one_line(alias), one_line(name)
    if not alias or not name:
        raise ValueError("Write both names.")
    if max(len(alias), len(name)) > LONGEST_NAME:
        raise ValueError(f"A name has {LONGEST_NAME} characters at most.")
    with desk.transaction() as db:
        found = db.execute("SELECT name FROM author_aliases WHERE alias = ?", [name]).fetchone()
        name = found[0] if found else name
        if alias == name:
            raise ValueError(f"{alias} and {name} are one name already.")
        # What stood for the alias so far stands for the name now, so that no alias leads to another.
        db.execute("UPDATE author_aliases SET name = ? WHERE name = ?", [name, alias])
        db.execute(
            "INSERT OR REPLACE INTO author_aliases (alias, name, made_at, made_by) VALUES (?, ?, ?, ?)",
            [alias, name, at, by],
        )


def part_names(desk: Desk, alias: str) -> None:
    """Let a name stand for itself again. Raises `DeskError`."""
    with desk.transaction() as db:
        db.execute("DELETE FROM author_aliases WHERE alias = ?", [alias])


def list_aliases(db: sqlite3.Connection) -> list[Alias]:
    """All aliases, by the name that is shown."""
    rows: Iterator[tuple[str, str, str, str]] = db.execute(
        "SELECT alias, name, made_at, made_by FROM author_aliases ORDER BY name, alias"
    )
    return [Alias(*row) for row in rows]


def read_aliases(db: sqlite3.Connection) -> dict[str, str]:
    """Alias to the name that is shown."""
    return {one.alias: one.name for one in list_aliases(db)}
