"""Two names of one author, as a person joined them: the filter finds both, the facet counts them as one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from pipelines.archive.search.match import Filters

    Aliases = Mapping[str, str]
    """A name to the one that is shown in its place."""


def show_names(filters: Filters, aliases: Aliases) -> Filters:
    """The filters with each author by the name that is shown. Pure."""
    if not filters.author or not aliases:
        return filters
    return replace(filters, author=tuple(dict.fromkeys(aliases.get(name, name) for name in filters.author)))


def join_names(db: sqlite3.Connection, filters: Filters, aliases: Aliases) -> Filters:
    """The filters with all names of each author that the archive has; an author of whom it has none stays."""
    shown = show_names(filters, aliases)
    if not shown.author or not aliases:
        return filters
    names: dict[str, None] = {}
    for author in shown.author:
        of_author = [author, *(alias for alias, name in aliases.items() if name == author)]
        known = [name for name in of_author if _is_author(db, name)]
        names |= dict.fromkeys(known or [author])
    return replace(filters, author=tuple(names))


def _is_author(db: sqlite3.Connection, name: str) -> bool:
    sql = "SELECT 1 FROM _terms WHERE kind = 'author' AND name = ?"
    return db.execute(sql, [name]).fetchone() is not None
