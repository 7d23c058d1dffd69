"""`clippings schedule`: crawls at fixed times, by the means of the system."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.command_line.errors import UsageProblem, errors_in_a_line
from crawler.command_line.options import ARCHIVE_ENDINGS, archive_and_rest
from crawler.command_line.output import EXIT_WORDS
from crawler.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.schedule.choose import Found
    from crawler.schedule.job import Job
    from crawler.schedule.system import Scheduler

PROXIES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")


@click.command(short_help="Crawl by itself, hourly or daily.")
@click.argument("words", nargs=-1, required=True, metavar="[ARCHIVE] hourly | daily | HH:MM | off | show")
def schedule(words: tuple[str, ...]) -> None:
    """Crawl by itself: every hour, every day, or every day at a time such as 06:30.

    Uses a systemd user timer, a line in your crontab, a launch agent (macOS) or a Windows task, and says what it
    wrote. `show` says what is set up, and when it ran and will run; `off` removes it, and nothing else. The crawl
    runs in the current folder, with its seeds/ and clippings.toml.

    Example: clippings schedule daily
    """
    from crawler.schedule.choose import install_job, remove_schedule
    from crawler.schedule.job import NoTimeError, ScheduleError, job_name, make_job, parse_times

    archive, rest = archive_and_rest(words)
    if len(rest) != 1 or rest[0].endswith(ARCHIVE_ENDINGS):
        raise UsageProblem(
            'Name one time: hourly, daily, "06:30", off or show. Example: clippings schedule daily'
        )
    archive, word = archive.absolute(), rest[0].strip().lower()
    name, schedulers = job_name(archive), here()
    try:
        if word == "show":
            lines = show_lines(archive)
        elif word == "off":
            removed = [f"removed  {line}" for line in remove_schedule(schedulers, name)]
            lines = iter(removed or [f"No schedule is set up for {archive}."])
        else:
            times = parse_times(word, name)
            check_folder()
            job = make_job(archive, Path.cwd(), program_words(), times)
            lines = installed_lines(job, *install_job(schedulers, job))
        for line in lines:
            echo(line)
    except NoTimeError as error:
        raise UsageProblem(str(error)) from error
    except ScheduleError as error:
        raise click.ClickException(str(error)) from error


def here() -> list[Scheduler]:
    """The schedulers of this computer."""
    from crawler.schedule.choose import schedulers_of
    from crawler.schedule.system import System

    return schedulers_of(sys.platform, System(Path.home()))


def program_words() -> list[str]:
    """How the program that runs now is started from elsewhere."""
    started = Path(sys.argv[0])
    if started.stem == "clippings" and started.is_file():
        return [str(started.absolute())]
    return [sys.executable, "-m", "crawler"]


def check_folder() -> None:
    """Raises `ClickException` where a crawl would only fail: without seeds/, or with a wrong clippings.toml."""
    from crawler.user_settings import read_user_settings

    if not Path("seeds").is_dir():
        raise click.ClickException(
            f"{Path.cwd()} has no seeds/, so there is nothing to crawl. Go to your folder first; clippings init makes one."
        )
    with errors_in_a_line():
        read_user_settings()


def installed_lines(job: Job, scheduler: Scheduler, written: list[str]) -> Iterator[str]:
    """What was set up, and what to know about it."""
    from crawler.schedule.systemd import Systemd

    yield f"A crawl {job.times}, by {scheduler.title}."
    for line in written:
        yield f"wrote    {line}"
    yield f"runs     {' '.join(job.command)}"
    yield f"in       {job.folder}"
    yield f"output   {job.folder / job.log} (empty while all is well)"
    yield f"next     {job.times.next_after(datetime.now().astimezone()):%Y-%m-%d %H:%M}"
    if isinstance(scheduler, Systemd) and not is_lingering():
        yield "It runs while you are logged in. To let it run always: loginctl enable-linger"
    if any(os.environ.get(name) for name in PROXIES):
        yield "A proxy is set in this terminal. The schedule does not know it: see docs/running.md."
    yield "`clippings schedule off` removes it."


def is_lingering() -> bool:
    """Whether systemd runs this user's units without a session."""
    user = os.environ.get("USER", "")
    return bool(user) and Path("/var/lib/systemd/linger", user).exists()


def read_schedule(archive: Path) -> dict[str, Any] | None:
    """The schedule of an archive for tables and JSON; None when there is none.

    `last` is the last crawl that the archive knows by the schedule's command.
    """
    from crawler.schedule.choose import find_schedule
    from crawler.schedule.job import job_name

    found = find_schedule(here(), job_name(archive.absolute()))
    return None if found is None else schedule_row(found, archive, datetime.now().astimezone())


def schedule_row(found: Found, archive: Path, now: datetime) -> dict[str, Any]:
    """A schedule as a row: `by`, `times`, `next` (local time to the minute), and `last` with its `exit_code`."""
    from crawler.command_line.source_reports import read_last_scheduled

    last = read_last_scheduled(archive)
    return {
        "by": found.scheduler.title,
        "times": str(found.times),
        "next": f"{found.times.next_after(now):%Y-%m-%dT%H:%M}",
        "last": last,
    }


def show_lines(archive: Path) -> Iterator[str]:
    """The schedule of an archive: what, by what, when it ran and when it will."""
    from crawler.user_settings import SettingsFileError, read_user_settings

    row = read_schedule(archive)
    if row is None:
        yield f"No schedule is set up for {archive}. clippings schedule daily sets one up."
        return
    yield f"A crawl {row['times']}, by {row['by']}."
    yield f"last     {last_words(row['last'])}"
    yield f"next     {row['next'].replace('T', ' ')}"
    yield f"output   {archive.with_suffix('.schedule.log')}"
    try:
        read_user_settings()
    except SettingsFileError as error:
        yield f"Error: {error} No crawl starts before that."


def status_line(row: dict[str, Any] | None) -> str:
    """The schedule in a line of `clippings status`."""
    if row is None:
        return "no schedule: clippings schedule daily crawls by itself"
    following = row["next"].replace("T", " ")
    ran = f"last ran {last_words(row['last'])}" if row["last"] else "has not run yet"
    return f"schedule: {row['times']}, by {row['by']}; {ran}; next {following}"


def last_words(last: dict[str, Any] | None) -> str:
    """When the schedule last ran, on the local clock, and how it ended."""
    from pipelines.timestamps import parse

    moment = parse(last["started_at"]) if last else None
    if last is None or moment is None:
        return "not yet"
    return f"{moment.astimezone():%Y-%m-%d %H:%M}, {EXIT_WORDS.get(last['exit_code'], last['exit_code'])}"
