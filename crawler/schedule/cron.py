"""A line in the user's crontab, where there is no systemd session."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from crawler.schedule.job import ScheduleError, Times

if TYPE_CHECKING:
    from crawler.schedule.job import Job
    from crawler.schedule.system import System


def cron_line(job: Job) -> str:
    """The line, without its end. Raises `ScheduleError` for a backslash, which not every cron reads alike."""
    hour = "*" if job.times.hour is None else str(job.times.hour)
    command = f"cd {shlex.quote(str(job.folder))} && {shlex.join(job.command)} >> {shlex.quote(job.log)} 2>&1"
    if "\\" in command:
        raise ScheduleError(
            "a path with a backslash in it cannot stand in a crontab. Rename the folder or the archive."
        )
    escaped = command.replace("%", "\\%")  # cron ends the command at a plain one
    return f"{job.times.minute} {hour} * * * {escaped} # {job.name}"


def with_line(table: str, name: str, line: str) -> str:
    """The crontab with the line of this name, in place of the older one if there is one; without it when `line` is empty."""
    kept = [one for one in table.splitlines(keepends=True) if not _is_of(one, name)]
    if line:
        if kept and not kept[-1].endswith("\n"):
            kept[-1] += "\n"
        kept.append(line + "\n")
    return "".join(kept)


def _is_of(line: str, name: str) -> bool:
    return line.rstrip().endswith(f" # {name}")


class Cron:
    """`crontab`."""

    title = "a line in your crontab"

    def __init__(self, system: System) -> None:
        self.system = system

    def works(self) -> bool:
        """Whether there is a crontab to read, or to begin."""
        answer = self.system.run(("crontab", "-l"))
        return answer.code == 0 or "no crontab" in answer.err

    def install(self, job: Job) -> list[str]:
        line = cron_line(job)
        self.system.must("crontab", "-", given=with_line(self._table(), job.name, line))
        return [f"the line: {line}"]

    def remove(self, name: str) -> list[str]:
        table = self._table() if self.works() else ""
        left = with_line(table, name, "")
        if left == table:
            return []
        # An empty table is taken away, so that there is no crontab where there was none.
        if left:
            self.system.must("crontab", "-", given=left)
        else:
            self.system.must("crontab", "-r")
        return [f"the line: {line}" for line in table.splitlines() if _is_of(line, name)]

    def find(self, name: str) -> Times | None:
        table = self._table() if self.works() else ""
        for line in table.splitlines():
            found = re.match(r"(\d+) (\*|\d+) \* \* \* ", line) if _is_of(line, name) else None
            if found:
                return Times(None if found[2] == "*" else int(found[2]), int(found[1]))
        return None

    def _table(self) -> str:
        """Today's crontab. Raises `ScheduleError` when it cannot be read: it would be overwritten."""
        answer = self.system.run(("crontab", "-l"))
        if answer.code and "no crontab" not in answer.err:
            raise ScheduleError(
                f"your crontab cannot be read ({answer.err.strip() or answer.code}); it stays as it is."
            )
        return "" if answer.code else answer.out
