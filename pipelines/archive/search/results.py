"""One article found, with the words searched for marked in its headline and in a piece of its text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.archive.search.cjk_texts import CjkTexts
from pipelines.archive.search.unsegmented import has_unspaced, unspaced

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from pipelines.archive.search.match import Matches

Pieces = tuple[tuple[str, bool], ...]
"""Text in pieces, each with whether it is a word searched for. Nothing is escaped: each output does that."""

_BEGIN, _END = "\x02", "\x03"
_marks = re.compile(f"([{_BEGIN}{_END}])")


@dataclass(frozen=True, slots=True)
class Hit:
    """One article found. `rank` begins at 1; `published_at` is as the article has it, `day` always a day."""

    id: int
    rank: int
    url: str
    title: Pieces
    source: str
    source_name: str
    published_at: str | None
    day: str
    authors: tuple[str, ...]
    section: str
    language: str
    access: str | None
    revision: int
    gone_at: str | None
    first_seen_at: str
    snippet: Pieces

    @property
    def headline(self) -> str:
        """The title in one piece."""
        return "".join(text for text, _ in self.title)


_columns = """
    a.id, a.url, a.title, a.source_id, coalesce(s.name, a.source_id), a.published_at, h.day, a.authors,
    a.section, a.language, a.access, a.revision, a.gone_at, a.first_seen_at, a.standfirst,
    substr(a.text, 1, 400)
"""


def read(db: sqlite3.Connection, ids: list[int], found: Matches, offset: int) -> Iterable[Hit]:
    """The articles of these ids in this order, ranked from `offset` + 1."""
    sql = f"""
        SELECT {_columns} FROM articles a JOIN _article_facets h ON h.article_id = a.id
        LEFT JOIN sources s ON s.id = a.source_id WHERE a.id = ?
    """
    with CjkTexts(db) as cjk_texts:
        for rank, article in enumerate(ids, offset + 1):
            row = db.execute(sql, [article]).fetchone()
            if row is None:
                continue
            title, snippet = _marked(db, cjk_texts, article, found)
            yield Hit(
                article,
                rank,
                row[1],
                title or ((row[2] or "", False),),
                source=row[3],
                source_name=row[4],
                published_at=row[5],
                day=row[6],
                authors=names(row[7]),
                section=row[8] or "",
                language=row[9] or "",
                access=row[10],
                revision=row[11],
                gone_at=row[12],
                first_seen_at=row[13],
                snippet=snippet or ((_beginning(row[14] or row[15]), False),),
            )


def as_dict(hit: Hit) -> dict[str, Any]:
    """A hit for JSON; `marks` are where the words searched for stand in `snippet`, [start, end) in letters."""
    text, marks = "", []
    for piece, marked in hit.snippet:
        if marked:
            marks.append([len(text), len(text) + len(piece)])
        text += piece
    plain = [
        "id",
        "rank",
        "url",
        "source",
        "source_name",
        "published_at",
        "day",
        "section",
        "language",
        "access",
        "revision",
        "gone_at",
    ]
    return {name: getattr(hit, name) for name in plain} | {
        "title": hit.headline,
        "authors": list(hit.authors),
        "first_seen_at": hit.first_seen_at,
        "snippet": text,
        "marks": marks,
    }


def held(db: sqlite3.Connection, urls: list[str]) -> dict[str, int]:
    """The articles that these URLs are the addresses of; those that are of none are left out."""
    sql = "SELECT a.url, a.id FROM json_each(?) CROSS JOIN articles a ON a.url = value"
    return dict(db.execute(sql, [json.dumps(urls)]))


def names(cell: str | None) -> tuple[str, ...]:
    """The texts of a cell that holds a JSON list; nothing for any other content."""
    try:
        values = json.loads(cell or "[]")
    except ValueError:
        return ()
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()


def _marked(
    db: sqlite3.Connection, cjk_texts: CjkTexts, article: int, found: Matches
) -> tuple[Pieces, Pieces]:
    """Headline and snippet with the words marked; empty when no word is in them."""
    for table, asked, length in (("_cjk_fts", found.letters, 60), ("articles_fts", found.latin, 36)):
        if asked is None:
            continue
        cut = f"'{_BEGIN}', '{_END}', '…', {length}"
        sql = f"""
            SELECT highlight({table}, 0, '{_BEGIN}', '{_END}'),
                   snippet({table}, 2, {cut}), snippet({table}, 1, {cut})
            FROM {table} WHERE {table} MATCH ? AND rowid = ?
        """
        index = cjk_texts.load(article) if table == "_cjk_fts" else db
        row = index.execute(sql, [asked, article]).fetchone()
        if row is not None:
            title, text, standfirst = (unspaced(cell or "") for cell in row)
            return _pieces(title), _pieces(text if _BEGIN in text or _BEGIN not in standfirst else standfirst)
    return (), ()


def _pieces(text: str) -> Pieces:
    pieces: list[tuple[str, bool]] = []
    marked = False
    for part in _marks.split(_plain(text)):
        if part in (_BEGIN, _END):
            marked = part == _BEGIN
        elif part:
            pieces.append((part, marked))
    return tuple(pieces)


def _beginning(text: str) -> str:
    """The first lines of an article, for one that has no words to mark."""
    text = _plain(text)
    length = 110 if has_unspaced(text[:40]) else 240
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + "…"


def _plain(text: str) -> str:
    """A piece of article text on one line, without the marks that begin headings, items and quotations."""
    return " ".join(re.sub(r"(?m)^(?:## |- |> )", "", text).split())
