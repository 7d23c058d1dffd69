"""Shards with all that makes merging hard, for `merge`: what each has done to articles that others hold as well."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from pipelines.archive.admin.erase import erase
from pipelines.archive.database import Archive
from pipelines.archive.merge.stories import EVERY
from pipelines.archive.tables.stories import update_stories
from pipelines.archive.warc.pack import compress, warcinfo
from tests.archives import build

if TYPE_CHECKING:
    from pathlib import Path

FILE = "2026-11-20-00000.warc.gz"
"""A name that the WARC files of all shards have."""


def make_shards(work: Path, count: int, articles: int) -> list[Path]:
    """Made-up shards. They share some addresses under other texts, as colleagues' archives do, and these differ besides.

    Vetoed boilerplate, alarms, articles that change by themselves, WARC files of one name; the first and the last have
    forgotten an article that others hold.
    """
    shards = [_make_shard(work / f"shard{n}", articles, n) for n in range(count)]
    shared = _find_shared(shards)
    for n, path in enumerate(shards):
        with closing(sqlite3.connect(path)) as db, db:
            _add_judgements(db, n, shared)
    for path, url in zip((shards[0], shards[-1]), shared, strict=False):
        with Archive(path) as archive:
            erase(archive, url)
    return shards


def _make_shard(folder: Path, articles: int, seed: int) -> Path:
    folder.mkdir()
    path = build(folder / "archive.db", articles, seed=seed + 1)
    with (
        closing(sqlite3.connect(path)) as db,
        db,
    ):  # made-up crawls begin at the same second; real ones do not
        db.execute("UPDATE outcomes SET at = substr(at, 1, 17) || ? || substr(at, 20)", [f"{seed:02}"])
        db.execute("UPDATE captures SET warc_file = ? || warc_file", [f"shard{seed}-"])
        # One that is there, under a name that other shards have too.
        db.execute(
            "INSERT INTO captures (url, fetched_at, status, warc_file, warc_offset, warc_length) VALUES (?, ?, 200, ?, 0, ?)",
            [f"https://shard{seed}.example/", "2026-11-20T00:00:00+00:00", FILE, len(_record(seed))],
        )
    with Archive(path) as archive, archive.db.atomic():
        update_stories(archive.db, EVERY)  # as a crawl has done
    (folder / "warc").mkdir()
    (folder / "warc" / FILE).write_bytes(_record(seed))
    return path


def _record(seed: int) -> bytes:
    return compress(warcinfo(FILE, "2026-11-20T00:00:00Z", f"shard {seed}"))


def _find_shared(shards: list[Path]) -> list[str]:
    """The addresses of articles that the first shard and another have."""
    urls = []
    for path in shards:
        with closing(sqlite3.connect(path)) as db:
            urls.append({row[0] for row in db.execute("SELECT url FROM articles")})
    return sorted(urls[0] & set.union(*urls[1:]))


def _add_judgements(db: sqlite3.Connection, n: int, shared: list[str]) -> None:
    source, day = "harbour-herald", f"2026-11-{10 + n}T00:00:00+00:00"
    db.execute(
        "INSERT INTO boilerplate (source_id, block_hash, text, pages, first_seen_at, last_seen_at, vetoed)"
        " VALUES (?, 'abc', 'Read more', ?, ?, ?, ?)",
        [source, 3 + n, day, day, n % 2],
    )
    db.execute(
        "INSERT OR IGNORE INTO alarms (source_id, kind, since, until, raised_at, words, advice, evidence)"
        " VALUES (?, 'short', ?, ?, ?, 'Texts are short.', 'Look.', '[]')",
        [source, day, day if n == 1 else None, day],
    )
    db.executemany(
        "INSERT OR IGNORE INTO _unstable_articles (article_id, places)"
        " SELECT id, json_array(?) FROM articles WHERE url = ?",
        [(f"place {n}", url) for url in shared[2:12]],
    )
