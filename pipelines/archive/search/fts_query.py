"""The tree of a query in FTS5's query language. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.archive.search.query import CONDITIONS, And, Node, Not, Or, Word, words
from pipelines.archive.search.unsegmented import BREAK, close_gaps, decompose_hangul, has_unsegmented, segment

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKED = 12
"""Words that are marked at most: the cost of a snippet grows with the square of them."""


ARTICLE_COLUMNS = {"title": "title : ", "text": "{standfirst text} : "}
"""The columns of the indexes of articles and versions, by the fields of a query."""
CHANGE_COLUMNS = {"title": "title : ", "text": "{added removed} : "}
"""Those of the index of changes."""


def fts_query(node: Node, *, letters: bool, columns: Mapping[str, str] = ARTICLE_COLUMNS) -> str | None:
    """The tree in FTS5's query language, for `_cjk_fts` (`letters`) or `articles_fts`; None if nothing can match.

    All words are quoted, so FTS5 reads no syntax in what people type.
    """
    match node:
        case Word():
            return fts_term(node, letters=letters, columns=columns)
        case And():
            parts = [fts_query(part, letters=letters, columns=columns) for part in node.parts]
            return None if None in parts else f"({' AND '.join(part for part in parts if part)})"
        case Or():
            found = (fts_query(part, letters=letters, columns=columns) for part in node.parts)
            known = [part for part in found if part]
            return f"({' OR '.join(known)})" if known else None
        case Not():
            keep, drop = (
                fts_query(part, letters=letters, columns=columns) for part in (node.keep, node.drop)
            )
            return f"({keep} NOT {drop})" if keep and drop else keep


def fts_term(word: Word, *, letters: bool, columns: Mapping[str, str] = ARTICLE_COLUMNS) -> str | None:
    """One word in FTS5's query language, quoted and in its column; None if that index cannot have it.

    `articles_fts` has Korean only where a page writes it in single letters (jamo), with the particles at the word's end.
    """
    column = columns.get(word.field, "")
    if has_unsegmented(word.text) and not letters:
        jamo = decompose_hangul(word.text)
        return f'{column}"{jamo.replace(chr(34), " ")}" *' if jamo else None
    text = segment(word.text) if letters else word.text
    forms = [text, segment(close_gaps(word.text))] if BREAK in text else [text]
    quoted = [f'"{form.replace(chr(34), " ")}"{" *" if word.prefix else ""}' for form in forms]
    return column + (quoted[0] if len(quoted) == 1 else f"({' OR '.join(quoted)})")


def marking_queries(node: Node | None) -> tuple[str | None, str | None]:
    """For `articles_fts` and `_cjk_fts`: the queries that mark every word of the tree, whatever joins them."""
    plain = dict.fromkeys(word for word in words(node) if word.field not in CONDITIONS)
    looked_for = sorted(plain, key=lambda word: word.added)[:MARKED]  # forms after the words that were typed

    def any_of(*, letters: bool) -> str | None:
        terms = (fts_term(word, letters=letters) for word in looked_for)
        return " OR ".join(f"({term})" for term in terms if term) or None

    return any_of(letters=False), any_of(letters=True)
