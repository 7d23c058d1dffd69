"""An export as pieces of bytes: one piece of code for the command, and for what the reading room's pages offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.export.encoders import CITATIONS, CITED, TABLES
from pipelines.archive.export.fields import choose_fields
from pipelines.archive.export.rows import read_rows, read_rows_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.archive.export.encoders import Encoder
    from pipelines.archive.export.fields import Field, Row
    from pipelines.archive.export.selection import Selection


class Piece(NamedTuple):
    """Bytes of the file, and how many rows are in them."""

    data: bytes
    rows: int = 0


def stream_articles(
    db: sqlite3.Connection,
    selection: Selection,
    form: str,
    columns: Sequence[str] = (),
    *,
    versions: bool = False,
    ids: Iterable[list[int]] | None = None,
) -> Iterator[Piece]:
    """The articles (or versions) as `csv`, `jsonl`, `json`, `ris`, `bibtex` or `csl`.

    `ids` are those of a sample; without any, they are the selection's. Raises `ExportError` for an unknown column.
    """
    fields: Sequence[Field]
    if form in CITATIONS:
        encoder, fields, versions = CITATIONS[form](), CITED, False
    else:
        fields = choose_fields(columns, versions=versions)
        encoder = TABLES[form](fields)
    rows = (
        read_rows(db, selection, fields, versions=versions)
        if ids is None
        else read_rows_of(db, ids, fields, versions=versions)
    )
    return encode_pieces(encoder, rows)


def encode_pieces(encoder: Encoder, batches: Iterable[Sequence[Row]]) -> Iterator[Piece]:
    """The whole file of these rows."""
    yield Piece(encoder.begin())
    for rows in batches:
        yield Piece(encoder.encode(rows), len(rows))
    yield Piece(encoder.end())
