"""An import over two machines without a common disk: the archive is that of one import, also when a machine dies."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.archive.admin.verify import verify
from tests.conftest import ROOT
from tests.crawler.test_replay import Foreign, story
from tests.two_machines import ENTER, FIRST, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Desk

HELD = "SELECT url, title, text, revision FROM articles ORDER BY url"
NAMES = tuple(f"CC-NEWS-{number}.warc.gz" for number in range(4))


def can_enter() -> bool:
    """Whether this machine lets us make such namespaces."""
    if not shutil.which("ip") or not shutil.which("nsenter") or not shutil.which("unshare"):
        return False
    link = ["ip", "link", "add", "first", "type", "veth", "peer", "name", "second"]
    return subprocess.run([*ENTER, *link], capture_output=True, check=False).returncode == 0


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(mkdtemp(prefix="two-", dir="/tmp"))
    for name in ("a/tmp", "a/lists", "a/seeds", "b/tmp"):
        (made / name).mkdir(parents=True)
    yield made
    shutil.rmtree(made)


def write_files(folder: Path) -> None:
    for number, name in enumerate(NAMES):
        file = Foreign()
        for n in range(6):  # two pages are in all files, with other words
            page = f"http://paper{n % 3}.example/story/{n if n < 2 else 10 * number + n}"
            file.add(page, story(10 * number + n), date=f"2026-11-2{number}T10:00:00Z")
        (folder / name).write_bytes(file.data)
    (folder / "lists" / "domains.txt").write_text("paper0.example\npaper1.example\n")
    (folder / "seeds" / "first.toml").write_text('home = "http://paper0.example/"\n')


@pytest.mark.extra
@pytest.mark.skipif(sys.platform != "linux", reason="namespaces")
def test_two_machines_import_what_one_does(folder: Path, desk: Desk) -> None:
    pytest.importorskip("ray")
    if not can_enter():
        pytest.skip("this machine lets nobody make network namespaces (unshare, nsenter, ip)")
    first = folder / "a"
    write_files(first)
    ran = subprocess.run(
        [*ENTER, sys.executable, "-m", "tests.two_machines", str(folder)],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
        timeout=500,
    )
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    assert told["seen"] == [], "neither machine sees the disk of the other"
    assert told["rooms"] == told["commands"] == [], "nothing is left"
    desk.folder = first
    assert desk.run("replay", "one.db", *NAMES, "--domains", "lists/domains.txt").code == 0
    held = {}
    for name in ("one", "both", "dying"):
        if name != "one":
            assert (told[name]["code"], told[name]["err"]) == (0, "")
            log = (first / f"{name}.db.shards" / "shards.log").read_text()
            places = re.findall(r"was imported on (\S+), exit code 0", log)
            assert set(places) == ({FIRST, SECOND} if name == "both" else {FIRST}), log
            assert len(places) == len(NAMES)
            left = sorted(path.name for path in (first / f"{name}.db.shards").iterdir())
            assert left == ["shards.log", "warc"]
        assert desk.run("replay", f"{name}.db", "--second-step").code == 0
        desk.archive = first / f"{name}.db"
        assert not verify(desk.archive).problems
        held[name] = desk.rows(HELD)
    assert len(held["one"]) == 10
    assert held["one"] == held["both"] == held["dying"]
