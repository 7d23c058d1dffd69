"""What a person corrected, beside what was read from the page: columns of an export, and the values of citations.

Corrections are not in the archive; whoever opens it hands them in.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelines.archive.export.fields import CLIPPINGS, CORRECTED, SAVED
from pipelines.archive.export.formats import WITH_COLUMNS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from pipelines.items import Corrected


def load_corrected(db: sqlite3.Connection, corrected: Mapping[str, Corrected]) -> None:
    """Put corrections, by the address of their article, beside the archive, for this connection alone."""
    prepare_corrected(db)
    db.executemany(
        "INSERT OR REPLACE INTO temp._corrected (url, title, authors, published_at) VALUES (?, ?, ?, ?)",
        [
            (
                url,
                one.title,
                None if one.authors is None else json.dumps(one.authors, ensure_ascii=False),
                one.published_at,
            )
            for url, one in corrected.items()
        ],
    )


def prepare_corrected(db: sqlite3.Connection) -> None:
    """Make the table that the columns read; the archive's file is not touched."""
    db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS _corrected"
        " (url TEXT PRIMARY KEY, title TEXT, authors TEXT, published_at TEXT) WITHOUT ROWID"
    )


def usual_columns(form: str, corrected: Mapping[str, Corrected], *, dossier: bool = False) -> tuple[str, ...]:
    """The columns of articles when none are named: with those of corrections where there is any, and of a dossier. Pure."""
    if form not in WITH_COLUMNS or not (corrected or dossier):
        return ()
    added = (*(CORRECTED if corrected else ()), *(SAVED if dossier else ()))
    return tuple(field.name for field in (*CLIPPINGS, *added))
