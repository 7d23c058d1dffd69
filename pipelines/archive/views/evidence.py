"""What proves an article: the leaves of its versions and captures, their paths to the roots of manifests, and time stamps."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.merkle import (
    ARTICLE_LINES_SQL,
    LeafKind,
    article_leaf,
    build_levels,
    capture_line,
    climb,
    find_path,
    hash_leaf,
)
from pipelines.archive.records import Place
from pipelines.archive.views.article import host_of_origin
from pipelines.archive.warc.reader import CaptureMissing, read_content

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from pipelines.archive.merkle import PathStep


@dataclass(frozen=True, slots=True)
class ManifestView:
    """A row of `manifests`."""

    id: int
    number: int
    made_at: str
    reason: str
    leaves: int
    root: str
    sha256: str
    file: str
    stamped_at: str | None
    authority: str | None

    @property
    def token_file(self) -> str:
        """The file with its time stamp, in warc/."""
        return self.file.removesuffix(".json") + ".tsr"


@dataclass(frozen=True, slots=True)
class Proof:
    """A leaf as it follows from the archive now, and its way to a manifest's root.

    `chain` leads from the manifest that covers it to the first with a time stamp that follows it; that one alone where it is
    stamped itself, and the covering one alone where none is. `holds`: the leaf is the one covered, and leads to the root.
    """

    line: bytes
    hash: bytes
    position: int
    path: tuple[PathStep, ...]
    chain: tuple[ManifestView, ...]
    holds: bool

    @property
    def manifest(self) -> ManifestView:
        """The manifest that covers it."""
        return self.chain[0]

    @property
    def stamped(self) -> ManifestView | None:
        """The manifest whose time stamp holds for it."""
        return self.chain[-1] if self.chain[-1].stamped_at else None


class RecordParts(NamedTuple):
    """A WARC record taken apart. `payload_start` and `payload_length` are bytes within the record."""

    warc_head: tuple[tuple[str, str], ...]
    status_line: str
    headers: tuple[tuple[str, str], ...]
    payload_start: int
    payload_length: int

    def field(self, name: str) -> str:
        """A field of the record's own head, or ""."""
        return next((value for key, value in self.warc_head if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class CaptureEvidence:
    """A capture's own record, and the record with its payload, which is another where the page had been stored before.

    `missing` says why the records cannot be read.
    """

    id: int
    url: str
    fetched_at: str
    sha256: str | None
    own: Place | None
    payload: Place | None
    record_sha256: str = ""
    parts: RecordParts | None = None
    payload_parts: RecordParts | None = None
    proof: Proof | None = None
    missing: str = ""

    @property
    def origin(self) -> str:
        """The web archive's copy that it was taken from; "" for the publisher's own answer."""
        return self.parts.field("WARC-Source-URI") if self.parts is not None else ""

    @property
    def web_archive(self) -> str:
        """The host of that web archive, or ""."""
        return host_of_origin(self.origin)

    @property
    def made(self) -> str:
        """What a browser made of the page, in words; "" for the page as sent."""
        if self.parts is None or self.parts.field("WARC-Type") != "conversion":
            return ""
        picture = self.parts.field("Content-Type").startswith("image/")
        return "The picture that a browser took of it" if picture else "The page as a browser showed it"


class VersionProof(NamedTuple):
    """A version of an article and its proof; `words_sha256` is of headline, intro and text as stored."""

    number: int
    seen_at: str
    content_hash: str
    url: str
    words_sha256: str
    proof: Proof | None


class ProofReader:
    """Reads proofs out of one archive; the trees of the manifests in question are built once."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._trees: dict[int, list[list[bytes]]] = {}
        self._chains: dict[int, tuple[ManifestView, ...]] = {}

    def read_versions(self, article_id: int) -> tuple[VersionProof, ...]:
        """All versions of an article with their proofs, the oldest first."""
        found = []
        for row in self.db.execute(ARTICLE_LINES_SQL, {"ids": json.dumps([article_id])}).fetchall():
            leaf = article_leaf(row)
            if leaf.kind == LeafKind.VERSION:
                proof = self.read(leaf.kind, article_id, leaf.line, leaf.number)
                url = row[6].decode("utf-8", "replace")
                found.append(VersionProof(leaf.number, row[3], row[5], url, leaf.words_sha256, proof))
        return tuple(found)

    def read(self, kind: LeafKind, row_id: int, line: bytes, number: int | None = None) -> Proof | None:
        """The proof of a leaf; None where no manifest covers its row yet."""
        rows = self.db.execute(
            "SELECT manifest_id, position, hash FROM _manifest_leaves WHERE row_id = ? AND kind = ? AND number IS ?"
            " AND superseded_by IS NULL AND kind <> 'superseded' ORDER BY manifest_id",
            [row_id, str(kind), number],
        ).fetchall()
        if not rows:
            return None
        wanted = hash_leaf(line)
        manifest_id, position, covered = next((row for row in rows if row[2] == wanted), rows[0])
        levels, chain = self._read_tree(manifest_id), self._read_chain(manifest_id)
        if not chain or position >= len(levels[0]):
            return None
        path = tuple(find_path(levels, position))
        holds = covered == wanted and climb(wanted, path).hex() == chain[0].root
        return Proof(line, wanted, position, path, chain, holds)

    def _read_tree(self, manifest_id: int) -> list[list[bytes]]:
        if manifest_id not in self._trees:
            sql = "SELECT hash FROM _manifest_leaves WHERE manifest_id = ? ORDER BY position"
            self._trees[manifest_id] = build_levels([leaf for (leaf,) in self.db.execute(sql, [manifest_id])])
        return self._trees[manifest_id]

    def _read_chain(self, manifest_id: int) -> tuple[ManifestView, ...]:
        if manifest_id not in self._chains:
            self._chains[manifest_id] = _read_chain(self.db, manifest_id)
        return self._chains[manifest_id]


def _read_chain(db: sqlite3.Connection, manifest_id: int) -> tuple[ManifestView, ...]:
    """The shortest way from a manifest to a stamped one that follows it; that manifest alone where there is none."""
    rows = db.execute("SELECT id, sha256, previous, token IS NOT NULL FROM manifests ORDER BY id").fetchall()
    by_hash = {sha256: number for number, sha256, _, _ in rows}
    followers: dict[int, list[int]] = {}
    for number, _, previous, _ in rows:
        for one in json.loads(previous):
            followers.setdefault(by_hash.get(one, 0), []).append(number)
    stamped = {number for number, _, _, is_stamped in rows if is_stamped}
    before: dict[int, int | None] = {manifest_id: None}
    queue = [manifest_id]
    end = manifest_id
    for number in queue:
        if number in stamped:
            end = number
            break
        for following in followers.get(number, ()):
            if following not in before:
                before[following] = number
                queue.append(following)
    way: list[int] = []
    at: int | None = end
    while at is not None:
        way.append(at)
        at = before[at]
    views = (_read_manifest(db, number) for number in reversed(way))
    return tuple(view for view in views if view is not None)


def _read_manifest(db: sqlite3.Connection, manifest_id: int) -> ManifestView | None:
    row = db.execute(
        "SELECT id, number, made_at, reason, leaves, root, sha256, file, stamped_at, authority FROM manifests WHERE id = ?",
        [manifest_id],
    ).fetchone()
    return ManifestView(*row) if row else None


def read_capture_evidence(reader: ProofReader, archive: Path, capture_id: int) -> CaptureEvidence | None:
    """A capture with its records read out of their files; None when there is none of that id."""
    row = reader.db.execute(
        "SELECT id, url, fetched_at, sha256, warc_file, warc_offset, warc_length, revisit_file, revisit_offset,"
        " revisit_length FROM captures WHERE id = ?",
        [capture_id],
    ).fetchone()
    if row is None:
        return None
    payload, revisit = (Place(*place) if place[0] else None for place in (row[4:7], row[7:10]))
    own = revisit or payload
    evidence = CaptureEvidence(row[0], row[1], row[2], row[3], own, payload)
    try:
        content = _read(archive, own)
        paid = content if own == payload else _read(archive, payload)
    except CaptureMissing as missing:
        return replace(evidence, missing=str(missing))
    if content is None:
        return evidence
    digest = hashlib.sha256(content).hexdigest()
    return replace(
        evidence,
        record_sha256=digest,
        parts=split_record(content),
        payload_parts=split_record(paid) if paid is not None else None,
        proof=reader.read(LeafKind.CAPTURE, capture_id, capture_line(digest)),
    )


def read_made_captures(db: sqlite3.Connection, capture_id: int) -> list[int]:
    """The ids of a capture and of what belongs to it where a browser showed the page: as sent, as shown, its picture."""
    sql = (
        "SELECT m.id FROM captures c JOIN captures m ON m.url IN (c.url, 'urn:fullPage:' || c.url)"
        " AND m.fetched_at = c.fetched_at WHERE c.id = ? ORDER BY m.id"
    )
    return [number for (number,) in db.execute(sql, [capture_id])]


def split_record(content: bytes) -> RecordParts:
    """Take a record apart. What is not there is empty. Pure."""
    head, blank, rest = content.partition(b"\r\n\r\n")
    fields = tuple(_split_field(line) for line in head.decode("utf-8", "replace").split("\r\n")[1:])
    start = len(head) + len(blank)
    length = next(
        (int(value) for key, value in fields if key.lower() == "content-length" and value.isdecimal()), 0
    )
    block = rest[:length]
    http, blank, payload = block.partition(b"\r\n\r\n")
    status_line, *lines = http.decode("latin-1").split("\r\n")
    if not status_line.startswith("HTTP/"):
        return RecordParts(fields, "", (), start, length)
    headers = tuple(_split_field(line) for line in lines if line)
    return RecordParts(fields, status_line, headers, start + len(http) + len(blank), len(payload))


def _split_field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()


def _read(archive: Path, place: Place | None) -> bytes | None:
    return read_content(archive, place) if place is not None else None
