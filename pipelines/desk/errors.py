"""The one error type that leaves the desk."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class DeskError(ValueError):
    """desk.db cannot be opened or written; the message says which file, why and what to do."""


class ChangedMeanwhileError(DeskError):
    """Somebody else changed the same thing, at `at`, by the login's name in `by`; `item` is the row in question, if one."""

    def __init__(self, message: str, at: str, by: str, item: int = 0) -> None:
        super().__init__(message)
        self.at, self.by, self.item = at, by, item


def refuse_if_changed(now: int, seen: int, at: str, by: str, number: int) -> None:
    """Raises `ChangedMeanwhileError` where a note has another edition `now` than the one `seen`, changed `at`, `by` whom."""
    if now != seen:
        raise ChangedMeanwhileError(
            "Somebody else changed this note meanwhile. Nothing was done.", at, by, number
        )


@contextlib.contextmanager
def desk_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's and the file system's errors into a `DeskError` about this file."""
    try:
        yield
    except sqlite3.Error as error:
        raise DeskError(_explain(str(error), path)) from error
    except OSError as error:
        raise DeskError(
            f"{path} cannot be opened ({error.strerror or error}). Check its permissions."
        ) from error


def _explain(text: str, path: Path) -> str:
    lower = text.lower()
    if "not a database" in lower or "malformed" in lower:
        return f"{path} is damaged or no desk ({text}). Put your backup in its place, or move it away: a new one is made."
    if "readonly" in lower or "unable to open" in lower:
        return f"{path} cannot be written ({text}). Check the permissions of the file and of its folder."
    if "full" in lower or "disk i/o" in lower:
        return f"{path} could not be written ({text}): the disk may be full. Make room and start again."
    if "locked" in lower or "busy" in lower:
        return f"{path} is being written by another program. Close it and start again."
    return f"{path}: {text}"
