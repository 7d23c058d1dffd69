"""The one error type that leaves the archive, and what an error of SQLite or of a file means to its owner."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class ArchiveError(Exception):
    """The archive cannot be opened or written; the message says which file, why and what to do."""


class ArchiveLockedError(Exception):
    """Another process works on this archive; the message says which, and since when."""


@contextlib.contextmanager
def archive_errors(archive: Path | str) -> Iterator[None]:
    """Turn SQLite's and the file system's errors into an `ArchiveError` about this archive.

    It needs no open archive, so that opening can fail like everything else. As a context manager or a decorator.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise ArchiveError(explain(error, Path(archive))) from error
    except OSError as error:
        raise ArchiveError(explain_file(error, Path(archive))) from error


def is_of_one_page(error: Exception) -> bool:
    """Whether an error while storing is due to what was to be stored, and not to the file, its disk or another program."""
    if isinstance(error, OSError | ArchiveError | MemoryError):
        return False
    if not isinstance(error, sqlite3.Error):
        return True
    of_values = (sqlite3.DataError, sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
    return isinstance(error, of_values) or str(error).startswith("Could not decode to UTF-8")


def explain(error: sqlite3.Error, path: Path) -> str:
    """What an SQLite error means for the person whose archive it is."""
    text = str(error)
    lower = text.lower()
    if "not a database" in lower:
        return f"{path} is not an SQLite file. Name another file for the archive; this one was not touched."
    if "malformed" in lower or "corrupt" in lower:
        return (
            f"{path} is damaged ({text}). Keep a copy of it, then try: "
            f"sqlite3 {path} .recover | sqlite3 recovered.db"
        )
    if "readonly" in lower or "unable to open" in lower:
        return f"{path} cannot be written ({text}). Check the permissions of the file and of its folder."
    if "full" in lower:
        return (
            f"The disk that holds {path} is full. Make room and start again: nothing stored so far is lost."
        )
    if "disk i/o" in lower:
        return f"{path} could not be written ({text}): the disk may be full or failing. Look at it and start again: nothing stored so far is lost."
    if "locked" in lower or "busy" in lower:
        return f"{path} is being written by another program. Close it and start again."
    return f"{path}: {text}"


def explain_file(error: OSError, path: Path) -> str:
    """What an error with the archive's own file, its lock or a WARC file beside it means."""
    if error.errno == errno.ENAMETOOLONG:
        return f"The name of the archive is too long for this disk ({len(path.name)} characters): {path.name[:40]}... Choose a shorter one."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"The disk that holds {path} is full. Make room and start again: nothing stored so far is lost."
        )
    if error.errno == errno.EROFS:
        return f"The disk that holds {path} is read-only: it can be searched, not crawled. Copy it to another disk, or make this one writable."
    return (
        f"{error.filename or path} cannot be written ({error.strerror or error}). "
        "Check the permissions of the folder and of its files."
    )
