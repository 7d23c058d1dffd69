"""The rows of merged archives, to compare those that were merged in another order. A part of `merge`.

Ids become natural keys; names of WARC files are left out, since a name that was taken becomes another. All else is compared as
it stands, clock times included.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from typing import TYPE_CHECKING

from bench.canonical_rows import KEYS, index_rows, open_archive, read_tables, replace_ids

if TYPE_CHECKING:
    from pathlib import Path

    from bench.canonical_rows import Row

NATURAL_KEYS = {
    **KEYS,
    "captures": ("url", "fetched_at", "sha256"),
    "crawls": ("uid",),
    "changes": ("article_id", "number", "kinds", "seen_at"),
    "clippings": ("url",),
}
IGNORED_TABLES = ("_replays", "manifests", "_manifest_leaves", "_manifest_pending")
"""What an archive went through: merges in another order are other manifests."""
IGNORED_COLUMNS = ("warc_file", "revisit_file")


def read_merged_rows(archive: Path) -> dict[str, list[str]]:
    """The rows of each table as JSON lines, sorted; the rows of search indexes as digests of their tokens."""
    with closing(open_archive(archive)) as db:
        tables = read_tables(db)
        _name_stories(tables["articles"], tables.get("_stories", []))
        replace_ids(tables, NATURAL_KEYS)
        for row in tables.get("crawls", []):
            row.pop("number", None)
        for name, row in index_rows(db):
            tables[name].append(row)
    return {
        table: sorted(
            json.dumps(
                {k: v for k, v in row.items() if k not in IGNORED_COLUMNS},
                ensure_ascii=False,
                sort_keys=True,
                default=bytes.hex,
            )
            for row in rows
        )
        for table, rows in tables.items()
        if table not in IGNORED_TABLES
    }


def _name_stories(articles: list[Row], counted: list[Row]) -> None:
    """Replace a story's id, the smallest id of its articles, by the first of their URLs, in place."""
    names: dict[int | None, str] = {}
    for row in sorted(articles, key=lambda row: str(row["url"])):
        names.setdefault(row["story_id"], row["url"])
    for row in (*articles, *counted):
        row["story_id"] = names[row["story_id"]] if row["story_id"] is not None else None


def digest_tables(archive: Path) -> dict[str, str]:
    """A SHA-256 for each table, the same for archives that say the same."""
    return {
        table: hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]
        for table, rows in read_merged_rows(archive).items()
    }
