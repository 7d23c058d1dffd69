"""Commands run on an archive in a work folder, without a network, and what they cost."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from replay import CLIPPINGS

HERE = Path(__file__).resolve().parent
SERVED = ["--fresh", "--everything", "--crawl-delay", "0"]
TICK, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


def command(work: Path, *words: str, code: Path = HERE.parent, **popen: object) -> subprocess.Popen[str]:
    """A clippings command in the work folder, with no network at all."""
    environment = {**os.environ, "http_proxy": "http://127.0.0.1:9", "PYTHONPATH": str(code)}
    return subprocess.Popen(
        [*CLIPPINGS, *words], env=environment, cwd=work, text=True, stdout=subprocess.PIPE, **popen
    )


def cpu_seconds(process: subprocess.Popen[str]) -> float:
    """CPU of a command and all processes of its session, watched until it ends. Start it with a session of its own.

    Workers are nobody's children that anyone waits for, so their clocks are read while they run; what is missed
    is a twentieth of a second each.
    """
    used: dict[str, float] = {}
    while process.poll() is None:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == process.pid:
                used[folder.name] = (int(fields[11]) + int(fields[12])) / TICK
        time.sleep(0.05)
    return sum(used.values())


def resident(session: int) -> tuple[float, float]:
    """MB held by a session's first process, and by the largest of the others."""
    main, largest = 0.0, 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            size = int(fields[21]) * PAGE / 1e6
            if int(folder.name) == session:
                main = size
            else:
                largest = max(largest, size)
    return main, largest
