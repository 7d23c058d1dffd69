"""Which articles a query finds, with their scores: the tree of `query.py` turned into SQL.

Articles with unspaced script are decided by `_cjk_fts`, all others by `articles_fts`, so that each
article is judged once, by the index that knows its words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING

from pipelines.archive.search.query import And, Node, Not, Or, Word, words
from pipelines.archive.search.unsegmented import BREAK, closed_up, has_unspaced, spaced

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

Row = tuple[float, int, int, int, str | None]
"""Score (smaller is better, as SQLite's bm25 has it; 0 when not asked for), seconds before 1970, article id,
shelf id, day (None when it was not asked for). So the smallest rows are the best, or the newest."""

WEIGHTS = "8.0, 3.0, 1.0"
"""What a word in the headline and the standfirst counts beside one in the text."""


MARKED = 12
"""How many of the words looked for are marked at most: a snippet's cost grows with the square of them."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a search beside its words; empty tuples, empty days and None narrow nothing.

    Several values of one kind widen each other. `since` and `until` are days (`YYYY-MM-DD`), both inclusive.
    An empty text among the values means "none given" (no section, unknown language).
    """

    source: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    changed: bool | None = None
    gone: bool | None = None
    paywalled: bool | None = None


@dataclass(slots=True)
class Matches:
    """The articles found. `capped` says that there are more than the ceiling allowed."""

    rows: list[Row]
    capped: bool = False
    latin: str | None = None
    """What to ask `articles_fts` for marked words; None when it cannot hold any."""
    letters: str | None = field(default=None)
    """The same for `_cjk_fts`."""


def match(
    db: sqlite3.Connection,
    node: Node | None,
    filters: Filters,
    *,
    ranked: bool,
    ceiling: int | None,
    days: bool = False,
) -> Matches:
    """The articles that the tree finds and the filters other than shelves let through.

    `ceiling` is how many to look at, the latest archived first; None for all. Without a tree, everything.
    """
    where, values = _narrowed(filters)
    day = "s.day" if days else "NULL"  # a text a row costs as much as the rest of the row
    limit = -1 if ceiling is None else ceiling + 1
    latin, letters = _marking(node)
    if node is None:
        sql = f"""
            SELECT 0.0, -at, article_id, group_id, {day} FROM _article_facets s
            WHERE 1{where} ORDER BY article_id DESC LIMIT ?
        """
        rows = db.execute(sql, [*values, limit]).fetchall()
    else:
        words_only, conditions = _apart(node)
        if words_only is None:
            rows = _by_sets(db, node, where, values, limit, day)
        else:
            for condition, positive in conditions:
                found = json.dumps(sorted(_ids(db, condition)))
                where += f" AND s.article_id {'' if positive else 'NOT '}IN (SELECT value FROM json_each(?))"
                values.append(found)
            rows = _by_words(db, words_only, where, values, limit, day, ranked=ranked)
    capped = ceiling is not None and len(rows) > ceiling
    return Matches(rows[:ceiling] if capped else rows, capped, latin, letters)


def expression(node: Node, *, letters: bool) -> str | None:
    """The tree in FTS5's language, for `_cjk_fts` or else `articles_fts`; None if nothing can match.

    Words are always quoted, so nothing of what people type is read as syntax.
    """
    match node:
        case Word():
            return _term(node, letters=letters)
        case And():
            parts = [expression(part, letters=letters) for part in node.parts]
            return None if None in parts else f"({' AND '.join(part for part in parts if part)})"
        case Or():
            known = [part for part in (expression(part, letters=letters) for part in node.parts) if part]
            return f"({' OR '.join(known)})" if known else None
        case Not():
            keep, drop = expression(node.keep, letters=letters), expression(node.drop, letters=letters)
            return f"({keep} NOT {drop})" if keep and drop else keep


def _term(word: Word, *, letters: bool) -> str | None:
    if has_unspaced(word.text) and not letters:
        return None
    text = spaced(word.text) if letters else word.text
    forms = [text, spaced(closed_up(word.text))] if BREAK in text else [text]
    quoted = [f'"{form.replace(chr(34), " ")}"{" *" if word.prefix else ""}' for form in forms]
    column = {"title": "title : ", "text": "{standfirst text} : "}.get(word.field, "")
    return column + (quoted[0] if len(quoted) == 1 else f"({' OR '.join(quoted)})")


def _marking(node: Node | None) -> tuple[str | None, str | None]:
    """Expressions that mark every word looked for, whatever joins them."""
    looked_for = dict.fromkeys(word for word in words(node) if word.field not in ("author", "source"))
    plain = list(looked_for)[:MARKED]
    return tuple(  # type: ignore[return-value]
        " OR ".join(f"({term})" for word in plain if (term := _term(word, letters=letters))) or None
        for letters in (False, True)
    )


def _apart(node: Node) -> tuple[Node | None, list[tuple[Word, bool]]]:
    """The part that full-text search answers, and the `author:` and `source:` that stand beside it.

    None when they cannot be taken apart: `author:x OR y`, or no words at all.
    """
    if not _has_condition(node):
        return node, []
    match node:
        case And() if all(isinstance(part, Word) or not _has_condition(part) for part in node.parts):
            conditions = [
                (part, True) for part in node.parts if isinstance(part, Word) and _has_condition(part)
            ]
            rest = tuple(part for part in node.parts if not _has_condition(part))
            if rest:
                return (And(rest) if len(rest) > 1 else rest[0]), conditions
        case Not(keep, Word() as drop) if _has_condition(drop):
            kept, conditions = _apart(keep)
            if kept is not None:
                return kept, [*conditions, (drop, False)]
        case Not(keep, drop) if not _has_condition(drop):
            kept, conditions = _apart(keep)
            if kept is not None:
                return Not(kept, drop), conditions
        case _:
            pass
    return None, []


def _has_condition(node: Node) -> bool:
    return any(word.field in ("author", "source") for word in words(node, dropped=True))


def _by_words(
    db: sqlite3.Connection,
    node: Node,
    where: str,
    values: list[object],
    limit: int,
    day: str,
    *,
    ranked: bool,
) -> list[Row]:
    some_unspaced = db.execute("SELECT 1 FROM _cjk_fts_docsize LIMIT 1").fetchone() is not None
    rows: list[Row] = []
    for table, letters in (("articles_fts", False), ("_cjk_fts", True)):
        asked = expression(node, letters=letters)
        if asked is None or (letters and not some_unspaced):
            continue
        score = f"bm25({table}, {WEIGHTS})" if ranked else "0.0"
        others = ""
        if some_unspaced and not letters:
            others = " AND s.group_id NOT IN (SELECT id FROM _facet_groups WHERE unspaced)"
        sql = f"""
            SELECT {score}, -s.at, s.article_id, s.group_id, {day}
            FROM {table} CROSS JOIN _article_facets s ON s.article_id = {table}.rowid
            WHERE {table} MATCH ?{where}{others} ORDER BY {table}.rowid DESC LIMIT ?
        """
        rows += db.execute(sql, [asked, *values, limit]).fetchall()
    if some_unspaced and limit >= 0:
        rows.sort(key=itemgetter(2), reverse=True)
    return rows


def _by_sets(
    db: sqlite3.Connection, node: Node, where: str, values: list[object], limit: int, day: str
) -> list[Row]:
    """For `author:x OR y` and the like: each leaf's articles, joined as sets."""
    found = _scored(db, node)
    sql = f"""
        SELECT s.article_id, -s.at, s.group_id, {day}
        FROM json_each(?) AS found CROSS JOIN _article_facets s ON s.article_id = found.value
        WHERE 1{where} ORDER BY s.article_id DESC LIMIT ?
    """
    rows = db.execute(sql, [json.dumps(sorted(found)), *values, limit])
    return [(found[article], at, article, shelf, on) for article, at, shelf, on in rows]


def _scored(db: sqlite3.Connection, node: Node) -> dict[int, float]:
    if not _has_condition(node):
        rows = _by_words(db, node, "", [], -1, "NULL", ranked=True)
        return {row[2]: row[0] for row in rows}
    match node:
        case Word():
            return dict.fromkeys(_ids(db, node), 0.0)
        case Not():
            drop = _scored(db, node.drop)
            return {
                article: score for article, score in _scored(db, node.keep).items() if article not in drop
            }
        case And() | Or():
            parts = [_scored(db, part) for part in node.parts]
            kept = set(parts[0])
            for part in parts[1:]:
                kept = kept & part.keys() if isinstance(node, And) else kept | part.keys()
            return {article: sum(part.get(article, 0.0) for part in parts) for article in kept}


def _ids(db: sqlite3.Connection, word: Word) -> Iterable[int]:
    if word.field == "source":
        wanted = sources_named(db, word)
        marks = ", ".join("?" * len(wanted))
        shelves = f"SELECT id FROM _facet_groups WHERE source_id IN ({marks})"
        sql = f"SELECT article_id FROM _article_facets WHERE group_id IN ({shelves})"
        return [row[0] for row in db.execute(sql, wanted)]
    people = (
        ("SELECT id FROM _terms WHERE kind = 'author' AND instr(name, ?)", word.text)
        if has_unspaced(word.text)
        else (
            "SELECT id FROM _terms WHERE kind = 'author' AND id IN (SELECT rowid FROM _terms_fts WHERE _terms_fts MATCH ?)",
            _term(Word(word.text, word.prefix), letters=False),
        )
    )
    sql = f"SELECT article_id FROM _article_terms WHERE term_id IN ({people[0]})"
    return {row[0] for row in db.execute(sql, [people[1]])}


def sources_named(db: sqlite3.Connection, word: Word) -> list[str]:
    """The ids of the sources meant by `source:...`: the id itself, or a part of id or name in any case."""
    sources = db.execute("SELECT id, name FROM sources").fetchall()
    wanted = word.text.casefold()
    if not word.prefix and any(wanted == source.casefold() for source, _ in sources):
        return [source for source, _ in sources if wanted == source.casefold()]
    return [source for source, name in sources if wanted in source.casefold() or wanted in name.casefold()]


def _narrowed(filters: Filters) -> tuple[str, list[object]]:
    """SQL, beginning with AND, for the filters that are not of shelves."""
    where, values = "", list[object]()
    for sign, day in ((">=", filters.since), ("<=", filters.until)):
        if day:
            where += f" AND s.day {sign} ?"
            values.append(day)
    for names, kind in ((filters.author, "author"), (filters.tag, "tag")):
        if names:
            marks = ", ".join("?" * len(names))
            where += f"""
                AND s.article_id IN (
                    SELECT article_id FROM _article_terms
                    WHERE term_id IN (SELECT id FROM _terms WHERE kind = '{kind}' AND name IN ({marks}))
                )"""
            values += names
    return where, values
