"""Manifests: what was stored since the last one, hashed into a Merkle tree and chained to it.

The cost follows from what was written since. An archive without a manifest has all that it holds covered, its records read
once. docs/evidence.md has the format.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from pipelines import VERSION, timestamps
from pipelines.archive.manifest_files import write_files
from pipelines.archive.manifest_tables import (
    ARTICLE,
    CAPTURE,
    FORGOTTEN,
    OTHER_RULES,
    REVISED,
    has_manifests,
    note_everything,
)
from pipelines.archive.merkle import (
    ARTICLE_LINES_SQL,
    LeafKind,
    TreeHasher,
    article_leaf,
    capture_line,
    hash_leaf,
    superseded_line,
)
from pipelines.archive.records import Place
from pipelines.archive.sql import insert, update
from pipelines.archive.warc.collection_records import is_address, is_on_the_web
from pipelines.archive.warc.files import prefix_of
from pipelines.archive.warc.reader import CaptureMissing, folder_of, read_content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlite_utils import Database

    from pipelines.archive.database import Archive

log = logging.getLogger("clippings")

FORMAT = "clippings-manifest-1"
LARGEST = 1 << 16
"""Leaves of a manifest, about: what is more goes into the next one. So a leaf's path is found without reading millions."""
BATCH = 500
"""Articles looked at together, and records read between two commits."""

LIVE = "superseded_by IS NULL AND kind <> 'superseded'"
"""That a leaf holds; in the words of the index `_manifest_leaves_row`."""


class Manifest(NamedTuple):
    """A manifest that was made. `sha256` is of its body, in hexadecimal."""

    id: int
    number: int
    leaves: int
    root: str
    sha256: str


def add_manifests(
    archive: Archive,
    reason: str,
    crawl: str = "",
    *,
    read_records: bool = True,
    tell: Callable[[int], None] = lambda records: None,
) -> list[Manifest]:
    """Cover what no manifest covers yet; none is made when nothing was written. The caller holds the archive's lock.

    `crawl` is the uid of the crawl that ends. Without `read_records` nothing is done that may take long: an archive that has
    no manifest goes on without, and records whose digests are not known wait. `tell` is called with the number of records read from WARC files, where
    their digests are not known yet. Raises `ArchiveError`; what waits then waits for the next time.
    """
    db = archive.db
    made: list[Manifest] = []
    with archive.errors():
        if not has_manifests(db):
            if not read_records:
                return []
            with db.atomic():
                note_everything(db)
        if read_records:
            _read_digests(archive, tell)
        while True:
            with db.atomic():
                manifest = _add_manifest(archive, reason, crawl)
            if manifest is None:
                break
            made.append(manifest)
        write_files(db.conn, folder_of(archive.path))
    for manifest in made:
        log.info("manifest %d: %d leaves, root %s", manifest.number, manifest.leaves, manifest.root)
    return made


# --- digests of records that were written before there were manifests

_UNREAD_SQL = """
SELECT c.id, coalesce(c.revisit_file, c.warc_file) AS file,
       CASE WHEN c.revisit_file IS NULL THEN c.warc_offset ELSE c.revisit_offset END AS start,
       CASE WHEN c.revisit_file IS NULL THEN c.warc_length ELSE c.revisit_length END AS length
FROM _manifest_pending p JOIN captures c ON c.id = p.row_id
WHERE p.kind = 'capture' AND p.digest IS NULL AND file IS NOT NULL ORDER BY file, start
"""


def _read_digests(archive: Archive, tell: Callable[[int], None]) -> None:
    """Read the records whose digests are not known. What cannot be read goes on waiting; `verify` names it."""
    db, read = archive.db, 0
    rows = db.execute(_UNREAD_SQL)  # sorted, so that the rows changed meanwhile are read already
    lacking: dict[str, bool] = {}
    while batch := list(islice(rows, BATCH)):
        if not read:
            log.info(
                "reading records that no manifest covers yet; of a large archive this takes a while, once"
            )
        found = []
        for capture_id, file, start, length in batch:
            if file not in lacking:
                # A manifest asks the web for nothing; what lies there waits.
                lacking[file] = is_on_the_web(file) or not (
                    is_address(file) or (folder_of(archive.path) / file).is_file()
                )
            digest = "" if lacking[file] else _digest(archive.path, Place(file, start, length))
            if digest:
                found.append((digest, CAPTURE, capture_id))
            read += 1
        with db.atomic():
            db.conn.executemany(
                "UPDATE _manifest_pending SET digest = ? WHERE kind = ? AND row_id = ?", found
            )
        tell(read)


def _digest(archive: Path, place: Place) -> str:
    try:
        return hashlib.sha256(read_content(archive, place)).hexdigest()
    except CaptureMissing:
        return ""


# --- one manifest


class _Builder:
    """The leaves of a manifest that is being made. Needs an open transaction."""

    def __init__(self, db: Database, manifest_id: int, reason: str) -> None:
        self.db = db
        self.manifest_id = manifest_id
        self.reason = reason
        self.tree = TreeHasher()
        self.counts: Counter[LeafKind] = Counter()
        self.superseded: Counter[str] = Counter()

    @property
    def is_full(self) -> bool:
        return self.tree.count >= LARGEST

    def add(self, kind: LeafKind, leaf: bytes, row_id: int | None = None, number: int | None = None) -> None:
        """Add a leaf by its hash."""
        self.db.conn.execute(
            "INSERT INTO _manifest_leaves (manifest_id, position, kind, row_id, number, hash) VALUES (?, ?, ?, ?, ?, ?)",
            [self.manifest_id, self.tree.count, kind, row_id, number, leaf],
        )
        self.tree.add(leaf)
        self.counts[kind] += 1

    def supersede(self, old: _LiveLeaf, why: str) -> None:
        """Say of an earlier leaf that it holds no longer."""
        why = why or self.reason
        self.db.conn.execute(
            "UPDATE _manifest_leaves SET superseded_by = ?, why = ? WHERE manifest_id = ? AND position = ?",
            [self.manifest_id, why, old.manifest_id, old.position],
        )
        self.add(LeafKind.SUPERSEDED, hash_leaf(superseded_line(old.hash, why)))
        self.superseded[why] += 1


class _LiveLeaf(NamedTuple):
    row_id: int
    kind: str
    number: int | None
    hash: bytes
    manifest_id: int
    position: int


def _add_manifest(archive: Archive, reason: str, crawl: str) -> Manifest | None:
    """Make the next manifest of what waits; None when nothing does. Needs an open transaction."""
    db = archive.db
    heads = read_heads(db)
    manifest_id = insert(db, "manifests", dict.fromkeys(_COLUMNS, "") | {"number": 0, "leaves": 0})
    builder = _Builder(db, manifest_id, reason)
    _cover_captures(builder)
    _cover_articles(builder)
    _supersede_strays(builder)
    if not builder.tree.count and len(heads) < 2:
        db.conn.execute("DELETE FROM manifests WHERE id = ?", [manifest_id])
        return None
    number = 1 + max((head.number for head in heads), default=0)
    root = builder.tree.root().hex()
    made_at = timestamps.now()
    previous = [head.sha256 for head in heads]
    counts = {f"{kind}": builder.counts[kind] for kind in LeafKind}
    body = _to_json(
        {
            "format": FORMAT,
            "archive": archive.path.name,
            "number": number,
            "made_at": made_at,
            "software": f"Clippings/{VERSION}",
            "reason": reason,
            "crawl": crawl or None,
            "leaves": builder.tree.count,
            "of_kind": counts,
            "superseded": dict(sorted(builder.superseded.items())),
            "root": root,
            "previous": previous,
        }
    )
    sha256 = hashlib.sha256(body.encode()).hexdigest()
    update(
        db,
        "manifests",
        manifest_id,
        {
            "number": number,
            "made_at": made_at,
            "reason": reason,
            "leaves": builder.tree.count,
            "root": root,
            "previous": json.dumps(previous),
            "sha256": sha256,
            "file": f"{prefix_of(archive.path)}-manifest-{number:06}-{sha256[:8]}.json",
            "body": body,
        },
    )
    return Manifest(manifest_id, number, builder.tree.count, root, sha256)


_COLUMNS = ("made_at", "reason", "root", "previous", "sha256", "file", "body")


def _to_json(values: dict[str, object]) -> str:
    return json.dumps(values, indent=1) + "\n"


class Head(NamedTuple):
    """A manifest that no other follows."""

    id: int
    number: int
    sha256: str


def read_heads(db: Database) -> list[Head]:
    """The manifests that none follows: one, or after a merge that was stopped, several."""
    rows = db.conn.execute(
        "SELECT id, number, sha256 FROM manifests WHERE sha256 NOT IN"
        " (SELECT value FROM manifests m, json_each(m.previous)) ORDER BY number, sha256"
    ).fetchall()
    return [Head(*row) for row in rows]


def _cover_captures(builder: _Builder) -> None:
    db = builder.db
    done = []
    rows = db.conn.execute(
        "SELECT p.row_id, p.digest, p.why, coalesce(c.revisit_file, c.warc_file) IS NOT NULL FROM _manifest_pending p"
        " LEFT JOIN captures c ON c.id = p.row_id WHERE p.kind = 'capture' ORDER BY p.row_id"
    )
    for capture_id, digest, why, is_there in rows:
        if builder.is_full:
            break
        if is_there and digest is None:
            continue  # its record cannot be read
        wanted = hash_leaf(capture_line(digest)) if is_there else b""
        live = _read_live(db, [capture_id], (LeafKind.CAPTURE,))
        for leaf in live:
            if leaf.hash != wanted:
                builder.supersede(leaf, why)
        if is_there and all(leaf.hash != wanted for leaf in live):
            builder.add(LeafKind.CAPTURE, wanted, capture_id)
        done.append((CAPTURE, capture_id))
    _delete_pending(db, done)


def _cover_articles(builder: _Builder) -> None:
    db = builder.db
    rows = db.conn.execute(
        "SELECT row_id, why FROM _manifest_pending WHERE kind = 'article' ORDER BY row_id LIMIT ?", [LARGEST]
    ).fetchall()
    waiting = iter(rows)
    while not builder.is_full and (batch := dict(islice(waiting, BATCH))):
        ids = {"ids": json.dumps(list(batch))}
        wanted: dict[int, dict[bytes, tuple[LeafKind, int]]] = {number: {} for number in batch}
        for row in db.conn.execute(ARTICLE_LINES_SQL, ids):
            leaf = article_leaf(row)
            wanted[leaf.article_id][leaf.hash] = (leaf.kind, leaf.number)
        held = set()
        for old in _read_live(db, list(batch), (LeafKind.VERSION, LeafKind.FACTS, LeafKind.REPLACED)):
            if old.hash in wanted[old.row_id]:
                held.add(old.hash)
            else:
                builder.supersede(old, _why(batch[old.row_id], old.kind))
        for article_id, leaves in wanted.items():
            for new, (kind, number) in leaves.items():
                if new not in held:
                    builder.add(kind, new, article_id, number)
        _delete_pending(db, [(ARTICLE, number) for number in batch])


def _why(noted: str, kind: str) -> str:
    """Why a leaf is superseded: a publisher's change leaves the words of the old version as they are. Pure."""
    return OTHER_RULES if noted == REVISED and kind != LeafKind.FACTS else noted


def _supersede_strays(builder: _Builder) -> None:
    """Leaves of archives that were taken in, whose rows were not: what this archive has forgotten."""
    rows = builder.db.conn.execute(
        f"SELECT 0, kind, number, hash, manifest_id, position FROM _manifest_leaves WHERE row_id IS NULL AND {LIVE}"
        " ORDER BY manifest_id, position"
    ).fetchall()
    for row in rows:
        if builder.is_full:
            break
        builder.supersede(_LiveLeaf(*row), FORGOTTEN)


def _read_live(db: Database, row_ids: list[int], kinds: tuple[LeafKind, ...]) -> list[_LiveLeaf]:
    marks = ", ".join(f"'{kind}'" for kind in kinds)
    rows = db.conn.execute(
        "SELECT l.row_id, l.kind, l.number, l.hash, l.manifest_id, l.position FROM json_each(?) AS wanted"
        f" CROSS JOIN _manifest_leaves l ON l.row_id = wanted.value AND l.kind IN ({marks})"
        " WHERE l.superseded_by IS NULL AND l.kind <> 'superseded'",
        [json.dumps(row_ids)],
    ).fetchall()
    return [_LiveLeaf(*row) for row in rows]


def _delete_pending(db: Database, rows: list[tuple[str, int]]) -> None:
    db.conn.executemany("DELETE FROM _manifest_pending WHERE kind = ? AND row_id = ?", rows)
