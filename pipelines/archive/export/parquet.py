"""Parquet with real types, by pyarrow: one file, or a folder partitioned by source and month."""

from __future__ import annotations

from array import array
from collections import defaultdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote

from pipelines.archive.export.errors import ExportError
from pipelines.archive.export.fields import LIST_SEPARATOR, article_fields, pick
from pipelines.archive.export.rows import read_rows_of
from pipelines.archive.export.selection import BATCH

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pipelines.archive.export.fields import Field, Row, Value

ROW_GROUP = 5000
"""Rows that are in memory, and in one row group of the file: about 15 MB of text."""
NO_MONTH = "__HIVE_DEFAULT_PARTITION__"
"""What Hive, Arrow and DuckDB read as NULL."""


def require_pyarrow() -> Any:
    """The libraries, or an `ExportError` that says how to get them."""
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError as error:
        raise ExportError(
            "Parquet needs pyarrow, which is not installed: pip install 'clippings-archive[parquet]'"
        ) from error
    return pa


def write_parquet(
    path: Path | BinaryIO, fields: Sequence[Field], batches: Iterable[Sequence[Row]]
) -> Iterator[int]:
    """Write the rows to one file; yields how many rows each step wrote."""
    pa = require_pyarrow()
    schema = _schema(pa, fields)
    with pa.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in _regroup(batches):
            columns = zip(*rows, strict=True)
            arrays = [
                pa.array([_value(field, value) for value in column], schema.field(place).type)
                for place, (field, column) in enumerate(zip(fields, columns, strict=True))
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            yield len(rows)


def write_partitions(
    folder: Path,
    db: sqlite3.Connection,
    ids: Iterable[list[int]],
    fields: Sequence[Field],
    *,
    versions: bool = False,
) -> Iterator[int]:
    """Write a file for each source and month of publication; the source is then in the folder's name alone.

    Eight bytes an article are kept in memory: the ids by partition.
    """
    place = pick(article_fields(), ("id", "source", "published_day"))
    partitions: defaultdict[tuple[str, str], array[int]] = defaultdict(lambda: array("q"))
    for rows in read_rows_of(db, ids, place):
        for number, source, day in rows:
            partitions[str(source), str(day or "")[:7]].append(int(str(number)))
    columns = [field for field in fields if field.name != "source"]
    for (source, month), found in sorted(partitions.items()):
        path = partition_path(folder, source, month)
        path.parent.mkdir(parents=True)
        batches = (found[start : start + BATCH].tolist() for start in range(0, len(found), BATCH))
        yield from write_parquet(path, columns, read_rows_of(db, batches, columns, versions=versions))


def partition_path(folder: Path, source: str, month: str) -> Path:
    """The file of one source and month (`YYYY-MM`, or '' without a date), its folders named as Hive does."""
    return folder / f"source={quote(source, safe='')}" / f"month={month or NO_MONTH}" / "articles.parquet"


def _schema(pa: Any, fields: Sequence[Field]) -> Any:
    types = {
        "integer": pa.int64(),
        "number": pa.float64(),
        "yes": pa.bool_(),
        "day": pa.date32(),
        "utc": pa.timestamp("ms", tz="UTC"),
        "list": pa.list_(pa.string()),
    }
    return pa.schema([pa.field(field.name, types.get(field.kind, pa.string())) for field in fields])


def _value(field: Field, value: Value) -> object:
    """The value in Python's own type; None for a day or a time that the calendar has not."""
    if value is None:
        return None
    if field.kind in ("day", "utc"):
        try:
            if field.kind == "day":
                return date.fromisoformat(str(value))
            return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
        except ValueError:
            return None
    if field.kind == "yes":
        return bool(value)
    if field.kind == "text":
        return value if isinstance(value, str) else LIST_SEPARATOR.join(map(str, [value]))
    if field.kind == "list":
        return list(value) if isinstance(value, (tuple, list)) else []
    return value


def _regroup(batches: Iterable[Sequence[Row]]) -> Iterator[list[Row]]:
    group: list[Row] = []
    for rows in batches:
        group.extend(rows)
        while len(group) >= ROW_GROUP:
            yield group[:ROW_GROUP]
            group = group[ROW_GROUP:]
    if group:
        yield group
