"""The columns of an export: what each is called, of what type it is, and where its value comes from. Pure.

Articles have those of the view `clippings`, versions those of the view `versions`; `--columns` names further ones.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipelines.archive.dictionary import COLUMNS
from pipelines.archive.export.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Kind = Literal["text", "integer", "number", "yes", "day", "utc", "list", "json"]
"""`day` is YYYY-MM-DD, `utc` YYYY-MM-DD HH:MM:SS in UTC; `yes` is 0 or 1; `list` holds texts; `json` anything."""
Value = str | int | float | tuple[str, ...] | list[object] | dict[str, object] | None
Row = tuple[Value, ...]
LIST_SEPARATOR = "; "
"""Between the texts of a list in a file that has no lists."""


_MEANINGS = {(column.table_name, column.column_name): column.meaning for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class Field:
    """A column. `sql` is its value in a query that has articles as `a`, sources as `s` and versions as `v`."""

    name: str
    kind: Kind = "text"
    sql: str = ""
    meaning: str = ""


def _field(table: str, name: str, kind: Kind = "text", sql: str = "") -> Field:
    """A column with its meaning in the dictionary of the archive."""
    return Field(name, kind, sql or f"a.{name}", _MEANINGS[table, name])


CLIPPINGS = (
    _field("clippings", "id", "integer"),
    _field("clippings", "source", sql="a.source_id"),
    _field("clippings", "published_day", "day"),
    _field("clippings", "published_utc", "utc"),
    _field("clippings", "title"),
    _field("clippings", "standfirst"),
    _field("clippings", "authors", "list"),
    _field("clippings", "section"),
    _field("clippings", "tags", "list"),
    _field("clippings", "language"),
    _field("clippings", "words", "integer", "a.word_count"),
    _field("clippings", "access"),
    _field("clippings", "rights"),
    _field("clippings", "url"),
    _field("clippings", "text"),
)
FURTHER = (
    Field("source_name", "text", "coalesce(s.name, a.source_id)", "Name of the source"),
    *(
        _field(
            "articles",
            name,
            "integer" if name in ("revision", "capture_id", "story_id", "duplicate_of") else "text",
        )
        for name in (
            "published_at",
            "published_from",
            "modified_at",
            "description",
            "image_url",
            "image_caption",
            "image_credit",
            "first_seen_at",
            "checked_at",
            "gone_at",
            "revision",
            "content_hash",
            "extractor",
            "capture_id",
            "story_id",
            "duplicate_of",
            "tdm_policy",
        )
    ),
    _field("articles", "tdm_reservation", "yes"),
)
CORRECTED = (
    Field("corrected_title", "text", "k.title", "Headline as a person corrected it; empty where nobody did"),
    Field(
        "corrected_authors", "list", "k.authors", "Authors as a person corrected them; empty where nobody did"
    ),
    Field(
        "corrected_published",
        "text",
        "k.published_at",
        "Day or time of publication as a person corrected it; empty where nobody did",
    ),
)
"""What desk.db beside the archive has: `k` in a query (corrected.py)."""
CURRENT_SEEN = "CASE WHEN {row}.revision = 1 THEN {row}.first_seen_at ELSE coalesce({row}.revised_at, {row}.checked_at) END"
"""When the current version was first seen, as the view `versions` has it."""
SAVED = (
    Field(
        "saved_version",
        "integer",
        "d.number",
        "Number of the version that was saved in the dossier, whose words this row has; empty where the article itself was",
    ),
    Field(
        "later_version_at",
        "text",
        "CASE WHEN d.number < a.revision THEN coalesce((SELECT r.seen_at FROM revisions r WHERE r.article_id = a.id"
        f" AND r.number > d.number ORDER BY r.number LIMIT 1), {CURRENT_SEEN.format(row='a')}) END",
        "When a later version than the one saved was first seen; empty where there is none",
    ),
    Field(
        "saved_state",
        "text",
        "d.state",
        "How what was saved stands to the archive: held; changed (by its publisher since it was saved); different (its words"
        " are others, those of then are not held); reread (by other rules); no version (it is not held, this is the current"
        " one)",
    ),
)
"""What a dossier has of its articles: `d` in a query (saved.py)."""
_OF_A_VERSION = (
    _field("versions", "article_id", "integer", "a.id"),
    _field("versions", "version", "integer", "v.number"),
    _field("versions", "is_current", "yes", "v.is_current"),
    _field("versions", "seen_at", sql="v.seen_at"),
    _field("versions", "modified_at", sql="v.modified_at"),
    _field("versions", "title", sql="v.title"),
    _field("versions", "standfirst", sql="v.standfirst"),
    _field("versions", "text", sql="v.text"),
    _field("revisions", "content_hash", sql="v.content_hash"),
    _field("revisions", "capture_id", "integer", "v.capture_id"),
)


def article_fields() -> tuple[Field, ...]:
    """Every column that an article can be exported with."""
    return CLIPPINGS + FURTHER + CORRECTED + SAVED


def version_fields() -> tuple[Field, ...]:
    """Every column that a version can be exported with: its own, and those of its article."""
    own = {field.name for field in _OF_A_VERSION}
    left_out = own | {"id", "words", "revision", "extractor", *(field.name for field in SAVED)}
    return _OF_A_VERSION + tuple(field for field in article_fields() if field.name not in left_out)


VERSIONS = [
    "article_id",
    "source",
    "version",
    "is_current",
    "seen_at",
    "modified_at",
    "title",
    "standfirst",
    "text",
    "url",
]
"""The columns of versions when none are named."""


def choose_fields(names: Sequence[str], *, versions: bool = False) -> tuple[Field, ...]:
    """The columns of these names, those of every export without any. Raises `ExportError`."""
    if not names:
        return pick(version_fields(), VERSIONS) if versions else CLIPPINGS
    known = version_fields() if versions else article_fields()
    by_name = {field.name: field for field in known}
    for name in names:
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise ExportError(f"There is no column {name}.{hint} There are: {', '.join(by_name)}.")
    return pick(known, tuple(dict.fromkeys(names)))


def pick(fields: Iterable[Field], names: Iterable[str]) -> tuple[Field, ...]:
    """The fields of these names, in the order of the names."""
    by_name = {field.name: field for field in fields}
    return tuple(by_name[name] for name in names)
