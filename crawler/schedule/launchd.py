"""A launch agent of macOS: a plist in ~/Library/LaunchAgents."""

from __future__ import annotations

import os
import plistlib
from typing import TYPE_CHECKING, Any

from crawler.schedule.job import MADE_BY, Times
from crawler.schedule.system import is_ours, remove_file, write_file

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.schedule.job import Job
    from crawler.schedule.system import System


def agent_text(job: Job) -> bytes:
    """The agent as XML. A time at which the computer slept is made up for when it wakes."""
    log = str(job.folder / job.log)
    times = {"Minute": job.times.minute}
    if job.times.hour is not None:
        times["Hour"] = job.times.hour
    agent: dict[str, Any] = {
        "Comment": MADE_BY,
        "Label": job.name,
        "ProgramArguments": list(job.command),
        "WorkingDirectory": str(job.folder),
        "StartCalendarInterval": times,
        "StandardOutPath": log,
        "StandardErrorPath": log,
        "ProcessType": "Background",
    }
    return plistlib.dumps(agent, sort_keys=False)


class Launchd:
    """`launchctl`, in the session of the user who is logged in."""

    title = "a launch agent"

    def __init__(self, system: System) -> None:
        self.system = system
        self.domain = f"gui/{os.getuid() if hasattr(os, 'getuid') else 0}"

    def install(self, job: Job) -> list[str]:
        file = self._file(job.name)
        self.system.run(
            ("launchctl", "bootout", f"{self.domain}/{job.name}")
        )  # an older one, if there is one
        written = write_file(file, agent_text(job))
        self.system.must("launchctl", "bootstrap", self.domain, str(file))
        return [written]

    def remove(self, name: str) -> list[str]:
        file = self._file(name)
        if is_ours(file):
            self.system.run(("launchctl", "bootout", f"{self.domain}/{name}"))
        return remove_file(file)

    def find(self, name: str) -> Times | None:
        file = self._file(name)
        if not is_ours(file):
            return None
        times = plistlib.loads(file.read_bytes())["StartCalendarInterval"]
        return Times(times.get("Hour"), times["Minute"])

    def _file(self, name: str) -> Path:
        return self.system.home / "Library/LaunchAgents" / f"{name}.plist"
