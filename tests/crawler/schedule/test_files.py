"""What `clippings schedule` writes for systemd, launchd, Windows and cron, with names that each of them could misread."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from crawler.schedule import cron, launchd, systemd, windows
from crawler.schedule.job import Job, NoTimeError, ScheduleError, Times, job_name, make_job, parse_times

ODD = "Zeitungen für 100% der $HOME's \u0142\u00f3d\u017a"
"""Blanks, umlauts, a percent sign, a dollar sign, an apostrophe."""
HOURLY, EARLY = Times(None, 17), Times(6, 30)


def job(folder: Path, program: str = "/opt/x y/clippings", times: Times = EARLY) -> Job:
    return make_job(folder / "archive.db", folder, [program], times)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("06:30", Times(6, 30)),
        ("6:30", Times(6, 30)),
        ("6.30", Times(6, 30)),
        ("23h59", Times(23, 59)),
        (" 00:00 ", Times(0, 0)),
    ],
)
def test_times_of_day(text: str, times: Times) -> None:
    assert parse_times(text, "clippings-a") == times


def test_hourly_and_daily_have_a_minute_of_their_own() -> None:
    names = [f"clippings-{n}" for n in range(40)]
    assert len({parse_times("hourly", name).minute for name in names}) > 10
    assert {parse_times("Daily", name).hour for name in names} == {6}
    assert parse_times("hourly", "clippings-a") == parse_times("hourly", "clippings-a")


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("houry", "Did you mean hourly?"),
        ("dayly", "Did you mean daily?"),
        ("of", "Did you mean off?"),
        ("25:00", 'Write hourly, daily, a time such as "06:30", off or show.'),
        ("630", 'such as "06:30"'),
        ("weekly", "is no time to crawl at"),
    ],
)
def test_what_is_no_time_is_said_with_the_remedy(text: str, remedy: str) -> None:
    with pytest.raises(NoTimeError) as raised:
        parse_times(text, "clippings-a")
    assert remedy in str(raised.value)


@pytest.mark.parametrize(
    ("times", "now", "following"),
    [
        (EARLY, "2026-11-25T06:29:59", "2026-11-25T06:30"),
        (EARLY, "2026-11-25T06:30:00", "2026-11-26T06:30"),
        (EARLY, "2026-12-31T23:00:00", "2027-01-01T06:30"),
        (HOURLY, "2026-11-25T06:16:00", "2026-11-25T06:17"),
        (HOURLY, "2026-11-25T23:40:00", "2026-11-26T00:17"),
    ],
)
def test_when_it_runs_next(times: Times, now: str, following: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=timezone(timedelta(hours=9)))
    assert times.next_after(moment) == datetime.fromisoformat(following)


def test_a_job_names_its_archive_as_its_folder_does(tmp_path: Path) -> None:
    inside = job(tmp_path)
    assert inside.command == ("/opt/x y/clippings", "crawl", "archive.db", "--silent")
    assert inside.log == "archive.schedule.log"
    outside = make_job(Path("/srv/news/a.db"), tmp_path, ["clippings"], EARLY)
    assert outside.command[2] == "/srv/news/a.db"
    assert outside.log == "/srv/news/a.schedule.log"
    assert inside.name != outside.name == job_name(Path("/srv/news/a.db"))


@pytest.mark.parametrize("folder", ["/a\nb", "/a\x1bb", "/ends ", "/\udcff"])
def test_a_path_that_no_scheduler_takes_is_refused(folder: str) -> None:
    with pytest.raises(ScheduleError, match="Rename it"):
        job(Path(folder))


@pytest.mark.parametrize(("times", "name"), [(HOURLY, ODD), (EARLY, "50% für mich")])
def test_systemd_takes_the_units_as_they_are(tmp_path: Path, times: Times, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    program = folder / "clippings"
    program.write_text("#!/bin/sh\n", "utf-8")
    program.chmod(0o755)
    made = job(folder, str(program), times)
    service, timer = tmp_path / f"{made.name}.service", tmp_path / f"{made.name}.timer"
    service.write_text(systemd.service_text(made), "utf-8")
    timer.write_text(systemd.timer_text(made), "utf-8")
    assert f"OnCalendar=*-*-* {'*' if times == HOURLY else '06'}:{times.minute}:00\n" in timer.read_text(
        "utf-8"
    )
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed: the units were not verified")
    verified = subprocess.run(
        [analyze, "verify", "--user", "--man=no", str(timer), str(service)],
        capture_output=True,
        text=True,
        timeout=60,
        env={"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    ours = [line for line in (verified.stdout + verified.stderr).splitlines() if made.name in line]
    assert (verified.returncode, ours) == (0, [])


def test_systemd_is_told_of_a_wrong_unit(tmp_path: Path) -> None:
    """The check above can fail: an unescaped percent sign, a program that is not there."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed: the units were not verified")
    unit = tmp_path / "clippings-wrong.service"
    unit.write_text(systemd.service_text(job(tmp_path, "/nowhere/clippings")), "utf-8")
    environment = {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    verified = subprocess.run(
        [analyze, "verify", "--user", "--man=no", str(unit)], capture_output=True, timeout=60, env=environment
    )
    assert verified.returncode != 0


def test_systemd_s_signs_are_doubled(tmp_path: Path) -> None:
    folder = tmp_path / '5% "x" $A \\'
    text = systemd.service_text(job(folder, f"{folder}/clippings"))
    assert f'WorkingDirectory={tmp_path}/5%% "x" $A \\\n' in text
    assert (
        f'ExecStart="/usr/bin/env" "{tmp_path}/5%% \\"x\\" $$A \\\\/clippings" "crawl" "archive.db" "--silent"\n'
        in text
    )


@pytest.mark.parametrize("times", [HOURLY, EARLY])
def test_launchd_reads_back_what_was_meant(tmp_path: Path, times: Times) -> None:
    made = job(tmp_path / ODD, times=times)
    agent = plistlib.loads(launchd.agent_text(made))
    assert agent["ProgramArguments"] == list(made.command)
    assert agent["WorkingDirectory"] == str(made.folder)
    assert agent["StandardOutPath"] == agent["StandardErrorPath"] == str(made.folder / "archive.schedule.log")
    assert agent["StartCalendarInterval"] == (
        {"Minute": 17} if times == HOURLY else {"Minute": 30, "Hour": 6}
    )


@pytest.mark.parametrize("times", [HOURLY, EARLY])
def test_windows_gets_a_task_of_one_command(times: Times) -> None:
    made = Job(
        "clippings-a",
        times,
        Path("C:\\Users\\J\u00fcrgen\\R&D <100%>"),
        ("C:\\Users\\J\u00fcrgen\\Program Files\\clippings.exe", "crawl", "archive.db", "--silent"),
        "archive.schedule.log",
    )
    task = ET.fromstring(windows.task_text(made).replace('encoding="UTF-16"', ""))
    found = {element.tag.partition("}")[2]: element.text for element in task.iter()}
    assert found["Command"] == "cmd.exe"
    assert found["WorkingDirectory"] == str(made.folder)
    assert found["Arguments"] == (
        '/d /s /c ""C:\\Users\\J\u00fcrgen\\Program Files\\clippings.exe" "crawl" "archive.db" "--silent"'
        ' >> "archive.schedule.log" 2>&1"'
    )
    assert found["StartBoundary"] == ("2026-01-01T00:17:00" if times == HOURLY else "2026-01-01T06:30:00")
    assert found.get("Interval") == ("PT1H" if times == HOURLY else None)


@pytest.mark.parametrize("word", ["C:\\50% off\\clippings.exe", 'C:\\a"b\\clippings.exe'])
def test_windows_refuses_what_cmd_would_read_otherwise(word: str) -> None:
    with pytest.raises(ScheduleError, match="Rename it"):
        windows.task_text(Job("clippings-a", EARLY, Path("C:\\x"), (word, "crawl"), "a.log"))


def test_cron_runs_the_line_in_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / ODD
    folder.mkdir()
    program = folder / "clippings"
    program.write_text('#!/bin/sh\npwd\nprintf "%s\\n" "$@"\necho trouble >&2\n', "utf-8")
    program.chmod(0o755)
    line = cron.cron_line(job(folder, str(program)))
    minute, hour, *days, command = line.split(" ", 5)
    assert (minute, hour, days) == ("30", "6", ["*", "*", "*"])
    assert "%" not in command.replace("\\%", "")
    # What cron hands to the shell: a percent sign after a backslash is one.
    subprocess.run(["/bin/sh", "-c", command.replace("\\%", "%")], check=True, cwd="/", timeout=20)
    said = (folder / "archive.schedule.log").read_text("utf-8").splitlines()
    assert said == [str(folder), "crawl", "archive.db", "--silent", "trouble"]


def test_cron_refuses_a_backslash(tmp_path: Path) -> None:
    with pytest.raises(ScheduleError, match="backslash"):
        cron.cron_line(job(tmp_path / "a\\b"))


@pytest.mark.parametrize(
    "table",
    ["", "# mine\n0 1 * * * backup\n", "0 1 * * * backup", "MAILTO=me\r\n\n0 1 * * * a # clippings-other\n"],
)
def test_a_crontab_keeps_every_other_line(table: str) -> None:
    line = "30 6 * * * cd /x && clippings crawl # clippings-a"
    once = cron.with_line(table, "clippings-a", line)
    assert once.endswith(f"{line}\n")
    assert once.startswith(table)
    assert cron.with_line(once, "clippings-a", line) == once
    assert cron.with_line(once, "clippings-a", "").rstrip("\n") == table.rstrip("\n")
