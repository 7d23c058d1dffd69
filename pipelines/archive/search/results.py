"""Hits: one article found, with the query's words marked in its headline and in a piece of its text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from pipelines.archive.search.hit_texts import HitTexts
from pipelines.archive.search.unsegmented import has_unsegmented, unsegment

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from pipelines.archive.search.folding import StoryCount
    from pipelines.archive.search.match import Matches
    from pipelines.items import Corrected

Pieces = tuple[tuple[str, bool], ...]
"""Text in pieces, each with whether it is a word of the query. Not escaped: each output format does that."""

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
    version: int = 0
    """The superseded version that was found, whose headline and words these are; 0 for the article as it is."""
    version_seen_at: str = ""
    story: StoryCount | None = None
    """The story that it stands for, where hits are folded and it has one."""
    corrected: Corrected | None = None
    """What a person corrected, shown in place of what was read from the page; see `with_correction`."""

    @property
    def headline(self) -> str:
        """The title as one text."""
        return "".join(text for text, _ in self.title)


def with_correction(hit: Hit, corrected: Corrected | None) -> Hit:
    """A hit as a person corrected it; an old version keeps its headline. Pure."""
    if corrected is None:
        return hit
    changed: dict[str, Any] = {"corrected": corrected}
    if corrected.title is not None and not hit.version:
        changed["title"] = ((corrected.title, False),)
    if corrected.authors is not None:
        changed["authors"] = corrected.authors
    if corrected.published_at is not None:
        changed["published_at"] = corrected.published_at
    return replace(hit, **changed)


class _Row(NamedTuple):
    """The columns of `_COLUMNS`."""

    url: str
    title: str | None
    source: str
    source_name: str
    published_at: str | None
    day: str
    authors: str | None
    section: str | None
    language: str | None
    access: str | None
    revision: int
    gone_at: str | None
    first_seen_at: str
    beginning: str
    unspaced: int


_COLUMNS = """
    a.url, a.title, a.source_id, coalesce(s.name, a.source_id), a.published_at, h.day, a.authors, a.section,
    a.language, a.access, a.revision, a.gone_at, a.first_seen_at,
    iif(coalesce(a.standfirst, '') = '', substr(a.text, 1, 400), a.standfirst),
    coalesce((SELECT unspaced FROM _facet_groups WHERE id = h.group_id), 0)
"""

_PLAIN_FIELDS = [
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


def read_hits(db: sqlite3.Connection, ids: list[int], matches: Matches, offset: int) -> Iterator[Hit]:
    """The articles of these ids in this order, ranked from `offset` + 1."""
    sql = f"""
        SELECT {_COLUMNS} FROM articles a JOIN _article_facets h ON h.article_id = a.id
        LEFT JOIN sources s ON s.id = a.source_id WHERE a.id = ?
    """
    together = _mark_together(db, ids, matches)
    with HitTexts(db) as texts:
        for rank, article in enumerate(ids, offset + 1):
            found = db.execute(sql, [article]).fetchone()
            if found is None:
                continue
            row = _Row(*found)
            old = _read_old_version(db, matches.old[article]) if article in matches.old else None
            if old:
                row = row._replace(title=old.title, beginning=old.standfirst or old.text[:400])
                title, snippet = _mark_old_words(texts, old, matches)
            else:
                title, snippet = _mark_words(
                    db, texts, article, matches, together, in_letters=bool(row.unspaced)
                )
            yield Hit(
                article,
                rank,
                row.url,
                title or ((row.title or "", False),),
                source=row.source,
                source_name=row.source_name,
                published_at=row.published_at,
                day=row.day,
                authors=parse_list(row.authors),
                section=row.section or "",
                language=row.language or "",
                access=row.access,
                revision=row.revision,
                gone_at=row.gone_at,
                first_seen_at=row.first_seen_at,
                snippet=snippet or ((_cut_beginning(row.beginning), False),),
                version=old.number if old else 0,
                version_seen_at=old.seen_at if old else "",
            )


class _OldVersion(NamedTuple):
    """A row of `revisions`."""

    id: int
    number: int
    seen_at: str
    title: str
    standfirst: str
    text: str


def _read_old_version(db: sqlite3.Connection, row_id: int) -> _OldVersion:
    sql = (
        "SELECT id, number, seen_at, coalesce(title, ''), coalesce(standfirst, ''), text FROM revisions"
        " WHERE id = ?"
    )
    return _OldVersion(*db.execute(sql, [row_id]).fetchone())


def hit_as_dict(hit: Hit) -> dict[str, Any]:
    """A hit for JSON; `marks` are the places of the query's words in `snippet`, [start, end) in characters."""
    text, marks = "", []
    for piece, marked in hit.snippet:
        if marked:
            marks.append([len(text), len(text) + len(piece)])
        text += piece
    return {name: getattr(hit, name) for name in _PLAIN_FIELDS} | {
        "version": hit.version or hit.revision,
        "title": hit.headline,
        "authors": list(hit.authors),
        "first_seen_at": hit.first_seen_at,
        "snippet": text,
        "marks": marks,
    }


def corrected_as_dict(corrected: Corrected) -> dict[str, Any]:
    """What was corrected, for JSON."""
    values = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in corrected._asdict().items()
    }
    return {name: value for name, value in values.items() if value is not None}


def articles_at(db: sqlite3.Connection, urls: list[str]) -> dict[str, int]:
    """URL to article id, of those URLs that are an article's address."""
    sql = "SELECT a.url, a.id FROM json_each(?) CROSS JOIN articles a ON a.url = value"
    return dict(db.execute(sql, [json.dumps(urls)]))


def parse_list(cell: str | None) -> tuple[str, ...]:
    """The texts of a cell that has a JSON list (authors, tags, evidence); nothing for any other content."""
    try:
        values = json.loads(cell or "[]")
    except ValueError:
        return ()
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()


class _Marks(NamedTuple):
    """Parts of an article as an index has them, the words between `_BEGIN` and `_END`."""

    title: str | None
    text: str | None
    standfirst: str | None


NEAR = 1000
"""Ids between one hit and the next, on average, up to which all are marked in one walk through the index: FTS5 takes .1 to .4 ms to
begin a search for a single article, and walks past a thousand meanwhile."""
_LENGTH = 36


def _mark_together(db: sqlite3.Connection, ids: list[int], matches: Matches) -> dict[int, _Marks] | None:
    """The marks that `articles_fts` has for these articles, by id; None where they lie too far apart."""
    if not ids or matches.latin is None or matches.has_prefix or max(ids) - min(ids) > NEAR * len(ids):
        return None
    sql = _marks_sql(
        "articles_fts", _LENGTH, "rowid BETWEEN ? AND ? AND +rowid IN (SELECT value FROM json_each(?))"
    )
    rows = db.execute(sql, [matches.latin, min(ids), max(ids), json.dumps(ids)])
    return {article: _Marks(*marks) for article, *marks in rows}


def _marks_sql(table: str, length: int, which: str = "rowid = ?") -> str:
    cut = f"'{_BEGIN}', '{_END}', '…', {length}"
    return f"""
        SELECT rowid, highlight({table}, 0, '{_BEGIN}', '{_END}'),
               snippet({table}, 2, {cut}), snippet({table}, 1, {cut})
        FROM {table} WHERE {table} MATCH ? AND {which}
    """


def _mark_words(
    db: sqlite3.Connection,
    texts: HitTexts,
    article: int,
    matches: Matches,
    together: dict[int, _Marks] | None,
    *,
    in_letters: bool,
) -> tuple[Pieces, Pieces]:
    """Headline and snippet with the words marked; empty when neither has any of them. `in_letters`: `_cjk_fts` has the article."""
    marks = None
    if matches.letters is not None and in_letters:
        marks = _read_marks(texts.load(article, "_cjk_fts"), "_cjk_fts", 60, matches.letters, article)
    if marks is None and together is not None:
        marks = together.get(article)
    elif marks is None and matches.latin is not None:
        index = texts.load(article, "articles_fts") if matches.has_prefix else db
        marks = _read_marks(index, "articles_fts", _LENGTH, matches.latin, article)
    return _split(marks)


def _mark_old_words(texts: HitTexts, old: _OldVersion, matches: Matches) -> tuple[Pieces, Pieces]:
    """Headline and snippet of a superseded version with the words marked."""
    if matches.letters is None:
        return (), ()
    index = texts.load_words(-old.id, [old.title, old.standfirst, old.text])
    length = 60 if has_unsegmented(old.text[:400]) else _LENGTH
    return _split(_read_marks(index, "_cjk_fts", length, matches.letters, -old.id))


def _read_marks(index: sqlite3.Connection, table: str, length: int, query: str, row_id: int) -> _Marks | None:
    row = index.execute(_marks_sql(table, length), [query, row_id]).fetchone()
    return _Marks(*row[1:]) if row else None


def _split(marks: _Marks | None) -> tuple[Pieces, Pieces]:
    """Headline and snippet in pieces. Pure."""
    title, text, standfirst = (unsegment(cell or "") for cell in marks or ("", "", ""))
    return _split_marks(title), _split_marks(
        text if _BEGIN in text or _BEGIN not in standfirst else standfirst
    )


def _split_marks(text: str) -> Pieces:
    pieces: list[tuple[str, bool]] = []
    marked = False
    for part in _marks.split(_on_one_line(text)):
        if part in (_BEGIN, _END):
            marked = part == _BEGIN
        elif part:
            pieces.append((part, marked))
    return tuple(pieces)


def _cut_beginning(text: str) -> str:
    """The first lines of an article, for one without words to mark."""
    text = _on_one_line(text)
    length = 110 if has_unsegmented(text[:40]) else 240
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + "…"


def _on_one_line(text: str) -> str:
    """A piece of article text on one line, without the marks that begin headings, items and quotations."""
    return " ".join(re.sub(r"(?m)^(?:## |- |> |! )", "", text).split())
