"""Ray as the engine: a Ray of our own for one command, on loopback and with a token, or one that is there already.

The only module that knows Ray. A task of Ray is one command line; when its process or its node dies, Ray begins it again.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import socket
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.run.exit_codes import ERROR, LOCKED
from crawler.shards.engine import (
    ATTEMPTS,
    SECONDS_FOR_LOCK,
    Ended,
    describe_end,
    kill_session,
    start_command,
)
from crawler.shards.handover import Answer, discard_received, may_travel, pack_errand, run_errand
from pipelines import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.shards.handover import Errand
    from crawler.shards.plan import Task

log = logging.getLogger("clippings")

STARTS = 2
"""A busy machine may take longer than the 30 seconds that Ray waits for itself."""
SECONDS_TO_STOP = 20.0
SECONDS_TO_CONNECT = 10.0
LOOPBACK = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # what makes Ray take 127.0.0.1 for its own address on every system
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
}
"""The environment of a Ray of our own. Ray listens on every interface otherwise; a test looks at the sockets."""
LACKING = f"has no Clippings: install version {VERSION} there, as it is here."
MISSING = "--on ray needs Ray. Install it with: pip install 'clippings-archive[ray]'   or use --on local, which needs nothing."


class RayEngine:
    """Commands as tasks of Ray. Raises `ValueError` where Ray is missing or cannot be reached."""

    def __init__(self, address: str, slots: int) -> None:
        self.own = not address
        self.folders: set[Path] = set()
        """Those of the shards that other machines fill."""
        self.folder = tempfile.mkdtemp(prefix="clippings-ray-") if self.own else ""
        self.before = {name: os.environ.get(name) for name in (*LOOPBACK, "RAY_AUTH_TOKEN")}
        if self.own:
            os.environ.update(LOOPBACK, RAY_AUTH_TOKEN=secrets.token_hex(32))
        try:
            import ray  # after the environment, which it reads when it is loaded
            from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
        except ImportError:
            self._restore()
            raise ValueError(MISSING) from None
        self.ray: Any = ray
        self.running: dict[Any, Task] = {}
        self._join(address, slots)
        self.where = Path.cwd()
        self.node: str = ray.get_runtime_context().get_node_id()
        here = NodeAffinitySchedulingStrategy(self.node, soft=False)
        task = {"num_cpus": 1, "max_retries": ATTEMPTS - 1}
        self.remote: Any = self.ray.remote(scheduling_strategy=here, **task)(run_command)
        """On the machine whose disk has the shards."""
        self.travelling: Any = self.ray.remote(scheduling_strategy="SPREAD", **task)(run_import)

    def _join(self, address: str, slots: int) -> None:
        for attempt in range(STARTS if self.own else 1):
            try:
                self._init(address, slots)
                return
            except Exception as error:
                why = str(error).splitlines()[0] if str(error) else type(error).__name__
                log.warning("Ray does not start, attempt %d: %s", attempt + 1, why)
                self.ray.shutdown()
        self.close()
        where = f"Ray at {address} cannot be joined" if address else "Ray could not be started"
        raise ValueError(f"{where}: {why} Without Ray: --on local")

    def _init(self, address: str, slots: int) -> None:
        quiet = {"log_to_driver": False, "configure_logging": False}
        if self.own:
            loopback = {"_node_ip_address": "127.0.0.1", "_temp_dir": self.folder}
            self.ray.init(address="local", num_cpus=slots, include_dashboard=False, **loopback, **quiet)
        else:
            _check_listens(address)
            self.ray.init(address=address, **quiet)

    def start(self, task: Task) -> None:
        """Begin with a command line, as soon as Ray has room for it."""
        if self.own or not may_travel(task, self.where):
            self.running[self.remote.remote(task, self.where)] = task
            return
        self.folders.add(self.where / task.shard.parent)
        self.running[self.travelling.remote(pack_errand(task, self.where), task, self.where, self.node)] = (
            task
        )

    def collect(self) -> list[Ended]:
        """The commands that have ended since the last call."""
        if not self.running:
            return []
        references = list(self.running)
        done, _ = self.ray.wait(references, num_returns=len(references), timeout=0)
        return [self._end_of(reference, self.running.pop(reference)) for reference in done]

    def _end_of(self, reference: Any, task: Task) -> Ended:
        try:
            answer = self.ray.get(reference)
        except self.ray.exceptions.RayError as error:
            return self._failed(task, error)
        if isinstance(answer, Answer):
            log.info("%s was imported on %s, exit code %d", task.name, answer.node, answer.code)
            if answer.lines is not None:
                task.errors.write_text("".join(f"{line}\n" for line in answer.lines), encoding="utf-8")
            answer = answer.code
        return Ended(task, answer, describe_end(answer))

    def _failed(self, task: Task, error: Exception) -> Ended:
        node = getattr(error, "ip", "") or "a machine of this Ray"
        while isinstance(getattr(error, "cause", None), Exception):
            error = error.cause  # type: ignore[attr-defined]
        cause = str(error) or type(error).__name__
        if "No module named 'crawler" in cause:
            task.errors.write_text(f"Error: {node} {LACKING}\n", encoding="utf-8")
            return Ended(task, ERROR)
        return Ended(task, -1, cause.splitlines()[0])

    def stop(self) -> None:
        """Ask all commands to stop: Ray interrupts the tasks, and these their commands."""
        for reference in self.running:
            self.ray.cancel(reference, force=False)

    def kill(self) -> None:
        """End all commands at once."""
        for reference in self.running:
            self.ray.cancel(reference, force=True)

    def close(self) -> None:
        """Leave Ray, and end the one of our own with all its processes."""
        if self.ray.is_initialized():
            self.ray.shutdown()
        for folder in self.folders:
            discard_received(folder)
        self._restore()

    def _restore(self) -> None:
        for name, value in self.before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def _check_listens(address: str) -> None:
    """Raises `OSError` where nobody listens: Ray itself tries for minutes, and then ends the program without a word of ours."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), SECONDS_TO_CONNECT).close()


def run_import(errand: Errand, task: Task, folder: Path, home: str) -> Answer:
    """Import a WARC file on whatever machine Ray has chosen. `home` is the node of the program, `folder` where it runs."""
    import ray as ray_module
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    ray: Any = ray_module
    node = str(ray.util.get_node_ip_address())
    if ray.get_runtime_context().get_node_id() == home:
        return Answer(run_command(task, folder), node)
    there = NodeAffinitySchedulingStrategy(home, soft=False)
    remote: Any = cache(ray.remote(num_cpus=0, max_retries=ATTEMPTS, scheduling_strategy=there))

    def ask(function: Callable[..., Any], *given: Any) -> Any:
        return ray.get(remote(function).remote(*given))

    return run_errand(errand, node, ask, run_command)


def run_command(task: Task, folder: Path) -> int:
    """Run a command in a process of Ray, to its end; returns its exit code. What interrupts us stops it."""
    end = time.monotonic() + SECONDS_FOR_LOCK
    while True:
        process = start_command(task, folder)
        try:
            while process.poll() is None:
                time.sleep(0.1)
        except BaseException:  # cancelled
            process.terminate()
            stopped = time.monotonic() + SECONDS_TO_STOP
            while process.poll() is None and time.monotonic() < stopped:
                time.sleep(0.1)
        finally:
            kill_session(process)
        if process.returncode != LOCKED or time.monotonic() > end:
            return process.returncode
        time.sleep(0.5)
