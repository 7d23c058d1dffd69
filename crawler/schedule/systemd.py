"""A timer of systemd's user session: two files in ~/.config/systemd/user."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crawler.schedule.job import MADE_BY, Times
from crawler.schedule.system import is_ours, remove_file, write_file

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.schedule.job import Job
    from crawler.schedule.system import System

_CALENDAR: Final = re.compile(r"^OnCalendar=\*-\*-\* (\*|\d\d):(\d\d):00$", re.MULTILINE)
_SPECIAL: Final = frozenset("\"'\\$*?[]")
"""Characters that systemd takes in the words of a command, but not in the name of its program."""


def service_text(job: Job) -> str:
    """The unit that crawls."""
    program = ("/usr/bin/env",) if _SPECIAL & set(job.command[0]) else ()
    words = " ".join(_quoted(word) for word in (*program, *job.command))
    log = _plain(str(job.folder / job.log))
    return f"""# {MADE_BY}
[Unit]
Description=Clippings: a crawl in {_plain(str(job.folder))}

[Service]
Type=oneshot
WorkingDirectory={_plain(str(job.folder))}
ExecStart={words}
SuccessExitStatus=75
StandardOutput=append:{log}
StandardError=append:{log}
"""


def timer_text(job: Job) -> str:
    """The unit that starts it. A time at which the computer was off is made up for."""
    hour = "*" if job.times.hour is None else f"{job.times.hour:02}"
    return f"""# {MADE_BY}
[Unit]
Description=Clippings: crawls in {_plain(str(job.folder))}

[Timer]
OnCalendar=*-*-* {hour}:{job.times.minute:02}:00
Persistent=true

[Install]
WantedBy=timers.target
"""


def _plain(text: str) -> str:
    """A path as a value of its own: blanks need no quotes, percent signs begin specifiers."""
    return text.replace("%", "%%")


def _quoted(word: str) -> str:
    """A word of a command line, in which the dollar sign begins a variable too."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


class Systemd:
    """`systemctl --user`."""

    title = "a systemd user timer"

    def __init__(self, system: System) -> None:
        self.system = system

    def works(self) -> bool:
        """Whether there is a user session that takes units."""
        return self.system.run(("systemctl", "--user", "show-environment")).code == 0

    def install(self, job: Job) -> list[str]:
        service, timer = self._files(job.name)
        written = [write_file(service, service_text(job)), write_file(timer, timer_text(job))]
        self.system.must("systemctl", "--user", "daemon-reload")
        self.system.must("systemctl", "--user", "enable", timer.name)
        self.system.must("systemctl", "--user", "restart", timer.name)  # takes up changed times too
        return written

    def remove(self, name: str) -> list[str]:
        service, timer = self._files(name)
        if is_ours(timer):
            self.system.run(("systemctl", "--user", "disable", "--now", timer.name))
        removed = [*remove_file(service), *remove_file(timer)]
        if removed:
            self.system.run(("systemctl", "--user", "daemon-reload"))
        return removed

    def find(self, name: str) -> Times | None:
        timer = self._files(name)[1]
        found = _CALENDAR.search(timer.read_text("utf-8", "replace")) if is_ours(timer) else None
        return Times(None if found[1] == "*" else int(found[1]), int(found[2])) if found else None

    def _files(self, name: str) -> tuple[Path, Path]:
        units = self.system.home / ".config/systemd/user"
        return units / f"{name}.service", units / f"{name}.timer"
