"""The files of manifests and of their time stamps, beside the WARC files: written from the table, which has them too."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pipelines.archive.warc.files import sync_folder

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

_NAME = re.compile(r"[\w-]+-manifest-\d{6,}-[0-9a-f]{8}\.json")


def write_files(db: sqlite3.Connection, folder: Path) -> list[Path]:
    """Write the manifests, and their time stamps, that have no file in this folder yet; returns those written.

    The table has them first, so a crash in between leaves none without its file for longer than until the next time.
    A name of another form, as a stranger's archive may have it, is not written to.
    """
    there = {path.name for path in folder.glob("*-manifest-*")} if folder.is_dir() else set()
    written = []
    rows = db.execute("SELECT id, file, token IS NOT NULL FROM manifests ORDER BY id").fetchall()
    for manifest_id, file, is_stamped in rows:
        if not _NAME.fullmatch(str(file)) or (
            file in there and (not is_stamped or token_name(file) in there)
        ):
            continue
        body, token = db.execute("SELECT body, token FROM manifests WHERE id = ?", [manifest_id]).fetchone()
        for name, data in ((file, body.encode()), (token_name(file), token)):
            if data is not None and name not in there:
                folder.mkdir(exist_ok=True)
                _write_file(folder / name, data)
                written.append(folder / name)
    if written:
        sync_folder(folder)
    return written


def _write_file(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def token_name(file: str) -> str:
    """The name of a manifest's time stamp, beside it."""
    return file.removesuffix(".json") + ".tsr"
