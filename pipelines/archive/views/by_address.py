"""Articles by their addresses, for what names them so: another archive, in which their ids are others, may lie here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from pipelines.urls import normalize

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection


def find_by_address(db: sqlite3.Connection, urls: Collection[str]) -> dict[str, int]:
    """The ids of the articles at these addresses, by address; those that are not held are left out.

    An article that the archive knows by another spelling of its address is found by that too.
    """
    sql = "SELECT url, id FROM articles WHERE url IN (SELECT value FROM json_each(?))"
    found = dict(db.execute(sql, [json.dumps(sorted(urls))]).fetchall())
    keys = {key: url for url in urls if url not in found and (key := normalize.key(url))}
    if keys:
        sql = (
            "SELECT u.key, u.article_id FROM urls u JOIN articles a ON a.id = u.article_id"
            " WHERE u.key IN (SELECT value FROM json_each(?))"
        )
        rows = db.execute(sql, [json.dumps(sorted(keys))]).fetchall()
        found |= {keys[key]: number for key, number in rows}
    return {url: found[url] for url in urls if url in found}


class ManifestOfVersion(NamedTuple):
    """The manifest that covers a version of an article; `stamped_at` is None where it has no time stamp."""

    number: int
    made_at: str
    root: str
    stamped_at: str | None


def find_manifest(db: sqlite3.Connection, article_id: int, number: int) -> ManifestOfVersion | None:
    """The manifest that covers a version; None where none does yet. Whether it still holds, the evidence sheet says."""
    row = db.execute(
        "SELECT m.number, m.made_at, m.root, m.stamped_at FROM _manifest_leaves l JOIN manifests m ON m.id = l.manifest_id"
        " WHERE l.row_id = ? AND l.kind = 'version' AND l.number IS ? AND l.superseded_by IS NULL"
        " ORDER BY l.manifest_id LIMIT 1",
        [article_id, number],
    ).fetchone()
    return ManifestOfVersion(*row) if row else None
