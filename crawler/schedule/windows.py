"""A task of the Windows Task Scheduler, described by an XML file that is given to schtasks."""

from __future__ import annotations

import re
import tempfile
from functools import partial
from html import escape as escape_html
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crawler.schedule.job import MADE_BY, ScheduleError, Times
from pipelines.clean_text import quote_value

if TYPE_CHECKING:
    from crawler.schedule.job import Job
    from crawler.schedule.system import System

escape = partial(escape_html, quote=False)  # as xml.sax does, which loads the modules of HTTP and TLS

_START: Final = re.compile(r"<StartBoundary>[^<]*T(\d\d):(\d\d):\d\d</StartBoundary>")
_HOURLY: Final = "<Interval>PT1H</Interval>"
_FOR_CMD: Final = '%"'
"""Characters that cmd.exe reads even between quotes, or that end the quotes."""


def task_text(job: Job) -> str:
    """The task as XML. Raises `ScheduleError` for a command that cmd.exe would read otherwise."""
    for word in (*job.command, job.log):
        if set(word) & set(_FOR_CMD):
            raise ScheduleError(
                f"{quote_value(word)} has a % or a quotation mark in it, which Windows reads otherwise. Rename it."
            )
    words = " ".join(f'"{word}"' for word in job.command)
    line = f'{words} >> "{job.log}" 2>&1'
    hour = 0 if job.times.hour is None else job.times.hour
    start = f"<StartBoundary>2026-01-01T{hour:02}:{job.times.minute:02}:00</StartBoundary>"
    if job.times.hour is None:
        trigger = f"<TimeTrigger><Repetition>{_HOURLY}</Repetition>{start}</TimeTrigger>"
    else:
        days = "<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>"
        trigger = f"<CalendarTrigger>{start}{days}</CalendarTrigger>"
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>{escape(MADE_BY)}</Description></RegistrationInfo>
  <Triggers>{trigger}</Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>true</RunOnlyIfNetworkAvailable>
  </Settings>
  <Actions>
    <Exec>
      <Command>cmd.exe</Command>
      <Arguments>{escape(f'/d /s /c "{line}"')}</Arguments>
      <WorkingDirectory>{escape(str(job.folder))}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


class Windows:
    """`schtasks`."""

    title = "a Windows task"

    def __init__(self, system: System) -> None:
        self.system = system

    def install(self, job: Job) -> list[str]:
        text = task_text(job)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "task.xml"
            file.write_bytes(text.encode("utf-16"))
            self.system.must("schtasks", "/create", "/f", "/tn", job.name, "/xml", str(file))
        return [f"the task {job.name}"]

    def remove(self, name: str) -> list[str]:
        if self.find(name) is None:
            return []
        self.system.must("schtasks", "/delete", "/f", "/tn", name)
        return [f"the task {name}"]

    def find(self, name: str) -> Times | None:
        answer = self.system.run(("schtasks", "/query", "/tn", name, "/xml"))
        start = _START.search(answer.out) if answer.code == 0 and escape(MADE_BY) in answer.out else None
        if start is None:
            return None
        return Times(None if _HOURLY in answer.out else int(start[1]), int(start[2]))
