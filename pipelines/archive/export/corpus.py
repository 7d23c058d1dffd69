"""A corpus folder: a file an article with its text alone, and metadata.csv, as quanteda, AntConc and Voyant read it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.archive.export.encoders import CsvEncoder
from pipelines.archive.export.fields import Field, article_fields, pick
from pipelines.archive.export.rows import read_rows_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pipelines.archive.export.fields import Value

TEXTS, METADATA = "texts", "metadata.csv"
FILE = Field("file", meaning="Name of the file in texts/")


def write_corpus(
    folder: Path, db: sqlite3.Connection, ids: Iterable[list[int]], fields: Sequence[Field]
) -> Iterator[int]:
    """Write the files and their metadata, but for the text with these columns; yields how many each step wrote."""
    named = pick(article_fields(), ("id", "source", "published_day", "saved_version", "text"))
    columns = [field for field in fields if field.name != "text"]
    encoder = CsvEncoder((FILE, *columns))
    texts = folder / TEXTS
    texts.mkdir()
    with (folder / METADATA).open("xb") as metadata:
        metadata.write(encoder.begin())
        for rows in read_rows_of(db, ids, [*named, *columns]):
            entries = []
            for number, source, day, version, text, *values in rows:
                name = file_name(str(source), str(day or ""), int(str(number)), version)
                (texts / name).write_bytes(str(text or "").encode("utf-8", "replace"))
                entries.append((name, *values))
            metadata.write(encoder.encode(entries))
            yield len(rows)


def file_name(source: str, day: str, number: int, version: Value = None) -> str:
    """The name of an article's file: source, day, id and saved version, of signs that every system takes."""
    ending = "" if version is None else f"_v{version}"
    return f"{re.sub(r'[^A-Za-z0-9-]', '-', source)}_{day or 'undated'}_{number}{ending}.txt"
