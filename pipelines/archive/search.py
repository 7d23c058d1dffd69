"""Search the archive: one piece of code for the browser, the command and JSON. Opens the file read-only.

The language of queries is in `query.py`; how words of every script are found, in `matching.py`.
"""

from __future__ import annotations

import heapq
import json
import re
import sqlite3
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .matching import Filters, Matches, Row, match
from .query import parse
from .unspaced import has_unspaced, unspaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Sort = Literal["relevance", "newest", "archived"]
"""Best first; by when they were published; by when they were archived."""
Pieces = tuple[tuple[str, bool], ...]
"""Text in pieces, each with whether it is a word searched for. Nothing is escaped: each output does that."""

_BEGIN, _END = "\x02", "\x03"
_marks = re.compile(f"([{_BEGIN}{_END}])")
FACETED = 2000
"""Of how many articles found authors and tags are counted; the other counts are of all."""


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


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of the articles found have each value, most first; each kind leaves its own filter out.

    `sampled` is 0, or of how many articles authors and tags were counted when there were too many for all.
    """

    source: tuple[tuple[str, int], ...]
    section: tuple[tuple[str, int], ...]
    language: tuple[tuple[str, int], ...]
    author: tuple[tuple[str, int], ...]
    tag: tuple[tuple[str, int], ...]
    changed: int
    gone: int
    paywalled: int
    sampled: int = 0


@dataclass(frozen=True, slots=True)
class Results:
    """`total` counts all that was found, or, if `capped`, what was found among the latest looked at.

    `problem` is a sentence for the reader when the query's syntax was off, else empty.
    """

    query: str
    total: int
    hits: tuple[Hit, ...]
    problem: str = ""
    capped: bool = False
    counts: Counts | None = None


def search(
    archive: str | Path | sqlite3.Connection,
    query: str,
    *,
    limit: int = 20,
    offset: int = 0,
    source: str | Sequence[str] | None = None,
    section: str | Sequence[str] | None = None,
    author: str | Sequence[str] | None = None,
    language: str | Sequence[str] | None = None,
    tag: str | Sequence[str] | None = None,
    since: str | None = None,
    until: str | None = None,
    changed: bool | None = None,
    gone: bool | None = None,
    paywalled: bool | None = None,
    sort: Sort = "relevance",
    count: bool = False,
    ceiling: int | None = None,
) -> Results:
    """Find articles. No query text can make it fail; an empty one finds everything, newest first.

    `since` and `until` are days (`YYYY-MM-DD`), both inclusive. `count` adds what the results can be
    narrowed by. `ceiling` bounds the work on words that nearly every article has: no more than so many
    matches are looked at, the latest archived first.
    """
    filters = Filters(
        _several(source),
        _several(section),
        _several(author),
        _several(language),
        _several(tag),
        since or "",
        until or "",
        changed,
        gone,
        paywalled,
    )
    with reading(archive) as db:
        return find(db, query, filters, limit=limit, offset=offset, sort=sort, count=count, ceiling=ceiling)


def find(
    db: sqlite3.Connection,
    query: str,
    filters: Filters,
    *,
    limit: int = 20,
    offset: int = 0,
    sort: Sort = "relevance",
    count: bool = False,
    ceiling: int | None = None,
) -> Results:
    """`search` on an open connection with the filters in one piece."""
    asked = parse(query)
    if asked.node is None and asked.problem:
        return Results(query, 0, (), asked.problem, counts=_counts(db, [], {}, filters) if count else None)
    shelves = shelf_states(db)
    if asked.node is None and not (filters.author or filters.tag or filters.since or filters.until):
        return _newest(db, query, filters, shelves, limit=limit, offset=offset, count=count, sort=sort)
    ranked = sort == "relevance" and asked.node is not None
    found = match(db, asked.node, filters, ranked=ranked, ceiling=ceiling)
    allowed = {shelf for shelf, state in shelves.items() if state.passes(filters)}
    rows = found.rows if len(allowed) == len(shelves) else [row for row in found.rows if row[3] in allowed]
    by = (lambda row: -row[2]) if sort == "archived" else None
    best = heapq.nsmallest(offset + limit, rows, key=by)[offset:]
    return Results(
        query,
        len(rows),
        tuple(_hits(db, [row[2] for row in best], found, offset)),
        asked.problem,
        found.capped,
        _counts(db, found.rows, shelves, filters) if count else None,
    )


def _newest(
    db: sqlite3.Connection,
    query: str,
    filters: Filters,
    shelves: dict[int, Shelf],
    *,
    limit: int,
    offset: int,
    count: bool,
    sort: Sort,
) -> Results:
    """With nothing to look for: the shelves know how many there are, an index which are the newest."""
    on_shelf = Counter(dict(db.execute("SELECT id, articles FROM shelves WHERE articles")))
    allowed = [shelf for shelf in on_shelf if shelves[shelf].passes(filters)]
    where = ""
    if len(allowed) < len(on_shelf):
        where = " WHERE shelf_id IN (SELECT value FROM json_each(:allowed))"
    sql = (
        f"SELECT article_id FROM shelved{where} ORDER BY at DESC, article_id DESC LIMIT :limit OFFSET :offset"
    )
    values = {"allowed": json.dumps(allowed), "limit": FACETED if count else limit, "offset": offset}
    ids = [row[0] for row in db.execute(sql, values)]
    total = sum(on_shelf[shelf] for shelf in allowed)
    counts = None
    if count:
        sample = ids if not offset else [row[0] for row in db.execute(sql, {**values, "offset": 0})]
        counts = _counted(db, on_shelf, sample, shelves, filters, sampled=FACETED if total > FACETED else 0)
    return Results(query, total, tuple(_hits(db, ids[:limit], Matches([]), offset)), counts=counts)


@contextmanager
def reading(archive: str | Path | sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A read-only connection to the archive, or the one given."""
    if isinstance(archive, sqlite3.Connection):
        yield archive
        return
    db = sqlite3.connect(f"{Path(archive).absolute().as_uri()}?mode=ro", uri=True)
    try:
        yield db
    finally:
        db.close()


@dataclass(frozen=True, slots=True)
class Shelf:
    """One combination of what articles are counted by."""

    source: str
    section: str
    language: str
    paywalled: bool
    changed: bool
    gone: bool

    def passes(self, filters: Filters, without: str = "") -> bool:
        """Whether its articles pass the filters, one kind of them left out."""
        for kind in ("source", "section", "language"):
            wanted = getattr(filters, kind)
            if wanted and kind != without and getattr(self, kind) not in wanted:
                return False
        for kind in ("paywalled", "changed", "gone"):
            wanted = getattr(filters, kind)
            if wanted is not None and kind != without and getattr(self, kind) != wanted:
                return False
        return True


def shelf_states(db: sqlite3.Connection) -> dict[int, Shelf]:
    """Every shelf by its id."""
    sql = "SELECT id, source_id, section, language, access = 'paywalled', changed, gone FROM shelves"
    return {
        row[0]: Shelf(row[1], row[2], row[3], bool(row[4]), bool(row[5]), bool(row[6]))
        for row in db.execute(sql)
    }


def _several(value: str | Sequence[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _counts(db: sqlite3.Connection, rows: list[Row], shelves: dict[int, Shelf], filters: Filters) -> Counts:
    on_shelf = Counter(map(itemgetter(3), rows))
    allowed = {shelf for shelf in on_shelf if shelves[shelf].passes(filters)}
    sample = [row[2] for row in islice((row for row in rows if row[3] in allowed), FACETED + 1)]
    sampled = FACETED if len(sample) > FACETED else 0
    return _counted(db, on_shelf, sample[:FACETED], shelves, filters, sampled=sampled)


def _counted(
    db: sqlite3.Connection,
    on_shelf: Counter[int],
    sample: list[int],
    shelves: dict[int, Shelf],
    filters: Filters,
    *,
    sampled: int,
) -> Counts:
    by: dict[str, Counter[str]] = {}
    for kind in ("source", "section", "language"):
        by[kind] = Counter()
        for shelf, articles in on_shelf.items():
            if shelves[shelf].passes(filters, without=kind):
                by[kind][getattr(shelves[shelf], kind)] += articles
    state = {
        kind: sum(
            articles
            for shelf, articles in on_shelf.items()
            if getattr(shelves[shelf], kind) and shelves[shelf].passes(filters, without=kind)
        )
        for kind in ("changed", "gone", "paywalled")
    }
    return Counts(
        source=tuple(by["source"].most_common()),
        section=tuple(by["section"].most_common()),
        language=tuple(by["language"].most_common()),
        author=_names(db, sample, "article_people", "people", "person_id"),
        tag=_names(db, sample, "article_labels", "labels", "label_id"),
        changed=state["changed"],
        gone=state["gone"],
        paywalled=state["paywalled"],
        sampled=sampled,
    )


def _names(
    db: sqlite3.Connection, ids: list[int], link: str, many: str, one: str
) -> tuple[tuple[str, int], ...]:
    sql = f"""
        SELECT name, articles FROM (
            SELECT {one} AS id, count(*) AS articles
            FROM json_each(?) CROSS JOIN {link} ON article_id = value
            GROUP BY {one} ORDER BY articles DESC, {one} LIMIT 20
        ) JOIN {many} USING (id) ORDER BY articles DESC, name
    """
    return tuple(db.execute(sql, [json.dumps(ids)]))


_columns = """
    a.id, a.url, a.title, a.source_id, coalesce(s.name, a.source_id), a.published_at, h.day, a.authors,
    a.section, a.language, a.access, a.revision, a.gone_at, a.first_seen_at, a.standfirst,
    substr(a.text, 1, 400)
"""


def _hits(db: sqlite3.Connection, ids: list[int], found: Matches, offset: int) -> Iterable[Hit]:
    sql = f"""
        SELECT {_columns} FROM articles a JOIN shelved h ON h.article_id = a.id
        LEFT JOIN sources s ON s.id = a.source_id WHERE a.id = ?
    """
    for rank, article in enumerate(ids, offset + 1):
        row = db.execute(sql, [article]).fetchone()
        if row is None:
            continue
        title, snippet = _marked(db, article, found)
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


def names(cell: str | None) -> tuple[str, ...]:
    """The texts of a cell that holds a JSON list; nothing for any other content."""
    try:
        values = json.loads(cell or "[]")
    except ValueError:
        return ()
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()


def _marked(db: sqlite3.Connection, article: int, found: Matches) -> tuple[Pieces, Pieces]:
    """Headline and snippet with the words marked; empty when no word is in them."""
    for table, asked, length in (("unspaced_fts", found.letters, 60), ("articles_fts", found.latin, 36)):
        if asked is None:
            continue
        cut = f"'{_BEGIN}', '{_END}', '…', {length}"
        sql = f"""
            SELECT highlight({table}, 0, '{_BEGIN}', '{_END}'),
                   snippet({table}, 2, {cut}), snippet({table}, 1, {cut})
            FROM {table} WHERE {table} MATCH ? AND rowid = ?
        """
        row = db.execute(sql, [asked, article]).fetchone()
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
