"""Errors that a person can mend: one line on stderr with the remedy, and an exit code, instead of a traceback."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from crawler.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def archive_errors_in_a_line() -> Iterator[None]:
    """End the command with code 1 for an `ArchiveError`, and with 75 when another process holds the lock."""
    from crawler.run.exit_codes import LOCKED
    from pipelines.archive.errors import ArchiveError
    from pipelines.archive.lock import ArchiveLockedError

    try:
        yield
    except ArchiveLockedError as error:
        echo(f"Error: {error}", err=True)
        sys.exit(LOCKED)
    except ArchiveError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def errors_in_a_line() -> Iterator[None]:
    """The same, and code 1 for a `ValueError`, by which the functions below say that an input is wrong."""
    with archive_errors_in_a_line():
        try:
            yield
        except ValueError as error:
            raise click.ClickException(str(error)) from error


def require_archive(archive: Path) -> None:
    """Raises `ClickException` when there is no archive."""
    from crawler.commands.options import is_file

    if not is_file(archive):
        raise click.ClickException(f"{archive} does not exist. Make it with: clippings crawl {archive}")
