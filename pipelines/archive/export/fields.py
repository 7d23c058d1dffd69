"""The columns of an export: what each is called, of what type it is, and where its value comes from. Pure.

Articles have those of the view `clippings`, versions those of the view `versions`; `--columns` names further ones.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipelines.archive.export.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Kind = Literal["text", "integer", "number", "yes", "day", "utc", "list", "json"]
"""`day` is YYYY-MM-DD, `utc` YYYY-MM-DD HH:MM:SS in UTC; `yes` is 0 or 1; `list` holds texts; `json` anything."""
Value = str | int | float | tuple[str, ...] | list[object] | dict[str, object] | None
Row = tuple[Value, ...]
LIST_SEPARATOR = "; "
"""Between the texts of a list in a file that has no lists."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column. `sql` is its value in a query that has articles as `a`, sources as `s` and versions as `v`."""

    name: str
    kind: Kind = "text"
    sql: str = ""
    meaning: str = ""


_DAY = "CASE WHEN date(a.published_at) IS NOT NULL THEN substr(a.published_at, 1, 10) END"
_UTC = "CASE WHEN length(a.published_at) > 10 THEN datetime(a.published_at) END"

CLIPPINGS = (
    Field("id", "integer", "a.id", "Number of the article in this archive"),
    Field("source", "text", "a.source_id", "Id of the news site"),
    Field("published_day", "day", _DAY, "The publisher's own day of publication"),
    Field("published_utc", "utc", _UTC, "Time of publication in UTC; empty when only the day is known"),
    Field("title", "text", "a.title", "Headline"),
    Field("standfirst", "text", "a.standfirst", "The intro printed under the headline"),
    Field("authors", "list", "a.authors", "Names in the byline"),
    Field("section", "text", "a.section", "Section of the newspaper"),
    Field("tags", "list", "a.tags", "Subjects, as the page names them"),
    Field("language", "text", "a.language", "Language of the text, as a code"),
    Field("words", "integer", "a.word_count", "Length of the text; characters count in Chinese and Japanese"),
    Field("access", "text", "a.access", "free, paywalled, or empty when the page does not say"),
    Field("url", "text", "a.url", "Address of the article"),
    Field(
        "text",
        "text",
        "a.text",
        "The article; blocks separated by a blank line, headings begin with ##, list items with -, quotations with >",
    ),
)
FURTHER = (
    Field("source_name", "text", "coalesce(s.name, a.source_id)", "Name of the news site"),
    Field(
        "published_at", "text", "a.published_at", "As the page gives it: with clock time and zone, or a day"
    ),
    Field("published_from", "text", "a.published_from", "The part of the page that gave the date"),
    Field("modified_at", "text", "a.modified_at", "When the publisher says it was changed"),
    Field("description", "text", "a.description", "The page's own summary"),
    Field("image_url", "text", "a.image_url", "Address of the lead picture"),
    Field("image_caption", "text", "a.image_caption", "Its caption"),
    Field("image_credit", "text", "a.image_credit", "Its credit"),
    Field("first_seen_at", "text", "a.first_seen_at", "When it was first archived"),
    Field("checked_at", "text", "a.checked_at", "When its page was last fetched"),
    Field("gone_at", "text", "a.gone_at", "Since when the page answers 404 or 410"),
    Field("revision", "integer", "a.revision", "1, and one more for each change by the publisher"),
    Field("content_hash", "text", "a.content_hash", "Equal texts have equal ones"),
    Field("extractor", "text", "a.extractor", "Version of the rules that made the text"),
    Field("capture_id", "integer", "a.capture_id", "Row of the table captures"),
    Field("story_id", "integer", "a.story_id", "Articles with nearly the same text share one"),
    Field("duplicate_of", "integer", "a.duplicate_of", "The article of the same source with the same text"),
    Field("tdm_reservation", "yes", "a.tdm_reservation", "1: the publisher reserves text and data mining"),
    Field("tdm_policy", "text", "a.tdm_policy", "Address of the publisher's terms"),
)
_OF_A_VERSION = (
    Field("article_id", "integer", "a.id", "Number of the article in this archive"),
    Field("version", "integer", "v.number", "1 is the first version that was archived"),
    Field("is_current", "yes", "v.is_current", "1 for the version that the publisher shows now"),
    Field("seen_at", "text", "v.seen_at", "When this version was first archived"),
    Field("title", "text", "v.title", "Headline of this version"),
    Field("standfirst", "text", "v.standfirst", "Its intro"),
    Field("text", "text", "v.text", "Its text"),
    Field("modified_at", "text", "v.modified_at", "When the publisher says it was changed"),
    Field("content_hash", "text", "v.content_hash", "Equal texts have equal ones"),
    Field("capture_id", "integer", "v.capture_id", "Row of the table captures"),
)


def article_fields() -> tuple[Field, ...]:
    """Every column that an article can be exported with."""
    return CLIPPINGS + FURTHER


def version_fields() -> tuple[Field, ...]:
    """Every column that a version can be exported with: its own, and those of its article."""
    own = {field.name for field in _OF_A_VERSION}
    left_out = own | {"id", "words", "revision", "extractor"}
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
