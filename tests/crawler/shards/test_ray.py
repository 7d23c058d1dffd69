"""Ray as the engine: nobody else reaches it, and nothing of it is left. Only where the extra `ray` is installed."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bench.leftovers import is_loopback, list_listeners, list_processes
from crawler.cli import cli
from crawler.shards.engine import read_error_lines
from crawler.shards.plan import Task
from crawler.shards.ray_engine import RayEngine
from pipelines import VERSION
from tests.crawler.shards.test_sharded_crawl import FAST, has_stored, holder_of, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Desk

CRAWL = ("crawl", "archive.db", "--on", "ray", "--shards", "2", *FAST)


def wait_until_nothing_is_left(folder: Path) -> None:
    end = time.monotonic() + 150  # after `kill -9` two agents of Ray's look out for the rest for a minute
    while (left := list_processes(folder.resolve())) and time.monotonic() < end:
        time.sleep(0.1)
    assert left == {}


def test_without_the_extra_the_remedy_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "ray", None)
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "paper.toml").write_text('home = "http://paper.example/"\n')
    result = CliRunner().invoke(cli, CRAWL)
    assert result.exit_code == 1
    assert result.output.splitlines()[-1].startswith(
        "Error: --on ray needs Ray. Install it with: pip install"
    )
    assert "RAY_AUTH_TOKEN" not in os.environ


def test_an_address_where_nobody_listens_is_told(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    with socket.socket() as bound:  # nobody else gets the port, and nobody listens there
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(ValueError, match=f"Ray at {address} cannot be joined: .*refused"):
            RayEngine(address, 1)


def test_a_machine_without_the_program_is_named(tmp_path: Path) -> None:
    class OfRayError(Exception):  # as Ray wraps what a task raised
        def __init__(self, cause: Exception, ip: str) -> None:
            super().__init__("ray::run_import() (pid=1)")
            self.cause, self.ip = cause, ip

    task = Task(tmp_path / "a.db", ())
    engine = RayEngine.__new__(RayEngine)
    ended = engine._failed(task, OfRayError(RuntimeError("No module named 'crawler'"), "10.0.0.2"))
    assert (ended.code, list(read_error_lines(task))) == (
        1,
        [f"Error: 10.0.0.2 has no Clippings: install version {VERSION} there, as it is here."],
    )
    ended = engine._failed(task, OfRayError(OfRayError(OSError("no room"), "10.0.0.2"), ""))
    assert (ended.code, ended.why) == (-1, "no room")


@pytest.mark.extra
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_ray_of_our_own_is_alone_and_leaves_nothing(desk: Desk) -> None:
    pytest.importorskip("ray")
    desk.follow("minato", "tagblatt")
    program = desk.start(*CRAWL)
    shards = desk.folder / "archive.db.shards"
    wait_for(lambda: holder_of(shards / "00.db") not in (0, program.pid))
    processes = list_processes(desk.folder.resolve())
    addresses = list_listeners(list(processes))
    assert len(processes) > 8
    assert [address for address in addresses if not is_loopback(address)] == []
    _, errors = program.communicate(timeout=120)
    assert (program.returncode, errors) == (0, "")
    assert list_processes(desk.folder.resolve()) == {}
    desk.assert_adds_up()


@pytest.mark.extra
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("victim", ["worker", "program", "ctrl-c"])
def test_whatever_ends_it_nothing_is_lost_and_nothing_is_left(desk: Desk, victim: str) -> None:
    pytest.importorskip("ray")
    desk.follow("minato", "morning", "tagblatt", "vestnik")
    program = desk.start(*CRAWL)
    shard = desk.folder / "archive.db.shards" / "00.db"
    wait_for(lambda: program.poll() is not None or has_stored(shard))
    began = time.monotonic()
    if victim == "worker":
        os.kill(wait_for(lambda: holder_of(shard)), signal.SIGKILL)
    else:
        program.send_signal(signal.SIGKILL if victim == "program" else signal.SIGINT)
    _, errors = program.communicate(timeout=120)
    if victim == "ctrl-c":
        assert time.monotonic() - began < 35
    wait_until_nothing_is_left(desk.folder)
    if victim != "worker":
        assert desk.run(*CRAWL).code == 0
    codes = {"worker": 0, "program": -signal.SIGKILL, "ctrl-c": 3}
    assert program.returncode == codes[victim], errors
    held = set(desk.column("SELECT url FROM articles"))
    assert len(held) > 30
    desk.assert_adds_up()
