"""Ray as the engine: nobody else reaches it, and nothing of it is left. Only where the extra `ray` is installed."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bench.leftovers import is_loopback, list_listeners, list_processes
from crawler.cli import cli
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
