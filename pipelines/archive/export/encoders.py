"""Rows to bytes: CSV, JSON lines, JSON, and citations. Each encoder has a beginning, batches of rows and an end. Pure."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from pipelines.archive.export.fields import LIST_SEPARATOR, article_fields, pick
from pipelines.archive.export.spreadsheets import defuse
from pipelines.archive.views.citations import CitedArticle, bibtex, csl_item, ris

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pipelines.archive.export.fields import Field, Row, Value

BYTE_ORDER_MARK = "\ufeff"
"""By it a spreadsheet knows that a CSV file is UTF-8."""
_LINE_ENDS = {"\u2028": "\\u2028", "\u2029": "\\u2029", "\x85": "\\u0085"}
"""What some readers take for the end of a line."""

_BY_A_PERSON = {
    "title": "coalesce(k.title, a.title)",
    "authors": "coalesce(k.authors, a.authors)",
    "published_at": "coalesce(k.published_at, a.published_at)",
    "first_seen_at": "CASE WHEN v.id IS NULL THEN a.first_seen_at ELSE v.seen_at END",  # what was saved was seen then
}
CITED = pick(
    (replace(field, sql=_BY_A_PERSON.get(field.name, field.sql)) for field in article_fields()),
    (
        "id",
        "title",
        "authors",
        "source_name",
        "url",
        "published_at",
        "first_seen_at",
        "section",
        "language",
        "rights",
    ),
)
"""The columns of a citation, in the order of `CitedArticle`; what a person corrected is cited so."""


class Encoder(Protocol):
    """Makes one file of text: `begin`, then each batch of rows, then `end`."""

    def begin(self) -> bytes: ...
    def encode(self, rows: Sequence[Row]) -> bytes: ...
    def end(self) -> bytes: ...


class CsvEncoder:
    """CSV (RFC 4180) with a header. An apostrophe before a cell that a spreadsheet would run keeps it text."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.names = [field.name for field in fields]

    def begin(self) -> bytes:
        return (BYTE_ORDER_MARK + _csv([self.names])).encode()

    def encode(self, rows: Sequence[Row]) -> bytes:
        return _csv([_cell(value) for value in row] for row in rows).encode("utf-8", "replace")

    def end(self) -> bytes:
        return b""


class JsonLinesEncoder:
    """A JSON object a line; lists are arrays, and nothing is added to a text."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.names = [field.name for field in fields]

    def begin(self) -> bytes:
        return b""

    def encode(self, rows: Sequence[Row]) -> bytes:
        return "".join(_line(self.names, row) + "\n" for row in rows).encode("utf-8", "replace")

    def end(self) -> bytes:
        return b""


class JsonArrayEncoder:
    """One JSON array with an item a line; `render` makes a row's item."""

    def __init__(self, render: Callable[[Row], str]) -> None:
        self.render = render
        self.separator = ""

    def begin(self) -> bytes:
        return b"["

    def encode(self, rows: Sequence[Row]) -> bytes:
        parts = []
        for row in rows:
            parts.append(f"{self.separator}\n{self.render(row)}")
            self.separator = ","
        return "".join(parts).encode("utf-8", "replace")

    def end(self) -> bytes:
        return b"\n]\n"


def encode_json(fields: Sequence[Field]) -> JsonArrayEncoder:
    """An array with an object a row."""
    names = [field.name for field in fields]
    return JsonArrayEncoder(lambda row: _line(names, row))


def encode_csl() -> JsonArrayEncoder:
    """A CSL-JSON array; the rows have the columns of `CITED`."""
    return JsonArrayEncoder(lambda row: _json(csl_item(cited(row))))


class CitationEncoder:
    """A citation an article, by a function of `views.citations`; the rows have the columns of `CITED`."""

    def __init__(self, cite: Callable[[CitedArticle], str]) -> None:
        self.cite = cite

    def begin(self) -> bytes:
        return b""

    def encode(self, rows: Sequence[Row]) -> bytes:
        return "".join(self.cite(cited(row)) for row in rows).encode("utf-8", "replace")

    def end(self) -> bytes:
        return b""


def cite_bibtex(article: CitedArticle) -> str:
    """A BibTeX entry, and a blank line after it."""
    return bibtex(article) + "\n"


CITATIONS: dict[str, Callable[[], Encoder]] = {
    "ris": lambda: CitationEncoder(ris),
    "bibtex": lambda: CitationEncoder(cite_bibtex),
    "csl": encode_csl,
}
TABLES: dict[str, Callable[[Sequence[Field]], Encoder]] = {
    "csv": CsvEncoder,
    "jsonl": JsonLinesEncoder,
    "json": encode_json,
}


def cited(row: Row) -> CitedArticle:
    """The article of a row with the columns of `CITED`; without a headline its address stands for it."""
    number, title, authors, source, url, published, seen, section, language, rights = row
    assert isinstance(number, int)
    assert isinstance(authors, tuple)
    return CitedArticle(
        number,
        str(title or url),
        authors,
        str(source),
        str(url),
        str(published) if published else None,
        str(seen or ""),
        str(section or ""),
        str(language or ""),
        str(rights or ""),
    )


def _csv(rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def _cell(value: Value) -> object:
    if isinstance(value, str):
        return defuse(value)
    if isinstance(value, tuple):
        return defuse(LIST_SEPARATOR.join(value))
    if isinstance(value, (list, dict)):
        return defuse(_json(value))
    return value


def _line(names: Sequence[str], row: Row) -> str:
    return _json(dict(zip(names, row, strict=True)))


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    for sign, escape in _LINE_ENDS.items():
        text = text.replace(sign, escape)
    return text
