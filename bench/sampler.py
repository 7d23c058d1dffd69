"""Samples of where a Python process spends CPU time, each thread by its own clock. A part of `cost`.

`start(FOLDER)` in a process makes the system interrupt it each few milliseconds of CPU (ITIMER_PROF). At each sample every
thread is charged with the CPU time that its own clock counted since the last one, at the place where it stands now. Nothing
is traced, so the work itself costs what it always costs. Processes forked later begin anew. Each process writes a file of
its counts again and again, since workers are ended without notice.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

EACH = 0.004
"""Seconds of CPU between samples; the kernel's clock ticks no finer."""
WRITE_EACH = 200
"""Samples between two writings of the counts."""

Stack = tuple[str, ...]
"""Places as `path/of/module.py:function`, the innermost first."""


class Sampler:
    """The counts of one process: seconds of CPU by stack."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seconds: dict[Stack, float] = defaultdict(float)
        self.clocks: dict[int, float] = {}
        self.samples = 0
        self.busy = False
        self.began = time.process_time()

    def start(self) -> None:
        self._charge(sys._getframe())
        signal.signal(signal.SIGPROF, self._take)
        signal.siginterrupt(signal.SIGPROF, False)
        signal.setitimer(signal.ITIMER_PROF, EACH, EACH)

    def stop(self) -> None:
        """End before the interpreter does: without a handler the next signal would kill the process."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        self.write()

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self.busy:  # the next signal came before this function had returned
            return
        self.busy = True
        self._charge(frame)
        self.samples += 1
        if self.samples % WRITE_EACH == 0:
            self.write()
            self.clocks[threading.get_ident()] = time.thread_time()  # the writing is nobody's
        self.busy = False

    def _charge(self, frame: FrameType | None) -> None:
        """Charge each thread with what its clock counted since the last sample."""
        frames = sys._current_frames()
        main = threading.main_thread().ident
        for ident in list(frames):
            try:
                now = time.clock_gettime(time.pthread_getcpuclockid(ident))
            except OSError:  # the thread has just ended
                continue
            spent = now - self.clocks.get(ident, 0.0)
            self.clocks[ident] = now
            if spent > 0:
                self.seconds[stack_of(frame if ident == main else frames[ident])] += spent

    def write(self) -> None:
        """Write the counts so far, with all CPU seconds of the process."""
        rows = [[seconds, *stack] for stack, seconds in self.seconds.items()]
        text = json.dumps({"cpu": time.process_time() - self.began, "command": sys.argv[:3], "stacks": rows})
        file = self.folder / f"{os.getpid()}.json"
        file.with_suffix(".new").write_text(text)
        file.with_suffix(".new").replace(file)


def stack_of(frame: FrameType | None) -> Stack:
    """The places of a thread, the innermost first."""
    found = []
    while frame is not None:
        found.append(f"{frame.f_code.co_filename.rpartition('site-packages/')[2]}:{frame.f_code.co_name}")
        frame = frame.f_back
    return tuple(found)


def start(folder: str) -> None:
    """Begin to sample this process, and each one that is forked from it."""
    import atexit

    current = [Sampler(Path(folder))]

    def begin_anew() -> None:
        current[0] = Sampler(Path(folder))
        current[0].clocks[threading.get_ident()] = time.thread_time()
        current[0].start()

    os.register_at_fork(after_in_child=begin_anew)
    atexit.register(lambda: current[0].stop())
    current[0].start()
