"""`begin*` whose words fill a large part of the search index: FTS5 reads all of them, with all their places, before the first hit."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.archive.search.query import CONDITIONS, And, Node, Not, Or, Query, Word, words
from pipelines.archive.search.unsegmented import has_unsegmented
from pipelines.archive.search.word_forms import parse_with_forms

if TYPE_CHECKING:
    import sqlite3

    from pipelines.archive.search.match import Filters

MOST_PAGES = 2500
"""Pages of the index, of 4 kB, that a page of the reading room has read for one `begin*`: .2 s, and as long again to rank."""
RANKED_PAGES = 1000
"""The same of a `begin*` whose hits are ranked even where they are more than are examined: bm25 reads all its words again."""
FEWEST_PAGES = 250
"""The same where the page has taken too long already: a span of ids does not shorten the reading of a prefix."""


def parse_for(db: sqlite3.Connection, text: str, most: int | None, filters: Filters | None = None) -> Query:
    """Parse a query with its word forms, and leave out each `begin*` for which FTS5 would read more than `most` pages; the `problem` says so.

    None leaves nothing out.
    """
    query = parse_with_forms(db, text, filters)
    wide = find_wide(db, query.node, most) if most is not None else []
    if not wide:
        return query
    sentence = (
        f"{_name(wide)} {'was' if len(set(wide)) == 1 else 'were'} left out: too much of this archive begins so. Write more of"
        " its letters, or the whole word. The command and the files of a search leave nothing out."
    )
    return replace(
        query, node=without_words(query.node, set(wide)), problem=f"{query.problem} {sentence}".strip()
    )


def find_wide(db: sqlite3.Connection, node: Node | None, most: int) -> list[Word]:
    """Each `begin*` for which FTS5 would read more than `most` pages."""
    prefixes = [word for word in words(node, dropped=True) if word.prefix and word.field not in CONDITIONS]
    return [word for word in prefixes if count_pages(db, word.text) > most]


def describe_unranked(wide: list[Word]) -> str:
    """A sentence that says why the newest hits come first. Pure."""
    return f"The newest stand first: too much of this archive begins with {_name(wide)} to be ranked."


def _name(wide: list[Word]) -> str:
    return " and ".join(dict.fromkeys(f"“{word.text}*”" for word in wide))


def without_words(node: Node | None, left_out: set[Word]) -> Node | None:
    """The tree without these words; None when nothing is left. Pure."""
    match node:
        case Word():
            return None if node in left_out else node
        case Not(keep, drop):
            kept, dropped = without_words(keep, left_out), without_words(drop, left_out)
            return Not(kept, dropped) if kept and dropped else kept
        case And(parts) | Or(parts):
            rest = tuple(part for part in (without_words(part, left_out) for part in parts) if part)
            return type(node)(rest) if len(rest) > 1 else next(iter(rest), None)
        case _:
            return None


def count_pages(db: sqlite3.Connection, text: str) -> int:
    """How many pages of `articles_fts` have the words that begin so; a page that begins with another word counts too.

    `articles_fts_idx` has the first word of each page, by segment, after a `0`. Scripts without spaces are no matter: a
    letter is a word there.
    """
    last = fold(text)
    if not last or has_unsegmented(last):
        return 0
    first, end = f"0{last}".encode(), f"0{last}".encode() + b"\xff"
    sql = """
        WITH RECURSIVE segments (segid) AS (
            SELECT min(segid) FROM articles_fts_idx
            UNION ALL
            SELECT (SELECT min(segid) FROM articles_fts_idx i WHERE i.segid > s.segid) FROM segments s WHERE s.segid IS NOT NULL
        )
        SELECT sum(1 + (SELECT pgno / 2 FROM articles_fts_idx WHERE segid = s.segid AND term <= :end ORDER BY term DESC LIMIT 1)
            - coalesce(
                (SELECT pgno / 2 FROM articles_fts_idx WHERE segid = s.segid AND term <= :first ORDER BY term DESC LIMIT 1), 1))
        FROM segments s WHERE segid IS NOT NULL
    """
    pages: int | None = db.execute(sql, {"first": first, "end": end}).fetchone()[0]
    return pages or 0


def fold(text: str) -> str:
    """The last word of a text as `unicode61` indexes it: without marks, in small letters."""
    signs = unicodedata.normalize("NFD", text)
    kept = "".join(sign for sign in signs if unicodedata.category(sign) != "Mn")
    spaced = "".join(
        sign if unicodedata.category(sign)[0] in "LN" or unicodedata.category(sign) == "Co" else " "
        for sign in kept
    )
    return next(iter(spaced.split()[-1:]), "").lower()
