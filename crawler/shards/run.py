"""Runs the command lines of a plan on an engine, and takes in what each has filled as soon as it has ended."""

from __future__ import annotations

import logging
import queue
import signal
import threading
import time
from collections import Counter, deque
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from crawler.run.exit_codes import ERROR, SOME_FAILED
from crawler.shards.engine import ATTEMPTS, read_error_lines
from crawler.shards.progress import SECONDS, add_states, read_last_line, write_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import FrameType

    from crawler.run.progress_lines import CrawlState
    from crawler.shards.engine import Ended, Engine
    from crawler.shards.plan import Task

log = logging.getLogger("clippings")

SECONDS_TO_STOP = 20.0
"""What commands have to stop by themselves after Ctrl-C."""
SECONDS_IN_ALL = 28.0
"""After so long nothing is waited for: a merge that is cut off has changed nothing, and is made by the next crawl."""
PAUSE = 0.1


class StopRequest:
    """Ctrl-C and SIGTERM, counted: the first lets commands stop, the second ends them at once."""

    def __init__(self) -> None:
        self.count = 0
        self.since = 0.0

    def __enter__(self) -> Self:
        self.before = [
            (number, signal.signal(number, self._note)) for number in (signal.SIGINT, signal.SIGTERM)
        ]
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self.before:
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        self.since = self.since or time.monotonic()

    @property
    def seconds(self) -> float:
        """How long ago the first one was; 0 while there was none."""
        return time.monotonic() - self.since if self.count else 0.0


class TakenIn(NamedTuple):
    """A shard that was merged, and lines on what could not be taken; or that could not be merged, with `failed`."""

    task: Task
    problems: Sequence[str]
    failed: bool = False


class Merging:
    """Merges shards one after the other, in a thread: meanwhile the other shards go on and Ctrl-C is heard."""

    def __init__(self, take_in: Callable[[Task], Sequence[str]]) -> None:
        self.take_in = take_in
        self.given: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self.done: queue.SimpleQueue[TakenIn] = queue.SimpleQueue()
        self.left = 0
        # A daemon: a merge that takes too long is left to the process's end.
        threading.Thread(target=self._work, daemon=True).start()

    def give(self, task: Task) -> None:
        """Have a shard merged."""
        self.left += 1
        self.given.put(task)

    def collect(self) -> list[TakenIn]:
        """What was merged since the last call. Does not wait."""
        found = []
        while not self.done.empty():
            found.append(self.done.get())
        self.left -= len(found)
        return found

    def _work(self) -> None:
        while True:
            task = self.given.get()
            try:
                self.done.put(TakenIn(task, self.take_in(task)))
            except Exception as error:  # told to the person; the shard keeps what it has
                log.exception("%s could not be taken in", task.shard)
                self.done.put(TakenIn(task, [f"Error: {error}"], failed=True))


class ShardedRun:
    """Command lines under way. `codes` has the exit code of each, by its name, `lines` what a person must know."""

    def __init__(
        self,
        tasks: Iterable[Task],
        engine: Engine,
        at_a_time: int,
        take_in: Callable[[Task], Sequence[str]],
        form: str = "",
        write: Callable[[str, CrawlState, dict[str, str]], None] = write_progress,
    ) -> None:
        self.waiting = deque(tasks)
        self.engine = engine
        self.at_a_time = at_a_time
        self.merging = Merging(take_in)
        self.form = form
        self.write = write
        self.shards = {task.name: "waiting" for task in self.waiting}
        self.tasks = {task.name: task for task in self.waiting}
        self.last: dict[str, dict[str, Any]] = {}
        self.attempts = Counter[str]()
        self.codes: dict[str, int] = {}
        self.lines: list[str] = []
        self.began = time.monotonic()
        self.written = 0.0
        self.asked_to_stop = 0

    def run(self, stop: StopRequest) -> None:
        """Run all; returns when everything has ended and is taken in, or 28 seconds after Ctrl-C."""
        while self.waiting or self._count("running") or self.merging.left:
            self._obey(stop)
            if self._is_over(stop):
                break
            while self.waiting and self._count("running") < self.at_a_time:
                self._start(self.waiting.popleft())
            for ended in self.engine.collect():
                self._note_end(ended, stop)
            for taken in self.merging.collect():
                self._note_taken_in(taken)
            self._write_progress()
            time.sleep(PAUSE)
        self._read_outputs()

    def _count(self, word: str) -> int:
        return sum(state == word for state in self.shards.values())

    def _start(self, task: Task) -> None:
        self.attempts[task.name] += 1
        for left_over in (
            task.output,
            task.errors,
        ):  # of the last crawl, until the engine has begun with this one
            left_over.unlink(missing_ok=True)
        try:
            self.engine.start(task)
        except OSError as error:
            self.lines.append(f"Error: {task.name} could not be started: {error.strerror}")
            self.codes[task.name] = ERROR
            self.shards[task.name] = "failed"
            return
        self.shards[task.name] = "running"

    def _note_end(self, ended: Ended, stop: StopRequest) -> None:
        task, code = ended.task, ended.code
        self._read_output(task)
        if code < 0 and not stop.count and self.attempts[task.name] < ATTEMPTS:
            log.warning("%s died (%s) and is begun again", task.name, ended.why)
            self.shards[task.name] = "waiting"
            self.waiting.appendleft(task)
            return
        if code < 0 and stop.count:
            code = SOME_FAILED
        elif code < 0:
            code = ERROR
            self.lines.append(
                f"Error: {task.name} died {ATTEMPTS} times: {ended.why}. {task.errors} may say why."
            )
        self.codes[task.name] = code
        self.lines += [line for line in read_error_lines(task) if line not in self.lines]
        if task.shard.exists():
            self.shards[task.name] = "merging"
            self.merging.give(task)
        else:
            self.shards[task.name] = "failed"

    def _note_taken_in(self, taken: TakenIn) -> None:
        self.shards[taken.task.name] = "failed" if taken.failed else "done"
        self.lines += taken.problems
        if taken.problems:
            self.codes[taken.task.name] = ERROR

    # --- stopping

    def _obey(self, stop: StopRequest) -> None:
        if stop.count and not self.asked_to_stop:
            for task in self.waiting:
                self.shards[task.name] = "not begun"
            self.waiting.clear()
            self.engine.stop()
            self.asked_to_stop = 1
        if self.asked_to_stop == 1 and (stop.count > 1 or stop.seconds > SECONDS_TO_STOP):
            self.engine.kill()
            self.asked_to_stop = 2

    def _is_over(self, stop: StopRequest) -> bool:
        if stop.seconds < SECONDS_IN_ALL:
            return False
        for name, state in self.shards.items():
            if state == "merging":
                self.lines.append(f"{name} is taken in by the next crawl; nothing of it is lost.")
        return True

    @property
    def stopped(self) -> bool:
        """Whether a person has stopped it."""
        return self.asked_to_stop > 0

    # --- progress

    @property
    def elapsed(self) -> timedelta:
        """Time since the run began."""
        return timedelta(seconds=time.monotonic() - self.began)

    def read_state(self) -> CrawlState:
        """What all have done so far."""
        return add_states(self.last.values(), self.elapsed)

    def _write_progress(self) -> None:
        if self.form not in SECONDS or time.monotonic() - self.written < SECONDS[self.form]:
            return
        self.written = time.monotonic()
        self._read_outputs()
        self.write(self.form, self.read_state(), self.shards)

    def _read_outputs(self) -> None:
        for name, state in self.shards.items():
            if state == "running":
                self._read_output(self.tasks[name])

    def _read_output(self, task: Task) -> None:
        line = read_last_line(task.output)
        if line is not None:
            self.last[task.name] = line
