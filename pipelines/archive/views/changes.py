"""What publishers changed: each change of each article, by kind, the latest first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pipelines.decisions.revisions import blocks
from pipelines.extraction.notices import is_notice

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

KINDS = ("headline", "standfirst", "text", "correction", "gone")
"""`correction`: the new version has a correction notice that the old one had not."""

LOOKED_AT = 5000
"""Of how many changes the kind is worked out at most, to find those asked for."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one article, seen at `at`. `number` is the version it led to, 0 when it is gone."""

    article_id: int
    at: str
    kinds: tuple[str, ...]
    number: int
    title: str
    old_title: str
    source: str
    source_name: str
    words: int
    """By how many words the text grew, or shrank when negative; letters in unspaced scripts."""


@dataclass(frozen=True, slots=True)
class Changes:
    """`more` says that there are others; `looked_at` how many changes were looked through, 0 for all."""

    changes: tuple[Change, ...]
    more: bool = False
    looked_at: int = 0


def changes(
    db: sqlite3.Connection,
    *,
    source: tuple[str, ...] = (),
    kinds: tuple[str, ...] = (),
    limit: int = 50,
    offset: int = 0,
) -> Changes:
    """The latest changes; several sources or kinds widen each other."""
    found: list[Change] = []
    passed = 0
    events = sorted(_events(db), reverse=True)
    wanted = [event for event in events if not source or event.source in source]
    if kinds == ("gone",):
        wanted = [event for event in wanted if event.number == 0]
    elif kinds and "gone" not in kinds:
        wanted = [event for event in wanted if event.number]
    for looked_at, event in enumerate(wanted):
        if looked_at == LOOKED_AT:
            return Changes(tuple(found), looked_at=LOOKED_AT)
        change = _change(db, event)
        if not change.kinds or (kinds and not set(kinds) & set(change.kinds)):
            continue
        passed += 1
        if passed > offset + limit:
            return Changes(tuple(found), more=True)
        if passed > offset:
            found.append(change)
    return Changes(tuple(found))


class Worded(Protocol):
    """The words of a version. `change` is what was noted when the publisher went on from it: a JSON list, or None."""

    @property
    def title(self) -> str: ...
    @property
    def standfirst(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def change(self) -> str | None: ...


class _Words(NamedTuple):
    title: str
    standfirst: str
    text: str
    change: str | None


def kinds_of(old: Worded, new: Worded) -> tuple[str, ...]:
    """What kinds of change lie between a version and the next: as noted then, else as the words are now."""
    if old.change:
        return tuple(json.loads(old.change))
    kinds = [name for name in ("headline", "standfirst", "text") if _of(old, name) != _of(new, name)]
    held = set(blocks(old.text))
    if any(block not in held and is_notice(block) for block in blocks(new.text)):
        kinds.append("correction")
    return tuple(kinds)


def _of(version: Worded, kind: str) -> str:
    words: str = getattr(version, "title" if kind == "headline" else kind)
    return words


class _Event(NamedTuple):
    """A change of which only the time is known yet; `number` is 0 when the article is gone."""

    at: str
    article_id: int
    number: int
    source: str


def _events(db: sqlite3.Connection) -> Iterator[_Event]:
    """All changes, from indexes alone. A version's `seen_at` is when the change that led to it was seen."""
    sql = """
        SELECT r.seen_at, r.article_id, r.number, s.source_id
        FROM revisions r
        JOIN shelved h ON h.article_id = r.article_id JOIN shelves s ON s.id = h.shelf_id
        WHERE r.number > 1
        UNION ALL
        SELECT coalesce((SELECT max(fetched_at) FROM captures WHERE id = a.capture_id
                         AND fetched_at > a.first_seen_at), a.checked_at), a.id, a.revision, a.source_id
        FROM articles a INDEXED BY articles_changed WHERE a.revision > 1
        UNION ALL
        SELECT gone_at, id, 0, source_id FROM articles WHERE gone_at IS NOT NULL
        """
    return map(_Event._make, db.execute(sql))


def _change(db: sqlite3.Connection, event: _Event) -> Change:
    title, standfirst, text, revision, source_name, language = db.execute(
        "SELECT coalesce(a.title, ''), coalesce(a.standfirst, ''), a.text, a.revision, coalesce(s.name, a.source_id),"
        " a.language FROM articles a LEFT JOIN sources s ON s.id = a.source_id WHERE a.id = ?",
        [event.article_id],
    ).fetchone()
    new = old = _Words(title, standfirst, text, None)
    kinds: tuple[str, ...] = ("gone",)
    if event.number:
        if event.number < revision:
            new = _version(db, event.article_id, event.number) or new
        old = _version(db, event.article_id, event.number - 1) or new
        kinds = kinds_of(old, new)
    words = _length(new.text, language) - _length(old.text, language)
    return Change(
        event.article_id,
        event.at,
        kinds,
        event.number,
        new.title,
        old.title,
        event.source,
        source_name,
        words,
    )


def _version(db: sqlite3.Connection, article: int, number: int) -> _Words | None:
    found = db.execute(
        "SELECT coalesce(title, ''), coalesce(standfirst, ''), text, change FROM revisions"
        " WHERE article_id = ? AND number = ?",
        [article, number],
    ).fetchone()
    return _Words(*found) if found else None


def _length(text: str, language: str | None) -> int:
    unspaced = (language or "")[:2] in ("ja", "zh", "th", "lo", "km", "my")
    return len(text) if unspaced else len(text.split())
