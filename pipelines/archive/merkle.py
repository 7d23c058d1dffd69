"""Merkle trees over lines of text, hashed as RFC 6962 hashes them, and the lines that manifests are made of. Pure.

docs/evidence.md says the same for somebody who writes a checker.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

EMPTY = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


class LeafKind(StrEnum):
    """What a leaf stands for; the first word of its line."""

    CAPTURE = "capture"
    VERSION = "version"
    FACTS = "facts"
    REPLACED = "replaced"
    SUPERSEDED = "superseded"


class PathStep(NamedTuple):
    """A hash that is joined to the one so far, on its left or on its right."""

    left: bool
    hash: bytes


def hash_leaf(line: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + line).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """The hash of a node with two children."""
    return hashlib.sha256(b"\1" + left + right).digest()


class TreeHasher:
    """The root of a tree whose leaf hashes come one after the other. It keeps a hash for each level."""

    def __init__(self) -> None:
        self.count = 0
        self._roots: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        """Take the hash of the next leaf."""
        self.count += 1
        size, node = 1, leaf
        while self._roots and self._roots[-1][0] == size:
            node = hash_node(self._roots.pop()[1], node)
            size *= 2
        self._roots.append((size, node))

    def root(self) -> bytes:
        """The root of what came so far."""
        if not self._roots:
            return EMPTY
        node = self._roots[-1][1]
        for _, left in reversed(self._roots[:-1]):
            node = hash_node(left, node)
        return node


def build_levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The hashes of a tree by level, the leaves first, the root alone in the last one."""
    levels = [list(leaves)]
    while len(level := levels[-1]) > 1:
        levels.append(
            [
                hash_node(*level[n : n + 2]) if n + 1 < len(level) else level[n]
                for n in range(0, len(level), 2)
            ]
        )
    return levels


def find_path(levels: Sequence[Sequence[bytes]], position: int) -> list[PathStep]:
    """The hashes that lead from the leaf at `position` to the root, in this order."""
    path: list[PathStep] = []
    at = position
    for level in levels[:-1]:
        other = at ^ 1
        if other < len(level):
            path.append(PathStep(other < at, level[other]))
        at //= 2
    return path


def climb(leaf: bytes, path: Sequence[PathStep]) -> bytes:
    """The root to which a path leads."""
    node = leaf
    for step in path:
        node = hash_node(step.hash, node) if step.left else hash_node(node, step.hash)
    return node


# --- lines


def capture_line(record_sha256: str) -> bytes:
    """The line of a capture; the digest is of its whole WARC record, uncompressed, in hexadecimal."""
    return f"{LeafKind.CAPTURE} {record_sha256}".encode()


def version_line(
    kind: LeafKind, number: int, seen_at: str, words_sha256: str, content_hash: str, url: bytes
) -> bytes:
    """The line of a stored version (`VERSION`), or of a text that another reading replaced (`REPLACED`)."""
    head = f"{kind} {number} {seen_at} {words_sha256} {content_hash} "
    return head.encode("utf-8", "surrogatepass") + url


def facts_line(facts: bytes, url: bytes) -> bytes:
    """The line of what an article says of itself beside its words."""
    return f"{LeafKind.FACTS} {hashlib.sha256(facts).hexdigest()} ".encode() + url


def superseded_line(leaf: bytes, why: str) -> bytes:
    """The line that says that an earlier leaf holds no longer, and why."""
    return f"{LeafKind.SUPERSEDED} {leaf.hex()} {why}".encode()


# --- SQL that brings what the lines are made of, the same for writers, readers and checks

WORDS_SQL = "CAST(coalesce({row}title, '') || char(31) || coalesce({row}standfirst, '') || char(31) || {row}text AS BLOB)"
"""Headline, standfirst and text of a version, exactly as stored."""

FACTS_SQL = (
    "CAST(coalesce({row}authors, '') || char(31) || coalesce({row}published_at, '') || char(31) ||"
    " coalesce({row}published_from, '') || char(31) || coalesce({row}modified_at, '') || char(31) ||"
    " coalesce({row}section, '') || char(31) || {row}first_seen_at AS BLOB)"
)

_WANTED = "(SELECT value FROM json_each(:ids))"
ARTICLE_LINES_SQL = f"""
SELECT a.id, '{LeafKind.FACTS}', 0, '', {FACTS_SQL.format(row="a.")}, '', CAST(a.url AS BLOB)
FROM main.articles a WHERE a.id IN {_WANTED}
UNION ALL SELECT r.article_id, '{LeafKind.VERSION}', r.number, r.seen_at, {WORDS_SQL.format(row="r.")}, r.content_hash,
       CAST(a.url AS BLOB)
FROM main.revisions r JOIN main.articles a ON a.id = r.article_id WHERE r.article_id IN {_WANTED}
UNION ALL SELECT a.id, '{LeafKind.VERSION}', a.revision, coalesce(a.revised_at, a.first_seen_at),
       {WORDS_SQL.format(row="a.")}, a.content_hash, CAST(a.url AS BLOB)
FROM main.articles a WHERE a.id IN {_WANTED}
UNION ALL SELECT u.article_id, '{LeafKind.REPLACED}', u.revision, u.seen_at, {WORDS_SQL.format(row="u.")}, u.content_hash,
       CAST(a.url AS BLOB)
FROM main.unexplained_versions u JOIN main.articles a ON a.id = u.article_id WHERE u.article_id IN {_WANTED}
ORDER BY 1, 2, 3, 4
"""
"""What the leaves of articles (`:ids`, a JSON list) are made of: id, kind, number, time, words or facts, content hash, URL."""


class ArticleLeaf(NamedTuple):
    """A leaf of an article as its rows are now. `number` is of the version, 0 for facts."""

    article_id: int
    kind: LeafKind
    number: int
    line: bytes
    words_sha256: str = ""

    @property
    def hash(self) -> bytes:
        return hash_leaf(self.line)


def article_leaf(row: Sequence[object]) -> ArticleLeaf:
    """The leaf of a row of `ARTICLE_LINES_SQL`."""
    article_id, kind, number, seen_at, words, content_hash, url = row
    assert isinstance(words, bytes)
    assert isinstance(url, bytes)
    assert isinstance(article_id, int)
    number = number if isinstance(number, int) else 0
    if kind == LeafKind.FACTS:
        return ArticleLeaf(article_id, LeafKind.FACTS, number, facts_line(words, url))
    kind = LeafKind(str(kind))
    digest = hashlib.sha256(words).hexdigest()
    line = version_line(kind, number, str(seen_at), digest, str(content_hash), url)
    return ArticleLeaf(article_id, kind, number, line, digest)
