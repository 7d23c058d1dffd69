"""Reading an archive by several connections at once: SQLite lets go of Python's lock while it walks an index.

The caller's thread reads by its own connection. Processors that are idle help, each by a thread with a connection of its own,
which is closed at the end: one that stays open would go on reading a file that has been replaced.
"""

from __future__ import annotations

import math
import os
import sqlite3
import threading
import time
from collections import deque
from contextlib import closing, contextmanager
from contextvars import ContextVar, copy_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from pipelines.archive.file_checks import reading_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Job = Callable[[sqlite3.Connection], "T"]

T = TypeVar("T")

STEPS = 20_000
"""Instructions of SQLite between two looks at whether reading is to end: a millisecond or two. Each look takes Python's lock: at one in
1,000 a comparison of three frequent words took it five thousand times, while another thread counted."""

PATIENCE = 0.015
"""Seconds that a helper waits first: what the caller has read by then is not worth another connection, which takes 5 ms of CPU."""

_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)


def _count_processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_idle = threading.Semaphore(_count_processors() - 1)
"""One for each processor beside that of the caller; shared by all who read in this process."""


@contextmanager
def limit_reading(db: sqlite3.Connection, seconds: float) -> Iterator[None]:
    """Let SQLite say "interrupted" after so many seconds, on this connection and on those that help it."""
    end = time.monotonic() + seconds
    db.set_progress_handler(lambda: time.monotonic() > end, STEPS)
    token = _deadline.set(end)
    try:
        yield
    finally:
        _deadline.reset(token)
        db.set_progress_handler(None, STEPS)


def read_together(db: sqlite3.Connection, jobs: Sequence[Job[T]]) -> list[T]:
    """What the jobs return, in their order; each reads by the connection that it is handed, and by no other.

    Without an idle processor, with a single job, and where another connection would see other rows (in a transaction, in
    memory, beside attached files and temporary tables) `db` does them all. The first error of a job ends the others, and is raised.
    """
    work = _Work(jobs, _deadline.get())
    file = _find_file(db) if len(jobs) > 1 else None
    helpers = _take_idle(len(jobs) - 1) if file else 0
    if not file or not helpers:
        work.do(db)
        return work.finish()
    threads = [threading.Thread(target=copy_context().run, args=(_help, work, file)) for _ in range(helpers)]
    try:
        for thread in threads:
            thread.start()
        work.do(db)
        work.finished.set()
        for thread in threads:
            thread.join()
    finally:
        _idle.release(helpers)
    return work.finish()


class _Work(Generic[T]):
    """Jobs that are done by whoever takes them first."""

    def __init__(self, jobs: Sequence[Job[T]], deadline: float) -> None:
        self.waiting = deque(enumerate(jobs))
        self.found: dict[int, T] = {}
        self.errors: list[BaseException] = []
        self.deadline = deadline
        self.finished = threading.Event()
        """Set when no job is waiting any more."""

    def do(self, db: sqlite3.Connection) -> None:
        while not self.errors:
            try:
                place, job = self.waiting.popleft()
            except IndexError:
                return
            try:
                self.found[place] = job(db)
            except BaseException as error:  # also Ctrl+C: helpers that nobody waits for are to end
                self.errors.append(error)

    def is_over(self) -> bool:
        return bool(self.errors) or time.monotonic() > self.deadline

    def finish(self) -> list[T]:
        if self.errors:
            raise self.errors[0]
        return [self.found[place] for place in sorted(self.found)]


class _File(NamedTuple):
    """The file of a connection, how it reads rows, and by what another file of that name is told."""

    path: Path
    row_factory: Any
    text_factory: Any
    state: tuple[int, ...]


def _find_file(db: sqlite3.Connection) -> _File | None:
    """None where another connection would see other rows."""
    if db.in_transaction:
        return None
    attached = [file for _, _, file in map(tuple, db.execute("PRAGMA database_list"))]
    if len(attached) != 1 or not attached[0]:
        return None
    return _File(Path(os.fsdecode(attached[0])), db.row_factory, db.text_factory, _read_state(db))


def _read_state(db: sqlite3.Connection) -> tuple[int, ...]:
    """Numbers that another file has otherwise, as good as surely."""
    pragmas = ("schema_version", "page_count", "freelist_count", "application_id")
    return tuple(db.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas)


def _take_idle(most: int) -> int:
    """Take so many idle processors, or as many as there are; none is waited for."""
    taken = 0
    while taken < most and _idle.acquire(blocking=False):
        taken += 1
    return taken


def _help(work: _Work[T], file: _File) -> None:
    """Do jobs by a new connection; where that cannot be had, the caller does them."""
    if work.finished.wait(PATIENCE):
        return
    try:
        helper = sqlite3.connect(reading_uri(file.path), uri=True)
    except sqlite3.Error:
        return
    with closing(helper):
        try:
            if _read_state(helper) != file.state:
                return
        except sqlite3.Error:
            return
        helper.row_factory, helper.text_factory = file.row_factory, file.text_factory
        helper.set_progress_handler(work.is_over, STEPS)
        work.do(helper)
