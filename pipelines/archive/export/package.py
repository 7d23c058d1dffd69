"""A Frictionless data package: the data file, and datapackage.json, which says what it is and where it is from."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from pipelines import VERSION, timestamps
from pipelines.archive.export.fields import LIST_SEPARATOR
from pipelines.archive.export.summary import summarize
from pipelines.archive.views.coverage import count_outcomes, sum_coverage

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pipelines.archive.export.fields import Field
    from pipelines.archive.export.formats import Format
    from pipelines.archive.export.selection import Selection
    from pipelines.archive.export.summary import Summary

DATA, DESCRIPTOR = "articles", "datapackage.json"
PIECE = 1 << 20


def write_descriptor(
    db: sqlite3.Connection,
    archive: Path,
    data: Path,
    form: Format,
    fields: Sequence[Field],
    selection: Selection,
    asked: dict[str, object],
    ids: Iterable[list[int]] | None = None,
) -> None:
    """Write `datapackage.json` beside the data file. `asked` says what else was asked for: versions, a sample.

    `ids` are those of the sample.
    """
    found = summarize(db, selection, ids)
    descriptor = {
        "profile": "data-package",
        "name": "clippings-export",
        "title": f"{found.articles:,} newspaper articles"
        + (f", {found.first} to {found.last}" if found.first else ""),
        "created": timestamps.now(),
        "description": "Exported by Clippings. Rights in the texts are the publishers'.",
        "sources": _sources(db, found),
        "resources": [describe_resource(data, form, fields)],
        "clippings": {
            "version": VERSION,
            **selection.as_dict(),
            **asked,
            "period": {"since": found.first, "until": found.last},
            "articles": found.articles,
            "articles_by_source": {key: one.articles for key, one in sorted(found.sources.items())},
            "coverage": read_coverage(db, found),
            "archive": hash_archive(archive),
        },
    }
    text = json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n"
    (data.parent / DESCRIPTOR).write_text(text, encoding="utf-8")


def describe_resource(path: Path, form: Format, fields: Sequence[Field]) -> dict[str, Any]:
    """The data file as a Frictionless resource: its columns with type and meaning, its size and SHA-256."""
    described: dict[str, Any] = {
        "name": path.stem,
        "path": path.name,
        "format": {"jsonl": "ndjson"}.get(form.name, form.name),
        "mediatype": form.media_type.partition(";")[0],
        "bytes": path.stat().st_size,
        "hash": f"sha256:{hash_file(path)}",
        "schema": {"fields": [describe_field(field, form.name) for field in fields], "missingValues": [""]},
    }
    if form.name == "csv":
        described |= {
            "profile": "tabular-data-resource",
            "encoding": "utf-8",
            "dialect": {"delimiter": ",", "quoteChar": '"', "doubleQuote": True},
            "description": "A cell that a spreadsheet would run as a formula begins with an apostrophe.",
        }
    return described


def describe_field(field: Field, form: str) -> dict[str, Any]:
    """A column as Frictionless describes it."""
    types: dict[str, dict[str, Any]] = {
        "integer": {"type": "integer"},
        "number": {"type": "number"},
        "yes": {"type": "integer"},
        "day": {"type": "date"},
        "utc": {"type": "datetime", "format": "%Y-%m-%d %H:%M:%S"},
        "list": {"type": "array"},
    }
    described = {"name": field.name} | types.get(field.kind, {"type": "string"})
    meaning = field.meaning
    if field.kind == "list" and form == "csv":
        described["type"] = "string"
        meaning += f" (joined by '{LIST_SEPARATOR}')"
    if form == "parquet" and field.kind in ("yes", "utc"):
        described = {"name": field.name, "type": "boolean" if field.kind == "yes" else "datetime"}
    return described | ({"description": meaning} if meaning else {})


def read_coverage(db: sqlite3.Connection, found: Summary) -> dict[str, dict[str, int]]:
    """What the sources of these articles listed in their period, and what became of it, by source."""
    if not found.first:
        return {}
    sums = sum_coverage(count_outcomes(db, found.first, found.last), lambda count: count.source_id)
    return {key: sums[key] for key in sorted(found.sources) if key in sums}


def hash_archive(archive: Path) -> dict[str, Any]:
    """The archive's name, size and SHA-256; those of its -wal file too, where that holds part of it."""
    files = [archive, archive.with_name(archive.name + "-wal")]
    return {
        "files": [
            {"name": path.name, "bytes": path.stat().st_size, "sha256": hash_file(path)}
            for path in files
            if path.is_file() and path.stat().st_size
        ]
    }


def hash_file(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _sources(db: sqlite3.Connection, found: Summary) -> list[dict[str, str]]:
    rows = db.execute("SELECT id, name, home FROM sources ORDER BY name").fetchall()
    return [{"title": name, "path": home} for key, name, home in rows if key in found.sources]
