"""What dossiers, notes and marks hold, as typed values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class SavedArticle:
    """An article as it is saved: by its address, with what names it where no archive holds it.

    `words_sha256` and `seen_at` name a version: this one if `fixed`, else the one that was held when it was saved.
    """

    url: str
    title: str
    source_id: str
    source_name: str
    published_at: str | None = None
    words_sha256: str = ""
    seen_at: str = ""
    fixed: bool = False


class Edit(NamedTuple):
    """Who changes something, when (ISO 8601), and which edition of it was seen before."""

    by: str
    at: str
    edition: int = 0


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier; `items` counts its articles, `uid` makes the ids of its feed."""

    id: int
    uid: str
    name: str
    about: str
    made_at: str
    made_by: str
    edited_at: str
    edited_by: str
    edition: int
    items: int


@dataclass(frozen=True, slots=True)
class DossierItem:
    """An article in a dossier. Of one that was forgotten only `forgotten_at` is left."""

    id: int
    dossier_id: int
    url: str
    fixed: bool
    words_sha256: str
    seen_at: str
    title: str
    source_id: str
    source_name: str
    published_at: str | None
    note: str
    tags: tuple[str, ...]
    added_at: str
    added_by: str
    edited_at: str
    edited_by: str
    edition: int
    forgotten_at: str | None


class Quotation(NamedTuple):
    """A passage, and what stood before and after it: a TextQuoteSelector of W3C's Web Annotation."""

    quote: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A note on an article, or on the passage of `quotation`; the version it was made on as in `SavedArticle`."""

    id: int
    url: str
    quotation: Quotation
    words_sha256: str
    seen_at: str
    title: str
    source_id: str
    source_name: str
    note: str
    made_at: str
    made_by: str
    edited_at: str
    edited_by: str
    edition: int
    forgotten_at: str | None


class Added(NamedTuple):
    """How many articles were put into a dossier, and how many were in it already."""

    new: int
    had: int
