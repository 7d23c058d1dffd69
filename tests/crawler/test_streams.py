"""Commands whose standard streams are closed, full or no longer read, and who have no home folder."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT, Desk
from tests.web import Web

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("bash") is None or os.name == "nt", reason="needs bash"),
]

PAGE = (
    "<html><body><article><h1>The ferries stop tonight</h1>"
    + "<p>The ferries between the two islands stop tonight, the harbour master said on Monday morning.</p>"
    * 4
    + "</article></body></html>"
)
CLIPPINGS = f"{sys.executable} -m crawler"


def run(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "no_proxy": "", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("streams", "code", "out", "err"),
    [
        ("", 0, "version", ""),
        (">&-", 0, "", ""),
        ("2>&-", 0, "version", ""),
        ("<&-", 0, "version", ""),
        (">&- 2>&- <&-", 0, "", ""),
        ("2>/dev/full", 0, "version", ""),
        (">/dev/full", 1, "", "Error: standard output cannot be written: No space left on device.\n"),
        ("| true", 1, "", ""),
    ],
)
def test_a_command_that_answers(streams: str, code: int, out: str, err: str, tmp_path: Path) -> None:
    result = run(f"{CLIPPINGS} --version {streams}", tmp_path)
    assert result.returncode == code
    assert out in result.stdout
    assert bool(result.stdout) == bool(out)
    assert result.stderr == err


@pytest.mark.parametrize(
    ("streams", "out", "err"),
    [("2>&-", "does not exist", ""), (">&-", "", "does not exist"), (">&- 2>&-", "", "")],
)
def test_an_error_is_said_on_what_is_left(streams: str, out: str, err: str, tmp_path: Path) -> None:
    result = run(f"{CLIPPINGS} status none.db {streams}", tmp_path)
    assert result.returncode == 1
    assert (out in result.stdout, err in result.stderr) == (True, True)
    assert "Traceback" not in result.stdout + result.stderr


def test_a_crawl_without_streams_and_home(tmp_path: Path) -> None:
    with Web() as web:
        for name in ("one", "two"):
            web.pages[f"http://{name}.example/feed.xml"] = (
                "<rss version='2.0'><channel><title>T</title><item><title>The ferries stop tonight</title>"
                f"<link>http://{name}.example/news/ferries</link></item></channel></rss>"
            )
            web.pages[f"http://{name}.example/news/ferries"] = PAGE
        desk = Desk(tmp_path, web)  # type: ignore[arg-type]
        for name, streams, environment in (
            ("one", ">&- 2>&- <&-", {"HOME": "/nonexistent"}),
            ("two", ">&-", {"HOME": "/proc/1", "XDG_CACHE_HOME": "/proc/1"}),
        ):
            desk.seed(
                f"{name}.toml", f'home = "http://{name}.example/"\nfeeds = ["/feed.xml"]\ndiscover = false\n'
            )
            command = f"{CLIPPINGS} crawl archive.db --source {name} -s DOWNLOAD_DELAY=0 {streams}"
            result = run(command, tmp_path, http_proxy=web.proxy, **environment)
            assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    db = sqlite3.connect(desk.archive)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute("SELECT count(*) FROM articles").fetchone() == (2,)
    db.close()
    assert run(f"{CLIPPINGS} search archive.db ferries | head -1", tmp_path).stderr == ""
    assert run(f"{CLIPPINGS} search archive.db ferries", tmp_path, PYTHONIOENCODING="ascii").returncode == 0
