"""Divides one archive into several by year of publication: each part is an archive of its own, and all merged are the whole again.

A part is filled by the very steps of a merge, with what belongs to other parts left out. All parts are written into a
folder beside the one that is wanted, which takes its name at the end: a split that was killed leaves nothing half.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.admin.manifests import add_manifests
from pipelines.archive.database import Archive, open_for_reading
from pipelines.archive.derived_columns import FILL_LATEST
from pipelines.archive.errors import ArchiveError, archive_errors
from pipelines.archive.file_copies import PART, copy_warc_file, find_problem, list_warc_files
from pipelines.archive.merge import captures, derived
from pipelines.archive.merge.articles import fold_duplicates, insert_new_articles, match_articles
from pipelines.archive.merge.changes import merge_changes
from pipelines.archive.merge.merge import MAPS, lock_if_writable, with_today_shape
from pipelines.archive.merge.placements import copy_placements
from pipelines.archive.merge.rules import CRAWLS, OTHERS, SHARD, SOURCES, URLS, apply_rule
from pipelines.archive.merge.small_tables import (
    merge_alarms,
    merge_unexplained_versions,
    merge_unstable_articles,
)
from pipelines.archive.merge.stories import finish_stories, merge_stories
from pipelines.archive.sql import execute_statements
from pipelines.archive.warc.reader import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlite_utils import Database

YEAR = "min(substr(coalesce(published_day, first_seen_at), 1, 4), substr(first_seen_at, 1, 4))"
"""The year of an article: of its publication, which cannot be later than when it was seen; without a date, of that."""
URL_YEAR = f"""
CASE WHEN theirs.article_id IS NOT NULL THEN (SELECT {YEAR} FROM {SHARD}.articles WHERE id = theirs.article_id)
     WHEN theirs.state = 'due' THEN :newest
     ELSE coalesce((SELECT year FROM years WHERE year = substr(coalesce(theirs.listed_day, theirs.found_at), 1, 4)), :newest)
END
"""
"""The year of a URL: its article's, else that in which it was listed. What is still to be fetched is in the newest part."""
NEWEST_ONLY = ("listings", "_skipped_urls", "_source_daily_stats")
"""Tables of sites as crawls go on with them: the newest part has them."""
MARK = ".clippings-split"
"""A file that says whose an unfinished folder is."""


class Part(NamedTuple):
    """An archive that a split made, with the number of its articles and captures."""

    path: Path
    articles: int
    captures: int


@dataclass
class Split:
    """The parts that a split made, the oldest first; `problems` are lines for a person."""

    parts: list[Part] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def split_by_year(whole: Path, folder: Path, *, link: bool = True) -> Iterator[Split]:
    """Divide an archive into parts in a new folder; yields what is done so far after each part.

    The whole is read and not changed. WARC files become hard links where the disk can, copies else, and always
    without `link`. Raises `ArchiveError`, `ArchiveLockedError` while a crawl runs.
    """
    done = Split()
    building = folder.with_name(folder.name + PART)
    with archive_errors(building), lock_if_writable(whole):
        _make_folder(folder, building)
        with Archive(building / f"{whole.stem}.shape.db") as shape, with_today_shape(whole, shape) as path:
            years = _read_years(path)
            if not years:
                raise ArchiveError(f"{whole} has no articles to divide.")
            for year in years:
                target = building / f"{whole.stem}-{year}.db"
                part = _make_part(path, target, year, years, done)
                _take_files(whole, target, done, link=link)
                with Archive(target) as archive:
                    add_manifests(archive, "split")
                done.parts.append(part._replace(path=folder / target.name))
                yield done
        for file in (*building.glob(f"{whole.stem}.shape.db*"), *building.glob("*.lock"), building / MARK):
            file.unlink(missing_ok=True)
        if folder.exists():
            folder.rmdir()
        building.replace(folder)


def _make_folder(folder: Path, building: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ArchiveError(f"{folder} is there already. Name a folder that is not, or is empty, with --into.")
    if building.exists():
        if not (building / MARK).is_file():
            raise ArchiveError(f"{building} is in the way. Move it, or name another folder with --into.")
        shutil.rmtree(building)
    building.mkdir(parents=True)
    (building / MARK).touch()


def _read_years(whole: Path) -> list[str]:
    with contextlib.closing(open_for_reading(whole)) as db:
        return [row[0] for row in db.execute(f"SELECT DISTINCT {YEAR} FROM articles ORDER BY 1").fetchall()]


def _make_part(whole: Path, target: Path, year: str, years: list[str], done: Split) -> Part:
    with Archive(target) as archive:
        db = archive.db
        db.execute(f"ATTACH ? AS {SHARD}", [str(whole)])
        try:
            db.execute("PRAGMA foreign_keys = OFF")
            with db.atomic():
                _choose_rows(db, year, years)
                _fill(db, is_newest=year == years[-1])
                broken = db.conn.execute("PRAGMA main.foreign_key_check").fetchone()
                if broken:
                    raise ArchiveError(
                        f"{whole} is damaged: a row of {broken[0]} names one of {broken[2]} that is not there. Nothing was"
                        f" divided. Look at it with: clippings verify {whole}"
                    )
        finally:
            for name in (*MAPS, "years"):
                db.execute(f"DROP TABLE IF EXISTS temp.{name}")
            db.execute(f"DETACH {SHARD}")
        counts = (
            db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("articles", "captures")
        )
        return Part(target, *counts)


def _choose_rows(db: Database, year: str, years: list[str]) -> None:
    """Fill the tables by which a merge leaves rows out with all that is of another part. Needs an open transaction."""
    conn, values = db.conn, {"year": year, "newest": years[-1]}
    conn.execute("CREATE TEMP TABLE years (year TEXT PRIMARY KEY)")
    conn.executemany("INSERT INTO years VALUES (?)", [(one,) for one in years])
    conn.execute(f"CREATE TEMP TABLE source_ids AS SELECT id AS old, id AS new FROM {SHARD}.sources")
    conn.execute("CREATE TEMP TABLE erased_articles (id INTEGER PRIMARY KEY)")
    conn.execute(f"INSERT INTO erased_articles SELECT id FROM {SHARD}.articles WHERE {YEAR} <> :year", values)
    conn.execute("CREATE TEMP TABLE erased_urls (id INTEGER PRIMARY KEY, url TEXT)")
    conn.execute(
        f"INSERT INTO erased_urls SELECT id, url FROM {SHARD}.urls AS theirs WHERE {URL_YEAR} <> :year",
        values,
    )
    conn.execute("CREATE TEMP TABLE erased_captures (id INTEGER PRIMARY KEY)")
    # What belongs to no URL, as stylesheets do, is in every part.
    conn.execute(
        f"INSERT INTO erased_captures SELECT id FROM {SHARD}.captures WHERE url_id IN (SELECT id FROM erased_urls)"
    )
    for table, column in (
        ("articles", "id"),
        ("revisions", "article_id"),
        ("article_captures", "article_id"),
    ):
        conn.execute(
            f"DELETE FROM erased_captures WHERE id IN (SELECT capture_id FROM {SHARD}.{table}"
            f" WHERE {column} NOT IN (SELECT id FROM erased_articles))"
        )
        conn.execute(
            f"INSERT OR IGNORE INTO erased_captures SELECT theirs.capture_id FROM {SHARD}.{table} AS theirs"
            f" JOIN {SHARD}.captures AS c ON c.id = theirs.capture_id WHERE c.url_id IS NULL"
            f" AND theirs.{column} IN (SELECT id FROM erased_articles)"
        )


def _fill(db: Database, *, is_newest: bool) -> None:
    apply_rule(db, SOURCES)
    if not is_newest:
        db.execute("UPDATE main.sources SET followed = 0")
    apply_rule(db, CRAWLS._replace(columns={}))
    db.execute(
        f"CREATE TEMP TABLE crawl_ids AS SELECT theirs.id AS old, ours.id AS new FROM {SHARD}.crawls AS theirs"
        " JOIN main.crawls AS ours USING (uid)"
    )
    names = {file.name: file.name for file in list_warc_files(db.conn, SHARD)}
    captures.merge_captures(db, names, blanked=False)
    highest = match_articles(db)
    with derived.put_triggers_aside(db, "articles"):
        insert_new_articles(db, highest)
        derived.index_new_articles(db, highest)
    merge_stories(db, highest)
    captures.merge_article_captures(db)
    fold_duplicates(db)
    finish_stories(db, highest)
    with derived.put_triggers_aside(db, "urls"):
        apply_rule(db, URLS)
        if is_newest:
            _add_urls_of_others(db)
    captures.connect_captures_to_urls(db)
    with derived.put_triggers_aside(db, "outcomes"):
        for rule in OTHERS:
            if rule.table in NEWEST_ONLY and not is_newest:
                continue
            if rule.table == "outcomes":
                chosen = (
                    "NOT IN (SELECT url FROM erased_urls)" if is_newest else "IN (SELECT url FROM main.urls)"
                )
                apply_rule(db, rule._replace(where=f"theirs.url {chosen}", columns={}))
            else:
                apply_rule(db, rule)
        execute_statements(db, FILL_LATEST)
    if is_newest:
        copy_placements(db)
        merge_alarms(db)
    merge_unstable_articles(db)
    merge_unexplained_versions(db)
    merge_changes(db, highest, ())


def _add_urls_of_others(db: Database) -> None:
    """Make the addresses of other parts known, so that crawls into this one do not ask for them again.

    A merge prefers the row of the part that has the rest: it was tried more often. Needs an open transaction.
    """
    db.conn.execute(
        "INSERT OR IGNORE INTO main.urls (url, key, source_id, found_at, via, state, attempts)"
        " SELECT theirs.url, theirs.key, theirs.source_id, theirs.found_at, 'alias',"
        f" CASE theirs.state WHEN 'exhausted' THEN 'exhausted' ELSE 'done' END, -1 FROM {SHARD}.urls AS theirs"
        " WHERE theirs.id IN (SELECT id FROM erased_urls)"
    )


def _take_files(whole: Path, target: Path, done: Split, *, link: bool) -> None:
    """Bring the WARC files that a part needs into its folder, which all parts share."""
    source, folder = folder_of(whole), folder_of(target)
    with contextlib.closing(open_for_reading(target)) as db:
        files = list_warc_files(db.conn)
    for file in files:
        if (folder / file.name).exists():
            continue
        problem = find_problem(source, file)
        if problem:
            done.problems += [problem] if problem not in done.problems else []
            continue
        folder.mkdir(exist_ok=True)
        if link:
            with contextlib.suppress(OSError):
                os.link(source / file.name, folder / file.name)
                continue
        copy_warc_file(source, file, folder)
