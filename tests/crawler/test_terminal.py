"""Nothing that a publisher wrote controls a terminal or forges a line of the log."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from crawler.cli import cli
from crawler.commands.search import mark_words
from crawler.discovery.add_site import report
from crawler.discovery.site_probe import ProbedListing, ProbedSite
from crawler.terminal import CleanLine, LogFormatter, draw, echo, one_line, print_json
from tests.archives import build

if TYPE_CHECKING:
    from pathlib import Path

CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
FORGED = "2026-11-20 06:00:00,000 INFO [clippings] new daily https://daily.example/forged"
HOSTILE = {
    "colour and cursor": "\x1b[2J\x1b[31mred\x1b[0m",
    "clipboard": "\x1b]52;c;cm0gLXJmIC8=\x07",
    "title of the window": "\x1b]0;taken\x1b\\",
    "a link": "\x1b]8;;https://outside.example\x1b\\here\x1b]8;;\x1b\\",
    "a device's answer": "\x1bP+q544e\x1b\\\x1b[6n\x05",
    "eight-bit CSI": "\x9b31mred\x9d52;c;eA==\x9c",
    "bell and backspace": "ok\x07\x08\x08no\x7f",
    "carriage return": "honest\rforged",
    "lines": f"one\n{FORGED}\r\n{FORGED}\x0b{FORGED}\x0c{FORGED}\x85{FORGED}\u2028{FORGED}\u2029{FORGED}",
    "overrides": "\u202egnirts\u202c \u2066isolate\u2069 \u202dx",
    "tab and NUL": "a\tb\x00c",
    "shift out": "\x0e\x0fxyz\x1a\x1c\x1d\x1e\x1f",
}
every = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


def assert_plain(printed: str, lines: int | None = None) -> None:
    assert not CONTROLS.search(printed)
    assert FORGED not in printed.splitlines()
    assert lines is None or printed.count("\n") == lines


def poisoned(path: Path, text: str) -> Path:
    """An archive that holds the text wherever a publisher's words are kept, as an old or foreign file may."""
    db = Database(build(path, 40))
    # The engine's own triggers would refuse nothing here: plain SQL, as from any other program.
    db.execute("UPDATE sources SET name = name || ?, home = home || ?", [text, text])
    db.execute(
        "UPDATE articles SET title = title || ?1, standfirst = ?1, text = 'harbour ' || ?1 || text,"
        " url = url || ?1, section = ?1, language = ?1, authors = json_array(?1), image_caption = ?1",
        [text],
    )
    db.execute("UPDATE outcomes SET url = url || ?1, reason = ?1", [text])
    db.execute("UPDATE urls SET url = url || ?1, key = key || ?1, hints = json_object('title', ?1)", [text])
    db.execute("UPDATE listings SET url = url || ?1, error = ?1, status = 500", [text])
    db.execute(
        "UPDATE alarms SET words = ?1, kind = kind || ?1, advice = ?1, evidence = json_array(?1)", [text]
    )
    db.execute("UPDATE crawls SET reason = ?1", [text])
    db.execute("UPDATE captures SET url = ?1, warc_file = ?1, warc_offset = 0, warc_length = 9", [text])
    db.conn.commit()
    db.close()
    return path


COMMANDS = [
    "search {} harbour -n 5",
    "search {} harbour -n 5 --json",
    "status {}",
    "status {} --json",
    "status {} --check",
    "status {} --check --json",
    "coverage {} --days 400",
    "coverage {} --days 400 --source market-ledger",
    "coverage {} --days 400 --source market-ledger --json",
    "verify {}",
    "verify {} --json",
    "replay {} --dry-run",
    "forget {} https://x.example/TEXT --yes",
    "forget {} --source TEXT --yes",
    "search {} TEXT",
    "coverage {} --source TEXT",
    "fetch {} TEXT",
    "add TEXT",
    "replay {} -s TEXT",
    "crawl {} --source TEXT",
    "crawl {} --seeds TEXT",
    "crawl {} --TEXT",
    "search {} harbour --since TEXT",
    "status TEXT.db",
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return poisoned(tmp_path_factory.mktemp("poisoned") / "archive.db", "".join(HOSTILE.values()))


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_prints_controls(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "".join(HOSTILE.values()).replace("\x00", "")
    words = [word.format(archive).replace("TEXT", text) for word in command.split()]
    ran = CliRunner().invoke(cli, words)
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    assert ran.output
    assert_plain(ran.output)


@every
def test_a_line_stays_one_line(text: str, capfd: pytest.CaptureFixture[str]) -> None:
    echo(f"before {text} after")
    echo(f"before {text} after", err=True)
    out, err = capfd.readouterr()
    assert out == err
    assert_plain(out, lines=1)
    assert out.startswith("before ")
    assert out.endswith(" after\n")


@every
def test_json_says_the_same_without_controls(text: str, capfd: pytest.CaptureFixture[str]) -> None:
    print_json({text: [text, "\ud83d"]})
    out = capfd.readouterr().out
    assert_plain(out)
    assert json.loads(out) == {text: [text, "\ud83d"]}


@every
def test_progress_has_our_controls_alone(text: str, capfd: pytest.CaptureFixture[str]) -> None:
    draw(f"3/4 {text}")
    drawn = capfd.readouterr().err
    assert drawn.startswith("\r\x1b[K3/4 ")
    assert_plain(drawn.removeprefix("\r\x1b[K"), lines=0)


@every
def test_marks_are_the_only_style(text: str) -> None:
    for styled in (True, False):
        line = mark_words([(text, False), (text, True), (text, False)], styled)
        assert_plain(line.replace("\x1b[1m", "").replace("\x1b[0m", ""), lines=0)


@every
def test_what_add_found_is_printed_plainly(text: str) -> None:
    site = ProbedSite(given="https://daily.example/", home=f"https://daily.example/{text}", name=text)
    site.listings = [ProbedListing(kind="feed", url=f"https://daily.example/{text}", error=text)]
    site.sections = [text]
    for line in report(site):
        assert_plain(one_line(line), lines=0)


def logged(message: str, *args: Any, error: BaseException | None = None) -> str:
    record = logging.LogRecord(f"name{message}", logging.INFO, "file", 1, message, args, None)
    record.exc_info = (type(error), error, error.__traceback__) if error else None
    formatted = LogFormatter("%(asctime)s %(levelname)s [%(name)s] %(message)s").format(record)
    return formatted + "\n"


@every
def test_a_message_is_one_line_of_the_log(text: str) -> None:
    line = logged("%s %s %s (%s)", "new", text, f"https://daily.example/{text}", text)
    assert_plain(line, lines=1)
    line.encode("utf-8")


@every
def test_no_line_of_a_traceback_passes_for_a_message(text: str) -> None:
    try:
        raise ValueError(text)
    except ValueError as error:
        lines = logged("failed", error=error).splitlines()
    assert len(lines) > 3
    assert all(line.startswith("    ") for line in lines[1:])
    assert_plain("\n".join(lines))


def test_words_in_other_scripts_are_left_as_they_are() -> None:
    for text in (
        "Überfall – „nie“",
        "‏العربية",
        "नमस्ते क्\u200dष",
        "👩\u200d👩\u200d👧",
        "東京　新聞",
        "a\u00adb",
    ):
        assert one_line(text) == text
    assert one_line("two\nlines\tand a tab") == "two lines and a tab"
    assert one_line(CleanLine("x")) == "x"


def test_a_traceback_is_plain_too(tmp_path: Path) -> None:
    code = (
        "import click, crawler.cli as c\n"
        "@c.cli.command('fail')\ndef fail(): raise RuntimeError('\\x1b]52;c;x\\x07\\u202e\\x9b31m')\n"
        "c.main()"
    )
    ran = subprocess.run([sys.executable, "-c", code, "fail"], capture_output=True, check=False)
    words = ran.stderr.decode()
    assert ran.returncode == 1
    assert "RuntimeError: ]52;c;x31m" in words
    assert_plain(words)


def test_nothing_prints_past_the_one_function() -> None:
    """`click.echo` and `print` stand in `crawler.terminal` alone."""
    from pathlib import Path

    import crawler

    folder = Path(crawler.__file__).parent
    for file in folder.rglob("*.py"):
        if file.name != "terminal.py":
            assert not re.search(r"\b(?:click\.s?echo|print)\(|\.write\(f?\"", file.read_text()), file
