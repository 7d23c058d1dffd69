"""Errors that a person can mend: one line on stderr with the remedy, and an exit code, instead of a traceback."""

from __future__ import annotations

import difflib
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from crawler.terminal import echo
from crawler.wording import name_some

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@contextmanager
def archive_errors_in_a_line() -> Iterator[None]:
    """End the command with code 1 for an `ArchiveError`, and with 75 when another process holds the lock."""
    from pipelines.archive.errors import ArchiveError, ArchiveLockedError

    try:
        yield
    except ArchiveLockedError as error:
        from crawler.run.exit_codes import LOCKED

        echo(f"Error: {error}", err=True)
        sys.exit(LOCKED)
    except ArchiveError as error:
        raise click.ClickException(str(error)) from error


class UsageProblem(click.ClickException):
    """What was typed means nothing here; one line, and code 2."""

    exit_code = 2


@contextmanager
def errors_in_a_line() -> Iterator[None]:
    """The same, code 2 for a date or duration that cannot be read, and code 1 for any other `ValueError`."""
    from pipelines.timestamps import DurationError

    with archive_errors_in_a_line():
        try:
            yield
        except DurationError as error:
            raise UsageProblem(str(error)) from error
        except ValueError as error:
            raise click.ClickException(str(error)) from error


def require_known(kind: str, wanted: str, known: Iterable[str], where: object) -> None:
    """Raises `UsageProblem` with the nearest right ones when `wanted` is none of the known names."""
    names = list(known)
    if wanted in names:
        return
    near = difflib.get_close_matches(wanted.lower(), names, n=3)
    if near:
        remedy = f" Did you mean {' or '.join(near)}?"
    else:
        remedy = f" There are: {name_some(names)}." if names else ""
    raise UsageProblem(f"{where} has no {kind} {wanted}.{remedy}")


def require_archive(archive: Path) -> None:
    """Raises `ClickException` with the remedy when the file is not there, is no archive, or is of a newer Clippings."""
    from contextlib import closing

    from pipelines.archive.database import check_not_newer, open_for_reading

    with errors_in_a_line(), closing(open_for_reading(archive)) as db:
        check_not_newer(db, archive)
