"""The `sources` table: every source ever followed, and whether it still is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlite_utils import Database


class Sources:
    def __init__(self, db: Database) -> None:
        self.db = db

    def save(self, rows: Iterable[dict[str, str | None]], now: str) -> None:
        """Add or update sources; a row has `id`, `name`, `home`, `language` and `country`."""
        with self.db.atomic():
            self.db.conn.executemany(
                "INSERT INTO sources (id, name, home, language, country, added_at)"
                " VALUES (:id, :name, :home, :language, :country, :now)"
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name, home = excluded.home,"
                " language = excluded.language, country = excluded.country, followed = 1",
                [{**row, "now": now} for row in rows],
            )

    def mark_followed(self, ids: Iterable[str]) -> None:
        """Mark which sources are still listed in the seeds. No row is ever deleted."""
        with self.db.atomic():
            self.db.execute("UPDATE sources SET followed = 0")
            self.db.conn.executemany("UPDATE sources SET followed = 1 WHERE id = ?", [(i,) for i in ids])
