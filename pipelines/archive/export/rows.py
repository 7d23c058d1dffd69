"""The rows of an export: articles or versions, a batch at a time, so that memory stays flat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.archive.export.corrected import prepare_corrected
from pipelines.archive.export.fields import CURRENT_SEEN
from pipelines.archive.export.saved import JOIN, of_saved_versions, prepare_saved
from pipelines.archive.export.selection import as_json, iterate_ids
from pipelines.archive.search.results import parse_list

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.archive.export.fields import Field, Row
    from pipelines.archive.export.selection import Selection

_ARTICLES = f"""
FROM json_each(?) AS wanted CROSS JOIN articles a ON a.id = wanted.value
LEFT JOIN sources s ON s.id = a.source_id
LEFT JOIN temp._corrected k ON k.url = a.url
{JOIN}
"""
_VERSIONS = f"""
FROM json_each(?1) AS wanted CROSS JOIN articles a ON a.id = wanted.value
LEFT JOIN sources s ON s.id = a.source_id
LEFT JOIN temp._corrected k ON k.url = a.url
JOIN (
    SELECT r.article_id, r.number, 0 AS is_current, r.seen_at, r.title, r.standfirst, r.text, r.modified_at,
           r.content_hash, r.capture_id
    FROM revisions r WHERE r.article_id IN (SELECT value FROM json_each(?1))
    UNION ALL
    SELECT o.id, o.revision, 1, {CURRENT_SEEN.format(row="o")}, o.title, o.standfirst, o.text, o.modified_at, o.content_hash, o.capture_id
    FROM articles o WHERE o.id IN (SELECT value FROM json_each(?1))
) v ON v.article_id = a.id
ORDER BY a.id, v.number
"""


def read_rows(
    db: sqlite3.Connection, selection: Selection, fields: Sequence[Field], *, versions: bool = False
) -> Iterator[list[Row]]:
    """The rows of the selection, in the order of archiving; versions of an article from the first to the current."""
    return read_rows_of(db, iterate_ids(db, selection), fields, versions=versions)


def read_rows_of(
    db: sqlite3.Connection, ids: Iterable[list[int]], fields: Sequence[Field], *, versions: bool = False
) -> Iterator[list[Row]]:
    """The rows of batches of article ids; of articles of a dossier the versions that were saved, a row for each."""
    prepare_corrected(db)
    prepare_saved(db)
    if not versions:
        fields = of_saved_versions(db, fields)
    columns = ", ".join(field.sql for field in fields)
    sql = f"SELECT {columns} {_VERSIONS if versions else _ARTICLES}"
    lists = [place for place, field in enumerate(fields) if field.kind == "list"]
    for batch in ids:
        rows = db.execute(sql, [as_json(batch)]).fetchall()
        yield [_with_lists(row, lists) for row in rows] if lists else rows


def _with_lists(row: Row, lists: Sequence[int]) -> Row:
    values = list(row)
    for place in lists:
        cell = values[place]
        values[place] = parse_list(cell if isinstance(cell, str) else None)
    return tuple(values)
