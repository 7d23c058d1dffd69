"""The changes that publishers made, with their words, from the table `changes`: the latest first, page by page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from pipelines.archive.file_checks import has_table
from pipelines.archive.search.fts_query import CHANGE_COLUMNS, fts_query
from pipelines.archive.search.query import CONDITIONS, parse, words
from pipelines.decisions.change_kinds import ChangeKind, split_kinds
from pipelines.decisions.changed_words import Place, load_places
from pipelines.decisions.revisions import Version, name_kinds

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

KINDS = tuple(kind.value for kind in ChangeKind)
"""Names of kinds, in their order."""
PER_PAGE = 50
CEILING = 20_000
"""Changes with the words looked for that a page examines, the last noted first."""
OLDER = "This archive is of an older Clippings, which noted no changes. Crawl once to bring it up to date."
DAYS = 14
"""Days of which a page shows the numbers."""


@dataclass(frozen=True, slots=True)
class ChangeFilters:
    """What narrows changes; empty texts and tuples narrow nothing. Several sources or kinds widen each other.

    `since` and `until` are days (`YYYY-MM-DD`, both inclusive) or, the first, a time. `query` looks for words that were
    put in or taken away, and in headlines.
    """

    source: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one article, first seen at `at`. `number` is the version it led to, 0 where it led to none.

    `title` is the headline after it. The numbers of words have letters in scripts without spaces.
    """

    id: int
    article_id: int
    at: str
    kinds: tuple[str, ...]
    number: int
    title: str
    source: str
    source_name: str
    url: str
    language: str
    words_added: int
    words_removed: int
    added: str
    removed: str
    places: tuple[Place, ...]

    @property
    def old_title(self) -> str:
        """The headline before it."""
        for place in self.places:
            if place.kind == ChangeKind.HEADLINE:
                return "".join(run.text for run in place.runs if run.kind != "added")
        return self.title

    @property
    def words(self) -> int:
        """Words by which it made the article longer, negative for shorter."""
        return self.words_added - self.words_removed

    @property
    def day(self) -> str:
        """The day (UTC) on which it was seen."""
        return self.at[:10]


class PageOfDay(NamedTuple):
    """The place of a page in the list: it begins with so many pages of this day left out."""

    day: str
    page: int = 1


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of changes, of whole days where they fit; `problem` says in a sentence what of the query was not understood.

    `days` has the numbers of the last days up to the first of the page.
    """

    changes: tuple[Change, ...]
    earlier: PageOfDay | None = None
    later: PageOfDay | None = None
    days: tuple[tuple[str, int], ...] = ()
    problem: str = ""


class _Where(NamedTuple):
    """SQL, beginning with AND, and its values."""

    sql: str
    values: tuple[object, ...]
    problem: str = ""


def read_changes(
    db: sqlite3.Connection,
    filters: ChangeFilters = ChangeFilters(),
    *,
    at: PageOfDay = PageOfDay(""),  # noqa: B008
    limit: int = PER_PAGE,
) -> Changes:
    """Read the changes of a day and of as many days before it as a page holds; without a day, the latest."""
    if not has_table(db, "changes"):
        return Changes((), problem=OLDER)
    where = _where(filters, _find_words(db, filters.query))
    before = (" AND c.seen_at < ?", (_after(at.day),)) if at.day else ("", ())
    values = (*where.values, *before[1])
    rows = list(_select(db, where.sql + before[0], values, limit + 1, (at.page - 1) * limit))
    shown, earlier = _cut_to_days(rows, limit, at)
    first = shown[0].day if shown else at.day
    return Changes(
        tuple(shown),
        earlier,
        _find_later(db, where, at, limit) if at.day else None,
        _count_days(db, where, first, today=at.day == ""),
        where.problem,
    )


def _cut_to_days(rows: list[Change], limit: int, at: PageOfDay) -> tuple[list[Change], PageOfDay | None]:
    """The rows of whole days among these, and where the page before begins; a day longer than a page is cut."""
    if len(rows) <= limit:
        return rows, None
    last = rows[limit].day
    if rows[0].day == last:
        return rows[:limit], PageOfDay(last, at.page + 1 if at.day == last or not at.day else 2)
    return [row for row in rows if row.day != last], PageOfDay(last)


def _find_later(db: sqlite3.Connection, where: _Where, at: PageOfDay, limit: int) -> PageOfDay | None:
    """Where the page begins that ends before this one; the first page has no day."""
    if at.page > 1:
        return PageOfDay(at.day, at.page - 1)
    sql = f"SELECT substr(c.seen_at, 1, 10) FROM changes c WHERE c.seen_at >= ?{where.sql} ORDER BY c.seen_at LIMIT ?"
    days = [row[0] for row in db.execute(sql, [_after(at.day), *where.values, limit + 1])]
    if not days:
        return None
    if len(days) <= limit:
        return PageOfDay("")
    whole = [day for day in days if day != days[-1]]
    return PageOfDay(whole[-1] if whole else days[0])


def _count_days(
    db: sqlite3.Connection, where: _Where, first: str, *, today: bool
) -> tuple[tuple[str, int], ...]:
    """The number of changes of each of the days up to `first`, the latest first."""
    if not first:
        return ()
    try:
        since = (date.fromisoformat(first) - timedelta(days=DAYS - 1)).isoformat()
    except (ValueError, OverflowError):
        return ()
    sql = f"""
        SELECT substr(c.seen_at, 1, 10), count(*) FROM changes c
        WHERE c.seen_at >= ? AND c.seen_at < ?{where.sql} GROUP BY 1 ORDER BY 1 DESC
    """
    return tuple(db.execute(sql, [since, _after(first), *where.values]))


def iterate_changes(
    db: sqlite3.Connection,
    filters: ChangeFilters = ChangeFilters(),
) -> Iterator[Change]:
    """All these changes, the latest first."""
    where = _where(filters, _match_words(filters.query))
    yield from _select(db, where.sql, where.values, -1, 0)


def read_events(db: sqlite3.Connection, article_id: int) -> tuple[Change, ...]:
    """The changes of an article that led to no version, the latest first: gone, back, a byline or date alone."""
    where = " AND c.article_id = ? AND c.number = 0"
    return tuple(_select(db, where, (article_id,), -1, 0)) if has_table(db, "changes") else ()


class NotedVersion(Version, Protocol):
    """`change` has the kinds of the change that followed, as noted then: a JSON list, or None."""

    @property
    def change(self) -> str | None: ...


def kinds_of(old: NotedVersion, new: Version) -> tuple[str, ...]:
    """The kinds of change between a version and the next; empty where nobody knows who changed what."""
    return name_kinds(old.change, old, new)


class Texts(NamedTuple):
    """The text before a change and the text after it; of one that led to no version, the text held twice."""

    old: str
    new: str


def read_texts(db: sqlite3.Connection, change: Change) -> Texts:
    """Read both texts of a change."""
    if not change.number:
        (text,) = db.execute("SELECT text FROM articles WHERE id = ?", [change.article_id]).fetchone()
        return Texts(text, text)
    old = _read_text(db, change.article_id, change.number - 1)
    # The change led to this text, before reading by other rules put another in its place.
    sql = "SELECT text FROM unexplained_versions WHERE article_id = ? AND revision = ? ORDER BY id LIMIT 1"
    first = db.execute(sql, [change.article_id, change.number]).fetchone()
    return Texts(old, first[0] if first else _read_text(db, change.article_id, change.number))


def _read_text(db: sqlite3.Connection, article_id: int, number: int) -> str:
    sql = (
        "SELECT text FROM revisions WHERE article_id = :id AND number = :number"
        " UNION ALL SELECT text FROM articles WHERE id = :id LIMIT 1"
    )
    return str(db.execute(sql, {"id": article_id, "number": number}).fetchone()[0])


def _after(day: str) -> str:
    """What is greater than all times of a day, and smaller than those of the next."""
    return day[:10] + "U"


def _find_words(db: sqlite3.Connection, text: str) -> _Where:
    """As `_match_words`, with the words looked up once, and up to `CEILING` changes that have them."""
    found = _match_words(text)
    if not found.values:
        return found
    sql = "SELECT rowid FROM _changes_fts WHERE _changes_fts MATCH ? ORDER BY rowid DESC LIMIT ?"
    ids = [row[0] for row in db.execute(sql, [*found.values, CEILING + 1])]
    said = f"Only the latest {CEILING:,} changes with these words were looked through: narrow the search."
    problem = " ".join(filter(None, [found.problem, said if len(ids) > CEILING else ""]))
    return _Where(" AND c.id IN (SELECT value FROM json_each(?))", (json.dumps(ids[:CEILING]),), problem)


def _where(filters: ChangeFilters, found: _Where) -> _Where:
    sql, values = found.sql, [*found.values]
    if filters.source:
        sql += f" AND c.source_id IN ({', '.join('?' * len(filters.source))})"
        values += filters.source
    if filters.kinds:
        # As the indexes of single kinds say it: SQLite compares the words.
        terms = [f"instr(c.kinds, '{kind}')" for kind in KINDS if kind in filters.kinds]
        sql += f" AND ({' OR '.join(terms) or '0'})"
    if filters.since:
        sql += " AND c.seen_at >= ?"
        values.append(filters.since)
    if filters.until:
        sql += " AND c.seen_at < ?"
        values.append(_after(filters.until))
    return _Where(sql, tuple(values), found.problem)


def describe_query(text: str) -> str:
    """What of a search within changes was not understood, in a sentence, or ''."""
    return _match_words(text).problem


def _match_words(text: str) -> _Where:
    """The condition that changes have these words; none without any."""
    if not text.strip():
        return _Where("", ())
    query = parse(text)
    if query.node is None:
        return _Where(" AND 0", (), query.problem or "There is nothing to look for.")
    if query.wants_forms:
        return _Where(" AND 0", (), "Changes are searched by the words as they stand: leave in:forms out.")
    if any(word.field in CONDITIONS for word in words(query.node, dropped=True)):
        return _Where(" AND 0", (), "Changes are searched by their words; narrow them by source beside.")
    match = fts_query(query.node, letters=True, columns=CHANGE_COLUMNS)
    if match is None:
        return _Where(" AND 0", (), query.problem)
    sql = " AND c.id IN (SELECT rowid FROM _changes_fts WHERE _changes_fts MATCH ?)"
    return _Where(sql, (match,), query.problem)


def _select(
    db: sqlite3.Connection, where: str, values: tuple[object, ...], limit: int, offset: int
) -> Iterator[Change]:
    # The ids alone are sorted, not the rows with their words; CROSS JOIN keeps their order.
    sql = f"""
        SELECT c.id, c.article_id, c.seen_at, c.kinds, c.number, c.title, c.source_id, coalesce(s.name, c.source_id),
               a.url, coalesce(a.language, ''), c.words_added, c.words_removed, c.added, c.removed, c.places
        FROM (
            SELECT c.id FROM changes c WHERE 1{where} ORDER BY c.seen_at DESC, c.id DESC LIMIT ? OFFSET ?
        ) AS found CROSS JOIN changes c ON c.id = found.id
        CROSS JOIN articles a ON a.id = c.article_id LEFT JOIN sources s ON s.id = c.source_id
    """
    return map(_change, db.execute(sql, [*values, limit, offset]))


def _change(row: tuple[Any, ...]) -> Change:
    return Change(*(*row[:3], split_kinds(row[3]), *row[4:-1], load_places(row[-1])))
