"""Command lines under way: begun again when they die, stopped by a person, taken in one after the other."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from crawler.shards import run as running
from crawler.shards.engine import Ended, LocalEngine, describe_end
from crawler.shards.plan import Task
from crawler.shards.run import ShardedRun, StopRequest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class ScriptedEngine:
    """Ends each command with the next of its codes; None is a command that runs until it is stopped or killed."""

    def __init__(self, codes: dict[str, Sequence[int | None]], *, obeys: bool = True) -> None:
        self.codes = {name: list(listed) for name, listed in codes.items()}
        self.obeys = obeys
        self.begun: list[str] = []
        self.running: list[tuple[Task, int | None]] = []
        self.most = 0

    def start(self, task: Task) -> None:
        task.shard.touch()
        self.begun.append(task.name)
        self.running.append((task, self.codes[task.name].pop(0)))
        self.most = max(self.most, len(self.running))

    def collect(self) -> list[Ended]:
        ended = [Ended(task, code, describe_end(code)) for task, code in self.running if code is not None]
        self.running = [pair for pair in self.running if pair[1] is None]
        return ended

    def stop(self) -> None:
        if self.obeys:
            self.running = [(task, 3) for task, _ in self.running]

    def kill(self) -> None:
        self.running = [(task, -9) for task, _ in self.running]

    def close(self) -> None:
        assert not self.running


def tasks_in(folder: Path, *names: str) -> list[Task]:
    return [Task(folder / f"{name}.db", ()) for name in names]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PAUSE", 0.001)


def test_what_dies_is_begun_again_and_what_keeps_dying_is_an_error(tmp_path: Path) -> None:
    engine = ScriptedEngine({"a": [0], "b": [-9, 3], "c": [-9, -11, -9]})
    taken: list[str] = []
    run = ShardedRun(tasks_in(tmp_path, "a", "b", "c"), engine, 2, lambda task: taken.append(task.name) or ())
    with StopRequest() as stop:
        run.run(stop)
    assert run.codes == {"a": 0, "b": 3, "c": 1}
    assert sorted(taken) == ["a", "b", "c"]  # also what died has stored something
    assert engine.begun.count("c") == 3
    assert engine.most == 2
    assert len(run.lines) == 1
    assert run.lines[0].startswith("Error: c died 3 times: it was ended by SIGKILL.")


def test_one_that_cannot_be_taken_in_is_an_error_and_holds_up_no_other(tmp_path: Path) -> None:
    def take_in(task: Task) -> list[str]:
        if task.name == "a":
            raise OSError("no room")
        return ["a page is not there"] if task.name == "b" else []

    run = ShardedRun(
        tasks_in(tmp_path, "a", "b", "c"), ScriptedEngine({"a": [0], "b": [0], "c": [0]}), 3, take_in
    )
    with StopRequest() as stop:
        run.run(stop)
    assert run.codes == {"a": 1, "b": 1, "c": 0}
    assert run.shards == {"a": "failed", "b": "done", "c": "done"}
    assert run.lines == ["Error: no room", "a page is not there"]


@pytest.mark.parametrize(("obeys", "signals"), [(True, 1), (False, 2)])
def test_ctrl_c_stops_all_and_what_is_there_is_taken_in(tmp_path: Path, obeys: bool, signals: int) -> None:
    engine = ScriptedEngine({"a": [None], "b": [None], "c": [None]}, obeys=obeys)
    taken: list[str] = []
    run = ShardedRun(tasks_in(tmp_path, "a", "b", "c"), engine, 2, lambda task: taken.append(task.name) or ())
    with StopRequest() as stop:
        for _ in range(signals):
            signal.raise_signal(signal.SIGINT)
        run.run(stop)
    assert run.stopped
    assert engine.begun == []  # it came before any was begun
    with StopRequest() as stop:
        run = ShardedRun(
            tasks_in(tmp_path, "a", "b", "c"), engine, 2, lambda task: taken.append(task.name) or ()
        )
        begun = engine.start

        def start_and_interrupt(task: Task) -> None:
            begun(task)
            for _ in range(signals if task.name == "b" else 0):
                signal.raise_signal(signal.SIGTERM)

        engine.start = start_and_interrupt  # type: ignore[method-assign]
        run.run(stop)
    assert engine.begun == ["a", "b"]
    assert run.codes == {"a": 3, "b": 3}
    assert sorted(taken) == ["a", "b"]
    assert run.shards["c"] == "not begun"
    assert run.lines == []


def test_a_merge_that_takes_too_long_is_left_to_the_next_crawl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "SECONDS_IN_ALL", 0.05)
    run = ShardedRun(
        tasks_in(tmp_path, "a"), ScriptedEngine({"a": [0]}), 1, lambda task: time.sleep(60) or ()
    )
    with StopRequest() as stop:
        original = run._note_end
        monkeypatch.setattr(
            run, "_note_end", lambda *given: (original(*given), signal.raise_signal(signal.SIGINT))
        )
        run.run(stop)
    assert run.lines == ["a is taken in by the next crawl; nothing of it is lost."]


def test_a_command_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    # As `kill -9` of the program does: the other end of its standard input is closed, and nobody asks it to stop.
    engine = LocalEngine()
    engine.start(Task(tmp_path / "a.db", ("browse", str(tmp_path / "none.db"), "--port", "0", "--help")))
    _, process = engine.running[0]
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(30) in (0, -signal.SIGTERM)
    engine.close()
