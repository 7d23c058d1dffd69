"""Takes one archive into another: WARC files first, then all tables in one transaction, so that a crash leaves either none or all."""

from __future__ import annotations

import contextlib
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.archive.admin.erase import erase, erase_mentions
from pipelines.archive.database import Archive, open_for_reading
from pipelines.archive.derived_columns import FILL_LATEST
from pipelines.archive.errors import ArchiveError, archive_errors
from pipelines.archive.lock import ArchiveLock
from pipelines.archive.merge import captures, derived
from pipelines.archive.merge.articles import (
    fold_duplicates,
    insert_new_articles,
    match_articles,
    unite_articles,
)
from pipelines.archive.merge.changes import merge_changes
from pipelines.archive.merge.manifests import merge_manifests, note_ours
from pipelines.archive.merge.placements import merge_placements
from pipelines.archive.merge.rules import CRAWLS, OTHERS, SHARD, SOURCES, URLS, apply_rule
from pipelines.archive.merge.small_tables import (
    merge_alarms,
    merge_unexplained_versions,
    merge_unstable_articles,
)
from pipelines.archive.merge.source_copy import copy_sources
from pipelines.archive.merge.stories import finish_stories, merge_stories
from pipelines.archive.migrations import migrations
from pipelines.archive.sql import execute_statements
from pipelines.archive.tables.erasures import hashed
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sqlite_utils import Database

MAPS = (
    "source_ids",
    "crawl_ids",
    "capture_ids",
    "article_ids",
    "file_names",
    "blanked",
    "pages_by_first",
    "erased_urls",
    "erased_articles",
    "erased_captures",
    "manifest_ids",
    "story_hashes",
    "story_relinked",
)


@dataclass
class Merged:
    """What a merge brought. `united` are articles that both had and that changed; `forgotten` were taken out of the target.

    `problems` are lines for a person about what could not be taken.
    """

    articles: int = 0
    united: int = 0
    captures: int = 0
    files: int = 0
    forgotten: int = 0
    problems: list[str] = field(default_factory=list)


def merge(archive: Archive, shard: Path, renamed: Mapping[str, str], *, link: bool = False) -> Merged:
    """Take the archive `shard` into an open one whose lock the caller holds. The shard is read and not changed.

    `renamed` gives sources of the shard another id. `link` makes hard links of WARC files in place of copies.
    Raises `ArchiveError`, and then no table has changed; `ArchiveLockedError` while a crawl runs in the shard.
    """
    with archive.errors(), lock_if_writable(shard), with_today_shape(shard, archive) as path:
        return _merge_file(archive, shard, path, renamed, link=link)


def merge_sources(archive: Archive, shard: Path, ids: Collection[str], *, link: bool = False) -> Merged:
    """Take these sources of `shard` into an open archive. As `merge`, but the caller holds the locks of both.

    `shard` has today's shape.
    """
    with (
        archive.errors(),
        tempfile.TemporaryDirectory(prefix="merge-", dir=archive.path.parent) as folder,
    ):
        copy = Path(folder) / "shard.db"
        copy_sources(shard, ids, copy)
        return _merge_file(archive, shard, copy, {}, link=link)


def _merge_file(
    archive: Archive, shard: Path, path: Path, renamed: Mapping[str, str], *, link: bool
) -> Merged:
    """Merge the tables in the file `path`, and the WARC files that lie beside `shard`."""
    db = archive.db
    db.execute(f"ATTACH ? AS {SHARD}", [str(path)])
    try:
        return _merge_attached(archive, shard, renamed, link=link)
    finally:
        for name in MAPS:
            db.execute(f"DROP TABLE IF EXISTS temp.{name}")
        db.execute(f"DETACH {SHARD}")
        db.execute("PRAGMA foreign_keys = ON")
        archive.boilerplate.clear_memories()


def _merge_attached(archive: Archive, shard: Path, renamed: Mapping[str, str], *, link: bool) -> Merged:
    db, done = archive.db, Merged()
    archive.captures.finish_rewriting()
    _add_functions(db, renamed)
    _map_sources(archive, shard, renamed)
    done.forgotten = _obey_erasures(archive, done)
    _find_erased(db)
    files = captures.take_files(db, archive.path, shard, link=link)
    done.files, done.problems = files.taken, done.problems + files.problems
    db.execute("PRAGMA foreign_keys = OFF")
    with db.atomic():
        apply_rule(db, SOURCES)
        apply_rule(db, CRAWLS)
        db.execute(
            f"CREATE TEMP TABLE crawl_ids AS SELECT theirs.id AS old, ours.id AS new FROM {SHARD}.crawls AS theirs"
            " JOIN main.crawls AS ours USING (uid)"
        )
        note_ours(db)
        (highest_capture,) = db.conn.execute("SELECT coalesce(max(id), 0) FROM main.captures").fetchone()
        done.captures = captures.merge_captures(db, files.names)
        highest = match_articles(db)
        with derived.put_triggers_aside(db, "articles"):
            done.articles = insert_new_articles(db, highest)
            derived.index_new_articles(db, highest)
        merge_stories(db, highest)
        united = unite_articles(db, highest)
        done.united = united.changed
        captures.merge_article_captures(db)
        fold_duplicates(db)
        finish_stories(db, highest)
        derived.delete_unused_rows(db)
        with derived.put_triggers_aside(db, "urls"):
            apply_rule(db, URLS)
        captures.connect_captures_to_urls(db)
        with derived.put_triggers_aside(db, "outcomes"):
            for rule in OTHERS:
                apply_rule(db, rule)
            execute_statements(db, FILL_LATEST)
        merge_placements(db)
        merge_alarms(db)
        merge_unstable_articles(db)
        merge_unexplained_versions(db)
        merge_changes(db, highest, united.with_other_versions)
        merge_manifests(db, highest_capture)
        erase_mentions(db, [row[0] for row in db.conn.execute("SELECT url FROM erased_urls").fetchall()])
        broken = db.conn.execute("PRAGMA main.foreign_key_check").fetchone()
        if broken:
            raise ArchiveError(
                f"{shard} is damaged: a row of {broken[0]} names one of {broken[2]} that is not there. Nothing was merged. "
                f"Look at it with: clippings verify {shard}"
            )
    archive.captures.finish_rewriting()
    done.problems += captures.replace_dictionaries_of_erased(archive)
    return done


@contextlib.contextmanager
def lock_if_writable(shard: Path) -> Iterator[None]:
    """Keep crawls out of the shard; on a read-only disk none can run."""
    with contextlib.ExitStack() as held:
        with contextlib.suppress(ArchiveError):
            held.enter_context(ArchiveLock(shard))
        yield


@contextlib.contextmanager
def with_today_shape(shard: Path, archive: Archive) -> Iterator[Path]:
    """The shard, or a copy of it where it has an older shape or lies where SQLite cannot make its helper files."""
    opened = open_for_reading(shard)
    try:
        if opened["_sqlite_migrations"].exists():
            steps = [{applied.name for applied in migrations.applied(db)} for db in (archive.db, opened)]
            if steps[0] == steps[1] and _has_room_beside(shard):
                yield shard
                return
        with tempfile.TemporaryDirectory(prefix="merge-", dir=archive.path.parent) as folder:
            copy = Path(folder) / "shard.db"
            with archive_errors(copy):
                opened.conn.execute("VACUUM INTO ?", [str(copy)])
            with Archive(copy):
                pass
            yield copy
    finally:
        opened.close()


def _has_room_beside(path: Path) -> bool:
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent):
            return True
    except OSError:
        return False


def _add_functions(db: Database, renamed: Mapping[str, str]) -> None:
    def renamed_ids(cell: str) -> str:
        return json.dumps([renamed.get(name, name) for name in json.loads(cell)])

    db.conn.create_function("renamed_ids", 1, renamed_ids, deterministic=True)
    db.conn.create_function("hash_of_url", 1, lambda url: hashed(normalize.key(url)), deterministic=True)
    db.conn.create_function("hash_of", 1, hashed, deterministic=True)


# --- sources


def _map_sources(archive: Archive, shard: Path, renamed: Mapping[str, str]) -> None:
    """Fill `source_ids`. Raises `ArchiveError` where one id means two sites, or an id to rename is unknown."""
    db = archive.db
    theirs = dict(db.conn.execute(f"SELECT id, home FROM {SHARD}.sources").fetchall())
    for name in renamed:
        if name not in theirs:
            known = ", ".join(sorted(theirs)) or "no source"
            raise ArchiveError(f"{shard} has no source {name} to rename. It has {known}.")
    homes = dict(db.conn.execute("SELECT id, home FROM main.sources").fetchall())
    for old, home in theirs.items():
        new = renamed.get(old, old)
        other = homes.get(new)
        if other is not None and not normalize.same_site(other, home):
            raise ArchiveError(
                f"{new} is {other} in {archive.path}, and {home} in {shard}. Nothing was merged. Give the second one "
                f"another id: --as {old}={old}-2"
            )
    db.execute("CREATE TEMP TABLE source_ids (old TEXT PRIMARY KEY, new TEXT)")
    db.conn.executemany(
        "INSERT INTO source_ids VALUES (?, ?)", [(old, renamed.get(old, old)) for old in theirs]
    )


# --- erasures


def _obey_erasures(archive: Archive, done: Merged) -> int:
    """Take out of the target what the shard has forgotten; returns how many articles. It runs before the transaction."""
    found = archive.db.conn.execute(
        f"SELECT url FROM main.articles, {SHARD}._erasures AS e WHERE e.kind = 'text' AND e.hash = hash_of(content_hash)"
        f" UNION SELECT url FROM main.articles, {SHARD}._erasures AS e WHERE e.kind = 'url' AND e.hash = hash_of_url(url)"
        f" UNION SELECT url FROM main.urls, {SHARD}._erasures AS e WHERE e.kind = 'url' AND e.hash = hash_of(key)"
        if archive.db.conn.execute(f"SELECT 1 FROM {SHARD}._erasures LIMIT 1").fetchone()
        else "SELECT url FROM main.urls WHERE 0"
    ).fetchall()
    articles = 0
    for n, (url,) in enumerate(found, 1):
        erased = erase(archive, url, remember=False, compact=n == len(found))
        articles += erased.articles
        done.problems += erased.problems
    return articles


def _find_erased(db: Database) -> None:
    """Fill `erased_urls`, `erased_articles` and `erased_captures`: what of the shard the target has forgotten."""
    conn = db.conn
    conn.execute("CREATE TEMP TABLE erased_captures (id INTEGER PRIMARY KEY)")
    conn.execute("CREATE TEMP TABLE erased_urls (id INTEGER PRIMARY KEY, url TEXT)")
    conn.execute("CREATE TEMP TABLE erased_articles (id INTEGER PRIMARY KEY)")
    if not conn.execute("SELECT 1 FROM main._erasures LIMIT 1").fetchone():
        return
    known = "(SELECT hash FROM main._erasures WHERE kind = '{}')"
    urls, texts = known.format("url"), known.format("text")
    conn.execute(
        f"INSERT INTO erased_articles SELECT id FROM {SHARD}.articles WHERE hash_of_url(url) IN {urls}"
        f" OR hash_of(content_hash) IN {texts}"
        f" UNION SELECT article_id FROM {SHARD}.revisions WHERE hash_of(content_hash) IN {texts}"
        f" UNION SELECT article_id FROM {SHARD}.urls WHERE article_id IS NOT NULL AND hash_of(key) IN {urls}"
    )
    conn.execute(
        f"INSERT OR IGNORE INTO erased_articles SELECT id FROM {SHARD}.articles"
        " WHERE duplicate_of IN (SELECT id FROM erased_articles)"
    )
    conn.execute(
        f"INSERT INTO erased_urls SELECT id, url FROM {SHARD}.urls WHERE hash_of(key) IN {urls}"
        " OR article_id IN (SELECT id FROM erased_articles)"
    )
    conn.execute(
        f"INSERT INTO erased_captures SELECT id FROM {SHARD}.captures"
        " WHERE url_id IN (SELECT id FROM erased_urls) OR url IN (SELECT url FROM erased_urls)"
    )
    for table, column in (
        ("articles", "id"),
        ("revisions", "article_id"),
        ("article_captures", "article_id"),
    ):
        conn.execute(
            f"INSERT OR IGNORE INTO erased_captures SELECT capture_id FROM {SHARD}.{table}"
            f" WHERE capture_id IS NOT NULL AND {column} IN (SELECT id FROM erased_articles)"
        )
