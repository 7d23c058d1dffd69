"""`clippings init`: what it writes works, and it never overwrites."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crawler.cli import cli
from crawler.sources.load import load_sources
from crawler.user_settings import read_user_settings


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*words: str) -> Result:
    return CliRunner().invoke(cli, ["init", *words], catch_exceptions=False)


def contents(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): file.read_text("utf-8")
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_a_folder_with_settings_an_example_and_the_next_lines(here: Path) -> None:
    result = init("Zeitungen für mich")
    assert result.exit_code == 0
    folder = here / "Zeitungen für mich"
    assert set(contents(folder)) == {"clippings.toml", "seeds/globalvoices.toml", ".gitignore"}
    assert read_user_settings(folder / "clippings.toml") == {}
    loaded = load_sources(folder / "seeds")
    assert ([source.id for source in loaded.sources], loaded.problems) == (["globalvoices"], [])
    assert 'cd "Zeitungen für mich"' in result.stdout
    lines = [
        line.split("#")[0].strip() for line in result.stdout.splitlines() if line.startswith("  clippings")
    ]
    assert lines == ["clippings add https://www.example.org/", "clippings crawl", "clippings browse --open"]


def test_it_says_where_the_docs_are(here: Path) -> None:
    docs = init().stdout.splitlines()[-1].removeprefix("Every key and command is explained in ")
    assert (Path(docs) / "settings.md").is_file()


def test_without_a_folder_it_is_the_current_one(here: Path) -> None:
    assert "cd " not in init().stdout
    assert "clippings.toml" in contents(here)


def test_what_is_there_stays_and_is_said(here: Path) -> None:
    (here / "seeds").mkdir()
    (here / "seeds/mine.toml").write_text('home = "http://mine.example/"\n', "utf-8")
    (here / "clippings.toml").write_text("[manners]\ndelay = 3\n", "utf-8")
    init()
    first = contents(here)
    assert first["clippings.toml"] == "[manners]\ndelay = 3\n"
    assert "seeds/globalvoices.toml" not in first
    again = init("--contact", "me@example.org")
    assert contents(here) == first
    assert [line.split()[0] for line in again.stdout.splitlines()[:3]] == ["kept"] * 3
    assert "write contact into it yourself" in again.stderr


def test_the_contact_goes_into_the_file(here: Path) -> None:
    assert init("--contact", "me@example.org").stderr == ""
    assert {key.path: value for key, value in read_user_settings().items()} == {
        "manners.contact": "me@example.org"
    }
    assert init("--contact", "me@example.org").stderr == ""


@pytest.mark.parametrize("contact", ["me", "me @\x1b", 'a@b"\ndelay = 0'])
def test_a_contact_that_reaches_nobody_is_refused(here: Path, contact: str) -> None:
    result = init("new", "--contact", contact)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: the contact is neither an e-mail address nor a web address.")
    assert not (here / "new").exists()


def test_a_folder_that_cannot_be_made_is_said(here: Path) -> None:
    (here / "file").write_text("", "utf-8")
    result = init("file")
    assert result.exit_code == 1
    assert result.stderr == "Error: file: File exists. Name a folder that you may write.\n"


def test_git_leaves_the_archive_out(here: Path) -> None:
    init()
    for name in (
        "archive.db",
        "archive.db-wal",
        "warc/a.warc.gz",
        "archive.log",
        "archive.log.1",
        ".env",
        "secrets.toml",
    ):
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).touch()
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", "init", "-q"], check=True, env=environment)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert set(listed.stdout.split()) == {".gitignore", "clippings.toml", "seeds/globalvoices.toml"}
