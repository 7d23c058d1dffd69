"""The table `captures` and the files it points to: copied or linked beside the target's own, by name."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.admin.erase import Erased, overwrite_record
from pipelines.archive.admin.rewrite import replace_dictionaries
from pipelines.archive.file_copies import PART, list_warc_files
from pipelines.archive.manifest_tables import note_capture
from pipelines.archive.merge.file_names import choose_name
from pipelines.archive.merge.rules import SHARD, get_columns
from pipelines.archive.records import Place
from pipelines.archive.warc.collection_records import IN_A_COLLECTION
from pipelines.archive.warc.files import prefix_of, sync_folder
from pipelines.archive.warc.pack import digest_of
from pipelines.archive.warc.reader import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlite_utils import Database

    from pipelines.archive.database import Archive


class TakenFiles(NamedTuple):
    """The new name of each of the shard's WARC files; how many were copied or linked now; lines on those that are not there."""

    names: dict[str, str]
    taken: int
    problems: list[str]


def take_files(db: Database, archive: Path, shard: Path, *, link: bool) -> TakenFiles:
    """Bring the shard's WARC files beside the target's. A file that is there already is not touched.

    Records of what the target has forgotten are overwritten in the copy. Raises `OSError` for a full disk; what is
    there then is whole.
    """
    blank = _find_places_to_blank(db)
    source, target = folder_of(shard), folder_of(archive)
    files = TakenFiles({}, 0, [])
    taken = 0
    for name, end in list_warc_files(db.conn, SHARD):
        path = source / name
        is_missing = not path.is_file() or path.resolve().parent != source.resolve()
        own_prefix, used = prefix_of(archive), files.names.values()
        new = choose_name(db, name, None if is_missing else path, target, own_prefix, used)
        files.names[name] = new
        copy = target / new
        if is_missing:
            if not copy.is_file() or copy.stat().st_size < end:
                files.problems.append(
                    f"{path} is not there: its captures are in the tables, their pages are not. Should you find it, put it"
                    f" at {copy}"
                )
            continue
        target.mkdir(exist_ok=True)
        if _is_there(path, copy):
            continue
        # Should no row come to name it, nobody needs it: the target has its pages elsewhere.
        db.execute("INSERT OR IGNORE INTO _warc_cuts (warc_file, size) VALUES (?, 0)", [new])
        _take(path, copy, blank.get(name, ()), link=link)
        taken += 1
    if taken:
        sync_folder(target)
    return files._replace(taken=taken)


def _is_there(path: Path, target: Path) -> bool:
    """Whether the target has all of a file. A crawl of the shard may have gone on with it since it was taken."""
    return target.exists() and (target.samefile(path) or target.stat().st_size >= path.stat().st_size)


def _take(path: Path, target: Path, blank: Iterable[Place], *, link: bool) -> None:
    part = target.with_name(target.name + PART)
    part.unlink(missing_ok=True)
    if link and not blank:
        os.link(path, part)
    else:
        shutil.copyfile(path, part)
        for place in blank:
            overwrite_record(part.parent, replace(place, warc_file=part.name), Erased())
        with part.open("rb") as file:
            os.fsync(file.fileno())
    part.replace(target)


def _find_places_to_blank(db: Database) -> dict[str, list[Place]]:
    places: dict[str, list[Place]] = {}
    rows = db.conn.execute(
        "SELECT warc_file, warc_offset, warc_length, revisit_file, revisit_offset, revisit_length"
        f" FROM {SHARD}.captures WHERE id IN (SELECT id FROM erased_captures)"
    )
    for row in rows:
        for place in (row[:3], row[3:]):
            if place[0] and place[1] is not None and place[2]:
                places.setdefault(place[0], []).append(Place(*place))
    return places


def replace_dictionaries_of_erased(archive: Archive) -> list[str]:
    """Rewrite files, taken or our own, whose dictionary is a page of the shard's that the target has forgotten.

    Returns lines for a person. It runs after the transaction; what a crash leaves out, the next one does.
    """
    rows = archive.db.conn.execute(
        f"SELECT url, sha256 FROM {SHARD}.captures WHERE id IN (SELECT id FROM erased_captures)"
    ).fetchall()
    if not rows:
        return []
    return replace_dictionaries(
        archive, {url for url, _ in rows}, {digest_of(sha256) for _, sha256 in rows if sha256}
    )


def merge_captures(db: Database, names: dict[str, str], *, blanked: bool = True) -> int:
    """Bring in the captures that the target has not; fills `capture_ids`. Returns how many. Needs an open transaction.

    `blanked` says that the records of those in `erased_captures` are overwritten, and not merely left out.
    """
    conn = db.conn
    conn.execute("CREATE TEMP TABLE file_names (old TEXT PRIMARY KEY, new TEXT)")
    conn.executemany("INSERT INTO file_names VALUES (?, ?)", names.items())
    conn.execute("CREATE TEMP TABLE capture_ids (old INTEGER PRIMARY KEY, new INTEGER)")
    conn.execute(
        f"INSERT INTO capture_ids SELECT theirs.id, min(ours.id) FROM {SHARD}.captures AS theirs JOIN main.captures AS ours"
        " ON ours.url = theirs.url AND ours.fetched_at = theirs.fetched_at AND ours.sha256 IS theirs.sha256 GROUP BY theirs.id"
    )
    _take_better_places(db)
    (highest,) = conn.execute("SELECT coalesce(max(id), 0) FROM main.captures").fetchone()
    conn.execute(
        f"INSERT INTO capture_ids SELECT id, id + ? FROM {SHARD}.captures"
        " WHERE id NOT IN (SELECT old FROM capture_ids) AND id NOT IN (SELECT id FROM erased_captures)",
        [highest],
    )
    # Other captures of a payload that is blanked have lost it as well.
    conn.execute(
        f"CREATE TEMP TABLE blanked AS SELECT warc_file, warc_offset FROM {SHARD}.captures"
        f" WHERE {int(blanked)} AND id IN (SELECT id FROM erased_captures)"
    )
    lost = "CASE WHEN (theirs.warc_file, theirs.warc_offset) IN (SELECT warc_file, warc_offset FROM blanked) THEN NULL ELSE {} END"
    special = {
        "id": "capture_ids.new",
        "url_id": "NULL",
        "warc_file": lost.format(
            f"CASE WHEN {IN_A_COLLECTION.format(column='theirs.warc_file')} THEN theirs.warc_file"
            " ELSE (SELECT new FROM file_names WHERE old = theirs.warc_file) END"
        ),
        "warc_offset": lost.format("theirs.warc_offset"),
        "warc_length": lost.format("theirs.warc_length"),
        "revisit_file": "(SELECT new FROM file_names WHERE old = theirs.revisit_file)",
    }
    columns = get_columns(db, "captures")
    values = ", ".join(special.get(name, f"theirs.{name}") for name in columns)
    return conn.execute(
        f"INSERT INTO main.captures ({', '.join(columns)}) SELECT {values} FROM {SHARD}.captures AS theirs"
        " JOIN capture_ids ON capture_ids.old = theirs.id WHERE capture_ids.new > ? ORDER BY theirs.id",
        [highest],
    ).rowcount


def _take_better_places(db: Database) -> None:
    """Of a capture that both have, prefer the copy to a place in a collection, and of two such places the web's."""
    elsewhere = IN_A_COLLECTION.format(column="{}.warc_file")
    rows = db.conn.execute(
        "SELECT ours.id, coalesce(file_names.new, theirs.warc_file), theirs.warc_offset, theirs.warc_length,"
        " (SELECT new FROM file_names WHERE old = theirs.revisit_file), theirs.revisit_offset, theirs.revisit_length"
        f" FROM capture_ids JOIN {SHARD}.captures AS theirs ON theirs.id = capture_ids.old"
        " JOIN main.captures AS ours ON ours.id = capture_ids.new LEFT JOIN file_names ON file_names.old = theirs.warc_file"
        f" WHERE {elsewhere.format('ours')} AND theirs.warc_file IS NOT NULL"
        " AND theirs.id NOT IN (SELECT id FROM erased_captures)"
        f" AND (NOT {elsewhere.format('theirs')} OR theirs.warc_file > ours.warc_file)"
    ).fetchall()
    for capture_id, *place in rows:
        db.conn.execute(
            "UPDATE main.captures SET warc_file = ?, warc_offset = ?, warc_length = ?, revisit_file = ?,"
            " revisit_offset = ?, revisit_length = ? WHERE id = ?",
            [*place, capture_id],
        )
        db.conn.execute(
            "DELETE FROM main._manifest_pending WHERE kind = 'capture' AND row_id = ?", [capture_id]
        )
        note_capture(db, capture_id, None)


def connect_captures_to_urls(db: Database) -> None:
    """Fill `captures.url_id` of the new rows, once the frontier is united. Needs an open transaction."""
    db.conn.execute(
        f"UPDATE main.captures SET url_id = new.id FROM capture_ids, {SHARD}.captures AS theirs, {SHARD}.urls AS named,"
        " main.urls AS new WHERE captures.id = capture_ids.new AND captures.url_id IS NULL AND theirs.id = capture_ids.old"
        " AND named.id = theirs.url_id AND new.key = named.key"
    )


def merge_article_captures(db: Database) -> None:
    """Make the pages of articles in several anew, once articles and versions are united. Needs an open transaction.

    The numbers of versions may have changed; a version's first page names it in both archives.
    """
    pages = (
        "SELECT {first} AS first, p.part, {page} AS capture_id FROM {schema}.article_captures p JOIN {schema}.article_captures f"
        " ON f.article_id = p.article_id AND f.revision = p.revision AND f.part = 1"
    )
    translated = "(SELECT new FROM capture_ids WHERE old = {}.capture_id)"
    ours = pages.format(first="f.capture_id", page="p.capture_id", schema="main")
    theirs = pages.format(first=translated.format("f"), page=translated.format("p"), schema=SHARD)
    conn = db.conn
    conn.execute(f"CREATE TEMP TABLE pages_by_first AS {ours} UNION {theirs}")
    conn.execute("DELETE FROM main.article_captures")
    conn.execute(
        "INSERT INTO main.article_captures (article_id, part, capture_id, revision)"
        " SELECT v.article_id, p.part, min(p.capture_id), v.revision FROM (SELECT id AS article_id, revision, capture_id"
        " FROM main.articles UNION ALL SELECT article_id, number, capture_id FROM main.revisions) AS v"
        " JOIN pages_by_first AS p ON p.first = v.capture_id WHERE p.capture_id IS NOT NULL"
        " GROUP BY v.article_id, v.revision, p.part"
    )
