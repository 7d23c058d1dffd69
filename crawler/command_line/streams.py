"""The standard streams of a command, whoever starts it: closed ones, a full disk, a reader that went away."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TYPE_CHECKING, TextIO

from crawler.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES = ("stdin", "stdout", "stderr")
_OF_OUTPUT = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EPIPE, errno.EBADF})


def open_closed_streams() -> None:
    """Open the null device for standard streams that are closed; errors then go to standard output, if that is open.

    The next file opened would take the number of a closed stream, and what is printed, by us or by a worker
    process, would be written into it: into the archive. What a stream's charset lacks is printed as its code.
    """
    closed = [number for number in range(len(_NAMES)) if not _is_open(number)]
    for number in closed:
        if number == 2 and 1 not in closed:
            os.dup2(1, 2)
        else:
            # The lowest free number is taken, and all below this one are open.
            os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)
            os.set_inheritable(number, True)
        mode = "r" if number == 0 else "w"
        setattr(sys, _NAMES[number], os.fdopen(number, mode, encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def end_with_output() -> Iterator[None]:
    """End with code 1 when standard output cannot be written: with a line that says why, or quietly when its reader
    has gone, who has seen enough.
    """
    try:
        yield
    except OSError as error:
        _flush(sys.stderr)
        if _flush(sys.stdout) is None and (error.filename or error.errno not in _OF_OUTPUT):
            raise  # another file's
        _say_and_exit(error)
    except SystemExit as ended:
        problem = _flush(sys.stdout)
        _flush(sys.stderr)
        if problem is not None and not ended.code:
            _say_and_exit(problem)
        raise


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return getattr(sys, _NAMES[number]) is not None


def _flush(stream: TextIO) -> OSError | None:
    """Write what waits; when that fails, the stream is given up, or Python would try once more and complain."""
    try:
        stream.flush()
    except OSError as error:
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return error
    return None


def _say_and_exit(problem: OSError) -> None:
    if not isinstance(problem, BrokenPipeError):
        with contextlib.suppress(OSError):
            echo(f"Error: standard output cannot be written: {problem.strerror}.", err=True)
    sys.exit(1)
