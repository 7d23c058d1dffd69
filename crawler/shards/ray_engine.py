"""Ray as the engine: a Ray of our own for one command, on loopback and with a token, or one that is there already.

The only module that knows Ray. A task of Ray is one command line; when its process or its node dies, Ray begins it again.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import tempfile
import time
from typing import TYPE_CHECKING, Any

from crawler.run.exit_codes import LOCKED
from crawler.shards.engine import Ended, describe_end, kill_session, start_command

if TYPE_CHECKING:
    from crawler.shards.plan import Task

log = logging.getLogger("clippings")

STARTS = 2
"""A busy machine may take longer than the 30 seconds that Ray waits for itself."""
ATTEMPTS = 3
SECONDS_FOR_LOCK = 40.0
"""The command of a worker that died stops by itself, and holds its shard until then; see tethered.py."""
SECONDS_TO_STOP = 20.0
LOOPBACK = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # what makes Ray take 127.0.0.1 for its own address on every system
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
}
"""The environment of a Ray of our own. Ray listens on every interface otherwise; a test looks at the sockets."""
MISSING = "--on ray needs Ray. Install it with: pip install 'clippings-archive[ray]'   or use --on local, which needs nothing."


class RayEngine:
    """Commands as tasks of Ray. Raises `ValueError` where Ray is missing or cannot be reached."""

    def __init__(self, address: str, slots: int) -> None:
        self.own = not address
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
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        self.remote: Any = self.ray.remote(num_cpus=1, max_retries=ATTEMPTS - 1, scheduling_strategy=here)(
            run_command
        )
        """On the machine whose disk has the shards."""

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
            self.ray.init(address=address, **quiet)

    def start(self, task: Task) -> None:
        """Begin with a command line, as soon as Ray has room for it."""
        self.running[self.remote.remote(task)] = task

    def collect(self) -> list[Ended]:
        """The commands that have ended since the last call."""
        if not self.running:
            return []
        references = list(self.running)
        done, _ = self.ray.wait(references, num_returns=len(references), timeout=0)
        return [self._end_of(reference, self.running.pop(reference)) for reference in done]

    def _end_of(self, reference: Any, task: Task) -> Ended:
        try:
            code = int(self.ray.get(reference))
        except self.ray.exceptions.RayError as error:
            return Ended(task, -1, str(error).splitlines()[0])
        return Ended(task, code, describe_end(code))

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
        self._restore()

    def _restore(self) -> None:
        for name, value in self.before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def run_command(task: Task) -> int:
    """Run a command in a process of Ray, to its end; returns its exit code. What interrupts us stops it."""
    end = time.monotonic() + SECONDS_FOR_LOCK
    while True:
        process = start_command(task)
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
