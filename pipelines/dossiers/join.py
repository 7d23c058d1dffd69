"""Dossiers and notes joined with the archive that lies beside the desk now, which may be another than when they were saved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.views.article import read_article
from pipelines.archive.views.by_address import find_by_address
from pipelines.archive.views.citations import CitedArticle
from pipelines.desk.passages import find_passage, find_replacement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.archive.connection import Connection
    from pipelines.archive.views.article import ArticleView, VersionView
    from pipelines.desk.dossier_records import DossierItem, Note
    from pipelines.desk.passages import Span
    from pipelines.items import Corrected


class State(StrEnum):
    """How what was saved stands to what the archive holds now."""

    HELD = "held"
    """The words are those that were saved."""
    CHANGED = "changed"
    """Saved as it stands, and its publisher changed it since; the version of then is held too."""
    DIFFERENT = "different"
    """Saved as it stands; the words are others, and those of then are not held: another archive, or other rules read it."""
    REREAD = "reread"
    """The version saved, known by its time: other rules have read its page since."""
    NO_VERSION = "no version"
    """The article is held, the version saved is not."""
    MISSING = "missing"
    """The archive does not hold the article."""
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Entry:
    """An article of a dossier. `shown` is the version to show: the one saved, or the current one; None where none is held.

    `then` is the version that was held when the article was saved, where it is still held.
    """

    item: DossierItem
    state: State
    article: ArticleView | None = None
    shown: VersionView | None = None
    then: VersionView | None = None
    corrected: Corrected | None = None

    @property
    def title(self) -> str:
        """The headline as a person corrected it, else that of the version shown, else as it was saved."""
        current = self.article is not None and self.shown is self.article.versions[-1]
        if current and self.corrected and self.corrected.title is not None:
            return self.corrected.title
        return (self.shown.title if self.shown else "") or self.item.title

    @property
    def source_name(self) -> str:
        return str(self.article.row["source_name"]) if self.article else self.item.source_name

    @property
    def published_at(self) -> str | None:
        return self.article.row["published_at"] if self.article else self.item.published_at

    def cited(self) -> CitedArticle:
        """What a citation has of it."""
        row = self.article.row if self.article else {}
        return CitedArticle(
            row.get("id") or 0,
            self.title or self.item.url,
            self.article.authors if self.article else (),
            self.source_name,
            self.item.url,
            self.published_at,
            self.shown.seen_at if self.shown and self.item.fixed else row.get("first_seen_at") or "",
            row.get("section") or "",
            row.get("language") or "",
            row.get("rights") or "",
        )


def join_items(
    db: Connection, items: Sequence[DossierItem], corrected: Mapping[str, Corrected]
) -> list[Entry]:
    """The articles of a dossier, each as the archive holds it, and as a person corrected it."""
    ids = find_by_address(db, {item.url for item in items if item.url})
    entries = []
    for item in items:
        article = read_article(db, ids[item.url]) if item.url in ids else None
        made = corrected.get(article.row["url"]) if article else None
        entry = join_item(item, correct_article(article, made) if article and made else article)
        entries.append(replace(entry, corrected=made))
    return entries


def correct_article(article: ArticleView, made: Corrected) -> ArticleView:
    """An article with authors and time as a person corrected them; its versions stay as they were read. Pure."""
    row = article.row
    if made.published_at is not None:
        row = row | {"published_at": made.published_at, "published_from": None}
    return replace(article, row=row, authors=article.authors if made.authors is None else made.authors)


def join_item(item: DossierItem, article: ArticleView | None) -> Entry:
    """An article of a dossier with what the archive holds of it. Pure."""
    if item.forgotten_at:
        return Entry(item, State.FORGOTTEN)
    if article is None:
        return Entry(item, State.MISSING)
    current = article.versions[-1]
    same = find_version(article, item.words_sha256)
    by_time = find_version(article, "", item.seen_at)
    if item.fixed:
        if same:
            return Entry(item, State.HELD, article, same, same)
        if by_time:
            return Entry(item, State.REREAD, article, by_time, by_time)
        return Entry(item, State.NO_VERSION, article, current)
    if not item.words_sha256 or same is current:
        return Entry(item, State.HELD, article, current, current)
    if same or (by_time and by_time is not current):
        return Entry(item, State.CHANGED, article, current, same or by_time)
    return Entry(item, State.DIFFERENT, article, current)


def find_version(article: ArticleView, words_sha256: str, seen_at: str = "") -> VersionView | None:
    """The latest version with these words, else the one first seen at this time; None where there is neither."""
    for version in reversed(article.versions):
        if words_sha256 and version.words_sha256 == words_sha256:
            return version
    return next((version for version in article.versions if seen_at and version.seen_at == seen_at), None)


class PlacedNote(NamedTuple):
    """A note and where its passage stands now.

    `span` is its place in the `plain_text` of the version shown, None for a note on the article and for words that are
    gone; `made_on` the version it was made on, where that is held; `instead` what took the place of the words.
    """

    note: Note
    span: Span | None = None
    made_on: VersionView | None = None
    instead: str | None = None

    @property
    def lost(self) -> bool:
        """Whether the passage does not stand there any more."""
        return bool(self.note.quotation.quote) and self.span is None


def place_notes(article: ArticleView, shown: VersionView, notes: Sequence[Note]) -> list[PlacedNote]:
    """Find the passages of notes in the version shown. Pure."""
    text = shown.plain_text
    placed = []
    for note in notes:
        made_on = find_version(article, note.words_sha256, note.seen_at)
        if not note.quotation.quote:
            placed.append(PlacedNote(note, None, made_on))
            continue
        span = find_passage(text, note.quotation)
        instead = None if span else find_replacement(text, note.quotation)
        placed.append(PlacedNote(note, span, made_on, instead))
    return placed


class Piece(NamedTuple):
    """A piece of a block; `notes` are the numbers of the notes whose passage it is of."""

    text: str
    notes: tuple[int, ...] = ()


def cut_at_marks(block: str, start: int, marks: Sequence[tuple[Span, int]]) -> list[Piece]:
    """A block that begins at `start` of the plain text, cut where passages begin and end. Pure."""
    end = start + len(block)
    cuts = {start, end}
    for span, _ in marks:
        cuts |= {min(max(span.start, start), end), min(max(span.end, start), end)}
    places = sorted(cuts)
    pieces = []
    for first, last in pairwise(places):
        notes = tuple(number for span, number in marks if span.start <= first and last <= span.end)
        pieces.append(Piece(block[first - start : last - start], notes))
    return pieces or [Piece(block)]
