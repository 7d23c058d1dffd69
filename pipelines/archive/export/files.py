"""Writing a target whole or not at all: into NAME.part beside it, which then takes its name.

What a killed export leaves is that NAME.part alone, and the next export to the same target removes it.
"""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from pipelines.archive.export.errors import ExportError
from pipelines.archive.file_copies import PART

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SQLITE = b"SQLite format 3\x00"


@contextmanager
def written_file(target: Path) -> Iterator[BinaryIO]:
    """A file to write to, which replaces `target` when all went well. Raises `ExportError`."""
    check_target_file(target)
    target = target.resolve()  # of a link, the file that it leads to is replaced
    part = part_of(target)
    with _explained(target):
        _remove(part)
        with part.open("xb") as file:
            own = os.fstat(file.fileno()).st_ino
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                _remove_if_own(part, own)
                raise
        _take_name(part, target, own)


@contextmanager
def written_folder(target: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `target` when all went well; `target` is new or empty. Raises `ExportError`."""
    check_target_folder(target)
    part = part_of(target)
    with _explained(target):
        _remove(part)
        part.mkdir()
        own = part.stat().st_ino
        try:
            yield part
        except BaseException:
            _remove_if_own(part, own)
            raise
        if target.is_dir():
            target.rmdir()
        _take_name(part, target, own)


def part_of(target: Path) -> Path:
    """The name under which a target is written."""
    return target.with_name(target.name + PART)


def check_target_file(target: Path) -> None:
    """Raises `ExportError` where no file can be written, or where an archive would be overwritten."""
    _check_parent(target)
    if target.is_dir():
        raise ExportError(f"{target} is a folder. Name a file in it, such as {target / 'articles.csv'}.")
    if target.exists() and not target.is_file():
        raise ExportError(
            f"{target} is no file but a device or a pipe. Leave -o out, and redirect standard output to it."
        )
    if is_database(target):
        raise ExportError(
            f"{target} is a database, and is not overwritten. Name another file for the export."
        )


def check_target_folder(target: Path) -> None:
    """Raises `ExportError` where no new folder can be made."""
    _check_parent(target)
    if target.is_dir() and any(target.iterdir()):
        raise ExportError(f"The folder {target} is not empty. Name a new one, or remove what is in it.")
    if target.exists() and not target.is_dir():
        raise ExportError(f"{target} is a file, and this export is a folder. Name a new folder.")


def is_database(path: Path) -> bool:
    """Whether it is an SQLite file."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def _check_parent(target: Path) -> None:
    if not target.absolute().parent.is_dir():
        raise ExportError(
            f"The folder {target.absolute().parent} does not exist. Make it, or name another file."
        )


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise ExportError(
                f"{target} could not be written: {error.strerror}. Make room, or name a file on another disk; nothing"
                " half written was left."
            ) from error
        raise ExportError(
            f"{target} cannot be written: {error.strerror or error}. Name a file in a folder of yours."
        ) from error


def _take_name(part: Path, target: Path, own: int) -> None:
    """Rename, unless another export to the same target has put its own file there meanwhile."""
    if not part.exists() or part.stat().st_ino != own:
        raise ExportError(f"Another export to {target} ran at the same time. Start one of them again.")
    part.replace(target)


def _remove_if_own(part: Path, own: int) -> None:
    if part.exists() and part.stat().st_ino == own:
        _remove(part)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
