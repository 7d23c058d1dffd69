"""The changes that publishers made: each change of each article, by kind, the latest first."""

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
"""`correction`: the new version has a correction notice and the old one had not."""

EXAMINED = 5000
"""Changes whose kind is determined at most, to find those of the kinds wanted."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one article, seen at `at`. `number` is the new version; 0 when the article is gone."""

    article_id: int
    at: str
    kinds: tuple[str, ...]
    number: int
    title: str
    old_title: str
    source: str
    source_name: str
    words: int
    """Words by which the text grew, negative when it shrank; letters in unsegmented scripts."""
    url: str
    text: str
    old_text: str


@dataclass(frozen=True, slots=True)
class Changes:
    """`more` says that others follow; `examined` is how many changes were examined, 0 for all."""

    changes: tuple[Change, ...]
    more: bool = False
    examined: int = 0


def read_changes(
    db: sqlite3.Connection,
    *,
    source: tuple[str, ...] = (),
    kinds: tuple[str, ...] = (),
    limit: int = 50,
    offset: int = 0,
) -> Changes:
    """Read the latest changes; several sources or kinds widen each other."""
    found: list[Change] = []
    passed = 0
    for examined, event in enumerate(_select_events(db, source, kinds)):
        if examined == EXAMINED:
            return Changes(tuple(found), examined=EXAMINED)
        change = _read_change(db, event)
        if not _is_wanted(change, kinds):
            continue
        passed += 1
        if passed > offset + limit:
            return Changes(tuple(found), more=True)
        if passed > offset:
            found.append(change)
    return Changes(tuple(found))


def iterate_changes(
    db: sqlite3.Connection, *, source: tuple[str, ...] = (), kinds: tuple[str, ...] = ()
) -> Iterator[Change]:
    """All changes, the latest first; several sources or kinds widen each other."""
    for event in _select_events(db, source, kinds):
        change = _read_change(db, event)
        if _is_wanted(change, kinds):
            yield change


def _select_events(db: sqlite3.Connection, source: tuple[str, ...], kinds: tuple[str, ...]) -> list[_Event]:
    """The changes that may be of these sources and kinds, the latest first."""
    events = sorted(_read_events(db), reverse=True)
    wanted = [event for event in events if not source or event.source in source]
    if kinds == ("gone",):
        return [event for event in wanted if event.number == 0]
    if kinds and "gone" not in kinds:
        return [event for event in wanted if event.number]
    return wanted


def _is_wanted(change: Change, kinds: tuple[str, ...]) -> bool:
    return bool(change.kinds) and (not kinds or not set(kinds).isdisjoint(change.kinds))


class Version(Protocol):
    """A version's words, and the rules that read them, "" where unknown.

    `change` has the kinds of the change that followed, as noted then: a JSON list, or None.
    """

    @property
    def title(self) -> str: ...
    @property
    def standfirst(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def change(self) -> str | None: ...
    @property
    def extractor(self) -> str: ...


class _StoredVersion(NamedTuple):
    title: str
    standfirst: str
    text: str
    change: str | None
    extractor: str = ""


def kinds_of(old: Version, new: Version) -> tuple[str, ...]:
    """The kinds of change between a version and the next: as noted then, else by comparing them.

    Empty where nothing was noted and other rules read the next one: nobody knows who changed what (docs/rights.md).
    """
    if old.change:
        return tuple(json.loads(old.change))
    if old.extractor and new.extractor and old.extractor != new.extractor:
        return ()
    kinds = [
        name for name in ("headline", "standfirst", "text") if _words_of(old, name) != _words_of(new, name)
    ]
    before = set(blocks(old.text))
    if any(block not in before and is_notice(block) for block in blocks(new.text)):
        kinds.append("correction")
    return tuple(kinds)


def _words_of(version: Version, kind: str) -> str:
    words: str = getattr(version, "title" if kind == "headline" else kind)
    return words


class _Event(NamedTuple):
    """A change whose kind is not determined yet; `number` is 0 when the article is gone."""

    at: str
    article_id: int
    number: int
    source: str


def _read_events(db: sqlite3.Connection) -> Iterator[_Event]:
    """All changes, from indexes alone. The `seen_at` of a version is when the change that led to it was seen."""
    sql = """
        SELECT r.seen_at, r.article_id, r.number, s.source_id
        FROM revisions r
        JOIN _article_facets h ON h.article_id = r.article_id JOIN _facet_groups s ON s.id = h.group_id
        WHERE r.number > 1
        UNION ALL
        SELECT coalesce(a.revised_at, a.checked_at), a.id, a.revision, a.source_id
        FROM articles a INDEXED BY articles_changed WHERE a.revision > 1
        UNION ALL
        SELECT gone_at, id, 0, source_id FROM articles WHERE gone_at IS NOT NULL
        """
    return map(_Event._make, db.execute(sql))


def _read_change(db: sqlite3.Connection, event: _Event) -> Change:
    title, standfirst, text, revision, source_name, language, url, extractor = db.execute(
        "SELECT coalesce(a.title, ''), coalesce(a.standfirst, ''), a.text, a.revision, coalesce(s.name, a.source_id),"
        " a.language, a.url, a.extractor FROM articles a LEFT JOIN sources s ON s.id = a.source_id WHERE a.id = ?",
        [event.article_id],
    ).fetchone()
    new = old = _StoredVersion(title, standfirst, text, None, extractor)
    kinds: tuple[str, ...] = ("gone",)
    if event.number:
        if event.number < revision:
            new = _read_version(db, event.article_id, event.number) or new
        # The change led to this text, before reading by other rules put another in its place.
        new = _read_version(db, event.article_id, event.number, _FIRST_TEXT_SQL) or new
        old = _read_version(db, event.article_id, event.number - 1) or new
        kinds = kinds_of(old, new)
    words = _count_words(new.text, language) - _count_words(old.text, language)
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
        url,
        new.text,
        old.text,
    )


_VERSION_SQL = (
    "SELECT coalesce(title, ''), coalesce(standfirst, ''), text, change, coalesce(extractor, '') FROM revisions"
    " WHERE article_id = ? AND number = ?"
)
_FIRST_TEXT_SQL = (
    "SELECT coalesce(title, ''), coalesce(standfirst, ''), text, NULL, extractor FROM unexplained_versions"
    " WHERE article_id = ? AND revision = ? ORDER BY id LIMIT 1"
)


def _read_version(
    db: sqlite3.Connection, article: int, number: int, sql: str = _VERSION_SQL
) -> _StoredVersion | None:
    found = db.execute(sql, [article, number]).fetchone()
    return _StoredVersion(*found) if found else None


def _count_words(text: str, language: str | None) -> int:
    unsegmented = (language or "")[:2] in ("ja", "zh", "th", "lo", "km", "my")
    return len(text) if unsegmented else len(text.split())
