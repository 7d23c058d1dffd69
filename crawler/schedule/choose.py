"""Which means of the system a schedule uses, and the steps that are the same for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crawler.schedule.cron import Cron
from crawler.schedule.job import ScheduleError
from crawler.schedule.systemd import Systemd

if TYPE_CHECKING:
    from crawler.schedule.job import Job, Times
    from crawler.schedule.system import Scheduler, System


class Found(NamedTuple):
    """A schedule that is set up, and by what."""

    scheduler: Scheduler
    times: Times


def schedulers_of(platform: str, system: System) -> list[Scheduler]:
    """The means a platform (`sys.platform`) may have, the better ones first."""
    if platform == "darwin":
        from crawler.schedule.launchd import Launchd

        return [Launchd(system)]
    if platform == "win32":
        from crawler.schedule.windows import Windows

        return [Windows(system)]
    return [Systemd(system), Cron(system)]


def choose_scheduler(schedulers: list[Scheduler]) -> Scheduler:
    """The first that works here. Raises `ScheduleError` when none does."""
    for scheduler in schedulers:
        if not isinstance(scheduler, Systemd | Cron) or scheduler.works():
            return scheduler
    raise ScheduleError(
        "there is neither a systemd user session nor a crontab here. Install cron, or let another scheduler run"
        " `clippings crawl --silent` in this folder."
    )


def find_schedule(schedulers: list[Scheduler], name: str) -> Found | None:
    """The schedule of this name, by whatever means it was set up."""
    for scheduler in schedulers:
        times = scheduler.find(name)
        if times is not None:
            return Found(scheduler, times)
    return None


def install_job(schedulers: list[Scheduler], job: Job) -> tuple[Scheduler, list[str]]:
    """Set a job up by the first means that works, in place of an older schedule; returns what was written.

    Raises `ScheduleError`; then nothing is left behind.
    """
    chosen = choose_scheduler(schedulers)
    for scheduler in schedulers:
        if scheduler is not chosen:
            scheduler.remove(job.name)
    try:
        return chosen, chosen.install(job)
    except ScheduleError:
        chosen.remove(job.name)
        raise


def remove_schedule(schedulers: list[Scheduler], name: str) -> list[str]:
    """Remove the schedule of this name, by whatever means it was set up; returns what was removed."""
    return [line for scheduler in schedulers for line in scheduler.remove(name)]
