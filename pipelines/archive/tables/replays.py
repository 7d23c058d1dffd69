"""Replay: what is to be read again, how far a replay has come, and rows brought up to today's rules in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.archive.manifest_tables import RESTORED, note_article
from pipelines.archive.records import Place
from pipelines.archive.sql import insert, update
from pipelines.archive.tables.articles import article_row
from pipelines.archive.tables.changes import delete_changes
from pipelines.archive.tables.facets import update_article
from pipelines.archive.tables.frontier import unpack_hints
from pipelines.archive.tables.further_pages import get_further_pages
from pipelines.archive.tables.versions_index import delete_versions, index_versions, unindex_versions
from pipelines.archive.warc.collection_records import IN_A_COLLECTION, ON_THE_WEB, may_fetch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlite_utils import Database

    from pipelines.archive.records import HeldPage
    from pipelines.items import Article, Hints

PAGES = 500
"""Captures looked up at a time."""

UNCOPIED_SQL = """
SELECT id FROM articles WHERE capture_id IS NULL
UNION SELECT article_id FROM revisions WHERE capture_id IS NULL
UNION SELECT article_id FROM unexplained_versions
"""
"""Articles of which some version has no capture. All their versions stay as they are: were some read by newer rules and
others not, the difference between them would show our changes as the publisher's."""

COPIED_SQL = """
NOT EXISTS (SELECT 1 FROM articles v WHERE v.id = coalesce(a.id, b.id) AND v.capture_id IS NULL)
AND NOT EXISTS (SELECT 1 FROM revisions v WHERE v.article_id = coalesce(a.id, b.id) AND v.capture_id IS NULL)
AND NOT EXISTS (SELECT 1 FROM unexplained_versions v WHERE v.article_id = coalesce(a.id, b.id))
"""
"""That a capture's article is none of these, by look-ups: the list itself would be made anew for each `PAGES` captures."""

AWAY_SQL = f"EXISTS (SELECT 1 FROM captures w WHERE w.id = v.capture_id AND {ON_THE_WEB.format(column='w.warc_file')})"
WITHIN_REACH_SQL = f"""
(:fetches OR NOT ({ON_THE_WEB.format(column="c.warc_file")}
    OR EXISTS (SELECT 1 FROM articles v WHERE v.id = coalesce(a.id, b.id) AND {AWAY_SQL})
    OR EXISTS (SELECT 1 FROM revisions v WHERE v.article_id = coalesce(a.id, b.id) AND {AWAY_SQL})))
"""
"""That all captures of an article can be read: `:fetches` says that those in collections on the web can."""

CAPTURES_SQL = f"""
SELECT c.id, c.url, c.fetched_at, c.warc_file, c.warc_offset, c.warc_length,
       u.id AS url_id, u.url AS found, u.hints, coalesce(a.source_id, b.source_id, u.source_id) AS source_id,
       a.id AS article_id, r.id AS revision_id, coalesce(b.id, a.id) AS of_article, coalesce(r.number, a.revision) AS revision
FROM captures c LEFT JOIN urls u ON u.id = c.url_id
LEFT JOIN articles a ON a.capture_id = c.id
LEFT JOIN revisions r ON r.capture_id = c.id LEFT JOIN articles b ON b.id = r.article_id
WHERE c.id > :after AND c.warc_file IS NOT NULL AND {COPIED_SQL} AND {WITHIN_REACH_SQL} AND (a.id IS NOT NULL OR r.id IS NOT NULL OR (
    u.article_id IS NULL AND c.mime NOT LIKE 'image/%'
    AND c.id = (SELECT id FROM captures WHERE url_id = u.id ORDER BY fetched_at DESC, id DESC LIMIT 1)))
ORDER BY c.id LIMIT :limit
"""

VERSION_COLUMNS = ("title", "standfirst", "text", "modified_at", "content_hash", "extractor")
UNSAID = ("content_hash", "extractor")
"""Columns that follow from others: no change of their own."""


@dataclass(frozen=True, slots=True)
class CaptureToReread:
    """A capture to be read again: of an article as it is, of an old version, or of a page without an article."""

    capture_id: int
    place: Place
    url: str
    found: str
    fetched_at: str
    hints: Hints
    source_id: str
    url_id: int | None
    article_id: int | None
    revision_id: int | None
    further: tuple[HeldPage, ...] = ()
    """The pages after the first, of an article in several."""


@dataclass(frozen=True, slots=True)
class RereadChanges:
    """What reading again changes: columns with (old, new)."""

    columns: dict[str, tuple[Any, Any]]

    @property
    def said(self) -> tuple[str, ...]:
        """The columns that a reader would notice."""
        return tuple(name for name in self.columns if name not in UNSAID)


def captures_to_reread(db: Database, after: int) -> Iterator[CaptureToReread]:
    """The captures to be read again whose id is larger than `after`."""
    while True:
        rows = list(db.query(CAPTURES_SQL, {"after": after, "limit": PAGES, "fetches": may_fetch()}))
        for row in rows:
            after = row["id"]
            yield _capture_of(db, row)
        if len(rows) < PAGES:
            return


def captures_of_source(db: Database, source_id: str) -> Iterator[CaptureToReread]:
    """The captures of a source's articles and of their old versions, as far as they can be read."""
    sql = CAPTURES_SQL.replace(
        "WHERE c.id > :after",
        "WHERE c.id > :after AND c.id IN (SELECT capture_id FROM articles WHERE source_id = :source UNION SELECT o.capture_id"
        " FROM revisions o JOIN articles p ON p.id = o.article_id WHERE p.source_id = :source)",
    )
    after = 0
    while True:
        values = {"after": after, "limit": PAGES, "fetches": may_fetch(), "source": source_id}
        rows = list(db.query(sql, values))
        for row in rows:
            after = row["id"]
            yield _capture_of(db, row)
        if len(rows) < PAGES:
            return


def find_continued(db: Database) -> list[int]:
    """The ids of articles that continue at a page which is not held as one of theirs."""
    rows = db.execute("SELECT id FROM articles WHERE continues_at IS NOT NULL ORDER BY id").fetchall()
    return [row[0] for row in rows]


def capture_of_article(db: Database, article_id: int) -> CaptureToReread | None:
    """The capture of an article; None when it has none, or is no longer there."""
    sql = CAPTURES_SQL.replace("WHERE c.id > :after", "WHERE c.id > :after AND a.id = :article")
    row = next(
        iter(db.query(sql, {"after": 0, "limit": 1, "article": article_id, "fetches": may_fetch()})), None
    )
    return _capture_of(db, row) if row else None


def capture_of_last_version(db: Database, article_id: int) -> CaptureToReread | None:
    """The capture of the last superseded version of an article; None when it has none, or no capture of it."""
    sql = CAPTURES_SQL.replace(
        "WHERE c.id > :after",
        "WHERE c.id > :after AND r.id = (SELECT id FROM revisions WHERE article_id = :article ORDER BY number DESC LIMIT 1)",
    )
    row = next(
        iter(db.query(sql, {"after": 0, "limit": 1, "article": article_id, "fetches": may_fetch()})), None
    )
    return _capture_of(db, row) if row else None


def put_version_back(db: Database, article_id: int, version: CaptureToReread, article: Article) -> None:
    """Make a superseded version, as read now, the article again, in place of what followed it. Needs an open transaction."""
    number, seen_at = db.execute(
        "SELECT number, seen_at FROM revisions WHERE id = ?", [version.revision_id]
    ).fetchone()
    delete_versions(db, "article_id = ? AND number >= ?", [article_id, number])
    delete_changes(db, "article_id = ? AND number > ?", [article_id, number])
    db.conn.execute(
        "DELETE FROM article_captures WHERE article_id = ? AND revision > ?", [article_id, number]
    )
    values = {
        "capture_id": version.capture_id,
        "revision": number,
        "revised_at": seen_at if number > 1 else None,
    }
    update_article(db, article_id, article_row(article) | values)
    note_article(db, article_id, RESTORED)


def _capture_of(db: Database, row: dict[str, Any]) -> CaptureToReread:
    return CaptureToReread(
        row["id"],
        Place(row["warc_file"], row["warc_offset"], row["warc_length"]),
        row["url"],
        row["found"] or row["url"],
        row["fetched_at"],
        unpack_hints(row["hints"] or "{}"),
        row["source_id"] or "",
        row["url_id"],
        row["article_id"],
        row["revision_id"],
        get_further_pages(db, row["of_article"], row["revision"]) if row["of_article"] else (),
    )


def count_captures(db: Database, after: int) -> int:
    """How many captures `captures_to_reread` will bring."""
    inner = CAPTURES_SQL.replace("ORDER BY c.id LIMIT :limit", "")
    values = {"after": after, "fetches": may_fetch()}
    return int(db.execute(f"SELECT count(*) FROM ({inner})", values).fetchone()[0])


def count_uncopied(db: Database) -> int:
    """How many articles have a version without a capture, and are left as they are."""
    return int(db.execute(f"SELECT count(*) FROM ({UNCOPIED_SQL})").fetchone()[0])


def lie_elsewhere(db: Database) -> bool:
    """Whether all captures lie in files of collections, and none beside the archive."""
    inside = f"SELECT 1 FROM captures WHERE warc_file IS NOT NULL AND {{}} {IN_A_COLLECTION.format(column='warc_file')}"
    sql = f"SELECT EXISTS ({inside.format('')}) AND NOT EXISTS ({inside.format('NOT')})"
    return bool(db.execute(sql).fetchone()[0])


def count_away(db: Database) -> int:
    """How many articles have a capture in a collection on the web, and are left as they are."""
    if may_fetch():
        return 0
    sql = (
        "SELECT count(*) FROM (SELECT a.id FROM captures c JOIN articles a ON a.capture_id = c.id WHERE {0}"
        " UNION SELECT r.article_id FROM captures c JOIN revisions r ON r.capture_id = c.id WHERE {0})"
    )
    return int(db.execute(sql.format(ON_THE_WEB.format(column="c.warc_file"))).fetchone()[0])


def compare_with_stored(db: Database, old: CaptureToReread, article: Article) -> RereadChanges:
    """What differs between what is held of a capture and what today's rules read from it."""
    row = article_row(article)
    if old.article_id is None:
        row = {name: row[name] for name in VERSION_COLUMNS}
    table, row_id = (
        ("articles", old.article_id) if old.article_id is not None else ("revisions", old.revision_id)
    )
    names = ", ".join(row)
    held = db.execute(f"SELECT {names} FROM {table} WHERE id = ?", [row_id]).fetchone()
    pairs = zip(row, held, row.values(), strict=True)
    return RereadChanges({name: (was, now) for name, was, now in pairs if was != now})


def rewrite_in_place(db: Database, old: CaptureToReread, changed: RereadChanges) -> None:
    """Write what changed; never a revision. Needs an open transaction."""
    values = {name: now for name, (_, now) in changed.columns.items()}
    if not values:
        return
    if old.article_id is not None:
        update_article(db, old.article_id, values)
    elif old.revision_id is not None:
        unindex_versions(db, "id = ?", [old.revision_id])
        update(db, "revisions", old.revision_id, values)
        index_versions(db, "id = ?", [old.revision_id])
        row = db.execute("SELECT article_id FROM revisions WHERE id = ?", [old.revision_id]).fetchone()
        note_article(db, row[0])


# --- how far


def is_finished(db: Database, what: str) -> bool:
    """Whether this was done to its end before, by whatever rules."""
    sql = "SELECT 1 FROM _replays WHERE what = ? AND finished_at IS NOT NULL LIMIT 1"
    return db.execute(sql, [what]).fetchone() is not None


def start_or_resume(db: Database, what: str, rules: str, now: str) -> tuple[int, int]:
    """(id, position) of the replay that was broken off, else of a new one."""
    row = db.execute(
        "SELECT id, position FROM _replays WHERE what = ? AND rules = ? AND finished_at IS NULL ORDER BY id DESC LIMIT 1",
        [what, rules],
    ).fetchone()
    if row is not None:
        return row[0], row[1]
    return insert(db, "_replays", {"what": what, "rules": rules, "started_at": now}), 0


def save_position(db: Database, replay_id: int, position: int, finished_at: str | None = None) -> None:
    """Note how far a replay has come."""
    update(db, "_replays", replay_id, {"position": position, "finished_at": finished_at})


def list_imported(db: Database) -> set[str]:
    """What was imported to its end, as `what` names it."""
    sql = "SELECT DISTINCT what FROM _replays WHERE finished_at IS NOT NULL AND what <> 'captures'"
    return {row[0] for row in db.execute(sql).fetchall()}


def read_imports(db: Database) -> list[dict[str, Any]]:
    """The rows of imports that came to their end, to be noted in the archive that takes in what they brought."""
    columns = "what, rules, started_at, finished_at, position"
    return list(
        db.query(f"SELECT {columns} FROM _replays WHERE finished_at IS NOT NULL AND what <> 'captures'")
    )


def note_imports(db: Database, rows: Iterable[dict[str, Any]]) -> None:
    """Note imports that other archives made, where they are not noted yet."""
    known = list_imported(db)
    for row in rows:
        if row["what"] not in known:
            insert(db, "_replays", row)
