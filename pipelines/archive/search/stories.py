"""Stories in a query: the articles of one, and those that had theirs first."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from pipelines.archive.connection_memory import remember
from pipelines.archive.file_checks import has_table
from pipelines.urls import normalize

if TYPE_CHECKING:
    import sqlite3


OLDER = "This archive is of an older Clippings, which did not note who had a story first. Crawl once to bring it up to date."


def knows_stories(db: sqlite3.Connection) -> bool:
    """Whether the archive has stories in numbers: one of an earlier Clippings, on read-only media, has not."""
    return has_table(db, "_stories")


def find_story(db: sqlite3.Connection, value: str) -> set[int]:
    """The articles of the story of one of them, itself among them; none when there is no such article.

    `value` is its id or, which holds after an archive is made anew, its address in any spelling.
    """
    article = _find_article(db, value)
    if article is None:
        return set()
    sql = "SELECT id FROM articles WHERE story_id = (SELECT story_id FROM articles WHERE id = ?)"
    return {article} | {other for (other,) in db.execute(sql, [article])}


def _find_article(db: sqlite3.Connection, value: str) -> int | None:
    if value.isdecimal():
        row = db.execute("SELECT id FROM articles WHERE id = ?", [int(value[:18])]).fetchone()
    else:
        row = db.execute(
            "SELECT id FROM articles WHERE url = ? UNION ALL"
            " SELECT article_id FROM urls WHERE key = ? AND article_id IS NOT NULL",
            [value, normalize.key(value)],
        ).fetchone()
    return row[0] if row else None


def find_first(db: sqlite3.Connection, sources: list[str] | None) -> set[int]:
    """The articles that had their story first, of these sources; None for all."""
    if not knows_stories(db):
        return set()
    first = remember(db, "first articles", _read_first)
    wanted = first.values() if sources is None else [first.get(source, []) for source in sources]
    return set().union(*wanted)


def _read_first(db: sqlite3.Connection) -> dict[str, list[int]]:
    """The articles that had their story first, by source."""
    sources = dict(db.execute("SELECT id, source_id FROM _facet_groups"))
    lists = (  # two values in place of 50,000 rows of a large archive: .036 s in place of .049
        "SELECT json_group_array(first_id), json_group_array(group_id)"
        " FROM _stories CROSS JOIN _article_facets ON article_id = first_id"
    )
    first: defaultdict[str, list[int]] = defaultdict(list)
    for article, group in zip(*map(json.loads, db.execute(lists).fetchone()), strict=True):
        first[sources.get(group, "")].append(article)
    return dict(first)
