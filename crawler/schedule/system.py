"""The system as schedulers need it: the home folder, and programs that are started. Tests give their own."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from crawler.schedule.job import MADE_BY, ScheduleError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from crawler.schedule.job import Job, Times

PATIENCE = 30
"""Seconds for a program of the system to answer."""


class Answer(NamedTuple):
    """How a program ended: its exit code (127 when it is not there), and what it wrote."""

    code: int
    out: str
    err: str


def run_program(words: Sequence[str], given: str | None = None) -> Answer:
    """Start a program, with `given` on its standard input. Bytes that are no UTF-8 come and go unchanged."""
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours, no shell reads them
            list(words),
            input=None if given is None else given.encode("utf-8", "surrogateescape"),
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
    except FileNotFoundError:
        return Answer(127, "", f"{words[0]} is not installed")
    except (OSError, subprocess.TimeoutExpired) as error:
        return Answer(126, "", f"{words[0]}: {error}")
    return Answer(
        done.returncode, *(text.decode("utf-8", "surrogateescape") for text in (done.stdout, done.stderr))
    )


@dataclass(frozen=True, slots=True)
class System:
    """Where files go and how programs are started."""

    home: Path
    run: Callable[..., Answer] = run_program

    def must(self, *words: str, given: str | None = None) -> Answer:
        """Run a program that has to succeed. Raises `ScheduleError` with what it said."""
        answer = self.run(words, given)
        if answer.code:
            said = (answer.err or answer.out).strip().splitlines()
            raise ScheduleError(
                f"{' '.join(words[:3])} failed: {said[-1] if said else f'code {answer.code}'}"
            )
        return answer


class Scheduler(Protocol):
    """One means of the system to run a job at its times."""

    title: str

    def install(self, job: Job) -> list[str]:
        """Set the job up in place of an older one of its name; returns what was written. Raises `ScheduleError`."""
        ...

    def remove(self, name: str) -> list[str]:
        """Remove what `install` made, and only that; returns what was removed. Raises `ScheduleError`."""
        ...

    def find(self, name: str) -> Times | None:
        """The times of the job of this name; None when there is none."""
        ...


def write_file(file: Path, text: str | bytes) -> str:
    """Write a file of ours. Raises `ScheduleError` when it cannot be written, or somebody else's stands there."""
    try:
        if file.exists() and not is_ours(file):
            raise ScheduleError(f"{file} is not made by Clippings. Move it away, and try again.")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise ScheduleError(
            f"{file} cannot be written ({error.strerror}). Check its folder's permissions."
        ) from None
    return str(file)


def remove_file(file: Path) -> list[str]:
    """Remove a file if it is ours; returns its name, or nothing."""
    if not is_ours(file):
        return []
    try:
        file.unlink()
    except OSError as error:
        raise ScheduleError(f"{file} cannot be removed ({error.strerror}). Remove it yourself.") from None
    return [str(file)]


def is_ours(file: Path) -> bool:
    """Whether `clippings schedule` wrote the file."""
    try:
        return MADE_BY.encode() in file.read_bytes()
    except OSError:
        return False
