"""The tables `articles` and `revisions`: new rows as they are, articles of both archives as the union of their versions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from pipelines.archive.merge.rules import SHARD, get_columns
from pipelines.archive.sql import insert
from pipelines.archive.tables.facets import update_article
from pipelines.archive.tables.versions_index import delete_versions, index_versions
from pipelines.decisions.versions import Version, order_extractors, unite_versions

if TYPE_CHECKING:
    from sqlite_utils import Database

    Row = dict[str, Any]

STATE = (
    "id",
    "url",
    "first_seen_at",
    "checked_at",
    "gone_at",
    "revision",
    "revised_at",
    "capture_id",
    "duplicate_of",
    "story_id",
    "source_id",
)
"""Columns of `articles` that say what became of an article; all others are what its current version says."""


def match_articles(db: Database) -> int:
    """Fill `article_ids` for all articles of the shard that are not erased; returns the highest id there was. Needs a transaction."""
    conn = db.conn
    (highest,) = conn.execute("SELECT coalesce(max(id), 0) FROM main.articles").fetchone()
    conn.execute("CREATE TEMP TABLE article_ids (old INTEGER PRIMARY KEY, new INTEGER)")
    conn.execute(
        f"INSERT INTO article_ids SELECT theirs.id, coalesce(ours.id, theirs.id + ?) FROM {SHARD}.articles AS theirs"
        " LEFT JOIN main.articles AS ours ON ours.url = theirs.url WHERE theirs.id NOT IN (SELECT id FROM erased_articles)",
        [highest],
    )
    return int(highest)


def insert_new_articles(db: Database, highest: int) -> int:
    """Insert the articles that the target has not, with their versions; returns how many. Needs a transaction."""
    special = {
        "id": "mine.new",
        "source_id": "(SELECT new FROM source_ids WHERE old = theirs.source_id)",
        "capture_id": "(SELECT new FROM capture_ids WHERE old = theirs.capture_id)",
        "duplicate_of": "(SELECT new FROM article_ids WHERE old = theirs.duplicate_of)",
        "story_id": "NULL",
    }
    count = _copy(db, "articles", special, "mine.old = theirs.id", highest)
    special = {
        "article_id": "mine.new",
        "capture_id": "(SELECT new FROM capture_ids WHERE old = theirs.capture_id)",
    }
    _copy(db, "revisions", special, "mine.old = theirs.article_id", highest, own=("id",))
    index_versions(db, "article_id > ?", [highest])
    return count


def _copy(
    db: Database, table: str, special: dict[str, str], join: str, highest: int, own: tuple[str, ...] = ()
) -> int:
    columns = [name for name in get_columns(db, table) if name not in own]
    values = ", ".join(special.get(name, f"theirs.{name}") for name in columns)
    return db.conn.execute(
        f"INSERT INTO main.{table} ({', '.join(columns)}) SELECT {values} FROM {SHARD}.{table} AS theirs"
        f" JOIN article_ids AS mine ON {join} WHERE mine.new > ? ORDER BY theirs.id",
        [highest],
    ).rowcount


class United(NamedTuple):
    """How many articles are other ones now, and the ids of those of which some version is."""

    changed: int
    with_other_versions: tuple[int, ...]


def unite_articles(db: Database, highest: int) -> United:
    """Unite the versions of the articles that both archives have. Needs a transaction."""
    same = " AND ".join(
        f"ours.{name} IS theirs.{name}"
        for name in ("content_hash", "extractor", "first_seen_at", "checked_at", "gone_at", "revision")
    )
    rows = db.conn.execute(
        f"SELECT mine.new, mine.old FROM article_ids AS mine JOIN main.articles AS ours ON ours.id = mine.new"
        f" JOIN {SHARD}.articles AS theirs ON theirs.id = mine.old WHERE mine.new <= ? AND NOT ({same})",
        [highest],
    ).fetchall()
    united = {ours: _unite_article(db, ours, theirs) for ours, theirs in rows}
    return United(
        sum(one.changed for one in united.values()),
        tuple(article_id for article_id, one in united.items() if one.has_other_versions),
    )


class _UnitedArticle(NamedTuple):
    changed: bool
    has_other_versions: bool


def _unite_article(db: Database, our_id: int, their_id: int) -> _UnitedArticle:
    ours, theirs = _read_article(db, "main", our_id), _read_article(db, SHARD, their_id)
    before = _read_versions(db, "main", our_id)
    versions = unite_versions(before, _read_versions(db, SHARD, their_id))
    current = choose_row(ours, theirs, versions[-1])
    later = max(ours, theirs, key=lambda row: (row["checked_at"], row["gone_at"] or ""))
    values = {name: cell for name, cell in current.items() if name not in STATE} | {
        "capture_id": versions[-1].capture_id if current["capture_id"] is None else current["capture_id"],
        "source_id": current["source_id"],
        "duplicate_of": current["duplicate_of"],
        "first_seen_at": min(ours["first_seen_at"], theirs["first_seen_at"]),
        "checked_at": later["checked_at"],
        "gone_at": later["gone_at"],
        "revision": len(versions),
        "revised_at": versions[-1].seen_at if len(versions) > 1 else None,
    }
    changed = any(ours[name] != value for name, value in values.items()) or len(versions) != len(before)
    update_article(db, our_id, values)
    if versions[:-1] != before[:-1]:
        delete_versions(db, "article_id = ?", [our_id])
        for number, version in enumerate(versions[:-1], 1):
            insert(db, "revisions", _revision_row(our_id, number, version))
        index_versions(db, "article_id = ?", [our_id])
    return _UnitedArticle(changed, versions != before)


def choose_row(ours: Row, theirs: Row, last: Version) -> Row:
    """The row whose words and metadata are those of the last version; of two, what the newer extractor read last."""
    rows = [row for row in (ours, theirs) if row["content_hash"] == last.content_hash] or [ours, theirs]
    return max(
        rows,
        key=lambda row: (
            order_extractors(row["extractor"]),
            row["checked_at"],
            [str(row[name]) for name in sorted(row) if name not in STATE],
        ),
    )


def _read_article(db: Database, schema: str, article_id: int) -> Row:
    """An article's row; what it refers to by the target's ids."""
    columns = get_columns(db, "articles")
    translated = {
        "source_id": "(SELECT new FROM source_ids WHERE old = a.source_id)",
        "capture_id": "(SELECT new FROM capture_ids WHERE old = a.capture_id)",
        "duplicate_of": "(SELECT new FROM article_ids WHERE old = a.duplicate_of)",
    }
    special = translated if schema == SHARD else {}
    values = ", ".join(special.get(name, f"a.{name}") for name in columns)
    row = db.conn.execute(f"SELECT {values} FROM {schema}.articles a WHERE a.id = ?", [article_id]).fetchone()
    return dict(zip(columns, row, strict=True))


def _read_versions(db: Database, schema: str, article_id: int) -> list[Version]:
    """The versions that one archive has of an article, the current one last."""
    capture = "(SELECT new FROM capture_ids WHERE old = c.id)" if schema == SHARD else "c.id"
    words = "coalesce(v.title, ''), coalesce(v.standfirst, ''), v.text, coalesce(v.modified_at, ''), coalesce(c.sha256, '')"
    rows = db.conn.execute(
        f"SELECT v.seen_at, v.content_hash, {words}, coalesce(v.extractor, ''), v.change, {capture}, v.number FROM {schema}.revisions v"
        f" LEFT JOIN {schema}.captures c ON c.id = v.capture_id WHERE v.article_id = :id UNION ALL"
        # The current version is the last one, whatever a tool wrote into its times.
        " SELECT CASE WHEN coalesce(v.revised_at, v.first_seen_at) > coalesce((SELECT max(o.seen_at) FROM"
        f" {schema}.revisions o WHERE o.article_id = v.id), '') THEN coalesce(v.revised_at, v.first_seen_at)"
        " ELSE v.checked_at END,"
        f" v.content_hash, {words}, v.extractor, NULL, {capture}, v.revision FROM {schema}.articles v"
        f" LEFT JOIN {schema}.captures c ON c.id = v.capture_id WHERE v.id = :id ORDER BY 11",
        {"id": article_id},
    ).fetchall()
    following = [*(row[1] for row in rows[1:]), ""]
    return [
        replace(Version(*row[:9]), next_hash=next_hash, capture_id=row[9])
        for row, next_hash in zip(rows, following, strict=True)
    ]


def _revision_row(article_id: int, number: int, version: Version) -> Row:
    return {
        "article_id": article_id,
        "number": number,
        "seen_at": version.seen_at,
        "title": version.title or None,
        "standfirst": version.standfirst or None,
        "text": version.text,
        "modified_at": version.modified_at or None,
        "content_hash": version.content_hash,
        "extractor": version.extractor or None,
        "capture_id": version.capture_id,
        "change": version.change,
    }


def fold_duplicates(db: Database) -> int:
    """Make the articles of a source with the same content duplicates of the one seen first; returns how many. Needs a transaction."""
    groups = db.conn.execute(
        "SELECT source_id, content_hash FROM main.articles GROUP BY source_id, content_hash HAVING count(*) > 1"
    ).fetchall()
    folded = 0
    for group in groups:
        heads = db.conn.execute(
            "SELECT id FROM main.articles WHERE source_id = ? AND content_hash = ? AND duplicate_of IS NULL"
            " ORDER BY first_seen_at, url",
            group,
        ).fetchall()
        for (article_id,) in heads[1:]:
            db.conn.execute(
                "UPDATE main.articles SET duplicate_of = :first WHERE id = :id OR duplicate_of = :id",
                {"first": heads[0][0], "id": article_id},
            )
            folded += 1
    return folded
