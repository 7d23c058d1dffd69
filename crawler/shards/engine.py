"""What runs the command lines: the interface of an engine, and the one of plain processes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.shards.plan import Task

COMMAND = (sys.executable, "-m", "crawler.tethered")
ATTEMPTS = 3
"""How often a command line is begun when its process or its worker dies."""
SECONDS_FOR_LOCK = 40.0
"""A program or a worker that was killed leaves a command that stops by itself, and holds its shard until then; see tethered.py."""


class Ended(NamedTuple):
    """A command that has ended. `code` is its exit code, below 0 when it was killed or its worker died; `why` says more."""

    task: Task
    code: int
    why: str = ""


class Engine(Protocol):
    """Runs command lines side by side. Closing it leaves no process behind."""

    def start(self, task: Task) -> None:
        """Begin with a command line."""

    def collect(self) -> list[Ended]:
        """The commands that have ended since the last call. Does not wait."""

    def stop(self) -> None:
        """Ask all commands to stop, as by SIGTERM."""

    def kill(self) -> None:
        """End all commands at once."""

    def close(self) -> None:
        """Give back what the engine holds. No command runs any more."""


def start_command(task: Task, folder: Path | None = None) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, in this folder. It ends when the standard input, which we hold, is closed."""
    here = folder or Path()
    with (here / task.output).open("wb") as output, (here / task.errors).open("wb") as errors:
        return subprocess.Popen(  # noqa: S603 - the words are ours, no shell reads them
            [*COMMAND, *task.words],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=errors,
            cwd=folder,
            start_new_session=True,
        )


def kill_session(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a command and its workers, and wait for it."""
    if os.name == "nt":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


class LocalEngine:
    """Plain processes on this machine."""

    def __init__(self) -> None:
        self.running: list[tuple[Task, subprocess.Popen[bytes]]] = []

    def start(self, task: Task) -> None:
        """Begin with a command line. Raises `OSError`."""
        self.running.append((task, start_command(task)))

    def collect(self) -> list[Ended]:
        """The commands that have ended since the last call."""
        ended = [(task, process) for task, process in self.running if process.poll() is not None]
        self.running = [pair for pair in self.running if pair not in ended]
        for _, process in ended:
            kill_session(process)  # its workers may outlive it by a moment
        return [Ended(task, process.returncode, describe_end(process.returncode)) for task, process in ended]

    def stop(self) -> None:
        """Ask all commands to stop."""
        for _, process in self.running:
            process.terminate()

    def kill(self) -> None:
        """End all commands at once."""
        for _, process in self.running:
            kill_session(process)

    def close(self) -> None:
        """End what still runs."""
        self.kill()


def describe_end(code: int) -> str:
    """How a process ended that did not end by itself; "" for one that did."""
    if code >= 0:
        return ""
    with contextlib.suppress(ValueError):
        return f"it was ended by {signal.Signals(-code).name}"
    return f"it was ended by signal {-code}"


def read_error_lines(task: Task, most: int = 200) -> Sequence[str]:
    """What the command wrote for a person to standard error, the last `most` lines."""
    with contextlib.suppress(OSError):
        return task.errors.read_text("utf-8", "replace").splitlines()[-most:]
    return ()
