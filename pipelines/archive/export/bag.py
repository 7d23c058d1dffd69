"""A BagIt bag (RFC 8493) of a whole archive for a repository: database, pages, a table of articles, a methods note."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines import VERSION, timestamps
from pipelines.archive.errors import ArchiveError
from pipelines.archive.export.describe import describe
from pipelines.archive.export.errors import ExportError
from pipelines.archive.export.selection import Selection
from pipelines.archive.export.stream import stream_articles
from pipelines.archive.file_copies import (
    copy_database,
    copy_warc_file,
    find_problem,
    hash_file,
    list_warc_files,
)
from pipelines.archive.manifest_files import write_files
from pipelines.archive.warc.reader import FOLDER, folder_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

DATA = "data"


@dataclass(frozen=True, slots=True)
class _Payload:
    """A file of the bag; `path` is relative to it."""

    path: str
    size: int
    sha256: str


def write_bag(folder: Path, db: sqlite3.Connection, archive: Path) -> Iterator[int]:
    """Fill the bag; yields how many articles each step wrote. Raises `ExportError` when pages are missing."""
    data = folder / DATA
    data.mkdir()
    payload: list[_Payload] = []
    copy_database(db, data / archive.name)
    for file in list_warc_files(db):
        if problem := find_problem(folder_of(archive), file):
            raise ExportError(f"A bag must have every page: {problem}. clippings verify {archive} says more.")
        try:
            copied = copy_warc_file(folder_of(archive), file, data / FOLDER)
        except ArchiveError as error:
            raise ExportError(str(error)) from error
        payload.append(_Payload(f"{DATA}/{FOLDER}/{copied.name}", copied.size, copied.sha256))
    payload += [
        _Payload(f"{DATA}/{FOLDER}/{path.name}", path.stat().st_size, hash_file(path))
        for path in write_files(db, data / FOLDER)
    ]
    articles = 0
    with (data / "articles.csv").open("xb") as table:
        for piece in stream_articles(db, Selection(), "csv"):
            table.write(piece.data)
            articles += piece.rows
            yield piece.rows
    (data / "methods.md").write_text(
        describe(db, Selection(), archive.name), encoding="utf-8", errors="replace"
    )
    for name in (archive.name, "articles.csv", "methods.md"):
        path = data / name
        payload.append(_Payload(f"{DATA}/{name}", path.stat().st_size, hash_file(path)))
    _write_tags(folder, payload, archive, articles)


def _write_tags(folder: Path, payload: list[_Payload], archive: Path, articles: int) -> None:
    size = sum(one.size for one in payload)
    tags = {
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": (
            f"Bagging-Date: {timestamps.now()[:10]}\n"
            f"Bag-Software-Agent: Clippings {VERSION}\n"
            f"External-Identifier: {archive.name}\n"
            f"External-Description: {articles} newspaper articles with their pages as fetched. {archive.name} is an SQLite"
            " database, warc/ has WARC files, articles.csv the articles in plain text, methods.md how they were collected.\n"
            f"Payload-Oxum: {size}.{len(payload)}\n"
        ),
        "manifest-sha256.txt": "".join(
            f"{one.sha256}  {_quoted(one.path)}\n" for one in sorted(payload, key=lambda one: one.path)
        ),
    }
    for name, text in tags.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    lines = [f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in tags.items()]
    (folder / "tagmanifest-sha256.txt").write_text("".join(lines), encoding="utf-8", newline="\n")


def _quoted(path: str) -> str:
    """A path as manifests have it: the signs that would end a line as their codes."""
    return path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")
