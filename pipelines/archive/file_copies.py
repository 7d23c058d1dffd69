"""Copies of an archive's WARC files, each read back and compared by SHA-256; which files they are."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from pipelines.archive.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PIECE = 1 << 20
PART = ".part"
"""What a name ends with while its file is being written."""


class WarcFile(NamedTuple):
    """A file that rows of `captures` name; `end` is how many bytes of it they reach into."""

    name: str
    end: int


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A file copied, or found to be there already: `new` tells which. Sizes in bytes, the digest in hexadecimal."""

    name: str
    size: int
    sha256: str
    new: bool


def list_warc_files(db: sqlite3.Connection, schema: str = "main") -> list[WarcFile]:
    """The WARC files of an archive, or of one that is attached to it by this name; by their names. Not those of collections."""
    captures = f"{schema}.captures"
    rows = db.execute(
        "SELECT file, max(reach) FROM ("
        f" SELECT warc_file AS file, warc_offset + warc_length AS reach FROM {captures} WHERE warc_file IS NOT NULL"
        " AND warc_file NOT GLOB '*://*'"
        f" UNION ALL SELECT revisit_file, revisit_offset + revisit_length FROM {captures}"
        " WHERE revisit_file IS NOT NULL) GROUP BY file ORDER BY file"
    )
    return [WarcFile(str(name), int(end or 0)) for name, end in rows]


def find_problem(folder: Path, file: WarcFile) -> str:
    """Why a file cannot be copied, in a sentence, or ''."""
    path = folder / file.name
    if not path.resolve().is_relative_to(folder.resolve()):
        return f"captures name a file outside {folder}: {file.name}"
    if not path.is_file():
        return f"{path} is not there; captures lie in it"
    if path.stat().st_size < file.end:
        return f"{path} is shorter than the captures in it: it has {path.stat().st_size} bytes of {file.end}"
    return ""


def copy_warc_file(folder: Path, file: WarcFile, target: Path) -> CopiedFile:
    """Copy a file from one `warc/` to another, as long as it is now, and read the copy back.

    A copy that is there already with the same bytes stays. Raises `ArchiveError` where the copy differs, and `OSError`.
    """
    source, copy = folder / file.name, target / file.name
    size = source.stat().st_size
    if copy.is_file() and copy.stat().st_size == size:
        digest = hash_file(source, size)
        if hash_file(copy, size) == digest:
            return CopiedFile(file.name, size, digest, new=False)
    copy.parent.mkdir(parents=True, exist_ok=True)
    part = copy.with_name(copy.name + PART)
    try:
        digest = _copy(source, part, size)
        if hash_file(part, size) != digest:
            raise ArchiveError(
                f"The copy of {source} is not what was read: {copy.parent} may be on a failing disk."
            )
        part.replace(copy)
    finally:
        part.unlink(missing_ok=True)
    return CopiedFile(file.name, size, digest, new=True)


def hash_file(path: Path, size: int | None = None) -> str:
    """The SHA-256 of a file, or of its first bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for piece in _pieces(file, path.stat().st_size if size is None else size):
            digest.update(piece)
    return digest.hexdigest()


def copy_database(db: sqlite3.Connection, target: Path) -> None:
    """Copy the database as it is now into a new file, and check the copy. Raises `ArchiveError`, `sqlite3.Error`.

    The copy is one file, and stays one: in an archive's own mode (WAL) whoever only reads it leaves two files beside it,
    which a bag, or a disk of copies, must not have. Writing to it brings that mode back.
    """
    copy = sqlite3.connect(target)
    try:
        db.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").fetchone()
        faults = copy.execute("PRAGMA quick_check").fetchall()
    finally:
        copy.close()
    if faults != [("ok",)]:
        raise ArchiveError(f"The copy {target} is damaged: {faults[0][0]}. Is the archive?")
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _copy(source: Path, target: Path, size: int) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as read, target.open("wb") as write:
        for piece in _pieces(read, size):
            digest.update(piece)
            write.write(piece)
        write.flush()
        os.fsync(write.fileno())
    return digest.hexdigest()


def _pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (piece := file.read(min(PIECE, size))):
        size -= len(piece)
        yield piece
