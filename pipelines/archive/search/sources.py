"""Sources by name: all of them, and those that `source:` in a query means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    from pipelines.archive.search.query import Word


def source_names(db: sqlite3.Connection) -> dict[str, str]:
    """The name of every source by its id, in the order of the names."""
    return dict(db.execute("SELECT id, name FROM sources ORDER BY name"))


def match_sources(db: sqlite3.Connection, word: Word) -> list[str]:
    """The ids of the sources that `source:...` names: the id itself, or a part of an id or name, in any case."""
    names = source_names(db)
    wanted = word.text.casefold()
    if not word.prefix and (exact := [source for source in names if source.casefold() == wanted]):
        return exact
    return [
        source for source, name in names.items() if wanted in source.casefold() or wanted in name.casefold()
    ]
