"""A whole article with the words of a query marked, for the page where it is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.search.fts_query import marking_queries
from pipelines.archive.search.hit_texts import HitTexts
from pipelines.archive.search.unsegmented import has_unsegmented_script, unsegment
from pipelines.archive.search.word_forms import parse_with_forms

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from pipelines.archive.search.match import Filters
    from pipelines.archive.search.results import Pieces

_BEGIN, _END = "\x02", "\x03"
_marks = re.compile(f"([{_BEGIN}{_END}])")


class MarkedArticle(NamedTuple):
    """Headline, standfirst and each block of the text, in pieces."""

    title: Pieces
    standfirst: Pieces
    blocks: tuple[Pieces, ...]

    @property
    def marks(self) -> int:
        """How many places are marked."""
        return sum(marked for pieces in (self.title, self.standfirst, *self.blocks) for _, marked in pieces)


def mark_article(
    db: sqlite3.Connection,
    query: str,
    title: str,
    standfirst: str,
    blocks: Sequence[str],
    filters: Filters | None = None,
) -> MarkedArticle:
    """Mark the words of a query as a search marks them in its hits. A phrase is marked within one block.

    An index in memory has a row for each block: FTS5 marks a block of a long article as it marks a short one.
    """
    texts = [title, standfirst, *blocks]
    in_letters = any(map(has_unsegmented_script, texts))
    latin, letters = marking_queries(parse_with_forms(db, query, filters).node)
    table, wanted = ("_cjk_fts", letters) if in_letters else ("articles_fts", latin)
    head: tuple[Pieces, Pieces] = ((title, False),), ((standfirst, False),)
    rest: list[Pieces] = [((block, False),) for block in blocks]
    if wanted is not None:
        with HitTexts(db) as index:
            memory = index.load_words(0, [title, standfirst, ""], table)
            for number, block in enumerate(blocks, 1):
                index.load_words(number, ["", "", block], table)
            columns = ", ".join(f"highlight({table}, {column}, '{_BEGIN}', '{_END}')" for column in range(3))
            sql = f"SELECT rowid, {columns} FROM {table} WHERE {table} MATCH ?"
            for number, *cells in memory.execute(sql, [wanted]):
                pieces = [_split(unsegment(cell) if in_letters else cell) for cell in cells]
                if number:
                    rest[number - 1] = pieces[2]
                else:
                    head = pieces[0], pieces[1]
    return MarkedArticle(*head, tuple(rest))


def _split(text: str) -> Pieces:
    pieces: list[tuple[str, bool]] = []
    marked = False
    for part in _marks.split(text):
        if part in (_BEGIN, _END):
            marked = part == _BEGIN
        elif part:
            pieces.append((part, marked))
    return tuple(pieces)
