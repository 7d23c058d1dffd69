"""`clippings schedule` set up, shown and taken away, on a system whose programs only note what they are told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from crawler.cli import cli
from crawler.commands import schedule as command
from crawler.schedule.choose import (
    choose_scheduler,
    find_schedule,
    install_job,
    remove_schedule,
    schedulers_of,
)
from crawler.schedule.job import ScheduleError, Times, job_name, make_job
from crawler.schedule.system import MADE_BY, Answer, System, run_program
from pipelines import VERSION
from pipelines.archive.database import Archive
from pipelines.timestamps import parse

if TYPE_CHECKING:
    from collections.abc import Sequence


class Programs:
    """The programs of a system: which of them work, what they were told, a crontab, tasks."""

    def __init__(self, *working: str, crontab: str | None = None) -> None:
        self.working = working
        self.crontab = crontab
        self.tasks: dict[str, str] = {}
        self.told: list[str] = []
        self.failing = ""

    def __call__(self, words: Sequence[str], given: str | None = None) -> Answer:
        self.told.append(" ".join(words))
        if words[0] not in self.working:
            return Answer(127, "", "not installed")
        if self.failing and self.failing in self.told[-1]:
            return Answer(1, "", "some other trouble")
        if words[0] == "crontab":
            return self._crontab(words[1], given)
        if words[0] == "schtasks":
            return self._schtasks(words)
        return Answer(0, "", "")

    def _crontab(self, option: str, given: str | None) -> Answer:
        if option == "-l":
            return Answer(1, "", "no crontab for me") if self.crontab is None else Answer(0, self.crontab, "")
        self.crontab = None if option == "-r" else given
        return Answer(0, "", "")

    def _schtasks(self, words: Sequence[str]) -> Answer:
        name = words[words.index("/tn") + 1]
        if words[1] == "/create":
            self.tasks[name] = Path(words[-1]).read_bytes().decode("utf-16")
        elif name not in self.tasks:
            return Answer(1, "", "ERROR: The system cannot find the file specified.")
        elif words[1] == "/delete":
            del self.tasks[name]
        return Answer(0, self.tasks.get(name, ""), "")


def everything(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize(
    ("platform", "programs", "title"),
    [
        ("linux", ("systemctl", "crontab"), "a systemd user timer"),
        ("linux", ("crontab",), "a line in your crontab"),
        ("darwin", ("launchctl",), "a launch agent"),
        ("win32", ("schtasks",), "a Windows task"),
    ],
)
def test_set_up_changed_and_taken_away_without_a_trace(
    tmp_path: Path, platform: str, programs: tuple[str, ...], title: str
) -> None:
    run = Programs(*programs, crontab="0 1 * * * backup\n")
    home = tmp_path / "home"
    other = home / ".config/systemd/user/other.timer"
    other.parent.mkdir(parents=True)
    other.write_text("[Timer]\n", "utf-8")
    before = everything(home)
    schedulers = schedulers_of(platform, System(home, run))
    archive = tmp_path / "archive.db"
    for times in (Times(None, 5), Times(22, 0)):
        chosen, written = install_job(schedulers, make_job(archive, tmp_path, ["/bin/clippings"], times))
        assert chosen.title == title
        assert written
        found = find_schedule(schedulers, job_name(archive))
        assert found is not None
        assert (found.scheduler.title, found.times) == (title, times)
    assert find_schedule(schedulers, job_name(tmp_path / "other.db")) is None
    assert remove_schedule(schedulers, job_name(tmp_path / "other.db")) == []
    assert remove_schedule(schedulers, job_name(archive)) == written
    assert find_schedule(schedulers, job_name(archive)) is None
    assert remove_schedule(schedulers, job_name(archive)) == []
    assert (everything(home), run.crontab, run.tasks) == (before, "0 1 * * * backup\n", {})


def test_a_better_means_takes_the_place_of_the_other(tmp_path: Path) -> None:
    run = Programs("crontab")
    schedulers = schedulers_of("linux", System(tmp_path, run))
    job = make_job(tmp_path / "archive.db", tmp_path, ["/bin/clippings"], Times(6, 0))
    install_job(schedulers, job)
    assert run.crontab
    run.working = ("systemctl", "crontab")
    chosen, _ = install_job(schedulers, job)
    assert (chosen.title, run.crontab) == ("a systemd user timer", None)
    assert f"systemctl --user enable {job.name}.timer" in run.told


def test_what_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    run = Programs("systemctl")
    run.failing = "enable"
    schedulers = schedulers_of("linux", System(tmp_path, run))
    with pytest.raises(ScheduleError, match="systemctl --user enable failed: some other trouble"):
        install_job(schedulers, make_job(tmp_path / "a.db", tmp_path, ["clippings"], Times(6, 0)))
    assert everything(tmp_path) == {}


def test_a_crontab_that_cannot_be_read_is_not_overwritten(tmp_path: Path) -> None:
    run = Programs("crontab", crontab="0 1 * * * backup\n")
    run.failing = "-l"
    schedulers = schedulers_of("linux", System(tmp_path, run))
    with pytest.raises(ScheduleError, match="neither a systemd user session nor a crontab"):
        choose_scheduler(schedulers)
    with pytest.raises(ScheduleError, match="it stays as it is"):
        schedulers[1].install(make_job(tmp_path / "a.db", tmp_path, ["clippings"], Times(6, 0)))
    assert run.crontab == "0 1 * * * backup\n"


def test_a_file_of_somebody_else_stays(tmp_path: Path) -> None:
    run = Programs("launchctl")
    schedulers = schedulers_of("darwin", System(tmp_path, run))
    job = make_job(tmp_path / "a.db", tmp_path, ["clippings"], Times(6, 0))
    theirs = tmp_path / f"Library/LaunchAgents/{job.name}.plist"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("theirs", "utf-8")
    with pytest.raises(ScheduleError, match="not made by Clippings"):
        install_job(schedulers, job)
    assert remove_schedule(schedulers, job.name) == []
    assert theirs.read_text("utf-8") == "theirs"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """A folder with seeds, on a Linux with a crontab."""
    monkeypatch.chdir(tmp_path)
    Path("seeds").mkdir()
    run = Programs("crontab")
    monkeypatch.setattr(command, "here", lambda: schedulers_of("linux", System(tmp_path / "home", run)))
    for name in command.PROXIES:
        monkeypatch.delenv(name, raising=False)
    return run


def schedule(*words: str) -> Result:
    return CliRunner().invoke(cli, ["schedule", *words], catch_exceptions=False)


def test_the_command_says_what_it_wrote_and_where_output_goes(here: Programs, tmp_path: Path) -> None:
    result = schedule("06:30")
    assert result.exit_code == 0
    assert f"wrote    the line: {(here.crontab or '').strip()}" in result.stdout
    assert f"output   {tmp_path / 'archive.schedule.log'}" in result.stdout
    assert re.search(r"next     \d{4}-\d\d-\d\d 06:30\n", result.stdout)
    shown = schedule("show").stdout
    assert "A crawl every day at 06:30, by a line in your crontab.\nlast     not yet\nnext     " in shown
    Path("clippings.toml").write_text("[crawl]\nlimt = 2\n", "utf-8")
    assert schedule("show").stdout.endswith("Did you mean limit? No crawl starts before that.\n")
    assert schedule("other.db", "show").stdout.startswith(
        f"No schedule is set up for {tmp_path / 'other.db'}."
    )
    assert schedule("off").stdout.startswith("removed  the line: 30 6 * * *")
    assert here.crontab is None
    assert schedule("off").stdout == f"No schedule is set up for {tmp_path / 'archive.db'}.\n"


def test_status_says_when_it_ran_and_when_it_runs_next(here: Programs, tmp_path: Path) -> None:
    file = tmp_path / "archive.db"
    with Archive(file) as archive:
        for command_line, at, code in (
            ("clippings crawl archive.db --silent", "2026-11-24T05:30:00.000+00:00", 3),
            ("clippings crawl archive.db --source a", "2026-11-25T05:30:00.000+00:00", 0),
        ):
            crawl = archive.crawls.start(at, [], 0, command_line, VERSION)
            archive.crawls.finish(crawl, at, code, "finished", 0, 0)
    status = CliRunner().invoke(cli, ["status", str(file)])
    assert status.stdout.endswith("no schedule: clippings schedule daily crawls by itself\n")
    assert schedule("06:30").exit_code == 0
    local = parse("2026-11-24T05:30:00+00:00").astimezone()
    line = CliRunner().invoke(cli, ["status", str(file)]).stdout.splitlines()[-1]
    assert line.startswith(
        "schedule: every day at 06:30, by a line in your crontab;"
        f" last ran {local:%Y-%m-%d %H:%M}, some sources failed; next "
    )
    row = json.loads(CliRunner().invoke(cli, ["status", str(file), "--json"]).stdout)["schedule"]
    assert row["last"] == {"started_at": "2026-11-24T05:30:00.000+00:00", "exit_code": 3}
    assert row["next"].endswith("T06:30")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["dayly"], 2, "Did you mean daily?"),
        (["archive.db", "daily", "06:30"], 2, "Name one time"),
        (["daily", "archive.db"], 2, "The archive comes first"),
        (["archive.db"], 2, "Name one time"),
    ],
)
def test_wrong_words_write_nothing(here: Programs, words: list[str], code: int, says: str) -> None:
    result = schedule(*words)
    assert result.exit_code == code
    assert says in result.stderr
    assert here.crontab is None


def test_a_folder_in_which_a_crawl_would_fail_is_refused(here: Programs) -> None:
    Path("clippings.toml").write_text("[crawl]\nlimt = 2\n", "utf-8")
    assert "Did you mean limit?" in schedule("daily").stderr
    Path("clippings.toml").unlink()
    Path("seeds").rmdir()
    result = schedule("daily")
    assert (result.exit_code, "has no seeds/" in result.stderr, here.crontab) == (1, True, None)


def test_a_proxy_that_the_schedule_does_not_know_is_said(
    here: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    assert "A proxy is set in this terminal. The schedule does not know it" in schedule("daily").stdout


def test_programs_of_the_system_are_really_started() -> None:
    assert run_program(["sh", "-c", "cat; echo no >&2; exit 3"], "ü\udcff") == Answer(3, "ü\udcff", "no\n")
    assert run_program(["clippings-is-not-there"]).code == 127


def test_every_file_says_who_made_it(tmp_path: Path) -> None:
    for platform, programs in (("linux", "systemctl"), ("darwin", "launchctl"), ("win32", "schtasks")):
        run = Programs(programs)
        job = make_job(tmp_path / "a.db", tmp_path, ["clippings"], Times(6, 0))
        install_job(schedulers_of(platform, System(tmp_path / platform, run)), job)
        texts: list[Any] = [
            *everything(tmp_path / platform).values(),
            *(t.encode() for t in run.tasks.values()),
        ]
        assert texts
        assert all(MADE_BY.encode() in text for text in texts)
