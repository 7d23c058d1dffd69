"""Verification of manifests: their own digests, files and chain, their trees, and every row that they cover. Writes nothing."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from pipelines.archive.admin import time_stamps
from pipelines.archive.admin.manifests import LIVE
from pipelines.archive.manifest_files import token_name
from pipelines.archive.merkle import (
    ARTICLE_LINES_SQL,
    LeafKind,
    TreeHasher,
    article_leaf,
    capture_line,
    hash_leaf,
    superseded_line,
)
from pipelines.archive.warc.files import prefix_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlite_utils import Database

BATCH = 500
"""Articles compared at a time."""

TO_DO = "Keep this archive as it is, and compare it with a backup: clippings restore COPY other.db"
READ_AGAIN = "Its page, where one was kept, says what it was: clippings replay reads it again. Or compare it with a backup"
NOT_OURS = "Another program wrote it; Clippings notes what it writes"


@dataclass
class ManifestCheck:
    """The result. `problems` are lines for a person, `notes` what is no fault; `waiting` rows are in no manifest yet."""

    manifests: int = 0
    leaves: int = 0
    stamps: int = 0
    """Valid time stamps."""
    head: str = ""
    """SHA-256 of the last manifest of the chain."""
    waiting: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check_manifests(db: Database, archive: Path, folder: Path, certificate: str = "") -> ManifestCheck:
    """Check all but the captures' records, which `CaptureLeaves` compares as they are read.

    `certificate` names a PEM file with the root of the authority that stamped manifests. Raises `ArchiveError` for one that
    cannot be read.
    """
    found = ManifestCheck()
    if not db["manifests"].exists():
        return found
    manifests = read_manifests(db)
    found.manifests = len(manifests)
    (found.waiting,) = db.execute("SELECT count(*) FROM _manifest_pending").fetchone()
    found.problems += _check_files(manifests, archive, folder)
    if not manifests:
        return found
    found.head = manifests[-1]["sha256"]
    found.problems += check_chain(manifests)
    for manifest in manifests:
        found.leaves += manifest["leaves"]
        found.problems += _check_tree(db, manifest)
    names = {manifest["id"]: describe(manifest) for manifest in manifests}
    found.problems += _check_articles(db, names)
    found.problems += _check_captures(db, names)
    _check_stamps(manifests, certificate, found)
    return found


def check_sample(db: Database) -> ManifestCheck:
    """Check the manifests by themselves, without their leaves and what these cover."""
    found = ManifestCheck()
    if db["manifests"].exists():
        manifests = read_manifests(db)
        found.manifests = len(manifests)
        found.leaves = sum(manifest["leaves"] for manifest in manifests)
        found.head = manifests[-1]["sha256"] if manifests else ""
        found.problems += check_chain(manifests)
    return found


def read_manifests(db: Database) -> list[dict[str, Any]]:
    """The rows of the table, in the order in which they were made or taken in."""
    return list(db.query("SELECT * FROM manifests ORDER BY number, id"))


def describe(manifest: dict[str, Any]) -> str:
    """A manifest as messages name it."""
    return f"manifest {manifest['number']} of {str(manifest['made_at'])[:19]} ({manifest['file']})"


def check_chain(manifests: list[dict[str, Any]]) -> list[str]:
    """What is wrong with manifests taken by themselves. Pure."""
    problems = []
    known = {manifest["sha256"] for manifest in manifests}
    for manifest in manifests:
        name = describe(manifest)
        body: str = manifest["body"]
        if hashlib.sha256(body.encode("utf-8", "surrogateescape")).hexdigest() != manifest["sha256"]:
            problems.append(
                f"{name} was changed: its text has not the digest by which others name it. {TO_DO}"
            )
            continue
        try:
            stated = json.loads(body)
            columns = {name: manifest[name] for name in ("number", "made_at", "reason", "leaves", "root")}
            columns["previous"] = json.loads(manifest["previous"])
            wrong = [name for name, value in columns.items() if stated[name] != value]
            previous = [str(one) for one in stated["previous"]]
        except (ValueError, KeyError, TypeError):
            problems.append(f"{name} is no manifest: its text cannot be read. {TO_DO}")
            continue
        if wrong:
            problems.append(
                f"{name} was changed in the table: {', '.join(wrong)} is not what its text says. {TO_DO}"
            )
        problems += [
            f"the manifest that {name} follows is gone from the table (SHA-256 {one}). {TO_DO}"
            for one in previous
            if one not in known
        ]
    return problems


def _check_files(manifests: list[dict[str, Any]], archive: Path, folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        return
    for manifest in manifests:
        path = folder / manifest["file"]
        if not path.resolve().is_relative_to(folder.resolve()):
            yield f"{describe(manifest)} names a file outside {folder}"
            continue
        token = None if manifest["token"] is None else bytes(manifest["token"])
        for file, data in ((path, manifest["body"].encode()), (path.with_name(token_name(path.name)), token)):
            if data is not None and not file.is_file():
                yield f"{file} is not there; the table has it still, and the next crawl writes it again"
            elif data is not None and file.read_bytes() != data:
                yield f"{file} is not what the table has of manifest {manifest['number']}: one of them was changed. {TO_DO}"
    known = {manifest["file"] for manifest in manifests}
    for path in sorted(folder.glob(f"{prefix_of(archive)}-manifest-*.json")):
        if path.name not in known:
            yield f"the row of {path} is gone from the table manifests. {TO_DO}"


def _check_stamps(manifests: list[dict[str, Any]], certificate: str, found: ManifestCheck) -> None:
    stamped = [manifest for manifest in manifests if manifest["token"] is not None]
    if not stamped:
        return
    if not time_stamps.has_library():
        found.notes.append(f"{len(stamped)} time stamps were not checked; {time_stamps.NO_LIBRARY}")
        return
    roots = time_stamps.read_roots(certificate)
    unknown: set[str] = set()
    for manifest in stamped:
        name, token, body = describe(manifest), bytes(manifest["token"]), manifest["body"].encode()
        try:
            stamp = time_stamps.read_answer(token, body, roots)
        except time_stamps.UnknownAuthorityError as error:
            if not time_stamps.names_body(token, body):
                found.problems.append(f"the time stamp of {name} is of something else. {TO_DO}")
            elif certificate:
                found.problems.append(
                    f"the time stamp of {name}: {error}: {certificate} is not its root. {TO_DO}"
                )
            else:
                unknown.add(str(error))
        except time_stamps.TimeStampError as error:
            found.problems.append(f"the time stamp of {name} is not valid: {error}. {TO_DO}")
        else:
            found.stamps += 1
            if stamp.at != manifest["stamped_at"]:
                found.problems.append(
                    f"the time stamp of {name} is of {stamp.at}, and the table says {manifest['stamped_at']}. {TO_DO}"
                )
    found.notes += [
        f"A time stamp could not be checked: {why}. Name its root certificate: --certificate FILE"
        for why in sorted(unknown)
    ]


def _check_tree(db: Database, manifest: dict[str, Any]) -> Iterator[str]:
    """Compare the root with the leaves; that each leaf called superseded is said to be so in the manifest named."""
    tree, name = TreeHasher(), describe(manifest)
    said: set[bytes] = set()
    for position, kind, leaf in db.execute(
        "SELECT position, kind, hash FROM _manifest_leaves WHERE manifest_id = ? ORDER BY position",
        [manifest["id"]],
    ):
        if position != tree.count:
            yield f"{name} lacks leaf {tree.count}: a row of _manifest_leaves is gone. {TO_DO}"
            return
        tree.add(leaf)
        if kind == LeafKind.SUPERSEDED:
            said.add(leaf)
    if tree.root().hex() != manifest["root"] or tree.count != manifest["leaves"]:
        yield f"{name}: its leaves do not lead to its root; rows of _manifest_leaves were changed. {TO_DO}"
    for leaf, why, position in db.execute(
        "SELECT hash, why, position FROM _manifest_leaves WHERE superseded_by = ?", [manifest["id"]]
    ):
        if hash_leaf(superseded_line(leaf, why)) not in said:
            yield f"{name} does not say that leaf {position} of an earlier one holds no longer, though the table does. {TO_DO}"


# --- rows of articles


def _check_articles(db: Database, names: dict[int, str]) -> Iterator[str]:
    """Compare the versions and facts of all articles with the leaves that cover them."""
    pending = {row[0] for row in db.execute("SELECT row_id FROM _manifest_pending WHERE kind = 'article'")}
    kinds = f"kind IN ('{LeafKind.VERSION}', '{LeafKind.FACTS}', '{LeafKind.REPLACED}')"
    ids = (
        row[0]
        for row in db.execute(
            f"SELECT id FROM articles UNION SELECT row_id FROM _manifest_leaves WHERE {LIVE} AND {kinds}"
            " AND row_id IS NOT NULL ORDER BY 1"
        )
    )
    while batch := list(islice(ids, BATCH)):
        listed = json.dumps(batch)
        held: dict[int, set[bytes]] = defaultdict(set)
        now: dict[tuple[int, str, int], set[bytes]] = defaultdict(set)
        for row in db.execute(ARTICLE_LINES_SQL, {"ids": listed}).fetchall():
            leaf = article_leaf(row)
            held[leaf.article_id].add(leaf.hash)
            now[leaf.article_id, leaf.kind, leaf.number].add(leaf.hash)
        covered: dict[tuple[int, str, int], set[bytes]] = defaultdict(set)
        gone: dict[tuple[int, str, int], int] = {}
        rows = db.execute(
            "SELECT l.row_id, l.kind, l.number, l.hash, l.manifest_id FROM json_each(?) w CROSS JOIN _manifest_leaves l"
            f" ON l.row_id = w.value WHERE {LIVE} AND {kinds}",
            [listed],
        )
        for article_id, kind, number, leaf_hash, manifest_id in rows.fetchall():
            key = (article_id, kind, number)
            covered[key].add(leaf_hash)
            if leaf_hash not in held[article_id]:
                gone[key] = manifest_id
        for key, manifest_id in gone.items():
            if key[0] not in pending:
                yield _describe_change(db, key, key in now, names.get(manifest_id, "a manifest"))
        for key, leaves in now.items():
            if key[0] not in pending and key not in gone and leaves - covered[key]:
                yield f"{_name(db, key)} is in no manifest. {NOT_OURS}. {TO_DO}"


def _describe_change(db: Database, key: tuple[int, str, int], is_there: bool, manifest: str) -> str:
    what = _name(db, key)
    if not is_there:
        return f"{what} is gone from the archive; {manifest} covers it. {TO_DO}"
    what_of = (
        "authors, times, section or address"
        if key[1] == LeafKind.FACTS
        else "headline, intro, text, time or address"
    )
    return f"{what} was changed ({what_of}) since {manifest} covered it. {READ_AGAIN}"


def _name(db: Database, key: tuple[int, str, int]) -> str:
    article_id, kind, number = key
    row = db.execute(
        "SELECT url FROM articles WHERE id = :id UNION ALL SELECT url FROM urls WHERE article_id = :id"
        " UNION ALL SELECT url FROM outcomes WHERE article_id = :id LIMIT 1",
        {"id": article_id},
    ).fetchone()
    article = f"article {article_id}" + (f" ({row[0]})" if row else "")
    if kind == LeafKind.FACTS:
        return f"what {article} says of itself"
    return f"{'the text that another reading replaced, ' if kind == LeafKind.REPLACED else ''}version {number} of {article}"


# --- rows of captures


def _check_captures(db: Database, names: dict[int, str]) -> Iterator[str]:
    """Captures without a leaf, and leaves without a capture."""
    rows = db.execute(
        f"SELECT row_id, manifest_id FROM _manifest_leaves WHERE {LIVE} AND kind = 'capture' AND row_id IS NOT NULL"
        " AND row_id NOT IN (SELECT id FROM captures WHERE coalesce(revisit_file, warc_file) IS NOT NULL)"
        " AND row_id NOT IN (SELECT row_id FROM _manifest_pending WHERE kind = 'capture')"
    )
    for capture_id, manifest_id in rows.fetchall():
        name = names.get(manifest_id, "a manifest")
        yield f"the row of capture {capture_id}, or the name of its WARC file, is gone from the archive; {name} covers it. {TO_DO}"
    rows = db.execute(
        "SELECT id, url FROM captures WHERE coalesce(revisit_file, warc_file) IS NOT NULL AND id NOT IN"
        f" (SELECT row_id FROM _manifest_leaves WHERE {LIVE} AND kind = 'capture' AND row_id IS NOT NULL)"
        " AND id NOT IN (SELECT row_id FROM _manifest_pending WHERE kind = 'capture')"
    )
    for capture_id, url in rows.fetchall():
        yield f"capture {capture_id} ({url}) is in no manifest. {NOT_OURS}. {TO_DO}"


class CaptureLeaves:
    """Compares records, as they are read, with the leaves of the captures that they belong to."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.has_any = db["manifests"].exists()
        self.names: dict[int, str] = {}
        if self.has_any:
            self.names = {manifest["id"]: describe(manifest) for manifest in read_manifests(db)}

    def check(self, capture_id: int, record_sha256: str) -> str:
        """What is wrong with a capture's own record, or ''. It says nothing of one that waits for the next manifest."""
        if not self.has_any:
            return ""
        wanted = hash_leaf(capture_line(record_sha256))
        rows = self.db.execute(
            f"SELECT hash, manifest_id FROM _manifest_leaves WHERE row_id = ? AND kind = 'capture' AND {LIVE}"
            " AND NOT EXISTS (SELECT 1 FROM _manifest_pending p WHERE p.kind = 'capture' AND p.row_id = _manifest_leaves.row_id)",
            [capture_id],
        ).fetchall()
        for leaf, manifest_id in rows:
            if leaf != wanted:
                name = self.names.get(manifest_id, "a manifest")
                return f"the record is not the one that {name} covers (capture {capture_id}). {TO_DO}"
        return ""
