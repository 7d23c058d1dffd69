"""Two machines without a common disk, and a Ray over both: `python -m tests.two_machines FOLDER`, as `ENTER` starts it.

This process and what it starts are the first machine, 10.99.0.1, with its disk in FOLDER/a; a second one has namespaces of its own for
its network, its mounts and its processes, the address 10.99.0.2, and its disk in FOLDER/b. Neither sees the other's folder.
Prints what came of two imports, as JSON: one over both machines, and one in which the second machine dies.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

ENTER = ["unshare", "-rnm", "--propagation", "private", "--pid", "--fork", "--mount-proc", "--kill-child"]
FIRST, SECOND, PORT = "10.99.0.1", "10.99.0.2", 6379
ROOMS = "clippings-import-*"
OPTIONS = ("--domains", "lists/domains.txt", "--shards", "4")


def run(*words: Any) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True)


def wait_for(condition: Callable[[], Any], seconds: float = 90) -> Any:
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


class Machines:
    """The two machines. `enter` comes before a command of the second one."""

    def __init__(self, folder: Path) -> None:
        self.first, self.second = folder / "a", folder / "b"
        self.environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        self.environment |= {"PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"}
        self.environment |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0123456789abcdef" * 4}
        outer = subprocess.Popen(
            ["unshare", "-nm", "--pid", "--fork", "--mount-proc", "--kill-child", "sleep", "900"]
        )
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
        self.init = int(wait_for(children.read_text))
        wait_for(lambda: Path(f"/proc/{self.init}/comm").read_text() == "sleep\n")
        self.enter = ("nsenter", "-t", str(self.init), "-n", "-m", "-p")
        self._join()

    def _join(self) -> None:
        run("ip", "link", "add", "first", "type", "veth", "peer", "name", "second", "netns", self.init)
        for enter, name, address, other, hidden in (
            ((), "first", FIRST, SECOND, self.second),
            (self.enter, "second", SECOND, FIRST, self.first),
        ):
            # The address is one of `lo`: the link goes when the other machine dies, and the address would go with it.
            run(*enter, "ip", "link", "set", "lo", "up")
            run(*enter, "ip", "addr", "add", f"{address}/32", "dev", "lo")
            run(*enter, "ip", "link", "set", name, "up")
            run(*enter, "ip", "route", "add", f"{other}/32", "dev", name, "src", address)
            for place in (hidden, "/dev/shm"):
                run(*enter, "mount", "-t", "tmpfs", "none", place)

    def start(self, second: bool, *words: str, **named: Any) -> subprocess.Popen[str]:
        """Start a command on a machine, in the folder that is its disk."""
        folder = self.second if second else self.first
        return subprocess.Popen(
            [*(self.enter if second else ()), *words],
            env={**self.environment, "TMPDIR": str(folder / "tmp")},
            cwd=None if second else folder,
            text=True,
            **named,
        )

    def start_ray(self, second: bool) -> None:
        """Start Ray on a machine, and wait until it is there."""
        ray = str(Path(sys.executable).with_name("ray"))
        memory = ("--num-cpus", "2", "--object-store-memory", "100000000")
        head = ("--head", "--port", str(PORT), "--temp-dir", str(self.first / "ray"))
        joins = ("--address", f"{FIRST}:{PORT}")
        place = ("--node-ip-address", SECOND if second else FIRST)
        others = joins if second else (*head, "--include-dashboard=false")
        log = (self.first / f"ray-{int(second)}.log").open("w")
        self.start(second, ray, "start", "--block", *place, *others, *memory, stdout=log, stderr=log)
        wait_for(lambda: "Ray runtime started" in Path(log.name).read_text())

    def clippings(self, *words: str) -> subprocess.Popen[str]:
        """Start the program, on the first machine."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return self.start(False, sys.executable, "-m", "crawler", *words, **pipes)

    def list_rooms(self) -> list[str]:
        """What imports have on the disk of the second machine."""
        listed = subprocess.run(
            [*self.enter, "sh", "-c", f"ls -d {self.second}/tmp/{ROOMS}"],
            capture_output=True,
            check=False,
            text=True,
        )
        return listed.stdout.split()


def list_commands() -> list[str]:
    """The commands of this program that still run, on both machines."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"crawler" in words and b"replay" in words:
            found.append(words.replace(b"\0", b" ").decode())
    return found


def end_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=240)
    return {"code": process.returncode, "out": out, "err": err}


def main(folder: Path) -> None:
    """Make the machines, import over both, then again while the second one dies."""
    machines = Machines(folder)
    files = sorted(path.name for path in machines.first.glob("*.warc.gz"))
    told: dict[str, Any] = {}
    seen = subprocess.run([*machines.enter, "ls", machines.first], capture_output=True, check=True)
    told["seen"] = [*seen.stdout.decode().split(), *map(str, machines.second.iterdir())]
    machines.start_ray(second=False)
    machines.start_ray(second=True)
    on = (*files, "--on", "ray", "--address", f"{FIRST}:{PORT}", *OPTIONS)
    told["both"] = end_of(machines.clippings("replay", "both.db", *on))
    told["rooms"], told["commands"] = machines.list_rooms(), list_commands()
    dying = machines.clippings("replay", "dying.db", *on)
    wait_for(machines.list_rooms)
    os.kill(machines.init, 9)
    told["dying"] = end_of(dying)
    told["commands"] += list_commands()
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
