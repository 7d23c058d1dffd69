"""The versions that a person saved in a dossier, in place of the articles as they stand: columns of an export, and its texts.

Dossiers are not in the archive; whoever opens it hands in which versions they have.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from pipelines.extraction import tokens

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from pipelines.archive.export.fields import Field

JOIN = """
LEFT JOIN temp._saved d ON d.article_id = a.id
LEFT JOIN revisions v ON v.article_id = d.article_id AND v.number = d.number
"""
"""`d` is what was saved of an article, `v` its version where that is not the one that stands."""
_OF_THE_VERSION = {
    **{
        name: f"v.{name}"
        for name in ("title", "standfirst", "text", "modified_at", "content_hash", "capture_id", "extractor")
    },
    "revision": "v.number",
    "words": "count_words(v.text)",
}


class SavedVersion(NamedTuple):
    """An article of a dossier: `number` of the version that was saved, None for the article as it stands.

    `state` is how what was saved stands to what the archive holds.
    """

    article_id: int
    number: int | None
    state: str


def ids_of(saved: Sequence[SavedVersion]) -> tuple[int, ...]:
    """The ids of articles, each once, in their order. Pure."""
    return tuple(dict.fromkeys(one.article_id for one in saved))


def load_saved(db: sqlite3.Connection, saved: Iterable[SavedVersion]) -> None:
    """Put what was saved beside the archive, for this connection alone: exports then have these versions."""
    prepare_saved(db)
    db.executemany("INSERT INTO temp._saved (article_id, number, state) VALUES (?, ?, ?)", saved)


def prepare_saved(db: sqlite3.Connection) -> None:
    """Make the table that the columns read; the archive's file is not touched."""
    db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS _saved"
        " (place INTEGER PRIMARY KEY, article_id INTEGER NOT NULL, number INTEGER, state TEXT NOT NULL)"
    )
    db.execute("CREATE INDEX IF NOT EXISTS temp._saved_article ON _saved(article_id)")
    db.create_function("count_words", 1, tokens.count, deterministic=True)


def of_saved_versions(db: sqlite3.Connection, fields: Sequence[Field]) -> Sequence[Field]:
    """The columns with the values of the versions saved; as they are where none was handed in."""
    if db.execute("SELECT 1 FROM temp._saved LIMIT 1").fetchone() is None:
        return fields
    return [
        replace(field, sql=f"CASE WHEN v.id IS NULL THEN {field.sql} ELSE {_OF_THE_VERSION[field.name]} END")
        if field.name in _OF_THE_VERSION
        else field
        for field in fields
    ]
