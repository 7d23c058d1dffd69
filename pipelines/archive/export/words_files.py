"""Special words as files: rows as CSV, and JSON by group. Pages and commands write the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.archive.export.encoders import CsvEncoder
from pipelines.archive.export.fields import Field

if TYPE_CHECKING:
    from pipelines.archive.export.fields import Row
    from pipelines.archive.search.special_words import By, SpecialWords

SPECIAL_WORDS = (
    Field("key"),
    Field("name"),
    Field("word"),
    Field("language"),
    Field("hits", "integer"),
    Field("of_hits", "integer"),
    Field("rest", "integer"),
    Field("of_rest", "integer"),
    Field("ratio", "number"),
)
"""`key` and `name` are those of the source or month, `rest` counts the articles it is compared with."""


def read_rows(found: SpecialWords) -> list[Row]:
    """A row for each word of each group; columns as `SPECIAL_WORDS`."""
    return [
        (group.key, group.name, *one._replace(ratio=round(one.ratio, 2)))
        for group in found.groups
        for one in group.words
    ]


def as_csv(found: SpecialWords) -> bytes:
    encoder = CsvEncoder(SPECIAL_WORDS)
    return encoder.begin() + encoder.encode(read_rows(found)) + encoder.end()


def as_dict(found: SpecialWords, query: str, by: By, problem: str = "") -> dict[str, Any]:
    """The words by group, with how much was read; `problem` says what else of the question could not be used."""
    return {
        "query": query,
        "by": by,
        "problem": f"{found.problem} {problem}".strip(),
        "total": found.total,
        "capped": found.capped,
        "read": found.read,
        "compared": found.compared,
        "groups": [
            {
                "key": group.key,
                "name": group.name,
                "read": group.articles,
                "words": [one._asdict() | {"ratio": round(one.ratio, 2)} for one in group.words],
            }
            for group in found.groups
        ],
    }
