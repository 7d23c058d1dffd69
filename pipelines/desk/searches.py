"""Saved searches: kept, listed and removed."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from pipelines.clean_text import clean_text
from pipelines.desk.errors import DeskError
from pipelines.desk.records import FACETS, KINDS, SavedSearch

if TYPE_CHECKING:
    from pipelines.desk.database import Desk

LONGEST_NAME = 80
LONGEST_QUERY = 1000
MOST = 500
"""Searches that a desk holds at most."""


def check_name(name: str) -> str:
    """The name of an alert on one line. Raises `ValueError` with the remedy for one that cannot be."""
    name = " ".join(clean_text(name).split())
    if not name:
        raise ValueError("Give it a name.")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"The name is too long: {LONGEST_NAME} characters at most.")
    return name


def check_search(search: SavedSearch) -> SavedSearch:
    """The search with a clean name and query. Raises `ValueError` with the remedy."""
    query = " ".join(clean_text(search.query).split())
    kinds = tuple(kind for kind in KINDS if kind in search.kinds)
    filters = tuple((facet, values) for facet, values in search.filters if facet in FACETS and values)
    if not query and not filters:
        raise ValueError("It would tell of every article. Add words to look for, or narrow it to a source.")
    if len(query) > LONGEST_QUERY:
        raise ValueError(f"The query is too long: {LONGEST_QUERY} characters at most.")
    if not kinds:
        raise ValueError("Tick what it is to tell you.")
    return SavedSearch(
        check_name(search.name), query, kinds, search.destinations, filters, made_by=search.made_by
    )


def save_search(desk: Desk, search: SavedSearch, at: str) -> None:
    """Keep a search. Raises `ValueError` when it cannot be, and `DeskError`."""
    search = check_search(search)
    row = (
        search.name,
        search.query,
        json.dumps(dict(search.filters), ensure_ascii=False),
        json.dumps(search.kinds),
        json.dumps(search.destinations, ensure_ascii=False),
        at,
        search.made_by or None,
    )
    with desk.transaction() as db:
        if db.execute("SELECT count(*) FROM searches").fetchone()[0] >= MOST:
            raise DeskError(f"There are {MOST} saved searches already. Remove one first.")
        try:
            db.execute(
                "INSERT INTO searches (name, query, filters, kinds, destinations, made_at, made_by)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
        except sqlite3.IntegrityError:
            raise DeskError(
                f"There is a saved search named {search.name} already. Choose another name."
            ) from None


def remove_search(desk: Desk, number: int) -> str:
    """Remove a search, and what is not delivered of it; returns its name, "" when there was none."""
    with desk.transaction() as db:
        found = db.execute("SELECT name FROM searches WHERE id = ?", [number]).fetchone()
        if found is None:
            return ""
        db.execute("DELETE FROM searches WHERE id = ?", [number])
        db.execute("DELETE FROM watches WHERE alert = ?", found)
        db.execute(
            "UPDATE deliveries SET state = 'dropped' WHERE state = 'pending'"
            " AND report_id IN (SELECT id FROM reports WHERE alert = ?)",
            found,
        )
    return str(found[0])


def list_searches(desk: Desk) -> list[SavedSearch]:
    """All searches, by name."""
    sql = "SELECT name, query, kinds, destinations, filters, id, made_at, made_by FROM searches ORDER BY name"
    return [
        SavedSearch(
            name,
            query,
            tuple(json.loads(kinds)),
            tuple(json.loads(destinations)),
            tuple((facet, tuple(values)) for facet, values in json.loads(filters).items()),
            number,
            made_at,
            made_by or "",
        )
        for name, query, kinds, destinations, filters, number, made_at, made_by in desk.db.execute(sql)
    ]
